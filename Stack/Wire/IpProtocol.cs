namespace UserNet.Wire;

/// <summary>What an IP packet carries, or what follows an IPv6 header. IANA, protocol numbers.</summary>
public enum IpProtocol : byte
{
    /// <summary>IPv6 options that every router reads. RFC 8200 §4.3.</summary>
    HopByHop = 0,
    /// <summary>RFC 792.</summary>
    Icmp = 1,
    /// <summary>RFC 3376.</summary>
    Igmp = 2,
    /// <summary>RFC 9293.</summary>
    Tcp = 6,
    /// <summary>RFC 768.</summary>
    Udp = 17,
    /// <summary>The way that an IPv6 packet takes. RFC 8200 §4.4.</summary>
    Routing = 43,
    /// <summary>A part of an IPv6 packet. RFC 8200 §4.5.</summary>
    Fragment = 44,
    /// <summary>RFC 4443.</summary>
    Icmpv6 = 58,
    /// <summary>Nothing follows an IPv6 header. RFC 8200 §4.7.</summary>
    NoNextHeader = 59,
    /// <summary>IPv6 options for the destination. RFC 8200 §4.6.</summary>
    DestinationOptions = 60,
}
