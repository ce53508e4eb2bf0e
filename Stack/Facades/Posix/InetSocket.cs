using System.Buffers.Binary;
using System.Net.Sockets;
using UserNet.Addressing;
using UserNet.Binding;
using UserNet.Errors;
using UserNet.Sockets;
using static UserNet.Facades.Posix.PosixConstants;

namespace UserNet.Facades.Posix;

/// <summary>A socket of AF_INET or AF_INET6 behind a descriptor: reads addresses in Linux's order, then calls the stack's own socket.</summary>
/// <remarks>Any thread. A socket that was closed by another face, or meanwhile, is a bad descriptor.</remarks>
internal sealed partial class InetSocket(NetworkSocket socket) : PosixSocket
{
    private const int Closed = -(int)Errno.EBADF;
    private const int UdpLite = 136;      // whose options UDP takes for its own
    private const int TimeValueLength = 16, ReceiveTimeoutNew = 66, SendTimeoutNew = 67;      // struct timeval; SO_RCVTIMEO_NEW, SO_SNDTIMEO_NEW

    /// <summary>The stack's socket.</summary>
    public NetworkSocket Socket => socket;

    /// <inheritdoc/>
    public override int Domain => IsV6 ? AF_INET6 : AF_INET;

    /// <inheritdoc/>
    public override bool IsStream => socket.SocketType == SocketType.Stream;

    /// <inheritdoc/>
    public override bool IsNonBlocking
    {
        get => !socket.Blocking;
        set => socket.Blocking = !value;
    }

    private bool IsV6 => socket.AddressFamily == AddressFamily.InterNetworkV6;

    private bool IsRaw => socket.SocketType == SocketType.Raw;

    private bool IsUdp => socket.SocketType == SocketType.Dgram && socket.ProtocolType == ProtocolType.Udp;

    private bool IsEcho => socket.SocketType == SocketType.Dgram && socket.ProtocolType != ProtocolType.Udp;

    private bool CopiesLinux => socket.Core.Engine.Table.Personality.Sharing == SharingModel.Linux;

    /// <inheritdoc/>
    public override int Bind(ReadOnlySpan<byte> address, PosixProcess process)
    {
        BindRule rule = ReadLocal(address, out InetEndpoint local);
        return Code(rule == BindRule.Granted ? socket.BindAs(local, process.Credentials) : rule);
    }

    /// <inheritdoc/>
    public override int Listen(int backlog, PosixProcess process)
    {
        try
        {
            return Code(socket.TryListen(backlog).Rule);
        }
        catch (ObjectDisposedException)
        {
            return Closed;
        }
    }

    /// <inheritdoc/>
    public override int Connect(ReadOnlySpan<byte> address, PosixProcess process)
    {
        if (address.Length < sizeof(ushort)) return -(int)Errno.EINVAL;
        if (SocketAddress.FamilyOf(address) == SocketAddress.Unspecified) return Disconnect();
        if (!IsStream) return ConnectDatagram(address);
        if (socket.IsListening) return -(int)(socket.Core.Tcp is { Settings.IsFreeBsd: true } ? Errno.EOPNOTSUPP : Errno.EISCONN);
        if (socket.HasBegunToConnect) return Code(socket.ConnectAs(default));      // the address is not looked at again
        // Of an IPv6 stream Linux takes no IPv4 address: it is too short.
        if (IsV6 && address.Length < SocketAddress.V6LengthWithoutScope) return -(int)Errno.EINVAL;
        if (IsV6 && SocketAddress.FamilyOf(address) != AF_INET6) return -(int)Errno.EAFNOSUPPORT;
        BindRule rule = ReadPeer(address, out InetEndpoint remote);
        if (rule == BindRule.Granted && remote.Address is { IsV6: true, IsV4OrMapped: false, IsMulticast: true }) rule = BindRule.NoRoute;      // before its scope is looked at
        return rule == BindRule.Granted ? Code(socket.ConnectAs(remote)) : Code(rule);
    }

