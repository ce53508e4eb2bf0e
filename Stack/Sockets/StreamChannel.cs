using System.Net.NetworkInformation;
using System.Net.Sockets;
using UserNet.Addressing;
using UserNet.Binding;
using UserNet.Core;
using UserNet.Errors;
using UserNet.Tcp;

namespace UserNet.Sockets;

/// <summary>
/// What a stream socket has once it listens or connects: its connection or its queue of them, who waits for it, and its options.
/// </summary>
/// <remarks>Gate held.</remarks>
internal sealed partial class StreamChannel(SocketBinding binding, StackCore core) : SocketChannel(core), ITcpUser
{
    private Errno _error;      // one that no connection has: it is gone, or there never was one

    /// <summary>The connection, which may be over; null before connect, and of a listener.</summary>
    public Tcb? Connection { get; private set; }

    /// <summary>The connections that wait to be accepted; null unless the socket listens.</summary>
    public ListenQueue? Listener { get; private set; }

    /// <summary>How far the socket has come.</summary>
    public StreamPhase Phase { get; private set; }

    /// <summary>What broke the connection, for good: other than <see cref="Error"/> it stays.</summary>
    public Errno Failure { get; private set; }

    /// <summary>True when receiving was shut down.</summary>
    public bool IsReceiveShut { get; private set; }

    /// <summary>True when sending was shut down.</summary>
    public bool IsSendShut { get; private set; }

    /// <inheritdoc/>
    public override Errno Error => _error != Errno.Success ? _error : Connection?.Error ?? Errno.Success;

    /// <inheritdoc/>
    public override int Available => Connection?.Received.Count ?? 0;

    /// <inheritdoc/>
    public override int AvailableToMark => Connection?.ReadableToMark ?? 0;

    /// <summary>True when nothing more comes once all is read.</summary>
    public bool IsReadEnded => IsReceiveShut || Connection is { IsReadEnded: true } || IsOver;

    /// <summary>True when the socket had a connection and has none any more; one in TIME-WAIT is none to its socket.</summary>
    public bool IsOver => Connection is { } tcb && (tcb.IsGone || tcb.State == TcpState.TimeWait);

    /// <summary>True while the handshake is under way, and has to be over before anything is written.</summary>
    public bool IsOpening => Connection is
    {
        IsGone: false, IsConnectDeferred: false, IsFastOpened: false, State: TcpState.SynSent or TcpState.SynReceived,
    };

    /// <inheritdoc/>
    public override Errno TakeError()
    {
        if (_error == Errno.Success) return Connection?.TakeError() ?? Errno.Success;
        Errno error = _error;
        _error = Errno.Success;
        return error;
    }

    /// <summary>Takes the pending error, or where there is none what was reported and not believed: SO_ERROR of Linux.</summary>
    public Errno TakeErrorOrReport()
    {
        Errno error = TakeError();
        return error != Errno.Success ? error : Connection?.TakeSoftError() ?? Errno.Success;
    }

    /// <summary>Takes over a connection that a listener had, with the listener's options.</summary>
    public void Adopt(Tcb connection, StreamChannel listener)
    {
        Connection = connection;
        Phase = StreamPhase.Connected;
        Options = connection.Options;
        (IsReceiveShut, IsSendShut) = (listener.IsReceiveShut, listener.IsSendShut);
        if (IsReceiveShut) connection.ShutdownReceive();
        _extras = listener._extras?.ForChild();
        if (_extras is not null) FollowStamps();
        connection.GiveTo(this);
    }

