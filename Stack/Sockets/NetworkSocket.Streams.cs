using System.Net.Sockets;
using UserNet.Binding;
using UserNet.Core;
using UserNet.Errors;
using UserNet.Tcp;
using UserNet.Udp;

namespace UserNet.Sockets;

// What a stream has that datagrams do not: connections to accept, an order of those who send, an end that is waited for.
public sealed partial class NetworkSocket : ITcpEndpoint
{
    private const SocketFlags KnownFlags = SocketFlags.OutOfBand | SocketFlags.Peek | SocketFlags.DontRoute | SocketFlags.Truncated
        | SocketFlags.ControlDataTruncated | StreamFlags.More | StreamFlags.WaitAll | StreamFlags.DontWait | StreamFlags.FastOpen
        | StreamFlags.ZeroCopy | StreamFlags.EndOfRecord;

    private uint _deviceOfPeer;
    private StreamChannel? _stream;      // made when first needed, as the datagrams' is

    /// <summary>A connection's socket, as its listener hands it out. Gate held.</summary>
    private NetworkSocket(NetworkSocket listener, Tcb connection)
    {
        _core = listener._core;
        _caller = listener._caller;
        _binding = connection.Binding;
        _binding.Owner = this;
        _blocks = listener.Blocking;
        Stream.Adopt(connection, listener.Stream);
        if (listener._kept is { } kept) _kept = new KeptOptions(kept);
        _wasNamed = true;
        if (IsLinux) TakeHopsOfPeer(connection);
        _addsForUnix = listener._addsForUnix;
        _wasAccepted = _isConnected = true;
        if (listener._remembered is { Local: { } shown } && !IsWildcard(shown)) Memory.Local = shown;
    }

    /// <summary>Linux has what is sent to groups go where the handshake came from, and as far. Gate held.</summary>
    private void TakeHopsOfPeer(Tcb connection)
    {
        byte hops = connection.HopLimitOfPeer == 0 ? DatagramChannel.DefaultTimeToLive : connection.HopLimitOfPeer;
        if (_binding.RemoteAddress.IsV4OrMapped) _multicastTimeToLive = hops;
        if (!_binding.IsV6) return;
        _multicastHops = hops;
        _deviceOfPeer = connection.DeviceOfPeer;
    }

    /// <summary>What a stream has beside its place in the bind table. Gate held.</summary>
    internal StreamChannel Stream => _stream ??= new StreamChannel(_binding, _core);

    internal StackCore Core => _core;

    /// <summary>True when a stream connects, is connected, or was and has not been told that it is over.</summary>
    internal bool HasBegunToConnect
    {
        get
        {
            using (_core.Enter()) return _stream is { Phase: not StreamPhase.Unconnected };
        }
    }

    /// <summary>Gate held.</summary>
    internal bool IsClosed => _isClosed;

    /// <summary>Breaks a stream's connection by a reset, and leaves the socket open. Gate entered.</summary>
    internal void Abort()
    {
        using (_core.Enter())
        {
            if (!_isClosed) _stream?.Abort();
        }
    }

    Tcb? ITcpEndpoint.Connection => _stream?.Connection;

    ListenQueue? ITcpEndpoint.Listener => _stream?.Listener;

    OldConnection? ITcpEndpoint.Old => _stream?.Connection?.Old;

    /// <summary>Takes the oldest connection that waits, and waits for one if the socket blocks.</summary>
    /// <returns>Its socket, with the listener's options; it blocks if the listener does.</returns>
    /// <exception cref="NetworkException">
    /// InvalidArgument (the socket does not listen, or stops to), WouldBlock (none waits, and the socket does not block), TimedOut (none
    /// came within <see cref="ReceiveTimeout"/>), Interrupted (closed meanwhile), OperationNotSupported (no stream).
    /// </exception>
    /// <exception cref="InvalidOperationException">It would have to wait in a continuation that the stack runs inline.</exception>
    /// <exception cref="ObjectDisposedException">The socket is closed.</exception>
    /// <remarks>Any thread; of several that wait, who came first is served first.</remarks>
    public NetworkSocket Accept()
    {
        ThrowIfClosed();
        if (!_wasNamed) throw new InvalidOperationException("The socket is not bound: call Bind first.");
        if (_remembered is not { WasMadeListener: true }) throw new InvalidOperationException("The socket does not listen: call Listen first.");
        Done(AcceptOrWait(out NetworkSocket? accepted), "accept");
        return accepted!;
    }