    /// <inheritdoc/>
    public override int Accept(out PosixSocket? accepted)
    {
        TransferResult result = socket.AcceptAs(out NetworkSocket? connection);
        accepted = connection is null ? null : new InetSocket(connection);
        return connection is null ? Code(result) : 0;
    }

    /// <inheritdoc/>
    public override int Name(bool ofPeer, Span<byte> name)
    {
        if (!ofPeer) return SocketAddress.Write(socket.LocalName, name);
        return socket.PeerName is { } peer ? SocketAddress.Write(peer, name) : -(int)Errno.ENOTCONN;
    }

    /// <inheritdoc/>
    public override int NameOfAccepted(Span<byte> name) =>
        socket.AcceptedName is { } peer ? SocketAddress.Write(peer, name) : -(int)Errno.ENOTCONN;

    /// <inheritdoc/>
    public override int SetOption(int level, int name, ReadOnlySpan<byte> value, in Caller caller)
    {
        if (level == SOL_SOCKET && RefuseTime(ref name, value) is var refused and not 0) return refused;
        if (level == IPPROTO_IP && IsV6 && IsRaw) return -(int)Errno.ENOPROTOOPT;
        if (level == RawOptionLevel.Raw && IsV6 && IsRaw && value.Length < sizeof(int)) return -(int)Errno.EINVAL;      // before the name is looked at
        try
        {
            return Code(socket.TrySetRaw(level, name, value, caller));
        }
        catch (ObjectDisposedException)
        {
            return Closed;
        }
    }

    /// <inheritdoc/>
    public override int RefuseUnreadable(int level, int name, int length)
    {
        if (level == IPPROTO_IP && IsV6 && IsRaw) return -(int)Errno.ENOPROTOOPT;
        if (IsRaw && (level == RawOptionLevel.Raw || (level == IPPROTO_ICMPV6 && IsV6))) return RefuseRawUnreadable(level, name, length);
        try
        {
            return Code(socket.RefuseUnreadable(level, name, length));
        }
        catch (ObjectDisposedException)
        {
            return Closed;
        }
    }

    /// <inheritdoc/>
    public override int GetOption(int level, int name, Span<byte> value)
    {
        if (level == SOL_SOCKET) name = OldName(name);
        else if (!HasLevel(level)) return IsV6 ? -(int)Errno.ENOPROTOOPT : -(int)Errno.EOPNOTSUPP;      // as their last resorts have it
        try
        {
            BindRule rule = socket.TryGetRaw(level, name, value, out int length);
            return rule == BindRule.Granted ? length : Code(rule);
        }
        catch (ObjectDisposedException)
        {
            return Closed;
        }
    }

    /// <inheritdoc/>
    public override int RefuseLength(int level, int name)
    {
        if (level == SOL_SOCKET) return -(int)Errno.EINVAL;
        if (!HasLevel(level)) return IsV6 ? -(int)Errno.ENOPROTOOPT : -(int)Errno.EOPNOTSUPP;
        if (IsRaw && (level is RawOptionLevel.Raw or IPPROTO_ICMPV6)) return RefuseRawLength(level, name);
        bool isNumber = level == IPPROTO_IPV6 && CopiesLinux && name is not (RawOption.SourceFilter or RawOption.GroupFilter);
        return isNumber ? 0 : -(int)Errno.EINVAL;
    }

    /// <summary>The filter of ICMP is read once the protocol and the name are known; a number of IPv6 before.</summary>
    private int RefuseRawUnreadable(int level, int name, int length)
    {
        if (level == RawOptionLevel.Raw && IsV6) return length < sizeof(int) ? -(int)Errno.EINVAL : -(int)Errno.EFAULT;
        bool isOfIcmp = socket.ProtocolType == (IsV6 ? ProtocolType.IcmpV6 : ProtocolType.Icmp);
        if (IsV6 && !isOfIcmp) return -(int)Errno.EOPNOTSUPP;
        if (name != RawOption.IcmpFilter) return -(int)Errno.ENOPROTOOPT;
        return isOfIcmp ? -(int)Errno.EFAULT : -(int)Errno.EOPNOTSUPP;
    }

