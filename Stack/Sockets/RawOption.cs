using UserNet.Multicast;
namespace UserNet.Sockets;

/// <summary>Option levels by their numbers on Linux.</summary>
public static class RawOptionLevel
{
    /// <summary>SOL_SOCKET.</summary>
    public const int Socket = 1;
    /// <summary>SOL_IP.</summary>
    public const int Ip = 0;
    /// <summary>SOL_IPV6.</summary>
    public const int IpV6 = 41;
    /// <summary>SOL_TCP.</summary>
    public const int Tcp = 6;
    /// <summary>SOL_UDP.</summary>
    public const int Udp = 17;
    /// <summary>SOL_ICMPV6: of raw ICMPv6 sockets.</summary>
    public const int Icmp6 = 58;
    /// <summary>SOL_RAW.</summary>
    public const int Raw = 255;
}

/// <summary>Options by their numbers on Linux, where .NET has no name for them or another number.</summary>
public static class RawOption
{
    /// <summary>SO_REUSEADDR, of SOL_SOCKET.</summary>
    public const int ReuseAddress = 2;
    /// <summary>SO_TYPE, of SOL_SOCKET: read only.</summary>
    public const int Type = 3;
    /// <summary>SO_ERROR, of SOL_SOCKET: read only.</summary>
    public const int Error = 4;
    /// <summary>SO_BROADCAST, of SOL_SOCKET.</summary>
    public const int Broadcast = 6;
    /// <summary>SO_SNDBUF, of SOL_SOCKET.</summary>
    public const int SendBuffer = 7;
    /// <summary>SO_RCVBUF, of SOL_SOCKET.</summary>
    public const int ReceiveBuffer = 8;
    /// <summary>SO_KEEPALIVE, of SOL_SOCKET.</summary>
    public const int KeepAlive = 9;
    /// <summary>SO_OOBINLINE, of SOL_SOCKET: always on here, as RFC 6093 advises.</summary>
    public const int UrgentInline = 10;
    /// <summary>SO_NO_CHECK, of SOL_SOCKET.</summary>
    public const int NoChecksum = 11;
    /// <summary>SO_LINGER, of SOL_SOCKET: struct linger, on or off and seconds, 8 octets.</summary>
    public const int Linger = 13;
    /// <summary>SO_REUSEPORT, of SOL_SOCKET.</summary>
    public const int ReusePort = 15;
    /// <summary>SO_RCVLOWAT, of SOL_SOCKET.</summary>
    public const int ReceiveLowWater = 18;
    /// <summary>SO_SNDLOWAT, of SOL_SOCKET: read only, 1.</summary>
    public const int SendLowWater = 19;
    /// <summary>SO_RCVTIMEO, of SOL_SOCKET: struct timeval of 16 octets.</summary>
    public const int ReceiveTimeout = 20;
    /// <summary>SO_SNDTIMEO, of SOL_SOCKET: struct timeval of 16 octets.</summary>
    public const int SendTimeout = 21;
    /// <summary>SO_BINDTODEVICE, of SOL_SOCKET: an interface name.</summary>
    public const int BindToDevice = 25;
    /// <summary>SO_ACCEPTCONN, of SOL_SOCKET: read only.</summary>
    public const int AcceptConnections = 30;
    /// <summary>SO_SNDBUFFORCE, of SOL_SOCKET: beyond the limit, by who administers the network.</summary>
    public const int SendBufferForce = 32;
    /// <summary>SO_RCVBUFFORCE, of SOL_SOCKET: beyond the limit, by who administers the network.</summary>
    public const int ReceiveBufferForce = 33;
    /// <summary>SO_PROTOCOL, of SOL_SOCKET: read only.</summary>
    public const int Protocol = 38;
    /// <summary>SO_DOMAIN, of SOL_SOCKET: read only.</summary>
    public const int Domain = 39;
    /// <summary>SO_MEMINFO, of SOL_SOCKET: read only, nine numbers of 4 octets, SK_MEMINFO_RMEM_ALLOC and so on.</summary>
    public const int MemoryInformation = 55;
    /// <summary>SO_PRIORITY, of SOL_SOCKET: of streams, kept to be read, as no queue here looks at it; more than 6 with the right to administer the network.</summary>
    public const int Priority = 12;
    /// <summary>SO_TIMESTAMP, of SOL_SOCKET: of streams, a receive tells when its last octet came, as a struct timeval.</summary>
    public const int ReceiveStamp = 29;
    /// <summary>SO_TIMESTAMPNS, of SOL_SOCKET: of streams, the same as a struct timespec.</summary>
    public const int ReceiveStampNanos = 35;
    /// <summary>SO_MARK, of SOL_SOCKET: of streams, kept to be read, as no route here looks at it.</summary>
    public const int Mark = 36;
    /// <summary>SO_TIMESTAMPING, of SOL_SOCKET: of streams, SOF_TIMESTAMPING_ flags, or struct so_timestamping of 8 octets.</summary>
    public const int Timestamping = 37;
    /// <summary>SO_BUSY_POLL, of SOL_SOCKET: of streams, microseconds, kept to be read.</summary>
    public const int BusyPoll = 46;
    /// <summary>SO_MAX_PACING_RATE, of SOL_SOCKET: of streams, octets a second in 4 octets or 8, all bits set for no limit.</summary>
    public const int MaxPacingRate = 47;
    /// <summary>SO_INCOMING_CPU, of SOL_SOCKET: of streams, kept to be read.</summary>
    public const int IncomingCpu = 49;
    /// <summary>SO_INCOMING_NAPI_ID, of SOL_SOCKET: of streams, read only, 0 as of a device without NAPI.</summary>
    public const int IncomingNapiId = 56;
    /// <summary>SO_ZEROCOPY, of SOL_SOCKET: of streams, MSG_ZEROCOPY is looked at.</summary>
    public const int ZeroCopy = 60;
    /// <summary>SO_TXTIME, of SOL_SOCKET: of streams, struct sock_txtime of 8 octets, kept to be read.</summary>
    public const int TransmitTime = 61;
    /// <summary>SO_TIMESTAMP_NEW, of SOL_SOCKET.</summary>
    public const int ReceiveStamp64 = 63;
    /// <summary>SO_TIMESTAMPNS_NEW, of SOL_SOCKET.</summary>
    public const int ReceiveStampNanos64 = 64;
    /// <summary>SO_TIMESTAMPING_NEW, of SOL_SOCKET.</summary>
    public const int Timestamping64 = 65;
    /// <summary>SO_PREFER_BUSY_POLL, of SOL_SOCKET: of streams, kept to be read.</summary>
    public const int PreferBusyPoll = 69;
    /// <summary>SO_BUSY_POLL_BUDGET, of SOL_SOCKET: of streams, kept to be read.</summary>
    public const int BusyPollBudget = 70;
    /// <summary>SO_BINDTOIFINDEX, of SOL_SOCKET.</summary>
    public const int BindToInterface = 62;
    /// <summary>IP_TOS, of SOL_IP.</summary>
    public const int TypeOfService = 1;
    /// <summary>IP_TTL, of SOL_IP.</summary>
    public const int TimeToLive = 2;
    /// <summary>IP_HDRINCL, of SOL_IP: raw sockets alone.</summary>
    public const int HeaderIncluded = 3;
    /// <summary>IP_OPTIONS, of SOL_IP: up to 40 octets of options, as they are to stand in the header.</summary>
    public const int IpOptions = 4;
    /// <summary>ICMP6_FILTER, of SOL_ICMPV6: 32 octets, a bit for each type that is not to be heard.</summary>
    public const int Icmp6Filter = 1;
    /// <summary>ICMP_FILTER, of SOL_RAW: 4 octets, a bit for each type that is not to be heard.</summary>
    public const int IcmpFilter = 1;
    /// <summary>IP_PKTINFO, of SOL_IP.</summary>
    public const int PacketInformation = 8;
    /// <summary>IP_MTU_DISCOVER, of SOL_IP: a <see cref="Ip.PathMtuDiscovery"/>.</summary>
    public const int MtuDiscover = 10;
    /// <summary>IP_RECVERR, of SOL_IP: errors are queued, to be read by <see cref="NetworkSocket.ReceiveError"/>.</summary>
    public const int ReceiveErrors = 11;
    /// <summary>IP_RECVTTL, of SOL_IP.</summary>
    public const int ReceiveTimeToLive = 12;
    /// <summary>IP_RECVTOS, of SOL_IP.</summary>
    public const int ReceiveTypeOfService = 13;
    /// <summary>IP_MINTTL, of SOL_IP: a stream drops what comes with a smaller time to live; 0 for none. RFC 5082.</summary>
    public const int MinTimeToLive = 21;
    /// <summary>IP_MTU, of SOL_IP: read only, and only with a peer.</summary>
    public const int Mtu = 14;
    /// <summary>IP_FREEBIND, of SOL_IP.</summary>
    public const int FreeBind = 15;
    /// <summary>IP_TRANSPARENT, of SOL_IP.</summary>
    public const int Transparent = 19;
    /// <summary>IP_BIND_ADDRESS_NO_PORT, of SOL_IP.</summary>
    public const int BindAddressNoPort = 24;
    /// <summary>IP_MULTICAST_IF, of SOL_IP: 4 octets of an address, or 12 of ip_mreqn.</summary>
    public const int MulticastInterface = 32;
    /// <summary>IP_MULTICAST_TTL, of SOL_IP: 0 to 255, or -1 for the usual 1.</summary>
    public const int MulticastTimeToLive = 33;
    /// <summary>IP_MULTICAST_LOOP, of SOL_IP.</summary>
    public const int MulticastLoopback = 34;
    /// <summary>IP_ADD_MEMBERSHIP, of SOL_IP: ip_mreq (group, address) or ip_mreqn (group, address, index).</summary>
    public const int AddMembership = 35;
    /// <summary>IP_DROP_MEMBERSHIP, of SOL_IP: as <see cref="AddMembership"/>.</summary>
    public const int DropMembership = 36;
    /// <summary>IP_UNBLOCK_SOURCE, of SOL_IP: ip_mreq_source (group, address, source).</summary>
    public const int UnblockSource = 37;
    /// <summary>IP_BLOCK_SOURCE, of SOL_IP: as <see cref="UnblockSource"/>.</summary>
    public const int BlockSource = 38;
    /// <summary>IP_ADD_SOURCE_MEMBERSHIP, of SOL_IP: as <see cref="UnblockSource"/>.</summary>
    public const int AddSourceMembership = 39;
    /// <summary>IP_DROP_SOURCE_MEMBERSHIP, of SOL_IP: as <see cref="UnblockSource"/>.</summary>
    public const int DropSourceMembership = 40;
    /// <summary>IP_MSFILTER, of SOL_IP: ip_msfilter (group, address, mode, number of sources, sources). Write only here.</summary>
    public const int SourceFilter = 41;
    /// <summary>MCAST_JOIN_GROUP, of SOL_IP and SOL_IPV6: group_req (index, group as a sockaddr_storage).</summary>
    public const int JoinGroup = 42;
    /// <summary>MCAST_BLOCK_SOURCE, of SOL_IP and SOL_IPV6: group_source_req (index, group, source).</summary>
    public const int BlockGroupSource = 43;
    /// <summary>MCAST_UNBLOCK_SOURCE, of SOL_IP and SOL_IPV6: as <see cref="BlockGroupSource"/>.</summary>
    public const int UnblockGroupSource = 44;
    /// <summary>MCAST_LEAVE_GROUP, of SOL_IP and SOL_IPV6: as <see cref="JoinGroup"/>.</summary>
    public const int LeaveGroup = 45;
    /// <summary>MCAST_JOIN_SOURCE_GROUP, of SOL_IP and SOL_IPV6: as <see cref="BlockGroupSource"/>.</summary>
    public const int JoinSourceGroup = 46;
    /// <summary>MCAST_LEAVE_SOURCE_GROUP, of SOL_IP and SOL_IPV6: as <see cref="BlockGroupSource"/>.</summary>
    public const int LeaveSourceGroup = 47;
    /// <summary>MCAST_MSFILTER, of SOL_IP and SOL_IPV6: group_filter (index, group, mode, number of sources, sources). Of SOL_IP write only here; read, its
    /// sources come sorted.</summary>
    public const int GroupFilter = 48;
    /// <summary>IP_MULTICAST_ALL, of SOL_IP: whether what others joined is heard too, where the socket is no member itself.</summary>
    public const int MulticastAll = 49;
    /// <summary>IP_UNICAST_IF, of SOL_IP: an interface index in network byte order.</summary>
    public const int UnicastInterface = 50;
    /// <summary>IP_LOCAL_PORT_RANGE, of SOL_IP: the lower bound, and the upper one shifted left by 16.</summary>
    public const int LocalPortRange = 51;
    /// <summary>IPV6_UNICAST_HOPS, of SOL_IPV6: 0 to 255, or -1 for the usual 64.</summary>
    public const int V6UnicastHops = 16;
    /// <summary>IPV6_CHECKSUM, of SOL_IPV6 or SOL_RAW: where a raw socket's packets have their checksum, an even offset; negative for off.</summary>
    public const int V6Checksum = 7;
    /// <summary>IPV6_FLOWINFO, of SOL_IPV6: a receive tells the flow label.</summary>
    public const int V6FlowInformation = 11;
    /// <summary>IPV6_MTU_DISCOVER, of SOL_IPV6: a <see cref="Ip.PathMtuDiscovery"/>.</summary>
    public const int V6MtuDiscover = 23;
    /// <summary>IPV6_HDRINCL, of SOL_IPV6: raw sockets alone.</summary>
    public const int V6HeaderIncluded = 36;
    /// <summary>IPV6_PKTINFO, of SOL_IPV6: in6_pktinfo, whose interface packets leave by. An address is refused, which Linux takes and ignores.</summary>
    public const int V6PacketInformation = 50;
    /// <summary>IPV6_RECVPATHMTU, of SOL_IPV6: a receive tells what the path takes after a datagram was refused as too long.</summary>
    public const int V6ReceivePathMtu = 60;
    /// <summary>IPV6_PATHMTU, of SOL_IPV6: read only, and only with a peer: ip6_mtuinfo.</summary>
    public const int V6PathMtu = 61;
    /// <summary>IPV6_DONTFRAG, of SOL_IPV6.</summary>
    public const int V6DontFragment = 62;
    /// <summary>IPV6_AUTOFLOWLABEL, of SOL_IPV6: packets carry a label that names their flow, on at first. RFC 6437.</summary>
    public const int V6AutoFlowLabel = 70;
    /// <summary>IPV6_ADDR_PREFERENCES, of SOL_IPV6: which sources are preferred. RFC 5014.</summary>
    public const int V6AddressPreferences = 72;
    /// <summary>IPV6_MINHOPCOUNT, of SOL_IPV6: a stream drops what comes with a smaller hop limit; 0 for none. RFC 5082.</summary>
    public const int V6MinHopLimit = 73;
    /// <summary>IPV6_RECVORIGDSTADDR, of SOL_IPV6.</summary>
    public const int V6ReceiveOriginalDestination = 74;
    /// <summary>IPV6_MTU, of SOL_IPV6: set, no packet is larger (1,280 octets or more, 0 for what the path takes); read, with a peer alone, what the path takes.</summary>
    public const int V6Mtu = 24;
    /// <summary>IPV6_RECVERR, of SOL_IPV6: as <see cref="ReceiveErrors"/>, of what was sent in IPv6 packets.</summary>
    public const int V6ReceiveErrors = 25;
    /// <summary>IPV6_RECVPKTINFO, of SOL_IPV6.</summary>
    public const int V6ReceivePacketInformation = 49;
    /// <summary>IPV6_RECVHOPLIMIT, of SOL_IPV6.</summary>
    public const int V6ReceiveHopLimit = 51;
    /// <summary>IPV6_RECVTCLASS, of SOL_IPV6.</summary>
    public const int V6ReceiveTrafficClass = 66;
    /// <summary>IPV6_TCLASS, of SOL_IPV6: 0 to 255, or -1 for the usual 0.</summary>
    public const int V6TrafficClass = 67;
    /// <summary>IPV6_MULTICAST_IF, of SOL_IPV6: an interface index.</summary>
    public const int V6MulticastInterface = 17;
    /// <summary>IPV6_MULTICAST_HOPS, of SOL_IPV6: 0 to 255, or -1 for the usual 1.</summary>
    public const int V6MulticastHops = 18;
    /// <summary>IPV6_MULTICAST_LOOP, of SOL_IPV6: 0 or 1.</summary>
    public const int V6MulticastLoopback = 19;
    /// <summary>IPV6_JOIN_GROUP, of SOL_IPV6: ipv6_mreq (group, index).</summary>
    public const int V6JoinGroup = 20;
    /// <summary>IPV6_LEAVE_GROUP, of SOL_IPV6: as <see cref="V6JoinGroup"/>.</summary>
    public const int V6LeaveGroup = 21;
    /// <summary>IPV6_MULTICAST_ALL, of SOL_IPV6: as <see cref="MulticastAll"/>, of IPv6 groups.</summary>
    public const int V6MulticastAll = 29;
    /// <summary>IPV6_V6ONLY, of SOL_IPV6.</summary>
    public const int V6Only = 26;
    /// <summary>IPV6_TRANSPARENT, of SOL_IPV6.</summary>
    public const int V6Transparent = 75;
    /// <summary>IPV6_UNICAST_IF, of SOL_IPV6: an interface index in network byte order.</summary>
    public const int V6UnicastInterface = 76;
    /// <summary>IPV6_FREEBIND, of SOL_IPV6.</summary>
    public const int V6FreeBind = 78;
}

