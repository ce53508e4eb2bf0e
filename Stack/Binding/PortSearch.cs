using System.Numerics;
using System.Runtime.Intrinsics;

namespace UserNet.Binding;

/// <summary>Which ports of a range come into question: all, or those of one parity.</summary>
internal enum Parity : byte
{
    Any,
    Even,
    Odd,
}

/// <summary>How wide the words are that a search combines. All widths find the same ports.</summary>
internal enum SearchWidth
{
    Scalar = 64,
    Vector256 = 256,
    Vector512 = 512,
}

/// <summary>
/// Finds ports that are in none of several sets. The bitmaps are combined word by word, 512 ports at a time where the machine
/// can, so that a full range is known to be full after some hundred steps; no set is ever walked port by port.
/// </summary>
/// <remarks>
/// Nothing is remembered between searches, so sets that complement each other cost no more than others do. Reused, so that
/// a search allocates nothing: <see cref="Clear"/>, <see cref="Avoid(PortSet?)"/> each set, then ask. Gate held.
/// </remarks>
internal sealed class PortSearch
{
    private PortSet[] _dense = new PortSet[8], _few = new PortSet[8];
    private int _denseCount, _fewCount;
    private ulong[]?[] _pages = new ulong[]?[8];      // of the page that is being searched, one a dense set
    private int _pageCount;
    private int _avoided;
    private ulong _pattern;                           // the bits of a word that are of the right parity

    public static SearchWidth BestWidth { get; } =
        Vector512.IsHardwareAccelerated ? SearchWidth.Vector512 :
        Vector256.IsHardwareAccelerated ? SearchWidth.Vector256 : SearchWidth.Scalar;

    public SearchWidth Width { get; init; } = BestWidth;

    /// <summary>Forgets the sets of the last search.</summary>
    public void Clear()
    {
        _denseCount = _fewCount = 0;
        _avoided = -1;
    }

    /// <summary>Ports of this set do not come into question.</summary>
    public void Avoid(PortSet? set)
    {
        if (set is null || set.Count == 0) return;
        if (set.IsDense) Push(ref _dense, ref _denseCount, set);
        else Push(ref _few, ref _fewCount, set);
    }

    /// <summary>This port does not come into question; -1 for none.</summary>
    public void AvoidPort(int port) => _avoided = port;

    /// <summary>True when the port is in none of the sets.</summary>
    public bool IsFree(int port)
    {
        if (port == _avoided) return false;
        for (int i = 0; i < _denseCount; i++)
            if (_dense[i].Contains(port)) return false;
        return !IsInFew(port);
    }

    /// <summary>The first free port from <paramref name="start"/> on, going up and round once; -1 when none is free.</summary>
    public int Next(int first, int last, int start, Parity parity = Parity.Any)
    {
        _pattern = PatternOf(parity);
        int port = Up(start, last);
        return port >= 0 || start == first ? port : Up(first, start - 1);
    }

    /// <summary>How many ports of the range are free.</summary>
    public int CountFree(int first, int last)
    {
        _pattern = ulong.MaxValue;
        int count = 0;
        for (int word = first >> 6; word <= last >> 6; word = NextWord(word, last))
            count += BitOperations.PopCount(Available(word, first, last));
        return count;
    }

    /// <summary>The free port number <paramref name="rank"/> (from 0) of the range; -1 when there are not that many.</summary>
    public int FreeAt(int first, int last, int rank)
    {
        _pattern = ulong.MaxValue;
        for (int word = first >> 6; word <= last >> 6; word = NextWord(word, last))
        {
            ulong free = Available(word, first, last);
            int here = BitOperations.PopCount(free);
            if (rank >= here)
            {
                rank -= here;
                continue;
            }

            for (; rank > 0; rank--) free &= free - 1;
            return (word << 6) + BitOperations.TrailingZeroCount(free);
        }

        return -1;
    }

