namespace UserNet.Sockets;

/// <summary>A call of another face that a socket's operation does the waiting for: it is told, not awaited.</summary>
internal interface ISocketRequest
{
    /// <summary>True when nobody wants it any more. Gate held.</summary>
    bool IsCanceled { get; }

    /// <summary>The call will be answered later, by <see cref="OnEnded"/>. Gate held.</summary>
    void OnBegun(SocketOperation operation);

    /// <summary>The operation has ended. On the stack's scheduler, outside the gate, once.</summary>
    void OnEnded(SocketOperation operation);
}

/// <summary>Who is told what pollers are told, and decides for itself what is of interest.</summary>
internal interface IChannelObserver
{
    /// <summary>Something may be ready. Gate held: no user code, no calls of the socket.</summary>
    void OnNews();
}
