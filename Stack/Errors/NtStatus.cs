namespace UserNet.Errors;

/// <summary>
/// Statuses of the Windows kernel, as a WSK call answers them; the names and values of the field itself.
/// </summary>
/// <remarks>ntstatus.h. The two top bits are the severity, 3 for an error.</remarks>
#pragma warning disable CA1707 // the field's own names
#pragma warning disable CA1028 // an NTSTATUS has 32 bits, and its top bits say how bad it is
public enum NtStatus : uint
{
    /// <summary>Done.</summary>
    STATUS_SUCCESS = 0x00000000,
    /// <summary>The request completes later, with its status in IoStatus.</summary>
    STATUS_PENDING = 0x00000103,
    /// <summary>An event callback is still running; it is disabled once it has returned.</summary>
    STATUS_EVENT_PENDING = 0x00000330,
    /// <summary>The handle names nothing.</summary>
    STATUS_INVALID_HANDLE = 0xC0000008,
    /// <summary>An argument is wrong.</summary>
    STATUS_INVALID_PARAMETER = 0xC000000D,
    /// <summary>The object does not know the request.</summary>
    STATUS_INVALID_DEVICE_REQUEST = 0xC0000010,
    /// <summary>A completion routine keeps the request for itself.</summary>
    STATUS_MORE_PROCESSING_REQUIRED = 0xC0000016,
    /// <summary>Permission denied: the holder forbids to share.</summary>
    STATUS_ACCESS_DENIED = 0xC0000022,
    /// <summary>What is to be written does not fit.</summary>
    STATUS_BUFFER_TOO_SMALL = 0xC0000023,
    /// <summary>The handle names an object of another kind.</summary>
    STATUS_OBJECT_TYPE_MISMATCH = 0xC0000024,
    /// <summary>Address in use, as seen below Winsock.</summary>
    STATUS_SHARING_VIOLATION = 0xC0000043,
    /// <summary>Out of memory.</summary>
    STATUS_INSUFFICIENT_RESOURCES = 0xC000009A,
    /// <summary>What is asked for is not there yet, or not any more.</summary>
    STATUS_DEVICE_NOT_READY = 0xC00000A3,
    /// <summary>Timed out.</summary>
    STATUS_IO_TIMEOUT = 0xC00000B5,
    /// <summary>The socket no longer works.</summary>
    STATUS_FILE_FORCED_CLOSED = 0xC00000B6,
    /// <summary>The socket's category does not know the call.</summary>
    STATUS_NOT_SUPPORTED = 0xC00000BB,
    /// <summary>A callback rejects what it is given.</summary>
    STATUS_REQUEST_NOT_ACCEPTED = 0xC00000D0,
    /// <summary>Too many open files.</summary>
    STATUS_TOO_MANY_OPENED_FILES = 0xC000011F,
    /// <summary>The request was cancelled.</summary>
    STATUS_CANCELLED = 0xC0000120,
    /// <summary>Not connected.</summary>
    STATUS_INVALID_CONNECTION = 0xC0000140,
    /// <summary>The address is of another family than the socket.</summary>
    STATUS_INVALID_ADDRESS = 0xC0000141,
    /// <summary>The socket's state does not allow the call, such as before its bind.</summary>
    STATUS_INVALID_DEVICE_STATE = 0xC0000184,
    /// <summary>The datagram is longer than can be sent.</summary>
    STATUS_INVALID_BUFFER_SIZE = 0xC0000206,
    /// <summary>Address not available: not one of this host's.</summary>
    STATUS_INVALID_ADDRESS_COMPONENT = 0xC0000207,
    /// <summary>No port of the range is free.</summary>
    STATUS_TOO_MANY_ADDRESSES = 0xC0000209,
    /// <summary>Address in use.</summary>
    STATUS_ADDRESS_ALREADY_EXISTS = 0xC000020A,
    /// <summary>The local address is gone.</summary>
    STATUS_ADDRESS_CLOSED = 0xC000020B,
    /// <summary>The peer has closed.</summary>
    STATUS_CONNECTION_DISCONNECTED = 0xC000020C,
    /// <summary>Connection reset by the peer.</summary>
    STATUS_CONNECTION_RESET = 0xC000020D,
    /// <summary>A callback leaves data where it is.</summary>
    STATUS_DATA_NOT_ACCEPTED = 0xC000021B,
    /// <summary>Connection refused.</summary>
    STATUS_CONNECTION_REFUSED = 0xC0000236,
    /// <summary>The socket is bound already.</summary>
    STATUS_ADDRESS_ALREADY_ASSOCIATED = 0xC0000238,
    /// <summary>Already connected.</summary>
    STATUS_CONNECTION_ACTIVE = 0xC000023B,
    /// <summary>No route to the network.</summary>
    STATUS_NETWORK_UNREACHABLE = 0xC000023C,
    /// <summary>No route to the host.</summary>
    STATUS_HOST_UNREACHABLE = 0xC000023D,
    /// <summary>Connection aborted on this side.</summary>
    STATUS_CONNECTION_ABORTED = 0xC0000241,
    /// <summary>The version asked for is not known.</summary>
    STATUS_NOINTERFACE = 0xC00002B9,
}