    /// <summary>Begins to connect, or says how the connect that was begun stands: connect of a socket that does not block.</summary>
    /// <returns>
    /// Done when connected; EINPROGRESS (begun), EALREADY (still at it), EISCONN, EINVAL (shut down meanwhile), what the connect that was
    /// begun failed with, once, ECONNABORTED when that was told already; or the rule that refused.
    /// </returns>
    public TransferResult Connect(in InetEndpoint remote, out BindOutcome outcome)
    {
        outcome = BindRule.Granted;
        switch (Phase)
        {
            case StreamPhase.Unconnected:
                ForgetSegmentLimit();
                outcome = Core.Connect(binding, remote, Options, out Tcb? connection);
                return Begin(connection, outcome);
            case StreamPhase.Connecting when Connection is { IsConnectDeferred: true }:
                outcome = BindRule.AlreadyConnected;
                return TransferResult.Refused(outcome.Rule);
            case StreamPhase.Connecting when IsOpening:
                return TransferResult.Failed(Errno.EALREADY);
            case StreamPhase.Connecting when !Settings.IsFreeBsd || IsOver:
                return FinishConnect();
            case StreamPhase.Connecting:
                _ = FinishConnect();      // FreeBSD has told of it already, by poll and the like
                goto case StreamPhase.Connected;
            case StreamPhase.Connected:
                outcome = BindRule.AlreadyConnected;
                return TransferResult.Refused(outcome.Rule);
            default:
                return TransferResult.Failed(Errno.EINVAL);
        }
    }

    /// <summary>Begins to connect with octets that go along, if the peer is known to take them: sendto with MSG_FASTOPEN.</summary>
    /// <returns>How many octets went along; EOPNOTSUPP (the settings have no Fast Open for callers); or as Connect.</returns>
    public TransferResult ConnectWithData(in InetEndpoint remote, ReadOnlySpan<byte> octets, out BindOutcome outcome)
    {
        outcome = BindRule.Granted;
        if (!Settings.FastOpen.HasFlag(TcpFastOpenModes.Client) && !Settings.IsFreeBsd) return TransferResult.Failed(Errno.EOPNOTSUPP);
        if (Phase != StreamPhase.Unconnected || Listener is not null) return Connect(remote, out outcome);
        ForgetSegmentLimit();
        outcome = Core.ConnectWithData(binding, remote, Options, octets, out Tcb? connection, out int taken);
        TransferResult begun = Begin(connection, outcome);
        return taken > 0 ? new TransferResult(taken) : begun;
    }

    /// <summary>Tells how a connect ended that is over; one that failed is undone, so that the socket may connect again.</summary>
    public TransferResult FinishConnect()
    {
        if (!IsOver)
        {
            Phase = StreamPhase.Connected;
            return default;
        }

        Errno error = TakeError();
        Disconnect();
        return TransferResult.Failed(error == Errno.Success ? Errno.ECONNABORTED : error);
    }

    // To FreeBSD the MSS of a connection follows from its path and its peer, whatever TCP_MAXSEG said before.
    private void ForgetSegmentLimit()
    {
        if (Settings.IsFreeBsd && Options.MaxSegment != 0) Options = Options with { MaxSegment = 0 };
    }

    /// <summary>True when a connect that was begun has ended one way or the other.</summary>
    public bool HasConnectEnded => !IsOpening;

    /// <summary>Makes the socket a listener, or changes its backlog. The bind table has granted it.</summary>
    public void Listen(int backlog)
    {
        if (Core.Tcp is not { } context) return;
        if (Listener is null)
        {
            ForgetSegmentLimit();
            Listener = new ListenQueue(context, binding, Options) { EndsSending = IsSendShut };
            Listener.GiveTo(this);
        }

        Listener.Backlog = (int)Math.Min((uint)backlog, (uint)context.Settings.MaxBacklog);
    }

    /// <summary>Takes the oldest connection that waits.</summary>
    /// <returns>Done, EINVAL (no listener), EAGAIN (none waits), ECONNABORTED (FreeBSD: it was reset meanwhile).</returns>
    public TransferResult Accept(out Tcb? connection)
    {
        connection = null;
        if (Listener is null) return TransferResult.Failed(Errno.EINVAL);
        connection = Listener.TryAccept();
        if (connection is { IsGone: true } && Settings.IsFreeBsd)
        {
            connection = null;
            return TransferResult.Failed(Errno.ECONNABORTED);      // FreeBSD gives out no connection that has ended
        }

        return connection is not null ? default : TransferResult.Failed(Errno.EAGAIN);
    }

