namespace UserNet.Errors;

/// <summary>Winsock error codes, as WSAGetLastError answers them.</summary>
/// <remarks>winsock2.h, winerror.h.</remarks>
#pragma warning disable CA1707 // the field's own names
public enum WsaError
{
    /// <summary>No error.</summary>
    Success = 0,
    /// <summary>The operation, or what it is about, is not known (ERROR_INVALID_HANDLE).</summary>
    WSA_INVALID_HANDLE = 6,
    /// <summary>An argument is wrong (ERROR_INVALID_PARAMETER).</summary>
    WSA_INVALID_PARAMETER = 87,
    /// <summary>An overlapped operation was ended by closing its socket.</summary>
    WSA_OPERATION_ABORTED = 995,
    /// <summary>An overlapped operation has not ended yet.</summary>
    WSA_IO_INCOMPLETE = 996,
    /// <summary>An overlapped operation has begun, and will end later.</summary>
    WSA_IO_PENDING = 997,
    /// <summary>Interrupted: a blocking call was cancelled.</summary>
    WSAEINTR = 10004,
    /// <summary>The handle names nothing.</summary>
    WSAEBADF = 10009,
    /// <summary>Permission denied: the holder forbids to share, a broadcast without SO_BROADCAST.</summary>
    WSAEACCES = 10013,
    /// <summary>Bad address: it can't be read, or its length or family is wrong.</summary>
    WSAEFAULT = 10014,
    /// <summary>Invalid argument, or the socket's state does not allow it.</summary>
    WSAEINVAL = 10022,
    /// <summary>Too many open sockets.</summary>
    WSAEMFILE = 10024,
    /// <summary>A non-blocking call has nothing to do yet.</summary>
    WSAEWOULDBLOCK = 10035,
    /// <summary>A blocking call is in progress.</summary>
    WSAEINPROGRESS = 10036,
    /// <summary>The same call is in progress already.</summary>
    WSAEALREADY = 10037,
    /// <summary>Not a socket.</summary>
    WSAENOTSOCK = 10038,
    /// <summary>Destination address required.</summary>
    WSAEDESTADDRREQ = 10039,
    /// <summary>Message too large.</summary>
    WSAEMSGSIZE = 10040,
    /// <summary>Wrong protocol for the socket type.</summary>
    WSAEPROTOTYPE = 10041,
    /// <summary>Protocol option not available.</summary>
    WSAENOPROTOOPT = 10042,
    /// <summary>Protocol not supported.</summary>
    WSAEPROTONOSUPPORT = 10043,
    /// <summary>Socket type not supported.</summary>
    WSAESOCKTNOSUPPORT = 10044,
    /// <summary>Operation not supported on this socket.</summary>
    WSAEOPNOTSUPP = 10045,
    /// <summary>Protocol family not supported.</summary>
    WSAEPFNOSUPPORT = 10046,
    /// <summary>Address family not supported.</summary>
    WSAEAFNOSUPPORT = 10047,
    /// <summary>Address in use.</summary>
    WSAEADDRINUSE = 10048,
    /// <summary>Address not available: not one of this host's.</summary>
    WSAEADDRNOTAVAIL = 10049,
    /// <summary>Network is down.</summary>
    WSAENETDOWN = 10050,
    /// <summary>No route to the network.</summary>
    WSAENETUNREACH = 10051,
    /// <summary>The network dropped the connection.</summary>
    WSAENETRESET = 10052,
    /// <summary>Connection aborted on this side.</summary>
    WSAECONNABORTED = 10053,
    /// <summary>Connection reset by the peer.</summary>
    WSAECONNRESET = 10054,
    /// <summary>No buffer space, or no port of the range is free.</summary>
    WSAENOBUFS = 10055,
    /// <summary>Already connected.</summary>
    WSAEISCONN = 10056,
    /// <summary>Not connected.</summary>
    WSAENOTCONN = 10057,
    /// <summary>The socket has been shut down in this direction.</summary>
    WSAESHUTDOWN = 10058,
    /// <summary>Too many references.</summary>
    WSAETOOMANYREFS = 10059,
    /// <summary>Timed out.</summary>
    WSAETIMEDOUT = 10060,
    /// <summary>Connection refused.</summary>
    WSAECONNREFUSED = 10061,
    /// <summary>The name can't be translated.</summary>
    WSAELOOP = 10062,
    /// <summary>Name too long.</summary>
    WSAENAMETOOLONG = 10063,
    /// <summary>Host is down.</summary>
    WSAEHOSTDOWN = 10064,
    /// <summary>No route to the host.</summary>
    WSAEHOSTUNREACH = 10065,
    /// <summary>The network subsystem is not ready.</summary>
    WSASYSNOTREADY = 10091,
    /// <summary>This version of Winsock is not supported.</summary>
    WSAVERNOTSUPPORTED = 10092,
    /// <summary>WSAStartup has not been called.</summary>
    WSANOTINITIALISED = 10093,
    /// <summary>The peer is shutting down gracefully.</summary>
    WSAEDISCON = 10101,
    /// <summary>There is no such service.</summary>
    WSATYPE_NOT_FOUND = 10109,
    /// <summary>There is no such host.</summary>
    WSAHOST_NOT_FOUND = 11001,
    /// <summary>Not decided yet: the condition function of an accept has put the connection off.</summary>
    WSATRY_AGAIN = 11002,
}
