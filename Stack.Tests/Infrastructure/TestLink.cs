using UserNet.Addressing;
using UserNet.Buffers;
using UserNet.Doors;
using UserNet.Link;

namespace UserNet.Tests.Infrastructure;

/// <summary>A link whose other end is the test: what is sent is kept, what is to arrive is handed in.</summary>
internal sealed class TestLink(LinkMedium medium = LinkMedium.Ethernet, int mtu = 1500) : ILink
{
    private IFrameSink? _sink;

    public LinkMedium Medium => medium;

    public int Mtu => mtu;

    public LinkFeatures Features { get; init; }

    public int LargestBurst { get; init; } = ushort.MaxValue;

    public MacAddress? Address { get; init; }

    /// <summary>What was sent, oldest first.</summary>
    public List<byte[]> Sent { get; } = [];

    /// <summary>How many more frames it takes.</summary>
    public int Room { get; set; } = int.MaxValue;

    public bool IsDisposed { get; private set; }

    public void Start(IFrameSink sink) => _sink = sink;

    public int Send(ReadOnlySpan<LinkFrame> frames)
    {
        int taken = Math.Min(frames.Length, Room);
        for (int i = 0; i < taken; i++) Sent.Add(frames[i].Octets.ToArray());
        if (Room != int.MaxValue) Room -= taken;
        return taken;
    }

    public void Dispose() => IsDisposed = true;

    /// <summary>Has a frame arrive, and answers why it was dropped.</summary>
    public DropReason Receive(byte[] frame, PacketOffload offload = default)
    {
        DropReason[] verdict = [DropReason.None];
        _sink!.OnFrames([new LinkFrame(frame, offload)], verdict);
        return verdict[0];
    }

    /// <summary>Has frames arrive together, and asks for no answer: it allocates nothing.</summary>
    public void Deliver(ReadOnlySpan<LinkFrame> frames) => _sink!.OnFrames(frames, []);

    /// <summary>Has frames arrive together, and answers why each was dropped.</summary>
    public DropReason[] ReceiveAll(ReadOnlySpan<LinkFrame> frames)
    {
        DropReason[] verdicts = new DropReason[frames.Length];
        _sink!.OnFrames(frames, verdicts);
        return verdicts;
    }

    /// <summary>Has room again.</summary>
    public void MakeRoom(int frames = int.MaxValue)
    {
        Room = frames;
        _sink!.OnWritable();
    }

    /// <summary>Breaks.</summary>
    public void Break(Exception? failure) => _sink!.OnClosed(failure);

    /// <summary>Takes what was sent.</summary>
    public byte[][] TakeSent()
    {
        byte[][] sent = [.. Sent];
        Sent.Clear();
        return sent;
    }
}
