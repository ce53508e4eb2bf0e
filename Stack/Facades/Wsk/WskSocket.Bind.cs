using System.Net.Sockets;
using UserNet.Addressing;
using UserNet.Binding;
using UserNet.Errors;
using UserNet.Sockets;

namespace UserNet.Facades.Wsk;

// Addresses and roles: bind, listen, connect, and what the socket's names are.
public sealed partial class WskSocket
{
    /// <summary>WskBind. A listening socket begins to listen with it.</summary>
    internal NtStatus Bind(BindRule read, in InetEndpoint local, Irp irp) =>
        RunAtOnce(irp, (read, local), static (socket, given) => (socket.BindNow(given.read, given.local), 0));

    /// <summary>WskListen.</summary>
    internal NtStatus Listen(Irp irp) => Run(irp, _ =>
    {
        if (!_socket.IsNamedNow || _role == WskSocketRole.Connects) return NtStatus.STATUS_INVALID_DEVICE_STATE;
        BindRule rule = _socket.ListenAs(int.MaxValue);
        if (rule == BindRule.Granted) _role = WskSocketRole.Listens;
        return StatusOf(rule);
    });

    /// <summary>WskConnect.</summary>
    internal NtStatus Connect(BindRule read, InetEndpoint remote, Irp irp) => Run(irp, request => BeginConnect(request, read, remote));

    /// <summary>WskSocketConnect, of a socket that is new: bind and connect, or nothing at all.</summary>
    internal NtStatus BindAndConnect(InetEndpoint local, BindRule read, InetEndpoint remote, Irp irp) => Run(
        irp,
        request =>
        {
            request.Information = new IrpInformation(0, this);
            NtStatus bound = BindNow(BindRule.Granted, local);
            return bound == NtStatus.STATUS_SUCCESS ? BeginConnect(request, read, remote) : bound;
        },
        makesSocket: true);

    /// <summary>WskSocket, of a socket that is new.</summary>
    internal NtStatus HandOut(Irp irp) => Run(
        irp,
        request =>
        {
            request.Information = new IrpInformation(0, this);
            return NtStatus.STATUS_SUCCESS;
        },
        makesSocket: true);

    /// <summary>WskGetLocalAddress, WskGetRemoteAddress.</summary>
    internal NtStatus Name(bool ofPeer, Memory<byte> address, Irp irp) =>
        RunAtOnce(irp, (ofPeer, address), static (socket, given) => (socket.NameNow(given.ofPeer, given.address.Span), 0));

    private NtStatus NameNow(bool ofPeer, Span<byte> address)
    {
        if (!ofPeer && !_socket.IsNamedNow) return NtStatus.STATUS_INVALID_DEVICE_STATE;
        if (ofPeer && _socket.PeerName is null) return BindRule.NotConnected.ToNtStatus();
        InetEndpoint name = ofPeer ? _socket.PeerName ?? Any : _socket.LocalName;
        if (address.Length < WindowsSocketAddress.LengthOf(name)) return NtStatus.STATUS_BUFFER_TOO_SMALL;
        WindowsSocketAddress.Write(name, address);
        return NtStatus.STATUS_SUCCESS;
    }

    private bool IsV6 => _socket.AddressFamily == AddressFamily.InterNetworkV6;

    private InetEndpoint Any => new(IsV6 ? InetAddress.AnyV6 : InetAddress.AnyV4, 0);

    private int AddressLength => IsV6 ? WindowsSocketAddress.V6Length : WindowsSocketAddress.V4Length;

    private NtStatus BindNow(BindRule read, in InetEndpoint local)
    {
        if (read != BindRule.Granted) return read.ToNtStatus();
        // Also where SO_REUSE_UNICASTPORT has left the port to connect.
        if (_socket.IsNamedNow && local.Address.IsV6 == IsV6) return BindRule.AlreadyBound.ToNtStatus();
        return StatusOf(Category == WskCategory.Listen ? _socket.BindAndListenAs(local, _caller) : _socket.BindAs(local, _caller));
    }

    private NtStatus BeginConnect(WskRequest request, BindRule read, in InetEndpoint remote)
    {
        if (read != BindRule.Granted) return read.ToNtStatus();
        WskSocketRole before = _role;
        if (!_socket.IsNamedNow || before == WskSocketRole.Listens) return NtStatus.STATUS_INVALID_DEVICE_STATE;
        _role = WskSocketRole.Connects;
        request.Finish = (_, operation) => EndConnect(StatusOf(operation), before);
        TransferResult result = _socket.RequestConnect(remote, request);
        return result.Errno == Errno.EINPROGRESS ? NtStatus.STATUS_PENDING : EndConnect(WskStatus.Of(result), before);
    }

    private NtStatus EndConnect(NtStatus status, WskSocketRole before)
    {
        if (status == NtStatus.STATUS_SUCCESS) Look();
        else _role = before;      // what could not connect may listen yet
        return status;
    }

    /// <summary>A socket that was closed underneath no longer works.</summary>
    private static NtStatus StatusOf(BindRule rule) => rule == BindRule.BadHandle ? NtStatus.STATUS_FILE_FORCED_CLOSED : rule.ToNtStatus();
}
