namespace UserNet.Binding;

/// <summary>
/// A set of ports, each with the number of times that it is in: a list of ports while they are few, then bitmaps of 16,384
/// bits a page, 64 ports a word, for <see cref="PortSearch"/> to combine.
/// </summary>
/// <remarks>
/// Adding, removing and asking cost the same however full the set is. Most ports are in once; how often the others are in
/// beyond that is counted aside, in an octet a port for pages that need it and in a dictionary beyond 255. Gate held.
/// </remarks>
internal sealed class PortSet
{
    public const int PageShift = 14, PageCount = 4, PageSize = 1 << PageShift, WordsPerPage = PageSize / 64;

    /// <summary>From this many ports on a bitmap takes less room than it saves time.</summary>
    public const int MostFew = 128;

    private ulong[]?[]? _pages;
    private byte[]?[]? _more;                     // times beyond the first, up to 255, a page at a time
    private ushort[] _few = [];
    private Dictionary<ushort, int>? _many;       // times that neither of these counts

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
            if (Contains(port)) AddMany(port);
            else AddToFew(port);
            return;
        }

        ulong[] page = _pages[port >> PageShift] ??= new ulong[WordsPerPage];
        ref ulong word = ref page[WordOf(port)];
        ulong bit = 1UL << (port & 63);
        if ((word & bit) != 0)
        {
            AddMore(port);
            return;
        }

        word |= bit;
        Count++;
    }

    /// <summary>Takes the port out once. It must be in.</summary>
    public void Remove(ushort port)
    {
        if (_many is { Count: > 0 } && RemoveMany(port)) return;
        if (_pages is null)
        {
            Span<ushort> few = _few.AsSpan(0, Count);
            few[few.IndexOf(port)] = few[^1];
            Count--;
            return;
        }

        if (_more?[port >> PageShift] is { } more && more[port & (PageSize - 1)] != 0)
        {
            more[port & (PageSize - 1)]--;
            return;
        }

        _pages[port >> PageShift]![WordOf(port)] &= ~(1UL << (port & 63));
        Count--;
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

    private void AddMore(ushort port)
    {
        _more ??= new byte[]?[PageCount];
        byte[] more = _more[port >> PageShift] ??= new byte[PageSize];
        ref byte count = ref more[port & (PageSize - 1)];
        if (count == byte.MaxValue) AddMany(port);
        else count++;
    }

    private void AddMany(ushort port)
    {
        _many ??= [];
        _many[port] = _many.GetValueOrDefault(port) + 1;
    }

    private bool RemoveMany(ushort port)
    {
        if (!_many!.TryGetValue(port, out int count)) return false;
        if (count == 1) _many.Remove(port);
        else _many[port] = count - 1;
        return true;
    }
}
