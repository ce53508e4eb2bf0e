namespace UserNet.Binding;

/// <summary>Which rule decided a call on the bind table, before any face makes a code of it.</summary>
/// <remarks>
/// One value, one cause: <see cref="OutcomeCodes"/> turns it into errno, WSAE value, NTSTATUS or SocketError.
/// </remarks>
public enum BindRule : byte
{
    /// <summary>Nothing stood in the way.</summary>
    Granted,

    /// <summary>The handle or descriptor names nothing.</summary>
    BadHandle,
    /// <summary>The descriptor names something, but no socket.</summary>
    NotASocket,
    /// <summary>The address can't be read.</summary>
    BadPointer,
    /// <summary>The address has a length that its family does not allow.</summary>
    BadLength,
    /// <summary>The address is of another family than the socket.</summary>
    BadFamily,
    /// <summary>A stream socket asked for an IPv6 multicast address.</summary>
    MulticastStream,
    /// <summary>An IPv6 socket that is not dual-stack asked for a mapped address.</summary>
    MappedOnV6Only,
    /// <summary>A link-local address without scope id or device.</summary>
    NoScope,
    /// <summary>The device does not exist.</summary>
    NoDevice,
    /// <summary>The address is not one of this host's, or is still tentative.</summary>
    NotLocal,
    /// <summary>The port is below the first unprivileged one and the caller lacks the right.</summary>
    Privileged,
    /// <summary>A broadcast address without SO_BROADCAST.</summary>
    BroadcastDenied,
    /// <summary>The socket is bound already, or in a state from which it can't be bound.</summary>
    AlreadyBound,
    /// <summary>The call needs a bound socket.</summary>
    NotBound,
    /// <summary>The socket is connected, or listening, already.</summary>
    AlreadyConnected,
    /// <summary>The call needs a connected socket.</summary>
    NotConnected,

    /// <summary>A holder of the port stands in the way.</summary>
    InUse,
    /// <summary>
    /// A holder of the port stands in the way, and its own options or owner forbid to share (Windows).
    /// </summary>
    SharingDenied,
    /// <summary>No port is free for bind or listen.</summary>
    Exhausted,
    /// <summary>No port is free for a stream's connect.</summary>
    ExhaustedByConnect,
    /// <summary>No port is free for a datagram socket's connect or send.</summary>
    ExhaustedByDatagram,
    /// <summary>The pair of local and remote endpoint is taken.</summary>
    TupleInUse,
    /// <summary>The table has as many holders as it may have.</summary>
    TableFull,

    /// <summary>No route leads to the destination, or the source address is no longer local.</summary>
    NoRoute,
    /// <summary>A route says that the destination is unreachable.</summary>
    HostUnreachable,
    /// <summary>A route prohibits the destination.</summary>
    RouteProhibited,
    /// <summary>A route discards what goes to the destination, or source and destination do not go together.</summary>
    RouteInvalid,
    /// <summary>The destination's family can't be reached from the socket's address.</summary>
    FamilyMismatch,

    /// <summary>The socket's type does not know the call.</summary>
    NotSupported,
    /// <summary>The option is not known for this level.</summary>
    UnknownOption,
    /// <summary>The option exists, but not with this value, size or in this state.</summary>
    InvalidOption,
    /// <summary>The caller lacks the right to set the option.</summary>
    NotPermitted,
    /// <summary>Nothing can be held open any more.</summary>
    TooManyOpen,
    /// <summary>The protocol does not go with the socket type.</summary>
    BadProtocol,
    /// <summary>The socket type is not known.</summary>
    BadSocketType,

    /// <summary>The socket is a member of the group on that interface already.</summary>
    AlreadyJoined,
    /// <summary>The socket is no member of the group on that interface, or does not list the source; or it lists it already.</summary>
    NotJoined,
    /// <summary>The socket is in as many groups, or lists as many sources, as one may.</summary>
    TooManyGroups,
    /// <summary>The socket's options have as much memory as they may; of IPv6 groups that is the limit.</summary>
    NoOptionMemory,
    /// <summary>A stream does not take the option.</summary>
    NotForStreams,
    /// <summary>The option names something that there is not: a way to control congestion, a key.</summary>
    UnknownName,
}
