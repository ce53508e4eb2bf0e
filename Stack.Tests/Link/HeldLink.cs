using UserNet.Addressing;
using UserNet.Link;

namespace UserNet.Tests.Link;

/// <summary>
/// A link in the hand of a test: it keeps what is sent, takes as many frames as it is told, and lends its sink.
/// </summary>
internal sealed class HeldLink : ILink
{
    public IFrameSink? Sink { get; private set; }

    public int Room { get; set; } = int.MaxValue;

    public int Sent { get; private set; }

    /// <summary>What happens before Send answers that it took fewer.</summary>
    public Action? WhenFull { get; set; }

    public bool KeepsFrames { get; init; }

    public List<byte[]> Frames { get; } = [];

    public bool IsDisposed { get; private set; }

    public LinkMedium Medium => LinkMedium.Ethernet;

    public int Mtu { get; init; } = 1500;

    public LinkFeatures Features { get; init; }

    public MacAddress? Address { get; init; }

    public void Start(IFrameSink sink) => Sink = sink;

    public int Send(ReadOnlySpan<LinkFrame> frames)
    {
        int taken = Math.Min(frames.Length, Room);
        Room -= taken;
        Sent += taken;
        if (KeepsFrames)
        {
            foreach (LinkFrame frame in frames[..taken]) Frames.Add(frame.Octets.ToArray());
        }

        if (taken < frames.Length) WhenFull?.Invoke();
        return taken;
    }

    public void Dispose()
    {
        if (IsDisposed) return;
        IsDisposed = true;
        Sink?.OnClosed(null);
    }
}
