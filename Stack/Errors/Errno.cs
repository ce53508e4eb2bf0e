namespace UserNet.Errors;

/// <summary>POSIX error numbers with the values that Linux gives them on x86-64.</summary>
/// <remarks>POSIX.1-2024, errno.h.</remarks>
#pragma warning disable CA1707 // the field's own names
public enum Errno
{
    /// <summary>No error.</summary>
    Success = 0,
    /// <summary>Operation not permitted.</summary>
    EPERM = 1,
    /// <summary>No such file or directory.</summary>
    ENOENT = 2,
    /// <summary>No such process.</summary>
    ESRCH = 3,
    /// <summary>Interrupted.</summary>
    EINTR = 4,
    /// <summary>Input/output error.</summary>
    EIO = 5,
    /// <summary>No such device or address: a socket's name in the tree can't be opened.</summary>
    ENXIO = 6,
    /// <summary>Bad file descriptor.</summary>
    EBADF = 9,
    /// <summary>Try again; no ephemeral port for an implicit bind.</summary>
    EAGAIN = 11,
    /// <summary>Out of memory.</summary>
    ENOMEM = 12,
    /// <summary>Permission denied: a privileged port, a broadcast without SO_BROADCAST, a prohibited route.</summary>
    EACCES = 13,
    /// <summary>Bad address: a pointer that can't be read.</summary>
    EFAULT = 14,
    /// <summary>Device or resource busy: the root, or something is mounted there.</summary>
    EBUSY = 16,
    /// <summary>File exists.</summary>
    EEXIST = 17,
    /// <summary>Cross-device link: two file systems.</summary>
    EXDEV = 18,
    /// <summary>No such device.</summary>
    ENODEV = 19,
    /// <summary>Not a directory.</summary>
    ENOTDIR = 20,
    /// <summary>Is a directory.</summary>
    EISDIR = 21,
    /// <summary>Invalid argument, or the socket's state does not allow it.</summary>
    EINVAL = 22,
    /// <summary>Too many open files.</summary>
    EMFILE = 24,
    /// <summary>Not a terminal: the file does not know the ioctl.</summary>
    ENOTTY = 25,
    /// <summary>File too large.</summary>
    EFBIG = 27,
    /// <summary>No space left: each name that could be chosen is taken.</summary>
    ENOSPC = 28,
    /// <summary>Illegal seek: the octets of a socket or a pipe have no places.</summary>
    ESPIPE = 29,
    /// <summary>Read-only file system.</summary>
    EROFS = 30,
    /// <summary>Broken pipe.</summary>
    EPIPE = 32,
    /// <summary>Out of domain: a time whose microseconds are a second or more.</summary>
    EDOM = 33,
    /// <summary>Name too long.</summary>
    ENAMETOOLONG = 36,
    /// <summary>Directory not empty.</summary>
    ENOTEMPTY = 39,
    /// <summary>Too many symbolic links.</summary>
    ELOOP = 40,
    /// <summary>No message of that kind: what a transmit time stamp in the error queue is told with.</summary>
    ENOMSG = 42,
    /// <summary>Machine is not on the network: a router called it isolated.</summary>
    ENONET = 64,
    /// <summary>Protocol error: a stream does not take the option, or somebody could not read a packet's header.</summary>
    EPROTO = 71,
    /// <summary>Not a socket.</summary>
    ENOTSOCK = 88,
    /// <summary>Destination address required.</summary>
    EDESTADDRREQ = 89,
    /// <summary>Message too large.</summary>
    EMSGSIZE = 90,
    /// <summary>Wrong protocol for the socket type.</summary>
    EPROTOTYPE = 91,
    /// <summary>Protocol option not available.</summary>
    ENOPROTOOPT = 92,
    /// <summary>Protocol not supported.</summary>
    EPROTONOSUPPORT = 93,
    /// <summary>Socket type not supported.</summary>
    ESOCKTNOSUPPORT = 94,
    /// <summary>Operation not supported on this socket.</summary>
    EOPNOTSUPP = 95,
    /// <summary>Address family not supported.</summary>
    EAFNOSUPPORT = 97,
    /// <summary>Address in use, or no port of the range is free.</summary>
    EADDRINUSE = 98,
    /// <summary>Address not available: not local, or no free port for a connect.</summary>
    EADDRNOTAVAIL = 99,
    /// <summary>Network is down.</summary>
    ENETDOWN = 100,
    /// <summary>No route to the network.</summary>
    ENETUNREACH = 101,
    /// <summary>Connection aborted.</summary>
    ECONNABORTED = 103,
    /// <summary>Connection reset.</summary>
    ECONNRESET = 104,
    /// <summary>No buffer space.</summary>
    ENOBUFS = 105,
    /// <summary>Already connected.</summary>
    EISCONN = 106,
    /// <summary>Not connected.</summary>
    ENOTCONN = 107,
    /// <summary>Timed out.</summary>
    ETIMEDOUT = 110,
    /// <summary>Connection refused.</summary>
    ECONNREFUSED = 111,
    /// <summary>Host is down, or not known to its router.</summary>
    EHOSTDOWN = 112,
    /// <summary>Host unreachable.</summary>
    EHOSTUNREACH = 113,
    /// <summary>Already in progress.</summary>
    EALREADY = 114,
    /// <summary>In progress.</summary>
    EINPROGRESS = 115,
}