    /// <summary>The free bits of a word within the range; gathers the word's page.</summary>
    private ulong Available(int word, int first, int last)
    {
        GatherPages(word / PortSet.WordsPerPage);
        ulong free = FreeBits(word) & To(word, last);
        if (word == first >> 6) free &= From(first);
        for (ulong left = free; left != 0; left &= left - 1)
            if (IsExcluded((word << 6) + BitOperations.TrailingZeroCount(left))) free &= ~(left & (0 - left));
        return free;
    }

    private int NextWord(int word, int last)
    {
        int lastOfPage = Math.Min(last >> 6, word | (PortSet.WordsPerPage - 1));
        return SkipTaken(word + 1, lastOfPage);
    }

    private static ulong PatternOf(Parity parity) => parity switch
    {
        Parity.Even => 0x5555_5555_5555_5555,
        Parity.Odd => 0xAAAA_AAAA_AAAA_AAAA,
        _ => ulong.MaxValue,
    };

    private static ulong From(int port) => ulong.MaxValue << (port & 63);

    private static ulong To(int word, int last) => word == last >> 6 ? ulong.MaxValue >> (63 - (last & 63)) : ulong.MaxValue;

    private static void Push(ref PortSet[] sets, ref int count, PortSet set)
    {
        if (count == sets.Length) Array.Resize(ref sets, count * 2);
        sets[count++] = set;
    }

    /// <summary>The first free port of [from, last], or -1.</summary>
    private int Up(int from, int last)
    {
        while (from <= last)
        {
            int end = Math.Min(last, from | ((1 << PortSet.PageShift) - 1));
            GatherPages(from >> PortSet.PageShift);
            int port = UpInPage(from, end);
            if (port >= 0) return port;
            from = end + 1;
        }

        return -1;
    }

    private void GatherPages(int index)
    {
        if (_pages.Length < _denseCount) _pages = new ulong[]?[_dense.Length];
        _pageCount = 0;
        for (int i = 0; i < _denseCount; i++)
            if (_dense[i].Page(index) is { } page) _pages[_pageCount++] = page;
    }

    private int UpInPage(int from, int end)
    {
        int lastWord = end >> 6;
        ulong mask = From(from);
        for (int word = from >> 6; word <= lastWord;)
        {
            int port = Pick(word, FreeBits(word) & mask & To(word, end));
            if (port >= 0) return port;
            mask = ulong.MaxValue;
            word = SkipTaken(word + 1, lastWord);
        }

        return -1;
    }

    /// <summary>The lowest of these bits that no small set and no single port rules out.</summary>
    private int Pick(int word, ulong free)
    {
        for (; free != 0; free &= free - 1)
        {
            int port = (word << 6) + BitOperations.TrailingZeroCount(free);
            if (!IsExcluded(port)) return port;
        }

        return -1;
    }

    private bool IsExcluded(int port) => port == _avoided || (_fewCount != 0 && IsInFew(port));

    private bool IsInFew(int port)
    {
        for (int i = 0; i < _fewCount; i++)
            if (_few[i].Contains(port)) return true;
        return false;
    }

    private ulong FreeBits(int word)
    {
        ulong taken = 0;
        int index = word & (PortSet.WordsPerPage - 1);
        for (int i = 0; i < _pageCount; i++) taken |= _pages[i]![index];
        return ~taken & _pattern;
    }

    /// <summary>The first word from <paramref name="word"/> on that has a free bit, or one that was not looked at yet.</summary>
    private int SkipTaken(int word, int lastWord)
    {
        int count = lastWord - word + 1;
        if (count <= 0 || _pageCount == 0 || Width == SearchWidth.Scalar) return word;
        int index = word & (PortSet.WordsPerPage - 1);
        ReadOnlySpan<ulong> first = _pages[0].AsSpan(index, count);
        ReadOnlySpan<ulong> second = _pageCount > 1 ? _pages[1].AsSpan(index, count) : first;
        ReadOnlySpan<ulong[]?> others = _pages.AsSpan(0, _pageCount)[Math.Min(_pageCount, 2)..];
        return word + (Width == SearchWidth.Vector512
            ? PortScan.SkipTaken512(first, second, others, index, _pattern)
            : PortScan.SkipTaken256(first, second, others, index, _pattern));
    }
}
