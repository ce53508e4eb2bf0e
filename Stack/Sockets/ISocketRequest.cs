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
    /// <param name="events">POLLIN and so on: what may be; 0 where it may be anything.</param>
    void OnNews(int events);
}

/// <summary>What observers of a socket hear of, by the numbers of poll.h.</summary>
internal static class ChannelEvents
{
    /// <summary>Something came: POLLIN, POLLPRI, POLLRDNORM, POLLRDBAND.</summary>
    public const int Input = 0xC3;

    /// <summary>There is room to write: POLLOUT, POLLWRNORM, POLLWRBAND.</summary>
    public const int Output = 0x304;

    /// <summary>An error is pending, or queued: POLLERR.</summary>
    public const int Error = 0x8;
}
