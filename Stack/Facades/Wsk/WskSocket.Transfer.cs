using System.Net.Sockets;
using System.Runtime.CompilerServices;
using UserNet.Addressing;
using UserNet.Binding;
using UserNet.Errors;
using UserNet.Sockets;
using UserNet.Udp;

namespace UserNet.Facades.Wsk;

// Connections, octets and datagrams.
public sealed partial class WskSocket
{
    private const int DrainedAtOnce = 16_384;

    private volatile bool _isAborted;

    private bool Listens => _socket.IsListening && (Category == WskCategory.Listen || _role == WskSocketRole.Listens);

    /// <summary>WskAccept.</summary>
    internal NtStatus Accept(object? context, WskClientConnectionDispatch? callbacks, Memory<byte> local, Memory<byte> remote, Irp irp) => Run(irp, request =>
    {
        if (!Listens) return NtStatus.STATUS_INVALID_DEVICE_STATE;
        if (IsTooSmall(local) || IsTooSmall(remote)) return NtStatus.STATUS_BUFFER_TOO_SMALL;
        request.Finish = (_, operation) =>
        {
            NetworkSocket? connection = ((AcceptOperation)operation).Accepted;
            return connection is null ? StatusOf(operation) : HandOver(connection);
        };
        TransferResult result = _socket.RequestAccept(request, out NetworkSocket? accepted);
        return accepted is null ? WskStatus.Of(result) : HandOver(accepted);

        NtStatus HandOver(NetworkSocket connection)
        {
            WskSocket socket = Adopt(connection, context, callbacks);
            if (!local.IsEmpty) WindowsSocketAddress.Write(connection.LocalName, local.Span);
            if (!remote.IsEmpty) WindowsSocketAddress.Write(connection.PeerName ?? Any, remote.Span);
            request.Information = new IrpInformation(0, socket);
            return NtStatus.STATUS_SUCCESS;
        }
    });

    /// <summary>WskSend.</summary>
    internal NtStatus Send(Memory<byte> octets, bool isUrgent, Irp irp) => Run(irp, request =>
    {
        if (!_socket.HasBegunToConnect) return BindRule.NotConnected.ToNtStatus();
        if (_isAborted) return NtStatus.STATUS_CONNECTION_ABORTED;
        NtStatus status = BeginSend(request, octets, null, static (request, _, status, sent) => Bring(request, status, sent));
        if (isUrgent) _socket.PushAs();
        return status;
    });

    /// <summary>WskSendTo.</summary>
    internal NtStatus SendTo(Memory<byte> octets, BindRule read, InetEndpoint remote, Irp irp) => Run(irp, request =>
    {
        if (!_socket.IsNamedNow) return NtStatus.STATUS_INVALID_DEVICE_STATE;
        if (read != BindRule.Granted) return read.ToNtStatus();
        return BeginSend(request, octets, remote, static (request, _, status, sent) => Bring(request, status, sent));
    });

    /// <summary>WskReceive.</summary>
    internal NtStatus Receive(Memory<byte> octets, bool waitsForAll, Irp irp) => Run(irp, request => BeginReceive(request, octets, waitsForAll));

    /// <summary>WskReceive with WSK_FLAG_DRAIN.</summary>
    internal NtStatus Drain(Irp irp) => Run(irp, request => BeginDrain(request, new byte[DrainedAtOnce]));

    /// <summary>WskReceiveFrom.</summary>
    internal NtStatus ReceiveFrom(Memory<byte> octets, Memory<byte> remote, StrongBox<uint>? controlFlags, Irp irp) =>
        Run(irp, request => BeginReceiveFrom(request, octets, remote, controlFlags));

    /// <summary>WskDisconnect.</summary>
    internal NtStatus Disconnect(Memory<byte> octets, bool isAbortive, Irp irp) => Run(irp, request =>
    {
        if (!_socket.HasPeerNow) return BindRule.NotConnected.ToNtStatus();
        if (isAbortive)
        {
            _isAborted = true;
            _socket.Abort();
            return NtStatus.STATUS_SUCCESS;
        }

        if (octets.IsEmpty) return BeginDisconnect(request);
        return BeginSend(request, octets, null, static (request, socket, status, _) =>
            status == NtStatus.STATUS_SUCCESS ? socket.BeginDisconnect(request) : status);
    });

    /// <summary>The socket of a connection that this one has accepted.</summary>
    private WskSocket Adopt(NetworkSocket connection, object? context, WskClientConnectionDispatch? callbacks)
    {
        var socket = new WskSocket(_registration, connection, WskCategory.Connection, _caller, context, callbacks);
        socket.Look();      // its callbacks are disabled, but for those that are static
        return socket;
    }

    private bool IsTooSmall(Memory<byte> address) => !address.IsEmpty && address.Length < AddressLength;

    private NtStatus BeginDisconnect(WskRequest request)
    {
        request.Finish = static (request, operation) => request.Socket.StatusOf(operation);
        return WskStatus.Of(_socket.RequestDisconnect(request));
    }

