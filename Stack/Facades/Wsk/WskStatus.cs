using UserNet.Binding;
using UserNet.Errors;
using UserNet.Sockets;

namespace UserNet.Facades.Wsk;

/// <summary>What calls of the stack that transfer or wait mean to WSK.</summary>
internal static class WskStatus
{
    /// <summary>The status of a result: by its rule where one decided, else by what happened to the connection.</summary>
    public static NtStatus Of(in TransferResult result) => result.Rule != BindRule.Granted ? result.Rule.ToNtStatus() : result.Errno switch
    {
        Errno.Success => NtStatus.STATUS_SUCCESS,
        Errno.EINPROGRESS => NtStatus.STATUS_PENDING,
        Errno.EBADF => NtStatus.STATUS_FILE_FORCED_CLOSED,
        Errno.EINTR => NtStatus.STATUS_CANCELLED,
        Errno.ECONNREFUSED => NtStatus.STATUS_CONNECTION_REFUSED,
        Errno.ECONNRESET => NtStatus.STATUS_CONNECTION_RESET,
        Errno.ECONNABORTED => NtStatus.STATUS_CONNECTION_ABORTED,
        Errno.ETIMEDOUT => NtStatus.STATUS_IO_TIMEOUT,
        Errno.EPIPE => NtStatus.STATUS_CONNECTION_DISCONNECTED,
        Errno.ENOTCONN => NtStatus.STATUS_INVALID_CONNECTION,
        Errno.EISCONN or Errno.EALREADY => NtStatus.STATUS_CONNECTION_ACTIVE,
        Errno.ENETUNREACH or Errno.ENETDOWN => NtStatus.STATUS_NETWORK_UNREACHABLE,
        Errno.EHOSTUNREACH or Errno.EHOSTDOWN => NtStatus.STATUS_HOST_UNREACHABLE,
        Errno.EMSGSIZE => NtStatus.STATUS_INVALID_BUFFER_SIZE,
        Errno.ENOBUFS or Errno.ENOMEM or Errno.EAGAIN => NtStatus.STATUS_INSUFFICIENT_RESOURCES,
        Errno.EACCES or Errno.EPERM => NtStatus.STATUS_ACCESS_DENIED,
        Errno.EADDRNOTAVAIL => NtStatus.STATUS_INVALID_ADDRESS_COMPONENT,
        Errno.EOPNOTSUPP => NtStatus.STATUS_NOT_SUPPORTED,
        _ => NtStatus.STATUS_INVALID_PARAMETER,
    };
}
