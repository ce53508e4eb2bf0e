namespace UserNet.Binding;

/// <summary>
/// A set of ports, each with the number of times that it is in: a list of ports while they are few, then a bitmap, 64 ports
/// a word, for <see cref="PortSearch"/> to combine with others.
/// </summary>
/// <remarks>
/// Adding, removing and asking cost the same however full the set is. Most ports are in once; how often the others are in
/// beyond that is counted aside, in an octet a port for those 16,384 ports that need it and in a dictionary beyond 255.
/// Gate held.
/// </remarks>
internal sealed class PortSet
{
    /// <summary>Words of a bitmap.</summary>
    public const int WordCount = 65536 / 64;

    /// <summary>How many ports are kept as a list: with more, a bitmap's 8 KiB are some 40 octets a port.</summary>
    public const int MostFew = 192;

    private const int PageShift = 14, PageSize = 1 << PageShift;
    private const int BlockShift = 13;            // losses are counted for so many ports together

    private readonly bool _isDense;
    private ulong[]? _words;
    private byte[]?[]? _more;                     // times beyond the first, up to 255, a page at a time
    private ushort[] _few = [];
    private Losses _losses;                       // even and odd ports of each block
    private Dictionary<ushort, int>? _many;       // times that neither of these counts

    /// <param name="dense">Whether to keep a bitmap from the first port on.</param>
    public PortSet(bool dense = false) => _isDense = dense;

    /// <summary>How many different ports are in.</summary>
    public int Count { get; private set; }

    /// <summary>The bitmap; null while the ports are few, when the set must be asked port by port.</summary>
    public ulong[]? Words => _words;

    /// <summary>How many ports have left the set so far: at least all of this range and parity, and perhaps some near it.</summary>
    public int LossesIn(int first, int last, PortParity parity)
    {
        int sum = 0;
        for (int block = first >> BlockShift; block <= last >> BlockShift; block++)
        {
            if (parity != PortParity.Odd) sum += _losses[block * 2];
            if (parity != PortParity.Even) sum += _losses[(block * 2) + 1];
        }

        return sum;
    }

    public bool Contains(int port) =>
        _words is null ? _few.AsSpan(0, Count).Contains((ushort)port) : (_words[port >> 6] >> (port & 63) & 1) != 0;

    public void Add(ushort port)
    {
        if (_words is null)
        {
            if (Contains(port)) AddMany(port);
            else AddToFew(port);
            return;
        }

        ref ulong word = ref _words[port >> 6];
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
        if (_more?[port >> PageShift] is { } more && more[port & (PageSize - 1)] != 0)
        {
            more[port & (PageSize - 1)]--;
            return;
        }

        _losses[((port >> BlockShift) * 2) | (port & 1)]++;
        if (_words is null)
        {
            Span<ushort> few = _few.AsSpan(0, Count);
            few[few.IndexOf(port)] = few[^1];
        }
        else
        {
            _words[port >> 6] &= ~(1UL << (port & 63));
        }

        Count--;
    }

    private void AddToFew(ushort port)
    {
        if (_isDense || Count == MostFew)
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
        _words = new ulong[WordCount];
        foreach (ushort port in _few.AsSpan(0, Count)) _words[port >> 6] |= 1UL << (port & 63);
        _few = [];
    }

    private void AddMore(ushort port)
    {
        _more ??= new byte[]?[65536 >> PageShift];
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

    [System.Runtime.CompilerServices.InlineArray(2 << (16 - BlockShift))]
    private struct Losses
    {
        private int _first;
    }
}