    private NtStatus BeginSend(
        WskRequest request, Memory<byte> octets, in InetEndpoint? remote, Func<WskRequest, WskSocket, NtStatus, int, NtStatus> then)
    {
        request.Finish = (request, operation) =>
        {
            NtStatus status = StatusOf(operation);
            int sent = ((SendOperation)operation).Collect().Octets;
            return then(request, this, status, sent);
        };
        TransferResult result = _socket.RequestSend(octets, remote, SocketFlags.None, request);
        return result.Errno == Errno.EINPROGRESS ? NtStatus.STATUS_PENDING : then(request, this, WskStatus.Of(result), result.Octets);
    }

    private NtStatus BeginReceive(WskRequest request, Memory<byte> octets, bool waitsForAll)
    {
        if (!_socket.HasBegunToConnect) return BindRule.NotConnected.ToNtStatus();
        if (_isAborted) return NtStatus.STATUS_CONNECTION_ABORTED;
        if (WaitsForIndication(request, again => BeginReceive(again, octets, waitsForAll))) return NtStatus.STATUS_PENDING;
        NtStatus status = octets.IsEmpty ? NtStatus.STATUS_SUCCESS : Begin();
        GoOnIndicating();
        return status;

        NtStatus Begin()
        {
            request.Finish = (request, operation) => EndReceive(request, (ReceiveOperation)operation, octets, out _);
            TransferResult result = _socket.RequestReceive(octets, waitsForAll ? StreamFlags.WaitAll : SocketFlags.None, request, out _);
            return result.Errno == Errno.EINPROGRESS ? NtStatus.STATUS_PENDING : Bring(request, WskStatus.Of(result), result.Octets);
        }
    }

    /// <summary>Throws away what comes, until nothing more can.</summary>
    private NtStatus BeginDrain(WskRequest request, byte[] scratch)
    {
        if (!_socket.HasBegunToConnect) return BindRule.NotConnected.ToNtStatus();
        if (_isAborted) return NtStatus.STATUS_CONNECTION_ABORTED;
        if (WaitsForIndication(request, again => BeginDrain(again, scratch))) return NtStatus.STATUS_PENDING;
        request.Finish = (request, operation) =>
        {
            NtStatus status = StatusOf(operation);
            int octets = ((ReceiveOperation)operation).Collect(scratch, out _).Octets;
            return status == NtStatus.STATUS_SUCCESS && octets > 0 ? BeginDrain(request, scratch) : status;
        };
        TransferResult result;
        do result = _socket.RequestReceive(scratch, SocketFlags.None, request, out _);
        while (result is { IsDone: true, Octets: > 0 });
        return result.Errno == Errno.EINPROGRESS ? NtStatus.STATUS_PENDING : WskStatus.Of(result);
    }

    private NtStatus BeginReceiveFrom(WskRequest request, Memory<byte> octets, Memory<byte> remote, StrongBox<uint>? controlFlags)
    {
        if (!_socket.IsNamedNow) return NtStatus.STATUS_INVALID_DEVICE_STATE;
        if (IsTooSmall(remote)) return NtStatus.STATUS_BUFFER_TOO_SMALL;
        if (WaitsForIndication(request, again => BeginReceiveFrom(again, octets, remote, controlFlags))) return NtStatus.STATUS_PENDING;
        request.Finish = (request, operation) =>
        {
            NtStatus status = EndReceive(request, (ReceiveOperation)operation, octets, out DatagramInfo info);
            return status == NtStatus.STATUS_SUCCESS ? Tell(info) : status;
        };
        TransferResult result = _socket.RequestReceive(octets, SocketFlags.None, request, out DatagramInfo info);
        if (result.Errno == Errno.EINPROGRESS) return NtStatus.STATUS_PENDING;
        NtStatus status = Bring(request, WskStatus.Of(result), result.Octets);
        return status == NtStatus.STATUS_SUCCESS ? Tell(info) : status;

        NtStatus Tell(in DatagramInfo info)
        {
            if (!remote.IsEmpty) WindowsSocketAddress.Write(info.Source.Address.IsV6 == IsV6 ? info.Source : Any, remote.Span);
            if (controlFlags is not null) controlFlags.Value = (uint)info.Flags;      // MSG_TRUNC, MSG_BCAST, MSG_MCAST have .NET's numbers
            return NtStatus.STATUS_SUCCESS;
        }
    }

    private NtStatus EndReceive(WskRequest request, ReceiveOperation operation, Memory<byte> octets, out DatagramInfo info)
    {
        NtStatus status = StatusOf(operation);
        return Bring(request, status, operation.Collect(octets.Span, out info).Octets);
    }

    private static NtStatus Bring(WskRequest request, NtStatus status, int octets)
    {
        request.Information = new IrpInformation((ulong)octets);
        return status;
    }
}
