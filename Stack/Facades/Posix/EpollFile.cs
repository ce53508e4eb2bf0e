using UserNet.Binding;
using UserNet.Core;
using UserNet.Errors;
using UserNet.Sockets;
using static UserNet.Facades.Posix.PosixConstants;

namespace UserNet.Facades.Posix;

/// <summary>What epoll_create makes: files that are watched, and which of them may be ready, in the order in which they became so.</summary>
/// <remarks>
/// A file gets into the list when it has news, so that a wait looks at those alone. Told by level it stays there, behind the others, until it is
/// found not to be ready; told by edge it goes, until there is news again. epoll(7). Gate held, but for what says otherwise.
/// </remarks>
internal sealed class EpollFile(StackCore core) : OpenFile
{
    private const int MostNests = 4;      // an epoll watches an epoll...

    private readonly Dictionary<(OpenFile File, int Descriptor), EpollItem> _items = [];
    private readonly OperationList _waiters = new(), _pollers = new();
    private EpollItem? _first, _last;      // those that may be ready
    private int _listed;
    private IChannelObserver? _observer;

    /// <summary>The calls of epoll_wait that wait.</summary>
    public OperationList Waiters => _waiters;

    /// <summary>epoll_ctl.</summary>
    /// <param name="operation">EPOLL_CTL_ADD 1, EPOLL_CTL_DEL 2, EPOLL_CTL_MOD 3.</param>
    /// <param name="file">What is watched.</param>
    /// <param name="descriptor">By which number.</param>
    /// <param name="wanted">What is asked for.</param>
    public int Control(int operation, OpenFile file, int descriptor, in EpollEvent wanted)
    {
        bool hasEvent = operation != EPOLL_CTL_DEL;
        if (hasEvent && (wanted.Events & EPOLLEXCLUSIVE) != 0 && RefuseExclusive(operation, file, wanted.Events)) return -(int)Errno.EINVAL;
        if (operation == EPOLL_CTL_ADD && file is EpollFile inner && (inner.Reaches(this) || inner.Depth >= MostNests)) return -(int)Errno.ELOOP;
        _items.TryGetValue((file, descriptor), out EpollItem? item);
        switch (operation)
        {
            case EPOLL_CTL_ADD: return item is not null ? -(int)Errno.EEXIST : Add(file, descriptor, wanted);
            case EPOLL_CTL_DEL or EPOLL_CTL_MOD when item is null: return -(int)Errno.ENOENT;
            case EPOLL_CTL_DEL:
                Remove(item!);
                return 0;
            case EPOLL_CTL_MOD when !item!.IsExclusive:
                (item.Events, item.Data) = (wanted.Events | EPOLLERR | EPOLLHUP, wanted.Data);
                if (item.Ready != 0) OnReady(item);
                return 0;
            default: return -(int)Errno.EINVAL;
        }
    }

    /// <summary>Takes what is ready out of the list, as far as there is room for it.</summary>
    /// <param name="events">Where it goes.</param>
    /// <param name="most">How many are wanted; what goes beyond the end of the room is EFAULT.</param>
    public int Collect(Span<EpollEvent> events, int most)
    {
        int count = 0;
        for (int left = _listed; left > 0 && count < most && _first is { } item; left--)
        {
            Unlist(item);
            uint ready = item.Ready;
            if (ready == 0) continue;
            if (count >= events.Length)
            {
                ListFirst(item);
                return count > 0 ? count : -(int)Errno.EFAULT;
            }

            events[count++] = new EpollEvent(ready, item.Data);
            if ((item.Events & EPOLLONESHOT) != 0) item.Disarm();
            else if ((item.Events & EPOLLET) == 0) List(item);
        }

        if (_first is not null) WakeOne();
        return count;
    }

    /// <summary>A file has news.</summary>
    /// <returns>True when somebody who waits was woken.</returns>
    public bool OnReady(EpollItem item)
    {
        if (!item.IsListed) List(item);
        bool hasWoken = WakeOne();
        while (_pollers.First is PollOperation poll) poll.Notify(isReady: true);
        _observer?.OnNews(POLLIN);      // as Linux names it, whatever came
        return hasWoken || _observer is not null;
    }

    /// <summary>Watches a file no longer.</summary>
    public void Remove(EpollItem item)
    {
        if (item.IsListed) Unlist(item);
        item.File.RemoveWatcher(item);
        _items.Remove((item.File, item.Descriptor));
    }

    /// <inheritdoc/>
    public override int PollNow()
    {
        for (int left = _listed; left > 0 && _first is { } item; left--)
        {
            if (item.Ready != 0) return POLLIN | POLLRDNORM;
            Unlist(item);
        }

        return 0;
    }

    /// <inheritdoc/>
    public override void Join(SelectOperation operation, int events) => operation.Add(_pollers, System.Net.Sockets.SelectMode.SelectRead);

    /// <inheritdoc/>
    public override int ChangeOwner(uint owner, in Caller caller) => caller.Uid == 0 ? 0 : -(int)Errno.EPERM;

    /// <inheritdoc/>
    public override void Close()
    {
        using (core.Enter())
        {
            foreach (EpollItem item in _items.Values) item.File.RemoveWatcher(item);      // in whatever order: nobody hears of it
            _items.Clear();
            (_first, _last, _listed) = (null, null, 0);
            while (_waiters.First is { } waiter) waiter.Abandon();
            while (_pollers.First is { } poller) poller.Abandon();
        }
    }

    /// <inheritdoc/>
    protected override void SetObserver(IChannelObserver? observer) => _observer = observer;

    private int Depth => _items.Values.Max(static item => item.File is EpollFile inner ? 1 + inner.Depth : (int?)0) ?? 0;

    private bool Reaches(EpollFile other) =>
        this == other || _items.Values.Any(item => item.File is EpollFile inner && inner.Reaches(other));

    private static bool RefuseExclusive(int operation, OpenFile file, uint events)
    {
        const uint Allowed = EPOLLIN | EPOLLOUT | EPOLLERR | EPOLLHUP | EPOLLWAKEUP | EPOLLET | EPOLLEXCLUSIVE;
        return operation == EPOLL_CTL_MOD || (operation == EPOLL_CTL_ADD && (file is EpollFile || (events & ~Allowed) != 0));
    }

    private int Add(OpenFile file, int descriptor, in EpollEvent wanted)
    {
        var item = new EpollItem(this, file, descriptor) { Events = wanted.Events | EPOLLERR | EPOLLHUP, Data = wanted.Data };
        _items.Add((file, descriptor), item);
        file.AddWatcher(item, core);
        if (item.Ready != 0) OnReady(item);
        return 0;
    }

    private bool WakeOne()
    {
        if (_waiters.First is not PollOperation waiter) return false;
        waiter.Notify(isReady: true);
        return true;
    }

    private void List(EpollItem item)
    {
        item.Earlier = _last;
        if (_last is null) _first = item;
        else _last.Later = item;
        _last = item;
        item.IsListed = true;
        _listed++;
    }

    private void ListFirst(EpollItem item)
    {
        item.Later = _first;
        if (_first is null) _last = item;
        else _first.Earlier = item;
        _first = item;
        item.IsListed = true;
        _listed++;
    }

    private void Unlist(EpollItem item)
    {
        if (item.Earlier is null) _first = item.Later;
        else item.Earlier.Later = item.Later;
        if (item.Later is null) _last = item.Earlier;
        else item.Later.Earlier = item.Earlier;
        item.Earlier = item.Later = null;
        item.IsListed = false;
        _listed--;
    }
}
