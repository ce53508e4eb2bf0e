using UserNet.Doors;
using UserNet.Errors;

namespace UserNet.Sockets;

// IP_RECVERR and IPV6_RECVERR: errors that wait to be read, beside the one that is pending.
internal sealed partial class DatagramChannel
{
    private ErrorQueue? _errors;      // made with the first error

    /// <summary>IP_RECVERR: errors are queued, and tell a socket without a peer, too.</summary>
    public bool ReceivesErrors { get; private set; }

    /// <summary>IPV6_RECVERR: the same of what was sent in IPv6 packets.</summary>
    public bool ReceivesErrorsV6 { get; private set; }

    /// <summary>True while an error waits to be read.</summary>
    public bool HasErrors => _errors is { Count: > 0 };

    private int ErrorsHeld => _errors?.Held ?? 0;

    /// <summary>Sets IP_RECVERR; off forgets what is queued, but not the pending error.</summary>
    public void SetReceivesErrors(bool isOn)
    {
        ReceivesErrors = isOn;
        if (!isOn) _errors?.Clear();
    }

    /// <summary>Sets IPV6_RECVERR; off forgets what is queued likewise.</summary>
    public void SetReceivesErrorsV6(bool isOn)
    {
        ReceivesErrorsV6 = isOn;
        if (!isOn) _errors?.Clear();
    }

    /// <summary>True when the socket wants errors about packets of a family.</summary>
    public bool WantsErrors(bool ofV6) => ofV6 ? ReceivesErrorsV6 : ReceivesErrors;

    /// <summary>Queues an error that the socket wants, if there is room: both queues share SO_RCVBUF.</summary>
    /// <param name="error">The error.</param>
    /// <param name="payload">What came back of the datagram; copied.</param>
    public void AddError(in SocketErrorInfo error, ReadOnlySpan<byte> payload)
    {
        _errors ??= new ErrorQueue();
        if (!_errors.TryAdd(error, payload, ReceiveLimit - Queue.Held - ErrorsHeld))
        {
            Core.Context.Drops.Count(DropReason.SocketBufferFull);
            return;
        }

        if (IsWatched) NotifyPollers(ChannelEvents.Error);
    }

    /// <summary>Reads the oldest error. The pending error becomes that of the next one, if it came by ICMP.</summary>
    /// <returns>Octets copied; null when no error waits.</returns>
    public int? ReadError(Span<byte> target, out SocketErrorInfo error)
    {
        error = default;
        if (_errors is not { Count: > 0 } errors) return null;
        int copied = errors.Read(target, out error);
        bool hasNext = errors.TryPeek(out SocketErrorInfo next);
        if (hasNext && next.IsRemote) Fail(next.Errno);
        else if (error.IsRemote) TakeError();
        return copied;
    }
}
