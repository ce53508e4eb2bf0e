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
    /// <summary>SO_NO_CHECK, of SOL_SOCKET.</summary>
    public const int NoChecksum = 11;
    /// <summary>SO_REUSEPORT, of SOL_SOCKET.</summary>
    public const int ReusePort = 15;
    /// <summary>SO_RCVTIMEO, of SOL_SOCKET: struct timeval of 16 octets.</summary>
    public const int ReceiveTimeout = 20;
    /// <summary>SO_SNDTIMEO, of SOL_SOCKET: struct timeval of 16 octets.</summary>
    public const int SendTimeout = 21;
    /// <summary>SO_BINDTODEVICE, of SOL_SOCKET: an interface name.</summary>
    public const int BindToDevice = 25;
    /// <summary>SO_ACCEPTCONN, of SOL_SOCKET: read only.</summary>
    public const int AcceptConnections = 30;
    /// <summary>SO_PROTOCOL, of SOL_SOCKET: read only.</summary>
    public const int Protocol = 38;
    /// <summary>SO_DOMAIN, of SOL_SOCKET: read only.</summary>
    public const int Domain = 39;
    /// <summary>SO_BINDTOIFINDEX, of SOL_SOCKET.</summary>
    public const int BindToInterface = 62;
    /// <summary>IP_TOS, of SOL_IP.</summary>
    public const int TypeOfService = 1;
    /// <summary>IP_TTL, of SOL_IP.</summary>
    public const int TimeToLive = 2;
    /// <summary>IP_PKTINFO, of SOL_IP.</summary>
    public const int PacketInformation = 8;
    /// <summary>IP_MTU_DISCOVER, of SOL_IP: a <see cref="Ip.PathMtuDiscovery"/>.</summary>
    public const int MtuDiscover = 10;
    /// <summary>IP_RECVTTL, of SOL_IP.</summary>
    public const int ReceiveTimeToLive = 12;
    /// <summary>IP_RECVTOS, of SOL_IP.</summary>
    public const int ReceiveTypeOfService = 13;
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
    /// <summary>IP_UNICAST_IF, of SOL_IP: an interface index in network byte order.</summary>
    public const int UnicastInterface = 50;
    /// <summary>IP_LOCAL_PORT_RANGE, of SOL_IP: the lower bound, and the upper one shifted left by 16.</summary>
    public const int LocalPortRange = 51;
    /// <summary>IPV6_MULTICAST_IF, of SOL_IPV6.</summary>
    public const int V6MulticastInterface = 17;
    /// <summary>IPV6_V6ONLY, of SOL_IPV6.</summary>
    public const int V6Only = 26;
    /// <summary>IPV6_TRANSPARENT, of SOL_IPV6.</summary>
    public const int V6Transparent = 75;
    /// <summary>IPV6_UNICAST_IF, of SOL_IPV6: an interface index in network byte order.</summary>
    public const int V6UnicastInterface = 76;
    /// <summary>IPV6_FREEBIND, of SOL_IPV6.</summary>
    public const int V6FreeBind = 78;
}
