using System.Net.Sockets;
using UserNet.Addressing;
using UserNet.Binding;
using UserNet.Core;
using UserNet.Errors;
using UserNet.Time;
using UserNet.Udp;

namespace UserNet.Sockets;

// Calls that wait: for how long, for what, and how one that can't be answered at once is queued.
public sealed partial class NetworkSocket
{
    private bool _blocks = true;
    private ReceiveOperation? _spareReceive;      // used again and again, so that waiting allocates nothing
    private SendOperation? _spareSend;

    /// <summary>
    /// True, as at first, when calls that are not asynchronous wait; false when they are answered WouldBlock instead.
    /// </summary>
    /// <exception cref="ObjectDisposedException">It is set, and the socket is closed.</exception>
    public bool Blocking
    {
        get => _blocks;
        set
        {
            ThrowIfClosed();
            _blocks = value;
        }
    }

    /// <summary>SO_RCVTIMEO: how long a blocked receive waits, milliseconds of the stack's time; 0 for ever.</summary>
    /// <exception cref="ArgumentOutOfRangeException">Less than -1; -1 stands for 0.</exception>
    public int ReceiveTimeout
    {
        get => GetSocketOption(SocketOptionLevel.Socket, SocketOptionName.ReceiveTimeout);
        set => SetTimeout(SocketOptionName.ReceiveTimeout, value);
    }

    /// <summary>SO_SNDTIMEO: how long a blocked send waits, milliseconds of the stack's time; 0 for ever.</summary>
    /// <exception cref="ArgumentOutOfRangeException">Less than -1; -1 stands for 0.</exception>
    public int SendTimeout
    {
        get => GetSocketOption(SocketOptionLevel.Socket, SocketOptionName.SendTimeout);
        set => SetTimeout(SocketOptionName.SendTimeout, value);
    }

    /// <summary>
    /// FIONREAD: octets of the datagram that is received next, 0 where none waits (or an empty one); of a stream, all octets that
    /// have come and are not read.
    /// </summary>
    /// <exception cref="ObjectDisposedException">The socket is closed.</exception>
    public int Available
    {
        get
        {
            using (_core.Enter())
            {
                ObjectDisposedException.ThrowIf(_isClosed, this);
                if (!IsListening) return CommonOrNone?.AvailableToMark ?? 0;
            }

            throw Remember(Failure(TransferResult.Failed(Errno.EINVAL), "get what is available"));
        }
    }

    /// <summary>How many datagrams wait to be received.</summary>
    /// <remarks>Any thread.</remarks>
    public int QueuedDatagrams
    {
        get
        {
            using (_core.Enter()) return _channel?.Queue.Count ?? 0;
        }
    }

    /// <summary>Waits until the socket can be read or written, or has an error to tell.</summary>
    /// <param name="microSeconds">How long, of the stack's time; negative for ever.</param>
    /// <param name="mode">
    /// SelectRead: a receive would not wait, or a connection waits to be accepted. SelectWrite: half of the send buffer is free, of a
    /// stream a third; or an attempt to connect has ended. SelectError: an error is pending, or urgent data is there.
    /// </param>
    /// <returns>
    /// False when the time is over, or when an error came up that was not asked for, as .NET has it on Linux.
    /// </returns>
    /// <exception cref="ObjectDisposedException">The socket is closed.</exception>
    public bool Poll(int microSeconds, SelectMode mode) =>
        PollFor(microSeconds < 0 ? Timeout.InfiniteTimeSpan : TimeSpan.FromMicroseconds(microSeconds), mode);

    /// <inheritdoc cref="Poll(int, SelectMode)"/>
    /// <param name="timeout">How long; InfiniteTimeSpan for ever.</param>
    /// <param name="mode">What to wait for.</param>
    /// <exception cref="ArgumentOutOfRangeException">Another negative time.</exception>
    public bool Poll(TimeSpan timeout, SelectMode mode)
    {
        if (timeout != Timeout.InfiniteTimeSpan) ArgumentOutOfRangeException.ThrowIfLessThan(timeout, TimeSpan.Zero);
        return PollFor(timeout, mode);
    }

    internal void GiveBack(ReceiveOperation operation) => Volatile.Write(ref _spareReceive, operation);

    internal void GiveBack(SendOperation operation) => Volatile.Write(ref _spareSend, operation);

    private ReceiveOperation TakeReceiveOperation() =>
        Interlocked.Exchange(ref _spareReceive, null) ?? new ReceiveOperation(_core, this);

    private SendOperation TakeSendOperation() =>
        Interlocked.Exchange(ref _spareSend, null) ?? new SendOperation(_core, this);

