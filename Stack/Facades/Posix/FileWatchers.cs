using UserNet.Core;
using UserNet.Sockets;

namespace UserNet.Facades.Posix;

/// <summary>The places in epolls that one file has. Gate held, but for what says otherwise.</summary>
internal sealed class FileWatchers(StackCore core) : IChannelObserver
{
    private readonly List<EpollItem> _items = [];      // in the order in which they were added

    /// <summary>How many there are.</summary>
    public int Count => _items.Count;

    public void Add(EpollItem item) => _items.Add(item);

    public void Remove(EpollItem item) => _items.Remove(item);

    /// <inheritdoc/>
    public void OnNews(int events)
    {
        // Of those that want to be woken alone, one is enough; which one is up to the system.
        bool hasWokenOne = false;
        for (int i = 0; i < _items.Count; i++)
        {
            EpollItem item = _items[i];
            if (item.IsExclusive && hasWokenOne) continue;
            if (item.OnNews(events) && item.IsExclusive) hasWokenOne = true;
        }
    }

    /// <summary>The file is closed: no epoll has it any more. Outside the gate.</summary>
    public void LeaveAll()
    {
        using (core.Enter())
        {
            while (_items.Count > 0) _items[^1].Leave();
        }
    }
}
