using System.Net;
using System.Net.Sockets;
using UserNet.Addressing;
using UserNet.Errors;
using UserNet.Udp;

namespace UserNet.Sockets;

// The asynchronous forms. Whether the socket blocks does not matter to them, nor do its timeouts.
public sealed partial class NetworkSocket
{
    /// <summary>Sends a datagram to the peer, and waits for room to do so.</summary>
    /// <param name="buffer">Its octets; lent until the call has ended.</param>
    /// <param name="socketFlags">None, DontRoute.</param>
    /// <param name="cancellationToken">Ends the wait: the datagram is not sent.</param>
    /// <inheritdoc cref="Send(ReadOnlySpan{byte}, SocketFlags)" path="/exception|/returns"/>
    /// <exception cref="OperationCanceledException">The token was cancelled first.</exception>
    /// <remarks>
    /// Await the result once. It mostly has ended at once; one wait at a time allocates nothing, more at a time may. A
    /// continuation runs where the stack's scheduler says. A socket that is closed meanwhile ends the wait with
    /// OperationAborted. Any thread.
    /// </remarks>
    public ValueTask<int> SendAsync(
        ReadOnlyMemory<byte> buffer, SocketFlags socketFlags = SocketFlags.None, CancellationToken cancellationToken = default) =>
        BeginSend(buffer, null, socketFlags, cancellationToken);

