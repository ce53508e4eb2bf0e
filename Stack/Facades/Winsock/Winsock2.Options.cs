namespace UserNet.Facades.Winsock;

#pragma warning disable CA1707 // the field's own names

// Options, by level.
public static partial class Winsock2
{
    /// <summary>Level of options: any socket.</summary>
    public const int SOL_SOCKET = 0xFFFF;

    /// <summary>Read only: the socket listens.</summary>
    public const int SO_ACCEPTCONN = 0x2;
    /// <summary>What the socket binds may be taken by others that have it, too.</summary>
    public const int SO_REUSEADDR = 0x4;
    /// <summary>Nobody else may bind what the socket binds: the complement of SO_REUSEADDR.</summary>
    public const int SO_EXCLUSIVEADDRUSE = ~SO_REUSEADDR;
    /// <summary>Idle connections are probed.</summary>
    public const int SO_KEEPALIVE = 0x8;
    /// <summary>The socket may send to broadcast addresses, and bind to them.</summary>
    public const int SO_BROADCAST = 0x20;
    /// <summary>struct linger: two numbers of 2 octets, on or off and seconds.</summary>
    public const int SO_LINGER = 0x80;
    /// <summary>SO_LINGER turned off: the complement of it.</summary>
    public const int SO_DONTLINGER = ~SO_LINGER;
    /// <summary>Out-of-band data comes in line: always so here.</summary>
    public const int SO_OOBINLINE = 0x100;
    /// <summary>The send buffer, octets.</summary>
    public const int SO_SNDBUF = 0x1001;
    /// <summary>The receive buffer, octets.</summary>
    public const int SO_RCVBUF = 0x1002;
    /// <summary>How long a send waits, milliseconds, 0 for ever.</summary>
    public const int SO_SNDTIMEO = 0x1005;
    /// <summary>How long a receive waits, milliseconds, 0 for ever.</summary>
    public const int SO_RCVTIMEO = 0x1006;
    /// <summary>Read only: the pending error, which is taken.</summary>
    public const int SO_ERROR = 0x1007;
    /// <summary>Read only: the socket's type.</summary>
    public const int SO_TYPE = 0x1008;
    /// <summary>Read only: the longest datagram, octets.</summary>
    public const int SO_MAX_MSG_SIZE = 0x2003;
    /// <summary>Ports are chosen at random.</summary>
    public const int SO_RANDOMIZE_PORT = 0x3005;
    /// <summary>Each local address has ports of its own to choose from.</summary>
    public const int SO_PORT_SCALABILITY = 0x3006;
    /// <summary>The port of a bind to port 0 is chosen at connect.</summary>
    public const int SO_REUSE_UNICASTPORT = 0x3007;
    /// <summary>What AcceptEx made becomes a socket like another.</summary>
    public const int SO_UPDATE_ACCEPT_CONTEXT = 0x700B;
    /// <summary>What ConnectEx, WSAConnectByList or WSAConnectByName connected becomes a socket like another.</summary>
    public const int SO_UPDATE_CONNECT_CONTEXT = 0x7010;

    /// <summary>IP options, as they are to stand in the header.</summary>
    public const int IP_OPTIONS = 1;
    /// <summary>Of raw sockets: the sender writes the IP header.</summary>
    public const int IP_HDRINCL = 2;
    /// <summary>Type of service.</summary>
    public const int IP_TOS = 3;
    /// <summary>Time to live.</summary>
    public const int IP_TTL = 4;
    /// <summary>Where groups are sent to: an address, or an index as 0.x.x.x, in network byte order.</summary>
    public const int IP_MULTICAST_IF = 9;
    /// <summary>Time to live of what is sent to groups.</summary>
    public const int IP_MULTICAST_TTL = 10;
    /// <summary>Whether this host hears what is sent to groups.</summary>
    public const int IP_MULTICAST_LOOP = 11;
    /// <summary>ip_mreq: group and interface, the latter by address or as 0.x.x.x by index.</summary>
    public const int IP_ADD_MEMBERSHIP = 12;
    /// <summary>ip_mreq.</summary>
    public const int IP_DROP_MEMBERSHIP = 13;
    /// <summary>Datagrams are not fragmented.</summary>
    public const int IP_DONTFRAGMENT = 14;
    /// <summary>ip_mreq_source: group, source, interface.</summary>
    public const int IP_ADD_SOURCE_MEMBERSHIP = 15;
    /// <summary>ip_mreq_source.</summary>
    public const int IP_DROP_SOURCE_MEMBERSHIP = 16;
    /// <summary>ip_mreq_source.</summary>
    public const int IP_BLOCK_SOURCE = 17;
    /// <summary>ip_mreq_source.</summary>
    public const int IP_UNBLOCK_SOURCE = 18;
    /// <summary>Where datagrams leave: an index in network byte order.</summary>
    public const int IP_UNICAST_IF = 31;

    /// <summary>Hop limit.</summary>
    public const int IPV6_UNICAST_HOPS = 4;
    /// <summary>Where groups are sent to: an index.</summary>
    public const int IPV6_MULTICAST_IF = 9;
    /// <summary>Hop limit of what is sent to groups.</summary>
    public const int IPV6_MULTICAST_HOPS = 10;
    /// <summary>Whether this host hears what is sent to groups.</summary>
    public const int IPV6_MULTICAST_LOOP = 11;
    /// <summary>ipv6_mreq: group and index.</summary>
    public const int IPV6_ADD_MEMBERSHIP = 12;
    /// <summary>ipv6_mreq.</summary>
    public const int IPV6_DROP_MEMBERSHIP = 13;
    /// <summary>Datagrams are not fragmented.</summary>
    public const int IPV6_DONTFRAG = 14;
    /// <summary>The socket leaves IPv4 alone; on at first.</summary>
    public const int IPV6_V6ONLY = 27;
    /// <summary>Where datagrams leave: an index, in the machine's byte order other than IP_UNICAST_IF's.</summary>
    public const int IPV6_UNICAST_IF = 31;

    /// <summary>Small segments are not held back.</summary>
    public const int TCP_NODELAY = 1;
    /// <summary>How long a connection is idle before it is probed, seconds.</summary>
    public const int TCP_KEEPIDLE = 3;
    /// <summary>The largest segment, octets.</summary>
    public const int TCP_MAXSEG = 4;
    /// <summary>How many probes go unanswered before a connection is given up.</summary>
    public const int TCP_KEEPCNT = 16;
    /// <summary>The time between probes, seconds.</summary>
    public const int TCP_KEEPINTVL = 17;
}
