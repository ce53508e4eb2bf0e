using System.Net.NetworkInformation;
using System.Net.Sockets;
using UserNet.Errors;

namespace UserNet.Sockets;

// What poll tells of a stream: POLLIN and POLLHUP to read, POLLOUT to write, POLLERR and POLLPRI for errors, as .NET has it on Linux.
internal sealed partial class StreamChannel
{
    /// <inheritdoc/>
    public override bool IsReady(SelectMode mode)
    {
        if (Listener is { } queue) return mode == SelectMode.SelectRead && queue.Count > 0;
        return mode switch
        {
            SelectMode.SelectRead => HasHungUp || IsReadable,
            SelectMode.SelectWrite => !IsOpening && (IsSendEnded || HasRoom),
            _ => Error != Errno.Success || HasUrgent || HasQueuedErrors,
        };
    }

    /// <inheritdoc/>
    public override bool HasEvent(SelectMode mode)
    {
        if (IsReady(mode)) return true;
        return Listener is null && (HasHungUp || Error != Errno.Success || HasQueuedErrors);
    }

    /// <summary>POLLIN: octets are there, or the end.</summary>
    public bool IsReadable => IsReceiveShut || (Connection is not null && !IsOpening && (IsReadEnded || Connection.IsReadable(ReceiveLowWater)));

    /// <summary>POLLHUP: both directions have ended, or there is no connection.</summary>
    public bool HasHungUp => Connection is null || IsOver || (IsReadEnded && IsSendEnded);

    /// <summary>POLLRDHUP.</summary>
    public bool HasReadHungUp => IsReceiveShut || (Connection is not null && !IsOpening && IsReadEnded);

    /// <summary>POLLPRI: an urgent octet is there.</summary>
    public bool HasUrgent => Connection is { HasUrgent: true };

    private bool IsSendEnded => IsSendShut || IsOver;

    // At least a third is free, and less than half of TCP_NOTSENT_LOWAT was never sent.
    private bool HasRoom => Connection is not { } tcb || (tcb.Room > 0 && tcb.HasRoom);
}