    /// <summary>
    /// Gives up the connection, by force, or the queue; the socket may connect or listen again. As connect with AF_UNSPEC. A connection in
    /// TIME-WAIT stays for its time.
    /// </summary>
    public void Disconnect()
    {
        if (Listener is { } queue)
        {
            Listener = null;
            queue.Close(Core.Now);
            Core.Engine.Disconnect(binding);
        }
        else if (Connection is { } tcb)
        {
            bool isOpen = !tcb.IsGone && tcb.Binding == binding;
            Errno error = TakeError();
            if (!Settings.IsFreeBsd) Extras.LastInfo = tcb.Snapshot(Core.Now);
            Connection = null;
            if (isOpen) tcb.Disown(Core.Now);
            else tcb.Close(Core.Now);      // it is gone, or goes on in TIME-WAIT
            if (isOpen || !WasBoundSince) Core.Engine.Undo(binding);
            _error = isOpen ? Errno.ECONNRESET : error;
        }
        else
        {
            Core.Engine.Disconnect(binding);
        }

        Phase = StreamPhase.Unconnected;
        IsReceiveShut = IsSendShut = false;
        Failure = Errno.Success;
        ServeAll();
    }

    /// <summary>TCP_INFO of the connection that was given up, of which Linux keeps some; null for none.</summary>
    public TcpInfo? LastInfo => ExtrasOrNone?.LastInfo;

    /// <summary>True when the socket was given a port after its connection had ended, which the end of the connection does not take.</summary>
    private bool WasBoundSince => Core.Engine.Table.Personality.Sharing == SharingModel.Linux && binding is { IsHeld: true, IsPortLocked: false, IsUnconnected: true };

    /// <summary>Ends one direction or both.</summary>
    /// <returns>Granted, NotConnected.</returns>
    public BindRule ShutDown(SocketShutdown how)
    {
        bool goesOn = Settings.IsFreeBsd && IsOpening;      // its FIN follows the handshake
        if (Phase == StreamPhase.Connecting && !goesOn) Phase = HasConnectEnded && !IsOver ? StreamPhase.Connected : StreamPhase.Disconnecting;
        if (Listener is not null)
        {
            if (how != SocketShutdown.Send) Disconnect();
            return Settings.IsFreeBsd ? BindRule.NotConnected : BindRule.Granted;
        }

        if (Connection is { IsGone: false, State: TcpState.SynSent } && !Settings.IsFreeBsd)
        {
            Disconnect();
            return BindRule.Granted;
        }

        bool isUnconnected = Connection is null || IsOver;
        IsReceiveShut |= how != SocketShutdown.Send;
        IsSendShut |= how != SocketShutdown.Receive;
        if (how != SocketShutdown.Send) Connection?.ShutdownReceive();
        if (how != SocketShutdown.Receive) Connection?.ShutdownSend();
        ServeAll();
        return isUnconnected ? BindRule.NotConnected : BindRule.Granted;
    }

    /// <summary>True when close has to wait, since SO_LINGER says so and not all is acknowledged.</summary>
    public bool Lingers =>
        Options.Linger > TimeSpan.Zero && Connection is { IsGone: false, Received.Count: 0, IsSynchronized: true } && !IsSentOff;

    /// <summary>True when the peer has acknowledged all that was sent, the end included, or never will.</summary>
    public bool IsSentOff => Connection is not { IsGone: false, State: not (TcpState.TimeWait or TcpState.FinWait2) };

