namespace UserNet.Binding;

/// <summary>
/// A set of ports, each with the number of times that it is in: a list of ports while they are few, then bitmaps of 16,384
/// bits a page, 64 ports a word, for <see cref="PortSearch"/> to combine.
/// </summary>
/// <remarks>
/// Adding, removing and asking cost the same however full the set is. What a port is in for beyond the first time is
/// counted aside, since most ports have one holder of a kind. Gate held.
/// </remarks>
internal sealed class PortSet
{
    public const int PageShift = 14, PageCount = 4, WordsPerPage = (1 << PageShift) / 64;

    /// <summary>From this many ports on a bitmap takes less room than it saves time.</summary>
    public const int MostFew = 128;

    private ulong[]?[]? _pages;
    private ushort[] _few = [];
    private Dictionary<ushort, int>? _extra;      // port -> times beyond the first

    /// <param name="dense">Whether to keep bitmaps from the start.</param>
    public PortSet(bool dense = false)
    {
        if (dense) _pages = new ulong[]?[PageCount];
    }

    /// <summary>How many different ports are in.</summary>
    public int Count { get; private set; }

    /// <summary>True when the set has bitmaps; else it must be asked port by port.</summary>
    public bool IsDense => _pages is not null;

    /// <summary>The bitmap of a page; null when no port of it is in.</summary>
    public ulong[]? Page(int index) => _pages![index];

    public bool Contains(int port)
    {
        if (_pages is null) return _few.AsSpan(0, Count).Contains((ushort)port);
        ulong[]? page = _pages[port >> PageShift];
        return page is not null && (page[WordOf(port)] >> (port & 63) & 1) != 0;
    }

    public void Add(ushort port)
    {
        if (_pages is null)
        {
            if (Contains(port)) AddExtra(port);
            else AddToFew(port);
            return;
        }

        ulong[] page = _pages[port >> PageShift] ??= new ulong[WordsPerPage];
        ref ulong word = ref page[WordOf(port)];
        ulong bit = 1UL << (port & 63);
        if ((word & bit) != 0)
        {
            AddExtra(port);
            return;
        }

        word |= bit;
        Count++;
    }

    /// <summary>Takes the port out once. It must be in.</summary>
    public void Remove(ushort port)
    {
        if (_extra is { Count: > 0 } && RemoveExtra(port)) return;
        Count--;
        if (_pages is null)
        {
            Span<ushort> few = _few.AsSpan(0, Count + 1);
            few[few.IndexOf(port)] = few[Count];
            return;
        }

        _pages[port >> PageShift]![WordOf(port)] &= ~(1UL << (port & 63));
    }

    private static int WordOf(int port) => (port >> 6) & (WordsPerPage - 1);

    private void AddToFew(ushort port)
    {
        if (Count == MostFew)
        {
            SpreadOut();
            Add(port);
            return;
        }

        if (Count == _few.Length) Array.Resize(ref _few, Math.Max(4, Count * 2));
        _few[Count++] = port;
    }

    private void SpreadOut()
    {
        _pages = new ulong[]?[PageCount];
        foreach (ushort port in _few) (_pages[port >> PageShift] ??= new ulong[WordsPerPage])[WordOf(port)] |= 1UL << (port & 63);
        _few = [];
    }

    private void AddExtra(ushort port)
    {
        _extra ??= [];
        _extra[port] = _extra.GetValueOrDefault(port) + 1;
    }

    private bool RemoveExtra(ushort port)
    {
        if (!_extra!.TryGetValue(port, out int extra)) return false;
        if (extra == 1) _extra.Remove(port);
        else _extra[port] = extra - 1;
        return true;
    }
}
