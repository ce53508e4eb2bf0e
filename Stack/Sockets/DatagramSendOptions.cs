using UserNet.Addressing;

namespace UserNet.Sockets;

/// <summary>
/// What a call may say of the one datagram that it sends: the ancillary data of sendmsg. What is not said is as the socket's options have it.
/// </summary>
/// <remarks>A value: to send with it allocates nothing. RFC 3542 §4, §6. Any thread.</remarks>
public readonly record struct DatagramSendOptions
{
    /// <summary>
    /// IPV6_PKTINFO, IP_PKTINFO: the address that it is sent from, one of the host's; the wildcard leaves it to the socket and the route.
    /// To an IPv4 destination an IPv6 socket sends from a mapped one.
    /// </summary>
    public InetAddress Source { get; init; }

    /// <summary>IPV6_PKTINFO, IP_PKTINFO: the index of the interface that it leaves by, 0 for whichever.</summary>
    public uint Device { get; init; }

    /// <summary>IPV6_HOPLIMIT (0 to 255, or -1 for the usual one), IP_TTL (1 to 255); null for the socket's.</summary>
    public int? HopLimit { get; init; }

    /// <summary>IPV6_TCLASS (0 to 255, or -1 for the usual one), IP_TOS (0 to 255); null for the socket's.</summary>
    public int? TrafficClass { get; init; }

    /// <summary>IPV6_DONTFRAG: true when it is refused rather than cut; null for the socket's. IPv4 does not heed it, as in Linux.</summary>
    public bool? DontFragment { get; init; }

    /// <summary>IPV6_FLOWINFO: the flow label, 20 bits; null for the one that the stack makes (IPV6_AUTOFLOWLABEL). IPv6 alone. RFC 6437.</summary>
    public uint? FlowLabel { get; init; }

    /// <summary>True when <see cref="Source"/> counts, be it the wildcard: then it is the route's, whatever the socket has.</summary>
    internal bool HasSource { get; init; }

    /// <summary>IP_RETOPTS: the options of this packet, padded, instead of the socket's, which the packet takes; null for those.</summary>
    internal byte[]? IpOptions { get; init; }

    /// <summary>True when the octets stand for as many that can't be read: all is checked, then nothing is sent (EFAULT).</summary>
    internal bool IsUnreadable { get; init; }
}
