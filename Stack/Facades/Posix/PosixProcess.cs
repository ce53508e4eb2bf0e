using System.Buffers;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using UserNet.Binding;
using UserNet.Errors;
using UserNet.Sockets;
using static UserNet.Facades.Posix.PosixConstants;

namespace UserNet.Facades.Posix;

/// <summary>
/// The socket calls of POSIX in the shape of C: descriptors, addresses as octets with lengths, 0 or -1 with an error
/// number. One object is one process: its descriptors and its credentials.
/// </summary>
/// <remarks>
/// The calls check their arguments in Linux's order, then enter the same engine as every other face. A null array, or a default span,
/// stands for NULL; a length beyond the end for memory that can't be read. Any thread; <see cref="Error"/> is
/// kept per thread, as errno is. POSIX.1-2024, sys/socket.h.
/// </remarks>
public sealed partial class PosixProcess : IDisposable
{
    private const int FirstDescriptor = 3;       // after the three standard ones
    private const int MostOption = 1 << 16;      // octets; a group's filter is the longest option, and long enough is beyond all of them

    private readonly NetworkStack _stack;
    private readonly DescriptorTable _descriptors = new(FirstDescriptor);
    private readonly ThreadLocal<Errno> _error = new();

    /// <summary>A process on a stack, and on a host of its own.</summary>
    /// <param name="stack">The network that it uses.</param>
    /// <param name="caller">Its credentials; null for the stack's.</param>
    /// <exception cref="ArgumentNullException">The stack is null.</exception>
    public PosixProcess(NetworkStack stack, Caller? caller = null)
        : this(new PosixHost(stack), caller)
    {
    }

    internal PosixProcess(PosixHost host, Caller? caller)
    {
        Host = host;
        _stack = host.Stack;
        Credentials = caller ?? _stack.Caller;
    }

    /// <summary>What it shares with the other processes of its host.</summary>
    public PosixHost Host { get; }

    /// <summary>
    /// Who the process is: the owner of sockets that it makes, and what it may do. Set it as setuid would.
    /// </summary>
    public Caller Credentials { get; set; }

    /// <summary>The most descriptors that may be open: RLIMIT_NOFILE, less the three standard ones.</summary>
    public int DescriptorLimit
    {
        get => _descriptors.Limit - FirstDescriptor;
        init => _descriptors.Limit = (int)Math.Min((long)value + FirstDescriptor, 1 << 30);
    }

    /// <summary>errno: why the last call of this thread that returned -1 did so.</summary>
    public Errno Error => _error.Value;

    /// <summary>int socket(int domain, int type, int protocol)</summary>
    /// <param name="domain">AF_INET 2 or AF_INET6 10; AF_UNIX 1 where the host has it.</param>
    /// <param name="type">SOCK_STREAM 1, SOCK_DGRAM 2 or SOCK_RAW 3; SOCK_NONBLOCK and SOCK_CLOEXEC may be added.</param>
    /// <param name="protocol">0, or what goes with the type: IPPROTO_TCP 6, IPPROTO_UDP 17, IPPROTO_ICMP 1 (IPPROTO_ICMPV6 58), a raw socket's.</param>
    /// <returns>
    /// The lowest free descriptor; or -1: EAFNOSUPPORT, EINVAL (a type out of range, other flags), ESOCKTNOSUPPORT, EPROTONOSUPPORT,
    /// EPERM (a raw socket without the right), EACCES (echo sockets are not allowed), EMFILE.
    /// </returns>
    /// <exception cref="ObjectDisposedException">The process has ended.</exception>
    public int Socket(int domain, int type, int protocol)
    {
        int answer = Family(domain, ref type, out ISocketFamily? family, out int flags);
        if (answer < 0) return Answer(answer);
        answer = family!.Open(this, type, protocol, out PosixSocket? socket);
        if (socket is null) return Answer(answer);
        socket.IsNonBlocking = (flags & SOCK_NONBLOCK) != 0;
        return Answer(Install(socket, (flags & SOCK_CLOEXEC) != 0));
    }

