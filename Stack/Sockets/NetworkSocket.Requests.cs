using System.Net.Sockets;
using UserNet.Addressing;
using UserNet.Binding;
using UserNet.Core;
using UserNet.Errors;
using UserNet.Tcp;
using UserNet.Udp;

namespace UserNet.Sockets;

// Calls that are answered later by telling a request, for faces whose calls neither wait nor are awaited. What is answered EINPROGRESS
// tells its request; anything else is the whole answer. Any thread.
public sealed partial class NetworkSocket
{
    private static readonly TransferResult UnderWay = TransferResult.Failed(Errno.EINPROGRESS);

    internal TransferResult RequestConnect(in InetEndpoint remote, ISocketRequest request)
    {
        using (_core.Enter())
        {
            TransferResult result = BeginConnect(remote, out _);
            return result.Errno == Errno.EINPROGRESS ? Wait(new ConnectOperation(_core, this, Stream), request, Stream.Senders) : result;
        }
    }

    internal TransferResult RequestAccept(ISocketRequest request, out NetworkSocket? accepted)
    {
        using (_core.Enter())
        {
            TransferResult result = TakeConnection(out accepted);
            return result.WouldWait ? Wait(new AcceptOperation(_core, this), request, Stream.Receivers) : result;
        }
    }

    /// <summary>Receives; the buffer is lent until the request is told, which then calls Collect of the operation.</summary>
    internal TransferResult RequestReceive(Memory<byte> buffer, SocketFlags flags, ISocketRequest request, out DatagramInfo info)
    {
        Span<byte> octets = buffer.Span;
        TransferResult result;
        using (_core.Enter()) result = TryReceive(octets, flags, out info, mayWait: true);
        if (!result.WouldWait) return result;
        ReceiveOperation operation = TakeReceiveOperation();
        operation.Begin(buffer, flags, null);
        using (_core.Enter()) return Wait(operation, request, Common.Receivers, isBegun: true);
    }

    /// <summary>Sends a datagram or all octets to a stream; the buffer is lent until the request is told, which then calls Collect.</summary>
    internal TransferResult RequestSend(ReadOnlyMemory<byte> buffer, in InetEndpoint? destination, SocketFlags flags, ISocketRequest request)
    {
        if (_binding.IsStream) return RequestStreamSend(buffer, flags, request);
        TransferResult result = TrySend(buffer.Span, destination, flags);
        if (!result.WouldWait) return result;
        SendOperation operation = TakeSendOperation();
        operation.Begin(buffer, destination, flags);
        using (_core.Enter()) return Wait(operation, request, Channel.Senders, isBegun: true);
    }

    /// <summary>Has a stream send what it holds back for more to come; TCP_NODELAY stays as it is.</summary>
    internal void PushAs()
    {
        using (_core.Enter())
        {
            if (_isClosed || _stream is not { Options.NoDelay: false } stream) return;
            stream.Set(stream.Options with { NoDelay = true });
        }

        // What was touched is sent as the gate is left.
        using (_core.Enter())
            if (!_isClosed && _stream is { } stream) stream.Set(stream.Options with { NoDelay = false });
    }

    /// <summary>Ends sending, behind all sends that wait, and tells when the peer has acknowledged it all.</summary>
    internal TransferResult RequestDisconnect(ISocketRequest request)
    {
        using (_core.Enter())
        {
            if (_isClosed) return TransferResult.Failed(Errno.EBADF);
            if (_stream is not { Connection: not null, Phase: StreamPhase.Connected, IsOver: false }) return TransferResult.Refused(BindRule.NotConnected);
            return Wait(new DisconnectOperation(_core), request, Stream.Senders);
        }
    }

    /// <summary>Binds and listens at once: where the second is refused, the first is undone.</summary>
    internal BindRule BindAndListenAs(in InetEndpoint local, in Caller caller)
    {
        using (_core.Enter())
        {
            if (_isClosed) return BindRule.BadHandle;
            bool v6Only = _binding.V6Only;
            uint device = _binding.Device;
            BindRule rule = _core.Engine.Bind(_binding, local, caller).Rule;
            if (rule != BindRule.Granted) return rule;
            rule = _core.Engine.Listen(_binding).Rule;
            if (rule == BindRule.Granted)
            {
                Stream.Listen(int.MaxValue);
                return rule;
            }

            _binding.IsAddressLocked = _binding.IsPortLocked = false;
            _core.Engine.Undo(_binding);
            _binding.StalePort = 0;
            (_binding.V6Only, _binding.Device) = (v6Only, device);
            return rule;
        }
    }

    /// <summary>Closes without waiting for anything: calls that wait end, and a connection that has not ended both ways is reset.</summary>
    internal void CloseAs()
    {
        using (_core.Enter())
        {
            if (_isClosed) return;
            CommonOrNone?.SendAway();
            if (_stream is { HasHungUp: false, Listener: null }) _stream.Abort();
            CloseNow();
        }
    }

    /// <summary>The oldest connection that waits, unless calls wait for it. Gate held.</summary>
    internal TransferResult TakeConnection(out NetworkSocket? accepted)
    {
        accepted = null;
        if (_isClosed) return TransferResult.Failed(Errno.EBADF);
        if (!_binding.IsStream) return TransferResult.Failed(Errno.EOPNOTSUPP);
        if (_stream is { HasReceivers: true }) return TransferResult.Failed(Errno.EAGAIN);
        TransferResult result = Stream.Accept(out Tcb? connection);
        if (connection is not null) accepted = SocketOf(connection);
        return result;
    }

    /// <summary>What a receive would give now, taken or left. Gate held.</summary>
    internal TransferResult Take(Span<byte> octets, bool peeks, out DatagramInfo info) =>
        TryReceive(octets, peeks ? SocketFlags.Peek : SocketFlags.None, out info);

    private TransferResult RequestStreamSend(ReadOnlyMemory<byte> buffer, SocketFlags flags, ISocketRequest request)
    {
        ReadOnlySpan<byte> octets = buffer.Span;
        SendOperation operation;
        TransferResult result;
        using (_core.Enter())
        {
            result = TryStream(octets, flags, null);
            if (result.IsDone ? result.Octets == octets.Length : !result.WouldWait) return result;
            operation = TakeSendOperation();
            if (result.IsDone) Stream.GiveTurn(operation);      // nobody gets in between the two parts
        }

        operation.Begin(buffer, result.Octets, flags);
        using (_core.Enter())
        {
            Wait(operation, request, Stream.Senders, isFirst: result.IsDone, isBegun: true);
            Stream.TakeTurn(operation);
            return UnderWay;
        }
    }

    /// <summary>Has an operation wait for a request. Gate held.</summary>
    private TransferResult Wait(SocketOperation operation, ISocketRequest request, OperationList list, bool isFirst = false, bool isBegun = false)
    {
        if (!isBegun) operation.Begin(isOfThread: false);
        operation.Request = request;
        request.OnBegun(operation);
        Enqueue(operation, list, isFirst);
        if (request.IsCanceled && operation.List is not null) operation.Cancel();
        return UnderWay;
    }
}