    /// <summary>Takes the oldest connection that waits, or answers why not; never waits, never throws.</summary>
    /// <param name="accepted">Its socket, or null.</param>
    /// <returns>Done; or EAGAIN (none waits), EINVAL (the socket does not listen), EOPNOTSUPP (no stream), EBADF (it is closed).</returns>
    /// <remarks>Any thread.</remarks>
    public TransferResult TryAccept(out NetworkSocket? accepted)
    {
        accepted = null;
        using (_core.Enter())
        {
            if (_isClosed) return TransferResult.Failed(Errno.EBADF);
            if (!_binding.IsStream) return TransferResult.Failed(Errno.EOPNOTSUPP);
            // Who waits for a connection came first.
            if (_stream is { HasReceivers: true }) return TransferResult.Failed(Errno.EAGAIN);
            TransferResult result = Stream.Accept(out Tcb? connection);
            if (connection is not null) accepted = SocketOf(connection);
            return result;
        }
    }

    /// <summary>Takes the oldest connection that waits, and waits for one.</summary>
    /// <param name="cancellationToken">Ends the wait: no connection is lost by it.</param>
    /// <exception cref="OperationCanceledException">The token was cancelled first.</exception>
    /// <inheritdoc cref="Accept"/>
    public ValueTask<NetworkSocket> AcceptAsync(CancellationToken cancellationToken = default)
    {
        if (cancellationToken.IsCancellationRequested) return ValueTask.FromCanceled<NetworkSocket>(cancellationToken);
        TransferResult result = TryAccept(out NetworkSocket? accepted);
        ObjectDisposedException.ThrowIf(result.Errno == Errno.EBADF, this);
        if (accepted is not null) return new ValueTask<NetworkSocket>(accepted);
        if (!result.WouldWait) return ValueTask.FromException<NetworkSocket>(Failure(result, "accept"));
        AcceptOperation operation;
        using (_core.Enter()) operation = BeginAccept(isOfThread: false);
        operation.CancelBy(cancellationToken);
        return new ValueTask<NetworkSocket>(operation, operation.Version);
    }

    /// <summary>The socket of a connection that the listener had. Gate held.</summary>
    internal NetworkSocket SocketOf(Tcb connection) => new(this, connection);

    private TransferResult AcceptOrWait(out NetworkSocket? accepted)
    {
        TransferResult result = TryAccept(out accepted);
        if (!result.WouldWait || !Blocking) return result;
        EnsureMayBlock();
        AcceptOperation operation;
        using (_core.Enter())
        {
            operation = BeginAccept(isOfThread: true);
            operation.ExpireIn(Stream.ReceiveTimeout);
        }

        operation.WaitHere();
        accepted = operation.Accepted;
        return operation.Result;
    }

    private AcceptOperation BeginAccept(bool isOfThread)
    {
        var operation = new AcceptOperation(_core, this);
        operation.Begin(isOfThread);
        Enqueue(operation, Stream.Receivers);
        return operation;
    }

    /// <summary>Gives a stream what it takes, and as a rule waits until it has taken all. Outside the gate.</summary>
    /// <returns>How many octets; fewer than all when the socket does not block, or something ends the wait after a part was taken.</returns>
    private TransferResult SendToStream(ReadOnlySpan<byte> octets, SocketFlags flags, int? stamps = null)
    {
        bool waits = Blocking && (flags & StreamFlags.DontWait) == 0;
        int sent = 0;
        SendOperation? turn = null;
        try
        {
            while (true)
            {
                using (_core.Enter())
                {
                    TransferResult result = TryStream(octets[sent..], flags, turn);
                    sent += result.Octets;
                    bool isOver = sent == octets.Length || !waits || result is { IsDone: false, WouldWait: false };
                    if (isOver)
                    {
                        if (sent > 0) Stream.OnCallDone(sent, flags, stamps);
                        return sent > 0 ? new TransferResult(sent) : result;
                    }

                    EnsureMayBlock();
                    WaitForTurn(ref turn, octets.Length - sent);
                }

                turn!.WaitHere();
                if (turn.Result.IsDone) continue;
                using (_core.Enter())
                {
                    if (sent > 0 && !_isClosed) Stream.OnCallDone(sent, flags, stamps);
                }

                return sent > 0 ? new TransferResult(sent) : turn.Result;
            }
        }
        finally
        {
            if (turn is not null) Release(turn);
        }
    }

