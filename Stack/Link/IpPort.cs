using UserNet.Addressing;
using UserNet.Buffers;
using UserNet.Doors;
using UserNet.Time;
using UserNet.Wire;

namespace UserNet.Link;

/// <summary>The end of a link that carries bare IP packets: loopback, TUN.</summary>
/// <remarks>Gate held.</remarks>
public sealed class IpPort(ILink link, uint index, LinkContext context) : LinkPort(link, index, context)
{
    /// <inheritdoc/>
    public override DropReason Receive(in LinkFrame frame, out FrameContent content)
    {
        content = default;
        ReadOnlySpan<byte> packet = frame.Octets.Span;
        if (packet.IsEmpty) return DropReason.FrameTooShort;
        if (IsTooLong(packet.Length, frame.Offload)) return DropReason.FrameTooLong;
        EtherType type = (packet[0] >> 4) switch { 4 => EtherType.Ipv4, 6 => EtherType.Ipv6, _ => 0 };
        if (type == 0) return DropReason.FrameUnknownProtocol;
        content = new FrameContent { Type = type, Cast = LinkCast.Unicast, NeedsChecksum = frame.Offload.NeedsChecksum, Payload = packet };
        return DropReason.None;
    }

    /// <inheritdoc/>
    public override void Send(PacketBuffer packet, EtherType type, InetAddress nextHop, LinkCast cast, Timestamp now) =>
        Enqueue(packet, headerLength: 0);
}
