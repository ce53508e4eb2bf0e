using UserNet.Addressing;
using UserNet.Buffers;
using UserNet.Doors;
using UserNet.Link;
using UserNet.Wire;

namespace UserNet.Drill.Machine;

/// <summary>The wire of a virtual machine: what leaves is copied and handed on, what comes in is handed to the stack whole.</summary>
/// <remarks>
/// As a TUN device, it carries bare IP packets; unlike one it cuts and sums nothing, so that the stack hands over single, complete
/// segments. It takes packets of any length inwards, as a device with GRO gives them; the interface's own MTU bounds what leaves.
/// </remarks>
internal sealed class MachineLink(Action<byte[]> sent) : ILink
{
    private readonly LinkFrame[] _inbound = new LinkFrame[1];
    private IFrameSink? _sink;

    /// <inheritdoc/>
    public LinkMedium Medium => LinkMedium.Ip;

    /// <inheritdoc/>
    public int Mtu => ushort.MaxValue;

    /// <inheritdoc/>
    public LinkFeatures Features => LinkFeatures.None;

    /// <inheritdoc/>
    public MacAddress? Address => null;

    /// <summary>Loses all that leaves, before anybody sees it.</summary>
    public bool LosesAll { get; set; }

    /// <inheritdoc/>
    public void Start(IFrameSink sink)
    {
        if (_sink is not null) throw new InvalidOperationException("The link was started before.");
        _sink = sink;
    }

    /// <summary>A packet comes to the stack.</summary>
    /// <param name="packet">From its IP header on.</param>
    /// <param name="merged">Octets in each of the segments that it was made of; 0 when it is one.</param>
    public void Deliver(byte[] packet, int merged = 0)
    {
        _inbound[0] = new LinkFrame(packet, new PacketOffload { SegmentSize = (ushort)merged });
        _sink!.OnFrames(_inbound, Span<DropReason>.Empty);
    }

    /// <inheritdoc/>
    public int Send(ReadOnlySpan<LinkFrame> frames)
    {
        foreach (LinkFrame frame in frames)
        {
            if (!LosesAll && IsOfInterest(frame.Octets.Span)) sent(frame.Octets.ToArray());
        }

        return frames.Length;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
    }

    // What a host tells the routers and hosts of its link about itself is no matter of a script.
    private static bool IsOfInterest(ReadOnlySpan<byte> packet) =>
        Ipv4Packet.TryParse(packet, out Ipv4Packet v4) ? !v4.Destination.IsMulticast
        : !Ipv6Packet.TryParse(packet, out Ipv6Packet v6) || !v6.Destination.IsMulticast;
}
