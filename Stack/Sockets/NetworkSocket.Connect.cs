using System.Net;
using System.Net.Sockets;
using UserNet.Addressing;
using UserNet.Binding;
using UserNet.Errors;

namespace UserNet.Sockets;

// Giving a socket a peer.
public sealed partial class NetworkSocket
{
    /// <summary>
    /// Gives a datagram socket a peer, or connects a stream and waits until the peer has answered; a wildcard address becomes the one
    /// that the route to the peer gives.
    /// </summary>
    /// <remarks>
    /// An unbound datagram socket is bound on the way, and stays bound when the call is refused; a stream that can't connect is as it was
    /// before, and may try again. <see cref="SendTimeout"/> limits the wait; the attempt goes on after it. Any thread.
    /// </remarks>
    /// <exception cref="ArgumentNullException">The endpoint is null.</exception>
    /// <exception cref="ArgumentException">It is not an IPEndPoint.</exception>
    /// <exception cref="NetworkException">
    /// NetworkUnreachable, HostUnreachable (no route), AccessDenied (a broadcast address without the option, a prohibited route),
    /// InvalidArgument (source and destination do not go together, no scope id; a stream that was shut down while it connected),
    /// AddressFamilyNotSupported (the other family), AddressNotAvailable (a destination that can't be one; of a stream, no port is free
    /// for it, or the connection exists already), WouldBlock (no port is free for a datagram socket), IsConnected (a stream with a
    /// connection, or a listener). Of a stream: ConnectionRefused, TimedOut (the peer does not answer), ConnectionReset, WouldBlock (begun: the
    /// socket does not block, or <see cref="SendTimeout"/> is over), AlreadyInProgress, ConnectionAborted (an attempt ended whose error was
    /// told before), Interrupted (closed meanwhile).
    /// </exception>
    /// <exception cref="InvalidOperationException">It would have to wait in a continuation that the stack runs inline.</exception>
    /// <exception cref="ObjectDisposedException">The socket is closed.</exception>
    /// <exception cref="InvalidOperationException">The socket listens, or was disconnected or shut down.</exception>
    public void Connect(EndPoint remoteEP)
    {
        ThrowIfClosed();
        ArgumentNullException.ThrowIfNull(remoteEP);
        if (WasDisconnected) throw new InvalidOperationException("The socket was disconnected: it can connect asynchronously, or another can.");
        if (_remembered is { WasMadeListener: true }) throw new InvalidOperationException("The socket listens; another can connect.");
        EnsureUnconnected();
        EnsureMayConnectAgain();
        if (remoteEP is DnsEndPoint named)
        {
            Connect(named.Host, named.Port);
            return;
        }

        if (_remembered is { LastConnectFailed: true } && !IsWindows) BeginAnew();
        InetEndpoint remote = EndpointOf(remoteEP);
        if (_remembered is { IsHandleDisconnected: true } && !IsWindows) RefuseOnce();
        Connect(remote);
    }

    // As .NET has it: once Disconnect was called in vain, the next connect fails, and the one after it begins anew.
    private void RefuseOnce()
    {
        using (_core.Enter())
        {
            _connectsMeanwhile |= !Blocking;
            Memory.LastConnectFailed = true;
        }

        throw Remember(new NetworkException(BindRule.AlreadyConnected, "connect: the socket was to be disconnected.", Personality));
    }

    /// <inheritdoc cref="Connect(EndPoint)"/>
    public void Connect(in InetEndpoint remote)
    {
        TransferResult result = ConnectOrWait(remote, waits: Blocking, out BindOutcome outcome);
        NoteConnect(result);
        if (!outcome.IsGranted) throw Refused(outcome, BindCall.Connect, remote);

        // .NET's own sockets say WouldBlock where Linux says that the attempt has begun.
        if (result.Errno == Errno.EINPROGRESS) result = TransferResult.Failed(Errno.EAGAIN);
        Done(result, "connect");
    }

    /// <summary>
    /// Gives a datagram socket a peer, or begins to connect a stream; never waits, and says which rule or error decided.
    /// </summary>
    /// <returns>
    /// Done; or of a stream EINPROGRESS when the attempt has begun: <see cref="Poll(int, SelectMode)"/> by SelectWrite tells when it has
    /// ended, and SO_ERROR, or the next call, how. EALREADY while it goes on. The rest as the errors of <see cref="Connect(EndPoint)"/>.
    /// </returns>
    /// <exception cref="ObjectDisposedException">The socket is closed.</exception>
    public TransferResult TryConnect(in InetEndpoint remote)
    {
        TransferResult result = ConnectOrWait(remote, waits: false, out _);
        ObjectDisposedException.ThrowIf(result.Errno == Errno.EBADF, this);
        NoteConnect(result);
        return result;
    }

