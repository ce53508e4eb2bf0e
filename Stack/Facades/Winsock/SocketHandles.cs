namespace UserNet.Facades.Winsock;

/// <summary>The handles of a process: which number names which socket.</summary>
/// <remarks>Handles are multiples of 4, as Windows' are; the lowest that is free is given next, so that a run repeats. Any thread.</remarks>
internal sealed class SocketHandles
{
    private const nuint First = 0x100, Step = 4;

    private readonly Lock _gate = new();
    private readonly List<WinsockSocket?> _sockets = [];
    private readonly PriorityQueue<int, int> _free = new();

    /// <summary>How many handles there may be.</summary>
    public int Limit { get; set; } = 65_536;

    /// <summary>How many there are.</summary>
    public int Count
    {
        get
        {
            lock (_gate) return _sockets.Count - _free.Count;
        }
    }

    /// <summary>Gives a socket a handle; false when there may be no more.</summary>
    public bool TryAdd(WinsockSocket socket, out SOCKET handle)
    {
        handle = SOCKET.Invalid;
        lock (_gate)
        {
            if (_sockets.Count - _free.Count >= Limit) return false;
            if (!_free.TryDequeue(out int place, out _))
            {
                place = _sockets.Count;
                _sockets.Add(null);
            }

            _sockets[place] = socket;
            handle = new SOCKET(First + ((nuint)place * Step));
            return true;
        }
    }

    /// <summary>What a handle names, or null.</summary>
    public WinsockSocket? Find(SOCKET handle)
    {
        lock (_gate) return PlaceOf(handle) is >= 0 and var place ? _sockets[place] : null;
    }

    /// <summary>Takes a handle away; null when it names nothing.</summary>
    public WinsockSocket? Remove(SOCKET handle)
    {
        lock (_gate)
        {
            if (PlaceOf(handle) is not (>= 0 and var place) || _sockets[place] is not { } socket) return null;
            _sockets[place] = null;
            _free.Enqueue(place, place);
            return socket;
        }
    }

    /// <summary>Takes all away.</summary>
    public WinsockSocket[] Clear()
    {
        lock (_gate)
        {
            WinsockSocket[] all = [.. _sockets.OfType<WinsockSocket>()];
            _sockets.Clear();
            _free.Clear();
            return all;
        }
    }

    private int PlaceOf(SOCKET handle)
    {
        if (handle.Value < First || (handle.Value - First) % Step != 0) return -1;
        nuint place = (handle.Value - First) / Step;
        return place < (nuint)_sockets.Count ? (int)place : -1;
    }
}
