namespace UserNet.Wire;

/// <summary>What an IP packet carries. IANA, protocol numbers.</summary>
public enum IpProtocol : byte
{
    /// <summary>RFC 792.</summary>
    Icmp = 1,
    /// <summary>RFC 3376.</summary>
    Igmp = 2,
    /// <summary>RFC 9293.</summary>
    Tcp = 6,
    /// <summary>RFC 768.</summary>
    Udp = 17,
    /// <summary>RFC 4443.</summary>
    Icmpv6 = 58,
}
