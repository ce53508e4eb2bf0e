using UserNet.Binding;
using UserNet.Errors;
using UserNet.Sockets;

namespace UserNet.Facades.Winsock;

/// <summary>Winsock's codes for what the stack's calls answer beside the rules of the bind table.</summary>
internal static class WinsockCodes
{
    /// <summary>The code of a result: that of its rule, where one decided, else that of its error number.</summary>
    public static WsaError ToWsaError(this in TransferResult result) =>
        result.Rule != BindRule.Granted ? result.Rule.ToWsaError() : result.Errno.ToWsaError();

    /// <summary>The code of an error number of Linux. What a call makes of EPIPE, and of the wait's end, is its own matter.</summary>
    public static WsaError ToWsaError(this Errno errno) => errno switch
    {
        Errno.Success => WsaError.Success,
        Errno.EINTR => WsaError.WSAEINTR,
        Errno.EBADF or Errno.ENOTSOCK => WsaError.WSAENOTSOCK,
        Errno.EAGAIN => WsaError.WSAEWOULDBLOCK,
        Errno.EPERM or Errno.EACCES => WsaError.WSAEACCES,
        Errno.EFAULT => WsaError.WSAEFAULT,
        Errno.ENODEV or Errno.EADDRNOTAVAIL => WsaError.WSAEADDRNOTAVAIL,
        Errno.EMFILE => WsaError.WSAEMFILE,
        Errno.EPIPE => WsaError.WSAESHUTDOWN,
        Errno.EDESTADDRREQ or Errno.ENOTCONN => WsaError.WSAENOTCONN,
        Errno.EMSGSIZE => WsaError.WSAEMSGSIZE,
        Errno.EPROTOTYPE => WsaError.WSAEPROTOTYPE,
        Errno.ENOPROTOOPT => WsaError.WSAENOPROTOOPT,
        Errno.EPROTONOSUPPORT => WsaError.WSAEPROTONOSUPPORT,
        Errno.ESOCKTNOSUPPORT => WsaError.WSAESOCKTNOSUPPORT,
        Errno.EOPNOTSUPP or Errno.EPROTO => WsaError.WSAEOPNOTSUPP,
        Errno.EAFNOSUPPORT => WsaError.WSAEAFNOSUPPORT,
        Errno.EADDRINUSE => WsaError.WSAEADDRINUSE,
        Errno.ENETDOWN => WsaError.WSAENETDOWN,
        Errno.ENETUNREACH => WsaError.WSAENETUNREACH,
        Errno.ECONNABORTED => WsaError.WSAECONNABORTED,
        Errno.ECONNRESET => WsaError.WSAECONNRESET,
        Errno.ENOBUFS or Errno.ENOMEM => WsaError.WSAENOBUFS,
        Errno.EISCONN => WsaError.WSAEISCONN,
        Errno.ETIMEDOUT => WsaError.WSAETIMEDOUT,
        Errno.ECONNREFUSED => WsaError.WSAECONNREFUSED,
        Errno.EHOSTDOWN => WsaError.WSAEHOSTDOWN,
        Errno.EHOSTUNREACH => WsaError.WSAEHOSTUNREACH,
        Errno.EALREADY => WsaError.WSAEALREADY,
        Errno.EINPROGRESS => WsaError.WSAEWOULDBLOCK,
        _ => WsaError.WSAEINVAL,
    };
}
