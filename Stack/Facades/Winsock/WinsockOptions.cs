using System.Buffers.Binary;
using System.Net.Sockets;
using UserNet.Binding;
using UserNet.Errors;
using UserNet.Sockets;
using static UserNet.Facades.Winsock.Winsock2;

namespace UserNet.Facades.Winsock;

/// <summary>
/// setsockopt and getsockopt by Windows' levels, names and octets, made of what the stack has. What it has not is refused, never swallowed.
/// </summary>
/// <remarks>Numbers are in the machine's byte order, little-endian here. Any thread.</remarks>
internal static partial class WinsockOptions
{
    private const int LingerLength = 4;          // struct linger: two numbers of 2 octets
    private const int LongestUdp = 65_507, LongestUdpV6 = 65_527, LongestRaw = 65_515;

    /// <summary>Sets an option. The memory is what there is of it.</summary>
    /// <returns>Success; WSAEFAULT (too short), WSAENOPROTOOPT, WSAEINVAL (not with this value or in this state), or as the option says.</returns>
    public static WsaError Set(WinsockSocket socket, int level, int name, ReadOnlySpan<byte> value)
    {
        switch (level, name)
        {
            case (SOL_SOCKET, SO_REUSEADDR): return SetSharing(socket, Sharing.ReuseAddress, value);
            case (SOL_SOCKET, SO_EXCLUSIVEADDRUSE): return SetSharing(socket, Sharing.Exclusive, value);
            case (SOL_SOCKET, SO_RANDOMIZE_PORT or SO_PORT_SCALABILITY or SO_REUSE_UNICASTPORT): return SetPortChoice(socket, name, value);
            case (SOL_SOCKET, SO_LINGER or SO_DONTLINGER): return SetLinger(socket, name, value);
            case (SOL_SOCKET, SO_SNDTIMEO or SO_RCVTIMEO): return SetTimeout(socket, name, value);
            case (SOL_SOCKET, SO_UPDATE_CONNECT_CONTEXT): return UpdateContext(socket);
            case (SOL_SOCKET, SO_UPDATE_ACCEPT_CONTEXT): return WsaError.WSAENOTCONN;      // there is no AcceptEx
            case (SOL_SOCKET, SO_ACCEPTCONN or SO_ERROR or SO_TYPE or SO_MAX_MSG_SIZE): return WsaError.WSAENOPROTOOPT;      // read only
            case (IPPROTO_IP, IP_MULTICAST_IF): return SetMulticastInterface(socket, value);
            case (IPPROTO_IP, IP_ADD_MEMBERSHIP or IP_DROP_MEMBERSHIP): return SetMembership(socket, name, value);
            case (IPPROTO_IP, >= IP_ADD_SOURCE_MEMBERSHIP and <= IP_UNBLOCK_SOURCE): return SetSource(socket, name, value);
            case (IPPROTO_IPV6, IPV6_ADD_MEMBERSHIP or IPV6_DROP_MEMBERSHIP): return SetMembershipV6(socket, name, value);
            case (IPPROTO_IPV6, IPV6_UNICAST_IF): return SetUnicastInterfaceV6(socket, value);
            case (IPPROTO_IP, IP_OPTIONS): return SetRaw(socket, RawOptionLevel.Ip, RawOption.IpOptions, value);
            case (IPPROTO_IP, IP_DONTFRAGMENT): return SetDontFragment(socket, value);
        }

        if (NumberOf(level, name) is not { } number) return WsaError.WSAENOPROTOOPT;
        return value.Length < sizeof(int) ? WsaError.WSAEFAULT : SetRaw(socket, number.Level, number.Name, value[..sizeof(int)]);
    }

