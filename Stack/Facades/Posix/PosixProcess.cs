using System.Net.Sockets;
using UserNet.Addressing;
using UserNet.Binding;
using UserNet.Errors;
using UserNet.Sockets;
using UserNet.Tcp;

namespace UserNet.Facades.Posix;

/// <summary>
/// The socket calls of POSIX in the shape of C: descriptors, addresses as octets with lengths, 0 or -1 with an error
/// number. One object is one process: its descriptors and its credentials.
/// </summary>
/// <remarks>
/// The calls check their arguments in Linux's order, then enter the same engine as every other face. A null array
/// stands for NULL; a length beyond the array's end for memory that can't be read. Any thread; <see cref="Error"/> is
/// kept per thread, as errno is. POSIX.1-2024, sys/socket.h.
/// </remarks>
public sealed partial class PosixProcess : IDisposable
{
    private const int FirstDescriptor = 3;      // after the three standard ones
    private const int MostOption = 1 << 16;      // octets; a group's filter is the longest option, and long enough is beyond all of them

    private readonly NetworkStack _stack;
    private readonly Lock _descriptorGate = new();
    private readonly List<object?> _descriptors = [];      // by number, from FirstDescriptor on; a socket, or NoSocket
    private readonly PriorityQueue<int, int> _free = new();      // the places in it that are null, the lowest first
    private readonly ThreadLocal<Errno> _error = new();
    private bool _hasEnded;

    /// <summary>A process on a stack.</summary>
    /// <param name="stack">The host that it runs on.</param>
    /// <param name="caller">Its credentials; null for the stack's.</param>
    /// <exception cref="ArgumentNullException">The stack is null.</exception>
    public PosixProcess(NetworkStack stack, Caller? caller = null)
    {
        ArgumentNullException.ThrowIfNull(stack);
        _stack = stack;
        Credentials = caller ?? stack.Caller;
    }

    /// <summary>
    /// Who the process is: the owner of sockets that it makes, and what it may do. Set it as setuid would.
    /// </summary>
    public Caller Credentials { get; set; }

    /// <summary>The most descriptors that may be open: RLIMIT_NOFILE.</summary>
    public int DescriptorLimit { get; init; } = 1 << 20;

    /// <summary>errno: why the last call of this thread that returned -1 did so.</summary>
    public Errno Error => _error.Value;

    /// <summary>int socket(int domain, int type, int protocol)</summary>
    /// <param name="domain">AF_INET 2 or AF_INET6 10.</param>
    /// <param name="type">SOCK_STREAM 1 or SOCK_DGRAM 2; SOCK_NONBLOCK and SOCK_CLOEXEC may be added.</param>
    /// <param name="protocol">0, or IPPROTO_TCP 6 or IPPROTO_UDP 17 as goes with the type.</param>
    /// <returns>
    /// The lowest free descriptor; or -1: EAFNOSUPPORT, EINVAL (a type out of range), ESOCKTNOSUPPORT, EPROTONOSUPPORT,
    /// EMFILE.
    /// </returns>
    public int Socket(int domain, int type, int protocol)
    {
        const int TypeMask = 0xF, NonBlock = 0x800, CloseOnExec = 0x80000, PacketSocket = 10, MostProtocol = 263;
        if ((type & ~(TypeMask | NonBlock | CloseOnExec)) != 0) return Fail(Errno.EINVAL);
        int kind = type & TypeMask;
        if (domain is not (SocketAddress.InterNetwork or SocketAddress.InterNetworkV6)) return Fail(Errno.EAFNOSUPPORT);
        if (kind > PacketSocket || protocol is < 0 or >= MostProtocol) return Fail(Errno.EINVAL);
        if (kind is not (1 or 2)) return Fail(Errno.ESOCKTNOSUPPORT);
        SocketType socketType = kind == 1 ? SocketType.Stream : SocketType.Dgram;
        if (protocol != 0 && protocol != (kind == 1 ? (int)ProtocolType.Tcp : (int)ProtocolType.Udp))
            return Fail(Errno.EPROTONOSUPPORT);
        AddressFamily family = domain == SocketAddress.InterNetwork
            ? AddressFamily.InterNetwork
            : AddressFamily.InterNetworkV6;
        NetworkSocket socket = _stack.OpenSocket(family, socketType, ProtocolType.Unspecified, Credentials);
        socket.Blocking = (type & NonBlock) == 0;
        return Install(socket);
    }

