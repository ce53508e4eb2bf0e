using System.Net.Sockets;
using UserNet.Errors;

namespace UserNet.Binding;

/// <summary>The codes that each face makes of a <see cref="BindRule"/>.</summary>
/// <remarks>Total: every rule has a code at every face, Granted the code for success. Any thread.</remarks>
public static class OutcomeCodes
{
    /// <summary>The error number of POSIX, as Linux chooses it.</summary>
    public static Errno ToErrno(this BindRule rule) => rule switch
    {
        BindRule.Granted => Errno.Success,
        BindRule.BadHandle => Errno.EBADF,
        BindRule.NotASocket => Errno.ENOTSOCK,
        BindRule.BadPointer => Errno.EFAULT,
        BindRule.BadFamily or BindRule.FamilyMismatch => Errno.EAFNOSUPPORT,
        BindRule.BadLength or BindRule.MulticastStream or BindRule.MappedOnV6Only or BindRule.NoScope => Errno.EINVAL,
        BindRule.AlreadyBound or BindRule.RouteInvalid or BindRule.InvalidOption => Errno.EINVAL,
        BindRule.NoDevice => Errno.ENODEV,
        BindRule.NotLocal or BindRule.ExhaustedByConnect or BindRule.TupleInUse => Errno.EADDRNOTAVAIL,
        BindRule.Privileged or BindRule.BroadcastDenied or BindRule.RouteProhibited => Errno.EACCES,
        BindRule.AlreadyConnected => Errno.EISCONN,
        BindRule.NotConnected => Errno.ENOTCONN,
        BindRule.NotBound => Errno.EDESTADDRREQ,
        BindRule.InUse or BindRule.SharingDenied or BindRule.Exhausted => Errno.EADDRINUSE,
        BindRule.ExhaustedByDatagram => Errno.EAGAIN,
        BindRule.NoRoute => Errno.ENETUNREACH,
        BindRule.HostUnreachable => Errno.EHOSTUNREACH,
        BindRule.NotSupported => Errno.EOPNOTSUPP,
        BindRule.UnknownOption => Errno.ENOPROTOOPT,
        BindRule.NotPermitted => Errno.EPERM,
        BindRule.TooManyOpen => Errno.EMFILE,
        BindRule.BadProtocol => Errno.EPROTONOSUPPORT,
        BindRule.BadSocketType => Errno.ESOCKTNOSUPPORT,
        BindRule.AlreadyJoined => Errno.EADDRINUSE,
        BindRule.NotJoined => Errno.EADDRNOTAVAIL,
        BindRule.TooManyGroups or BindRule.TableFull => Errno.ENOBUFS,
        BindRule.NoOptionMemory => Errno.ENOMEM,
        BindRule.NotForStreams => Errno.EPROTO,
        BindRule.UnknownName => Errno.ENOENT,
        _ => throw Unknown(rule),
    };

