using UserNet.Binding;
using UserNet.Buffers;
using UserNet.Doors;
using UserNet.Link;
using UserNet.Time;
using UserNet.Wire;

namespace UserNet.Core;

// Frames that stand for many datagrams or segments of one flow, as local senders and cards hand them over.
internal sealed partial class StackCore
{
    /// <summary>
    /// Takes a frame that stands for many: of datagrams each one for itself, so that a socket, a router or a reader of errors sees
    /// what was sent; of TCP segments the whole for this host, and each one where they are for another, whose link only they fit.
    /// </summary>
    /// <param name="port">Where it arrived.</param>
    /// <param name="content">One IP packet with one transport unit, as long as all of them together.</param>
    /// <param name="offload">How long each of them is, and what is known of their checksum.</param>
    /// <param name="now">The time.</param>
    /// <returns>Why the whole was dropped; None when it was cut, whatever becomes of the parts, which are counted.</returns>
    private DropReason OnMany(LinkPort port, in FrameContent content, in PacketOffload offload, Timestamp now)
    {
        bool isGood = offload.ChecksumIsGood || offload.NeedsChecksum;
        if ((offload.SegmentKind != SegmentKind.Udp && !IsForeign(content))
            || !SegmentCutter.TryParse(content.Payload, 0, offload, out SegmentCutter cutter)) return OnIp(port, content, isGood, now);
        if (!cutter.NetworkChecksumIsRight) return DropReason.IpBadChecksum;
        if (!isGood && !cutter.TransportChecksumIsRight) return DropReason.FrameBadOffload;

        for (int i = 0; i < cutter.Count; i++)
        {
            int length = cutter.LengthOf(i);
            PacketBuffer one = Context.Packets.Rent(length);
            cutter.Write(i, one.Append(length));
            DropReason reason = OnIp(port, content with { Payload = one.Span, NeedsChecksum = false }, checksumIsGood: true, now);
            if (reason != DropReason.None) CountDrop(port, reason);
            one.Return();
        }

        return DropReason.None;
    }

    private DropReason OnIp(LinkPort port, in FrameContent content, bool checksumIsGood, Timestamp now) =>
        content.Type == EtherType.Ipv4 ? OnIpv4(port, content, checksumIsGood, now) : OnIpv6(port, content, checksumIsGood, now);

    private bool IsForeign(in FrameContent content)
    {
        if (content.Type == EtherType.Ipv4)
            return Ipv4Packet.TryParse(content.Payload, out Ipv4Packet packet) && Host!.RoleOf(packet.Destination, 0) == AddressRole.Foreign;
        return Ipv6Packet.TryParse(content.Payload, out Ipv6Packet packetV6)
            && Host!.RoleOf(packetV6.Destination, 0) == AddressRole.Foreign;
    }
}
