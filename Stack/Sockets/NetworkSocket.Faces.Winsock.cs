using System.Net.NetworkInformation;
using System.Net.Sockets;
using UserNet.Addressing;
using UserNet.Binding;
using UserNet.Core;
using UserNet.Errors;
using UserNet.Time;
using UserNet.Udp;

namespace UserNet.Sockets;

// Calls as Winsock's face needs them, where it waits and answers otherwise than POSIX's.
public sealed partial class NetworkSocket
{
    private bool _wantsPortScalability;      // gate held

    /// <summary>How the socket stands now. An attempt to connect that has succeeded counts as told.</summary>
    internal SocketFacts FactsNow()
    {
        using (_core.Enter()) return FactsInside();
    }

    /// <summary>Whether bind or another call has bound it, be its port left to connect. A closed socket is not.</summary>
    internal bool IsNamedNow
    {
        get
        {
            using (_core.Enter()) return !_isClosed && IsBoundSomehow;
        }
    }

    /// <summary>True once it is closed.</summary>
    internal bool IsClosedNow
    {
        get
        {
            using (_core.Enter()) return _isClosed;
        }
    }

    /// <summary>SO_REUSEADDR or SO_EXCLUSIVEADDRUSE by themselves, without what .NET makes of them.</summary>
    internal BindRule SetSharingAs(Sharing option, bool isOn)
    {
        using (_core.Enter()) return _isClosed ? BindRule.BadHandle : _core.Engine.SetSharing(_binding, option, isOn);
    }

    /// <summary>SO_REUSE_UNICASTPORT. BadHandle, or as the engine says.</summary>
    internal BindRule SetReuseUnicastPortAs(bool isOn)
    {
        using (_core.Enter())
        {
            if (_isClosed) return BindRule.BadHandle;
            BindRule rule = _core.Engine.SetReuseUnicastPort(_binding, isOn);
            if (rule == BindRule.Granted && !isOn && _wantsPortScalability) _core.Engine.SetSharing(_binding, Sharing.UnicastPort, true);
            return rule;
        }
    }

    /// <summary>SO_PORT_SCALABILITY: what it shares, SO_REUSE_UNICASTPORT shares as well. BadHandle, or as the engine says.</summary>
    internal BindRule SetPortScalabilityAs(bool isOn)
    {
        using (_core.Enter())
        {
            if (_isClosed) return BindRule.BadHandle;
            BindRule rule = _core.Engine.SetSharing(_binding, Sharing.UnicastPort, isOn || _binding.BindAddressNoPort);
            if (rule == BindRule.Granted) _wantsPortScalability = isOn;
            return rule;
        }
    }

    /// <summary>Whether SO_PORT_SCALABILITY is set.</summary>
    internal bool WantsPortScalability
    {
        get
        {
            using (_core.Enter()) return _wantsPortScalability;
        }
    }

    /// <summary>Whether SO_REUSE_UNICASTPORT is set.</summary>
    internal bool ReusesUnicastPort
    {
        get
        {
            using (_core.Enter()) return _binding.BindAddressNoPort && (_binding.Sharing & Sharing.UnicastPort) != 0;
        }
    }

    /// <summary>SO_RANDOMIZE_PORT. BadHandle, or as the engine says.</summary>
    internal BindRule SetRandomizePortAs(bool isOn)
    {
        using (_core.Enter()) return _isClosed ? BindRule.BadHandle : _core.Engine.SetRandomizePort(_binding, isOn);
    }

    /// <summary>The interface where a group is joined that no route leads to: the first that is up and has an IPv4 address, the loopback last; 0 for none.</summary>
    internal uint UsualGroupDevice()
    {
        using (_core.Enter())
        {
            if (_core.Host is not { } host) return 0;
            uint last = 0;
            foreach (Ip.InterfaceEntry entry in host.Interfaces.Entries)
            {
                if (!entry.IsUp || entry.V4Addresses.Count == 0) continue;
                if (!entry.IsLoopback) return entry.Index;
                last = entry.Index;
            }

            return last;
        }
    }

    /// <summary>Whether a sharing option is set.</summary>
    internal bool HasSharing(Sharing option)
    {
        using (_core.Enter()) return (_binding.Sharing & option) != 0;
    }