    /// <summary>int bind(int socket, const struct sockaddr *address, socklen_t address_len)</summary>
    /// <returns>
    /// 0; or -1: EBADF, ENOTSOCK, EINVAL (a length that no address has, a bound socket, no scope id), EFAULT,
    /// EAFNOSUPPORT, EADDRNOTAVAIL, EACCES (a privileged port), ENODEV, EADDRINUSE.
    /// </returns>
    public int Bind(int descriptor, byte[]? address, int addressLength)
    {
        if (Find(descriptor, out NetworkSocket? socket) is var found and not Errno.Success) return Fail(found);
        BindRule rule = ReadBindAddress(socket!, address, addressLength, out InetEndpoint endpoint);
        if (rule == BindRule.Granted) rule = Guard(socket!, s => s.BindAs(endpoint, Credentials));
        return Answer(rule);
    }

    /// <summary>int listen(int socket, int backlog)</summary>
    /// <returns>
    /// 0; or -1: EBADF, ENOTSOCK, EOPNOTSUPP (a datagram socket), EINVAL (connected), EADDRINUSE, EDESTADDRREQ
    /// (unbound, not on Linux).
    /// </returns>
    public int Listen(int descriptor, int backlog)
    {
        if (Find(descriptor, out NetworkSocket? socket) is var found and not Errno.Success) return Fail(found);
        return Answer(Guard(socket!, s => s.TryListen(backlog).Rule));
    }

    /// <summary>int connect(int socket, const struct sockaddr *address, socklen_t address_len)</summary>
    /// <remarks>
    /// AF_UNSPEC takes the peer away. A stream waits until it is connected, unless it has O_NONBLOCK.
    /// </remarks>
    /// <returns>
    /// 0; or -1: EBADF, ENOTSOCK, EINVAL, EFAULT, EAFNOSUPPORT, EAGAIN (no port is free), ENETUNREACH, EHOSTUNREACH,
    /// EACCES, EADDRNOTAVAIL, ENODEV (the interface that the socket is bound to does not exist), EISCONN, EINPROGRESS, EALREADY,
    /// ECONNREFUSED, ECONNRESET, ETIMEDOUT, ECONNABORTED, EINTR (closed meanwhile).
    /// </returns>
    public int Connect(int descriptor, byte[]? address, int addressLength)
    {
        if (Find(descriptor, out NetworkSocket? socket) is var found and not Errno.Success) return Fail(found);
        if (CheckMemory(address, addressLength) is var memory and not BindRule.Granted) return Answer(memory);
        if (addressLength < sizeof(ushort)) return Fail(Errno.EINVAL);
        ReadOnlySpan<byte> octets = address.AsSpan(0, addressLength);
        if (SocketAddress.FamilyOf(octets) == SocketAddress.Unspecified)
            return Answer(Guard(socket!, static s => { s.Disconnect(); return BindRule.Granted; }));
        bool isStream = socket!.SocketType == SocketType.Stream;
        if (isStream && socket.IsListening) return Fail(Errno.EISCONN);
        if (isStream && socket.HasBegunToConnect) return Answer(socket.ConnectAs(default));      // the address is not looked at again
        // Of an IPv6 stream Linux takes no IPv4 address: it is too short.
        BindRule rule = isStream && octets.Length < LengthOf(socket) ? BindRule.BadLength : ReadPeer(socket, octets, out InetEndpoint _);
        if (rule == BindRule.Granted)
        {
            ReadPeer(socket, octets, out InetEndpoint remote);
            return Answer(socket.ConnectAs(remote));
        }

        if (isStream) return Answer(rule);
        if (_stack.Personality.Sharing != SharingModel.Linux) return Answer(rule);
        BindRule bound = Guard(socket, static s => s.TryAutoBind());      // Linux binds before it reads the address
        return Answer(bound == BindRule.Granted ? rule : bound);
    }

