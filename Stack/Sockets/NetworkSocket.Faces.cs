using System.Net.NetworkInformation;
using System.Net.Sockets;
using UserNet.Addressing;
using UserNet.Binding;
using UserNet.Errors;
using UserNet.Udp;

namespace UserNet.Sockets;

// Calls as other faces need them: they wait as the socket says, and answer with an error instead of throwing it.
public sealed partial class NetworkSocket
{
    private const int In = 0x1, Priority = 0x2, Out = 0x4, Failed = 0x8, HungUp = 0x10, ReadHungUp = 0x2000;      // POLLIN and so on
    private const int InNormal = 0x40, OutNormal = 0x100, OutBand = 0x200;

    /// <summary>Binds as the system itself would, without what .NET adds; a closed socket is a bad handle.</summary>
    internal BindRule BindAs(in InetEndpoint local, in Caller caller)
    {
        using (_core.Enter())
        {
            if (_isClosed) return BindRule.BadHandle;
            BindRule rule = _core.Engine.Bind(_binding, local, caller).Rule;
            _wasNamed |= rule == BindRule.Granted;
            return rule;
        }
    }

    /// <summary>True when the socket holds a port; of a raw socket, which always does, once it was bound, connected or sent from.</summary>
    internal bool IsBoundNow => IsRaw ? _wasNamed : _binding.IsHeld;

    /// <summary>True while the socket has a peer; of a stream, while its connection is there.</summary>
    internal bool HasPeerNow => _binding.IsConnected && _binding.State is not (TcpState.SynSent or TcpState.TimeWait);

    /// <summary>FIONREAD, and 0 of a listener. ObjectDisposedException when the socket is closed.</summary>
    internal int AvailableNow
    {
        get
        {
            using (_core.Enter())
            {
                ObjectDisposedException.ThrowIf(_isClosed, this);
                return IsListening ? 0 : CommonOrNone?.AvailableToMark ?? 0;
            }
        }
    }

    /// <summary>SO_REUSE_UNICASTPORT, SO_PORT_SCALABILITY, SO_RANDOMIZE_PORT and SO_WSK_SECURITY, which have no number of Linux's.</summary>
    internal BindRule SetAs(Func<BindEngine, SocketBinding, BindRule> set)
    {
        using (_core.Enter()) return _isClosed ? BindRule.BadHandle : set(_core.Engine, _binding);
    }

    internal TransferResult ConnectAs(in InetEndpoint remote) => ConnectOrWait(remote, waits: Blocking, out _);

    /// <summary>Sends to a stream.</summary>
    /// <param name="octets">What to send.</param>
    /// <param name="flags">How.</param>
    /// <param name="destination">Where to, with MSG_FASTOPEN.</param>
    /// <param name="stamps">SOF_TIMESTAMPING_ flags of this call alone; null for those of the socket.</param>
    internal TransferResult SendAs(ReadOnlySpan<byte> octets, SocketFlags flags, in InetEndpoint? destination, int? stamps = null) =>
        WithoutTimeout(SendConnects(flags, destination) ? SendFast(octets, destination, flags, stamps) : SendToStream(octets, flags, stamps));

    internal TransferResult ReceiveAs(Span<byte> octets, SocketFlags flags) =>
        WithoutTimeout(ReceiveOrWait(octets, FlagsFor(octets, flags), out _));

    internal TransferResult AcceptAs(out NetworkSocket? accepted)
    {
        TransferResult result = WithoutTimeout(AcceptOrWait(out accepted));
        if (accepted is not null) accepted.Blocking = true;      // O_NONBLOCK is not inherited
        return result;
    }

    /// <summary>Receives a datagram as recvfrom does, which takes one away even where there is no room for an octet.</summary>
    /// <param name="octets">Where it goes.</param>
    /// <param name="flags">Peek, Truncated.</param>
    /// <param name="mayWait">False for MSG_DONTWAIT.</param>
    /// <param name="info">What is known of it.</param>
    internal TransferResult ReceiveDatagramAs(Span<byte> octets, SocketFlags flags, bool mayWait, out DatagramInfo info)
    {
        if (mayWait) return WithoutTimeout(ReceiveOrWait(octets, flags, out info));
        using (_core.Enter()) return TryReceive(octets, flags, out info);
    }

