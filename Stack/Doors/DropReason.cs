namespace UserNet.Doors;

/// <summary>Why a frame, a packet or a datagram went no further. One reason, one counter.</summary>
/// <remarks>
/// A bad packet is no error: it is dropped and counted. The names say which layer looked at it; the first check that
/// fails decides.
/// </remarks>
public enum DropReason : byte
{
    /// <summary>It was not dropped.</summary>
    None,

    /// <summary>Shorter than its link header.</summary>
    FrameTooShort,
    /// <summary>Longer than the link's MTU allows.</summary>
    FrameTooLong,
    /// <summary>For another station.</summary>
    FrameNotForUs,
    /// <summary>For a group that the interface does not listen to.</summary>
    FrameGroupNotJoined,
    /// <summary>From a group or broadcast address, which sends nothing.</summary>
    FrameBadSource,
    /// <summary>On a VLAN that the interface is not part of.</summary>
    FrameWrongVlan,
    /// <summary>Of a protocol that the host does not speak.</summary>
    FrameUnknownProtocol,
    /// <summary>The interface is down.</summary>
    InterfaceDown,
    /// <summary>The link's queue was full.</summary>
    LinkQueueFull,
    /// <summary>The link failed, or is closed.</summary>
    LinkFailed,
    /// <summary>A frame with work left to do that its octets do not allow: they are not the segments that it says, or end too soon.</summary>
    FrameBadOffload,

    /// <summary>An ARP packet that can't be read, of other address kinds than Ethernet and IPv4, or neither request nor reply. RFC 826.</summary>
    ArpMalformed,
    /// <summary>An ARP packet from an address that no neighbor can have: of a group, of all, of this host or station.</summary>
    ArpBadSender,
    /// <summary>An ARP packet between others, of which nothing was to be learned.</summary>
    ArpNotForUs,
    /// <summary>An ARP packet that claims an address of this host. RFC 5227 §2.4.</summary>
    ArpConflict,
    /// <summary>A Neighbor Discovery message that can't be read. RFC 4861 §6.1, §7.1, §8.1.</summary>
    DiscoveryMalformed,
    /// <summary>A Neighbor Discovery message that a router passed on, or from an address that can't have sent it. RFC 4861 §6.1, §7.1, §8.1.</summary>
    DiscoveryForged,
    /// <summary>A Neighbor Discovery message between others, of which nothing was to be learned.</summary>
    DiscoveryNotForUs,
    /// <summary>A Neighbor Discovery message by which another host claims an address of this one. RFC 4862 §5.4.</summary>
    DiscoveryConflict,
    /// <summary>A probe for an address that this host sent itself, and the link sent back. RFC 7527.</summary>
    DiscoveryLooped,
    /// <summary>A router advertisement of which something found no room: as many routers, prefixes, routes or addresses as may be are known.</summary>
    DiscoveryTableFull,
    /// <summary>The next hop did not answer. RFC 1122 §2.3.2.</summary>
    NeighborUnresolved,
    /// <summary>Too many packets wait for the next hop to answer.</summary>
    NeighborQueueFull,
    /// <summary>No room for another neighbor that is being asked for.</summary>
    NeighborTableFull,

    /// <summary>An IP header that can't be: its version or lengths, or shorter than it says. RFC 1122 §3.2.1.</summary>
    IpMalformed,
    /// <summary>A wrong IP header checksum. RFC 1122 §3.2.1.2.</summary>
    IpBadChecksum,
    /// <summary>A source address that no packet may come from. RFC 1122 §3.2.1.3, RFC 1812 §5.3.7.</summary>
    IpMartianSource,
    /// <summary>A destination address that no packet may go to. RFC 1812 §5.3.7.</summary>
    IpMartianDestination,
    /// <summary>A unicast destination in a frame for many. RFC 1122 §3.3.6.</summary>
    IpUnicastInBroadcast,
    /// <summary>For another host, and this one does not forward.</summary>
    IpNotForUs,
    /// <summary>The destination is an address of another interface (strong host model). RFC 1122 §3.3.4.2.</summary>
    IpWrongInterface,
    /// <summary>The way back to the source leads elsewhere, and the reverse path filter is on. RFC 3704 §2.</summary>
    IpReversePath,
    /// <summary>A source-routed packet. RFC 7126 §4.3.</summary>
    IpSourceRoute,
    /// <summary>An IP option that can't be read. RFC 1122 §3.2.1.8.</summary>
    IpBadOption,
    /// <summary>The time to live ran out on the way. RFC 1812 §5.3.1.</summary>
    IpTimeToLiveExceeded,
    /// <summary>No route to the destination.</summary>
    IpNoRoute,
    /// <summary>Too big for the next link and not to be fragmented. RFC 1191.</summary>
    IpTooBig,
    /// <summary>Nobody takes the packet's protocol. RFC 1122 §3.2.2.1.</summary>
    IpUnknownProtocol,
    /// <summary>A packet for a group that nobody on this host joined.</summary>
    IpGroupNotJoined,