    /// <summary>int shutdown(int socket, int how)</summary>
    /// <param name="descriptor">The socket.</param>
    /// <param name="how">SHUT_RD 0, SHUT_WR 1 or SHUT_RDWR 2.</param>
    /// <returns>0; or -1: EBADF, ENOTSOCK, EINVAL (another how), ENOTCONN.</returns>
    public int Shutdown(int descriptor, int how)
    {
        if (Find(descriptor, out NetworkSocket? socket) is var found and not Errno.Success) return Fail(found);
        if (how is < 0 or > 2) return Fail(Errno.EINVAL);
        return Answer(Guard(socket!, s => s.TryShutdown((SocketShutdown)how)));
    }

    /// <summary>int getsockname(int socket, struct sockaddr *address, socklen_t *address_len)</summary>
    /// <returns>
    /// 0, and the length of the whole name even where less was written; or -1: EBADF, ENOTSOCK, EFAULT, EINVAL (a
    /// negative length).
    /// </returns>
    public int GetSockName(int descriptor, byte[]? address, ref int addressLength) =>
        GetName(descriptor, address, ref addressLength, static socket => socket.LocalName);

    /// <summary>int getpeername(int socket, struct sockaddr *address, socklen_t *address_len)</summary>
    /// <returns>
    /// 0, and the length of the whole name even where less was written; or -1: EBADF, ENOTSOCK, ENOTCONN, EFAULT,
    /// EINVAL.
    /// </returns>
    public int GetPeerName(int descriptor, byte[]? address, ref int addressLength) =>
        GetName(descriptor, address, ref addressLength, static socket => socket.PeerName);

    /// <summary>
    /// int setsockopt(int socket, int level, int option_name, const void *option_value, socklen_t option_len)
    /// </summary>
    /// <returns>
    /// 0; or -1: EBADF, ENOTSOCK, EINVAL (length or value), EFAULT, ENOPROTOOPT (not an option here), EPERM, ENODEV,
    /// EADDRNOTAVAIL.
    /// </returns>
    public int SetSockOpt(int descriptor, int level, int optionName, byte[]? optionValue, int optionLength)
    {
        if (Find(descriptor, out NetworkSocket? socket) is var found and not Errno.Success) return Fail(found);
        if (optionLength < 0) return Fail(Errno.EINVAL);
        if (optionLength > (optionValue?.Length ?? 0))
            return Answer(Guard(socket!, s => s.RefuseUnreadable(level, optionName, optionLength)));
        return Answer(Guard(socket!, s => s.TrySetRaw(level, optionName, optionValue.AsSpan(0, optionLength), Credentials)));
    }

    /// <summary>
    /// int getsockopt(int socket, int level, int option_name, void *option_value, socklen_t *option_len)
    /// </summary>
    /// <returns>
    /// 0, and how many octets were written; or -1: EBADF, ENOTSOCK, EINVAL (a negative length, no room for a name),
    /// EFAULT, ENOPROTOOPT, ENODEV.
    /// </returns>
    public int GetSockOpt(int descriptor, int level, int optionName, byte[]? optionValue, ref int optionLength)
    {
        if (Find(descriptor, out NetworkSocket? socket) is var found and not Errno.Success) return Fail(found);
        if (optionLength < 0) return Fail(Errno.EINVAL);
        byte[] value = new byte[Math.Min(optionLength, MostOption)];
        // A filter is asked for by the group that it is of.
        optionValue?.AsSpan(0, Math.Min(optionValue.Length, value.Length)).CopyTo(value);
        int length = 0;
        BindRule rule = Guard(socket!, s => s.TryGetRaw(level, optionName, value, out length));
        if (rule != BindRule.Granted) return Answer(rule);
        if (length > (optionValue?.Length ?? 0)) return Fail(Errno.EFAULT);
        value.AsSpan(0, length).CopyTo(optionValue);
        optionLength = length;
        return 0;
    }