    /// <summary>int socketpair(int domain, int type, int protocol, int socket_vector[2])</summary>
    /// <param name="domain">AF_UNIX 1; no other has pairs.</param>
    /// <param name="type">As for <see cref="Socket"/>.</param>
    /// <param name="protocol">As for <see cref="Socket"/>.</param>
    /// <param name="vector">Room for two descriptors.</param>
    /// <returns>0; or -1 as <see cref="Socket"/>, EOPNOTSUPP (another family), EFAULT (less room than for two).</returns>
    /// <exception cref="ObjectDisposedException">The process has ended.</exception>
    public int SocketPair(int domain, int type, int protocol, Span<int> vector)
    {
        if (vector.Length < 2) return Fail((type & ~(0xF | SOCK_NONBLOCK | SOCK_CLOEXEC)) != 0 ? Errno.EINVAL : Errno.EFAULT);      // Linux writes there first
        int answer = Family(domain, ref type, out ISocketFamily? family, out int flags);
        if (answer < 0) return Answer(answer);
        if (!_descriptors.HasRoom) return Fail(Errno.EMFILE);
        answer = family!.OpenPair(this, type, protocol, out PosixSocket? first, out PosixSocket? second);
        if (first is null || second is null) return Answer(answer);
        first.IsNonBlocking = second.IsNonBlocking = (flags & SOCK_NONBLOCK) != 0;
        int one = Install(first, (flags & SOCK_CLOEXEC) != 0), other = Install(second, (flags & SOCK_CLOEXEC) != 0);
        if (one >= 0 && other >= 0)
        {
            (vector[0], vector[1]) = (one, other);
            return 0;
        }

        if (one >= 0) _descriptors.Remove(one);
        if (other >= 0) _descriptors.Remove(other);
        return Fail(Errno.EMFILE);
    }

