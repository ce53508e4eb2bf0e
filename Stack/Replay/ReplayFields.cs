using System.Globalization;
using UserNet.Wire;
using static System.Buffers.Binary.BinaryPrimitives;

namespace UserNet.Replay;

/// <summary>What two frames have in common, and where they first differ.</summary>
internal static class ReplayFields
{
    /// <summary>
    /// The frame without what a host chooses anew each time: IPv4's identification, that of IPv6's fragments and IPv6's flow label, its
    /// port or echo identifier, and the checksums that follow from them, if they are right.
    /// </summary>
    public static byte[] Normalize(ReadOnlySpan<byte> octets, bool isEthernet, ReplayFlow flow)
    {
        byte[] copy = octets.ToArray();
        var view = new FrameView(octets, isEthernet);
        if (view.IsIpv4)
        {
            Span<byte> header = copy.AsSpan(ReplayRewriting.PlaceOf(octets, view.Ipv4.Octets));
            WriteUInt16BigEndian(header[4..], 0);
            if (view.Ipv4.ChecksumIsRight) WriteUInt16BigEndian(header[10..], 0);
        }

        if (view.IsIpv6) NormalizeV6(copy.AsSpan(ReplayRewriting.PlaceOf(octets, view.Ipv6.Octets), view.Ipv6.Octets.Length));
        if (view.IsUdp)
        {
            Span<byte> datagram = copy.AsSpan(ReplayRewriting.PlaceOf(octets, view.Udp.Octets));
            var pseudo = new PseudoHeader(view.Source.Address, view.Destination.Address, IpProtocol.Udp, view.Udp.Octets.Length);
            if (view.Udp.Checksum != 0 && InternetChecksum.Of(view.Udp.Octets, pseudo) == 0)
                WriteUInt16BigEndian(datagram[6..], 1);
            if (flow.BeganHere) WriteUInt16BigEndian(datagram, 0);
        }
        else if (view.IsIcmpv4 && flow.Key.Kind == ReplayFlowKind.Echo)
        {
            Span<byte> message = copy.AsSpan(ReplayRewriting.PlaceOf(octets, view.Icmpv4.Octets));
            if (view.Icmpv4.ChecksumIsRight) WriteUInt16BigEndian(message[2..], 0);
            if (flow.BeganHere) WriteUInt16BigEndian(message[4..], 0);
        }

        return copy;
    }

    private static void NormalizeV6(Span<byte> packet)
    {
        packet[1] &= 0xF0;
        WriteUInt16BigEndian(packet[2..], 0);
        IpProtocol next = (IpProtocol)packet[6];
        for (int at = Ipv6Header.Length; at + 8 <= packet.Length; at += (packet[at + 1] + 1) * 8)
        {
            if (next == IpProtocol.Fragment) WriteUInt32BigEndian(packet[(at + 4)..], 0);
            if (next is not (IpProtocol.HopByHop or IpProtocol.Routing or IpProtocol.DestinationOptions)) return;
            next = (IpProtocol)packet[at];
        }
    }

    /// <summary>The first field in which two frames differ, with both values.</summary>
    /// <param name="recorded">The recorded frame.</param>
    /// <param name="replayed">The replayed one.</param>
    /// <param name="isEthernet">Whether they begin with an Ethernet header.</param>
    /// <param name="isExact">True to look also at what a host chooses anew each time.</param>
    public static string FirstDifference(ReadOnlySpan<byte> recorded, ReadOnlySpan<byte> replayed, bool isEthernet, bool isExact)
    {
        FrameView a = new(recorded, isEthernet), b = new(replayed, isEthernet);
        return InLink(a, b) ?? InNetwork(a, b, isExact) ?? InTcp(a, b) ?? InTransport(a, b) ?? InOctets(a, b)
            ?? (isExact ? Checksums(a, b) : null) ?? Octet(a.Octets, b.Octets, "the frame");
    }

    private static string? InLink(in FrameView a, in FrameView b)
    {
        if (!a.IsEthernet || a.Octets.Length < EthernetHeader.Length || b.Octets.Length < EthernetHeader.Length) return null;
        return Differs("destination station", a.Ethernet.Destination, b.Ethernet.Destination)
            ?? Differs("source station", a.Ethernet.Source, b.Ethernet.Source)
            ?? Differs("type", a.Ethernet.Type, b.Ethernet.Type);
    }