    private int GetName(int descriptor, byte[]? address, ref int addressLength, Func<NetworkSocket, InetEndpoint?> name)
    {
        if (Find(descriptor, out NetworkSocket? socket) is var found and not Errno.Success) return Fail(found);
        if (name(socket!) is not { } endpoint) return Fail(Errno.ENOTCONN);
        if (addressLength < 0) return Fail(Errno.EINVAL);
        byte[] octets = SocketAddress.ToOctets(endpoint);
        int written = Math.Min(addressLength, octets.Length);
        if (written > 0 && (address is null || address.Length < written)) return Fail(Errno.EFAULT);
        octets.AsSpan(0, written).CopyTo(address);
        addressLength = octets.Length;
        return 0;
    }

    private static int LengthOf(NetworkSocket socket) =>
        socket.AddressFamily == AddressFamily.InterNetworkV6 ? SocketAddress.V6LengthWithoutScope : SocketAddress.V4Length;

    private static BindRule CheckMemory(byte[]? address, int length)
    {
        if (length is < 0 or > SocketAddress.StorageLength) return BindRule.BadLength;
        return length != 0 && (address is null || address.Length < length) ? BindRule.BadPointer : BindRule.Granted;
    }

    /// <summary>Reads an address as bind does: the length, then the family, by the socket's own family.</summary>
    private BindRule ReadBindAddress(NetworkSocket socket, byte[]? address, int length, out InetEndpoint endpoint)
    {
        endpoint = default;
        if (CheckMemory(address, length) is var memory and not BindRule.Granted) return memory;
        bool isV6 = socket.AddressFamily == AddressFamily.InterNetworkV6;
        if (length < (isV6 ? SocketAddress.V6LengthWithoutScope : SocketAddress.V4Length)) return BindRule.BadLength;
        ReadOnlySpan<byte> octets = address.AsSpan(0, length);
        endpoint = isV6 ? SocketAddress.ReadV6(octets) : SocketAddress.ReadV4(octets);
        ushort family = SocketAddress.FamilyOf(octets);
        if (isV6) return family == SocketAddress.InterNetworkV6 ? BindRule.Granted : BindRule.BadFamily;
        bool isUnspecified = family == SocketAddress.Unspecified && endpoint.Address.IsWildcard &&
            _stack.Personality.TakesUnspecifiedFamily;
        return family == SocketAddress.InterNetwork || isUnspecified ? BindRule.Granted : BindRule.BadFamily;
    }

    /// <summary>
    /// Reads an address as a datagram socket's connect does: an IPv6 socket takes an IPv4 address too.
    /// </summary>
    private static BindRule ReadPeer(NetworkSocket socket, ReadOnlySpan<byte> octets, out InetEndpoint remote)
    {
        remote = default;
        ushort family = SocketAddress.FamilyOf(octets);
        bool isV6 = socket.AddressFamily == AddressFamily.InterNetworkV6;
        if (isV6 && family != SocketAddress.InterNetwork)
        {
            if (octets.Length < SocketAddress.V6LengthWithoutScope) return BindRule.BadLength;
            if (family != SocketAddress.InterNetworkV6) return BindRule.BadFamily;
            remote = SocketAddress.ReadV6(octets);
            return BindRule.Granted;
        }

        if (octets.Length < SocketAddress.V4Length) return BindRule.BadLength;
        if (family != SocketAddress.InterNetwork) return BindRule.BadFamily;
        remote = SocketAddress.ReadV4(octets);
        return BindRule.Granted;
    }
}
