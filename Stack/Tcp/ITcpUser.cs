using UserNet.Time;

namespace UserNet.Tcp;

/// <summary>What a connection tells its user.</summary>
[Flags]
internal enum TcpNews : byte
{
    None = 0,
    /// <summary>The connection is established.</summary>
    Connected = 1,
    /// <summary>There is something to read: octets, or the end.</summary>
    Readable = 2,
    /// <summary>There is room to write, or writing has ended.</summary>
    Writable = 4,
    /// <summary>An error came up.</summary>
    Failed = 8,
    /// <summary>The connection is gone; nothing more will be told.</summary>
    Closed = 16,
    /// <summary>Urgent data is on its way. RFC 6093.</summary>
    Urgent = 32,
    /// <summary>The peer has acknowledged all that was sent, the end included.</summary>
    SentOff = 64,
    /// <summary>The peer sends no more.</summary>
    Ended = 128,
}

/// <summary>Who uses a connection: a socket.</summary>
/// <remarks>Gate held: it notes who is to be woken, and runs no user code.</remarks>
internal interface ITcpUser
{
    void OnNews(TcpNews news);

    /// <summary>The connection is about to leave the bind table: the last moment at which its peer has a name.</summary>
    void OnLeaving()
    {
    }

    /// <summary>An octet that was to be told of has come so far.</summary>
    /// <param name="stamp">Which.</param>
    /// <param name="moment">How far.</param>
    /// <param name="length">Octets of the packet that it is in, with the headers that it has there.</param>
    /// <param name="now">The time.</param>
    void OnMoment(in SendStamp stamp, SendMoments moment, int length, Timestamp now)
    {
    }

    /// <summary>An error is about to end the connection that is being made.</summary>
    void OnReported(in ReportedError error, Timestamp now)
    {
    }

    /// <summary>Writes are acknowledged whose memory was lent, or will never be.</summary>
    void OnReturned(in LentWrites writes)
    {
    }
}

/// <summary>A holder of a port, as the way in ends at it: a connection or a listener.</summary>
internal interface ITcpEndpoint
{
    Tcb? Connection { get; }

    ListenQueue? Listener { get; }

    /// <summary>Whose segments they are once the connection is in TIME-WAIT; null before.</summary>
    OldConnection? Old { get; }
}
