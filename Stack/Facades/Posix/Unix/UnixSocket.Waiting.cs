using UserNet.Errors;
using UserNet.Sockets;
using static UserNet.Facades.Posix.PosixConstants;

namespace UserNet.Facades.Posix.Unix;

// Who waits for a socket, and what poll tells.
internal sealed partial class UnixSocket
{
    // Made when somebody waits. Of room in this socket's own queue others wait: those who connect to it, or send to it.
    private OperationList? _receivers, _senders, _pollers, _forRoom;
    private IChannelObserver? _observer;
    private List<UnixSocket>? _fullFor;      // those who were told that they can't send, since this queue is full

    /// <summary>True when half of the send buffer's half is free: what poll calls writable.</summary>
    private bool HasRoom => (_charged + 1) * 4L <= _sendBuffer;

    /// <inheritdoc/>
    public override int PollNow()
    {
        int events = 0;
        if (_error != Errno.Success) events |= POLLERR;
        if ((_shut & ReceiveShut) != 0) events |= POLLRDHUP | POLLIN | POLLRDNORM;
        if (_shut == BothShut || (HasConnections && _phase == UnixPhase.Unconnected)) events |= POLLHUP;
        if (_queue.Count > 0) events |= POLLIN | POLLRDNORM;
        if (_urgent is not null) events |= POLLPRI;
        if (_phase == UnixPhase.Listening || !HasRoom) return events;
        if (Type != SOCK_STREAM && _peer is { _isClosed: false } peer && peer._peer != this && peer.IsQueueFull)
        {
            peer._fullFor ??= [];
            if (!peer._fullFor.Contains(this)) peer._fullFor.Add(this);
            return events;
        }

        return events | POLLOUT | POLLWRNORM | POLLWRBAND;
    }

    /// <inheritdoc/>
    public override void Join(SelectOperation operation, int events) =>
        operation.Add(_pollers ??= new(), (events & (POLLOUT | POLLWRNORM | POLLWRBAND)) != 0
            ? System.Net.Sockets.SelectMode.SelectWrite : System.Net.Sockets.SelectMode.SelectRead);

    /// <inheritdoc/>
    protected override void SetObserver(IChannelObserver? observer) => _observer = observer;

    /// <summary>Has a blocked call wait until its time is over. Gate held.</summary>
    private void Await(ref UnixWait? wait, OperationList list, TimeSpan? timeout)
    {
        NetworkSocket.EnsureMayBlock(_core);
        if (wait is null)
        {
            wait = new UnixWait(_core);
            wait.EndIn(timeout ?? TimeSpan.Zero);
        }

        wait.WaitFor(list);
    }

    /// <summary>True when a call may wait, or go on to wait. Gate held.</summary>
    private bool MayWait(UnixWait? wait, int flags, TimeSpan? timeout) =>
        !IsNonBlocking && (flags & MSG_DONTWAIT) == 0 && timeout != TimeSpan.Zero && wait is not { HasExpired: true };

    private void WakeAll()
    {
        UnixWait.WakeAll(_receivers);
        UnixWait.WakeAll(_senders);
        NotifyPollers(0);
        WakeForRoom();
    }

    private void WakeReceivers()
    {
        UnixWait.WakeAll(_receivers);
        NotifyPollers(ChannelEvents.Input);
    }

    private void WakeSenders()
    {
        UnixWait.WakeAll(_senders);
        NotifyPollers(ChannelEvents.Output);
    }

    /// <summary>There is room in this queue, or nobody reads it any more.</summary>
    private void WakeForRoom()
    {
        UnixWait.WakeAll(_forRoom);
        if (_fullFor is not { Count: > 0 } senders) return;
        _fullFor = null;
        foreach (UnixSocket sender in senders) sender.NotifyPollers(ChannelEvents.Output);
    }

    // They look again themselves.
    private void NotifyPollers(int events)
    {
        while (_pollers?.First is PollOperation poll) poll.Notify(isReady: true);
        _observer?.OnNews(events);
    }

    /// <summary>The socket is closed: its own calls end, those of others look again.</summary>
    private void Abandon()
    {
        AbandonAll(_receivers);
        AbandonAll(_senders);
        AbandonAll(_pollers);
        WakeForRoom();
    }

    private static void AbandonAll(OperationList? list)
    {
        while (list?.First is { } operation) operation.Abandon();
    }
}