    private bool PollFor(TimeSpan timeout, SelectMode mode)
    {
        ThrowIfClosed();
        if (mode is < SelectMode.SelectRead or > SelectMode.SelectError) return false;
        PollOperation operation;
        using (_core.Enter())
        {
            ObjectDisposedException.ThrowIf(_isClosed, this);
            SocketChannel channel = Common;
            bool isReady = channel.IsReady(mode);
            if (isReady || timeout == TimeSpan.Zero || channel.HasEvent(mode)) return isReady;
            EnsureMayBlock();
            operation = new PollOperation(_core, mode);
            operation.Begin(isOfThread: true);
            operation.WaitIn(channel.Pollers);
            if (_core.IsDisposed) operation.Abandon();
            if (timeout != Timeout.InfiniteTimeSpan) operation.ExpireIn(timeout);
        }

        operation.WaitHere();
        return operation.Result is { IsDone: true, Octets: > 0 };
    }

    private bool IsUdpOfNet => _addsForUnix && _binding.Protocol == ProtocolType.Udp;

    /// <summary>.NET asks the system nothing with flags that it does not know.</summary>
    private bool RefuseFlags(SocketFlags flags) => _addsForUnix && !_isClosed && (flags & ~KnownFlags) != 0;

    /// <summary>Receives a datagram or octets of a stream, and waits for them if the socket blocks.</summary>
    private TransferResult ReceiveOrWait(Span<byte> octets, SocketFlags flags, out DatagramInfo info)
    {
        info = default;
        if (RefuseFlags(flags)) return TransferResult.Failed(Errno.EOPNOTSUPP);
        if (IsUdpOfNet) flags &= ~SocketFlags.OutOfBand;      // which Linux does not look at
        // For an urgent octet nobody waits: a pointer may never be followed by it.
        bool waits = Blocking && (flags & StreamFlags.DontWait) == 0 && !(_binding.IsStream && (flags & SocketFlags.OutOfBand) != 0);
        TransferResult result;
        using (_core.Enter()) result = TryReceive(octets, flags, out info, waits);
        if (!result.WouldWait || !waits) return result;
        EnsureMayBlock();
        ReceiveOperation operation = TakeReceiveOperation();
        operation.Begin(octets.Length, flags);
        using (_core.Enter())
        {
            Enqueue(operation, Common.Receivers);
            operation.ExpireIn(Common.ReceiveTimeout);
        }

        operation.WaitHere();
        result = operation.Collect(octets, out info);
        if (result.IsDone || !operation.HasExpired || !_binding.IsStream) return result;
        // What is there is given when the time is over, though it was too little to wake anybody.
        TransferResult late;
        using (_core.Enter()) late = TryReceive(octets, flags, out info, false);
        return late.IsDone && late.Octets > 0 ? late : result;
    }

    /// <summary>Sends a datagram, or all of it to a stream, and waits for room if the socket blocks.</summary>
    private TransferResult SendOrWait(ReadOnlySpan<byte> octets, in InetEndpoint? destination, SocketFlags flags)
    {
        if (RefuseFlags(flags)) return TransferResult.Failed(Errno.EOPNOTSUPP);
        if (IsUdpOfNet && (destination ?? PeerName) is { Address: { IsV6: true, IsV4Mapped: false } }) flags &= ~SocketFlags.OutOfBand;
        if (_binding.IsStream) return SendConnects(flags, destination) ? SendFast(octets, destination, flags) : SendToStream(octets, flags);
        TransferResult result = TrySend(octets, destination, flags);
        if (!result.WouldWait || !Blocking) return result;
        EnsureMayBlock();
        SendOperation operation = TakeSendOperation();
        operation.Begin(octets, destination, flags);
        using (_core.Enter())
        {
            Submit(operation);
            operation.ExpireIn(Channel.SendTimeout);
        }

        operation.WaitHere();
        return operation.Collect();
    }

    private TransferResult TrySend(ReadOnlySpan<byte> octets, in InetEndpoint? destination, SocketFlags flags)
    {
        using (_core.Enter())
        {
            if (_isClosed) return TransferResult.Failed(Errno.EBADF);
            if (_binding.IsStream && SendConnects(flags, destination)) return BeginFast(octets, destination, out _);
            if (_binding.IsStream) return TryStream(octets, flags, null);
            // Who waits for room came first.
            if (_channel is { HasSenders: true }) return TransferResult.Failed(Errno.EAGAIN);
            return Transmit(octets, destination, flags);
        }
    }