    /// <summary>
    /// Connects as Windows does: an attempt that has failed is forgotten and another begins, one that has succeeded is AlreadyConnected,
    /// and a call that waits does so for as long as the attempt takes, be SO_SNDTIMEO what it may.
    /// </summary>
    internal TransferResult ConnectAnew(in InetEndpoint remote, bool waits)
    {
        using (_core.Enter())
        {
            if (_isClosed) return TransferResult.Failed(Errno.EBADF);
            if (_stream is { Phase: StreamPhase.Connecting } stream)
            {
                if (!stream.HasConnectEnded) return TransferResult.Failed(Errno.EALREADY);
                if (stream.FinishConnect().IsDone) return TransferResult.Refused(BindRule.AlreadyConnected);
            }
        }

        TransferResult result = ConnectOrWait(remote, waits, out _);
        while (waits && IsUnderWay(result)) result = ConnectOrWait(remote, waits, out _);
        return result;
    }

    /// <summary>Tells how an attempt to connect ended, and has the socket ready for another where it failed; EALREADY while it goes on.</summary>
    internal TransferResult FinishConnectAs()
    {
        using (_core.Enter())
        {
            if (_isClosed) return TransferResult.Failed(Errno.EBADF);
            if (_stream is not { Phase: StreamPhase.Connecting } stream) return default;
            return stream.HasConnectEnded ? stream.FinishConnect() : TransferResult.Failed(Errno.EALREADY);
        }
    }

    /// <summary>Ends an attempt to connect that goes on; the socket may try again.</summary>
    internal void GiveUpConnecting()
    {
        using (_core.Enter())
        {
            if (!_isClosed && _stream is { Phase: StreamPhase.Connecting } stream) stream.Disconnect();
        }
    }

    /// <summary>Gives back the address and port of a stream that has no connection: it is as one that was never bound.</summary>
    internal void UnbindAs()
    {
        using (_core.Enter())
        {
            if (_isClosed || !_binding.IsUnconnected || _stream is { Phase: not StreamPhase.Unconnected }) return;
            _binding.IsAddressLocked = _binding.IsPortLocked = false;
            _core.Engine.Undo(_binding);
            _binding.StalePort = 0;
        }
    }

    /// <summary>Sends, and keeps a wait that was over (ETIMEDOUT) apart from a call that does not wait (EAGAIN).</summary>
    internal TransferResult SendOrTimeOut(ReadOnlySpan<byte> octets, SocketFlags flags, in InetEndpoint? destination) =>
        SendOrWait(octets, destination, flags);

    /// <summary>Receives, and keeps a wait that was over (ETIMEDOUT) apart from a call that does not wait (EAGAIN).</summary>
    internal TransferResult ReceiveOrTimeOut(Span<byte> octets, SocketFlags flags, out DatagramInfo info) =>
        ReceiveOrWait(octets, flags, out info);

    /// <summary>Accepts, for as long as it takes: SO_RCVTIMEO is for receiving alone.</summary>
    internal TransferResult AcceptHowever(out NetworkSocket? accepted)
    {
        TransferResult result = AcceptOrWait(out accepted);
        while (Blocking && result is { Errno: Errno.ETIMEDOUT, IsOfWait: true }) result = AcceptOrWait(out accepted);
        return result;
    }

    /// <summary>Ends one direction or both; of a datagram socket without a peer, too.</summary>
    /// <returns>Granted, NotConnected (a stream), InvalidOption (another how), BadHandle.</returns>
    internal BindRule ShutDownAs(SocketShutdown how)
    {
        using (_core.Enter())
        {
            if (_isClosed) return BindRule.BadHandle;
            if (how is < SocketShutdown.Receive or > SocketShutdown.Both) return BindRule.InvalidOption;
            BindRule rule = BindRule.Granted;
            if (_binding.IsStream) rule = Stream.ShutDown(how);
            else Channel.ShutDown(how);
            _binding.WasShutDown |= rule == BindRule.Granted;
            return rule;
        }
    }

    /// <summary>Makes the socket a listener, or changes its backlog; a closed socket is a bad handle.</summary>
    internal BindRule ListenAs(int backlog)
    {
        using (_core.Enter())
        {
            if (_isClosed) return BindRule.BadHandle;
            if (_stream is { Phase: not StreamPhase.Unconnected }) return BindRule.AlreadyBound;
            BindRule rule = _core.Engine.Listen(_binding).Rule;
            if (rule == BindRule.Granted) Stream.Listen(backlog);
            return rule;
        }
    }