    /// <summary>int bind(int socket, const struct sockaddr *address, socklen_t address_len)</summary>
    /// <returns>
    /// 0; or -1: EBADF, ENOTSOCK, EINVAL (a length that no address has, a bound socket, no scope id), EFAULT,
    /// EAFNOSUPPORT, EADDRNOTAVAIL, EACCES (a privileged port), ENODEV, EADDRINUSE, ENOBUFS; by POSIX alone EISCONN, EOPNOTSUPP (a raw socket).
    /// Of AF_UNIX what <see cref="Unix.FileTree"/> answers, as ENOENT; by POSIX alone EDESTADDRREQ (NULL).
    /// </returns>
    public int Bind(int descriptor, ReadOnlySpan<byte> address, int addressLength)
    {
        if (Find(descriptor, out PosixSocket? socket) is var found and not Errno.Success) return Fail(found);
        // POSIX has a word of its own for a path that is NULL; to Linux it is memory that can't be read.
        bool isByPosix = socket!.Domain == PosixConstants.AF_UNIX && Host.Stack.Personality.Sharing == SharingModel.Posix;
        if (address.IsEmpty && isByPosix) return Fail(Errno.EDESTADDRREQ);
        if (CheckMemory(address, addressLength) is var memory and not Errno.Success) return Fail(memory);
        return Answer(socket.Bind(address[..addressLength], this));
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
    public int Connect(int descriptor, ReadOnlySpan<byte> address, int addressLength)
    {
        Errno found = Find(descriptor, out PosixSocket? socket);
        if (found == Errno.EBADF) return Fail(found);
        if (CheckMemory(address, addressLength) is var memory and not Errno.Success) return Fail(memory);      // Linux reads it before it looks for a socket
        if (found != Errno.Success) return Fail(found);
        return Answer(socket!.Connect(address[..addressLength], this));
    }

    /// <summary>int shutdown(int socket, int how)</summary>
    /// <param name="descriptor">The socket.</param>
    /// <param name="how">SHUT_RD 0, SHUT_WR 1 or SHUT_RDWR 2.</param>
    /// <returns>0; or -1: EBADF, ENOTSOCK, EINVAL (another how), ENOTCONN.</returns>
    public int Shutdown(int descriptor, int how)
    {
        if (Find(descriptor, out PosixSocket? socket) is var found and not Errno.Success) return Fail(found);
        return how is < SHUT_RD or > SHUT_RDWR ? Fail(Errno.EINVAL) : Answer(socket!.Shutdown(how));
    }

    /// <summary>int getsockname(int socket, struct sockaddr *address, socklen_t *address_len)</summary>
    /// <returns>
    /// 0, and the length of the whole name even where less was written; or -1: EBADF, ENOTSOCK, EFAULT, EINVAL (a
    /// negative length).
    /// </returns>
    public int GetSockName(int descriptor, Span<byte> address, ref int addressLength) =>
        GetName(descriptor, ofPeer: false, address, ref addressLength);

    /// <summary>int getpeername(int socket, struct sockaddr *address, socklen_t *address_len)</summary>
    /// <returns>
    /// 0, and the length of the whole name even where less was written; or -1: EBADF, ENOTSOCK, ENOTCONN, EFAULT,
    /// EINVAL.
    /// </returns>
    public int GetPeerName(int descriptor, Span<byte> address, ref int addressLength) =>
        GetName(descriptor, ofPeer: true, address, ref addressLength);

    /// <summary>
    /// int setsockopt(int socket, int level, int option_name, const void *option_value, socklen_t option_len)
    /// </summary>
    /// <returns>
    /// 0; or -1: EBADF, ENOTSOCK, EINVAL (length or value), EFAULT, ENOPROTOOPT (not an option here), EPERM, ENODEV,
    /// EADDRNOTAVAIL, EDOM (a time whose microseconds are a second or more).
    /// </returns>
    public int SetSockOpt(int descriptor, int level, int optionName, ReadOnlySpan<byte> optionValue, int optionLength)
    {
        if (Find(descriptor, out PosixSocket? socket) is var found and not Errno.Success) return Fail(found);
        if (optionLength < 0) return Fail(Errno.EINVAL);
        if (optionLength <= optionValue.Length) return Answer(socket!.SetOption(level, optionName, optionValue[..optionLength], Credentials));
        bool isNull = Unsafe.IsNullRef(in MemoryMarshal.GetReference(optionValue)) && level == IPPROTO_IPV6
            && optionName is not (RawOption.V6Checksum or RawOption.V6HeaderIncluded) && OctetsRead(level, optionName, optionLength) == sizeof(int);      // NULL is 0 there
        if (!isNull && optionValue.Length < OctetsRead(level, optionName, optionLength)) return Answer(socket!.RefuseUnreadable(level, optionName, optionLength));
        byte[] whole = new byte[Math.Min(optionLength, MostOption)];      // what is not looked at need not be there
        optionValue.CopyTo(whole);
        return Answer(socket!.SetOption(level, optionName, whole, Credentials));
    }

    /// <summary>How much Linux reads of an option's value, however long it is said to be.</summary>
    private static int OctetsRead(int level, int name, int length)
    {
        const int Linger = 8, TimeValue = 16, Request = 20, GroupRequest = 136, SourceRequest = 264, All = int.MaxValue;      // ipv6_mreq, group_req, group_source_req
        return (level, name) switch
        {
            (SOL_SOCKET, RawOption.BindToDevice) => All,
            (SOL_SOCKET, RawOption.Linger) => Linger,
            (SOL_SOCKET, RawOption.ReceiveTimeout or RawOption.SendTimeout) => TimeValue,
            (SOL_SOCKET, RawOption.MaxPacingRate) => length >= sizeof(ulong) ? sizeof(ulong) : sizeof(int),
            (SOL_SOCKET, RawOption.TransmitTime or RawOption.Timestamping or RawOption.Timestamping64) when length == sizeof(long) => sizeof(long),
            (SOL_SOCKET, _) => sizeof(int),
            (IPPROTO_TCP, RawTcpOption.Congestion or RawTcpOption.FastOpenKey or RawTcpOption.Signature or RawTcpOption.SignatureOfPrefix) => All,
            (IPPROTO_TCP, _) => sizeof(int),
            (IPPROTO_IP, RawOption.MulticastInterface) => length < 8 ? 4 : length < 12 ? 8 : 12,      // an address, ip_mreq, ip_mreqn
            (IPPROTO_IP, RawOption.AddMembership or RawOption.DropMembership) => length < 12 ? 8 : 12,      // ip_mreq, ip_mreqn
            (IPPROTO_IP or IPPROTO_IPV6, RawOption.JoinGroup or RawOption.LeaveGroup) => GroupRequest,
            (IPPROTO_IP or IPPROTO_IPV6, > RawOption.JoinGroup and < RawOption.GroupFilter) => SourceRequest,
            (IPPROTO_IPV6, RawOption.V6JoinGroup or RawOption.V6LeaveGroup or RawOption.V6PacketInformation) => Request,
            (IPPROTO_IP, RawOption.IpOptions or >= RawOption.MulticastInterface and not (RawOption.MulticastTimeToLive or RawOption.MulticastLoopback
                or RawOption.MulticastAll or RawOption.UnicastInterface or RawOption.LocalPortRange)) => All,
            (IPPROTO_IP, _) => sizeof(int),
            (IPPROTO_UDP, _) => sizeof(int),
            (IPPROTO_IPV6, RawOption.GroupFilter) => All,
            (IPPROTO_IPV6, _) => sizeof(int),
            _ => All,
        };
    }

    /// <summary>
    /// int getsockopt(int socket, int level, int option_name, void *option_value, socklen_t *option_len)
    /// </summary>
    /// <returns>
    /// 0, and how many octets were written; or -1: EBADF, ENOTSOCK, EINVAL (a negative length, no room for a name),
    /// EFAULT, ENOPROTOOPT, ENODEV.
    /// </returns>
    public int GetSockOpt(int descriptor, int level, int optionName, Span<byte> optionValue, ref int optionLength)
    {
        if (Find(descriptor, out PosixSocket? socket) is var found and not Errno.Success) return Fail(found);
        if (optionLength < 0)
        {
            int refused = socket!.RefuseLength(level, optionName);
            if (refused != 0) return Answer(refused);
            int most = MostOption, answer = GetBeyond(socket, level, optionName, optionValue, ref most);      // it is read as a number without a sign
            if (most != MostOption) optionLength = most;      // which is told even where the value can't be
            return answer;
        }

        if (optionLength > optionValue.Length) return GetBeyond(socket!, level, optionName, optionValue, ref optionLength);
        int length = socket!.GetOption(level, optionName, optionValue[..optionLength]);
        if (length < 0) return Answer(length);
        optionLength = length;
        return 0;
    }

    /// <summary>Reads an option for which there is less room than the call says: EFAULT if it is longer than that.</summary>
    private int GetBeyond(PosixSocket socket, int level, int optionName, Span<byte> optionValue, ref int optionLength)
    {
        int room = Math.Min(optionLength, MostOption);
        byte[] value = ArrayPool<byte>.Shared.Rent(room);
        value.AsSpan(0, room).Clear();
        optionValue[..Math.Min(optionValue.Length, room)].CopyTo(value);      // a filter is asked for by the group that it is of
        int length = socket.GetOption(level, optionName, value.AsSpan(0, room));
        bool fits = length >= 0 && length <= optionValue.Length;
        if (length > 0) value.AsSpan(0, Math.Min(length, optionValue.Length)).CopyTo(optionValue);      // as far as there is memory
        if (fits || (length >= 0 && level != SOL_SOCKET)) optionLength = length;      // which is told before the value, but for SOL_SOCKET's

        ArrayPool<byte>.Shared.Return(value);
        return fits ? 0 : length < 0 ? Answer(length) : Fail(Errno.EFAULT);
    }

    private int GetName(int descriptor, bool ofPeer, Span<byte> address, ref int addressLength)
    {
        if (Find(descriptor, out PosixSocket? socket) is var found and not Errno.Success) return Fail(found);
        Span<byte> name = stackalloc byte[SocketAddress.StorageLength];
        int length = socket!.Name(ofPeer, name);
        return Answer(length < 0 ? length : CopyName(name[..length], address, ref addressLength));
    }

    /// <summary>Checks type and family in Linux's order, and parts the type from its flags.</summary>
    private int Family(int domain, ref int type, out ISocketFamily? family, out int flags)
    {
        const int TypeMask = 0xF, MostType = 10, Families = 46;
        flags = type & ~TypeMask;
        type &= TypeMask;
        family = domain switch
        {
            AF_UNIX => Host.Unix,
            AF_INET => InetFamily.V4,
            AF_INET6 => InetFamily.V6,
            _ => null,
        };
        if ((flags & ~(SOCK_NONBLOCK | SOCK_CLOEXEC)) != 0) return -(int)Errno.EINVAL;
        if (domain is < 0 or >= Families) return -(int)Errno.EAFNOSUPPORT;
        if (type > MostType) return -(int)Errno.EINVAL;
        return family is null ? -(int)Errno.EAFNOSUPPORT : 0;
    }

    /// <summary>True for NULL: no memory at all, be it none of it that counts.</summary>
    private static bool IsNull(ReadOnlySpan<byte> memory) => Unsafe.IsNullRef(ref MemoryMarshal.GetReference(memory));

    private static Errno CheckMemory(ReadOnlySpan<byte> address, int length)
    {
        if (length is < 0 or > SocketAddress.StorageLength) return Errno.EINVAL;
        return length > address.Length ? Errno.EFAULT : Errno.Success;
    }
}