    /// <summary>Gives what has come of a stream; a caller that may wait gets nothing as long as others wait, or less is there than it wants. Gate held.</summary>
    private TransferResult ReceiveFromStream(Span<byte> octets, SocketFlags flags, bool mayWait, out DatagramInfo info)
    {
        info = default;
        if ((flags & ~KnownFlags) != 0) return TransferResult.Failed(Errno.EOPNOTSUPP);
        if (_stream is not { } stream) return TransferResult.Failed((flags & SocketFlags.OutOfBand) != 0 ? Errno.EINVAL : Errno.ENOTCONN);
        if (_binding.State == System.Net.NetworkInformation.TcpState.Listen) return TransferResult.Failed(Errno.ENOTCONN);
        if ((flags & SocketFlags.OutOfBand) != 0) return stream.ReceiveUrgent(octets, flags);
        // Who waits came first.
        if (stream.HasReceivers) return TransferResult.Failed(Errno.EAGAIN);
        bool isTooLittle = mayWait && !stream.HasReadAll && !stream.HasMarkWithin && stream.Available < stream.TargetOf(octets.Length, flags);
        return isTooLittle ? TransferResult.Failed(Errno.EAGAIN) : stream.Receive(octets, flags);
    }

    /// <summary>Gate held.</summary>
    private TransferResult TryStream(ReadOnlySpan<byte> octets, SocketFlags flags, SendOperation? turn)
    {
        if (_isClosed) return TransferResult.Failed(turn is null ? Errno.EBADF : Errno.EINTR);
        // Who waits for room came first.
        if (turn is null && _stream is { } stream && (stream.HasSenders || stream.Turn is not null))
            return TransferResult.Failed(Errno.EAGAIN);
        return Stream.Send(octets, flags);
    }

    private void WaitForTurn(ref SendOperation? turn, int octets)
    {
        bool isFirst = turn is not null;
        turn ??= TakeSendOperation();
        turn.BeginTurn(octets);
        turn.WaitIn(Stream.Senders, isFirst);
        turn.ExpireIn(Stream.SendTimeout);
        if (_core.IsDisposed) _core.Waiting.AbandonAll();
        Stream.TakeTurn(turn);
        Stream.Pump();
    }

    private void Release(SendOperation turn)
    {
        using (_core.Enter()) _stream?.TakeTurn(turn);
        turn.Collect();
    }

    /// <summary>Gives a stream what it takes, and has the call wait until it has taken all.</summary>
    private ValueTask<int> BeginStreamSend(ReadOnlyMemory<byte> buffer, SocketFlags flags, CancellationToken token)
    {
        ReadOnlySpan<byte> octets = buffer.Span;
        SendOperation? operation = null;
        TransferResult result;
        using (_core.Enter())
        {
            result = TryStream(octets, flags, null);
            bool isAll = result.IsDone ? result.Octets == octets.Length : !result.WouldWait;
            if (!isAll && (flags & StreamFlags.DontWait) == 0)
            {
                operation = TakeSendOperation();
                if (result.IsDone) Stream.GiveTurn(operation);      // nobody gets in between the two parts
            }
        }

        ObjectDisposedException.ThrowIf(result.Errno == Errno.EBADF, this);
        if (operation is null) return result.IsDone ? new ValueTask<int>(result.Octets) : ValueTask.FromException<int>(Failure(result, "send"));
        try
        {
            operation.Begin(buffer, result.Octets, flags);
        }
        catch
        {
            using (_core.Enter()) Stream.TakeTurn(operation);
            throw;
        }

        using (_core.Enter())
        {
            Enqueue(operation, Stream.Senders, isFirst: result.IsDone);
            Stream.TakeTurn(operation);
        }

        operation.CancelBy(token);
        return new ValueTask<int>(operation, operation.Version);
    }

    /// <summary>Has an operation wait; it may end at once. Gate held.</summary>
    internal void Enqueue(SocketOperation operation, OperationList list, bool isFirst = false)
    {
        operation.WaitIn(list, isFirst);
        if (_isClosed) Common.SendAway();
        else if (list == Common.Receivers) Common.Serve();
        else Common.Pump();
        if (_core.IsDisposed) _core.Waiting.AbandonAll();
    }

    /// <summary>Close is not to wait.</summary>
    internal void ForgetLinger()
    {
        using (_core.Enter())
            if (_stream is { Options.Linger.Ticks: > 0 } stream && !_isClosed) stream.Set(stream.Options with { Linger = null });
    }

    /// <summary>Waits as SO_LINGER says, when all is sent that the peer has to acknowledge. Outside the gate.</summary>
    private void Linger()
    {
        if (_stream is null) return;
        LingerOperation operation;
        using (_core.Enter())
        {
            if (_isClosed || _core.IsDisposed || _core.IsDrainedByCurrentThread || !_stream.Lingers) return;
            _stream.ShutDown(SocketShutdown.Both);
            operation = new LingerOperation(_core);
            operation.Begin(isOfThread: true);
            Enqueue(operation, _stream.Senders);
            operation.ExpireIn(_stream.Options.Linger ?? default);
        }

        operation.WaitHere();
    }
}