    /// <summary>Queues a send; it may end at once. Gate held.</summary>
    private void Submit(SendOperation operation)
    {
        operation.WaitIn(Channel.Senders);
        if (_isClosed) Channel.SendAway();
        else if (Channel.HasRoom) Channel.Pump();
        if (_core.IsDisposed) _core.Waiting.AbandonAll();
    }

    /// <summary>Who hands out frames and wake-ups would wait for what nobody else hands out.</summary>
    private void EnsureMayBlock() => EnsureMayBlock(_core);

    /// <inheritdoc cref="EnsureMayBlock()"/>
    internal static void EnsureMayBlock(StackCore core)
    {
        if (core.IsDrainedByCurrentThread) throw new InvalidOperationException(
            "A blocking call from a continuation that the stack runs inline would never end: nothing moves until it returns. Await the asynchronous form instead.");
    }

    private void SetTimeout(SocketOptionName name, int value)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(value, -1);
        SetSocketOption(SocketOptionLevel.Socket, name, Math.Max(value, 0));
    }

    /// <summary>What a call throws that failed.</summary>
    internal NetworkException Failure(in TransferResult result, string call)
    {
        // Windows says of a stream that never had a peer that it has none, where Linux says EPIPE.
        bool hadPeer = _isConnected || WasDisconnected || HasBegunToConnect;
        bool isUnconnected = result.Errno == Errno.EPIPE && _binding.IsStream && IsWindows && !hadPeer;
        return FailureOn(_core, isUnconnected ? TransferResult.Failed(Errno.ENOTCONN) : result, call);
    }

    /// <inheritdoc cref="Failure"/>
    internal static NetworkException FailureOn(Core.StackCore core, in TransferResult result, string call)
    {
        Personality personality = core.Engine.Table.Personality;
        // Windows says of a datagram without a destination that there is no peer.
        if (result.Errno == Errno.EDESTADDRREQ && result.Rule == BindRule.Granted && personality.Codes != ErrorCodes.Errno)
            return new NetworkException(Errno.ENOTCONN, $"{call}: {MessageOf(Errno.ENOTCONN)}.", personality);
        return result.Rule != BindRule.Granted
            ? new NetworkException(result.Rule, $"{call}: {result.Rule} ({result.Errno}).", personality)
            : new NetworkException(result.Errno, $"{call}: {MessageOf(result.Errno)} ({result.Errno}).", personality);
    }

    private static string MessageOf(Errno errno) => errno switch
    {
        Errno.EAGAIN => "it would have to wait, and the socket does not block",
        Errno.ETIMEDOUT => "nothing happened for as long as the socket's timeout allows, or the peer did not answer",
        Errno.EINTR or Errno.EBADF => "the socket, or its stack, was closed meanwhile",
        Errno.EMSGSIZE => "the datagram is too long for the protocol, or for the path where it must not be fragmented",
        Errno.EDESTADDRREQ => "the socket has no peer, and the call names no destination",
        Errno.EPIPE => "the socket was shut down for sending, or is a stream whose connection is over or never was",
        Errno.ENOTCONN => "the socket has no peer",
        Errno.ECONNREFUSED => "the peer's host says that nobody has the port",
        Errno.ECONNRESET => "the peer broke the connection, or says that nobody has the port that something was sent to",
        Errno.ECONNABORTED => "the connection, or the attempt to make it, has ended",
        Errno.EINPROGRESS => "the connection is being made, and the call does not wait for it",
        Errno.EALREADY => "the connection is being made already",
        Errno.EISCONN => "the socket has a connection, or listens",
        Errno.ENETDOWN => "the interface is down or has no link",
        Errno.EOPNOTSUPP => "not with these flags",
        Errno.EINVAL => "not in the state that the socket is in, or not with port 0",
        _ => "an error came back about something that was sent",
    };

    /// <summary>The calls that wait for the socket, a word each. Gate held.</summary>
    internal IEnumerable<string> WaitingCalls()
    {
        if (CommonOrNone is not { } channel) yield break;
        string receive = _stream?.Listener is null ? "receive" : "accept";
        string send = _stream?.Phase == StreamPhase.Connecting ? "connect" : "send";
        if (channel.HasReceivers)
            for (SocketOperation? call = channel.Receivers.First; call is not null; call = call.Later) yield return receive;
        if (channel.HasSenders)
            for (SocketOperation? call = channel.Senders.First; call is not null; call = call.Later) yield return send;
        if (channel.HasPollers)
            for (SocketOperation? call = channel.Pollers.First; call is not null; call = call.Later) yield return "poll";
    }
}