/// <summary>Options of SOL_TCP by their numbers on Linux.</summary>
public static class RawTcpOption
{
    /// <summary>TCP_NODELAY.</summary>
    public const int NoDelay = 1;
    /// <summary>TCP_MAXSEG: 88 to 32,767 octets, 0 for what the path allows.</summary>
    public const int MaxSegment = 2;
    /// <summary>TCP_CORK.</summary>
    public const int Cork = 3;
    /// <summary>TCP_KEEPIDLE: seconds.</summary>
    public const int KeepAliveIdle = 4;
    /// <summary>TCP_KEEPINTVL: seconds.</summary>
    public const int KeepAliveInterval = 5;
    /// <summary>TCP_KEEPCNT.</summary>
    public const int KeepAliveCount = 6;
    /// <summary>TCP_SYNCNT.</summary>
    public const int SynRetries = 7;
    /// <summary>TCP_LINGER2: seconds, negative for none.</summary>
    public const int FinWait2 = 8;
    /// <summary>TCP_DEFER_ACCEPT: seconds.</summary>
    public const int DeferAccept = 9;
    /// <summary>TCP_WINDOW_CLAMP: octets.</summary>
    public const int WindowClamp = 10;
    /// <summary>TCP_INFO: read only, struct tcp_info.</summary>
    public const int Information = 11;
    /// <summary>TCP_QUICKACK.</summary>
    public const int QuickAck = 12;
    /// <summary>TCP_CONGESTION: a name, "cubic" or "reno".</summary>
    public const int Congestion = 13;
    /// <summary>TCP_USER_TIMEOUT: milliseconds.</summary>
    public const int UserTimeout = 18;
    /// <summary>TCP_FASTOPEN: how many connections may wait that came with data, 0 for none.</summary>
    public const int FastOpen = 23;
    /// <summary>TCP_TIMESTAMP: read only here, the clock that timestamps show.</summary>
    public const int Timestamp = 24;
    /// <summary>TCP_NOTSENT_LOWAT: octets.</summary>
    public const int NotSentLowWater = 25;
    /// <summary>TCP_THIN_LINEAR_TIMEOUTS: 0 or 1, kept to be read.</summary>
    public const int ThinLinearTimeouts = 16;
    /// <summary>TCP_THIN_DUPACK: 0 or 1, which nothing heeds, as in Linux; it reads as 0.</summary>
    public const int ThinDuplicateAck = 17;
    /// <summary>TCP_CC_INFO: read only; what is here has nothing to tell, as CUBIC and Reno of Linux.</summary>
    public const int CongestionInformation = 26;
    /// <summary>TCP_INQ: 0 or 1; a receive tells how many octets are left, as a control message of that number.</summary>
    public const int WhatIsLeft = 36;
    /// <summary>TCP_SAVE_SYN: 1 and 2 for a listener that keeps the headers of SYNs.</summary>
    public const int SaveSyn = 27;
    /// <summary>TCP_SAVED_SYN: read only, and once: what was kept.</summary>
    public const int SavedSyn = 28;
    /// <summary>TCP_TX_DELAY: microseconds, kept to be read.</summary>
    public const int TransmitDelay = 37;
    /// <summary>TCP_IS_MPTCP: read only, 0.</summary>
    public const int IsMultipath = 43;
    /// <summary>TCP_RTO_MAX_MS: 1,000 to 120,000 milliseconds.</summary>
    public const int LongestTimeout = 44;
    /// <summary>TCP_RTO_MIN_US: 2,000 to 200,000 microseconds.</summary>
    public const int ShortestTimeout = 45;
    /// <summary>TCP_DELACK_MAX_US: 2,000 to 200,000 microseconds.</summary>
    public const int LongestAckDelay = 46;
    /// <summary>TCP_FASTOPEN_CONNECT.</summary>
    public const int FastOpenConnect = 30;
    /// <summary>TCP_FASTOPEN_KEY: 16 octets, or 32 with the key that was used before.</summary>
    public const int FastOpenKey = 33;
    /// <summary>TCP_ULP: the name of a protocol between TCP and its user.</summary>
    public const int UpperLayer = 31;
    /// <summary>TCP_FASTOPEN_NO_COOKIE.</summary>
    public const int FastOpenNoCookie = 34;
    /// <summary>TCP_MD5SIG: struct tcp_md5sig of 216 octets, a key for a peer; without a key, that of the peer goes. RFC 2385.</summary>
    public const int Signature = 14;
    /// <summary>TCP_MD5SIG_EXT: the same for all peers whose addresses begin alike.</summary>
    public const int SignatureOfPrefix = 32;
    /// <summary>FreeBSD's TCP_MD5SIG, by its number there: a flag; segments are signed by the stack's keys. Of a stack with FreeBSD's rules.</summary>
    public const int HostSignature = 16;
    /// <summary>FreeBSD's TCP_NOOPT, by its number there, where Linux has TCP_LINGER2: of a stack with FreeBSD's rules.</summary>
    public const int NoOptions = 8;
    /// <summary>FreeBSD's TCP_REMOTE_UDP_ENCAPS_PORT, by its number there: of a stack with FreeBSD's rules.</summary>
    public const int RemoteUdpPort = 71;
    /// <summary>FreeBSD's TCP_KEEPINIT, by its number there, seconds: of a stack with FreeBSD's rules.</summary>
    public const int KeepInit = 128;
}
