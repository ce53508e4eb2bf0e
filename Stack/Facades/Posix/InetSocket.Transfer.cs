using System.Buffers;
using System.Net.Sockets;
using UserNet.Addressing;
using UserNet.Binding;
using UserNet.Errors;
using UserNet.Sockets;
using UserNet.Udp;
using static UserNet.Facades.Posix.PosixConstants;

namespace UserNet.Facades.Posix;

// Sending and receiving. Flags that Linux does not look at are not looked at here.
internal sealed partial class InetSocket
{
    /// <inheritdoc/>
    public override int Send(in SendRequest request) => IsStream ? SendStream(request) : SendDatagram(request);

    /// <inheritdoc/>
    public override int Receive(ref ReceiveRequest request)
    {
        int flags = request.Flags;
        if ((flags & MSG_OOB) != 0 && !IsUdp && !IsStream) return -(int)Errno.EOPNOTSUPP;
        if ((flags & MSG_ERRQUEUE) != 0) return ReceiveError(ref request);
        if (IsStream) return ReceiveStream(ref request);
        SocketFlags how = ((flags & MSG_PEEK) != 0 ? SocketFlags.Peek : 0) | ((flags & MSG_TRUNC) != 0 ? SocketFlags.Truncated : 0);
        TransferResult result = socket.ReceiveDatagramAs(request.Octets, how, (flags & MSG_DONTWAIT) == 0, out DatagramInfo info);
        if (!result.IsDone) return Code(result);
        if (info.Length > request.Octets.Length) request.MessageFlags |= MSG_TRUNC;
        if (!request.Address.IsEmpty && info.Source != default) request.AddressLength = SocketAddress.Write(info.Source, request.Address);
        if (request.IsMessage) PutControl(ref request, info);
        return result.Octets;
    }

    private int ReceiveStream(ref ReceiveRequest request)
    {
        int flags = request.Flags;
        if ((flags & MSG_OOB) != 0) return ReceiveUrgent(ref request);
        SocketFlags how = (SocketFlags)(flags & MSG_PEEK) | StreamFlagsOf(flags);
        if ((flags & MSG_TRUNC) == 0 || request.Octets.IsEmpty) return WithStreamControl(ref request, Code(socket.ReceiveAs(request.Octets, how)));
        request.HasDiscarded = true;      // of a stream the flag throws octets away: tcp(7)
        byte[] scratch = ArrayPool<byte>.Shared.Rent(request.Octets.Length);
        int answer = Code(socket.ReceiveAs(scratch.AsSpan(0, request.Octets.Length), how));
        ArrayPool<byte>.Shared.Return(scratch);
        return WithStreamControl(ref request, answer);
    }

    private int ReceiveUrgent(ref ReceiveRequest request)
    {
        bool discards = (request.Flags & MSG_TRUNC) != 0;
        Span<byte> octet = stackalloc byte[1];
        bool hasRoom = !request.Octets.IsEmpty;
        int answer = Code(socket.ReceiveAs(hasRoom ? octet : default, (SocketFlags)(request.Flags & (MSG_PEEK | MSG_OOB))));
        if (answer < 0) return answer;
        if (answer > 0 || !hasRoom) request.MessageFlags |= MSG_OOB;
        if (!hasRoom) request.MessageFlags |= MSG_TRUNC;
        if (answer > 0 && !discards) request.Octets[0] = octet[0];
        request.HasDiscarded |= discards;
        return WithStreamControl(ref request, answer);
    }

    private int SendStream(in SendRequest request)
    {
        InetEndpoint? peer = null;
        bool isFast = (request.Flags & MSG_FASTOPEN) != 0;
        bool mayConnect = isFast || socket.Core.Tcp is { Settings.IsFreeBsd: true };      // where any send to a peer connects what has none
        if (mayConnect && request.HasAddress)
        {
            if (request.Address.Length < sizeof(ushort)) return -(int)Errno.EINVAL;
            if (SocketAddress.FamilyOf(request.Address) == AF_UNSPEC) return -(int)Errno.EOPNOTSUPP;
            BindRule rule = ReadPeer(request.Address, out InetEndpoint remote);
            if (rule != BindRule.Granted) return Code(rule);
            peer = remote;
        }

        DatagramSendOptions none = default;
        int bad = request.Control.IsEmpty ? 0 : ReadControl(request.Control, false, false, request, ref none, isStream: true);
        int? stamps = request.Control.IsEmpty ? null : StampsOf(request.Control);
        SocketFlags how = SendFlagsOf(request.Flags) | ((request.Flags & MSG_DONTROUTE) != 0 ? SocketFlags.DontRoute : 0);
        if (!request.IsUnreadable && bad == 0) return Code(socket.SendAs(request.Octets, how, peer, stamps));
        int answer = Code(socket.SendAs([], how, peer));      // what would be said of no octets is said first
        return answer < 0 ? answer : bad != 0 ? bad : -(int)Errno.EFAULT;
    }