    /// <summary>A filter has no negative length, whose protocol is looked at before that; the numbers of IPv6 have any.</summary>
    private int RefuseRawLength(int level, int name)
    {
        bool isFilter = level == IPPROTO_ICMPV6 || !IsV6;
        if (!isFilter) return name is RawOption.V6Checksum or RawOption.V6HeaderIncluded ? 0 : -(int)Errno.ENOPROTOOPT;
        bool isOfIcmp = socket.ProtocolType == (IsV6 ? ProtocolType.IcmpV6 : ProtocolType.Icmp);
        if (IsV6 && !isOfIcmp) return -(int)Errno.EOPNOTSUPP;
        if (name != RawOption.IcmpFilter) return -(int)Errno.ENOPROTOOPT;
        return isOfIcmp ? -(int)Errno.EINVAL : -(int)Errno.EOPNOTSUPP;
    }

    /// <inheritdoc/>
    public override int Shutdown(int how)
    {
        try
        {
            return Code(socket.TryShutdown((SocketShutdown)how));
        }
        catch (ObjectDisposedException)
        {
            return Closed;
        }
    }

    /// <inheritdoc/>
    public override int IoControl(int request, out int value)
    {
        value = 0;
        if (request is not (FIONREAD or SIOCOUTQ or SIOCATMARK) && !(request == SIOCOUTQNSD && IsStream)) return -(int)Errno.ENOTTY;
        if (socket.IsListening) return request == SIOCATMARK ? 0 : -(int)Errno.EINVAL;
        if (IsEcho || (!IsStream && request == SIOCATMARK)) return -(int)Errno.ENOTTY;
        try
        {
            value = request == FIONREAD ? socket.AvailableNow : request == SIOCOUTQ ? UnsentOctets() : request == SIOCOUTQNSD ? socket.NeverSent : socket.IsAtMark ? 1 : 0;
            return 0;
        }
        catch (ObjectDisposedException)
        {
            return Closed;
        }
    }

    /// <inheritdoc/>
    public override int ChangeOwner(uint owner, in Caller caller)
    {
        try
        {
            return Code(socket.TrySetOwner(owner, caller));
        }
        catch (ObjectDisposedException)
        {
            return Closed;
        }
    }

    /// <inheritdoc/>
    public override void Close() => socket.Dispose();

    /// <inheritdoc/>
    /// <remarks>Linux does not linger in a process that ends; a time of 0 is heeded.</remarks>
    public override void CloseAtExit()
    {
        if (CopiesLinux) socket.ForgetLinger();
        socket.Dispose();
    }

    /// <inheritdoc/>
    public override int PollNow() => socket.PollInside();

    /// <inheritdoc/>
    public override void Join(SelectOperation operation, int events) => socket.Join(
        operation,
        (events & (POLLIN | POLLRDNORM | POLLRDHUP)) != 0,
        (events & (POLLOUT | POLLWRNORM | POLLWRBAND)) != 0);

    /// <inheritdoc/>
    protected override void SetObserver(IChannelObserver? observer) => socket.SetObserver(observer);

    private static int Code(BindRule rule) => -(int)rule.ToErrno();

    private static int Code(in TransferResult result) => result.IsDone ? result.Octets : -(int)result.Errno;

    private int UnsentOctets() => IsStream ? socket.Unacknowledged : socket.SendCharge;

    private int Disconnect()
    {
        try
        {
            socket.Disconnect();
            return 0;
        }
        catch (ObjectDisposedException)
        {
            return Closed;
        }
    }

    private int ConnectDatagram(ReadOnlySpan<byte> address)
    {
        // Of IPv6 sockets without ports Linux takes no IPv4 address, and looks at the family before the length.
        if (IsV6 && (IsRaw || IsEcho) && SocketAddress.FamilyOf(address) != AF_INET6) return AfterAutoBind(-(int)Errno.EAFNOSUPPORT);
        BindRule rule = ReadPeer(address, out InetEndpoint remote);
        return rule == BindRule.Granted ? Code(socket.ConnectAs(remote)) : AfterAutoBind(Code(rule));
    }