    /// <summary>Gives a datagram socket a peer, or connects a stream, and waits for the peer's answer.</summary>
    /// <param name="remoteEP">The peer.</param>
    /// <param name="cancellationToken">Ends the wait and the attempt; the socket may try again.</param>
    /// <exception cref="OperationCanceledException">The token was cancelled first.</exception>
    /// <inheritdoc cref="Connect(EndPoint)"/>
    public ValueTask ConnectAsync(EndPoint remoteEP, CancellationToken cancellationToken = default) =>
        ConnectAsync(EndpointOf(remoteEP), cancellationToken);

    /// <inheritdoc cref="ConnectAsync(EndPoint, CancellationToken)"/>
    public ValueTask ConnectAsync(InetEndpoint remote, CancellationToken cancellationToken = default)
    {
        if (cancellationToken.IsCancellationRequested) return ValueTask.FromCanceled(cancellationToken);
        ConnectOperation? operation = null;
        TransferResult result;
        BindOutcome outcome;
        using (_core.Enter())
        {
            result = BeginConnect(remote, out outcome);
            if (IsUnderWay(result)) operation = Await(isOfThread: false, default);
            if (result.IsDone) NoteConnected();
        }

        if (operation is not null)
        {
            operation.CancelBy(cancellationToken);
            return new ValueTask(operation, operation.Version);
        }

        ObjectDisposedException.ThrowIf(result.Errno == Errno.EBADF, this);
        if (result.IsDone) return default;
        return ValueTask.FromException(
            outcome.IsGranted ? Remember(Failure(result, "connect")) : Refused(outcome, BindCall.Connect, remote));
    }

    private void NoteConnect(in TransferResult result)
    {
        using (_core.Enter())
        {
            bool hasFailed = !result.IsDone && !IsUnderWay(result);
            if (hasFailed || _remembered is not null) Memory.LastConnectFailed = hasFailed;
            if (result.IsDone) NoteConnected();
            // .NET looks later how a call ended that did not wait, and takes what can be written for connected, be it refused.
            _connectsMeanwhile = !result.IsDone && (_connectsMeanwhile || result.Errno == Errno.EINPROGRESS || (!Blocking && _addsForUnix));
        }
    }

    private static bool IsUnderWay(in TransferResult result) => result.Errno is Errno.EINPROGRESS or Errno.EALREADY;

    private TransferResult ConnectOrWait(in InetEndpoint remote, bool waits, out BindOutcome outcome)
    {
        TransferResult begun;
        ConnectOperation operation;
        using (_core.Enter())
        {
            begun = BeginConnect(remote, out outcome);
            if (!waits || !IsUnderWay(begun)) return begun;
            EnsureMayBlock();
            operation = Await(isOfThread: true, Stream.SendTimeout);
        }

        operation.WaitHere();
        return operation.Result.Errno == Errno.EAGAIN ? begun : operation.Result;
    }

    /// <summary>Gate held.</summary>
    private TransferResult BeginConnect(in InetEndpoint remote, out BindOutcome outcome)
    {
        outcome = BindRule.Granted;
        if (_isClosed) return TransferResult.Failed(Errno.EBADF);
        if (_binding.IsStream)
        {
            bool isListening = _binding.State == System.Net.NetworkInformation.TcpState.Listen;
            if (isListening && _core.Tcp is { Settings.IsFreeBsd: true }) return TransferResult.Failed(Errno.EOPNOTSUPP);
            if (isListening) outcome = BindRule.AlreadyConnected;
            return outcome.IsGranted ? Stream.Connect(remote, out outcome) : TransferResult.Refused(outcome.Rule);
        }

        outcome = _core.Engine.ConnectDatagram(_binding, remote);
        _wasNamed |= outcome.IsGranted;
        return outcome.IsGranted ? default : TransferResult.Refused(outcome.Rule);
    }

    /// <summary>Has a call wait until the attempt has ended. Gate held.</summary>
    private ConnectOperation Await(bool isOfThread, TimeSpan timeout)
    {
        var operation = new ConnectOperation(_core, this, Stream);
        operation.Begin(isOfThread);
        operation.WaitIn(Stream.Senders);
        operation.ExpireIn(timeout);
        if (_core.IsDisposed) _core.Waiting.AbandonAll();
        else Stream.Pump();
        return operation;
    }
}