    /// <summary>An IPv6 header that can't be: its version, or shorter than it says. RFC 8200 §3.</summary>
    Ip6Malformed,
    /// <summary>An IPv6 source that no packet may come from: a group, a mapped address, ::1 from without. RFC 4291 §2.5, §2.7.</summary>
    Ip6MartianSource,
    /// <summary>An IPv6 destination that no packet may go to. RFC 4291 §2.5, §2.7.</summary>
    Ip6MartianDestination,
    /// <summary>An IPv6 unicast destination in a frame for many.</summary>
    Ip6UnicastInBroadcast,
    /// <summary>An IPv6 packet for another host, or for an address that is still being tested.</summary>
    Ip6NotForUs,
    /// <summary>The IPv6 destination is an address of another interface (strong host model).</summary>
    Ip6WrongInterface,
    /// <summary>An IPv6 extension header that is cut off or where it may not stand. RFC 8200 §4.</summary>
    Ip6BadExtension,
    /// <summary>An IPv6 option that can't be read, or is not known and says that the packet is to be dropped then. RFC 8200 §4.2.</summary>
    Ip6BadOption,
    /// <summary>An IPv6 packet that is to be sent on by a routing header. RFC 5095, RFC 8200 §4.4.</summary>
    Ip6SourceRoute,
    /// <summary>An IPv6 packet with more extension headers or options than are looked at. RFC 8504 §5.3.</summary>
    Ip6TooManyHeaders,
    /// <summary>The first part of an IPv6 packet, without all of its headers. RFC 7112 §5.</summary>
    Ip6HeadersCutOff,
    /// <summary>The hop limit ran out on the way. RFC 4443 §3.3.</summary>
    Ip6HopLimitExceeded,
    /// <summary>A link-local source, and the way leads to another link. RFC 4007 §9.</summary>
    Ip6BeyondScope,
    /// <summary>IPv6 is off on the interface: its MTU is below 1,280 (RFC 8200 §5), or its link-local address another's (RFC 4862 §5.4.5).</summary>
    Ip6Disabled,
    /// <summary>No route to the IPv6 destination, or none that IPv6 packets are sent by.</summary>
    Ip6NoRoute,
    /// <summary>An IPv6 packet too big for the next link, or not to be cut and too big for the path. RFC 8201.</summary>
    Ip6TooBig,
    /// <summary>Nobody takes what the IPv6 packet carries. RFC 8200 §4.</summary>
    Ip6UnknownProtocol,
    /// <summary>An IPv6 packet for a group that nobody on this host joined.</summary>
    Ip6GroupNotJoined,

    /// <summary>A fragment that ends beyond the largest packet, is of no length, or hides a TCP header. RFC 791, RFC 1858.</summary>
    FragmentMalformed,
    /// <summary>A fragment that overlaps another one: its whole packet is dropped. RFC 5722, RFC 8900 §3.</summary>
    FragmentOverlap,
    /// <summary>A fragment that came twice.</summary>
    FragmentDuplicate,
    /// <summary>One more fragment of a packet than are allowed: its whole packet is dropped.</summary>
    FragmentTooMany,
    /// <summary>Fragments of which one is marked CE and another one is not ECN-capable. RFC 3168 §5.3.</summary>
    FragmentMixedEcn,
    /// <summary>No room for more fragments: the oldest unfinished packet made place.</summary>
    FragmentNoRoom,
    /// <summary>The other fragments did not come in time. RFC 1122 §3.3.2.</summary>
    FragmentTimeout,

    /// <summary>An ICMP message that is too short for its type.</summary>
    IcmpMalformed,
    /// <summary>A wrong ICMP checksum.</summary>
    IcmpBadChecksum,
    /// <summary>An echo request to many, which is not answered. RFC 1122 §3.2.2.6.</summary>
    IcmpEchoToMany,
    /// <summary>An ICMP type that is not known, and is ignored. RFC 1122 §3.2.2.</summary>
    IcmpUnknownType,
    /// <summary>An ICMP message that is ignored on purpose: a redirect, source quench, a request for the time. RFC 6633.</summary>
    IcmpIgnored,
    /// <summary>An ICMP answer that no socket waits for.</summary>
    IcmpUnsolicited,
    /// <summary>An ICMP error about a packet that this host did not send.</summary>
    IcmpNotOurs,
    /// <summary>An ICMP error that was not sent since there were too many. RFC 1812 §4.3.2.8.</summary>
    IcmpRateLimited,

    /// <summary>An ICMPv6 message that is too short for its type.</summary>
    Icmp6Malformed,
    /// <summary>A wrong ICMPv6 checksum. RFC 4443 §2.3.</summary>
    Icmp6BadChecksum,
    /// <summary>An ICMPv6 echo request to a group, which is not answered. RFC 4443 §4.2.</summary>
    Icmp6EchoToMany,
    /// <summary>An ICMPv6 type that is not known, and is ignored. RFC 4443 §2.4 (b).</summary>
    Icmp6UnknownType,
    /// <summary>An ICMPv6 message that is ignored on purpose: about neighbors, routers, groups.</summary>
    Icmp6Ignored,
    /// <summary>An ICMPv6 answer that no socket waits for.</summary>
    Icmp6Unsolicited,
    /// <summary>An ICMPv6 error about a packet that this host did not send.</summary>
    Icmp6NotOurs,
    /// <summary>An ICMPv6 error that was not sent since there were too many. RFC 4443 §2.4 (f).</summary>
    Icmp6RateLimited,