    /// <summary>Reads an option.</summary>
    /// <param name="socket">Whose.</param>
    /// <param name="level">The level.</param>
    /// <param name="name">The option.</param>
    /// <param name="value">Where it goes.</param>
    /// <param name="length">How many octets were written.</param>
    /// <returns>Success; WSAEFAULT (no room for it), WSAENOPROTOOPT.</returns>
    public static WsaError Get(WinsockSocket socket, int level, int name, Span<byte> value, out int length)
    {
        length = name == SO_LINGER && level == SOL_SOCKET ? LingerLength : sizeof(int);
        if (level == IPPROTO_IP && name == IP_OPTIONS) return GetRaw(socket, RawOptionLevel.Ip, RawOption.IpOptions, value, out length);
        if (value.Length < length) return WsaError.WSAEFAULT;
        NetworkSocket own = socket.Socket;
        int? known = (level, name) switch
        {
            (SOL_SOCKET, SO_REUSEADDR) => Flag(own.HasSharing(Sharing.ReuseAddress)),
            (SOL_SOCKET, SO_EXCLUSIVEADDRUSE) when HasExclusive(own) => Flag(own.HasSharing(Sharing.Exclusive)),
            (SOL_SOCKET, SO_RANDOMIZE_PORT) when HasExclusive(own) => Flag(own.Binding.RandomizesPort),
            (SOL_SOCKET, SO_PORT_SCALABILITY) when HasExclusive(own) => Flag(own.WantsPortScalability),
            (SOL_SOCKET, SO_REUSE_UNICASTPORT) when HasExclusive(own) => Flag(own.ReusesUnicastPort),
            (SOL_SOCKET, SO_ACCEPTCONN) => Flag(own.IsListening),
            (SOL_SOCKET, SO_TYPE) => (int)own.SocketType,
            (SOL_SOCKET, SO_MAX_MSG_SIZE) when !socket.IsStream => socket.IsRaw ? LongestRaw : socket.IsV6 ? LongestUdpV6 : LongestUdp,
            (SOL_SOCKET, SO_SNDTIMEO) => GetTimeout(own, SocketOptionName.SendTimeout),
            (SOL_SOCKET, SO_RCVTIMEO) => GetTimeout(own, SocketOptionName.ReceiveTimeout),
            _ => null,
        };
        if (known is not null) return Write(known.Value, value);
        return (level, name) switch
        {
            (SOL_SOCKET, SO_LINGER or SO_DONTLINGER) => GetLinger(socket, name, value),
            (SOL_SOCKET, SO_ERROR) => GetError(socket, value),
            (IPPROTO_IP, IP_MULTICAST_IF) => GetRaw(socket, RawOptionLevel.Ip, RawOption.MulticastInterface, value[..sizeof(int)], out _),
            (IPPROTO_IP, IP_DONTFRAGMENT) => GetDontFragment(socket, value),
            (IPPROTO_IPV6, IPV6_UNICAST_IF) => GetUnicastInterfaceV6(socket, value),
            _ when NumberOf(level, name) is { } number => GetRaw(socket, number.Level, number.Name, value[..sizeof(int)], out _),
            _ => WsaError.WSAENOPROTOOPT,
        };
    }

    /// <summary>The options that are a number here and there, and mean the same: where the stack has them.</summary>
    private static (int Level, int Name)? NumberOf(int level, int name) => (level, name) switch
    {
        (SOL_SOCKET, SO_BROADCAST) => (RawOptionLevel.Socket, RawOption.Broadcast),
        (SOL_SOCKET, SO_KEEPALIVE) => (RawOptionLevel.Socket, RawOption.KeepAlive),
        (SOL_SOCKET, SO_OOBINLINE) => (RawOptionLevel.Socket, RawOption.UrgentInline),
        (SOL_SOCKET, SO_SNDBUF) => (RawOptionLevel.Socket, RawOption.SendBuffer),
        (SOL_SOCKET, SO_RCVBUF) => (RawOptionLevel.Socket, RawOption.ReceiveBuffer),
        (IPPROTO_IP, IP_HDRINCL) => (RawOptionLevel.Ip, RawOption.HeaderIncluded),
        (IPPROTO_IP, IP_TOS) => (RawOptionLevel.Ip, RawOption.TypeOfService),
        (IPPROTO_IP, IP_TTL) => (RawOptionLevel.Ip, RawOption.TimeToLive),
        (IPPROTO_IP, IP_MULTICAST_TTL) => (RawOptionLevel.Ip, RawOption.MulticastTimeToLive),
        (IPPROTO_IP, IP_MULTICAST_LOOP) => (RawOptionLevel.Ip, RawOption.MulticastLoopback),
        (IPPROTO_IP, IP_UNICAST_IF) => (RawOptionLevel.Ip, RawOption.UnicastInterface),
        (IPPROTO_IPV6, IPV6_UNICAST_HOPS) => (RawOptionLevel.IpV6, RawOption.V6UnicastHops),
        (IPPROTO_IPV6, IPV6_MULTICAST_IF) => (RawOptionLevel.IpV6, RawOption.V6MulticastInterface),
        (IPPROTO_IPV6, IPV6_MULTICAST_HOPS) => (RawOptionLevel.IpV6, RawOption.V6MulticastHops),
        (IPPROTO_IPV6, IPV6_MULTICAST_LOOP) => (RawOptionLevel.IpV6, RawOption.V6MulticastLoopback),
        (IPPROTO_IPV6, IPV6_DONTFRAG) => (RawOptionLevel.IpV6, RawOption.V6DontFragment),
        (IPPROTO_IPV6, IPV6_V6ONLY) => (RawOptionLevel.IpV6, RawOption.V6Only),
        (IPPROTO_TCP, TCP_NODELAY) => (RawOptionLevel.Tcp, RawTcpOption.NoDelay),
        (IPPROTO_TCP, TCP_KEEPIDLE) => (RawOptionLevel.Tcp, RawTcpOption.KeepAliveIdle),
        (IPPROTO_TCP, TCP_MAXSEG) => (RawOptionLevel.Tcp, RawTcpOption.MaxSegment),
        (IPPROTO_TCP, TCP_KEEPCNT) => (RawOptionLevel.Tcp, RawTcpOption.KeepAliveCount),
        (IPPROTO_TCP, TCP_KEEPINTVL) => (RawOptionLevel.Tcp, RawTcpOption.KeepAliveInterval),
        _ => null,
    };