    /// <summary>The error code of Winsock.</summary>
    public static WsaError ToWsaError(this BindRule rule) => rule switch
    {
        BindRule.Granted => WsaError.Success,
        BindRule.BadHandle or BindRule.NotASocket => WsaError.WSAENOTSOCK,
        BindRule.BadPointer or BindRule.BadLength or BindRule.BadFamily => WsaError.WSAEFAULT,
        BindRule.MulticastStream or BindRule.MappedOnV6Only or BindRule.NoScope => WsaError.WSAEADDRNOTAVAIL,
        BindRule.NoDevice or BindRule.NotLocal or BindRule.FamilyMismatch => WsaError.WSAEADDRNOTAVAIL,
        BindRule.Privileged or BindRule.BroadcastDenied or BindRule.SharingDenied => WsaError.WSAEACCES,
        BindRule.RouteProhibited or BindRule.NotPermitted => WsaError.WSAEACCES,
        BindRule.AlreadyBound or BindRule.NotBound => WsaError.WSAEINVAL,
        BindRule.RouteInvalid or BindRule.InvalidOption => WsaError.WSAEINVAL,
        BindRule.AlreadyConnected => WsaError.WSAEISCONN,
        BindRule.NotConnected => WsaError.WSAENOTCONN,
        BindRule.InUse or BindRule.TupleInUse => WsaError.WSAEADDRINUSE,
        BindRule.Exhausted or BindRule.ExhaustedByConnect or BindRule.ExhaustedByDatagram => WsaError.WSAENOBUFS,
        BindRule.NoRoute => WsaError.WSAENETUNREACH,
        BindRule.HostUnreachable => WsaError.WSAEHOSTUNREACH,
        BindRule.NotSupported => WsaError.WSAEOPNOTSUPP,
        BindRule.UnknownOption => WsaError.WSAENOPROTOOPT,
        BindRule.TooManyOpen => WsaError.WSAEMFILE,
        BindRule.BadProtocol => WsaError.WSAEPROTONOSUPPORT,
        BindRule.BadSocketType => WsaError.WSAESOCKTNOSUPPORT,
        BindRule.AlreadyJoined or BindRule.NotJoined => WsaError.WSAEADDRNOTAVAIL,
        BindRule.TooManyGroups or BindRule.NoOptionMemory or BindRule.TableFull => WsaError.WSAENOBUFS,
        BindRule.NotForStreams => WsaError.WSAENOPROTOOPT,
        BindRule.UnknownName => WsaError.WSAEINVAL,
        _ => throw Unknown(rule),
    };

    /// <summary>The status of the Windows kernel, as WSK answers it.</summary>
    public static NtStatus ToNtStatus(this BindRule rule) => rule switch
    {
        BindRule.Granted => NtStatus.STATUS_SUCCESS,
        BindRule.BadHandle => NtStatus.STATUS_INVALID_HANDLE,
        BindRule.NotASocket => NtStatus.STATUS_OBJECT_TYPE_MISMATCH,
        BindRule.BadPointer or BindRule.BadLength => NtStatus.STATUS_INVALID_PARAMETER,
        BindRule.RouteInvalid or BindRule.InvalidOption => NtStatus.STATUS_INVALID_PARAMETER,
        BindRule.BadFamily or BindRule.FamilyMismatch => NtStatus.STATUS_INVALID_ADDRESS,
        BindRule.MulticastStream or BindRule.MappedOnV6Only => NtStatus.STATUS_INVALID_ADDRESS_COMPONENT,
        BindRule.NoScope or BindRule.NoDevice or BindRule.NotLocal => NtStatus.STATUS_INVALID_ADDRESS_COMPONENT,
        BindRule.Privileged or BindRule.BroadcastDenied or BindRule.SharingDenied => NtStatus.STATUS_ACCESS_DENIED,
        BindRule.RouteProhibited or BindRule.NotPermitted => NtStatus.STATUS_ACCESS_DENIED,
        BindRule.AlreadyBound => NtStatus.STATUS_ADDRESS_ALREADY_ASSOCIATED,
        BindRule.NotBound => NtStatus.STATUS_INVALID_DEVICE_STATE,
        BindRule.AlreadyConnected => NtStatus.STATUS_CONNECTION_ACTIVE,
        BindRule.NotConnected => NtStatus.STATUS_INVALID_CONNECTION,
        BindRule.InUse or BindRule.TupleInUse => NtStatus.STATUS_ADDRESS_ALREADY_EXISTS,
        BindRule.Exhausted or BindRule.ExhaustedByConnect => NtStatus.STATUS_TOO_MANY_ADDRESSES,
        BindRule.ExhaustedByDatagram => NtStatus.STATUS_TOO_MANY_ADDRESSES,
        BindRule.NoRoute => NtStatus.STATUS_NETWORK_UNREACHABLE,
        BindRule.HostUnreachable => NtStatus.STATUS_HOST_UNREACHABLE,
        BindRule.NotSupported or BindRule.UnknownOption => NtStatus.STATUS_NOT_SUPPORTED,
        BindRule.BadProtocol or BindRule.BadSocketType or BindRule.NotForStreams => NtStatus.STATUS_NOT_SUPPORTED,
        BindRule.AlreadyJoined => NtStatus.STATUS_ADDRESS_ALREADY_EXISTS,
        BindRule.NotJoined => NtStatus.STATUS_INVALID_ADDRESS_COMPONENT,
        BindRule.TooManyGroups or BindRule.NoOptionMemory or BindRule.TableFull => NtStatus.STATUS_INSUFFICIENT_RESOURCES,
        BindRule.UnknownName => NtStatus.STATUS_INVALID_PARAMETER,
        BindRule.TooManyOpen => NtStatus.STATUS_TOO_MANY_OPENED_FILES,
        _ => throw Unknown(rule),
    };

