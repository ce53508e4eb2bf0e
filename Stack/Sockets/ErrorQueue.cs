using UserNet.Udp;

namespace UserNet.Sockets;

/// <summary>The errors that a socket with IP_RECVERR has not yet read, each with what is known of the datagram.</summary>
/// <remarks>Charged as datagrams are; the socket sees to it that both together stay within SO_RCVBUF. Gate held.</remarks>
internal sealed class ErrorQueue
{
    private readonly Queue<SocketErrorInfo> _errors = new();
    private readonly DatagramQueue _payloads = new();
    private SocketErrorInfo _last;      // which came last

    /// <summary>How many errors wait.</summary>
    public int Count => _errors.Count;

    /// <summary>What they are charged, octets.</summary>
    public int Held => _payloads.Held;

    /// <summary>Adds an error; false when there is no room left for it.</summary>
    /// <param name="error">The error, whose length becomes that of the payload.</param>
    /// <param name="payload">What came back of the datagram; copied.</param>
    /// <param name="room">How much of SO_RCVBUF is left.</param>
    public bool TryAdd(in SocketErrorInfo error, ReadOnlySpan<byte> payload, int room)
    {
        if (payload.Length + DatagramQueue.Overhead >= room) return false;
        _payloads.TryAdd(new DatagramInfo { Length = payload.Length }, payload, int.MaxValue);
        _last = error with { Length = payload.Length };
        _errors.Enqueue(_last);
        return true;
    }

    /// <summary>Has the newest entry tell of more calls with MSG_ZEROCOPY, if it tells of those before them.</summary>
    public bool TryExtend(uint low, uint high)
    {
        if (_errors.Count == 0 || _last is not { Origin: SocketErrorOrigin.ZeroCopy } || _last.Data + 1 != low) return false;
        _last = _last with { Data = high };
        for (int left = _errors.Count; left > 1; left--) _errors.Enqueue(_errors.Dequeue());
        _errors.Dequeue();
        _errors.Enqueue(_last);
        return true;
    }

    /// <summary>The error that is read next.</summary>
    public bool TryPeek(out SocketErrorInfo error) => _errors.TryPeek(out error);

    /// <summary>Reads the oldest error, which must be there, and answers how many octets were copied.</summary>
    public int Read(Span<byte> target, out SocketErrorInfo error)
    {
        int copied = _payloads.Read(target, peek: false, out _);
        error = _errors.Dequeue();
        if (copied < error.Length) error = error with { IsTruncated = true };
        return copied;
    }

    /// <summary>Forgets all errors.</summary>
    public void Clear()
    {
        _errors.Clear();
        _payloads.Clear();
    }
}
