using System.Buffers.Binary;
using UserNet.Binding;
using UserNet.Buffers;
using UserNet.Doors;
using UserNet.Link;
using UserNet.Time;
using UserNet.Udp;
using UserNet.Wire;

namespace UserNet.Core;

// Frames that stand for many datagrams or segments of one flow, as local senders and cards hand them over.
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

    /// <summary>
    /// Cuts a large TCP segment that is for another host into those that it stands for: only they fit the next link. One
    /// for this host stays whole.
    /// </summary>
    /// <param name="port">Where it arrived.</param>
    /// <param name="content">One IPv4 packet with one TCP segment, as long as all of them together.</param>
    /// <param name="offload">How much payload each of them has.</param>
    /// <param name="now">The time.</param>
    /// <returns>As <see cref="OnDatagrams"/>.</returns>
    private DropReason OnSegments(LinkPort port, in FrameContent content, in PacketOffload offload, Timestamp now)
    {
        if (!Ipv4Packet.TryParse(content.Payload, out Ipv4Packet packet) || packet.IsFragment
            || Host!.RoleOf(packet.Destination, 0) != AddressRole.Foreign
            || !TcpSegment.TryParse(packet.Payload, out TcpSegment whole) || whole.Payload.Length <= offload.SegmentSize)
            return OnIpv4(port, content, offload.ChecksumIsGood || offload.NeedsChecksum, now);
        if (!packet.ChecksumIsRight) return DropReason.IpBadChecksum;
        for (int at = 0; at < whole.Payload.Length; at += offload.SegmentSize)
        {
            int length = Math.Min(whole.Payload.Length - at, offload.SegmentSize);
            PacketBuffer one = Context.Packets.RentCopy(whole.Payload.Slice(at, length));
            WriteHeaders(one, packet, whole, at, (ushort)(packet.Identification + (at / offload.SegmentSize)));
            DropReason reason = OnIpv4(port, content with { Payload = one.Span, NeedsChecksum = false }, checksumIsGood: true, now);
            if (reason != DropReason.None) CountDrop(port, reason);
            one.Return();
        }

        return DropReason.None;
    }

    /// <summary>The header of the whole, at its place in the stream: CWR on the first (RFC 3168 §6.1.2), FIN and PSH on the last.</summary>
    private static void WriteHeaders(PacketBuffer one, in Ipv4Packet packet, in TcpSegment whole, int at, ushort identification)
    {
        bool isFirst = at == 0, isLast = at + one.Length == whole.Payload.Length;
        Span<byte> header = one.Prepend(whole.HeaderLength);
        whole.Octets[..whole.HeaderLength].CopyTo(header);
        BinaryPrimitives.WriteUInt32BigEndian(header[4..], whole.SequenceNumber + (uint)at);
        if (!isFirst) header[13] &= unchecked((byte)~TcpFlags.Cwr);
        if (!isLast) header[13] &= unchecked((byte)~(TcpFlags.Fin | TcpFlags.Psh));
        BinaryPrimitives.WriteUInt16BigEndian(header[16..], 0);
        var pseudo = new PseudoHeader(packet.Source, packet.Destination, IpProtocol.Tcp, one.Length);
        BinaryPrimitives.WriteUInt16BigEndian(header[16..], InternetChecksum.Of(one.Span, pseudo));
        new Ipv4Header(
            packet.Source, packet.Destination, IpProtocol.Tcp, packet.TimeToLive, packet.TrafficClass, identification,
            packet.DontFragment).PrependTo(one, packet.Options);
    }
}