    /// <summary>The code that .NET's own sockets show for it: on Linux, hence by way of errno.</summary>
    public static SocketError ToSocketError(this BindRule rule) => rule.ToErrno().ToSocketError();

    /// <summary>The code that .NET's own sockets show for an error number of Linux.</summary>
    /// <remarks>
    /// Numbers that .NET does not know become SocketError.SocketError there; here three are spared that: ENODEV is
    /// AddressNotAvailable, as on Windows, EPROTO is OperationNotSupported, and ENOMEM is NoBufferSpaceAvailable.
    /// </remarks>
    public static SocketError ToSocketError(this Errno errno) => errno switch
    {
        Errno.Success => SocketError.Success,
        Errno.EPERM or Errno.EACCES => SocketError.AccessDenied,
        Errno.EINTR => SocketError.Interrupted,
        Errno.EBADF => SocketError.OperationAborted,
        Errno.EAGAIN => SocketError.WouldBlock,
        Errno.EFAULT => SocketError.Fault,
        Errno.ENOENT or Errno.ENODEV or Errno.EADDRNOTAVAIL => SocketError.AddressNotAvailable,
        Errno.EINVAL => SocketError.InvalidArgument,
        Errno.EMFILE => SocketError.TooManyOpenSockets,
        Errno.EPIPE => SocketError.Shutdown,
        Errno.ENOTSOCK => SocketError.NotSocket,
        Errno.EDESTADDRREQ => SocketError.DestinationAddressRequired,
        Errno.EMSGSIZE => SocketError.MessageSize,
        Errno.EPROTOTYPE => SocketError.ProtocolType,
        Errno.ENOPROTOOPT => SocketError.ProtocolOption,
        Errno.EPROTONOSUPPORT => SocketError.ProtocolNotSupported,
        Errno.ESOCKTNOSUPPORT => SocketError.SocketNotSupported,
        Errno.EOPNOTSUPP or Errno.EPROTO => SocketError.OperationNotSupported,
        Errno.EAFNOSUPPORT => SocketError.AddressFamilyNotSupported,
        Errno.EADDRINUSE => SocketError.AddressAlreadyInUse,
        Errno.ENETDOWN => SocketError.NetworkDown,
        Errno.ENETUNREACH => SocketError.NetworkUnreachable,
        Errno.ECONNABORTED => SocketError.ConnectionAborted,
        Errno.ECONNRESET => SocketError.ConnectionReset,
        Errno.ENOBUFS or Errno.ENOMEM => SocketError.NoBufferSpaceAvailable,
        Errno.EISCONN => SocketError.IsConnected,
        Errno.ENOTCONN => SocketError.NotConnected,
        Errno.ETIMEDOUT => SocketError.TimedOut,
        Errno.ECONNREFUSED => SocketError.ConnectionRefused,
        Errno.EHOSTDOWN => SocketError.HostDown,
        Errno.EHOSTUNREACH => SocketError.HostUnreachable,
        Errno.EALREADY => SocketError.AlreadyInProgress,
        Errno.EINPROGRESS => SocketError.InProgress,
        _ => SocketError.SocketError,
    };

    private static ArgumentOutOfRangeException Unknown(BindRule rule) =>
        new(nameof(rule), rule, "There is no such rule.");
}