    /// <summary>Looks at the arguments in Linux's order: what the octets and flags are refused for, the address, the control messages.</summary>
    private int SendDatagram(in SendRequest request)
    {
        if (IsEcho && RefuseEcho(request) is var unfit and not 0) return AfterAutoBind(unfit);
        bool namesV4 = IsUdp && IsV6 && request.Address.Length >= sizeof(ushort) && SocketAddress.FamilyOf(request.Address) == AF_INET;
        if (namesV4 && CopiesLinux && socket.IsV6Only) return AfterAutoBind(-(int)Errno.ENETUNREACH);
        if (RefuseFlags(request, ofV6: IsV6 && !namesV4) is var refused and not 0) return AfterAutoBind(refused);
        bool isUnspecified = false;
        InetEndpoint? destination = null;
        if (request.HasAddress && !(IsRaw && !IsV6 && request.Address.IsEmpty))      // of which the length alone says that there is none
        {
            BindRule rule = ReadDestination(request.Address, out destination);
            if (rule != BindRule.Granted) return AfterAutoBind(Code(rule));
            isUnspecified = destination is null;
        }

        bool isV4 = !IsV6 || (IsUdp && !isUnspecified && socket.GoesByV4(destination));
        // What goes over IPv4 after all is refused as it is there; for its own family's sake first.
        if (IsV6 && isV4 && !namesV4 && RefuseFlags(request, ofV6: false) is var late and not 0) return Earlier(request, destination, late, looksAtPort: false);
        DatagramSendOptions said = default;
        int bad = request.Control.IsEmpty ? 0 : ReadControl(request.Control, IsV6, toV6: !isV4, request, ref said);
        if (bad != 0) return Earlier(request, destination, bad);
        if (isUnspecified && socket.GoesByV4(null)) return AfterAutoBind(-(int)Errno.ENETUNREACH);      // a mapped peer is none of IPv6
        SocketFlags how = (request.Flags & MSG_DONTROUTE) != 0 ? SocketFlags.DontRoute : SocketFlags.None;
        bool waits = (request.Flags & MSG_DONTWAIT) == 0;
        return Code(socket.SendDatagramAs(request.Octets, destination, how, waits, request.IsUnreadable, said, hasSaid: !request.Control.IsEmpty));
    }

    /// <summary>What is refused before what was found, or that.</summary>
    private int Earlier(in SendRequest request, in InetEndpoint? destination, int found, bool looksAtPort = true)
    {
        TransferResult earlier = socket.RefuseDestination(request.Octets.Length, destination, looksAtPort);
        return earlier.IsDone ? found : Code(earlier);
    }

    /// <summary>Flags that a datagram is refused for: nothing is corked here, and Linux looks at MSG_OOB unless UDP goes over IPv6.</summary>
    /// <remarks>The length is looked at before them, unless IPv6 is to carry it.</remarks>
    private int RefuseFlags(in SendRequest request, bool ofV6)
    {
        if (!ofV6 && request.Octets.Length > ushort.MaxValue) return -(int)Errno.EMSGSIZE;
        bool isRefused = (request.Flags & MSG_MORE) != 0 || ((request.Flags & MSG_OOB) != 0 && !(ofV6 && IsUdp));
        return isRefused ? -(int)Errno.EOPNOTSUPP : 0;
    }

    /// <summary>What an echo is refused for before its address is looked at: its length, MSG_OOB, a header that is none of an echo.</summary>
    private int RefuseEcho(in SendRequest request)
    {
        const int Header = 8, EchoV4 = 8, EchoV6 = 128;
        if (request.Octets.Length > ushort.MaxValue) return -(int)Errno.EMSGSIZE;
        if (request.Octets.Length < Header) return -(int)Errno.EINVAL;
        if ((request.Flags & MSG_OOB) != 0) return -(int)Errno.EOPNOTSUPP;
        if (request.IsUnreadable && request.Readable < Header) return -(int)Errno.EFAULT;      // the rest is read later
        return request.Octets[0] == (IsV6 ? EchoV6 : EchoV4) && request.Octets[1] == 0 ? 0 : -(int)Errno.EINVAL;
    }

    /// <summary>
    /// Reads an address as sendto does, which is not as connect does: AF_UNSPEC is AF_INET to an IPv4 socket, and no address to an IPv6 one.
    /// </summary>
    private BindRule ReadDestination(ReadOnlySpan<byte> octets, out InetEndpoint? destination)
    {
        destination = null;
        if (octets.Length < sizeof(ushort)) return BindRule.BadLength;
        ushort family = SocketAddress.FamilyOf(octets);
        bool isEcho = IsEcho;
        if (IsV6 && (family != AF_INET || IsRaw || isEcho))
        {
            if (!IsRaw && !isEcho && family == AF_UNSPEC) return BindRule.Granted;
            if (octets.Length < (isEcho ? SocketAddress.V6Length : SocketAddress.V6LengthWithoutScope)) return BindRule.BadLength;
            bool isKnown = family == AF_INET6 || (IsRaw && family == AF_UNSPEC);
            if (!isKnown) return IsRaw || isEcho ? BindRule.BadFamily : BindRule.BadLength;      // of which UDP says EINVAL
            destination = SocketAddress.ReadV6(octets);
            return BindRule.Granted;
        }

        if (octets.Length < SocketAddress.V4Length) return BindRule.BadLength;
        if (family != AF_INET && (isEcho || family != AF_UNSPEC)) return BindRule.BadFamily;
        destination = SocketAddress.ReadV4(octets);
        return BindRule.Granted;
    }

    private static SocketFlags StreamFlagsOf(int flags) =>
        ((flags & MSG_MORE) != 0 ? StreamFlags.More : 0) | ((flags & MSG_WAITALL) != 0 ? StreamFlags.WaitAll : 0)
        | ((flags & MSG_FASTOPEN) != 0 ? StreamFlags.FastOpen : 0) | ((flags & MSG_DONTWAIT) != 0 ? StreamFlags.DontWait : 0)
        | ((flags & MSG_OOB) != 0 ? SocketFlags.OutOfBand : 0);

    private static SocketFlags SendFlagsOf(int flags) => StreamFlagsOf(flags & ~MSG_WAITALL)
        | ((flags & MSG_EOR) != 0 ? StreamFlags.EndOfRecord : 0) | ((flags & MSG_ZEROCOPY) != 0 ? StreamFlags.ZeroCopy : 0);
}
