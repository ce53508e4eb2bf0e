namespace UserNet.Sockets;

/// <summary>How far a stream socket has come, as its calls see it; its connection's state is another matter.</summary>
internal enum StreamPhase : byte
{
    /// <summary>It has no connection: it may connect or listen.</summary>
    Unconnected,
    /// <summary>Connect has begun, and no call was told yet how it ended.</summary>
    Connecting,
    /// <summary>It has, or had, a connection.</summary>
    Connected,
    /// <summary>It was shut down while it was connecting.</summary>
    Disconnecting,
}