    private static WsaError SetSharing(WinsockSocket socket, Sharing option, ReadOnlySpan<byte> value) =>
        value.Length < sizeof(int) ? WsaError.WSAEFAULT : socket.Socket.SetSharingAs(option, IntOf(value) != 0).ToWsaError();

    /// <summary>How a port is chosen, before the socket is bound.</summary>
    private static WsaError SetPortChoice(WinsockSocket socket, int name, ReadOnlySpan<byte> value)
    {
        if (value.Length < sizeof(int)) return WsaError.WSAEFAULT;
        bool isOn = IntOf(value) != 0;
        return name switch
        {
            SO_REUSE_UNICASTPORT => socket.Socket.SetReuseUnicastPortAs(isOn).ToWsaError(),
            SO_PORT_SCALABILITY => socket.Socket.SetPortScalabilityAs(isOn).ToWsaError(),
            _ => socket.Socket.SetRandomizePortAs(isOn).ToWsaError(),
        };
    }

    private static WsaError SetLinger(WinsockSocket socket, int name, ReadOnlySpan<byte> value)
    {
        if (value.Length < LingerLength) return WsaError.WSAEFAULT;
        if (!socket.IsStream) return WsaError.WSAENOPROTOOPT;
        bool isOn = name == SO_LINGER && BinaryPrimitives.ReadUInt16LittleEndian(value) != 0;
        if (name == SO_DONTLINGER && IntOf(value) == 0) return WsaError.WSAEINVAL;      // SO_LINGER turned on, and no time with it
        Span<byte> octets = stackalloc byte[2 * sizeof(int)];
        BinaryPrimitives.WriteInt32LittleEndian(octets, isOn ? 1 : 0);
        BinaryPrimitives.WriteInt32LittleEndian(octets[sizeof(int)..], isOn ? BinaryPrimitives.ReadUInt16LittleEndian(value[2..]) : 0);
        return SetRaw(socket, RawOptionLevel.Socket, RawOption.Linger, octets);
    }

    private static WsaError GetLinger(WinsockSocket socket, int name, Span<byte> value)
    {
        if (!socket.IsStream) return WsaError.WSAENOPROTOOPT;
        Span<byte> octets = stackalloc byte[2 * sizeof(int)];
        WsaError error = GetRaw(socket, RawOptionLevel.Socket, RawOption.Linger, octets, out _);
        if (error != WsaError.Success) return error;
        bool isOn = IntOf(octets) != 0;
        if (name == SO_DONTLINGER) return Write(Flag(!isOn), value);
        BinaryPrimitives.WriteUInt16LittleEndian(value, isOn ? (ushort)1 : (ushort)0);
        BinaryPrimitives.WriteUInt16LittleEndian(value[2..], (ushort)Math.Clamp(IntOf(octets[sizeof(int)..]), 0, ushort.MaxValue));
        return WsaError.Success;
    }

    private static WsaError SetTimeout(WinsockSocket socket, int name, ReadOnlySpan<byte> value)
    {
        if (value.Length < sizeof(int)) return WsaError.WSAEFAULT;
        // A number without a sign; one beyond 24 days is for ever.
        int milliseconds = Math.Max(IntOf(value), 0);
        SocketOptionName which = name == SO_SNDTIMEO ? SocketOptionName.SendTimeout : SocketOptionName.ReceiveTimeout;
        try
        {
            return CodeOf(socket.Socket.TrySetSocketOption(SocketOptionLevel.Socket, which, milliseconds));
        }
        catch (ObjectDisposedException)
        {
            return WsaError.WSAENOTSOCK;
        }
    }

