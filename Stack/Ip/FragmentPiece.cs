using UserNet.Addressing;
using UserNet.Binding;
using UserNet.Wire;

namespace UserNet.Ip;

/// <summary>
/// What names the packet that a fragment is part of: of IPv4 addresses, protocol and identification (RFC 791 §3.2); of IPv6 addresses and
/// identification (RFC 8200 §4.5), and of link-local addresses the interface too.
/// </summary>
internal readonly record struct FragmentKey(bool IsV6, ulong Addresses, ulong Rest, ulong SourceLow, ulong DestinationHigh, ulong DestinationLow)
{
    public static FragmentKey Of(in Ipv4Packet packet) => new(
        false, ((ulong)packet.Source.V4Bits << 32) | packet.Destination.V4Bits,
        ((ulong)packet.Identification << 8) | (byte)packet.Protocol, 0, 0, 0);

    public static FragmentKey Of(in IpArrival arrival, uint identification)
    {
        InetAddress source = arrival.Source, destination = arrival.Destination;
        uint link = source.NeedsScope || destination.NeedsScope ? arrival.Port.Index : 0;
        return new FragmentKey(
            true, source.High, ((ulong)identification << 32) | link, source.Low, destination.High, destination.Low);
    }

    /// <summary>Whom the packet counts for: the source; of IPv6 the subnet, whose other addresses cost a host nothing.</summary>
    public ulong Source => IsV6 ? Addresses : Addresses >> 32;

    public ulong HashBy(in KeyedHash hash) =>
        IsV6 ? hash.Of(Addresses, SourceLow, DestinationHigh, DestinationLow, Rest) : hash.Of(Addresses, Rest);
}

/// <summary>A fragment of either family, as it is put together with others.</summary>
internal readonly ref struct FragmentPiece
{
    /// <summary>A fragment of an IPv4 packet.</summary>
    public FragmentPiece(in IpArrival arrival)
    {
        Ipv4Packet packet = arrival.Packet;
        Key = FragmentKey.Of(packet);
        Payload = packet.Payload;
        Start = packet.FragmentOffset;
        MoreFragments = packet.MoreFragments;
        Headers = packet.Header;
        Ecn = packet.TrafficClass & 3;
    }

    /// <summary>A fragment of an IPv6 packet.</summary>
    /// <param name="arrival">The packet.</param>
    /// <param name="header">Come to the fragment header.</param>
    /// <param name="nextHeaderField">Where the field stands that names the fragment header.</param>
    public FragmentPiece(in IpArrival arrival, in Ipv6Extensions header, int nextHeaderField)
    {
        Ipv6Packet packet = arrival.PacketV6;
        Key = FragmentKey.Of(arrival, header.Identification);
        Payload = packet.Octets[(header.Offset + Ipv6FragmentHeader.Length)..];
        Start = header.FragmentOffset;
        MoreFragments = header.MoreFragments;
        Headers = packet.Octets[..header.Offset];
        NextHeader = header.Next;
        NextHeaderField = nextHeaderField;
        Ecn = packet.TrafficClass & 3;
    }

    public FragmentKey Key { get; }

    /// <summary>What it brings.</summary>
    public ReadOnlySpan<byte> Payload { get; }

    /// <summary>Where that belongs in the whole's payload.</summary>
    public int Start { get; }

    public int End => Start + Payload.Length;

    public bool MoreFragments { get; }

    /// <summary>What is before the payload in the whole: IPv4's header, IPv6's unfragmentable part.</summary>
    public ReadOnlySpan<byte> Headers { get; }

    /// <summary>The ECN codepoint.</summary>
    public int Ecn { get; }

    /// <summary>What the payload of an IPv6 packet begins with.</summary>
    public IpProtocol NextHeader { get; }

    /// <summary>Where in the headers that is to be said.</summary>
    public int NextHeaderField { get; }
}