    /// <summary>An IGMP message that can't be read, or comes from afar.</summary>
    IgmpMalformed,
    /// <summary>A wrong IGMP checksum.</summary>
    IgmpBadChecksum,
    /// <summary>An IGMP message that does not concern this host.</summary>
    IgmpIgnored,

    /// <summary>An MLD message that can't be read. RFC 3810 §5, §8.1.</summary>
    MldMalformed,
    /// <summary>An MLD message from afar: not from a link-local address, after more than one hop, or without a router alert. RFC 3810 §6.2.</summary>
    MldForged,
    /// <summary>An MLD message that does not concern this host.</summary>
    MldIgnored,

    /// <summary>A UDP datagram whose length field can't be. RFC 768.</summary>
    UdpMalformed,
    /// <summary>A wrong UDP checksum. RFC 1122 §4.1.3.4.</summary>
    UdpBadChecksum,
    /// <summary>No socket has the port. RFC 1122 §4.1.3.1.</summary>
    UdpNoPort,

    /// <summary>A TCP segment whose header can't be.</summary>
    TcpMalformed,
    /// <summary>A TCP checksum that is wrong.</summary>
    TcpBadChecksum,
    /// <summary>Nobody listens on the port; the sender got a reset.</summary>
    TcpNoPort,
    /// <summary>A TCP segment for a broadcast or multicast address. RFC 9293 §3.9.2.3.</summary>
    TcpToMany,
    /// <summary>A segment that more routers may have forwarded than the socket allows. RFC 5082.</summary>
    TcpTooFar,
    /// <summary>A segment outside the receive window: late, repeated, or forged. RFC 9293 §3.4.</summary>
    TcpOutOfWindow,
    /// <summary>A timestamp older than the last one. RFC 7323 §5.</summary>
    TcpOutdated,
    /// <summary>It acknowledges what was never sent, or what was acknowledged long ago. RFC 5961 §5.</summary>
    TcpUnacceptableAck,
    /// <summary>A reset that does not prove that its sender knows the connection. RFC 5961 §3.</summary>
    TcpUnacceptableReset,
    /// <summary>A SYN in a connection that is open. RFC 5961 §4.</summary>
    TcpUnacceptableSyn,
    /// <summary>A segment with the MD5 signature of RFC 2385, of which no key is known.</summary>
    TcpSigned,
    /// <summary>A segment without the MD5 signature of RFC 2385, of a peer whose key is known.</summary>
    TcpUnsigned,
    /// <summary>A segment whose MD5 signature was not made with the peer's key. RFC 2385.</summary>
    TcpWrongSignature,
    /// <summary>A segment of an open connection without ACK.</summary>
    TcpNoAck,
    /// <summary>A segment that its connection's state has no use for.</summary>
    TcpUnexpected,
    /// <summary>Data for a connection whose socket is closed.</summary>
    TcpNobodyReads,
    /// <summary>As many connections as the backlog allows wait to be accepted.</summary>
    TcpAcceptQueueFull,
    /// <summary>As many connections as may be are being opened.</summary>
    TcpSynQueueFull,
    /// <summary>The bare end of a handshake at a listener that waits for data: TCP_DEFER_ACCEPT.</summary>
    TcpDeferred,
    /// <summary>No way leads back to who called.</summary>
    TcpNoRoute,
    /// <summary>The socket's receive buffer is full.</summary>
    SocketBufferFull,
    /// <summary>The socket filters the source: it joined the group for others, or receiving is shut down.</summary>
    SocketFiltered,

    /// <summary>An address translation has no port left in its range. RFC 5508 REQ-8.</summary>
    TranslationExhausted,
    /// <summary>An address translation has as many mappings or sessions as it may have.</summary>
    TranslationTableFull,
    /// <summary>The router itself used a port of the range of its address translation, which a mapping has.</summary>
    TranslationPortClash,
    /// <summary>From outside for an outer port that no mapping has, or an ICMP error about a packet of none. RFC 5382 REQ-4, RFC 5508 REQ-4, REQ-5.</summary>
    TranslationNoMapping,
    /// <summary>From outside for a mapping that hears others alone. RFC 4787 §5.</summary>
    TranslationFiltered,
    /// <summary>A TCP segment of a connection that the address translation does not know, and that opens none.</summary>
    TranslationNoSession,
    /// <summary>A fragment that came before the first one of its packet, or too long after: its ports are not known.</summary>
    TranslationFragment,
    /// <summary>From inside, and of a protocol without ports.</summary>
    TranslationProtocol,
}