    private static int? GetTimeout(NetworkSocket socket, SocketOptionName which)
    {
        try
        {
            return socket.GetSocketOption(SocketOptionLevel.Socket, which);
        }
        catch (ObjectDisposedException)
        {
            return null;
        }
    }

    private static WsaError UpdateContext(WinsockSocket socket)
    {
        if (!socket.Socket.FactsNow().HasPeer) return WsaError.WSAENOTCONN;
        socket.LacksContext = false;
        return WsaError.Success;
    }

    private static WsaError GetError(WinsockSocket socket, Span<byte> value)
    {
        Span<byte> octets = stackalloc byte[sizeof(int)];
        WsaError error = GetRaw(socket, RawOptionLevel.Socket, RawOption.Error, octets, out _);
        return error == WsaError.Success ? Write((int)((Errno)IntOf(octets)).ToWsaError(), value) : error;
    }

    private static WsaError SetDontFragment(WinsockSocket socket, ReadOnlySpan<byte> value)
    {
        if (value.Length < sizeof(int)) return WsaError.WSAEFAULT;
        Span<byte> octets = stackalloc byte[sizeof(int)];
        BinaryPrimitives.WriteInt32LittleEndian(octets, (int)(IntOf(value) != 0 ? Ip.PathMtuDiscovery.Do : Ip.PathMtuDiscovery.Dont));
        return SetRaw(socket, RawOptionLevel.Ip, RawOption.MtuDiscover, octets);
    }

    private static WsaError GetDontFragment(WinsockSocket socket, Span<byte> value)
    {
        Span<byte> octets = stackalloc byte[sizeof(int)];
        WsaError error = GetRaw(socket, RawOptionLevel.Ip, RawOption.MtuDiscover, octets, out _);
        return error == WsaError.Success ? Write(Flag(IntOf(octets) == (int)Ip.PathMtuDiscovery.Do), value) : error;
    }

    private static WsaError SetUnicastInterfaceV6(WinsockSocket socket, ReadOnlySpan<byte> value)
    {
        if (value.Length < sizeof(int)) return WsaError.WSAEFAULT;
        Span<byte> octets = stackalloc byte[sizeof(int)];
        BinaryPrimitives.WriteInt32BigEndian(octets, IntOf(value));
        return SetRaw(socket, RawOptionLevel.IpV6, RawOption.V6UnicastInterface, octets);
    }

    private static WsaError GetUnicastInterfaceV6(WinsockSocket socket, Span<byte> value)
    {
        WsaError error = GetRaw(socket, RawOptionLevel.IpV6, RawOption.V6UnicastInterface, value[..sizeof(int)], out _);
        if (error == WsaError.Success) value[..sizeof(int)].Reverse();
        return error;
    }

    private static bool HasExclusive(NetworkSocket socket) => socket.Core.Engine.Table.Personality.HasExclusive;

    private static WsaError SetRaw(WinsockSocket socket, int level, int name, ReadOnlySpan<byte> value)
    {
        try
        {
            return CodeOf(socket.Socket.TrySetRaw(level, name, value, socket.Caller));
        }
        catch (ObjectDisposedException)
        {
            return WsaError.WSAENOTSOCK;
        }
    }

    private static WsaError GetRaw(WinsockSocket socket, int level, int name, Span<byte> value, out int length)
    {
        length = 0;
        try
        {
            return CodeOf(socket.Socket.TryGetRaw(level, name, value, out length));
        }
        catch (ObjectDisposedException)
        {
            return WsaError.WSAENOTSOCK;
        }
    }

    /// <summary>That an option is not for this kind of socket is not to know it.</summary>
    private static WsaError CodeOf(BindRule rule) => rule == BindRule.NotSupported ? WsaError.WSAENOPROTOOPT : rule.ToWsaError();

    private static WsaError Write(int number, Span<byte> value)
    {
        BinaryPrimitives.WriteInt32LittleEndian(value, number);
        return WsaError.Success;
    }

    private static int IntOf(ReadOnlySpan<byte> value) => BinaryPrimitives.ReadInt32LittleEndian(value);

    private static int Flag(bool isOn) => isOn ? 1 : 0;
}