    /// <summary>Linux gives an unbound socket a port before it reads the address that it then refuses.</summary>
    private int AfterAutoBind(int refused)
    {
        if (!CopiesLinux) return refused;
        try
        {
            BindRule bound = socket.TryAutoBind();
            return bound == BindRule.Granted ? refused : Code(bound);
        }
        catch (ObjectDisposedException)
        {
            return Closed;
        }
    }

    /// <summary>Reads an address as bind does: the length, then the family, by the socket's own family.</summary>
    private BindRule ReadLocal(ReadOnlySpan<byte> octets, out InetEndpoint local)
    {
        local = default;
        int least = IsV6 && IsEcho ? SocketAddress.V6Length : IsV6 ? SocketAddress.V6LengthWithoutScope : SocketAddress.V4Length;
        if (octets.Length < least) return BindRule.BadLength;
        local = IsV6 ? SocketAddress.ReadV6(octets) : SocketAddress.ReadV4(octets);
        ushort family = SocketAddress.FamilyOf(octets);
        if (IsRaw) return IsV6 && family != AF_INET6 ? BindRule.BadLength : BindRule.Granted;      // an IPv4 one does not ask, another says EINVAL
        if (IsV6) return family == AF_INET6 ? BindRule.Granted : BindRule.BadFamily;
        bool isUnspecified = family == AF_UNSPEC && local.Address.IsWildcard
            && socket.Core.Engine.Table.Personality.TakesUnspecifiedFamily;
        return family == AF_INET || isUnspecified ? BindRule.Granted : BindRule.BadFamily;
    }

    /// <summary>
    /// Reads an address as a datagram socket's connect does: an IPv6 socket takes an IPv4 address too.
    /// </summary>
    private BindRule ReadPeer(ReadOnlySpan<byte> octets, out InetEndpoint remote)
    {
        remote = default;
        ushort family = SocketAddress.FamilyOf(octets);
        if (IsV6 && family != AF_INET)
        {
            if (octets.Length < SocketAddress.V6LengthWithoutScope) return BindRule.BadLength;
            if (family != AF_INET6) return BindRule.BadFamily;
            remote = SocketAddress.ReadV6(octets);
            return BindRule.Granted;
        }

        if (IsV6 && socket.IsV6Only) return BindRule.BadFamily;      // before its length
        if (octets.Length < SocketAddress.V4Length) return BindRule.BadLength;
        if (family != AF_INET) return BindRule.BadFamily;
        remote = SocketAddress.ReadV4(octets);
        return BindRule.Granted;
    }

    private bool HasLevel(int level) => level switch
    {
        IPPROTO_IP => !(IsV6 && IsRaw),
        IPPROTO_IPV6 => IsV6,
        IPPROTO_TCP => IsStream,
        IPPROTO_UDP or UdpLite => socket.ProtocolType == ProtocolType.Udp,
        RawOptionLevel.Raw => IsRaw,
        IPPROTO_ICMPV6 => IsV6 && IsRaw,
        _ => false,
    };

    private static int OldName(int name) =>
        name == ReceiveTimeoutNew ? RawOption.ReceiveTimeout : name == SendTimeoutNew ? RawOption.SendTimeout : name;

    /// <summary>SO_RCVTIMEO and SO_SNDTIMEO: a second's microseconds are fewer than a million.</summary>
    private static int RefuseTime(ref int name, ReadOnlySpan<byte> value)
    {
        name = OldName(name);
        if (name is not (RawOption.ReceiveTimeout or RawOption.SendTimeout) || value.Length < TimeValueLength) return 0;
        return BinaryPrimitives.ReadInt64LittleEndian(value[8..]) is < 0 or >= 1_000_000 ? -(int)Errno.EDOM : 0;
    }
}