    /// <summary>The stack's time. Any thread.</summary>
    internal Timestamp TimeNow()
    {
        using (_core.Enter()) return _core.Now;
    }

    /// <summary>Waits until something happens to one of several sockets of one stack, or for a time.</summary>
    /// <param name="sockets">The sockets.</param>
    /// <param name="isEnough">Looked at first, with the gate held: true when there is nothing to wait for.</param>
    /// <param name="timeout">How long; InfiniteTimeSpan for ever.</param>
    /// <returns>False when the time was over, or the wait was ended from outside.</returns>
    internal static bool WaitForNews(IReadOnlyList<NetworkSocket> sockets, Func<bool> isEnough, TimeSpan timeout)
    {
        StackCore core = sockets[0]._core;
        SelectOperation operation;
        using (core.Enter())
        {
            if (core.IsDisposed) return false;
            if (isEnough() || timeout == TimeSpan.Zero) return true;
            sockets[0].EnsureMayBlock();
            operation = new SelectOperation(core);
            operation.Begin();
            foreach (NetworkSocket socket in sockets)
            {
                if (socket._isClosed) continue;
                operation.Add(socket.Common.Pollers, SelectMode.SelectRead);
                operation.Add(socket.Common.Pollers, SelectMode.SelectWrite);
                operation.Add(socket.Common.Pollers, SelectMode.SelectError);
            }

            if (timeout != Timeout.InfiniteTimeSpan) operation.ExpireIn(timeout);
        }

        try
        {
            operation.WaitHere();
        }
        finally
        {
            using (core.Enter()) operation.Leave();
        }

        return operation.Result.IsDone;
    }

    /// <summary>As <see cref="FactsNow"/>. Gate held.</summary>
    internal SocketFacts FactsInside()
    {
        if (_isClosed) return new SocketFacts { IsClosed = true };
        return _binding.IsStream ? FactsOfStream() : FactsOfDatagrams();
    }

    // Bound, and its port left to connect.
    private bool IsBoundSomehow => IsBoundNow || (_wasNamed && _binding.BindAddressNoPort);

    private SocketFacts FactsOfDatagrams()
    {
        DatagramChannel datagrams = Channel;
        return new SocketFacts
        {
            IsBound = IsBoundSomehow,
            HasPeer = !_binding.IsUnconnected,
            IsSendShut = datagrams.IsSendShut,
            IsReceiveShut = datagrams.IsReceiveShut,
            CanRead = datagrams.IsReady(SelectMode.SelectRead),
            CanWrite = datagrams.IsReady(SelectMode.SelectWrite),
            HasError = datagrams.Error != Errno.Success,
        };
    }

    private SocketFacts FactsOfStream()
    {
        if (_stream is { Phase: StreamPhase.Connecting, HasConnectEnded: true, IsOver: false } begun) begun.FinishConnect();
        if (_stream is not { } stream) return new SocketFacts { IsBound = IsBoundSomehow };
        bool hasFailed = stream is { Phase: StreamPhase.Connecting, HasConnectEnded: true };
        bool hasConnection = stream.Phase == StreamPhase.Connected;
        return new SocketFacts
        {
            IsBound = IsBoundSomehow,
            IsListening = _binding.State == TcpState.Listen,
            IsConnecting = stream is { Phase: StreamPhase.Connecting, HasConnectEnded: false },
            HasConnectFailed = hasFailed,
            HasPeer = hasConnection,
            IsSendShut = stream.IsSendShut,
            IsReceiveShut = stream.IsReceiveShut,
            Failure = stream.Failure,
            CanRead = stream.Listener is not null ? stream.IsReady(SelectMode.SelectRead) : hasConnection && stream.IsReadable,
            CanWrite = hasConnection && stream.IsReady(SelectMode.SelectWrite),
            HasUrgent = hasConnection && stream.HasUrgent,
            HasError = stream.Error != Errno.Success,
            HasHungUp = hasConnection && (stream.HasHungUp || stream.HasReadHungUp),
            Lingers = stream.Lingers,
        };
    }
}