    /// <summary>The socket goes; its connection lives on as long as it has to, and holds the port meanwhile.</summary>
    public override void Close()
    {
        base.Close();
        Listener?.Close(Core.Now);
        Listener = null;
        if (Connection is { } tcb)
        {
            bool isParted = tcb.Binding != binding;      // in TIME-WAIT: it has a place of its own in the table
            bool isLeft = !tcb.IsGone && !isParted;
            if (isLeft) binding.Owner = tcb;
            tcb.Close(Core.Now);
            if (isLeft) return;      // it gives the port back itself, now or later
        }

        BindEngine.Close(binding);
    }

    /// <summary>Ends the connection by a reset, as close with SO_LINGER of 0 does; the socket stays.</summary>
    public void Abort()
    {
        if (Connection is not { IsGone: false } tcb) return;
        IsReceiveShut = IsSendShut = true;
        tcb.Abort(Core.Now);
        ServeAll();
    }

    /// <inheritdoc/>
    public override void Serve()
    {
        while (HasReceivers && Receivers.First is IStreamOperation operation && operation.Progress(this))
        {
        }
    }

    /// <inheritdoc/>
    public override void Pump()
    {
        while (Turn is null && HasSenders && Senders.First is IStreamOperation operation && operation.Progress(this))
        {
        }
    }

    /// <inheritdoc/>
    void ITcpUser.OnNews(TcpNews news)
    {
        if ((news & TcpNews.Failed) != 0) Failure = Connection?.Error ?? Failure;
        // Shut before it was connected: as in Linux, that holds for a connection whose SYNs crossed, and for no other.
        if ((news & TcpNews.Connected) != 0 && IsSendShut && Connection is { State: TcpState.SynReceived } crossed) crossed.ShutdownSend();
        const TcpNews ToRead = TcpNews.Readable | TcpNews.Failed | TcpNews.Closed;
        const TcpNews ToWrite = TcpNews.Writable | TcpNews.Connected | TcpNews.Failed | TcpNews.Closed | TcpNews.SentOff;
        if (IsTooLittle) news &= ~TcpNews.Readable;
        if ((news & ToRead) != 0 && HasReceivers) Serve();
        if ((news & ToWrite) != 0 && HasSenders) Pump();
        if (IsWatched && news != TcpNews.None) NotifyPollers(EventsOf(news));
    }

    /// <summary>To Linux less than SO_RCVLOWAT is no news to who waits, though it asked for less (tcp_data_ready).</summary>
    private bool IsTooLittle => ReceiveLowWater > 1 && Listener is null && !IsReadEnded && Available < ReceiveLowWater && !Settings.IsFreeBsd;

    /// <summary>What observers are told of; of a change of state it may be anything.</summary>
    private static int EventsOf(TcpNews news)
    {
        const TcpNews States = TcpNews.Connected | TcpNews.Failed | TcpNews.Closed | TcpNews.Ended | TcpNews.SentOff;
        if ((news & States) != 0) return 0;
        return ((news & (TcpNews.Readable | TcpNews.Urgent)) != 0 ? ChannelEvents.Input : 0)
            | ((news & TcpNews.Writable) != 0 ? ChannelEvents.Output : 0);
    }

    /// <inheritdoc/>
    void ITcpUser.OnLeaving() => (binding.Owner as NetworkSocket)?.KeepPeer();

    private void ServeAll()
    {
        Serve();
        Pump();
        NotifyPollers();
    }

    private TransferResult Begin(Tcb? connection, in BindOutcome outcome)
    {
        if (!outcome.IsGranted) return TransferResult.Refused(outcome.Rule);
        Connection = connection;
        Failure = _error = Errno.Success;
        connection!.GiveTo(this);
        if (_extras is not null) FollowStamps();
        if (_isInteractive) connection.SetQuickAck(0);
        Phase = StreamPhase.Connecting;
        // With a cookie at hand the first write is what connects, and there is nothing to wait for before it: tcp(7), TCP_FASTOPEN_CONNECT.
        return connection.IsConnectDeferred ? default : TransferResult.Failed(Errno.EINPROGRESS);
    }
}