    /// <inheritdoc cref="SendAsync(ReadOnlyMemory{byte}, SocketFlags, CancellationToken)"/>
    public ValueTask<int> SendAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken) =>
        BeginSend(buffer, null, SocketFlags.None, cancellationToken);

    /// <summary>Sends a datagram to an endpoint, and waits for room to do so.</summary>
    /// <inheritdoc cref="SendAsync(ReadOnlyMemory{byte}, SocketFlags, CancellationToken)"/>
    /// <exception cref="ArgumentNullException">The endpoint is null.</exception>
    /// <exception cref="ArgumentException">It is not an IPEndPoint.</exception>
    public ValueTask<int> SendToAsync(
        ReadOnlyMemory<byte> buffer, SocketFlags socketFlags, EndPoint remoteEP, CancellationToken cancellationToken = default) =>
        BeginSend(buffer, DestinationOf(remoteEP), socketFlags, cancellationToken);

    /// <inheritdoc cref="SendToAsync(ReadOnlyMemory{byte}, SocketFlags, EndPoint, CancellationToken)"/>
    public ValueTask<int> SendToAsync(ReadOnlyMemory<byte> buffer, EndPoint remoteEP, CancellationToken cancellationToken = default) =>
        BeginSend(buffer, DestinationOf(remoteEP), SocketFlags.None, cancellationToken);

    /// <inheritdoc cref="SendToAsync(ReadOnlyMemory{byte}, SocketFlags, EndPoint, CancellationToken)"/>
    public ValueTask<int> SendToAsync(
        ReadOnlyMemory<byte> buffer, SocketFlags socketFlags, SocketAddress socketAddress, CancellationToken cancellationToken = default) =>
        BeginSend(buffer, EndpointOf(socketAddress), socketFlags, cancellationToken);

    /// <inheritdoc cref="SendToAsync(ReadOnlyMemory{byte}, SocketFlags, EndPoint, CancellationToken)"/>
    public ValueTask<int> SendToAsync(
        ReadOnlyMemory<byte> buffer, SocketFlags socketFlags, InetEndpoint remote, CancellationToken cancellationToken = default) =>
        BeginSend(buffer, remote, socketFlags, cancellationToken);

    /// <inheritdoc cref="SendToAsync(ReadOnlyMemory{byte}, SocketFlags, EndPoint, CancellationToken)"/>
    public ValueTask<int> SendToAsync(ReadOnlyMemory<byte> buffer, InetEndpoint remote, CancellationToken cancellationToken = default) =>
        BeginSend(buffer, remote, SocketFlags.None, cancellationToken);

    /// <summary>Receives a datagram, and waits for one.</summary>
    /// <param name="buffer">Where its octets go; lent until the call has ended.</param>
    /// <param name="socketFlags">Peek, Truncated.</param>
    /// <param name="cancellationToken">Ends the wait: no datagram is lost by it.</param>
    /// <inheritdoc cref="Receive(Span{byte}, SocketFlags)" path="/exception|/returns"/>
    /// <exception cref="OperationCanceledException">The token was cancelled first.</exception>
    /// <inheritdoc cref="SendAsync(ReadOnlyMemory{byte}, SocketFlags, CancellationToken)" path="/remarks"/>
    public ValueTask<int> ReceiveAsync(
        Memory<byte> buffer, SocketFlags socketFlags = SocketFlags.None, CancellationToken cancellationToken = default)
    {
        ReceiveOperation? waiting = BeginReceive(
            buffer, FlagsFor(buffer.Span, socketFlags), null, cancellationToken, out TransferResult result, out _);
        if (waiting is not null) return new ValueTask<int>(waiting, waiting.Version);
        return result.IsDone ? new ValueTask<int>(result.Octets) : NotDone<int>(result, cancellationToken);
    }

    /// <inheritdoc cref="ReceiveAsync(Memory{byte}, SocketFlags, CancellationToken)"/>
    public ValueTask<int> ReceiveAsync(Memory<byte> buffer, CancellationToken cancellationToken) =>
        ReceiveAsync(buffer, SocketFlags.None, cancellationToken);

    /// <summary>Receives a datagram, waits for one, and says all that is known of it; allocates nothing.</summary>
    /// <returns>What is known of the datagram; of its Length octets as many are in the buffer as fit.</returns>
    /// <inheritdoc cref="ReceiveAsync(Memory{byte}, SocketFlags, CancellationToken)"/>
    public ValueTask<DatagramInfo> ReceiveFromAsync(
        Memory<byte> buffer, SocketFlags socketFlags = SocketFlags.None, CancellationToken cancellationToken = default)
    {
        ReceiveOperation? waiting = BeginReceive(
            buffer, socketFlags, null, cancellationToken, out TransferResult result, out DatagramInfo info);
        if (waiting is not null) return new ValueTask<DatagramInfo>(waiting, waiting.Version);
        return result.IsDone ? new ValueTask<DatagramInfo>(info) : NotDone<DatagramInfo>(result, cancellationToken);
    }

    /// <summary>
    /// Receives a datagram, waits for one, and says who sent it, in .NET's form that allocates nothing.
    /// </summary>
    /// <inheritdoc cref="ReceiveFrom(Span{byte}, SocketFlags, SocketAddress)" path="/exception|/returns"/>
    /// <inheritdoc cref="ReceiveAsync(Memory{byte}, SocketFlags, CancellationToken)"/>
    public ValueTask<int> ReceiveFromAsync(
        Memory<byte> buffer, SocketFlags socketFlags, SocketAddress receivedAddress, CancellationToken cancellationToken = default)
    {
        CheckReceive(receivedAddress);
        ReceiveOperation? waiting = BeginReceive(
            buffer, FlagsFor(buffer.Span, socketFlags), receivedAddress, cancellationToken, out TransferResult result, out DatagramInfo info);
        if (waiting is not null) return new ValueTask<int>(waiting, waiting.Version);
        if (!result.IsDone) return NotDone<int>(result, cancellationToken);
        SocketAddressOctets.Write(Shown(info.Source), receivedAddress);
        return new ValueTask<int>(result.Octets);
    }

    /// <summary>Receives a datagram, waits for one, and says who sent it.</summary>
    /// <param name="buffer">Where its octets go; lent until the call has ended.</param>
    /// <param name="socketFlags">Peek, Truncated.</param>
    /// <param name="remoteEndPoint">Any endpoint of the socket's family; not changed.</param>
    /// <param name="cancellationToken">Ends the wait: no datagram is lost by it.</param>
    /// <inheritdoc cref="ReceiveAsync(Memory{byte}, SocketFlags, CancellationToken)"/>
    public ValueTask<SocketReceiveFromResult> ReceiveFromAsync(
        Memory<byte> buffer, SocketFlags socketFlags, EndPoint remoteEndPoint, CancellationToken cancellationToken = default)
    {
        CheckReceive(remoteEndPoint);
        ReceiveOperation? waiting = BeginReceive(
            buffer, FlagsFor(buffer.Span, socketFlags), null, cancellationToken, out TransferResult result, out DatagramInfo info);
        if (waiting is not null) return new ValueTask<SocketReceiveFromResult>(waiting, waiting.Version);
        return result.IsDone
            ? new(new SocketReceiveFromResult { ReceivedBytes = result.Octets, RemoteEndPoint = Shown(info.Source).ToIPEndPoint() })
            : NotDone<SocketReceiveFromResult>(result, cancellationToken);
    }

    /// <inheritdoc cref="ReceiveFromAsync(Memory{byte}, SocketFlags, EndPoint, CancellationToken)"/>
    public ValueTask<SocketReceiveFromResult> ReceiveFromAsync(
        Memory<byte> buffer, EndPoint remoteEndPoint, CancellationToken cancellationToken = default) =>
        ReceiveFromAsync(buffer, SocketFlags.None, remoteEndPoint, cancellationToken);

    /// <summary>
    /// Receives a datagram, waits for one, and says who sent it, to which address, and on which interface it arrived.
    /// </summary>
    /// <inheritdoc cref="ReceiveFromAsync(Memory{byte}, SocketFlags, EndPoint, CancellationToken)"/>
    public ValueTask<SocketReceiveMessageFromResult> ReceiveMessageFromAsync(
        Memory<byte> buffer, SocketFlags socketFlags, EndPoint remoteEndPoint, CancellationToken cancellationToken = default)
    {
        CheckReceive(remoteEndPoint);
        ReceiveOperation? waiting = BeginReceive(
            buffer, socketFlags, null, cancellationToken, out TransferResult result, out DatagramInfo info);
        if (waiting is not null) return new ValueTask<SocketReceiveMessageFromResult>(waiting, waiting.Version);
        return result.IsDone
            ? new(MessageOf(result.Octets, info))
            : NotDone<SocketReceiveMessageFromResult>(result, cancellationToken);
    }

    /// <inheritdoc cref="ReceiveMessageFromAsync(Memory{byte}, SocketFlags, EndPoint, CancellationToken)"/>
    public ValueTask<SocketReceiveMessageFromResult> ReceiveMessageFromAsync(
        Memory<byte> buffer, EndPoint remoteEndPoint, CancellationToken cancellationToken = default) =>
        ReceiveMessageFromAsync(buffer, SocketFlags.None, remoteEndPoint, cancellationToken);

    /// <summary>Receives what is there, or has the call wait.</summary>
    /// <returns>
    /// Who waits; null when the call has ended, as <paramref name="result"/> says: by EINTR when it was cancelled.
    /// </returns>
    private ReceiveOperation? BeginReceive(
        Memory<byte> buffer, SocketFlags flags, SocketAddress? address, CancellationToken token,
        out TransferResult result, out DatagramInfo info)
    {
        info = default;
        result = TransferResult.Failed(Errno.EINTR);
        if (token.IsCancellationRequested) return null;
        Span<byte> octets = buffer.Span;
        using (_core.Enter()) result = TryReceive(octets, flags, out info, (flags & StreamFlags.DontWait) == 0);
        ObjectDisposedException.ThrowIf(result.Errno == Errno.EBADF, this);
        if (!result.WouldWait || (flags & StreamFlags.DontWait) != 0) return null;
        ReceiveOperation operation = TakeReceiveOperation();
        operation.Begin(buffer, flags, address);
        using (_core.Enter()) Enqueue(operation, Common.Receivers);
        operation.CancelBy(token);
        return operation;
    }

    private ValueTask<int> BeginSend(ReadOnlyMemory<byte> buffer, in InetEndpoint? destination, SocketFlags flags, CancellationToken token)
    {
        if (token.IsCancellationRequested) return ValueTask.FromCanceled<int>(token);
        if (_binding.IsStream && SendConnects(flags, destination)) return SendFastAsync(buffer, destination, flags, token);
        if (_binding.IsStream) return BeginStreamSend(buffer, flags, token);
        TransferResult result = TrySend(buffer.Span, destination, flags);
        ObjectDisposedException.ThrowIf(result.Errno == Errno.EBADF, this);
        if (result.IsDone) return new ValueTask<int>(result.Octets);
        if (!result.WouldWait) return ValueTask.FromException<int>(Failure(result, "send"));
        SendOperation operation = TakeSendOperation();
        operation.Begin(buffer, destination, flags);
        using (_core.Enter()) Submit(operation);
        operation.CancelBy(token);
        return new ValueTask<int>(operation, operation.Version);
    }

    private ValueTask<T> NotDone<T>(in TransferResult result, CancellationToken token) =>
        result.Errno == Errno.EINTR ? ValueTask.FromCanceled<T>(token) : ValueTask.FromException<T>(Failure(result, "receive"));
}
