using UserNet.Addressing;
using UserNet.Ip;
using UserNet.Udp;

namespace UserNet.Sockets;

// The options of a socket's IPv6 datagrams. RFC 3493 §5, RFC 3542.
internal sealed partial class DatagramChannel
{
    /// <summary>Octets of ICMP6_FILTER: a bit for each type.</summary>
    public const int Icmp6FilterLength = 32;

    private byte[]? _icmp6Filter;      // made when first set
    private DatagramInfo _pathMtu;

    /// <summary>IPV6_UNICAST_HOPS.</summary>
    public byte HopLimit { get; set; } = DefaultTimeToLive;

    /// <summary>IPV6_TCLASS.</summary>
    public byte TrafficClassV6 { get; set; }

    /// <summary>IPV6_MTU_DISCOVER.</summary>
    public PathMtuDiscovery DiscoveryV6 { get; set; } = PathMtuDiscovery.Want;

    /// <summary>IPV6_DONTFRAG: what does not fit the path is refused.</summary>
    public bool DontFragmentV6 { get; set; }

    /// <summary>IPV6_MTU: no packet is larger, 0 for what the path takes.</summary>
    public int LargestPacketV6 { get; set; }

    /// <summary>IPV6_AUTOFLOWLABEL is off: packets carry the label 0.</summary>
    public bool SendsNoFlowLabel { get; set; }

    /// <summary>IPV6_PKTINFO: the interface that packets leave by which the socket is not bound to, 0 for none.</summary>
    public uint DeviceV6 { get; set; }

    /// <summary>IPV6_RECVPATHMTU: what was too long is told of by a receive.</summary>
    public bool WantsPathMtu { get; set; }

    /// <summary>IPV6_RECVPKTINFO, IPV6_RECVHOPLIMIT, IPV6_RECVTCLASS and so on: kept to be read; a receive that asks is always told.</summary>
    public bool WantsPacketInformationV6 { get; set; }

    /// <inheritdoc cref="WantsPacketInformationV6"/>
    public bool WantsHopLimit { get; set; }

    /// <inheritdoc cref="WantsPacketInformationV6"/>
    public bool WantsTrafficClassV6 { get; set; }

    /// <inheritdoc cref="WantsPacketInformationV6"/>
    public bool WantsFlowInformation { get; set; }

    /// <inheritdoc cref="WantsPacketInformationV6"/>
    public bool WantsOriginalDestination { get; set; }

    /// <summary>IPV6_CHECKSUM: where a raw socket's packets have their checksum, -1 where the stack does not look after it.</summary>
    public int ChecksumOffset { get; set; } = -1;

    /// <summary>ICMP6_FILTER: the types that a raw ICMPv6 socket does not hear, as bits; empty when it hears all.</summary>
    public ReadOnlySpan<byte> Icmp6Filter => _icmp6Filter;

    /// <summary>Sets the first octets of ICMP6_FILTER; the others stay.</summary>
    public void SetIcmp6Filter(ReadOnlySpan<byte> value) =>
        value[..Math.Min(value.Length, Icmp6FilterLength)].CopyTo(_icmp6Filter ??= new byte[Icmp6FilterLength]);

    /// <summary>True for a type that the socket does not want to hear.</summary>
    public bool FiltersIcmp6(byte type) => _icmp6Filter is { } filter && (filter[type >> 3] >> (type & 7) & 1) != 0;

    /// <summary>Notes what a path takes, to be told by the next receive; of several the last one. Nobody is woken, as in Linux.</summary>
    public void TellPathMtu(in InetEndpoint destination, int mtu) => _pathMtu = new DatagramInfo { Source = destination, PathMtu = mtu };

    /// <summary>Tells what was noted, once.</summary>
    public bool TakePathMtu(out DatagramInfo info)
    {
        info = _pathMtu;
        _pathMtu = default;
        return info.PathMtu > 0;
    }
}
