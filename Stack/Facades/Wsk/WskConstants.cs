namespace UserNet.Facades.Wsk;

/// <summary>The numbers of wsk.h and of the headers that it includes, by their own names.</summary>
/// <remarks>For <c>using static</c>. Level and option numbers of Winsock are those of SocketOptionLevel and SocketOptionName.</remarks>
#pragma warning disable CA1707 // the field's own names
public static class WskConstants
{
    /// <summary>AF_INET.</summary>
    public const ushort AF_INET = WindowsSocketAddress.InterNetwork;
    /// <summary>AF_INET6.</summary>
    public const ushort AF_INET6 = WindowsSocketAddress.InterNetworkV6;
    /// <summary>A stream of octets.</summary>
    public const ushort SOCK_STREAM = 1;
    /// <summary>Datagrams.</summary>
    public const ushort SOCK_DGRAM = 2;
    /// <summary>Packets of a protocol.</summary>
    public const ushort SOCK_RAW = 3;
    /// <summary>TCP.</summary>
    public const uint IPPROTO_TCP = 6;
    /// <summary>UDP.</summary>
    public const uint IPPROTO_UDP = 17;
    /// <summary>The level of IPv6's options.</summary>
    public const uint IPPROTO_IPV6 = 41;

    /// <summary>WskCaptureProviderNPI answers at once.</summary>
    public const uint WSK_NO_WAIT = 0;
    /// <summary>WskCaptureProviderNPI waits for as long as it takes.</summary>
    public const uint WSK_INFINITE_WAIT = 0xFFFF_FFFF;

    /// <summary>A basic socket: options only.</summary>
    public const uint WSK_FLAG_BASIC_SOCKET = 0;
    /// <summary>A listening socket.</summary>
    public const uint WSK_FLAG_LISTEN_SOCKET = 1;
    /// <summary>A connection-oriented socket.</summary>
    public const uint WSK_FLAG_CONNECTION_SOCKET = 2;
    /// <summary>A datagram socket.</summary>
    public const uint WSK_FLAG_DATAGRAM_SOCKET = 4;
    /// <summary>A stream socket, which may become a listening or a connection-oriented one.</summary>
    public const uint WSK_FLAG_STREAM_SOCKET = 8;

    /// <summary>WskDisconnect, WskDisconnectEvent: by a reset.</summary>
    public const uint WSK_FLAG_ABORTIVE = 1;
    /// <summary>WskReceive: until the buffer is full.</summary>
    public const uint WSK_FLAG_WAITALL = 2;
    /// <summary>WskReceive: until the connection has ended; what comes is thrown away.</summary>
    public const uint WSK_FLAG_DRAIN = 4;
    /// <summary>WskSend: at once, and what waited before it, too.</summary>
    public const uint WSK_FLAG_NODELAY = 2;

    /// <summary>WskReceiveFrom: the datagram was longer than the buffer.</summary>
    public const uint MSG_TRUNC = 0x100;
    /// <summary>WskReceiveFrom, WskReceiveFromEvent: it was sent to a broadcast address.</summary>
    public const uint MSG_BCAST = 0x400;
    /// <summary>WskReceiveFrom, WskReceiveFromEvent: it was sent to a group.</summary>
    public const uint MSG_MCAST = 0x800;

    /// <summary>The level of sockets' own options.</summary>
    public const uint SOL_SOCKET = 0xFFFF;
    /// <summary>The local address may be shared.</summary>
    public const uint SO_REUSEADDR = 4;
    /// <summary>Nobody may share the local address: the complement of SO_REUSEADDR.</summary>
    public const uint SO_EXCLUSIVEADDRUSE = 0xFFFF_FFFB;
    /// <summary>A port that is chosen for the socket is a random one.</summary>
    public const uint SO_RANDOMIZE_PORT = 0x3005;
    /// <summary>A port that connect chooses may serve other destinations of such sockets.</summary>
    public const uint SO_PORT_SCALABILITY = 0x3006;
    /// <summary>The same, and bind to port 0 leaves the port to connect.</summary>
    public const uint SO_REUSE_UNICASTPORT = 0x3007;
    /// <summary>The security descriptor, which says whom the socket lets share its local address.</summary>
    public const uint SO_WSK_SECURITY = 0x4001;
    /// <summary>Which event callbacks are enabled.</summary>
    public const uint SO_WSK_EVENT_CALLBACK = 0x4002;
    /// <summary>Whether an IPv6 socket takes IPv6 only.</summary>
    public const uint IPV6_V6ONLY = 27;

    /// <summary>WskReceiveEvent.</summary>
    public const uint WSK_EVENT_RECEIVE = 0x40;
    /// <summary>WskDisconnectEvent.</summary>
    public const uint WSK_EVENT_DISCONNECT = 0x80;
    /// <summary>WskReceiveFromEvent.</summary>
    public const uint WSK_EVENT_RECEIVE_FROM = 0x100;
    /// <summary>WskAcceptEvent.</summary>
    public const uint WSK_EVENT_ACCEPT = 0x200;
    /// <summary>With one of the others: it is to be disabled.</summary>
    public const uint WSK_EVENT_DISABLE = 0x8000_0000;

    /// <summary>WskControlClient: takes a copy of a security descriptor.</summary>
    public const uint WSK_CACHE_SD = 4;
    /// <summary>WskControlClient: gives the copy back.</summary>
    public const uint WSK_RELEASE_SD = 5;
    /// <summary>WskControlClient: event callbacks that are enabled on every socket, for good.</summary>
    public const uint WSK_SET_STATIC_EVENT_CALLBACKS = 7;

    /// <summary>A version of the interface, as a client dispatch table names it.</summary>
    public static ushort MAKE_WSK_VERSION(byte major, byte minor) => (ushort)(major << 8 | minor);
}

/// <summary>What WskControlSocket is to do.</summary>
public enum WskControlSocketType
{
    /// <summary>Set an option.</summary>
    WskSetOption,
    /// <summary>Read an option.</summary>
    WskGetOption,
    /// <summary>An I/O control operation.</summary>
    WskIoctl,
}