    private static string? InNetwork(in FrameView a, in FrameView b, bool isExact)
    {
        if (a.IsArp && b.IsArp)
        {
            return Differs("operation", a.Arp.Operation, b.Arp.Operation)
                ?? Differs("sender's station", a.Arp.SenderHardware, b.Arp.SenderHardware)
                ?? Differs("sender's address", a.Arp.SenderProtocol, b.Arp.SenderProtocol)
                ?? Differs("target's station", a.Arp.TargetHardware, b.Arp.TargetHardware)
                ?? Differs("target's address", a.Arp.TargetProtocol, b.Arp.TargetProtocol);
        }

        if (!a.IsIpv4 || !b.IsIpv4) return null;
        return Differs("source address", a.Ipv4.Source, b.Ipv4.Source)
            ?? Differs("destination address", a.Ipv4.Destination, b.Ipv4.Destination)
            ?? Differs("protocol", a.Ipv4.Protocol, b.Ipv4.Protocol)
            ?? Differs("time to live", a.Ipv4.TimeToLive, b.Ipv4.TimeToLive)
            ?? Differs("traffic class", a.Ipv4.TrafficClass, b.Ipv4.TrafficClass)
            ?? Differs("don't fragment", a.Ipv4.DontFragment, b.Ipv4.DontFragment)
            ?? Differs("more fragments", a.Ipv4.MoreFragments, b.Ipv4.MoreFragments)
            ?? Differs("fragment offset", a.Ipv4.FragmentOffset, b.Ipv4.FragmentOffset)
            ?? (isExact ? Differs("identification", a.Ipv4.Identification, b.Ipv4.Identification) : null);
    }

    private static string? InTcp(in FrameView a, in FrameView b)
    {
        if (!a.IsTcp || !b.IsTcp) return null;
        return Differs("source port", a.Tcp.SourcePort, b.Tcp.SourcePort)
            ?? Differs("flags", a.Tcp.Flags, b.Tcp.Flags)
            ?? Differs("sequence number", a.Tcp.SequenceNumber, b.Tcp.SequenceNumber)
            ?? Differs("acknowledgment number", a.Tcp.AckNumber, b.Tcp.AckNumber)
            ?? Differs("window", a.Tcp.Window, b.Tcp.Window)
            ?? (a.Tcp.Options.SequenceEqual(b.Tcp.Options) ? null : $"options are {Convert.ToHexStringLower(b.Tcp.Options)}, not {Convert.ToHexStringLower(a.Tcp.Options)}");
    }

    private static string? InTransport(in FrameView a, in FrameView b)
    {
        if (a.IsIcmpv4 && b.IsIcmpv4)
        {
            return Differs("type", a.Icmpv4.Type, b.Icmpv4.Type) ?? Differs("code", a.Icmpv4.Code, b.Icmpv4.Code)
                ?? Differs("identifier and sequence number", a.Icmpv4.Rest, b.Icmpv4.Rest);
        }

        if (!a.IsUdp || !b.IsUdp) return null;
        return Differs("destination port", a.Udp.DestinationPort, b.Udp.DestinationPort) ?? Differs("source port", a.Udp.SourcePort, b.Udp.SourcePort);
    }

    private static string? InOctets(in FrameView a, in FrameView b)
    {
        if (a.IsTcp != b.IsTcp || a.IsUdp != b.IsUdp || a.IsIcmpv4 != b.IsIcmpv4) return null;
        return Differs("payload's length", a.Payload.Length, b.Payload.Length)
            ?? (a.Payload.SequenceEqual(b.Payload) ? null : Octet(a.Payload, b.Payload, "the payload"));
    }

    private static string? Checksums(in FrameView a, in FrameView b)
    {
        if (a.IsUdp && b.IsUdp) return Differs("checksum", a.Udp.Checksum, b.Udp.Checksum);
        return a.IsTcp && b.IsTcp ? Differs("checksum", a.Tcp.Checksum, b.Tcp.Checksum) : null;
    }

    private static string Octet(ReadOnlySpan<byte> a, ReadOnlySpan<byte> b, string of)
    {
        int at = a.CommonPrefixLength(b);
        return at < a.Length && at < b.Length
            ? string.Create(CultureInfo.InvariantCulture, $"octet {at} of {of} is 0x{b[at]:x2}, not 0x{a[at]:x2}")
            : string.Create(CultureInfo.InvariantCulture, $"{of} has {b.Length} octets, not {a.Length}");
    }

    private static string? Differs<T>(string name, T a, T b)
        where T : IEquatable<T> => a.Equals(b) ? null : string.Create(CultureInfo.InvariantCulture, $"{name} is {b}, not {a}");

    private static string? Differs(string name, Enum a, Enum b) => a.Equals(b) ? null : $"{name} is {b}, not {a}";
}