    /// <summary>Sends a datagram with what its call says of it alone, and waits for room where the socket blocks.</summary>
    /// <param name="octets">What to send.</param>
    /// <param name="destination">Where to, or null for the peer.</param>
    /// <param name="flags">DontRoute.</param>
    /// <param name="mayWait">False for MSG_DONTWAIT.</param>
    /// <param name="isUnreadable">True when the octets stand for as many that can't be read: all is checked, nothing is sent, EFAULT.</param>
    /// <param name="said">What the call says of this datagram alone.</param>
    /// <param name="hasSaid">Whether it says anything.</param>
    internal TransferResult SendDatagramAs(
        ReadOnlySpan<byte> octets, in InetEndpoint? destination, SocketFlags flags, bool mayWait, bool isUnreadable, in DatagramSendOptions said, bool hasSaid)
    {
        if (isUnreadable || hasSaid)
        {
            DatagramSendOptions all = said with { IsUnreadable = isUnreadable };
            while (true)
            {
                TransferResult tried;
                using (_core.Enter())
                    tried = _isClosed ? TransferResult.Failed(Errno.EBADF) : Transmit(octets, destination, flags, all);
                if (!tried.WouldWait || !mayWait || !Blocking || !WaitForRoom(out tried)) return tried;
            }
        }

        return mayWait ? WithoutTimeout(SendOrWait(octets, destination, flags)) : TrySend(octets, destination, flags);
    }

    /// <summary>True when a datagram of an IPv6 socket goes over IPv4: by where it is to go, or by the peer.</summary>
    internal bool GoesByV4(in InetEndpoint? destination)
    {
        using (_core.Enter())
        {
            InetAddress to = destination?.Address ?? (LacksPeer(destination) ? InetAddress.AnyV6 : _binding.RemoteAddress);
            return to.IsV4OrMapped || (destination is not null && to == InetAddress.AnyV6 && _binding.BoundAddress.IsV4Mapped);
        }
    }

    /// <summary>IPV6_V6ONLY as it is now, be it set by a bind.</summary>
    internal bool IsV6Only
    {
        get
        {
            using (_core.Enter()) return _binding.V6Only;
        }
    }

    /// <summary>What a datagram is refused for before its call's control messages are read.</summary>
    /// <param name="length">How long it is.</param>
    /// <param name="destination">Where to, or null for the peer.</param>
    /// <param name="looksAtPort">False for what is refused before its port is looked at.</param>
    internal TransferResult RefuseDestination(int length, in InetEndpoint? destination, bool looksAtPort)
    {
        using (_core.Enter())
        {
            if (_isClosed) return TransferResult.Failed(Errno.EBADF);
            if (_core.Engine.AutoBind(_binding) is { IsGranted: false } unbound) return TransferResult.Refused(unbound.Rule);
            if (RefuseV6(destination) is { IsDone: false } early) return early;
            if (length > ushort.MaxValue && IsTooLongAtOnce(destination)) return TransferResult.Failed(Errno.EMSGSIZE);
            return looksAtPort ? RefusePeer(destination, out _) : default;
        }
    }

    /// <summary>What poll(2) would tell now.</summary>
    internal int PollNow()
    {
        using (_core.Enter()) return PollInside();
    }

    /// <summary>What poll(2) would tell now. Gate held.</summary>
    internal int PollInside()
    {
        if (_isClosed) return 0;
        SocketChannel channel = Common;
        int events = 0;
        if (_stream is { Listener: null } stream)
        {
            if (stream.HasHungUp) events |= HungUp;
            if (stream.HasReadHungUp) events |= ReadHungUp;
            if (stream.HasUrgent) events |= Priority;
            if (channel.Error != Errno.Success || stream.HasQueuedErrors) events |= Failed;
            if (stream.IsReadable) events |= In | InNormal;
        }
        else
        {
            if (channel.IsReady(SelectMode.SelectRead)) events |= In | InNormal;
            if (channel.IsReady(SelectMode.SelectError)) events |= Failed;
            if (_channel is { IsReceiveShut: true } half) events |= half.IsSendShut ? ReadHungUp | HungUp : ReadHungUp;
        }

        if (!channel.IsReady(SelectMode.SelectWrite)) return events;
        return events | Out | OutNormal | (_binding.IsStream ? 0 : OutBand);
    }

