using UserNet.Buffers;
using UserNet.Doors;
using UserNet.Link;
using UserNet.Time;
using UserNet.Udp;
using UserNet.Wire;

namespace UserNet.Core;

// Frames that stand for many datagrams of one flow, as local senders and cards hand them over.
internal sealed partial class StackCore
{
    /// <summary>
    /// Cuts a frame into the datagrams that it stands for, each with headers of its own, and takes them one by one: so
    /// that a socket, a router or a reader of errors sees what was sent.
    /// </summary>
    /// <param name="port">Where it arrived.</param>
    /// <param name="content">One IPv4 packet with one UDP datagram, as long as all of them together.</param>
    /// <param name="offload">How long each of them is, and what is known of their checksum.</param>
    /// <param name="now">The time.</param>
    /// <returns>Why the whole was dropped; None when it was cut, whatever becomes of the parts, which are counted.</returns>
    private DropReason OnDatagrams(LinkPort port, in FrameContent content, in PacketOffload offload, Timestamp now)
    {
        bool isGood = offload.ChecksumIsGood || offload.NeedsChecksum;
        if (!Ipv4Packet.TryParse(content.Payload, out Ipv4Packet packet)
            || packet.Protocol != IpProtocol.Udp || packet.IsFragment) return OnIpv4(port, content, isGood, now);
        if (!packet.ChecksumIsRight) return DropReason.IpBadChecksum;
        DropReason reason = UdpInput.Check(packet.Payload, packet.Source, packet.Destination, isGood, out UdpDatagram whole);
        if (reason != DropReason.None) return reason;
        if (whole.Payload.Length <= offload.SegmentSize) return OnIpv4(port, content, isGood, now);

        ushort identification = packet.Identification;
        for (ReadOnlySpan<byte> left = whole.Payload; !left.IsEmpty; identification++)
        {
            int length = Math.Min(left.Length, offload.SegmentSize);
            PacketBuffer one = Context.Packets.RentCopy(left[..length]);
            left = left[length..];
            WriteHeaders(one, packet, whole, identification);
            reason = OnIpv4(port, content with { Payload = one.Span, NeedsChecksum = false }, checksumIsGood: true, now);
            if (reason != DropReason.None) CountDrop(port, reason);
            one.Return();
        }

        return DropReason.None;
    }

    // What is passed on has to have its checksum, and so has each part of it.
    private static void WriteHeaders(PacketBuffer one, in Ipv4Packet packet, in UdpDatagram whole, ushort identification)
    {
        var header = new UdpHeader(whole.SourcePort, whole.DestinationPort);
        if (whole.Checksum == 0) header.PrependUnsealed(one);
        else header.PrependTo(one, new PseudoHeader(packet.Source, packet.Destination, IpProtocol.Udp, 0));
        new Ipv4Header(
            packet.Source, packet.Destination, IpProtocol.Udp, packet.TimeToLive, packet.TrafficClass, identification,
            packet.DontFragment).PrependTo(one, packet.Options);
    }
}