    /// <summary>Has a poll be told when the socket may be read or written, or fails. Gate held.</summary>
    internal void Join(SelectOperation operation, bool toRead, bool toWrite)
    {
        if (_isClosed) return;
        OperationList pollers = Common.Pollers;
        if (toRead) operation.Add(pollers, SelectMode.SelectRead);
        if (toWrite) operation.Add(pollers, SelectMode.SelectWrite);
        operation.Add(pollers, SelectMode.SelectError);
    }

    /// <summary>Has somebody hear of all that pollers hear of. Gate held.</summary>
    internal void SetObserver(IChannelObserver? observer)
    {
        if (!_isClosed) Common.Observer = observer;
    }

    /// <summary>Octets that were sent and are still under way, with their overhead: SIOCOUTQ of a datagram socket.</summary>
    internal int SendCharge
    {
        get
        {
            using (_core.Enter()) return _channel?.SendCharge ?? 0;
        }
    }

    /// <summary>What a receive is to tell of datagrams.</summary>
    internal AncillaryWishes AncillaryWishes
    {
        get
        {
            using (_core.Enter())
            {
                return _channel is not { } channel ? default : new AncillaryWishes(
                    channel.WantsPacketInformation, channel.WantsTimeToLive, channel.WantsTrafficClass, channel.WantsPacketInformationV6,
                    channel.WantsHopLimit, channel.WantsTrafficClassV6, channel.WantsFlowInformation, channel.WantsOriginalDestination);
            }
        }
    }

    /// <summary>The address of this host from which a datagram would be answered: where it was sent to, unless that was to many.</summary>
    internal InetAddress ReplyAddress(in DatagramInfo info)
    {
        if (info.Flags == SocketFlags.None) return info.Destination;
        using (_core.Enter())
            return _core.Host?.Interfaces.Find(info.Device) is { V4Addresses: [var first, ..] } ? first.Address : default;
    }

    /// <summary>The peer as accept names it, though the connection may have ended meanwhile.</summary>
    internal InetEndpoint? AcceptedName
    {
        get
        {
            using (_core.Enter()) return _binding.RemoteEndpoint ?? _stream?.Connection?.LastPeer?.Value;
        }
    }

    /// <summary>Waits until a datagram may be sent.</summary>
    /// <param name="result">Why it does not go on.</param>
    /// <returns>True when it may be tried again.</returns>
    private bool WaitForRoom(out TransferResult result)
    {
        PollOperation operation;
        using (_core.Enter())
        {
            result = TransferResult.Failed(Errno.EINTR);
            if (_isClosed || _core.IsDisposed) return false;
            EnsureMayBlock();
            operation = new PollOperation(_core, SelectMode.SelectWrite);
            operation.Begin(isOfThread: true);
            operation.WaitIn(Channel.Pollers);
            operation.ExpireIn(Channel.SendTimeout);
        }

        operation.WaitHere();
        result = WithoutTimeout(operation.Result);
        return operation.Result.IsDone;
    }

    /// <summary>A wait that SO_RCVTIMEO or SO_SNDTIMEO ended is EAGAIN to POSIX; .NET says that it timed out.</summary>
    private static TransferResult WithoutTimeout(in TransferResult result) =>
        result is { Errno: Errno.ETIMEDOUT, IsOfWait: true } ? TransferResult.Failed(Errno.EAGAIN) : result;
}

/// <summary>Which control messages the options of a socket ask for.</summary>
internal readonly record struct AncillaryWishes(
    bool PacketInformation, bool TimeToLive, bool TrafficClass, bool PacketInformationV6, bool HopLimit, bool TrafficClassV6, bool FlowInformation,
    bool OriginalDestination);
