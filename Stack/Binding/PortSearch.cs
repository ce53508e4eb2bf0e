using System.Numerics;
using System.Runtime.Intrinsics;

namespace UserNet.Binding;

/// <summary>Which ports of a range come into question: all, or those of one parity.</summary>
internal enum PortParity : byte
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
/// can, so that a full range is known to be full after some fifty steps; no set is ever walked port by port.
/// </summary>
/// <remarks>
/// Sets that complement each other cost no more than others do. A search that found nothing is remembered
/// (<see cref="FruitlessSearches"/>). Reused, so that a search allocates nothing: <see cref="Clear"/>, <see cref="Avoid"/> each set,
/// then ask. Gate held.
/// </remarks>
internal sealed class PortSearch
{
    private readonly FruitlessSearches _fruitless = new();
    private PortSet[] _dense = new PortSet[8], _few = new PortSet[8];
    private Bitmap[] _bitmaps = new Bitmap[8];        // of the dense sets
    private int _denseCount, _fewCount;
    private int _avoided = -1;
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
        if (set.Words is not { } words)
        {
            if (_fewCount == _few.Length) Array.Resize(ref _few, _fewCount * 2);
            _few[_fewCount++] = set;
            return;
        }

        if (_denseCount == _dense.Length)
        {
            Array.Resize(ref _dense, _denseCount * 2);
            Array.Resize(ref _bitmaps, _denseCount * 2);
        }

        _bitmaps[_denseCount] = new Bitmap(words);
        _dense[_denseCount++] = set;
    }

    /// <summary>This port does not come into question; -1 for none.</summary>
    public void AvoidPort(int port) => _avoided = port;

    /// <summary>True when the port is in none of the sets.</summary>
    public bool IsFree(int port)
    {
        _pattern = ulong.MaxValue;
        return (FreeBits(port >> 6) >> (port & 63) & 1) != 0 && !IsExcluded(port);
    }

    /// <summary>The first free port from <paramref name="start"/> on, going up and round once; -1 when none is free.</summary>
    public int Next(int first, int last, int start, PortParity parity = PortParity.Any)
    {
        _pattern = PatternOf(parity);
        var question = new FruitlessSearches.Question(first, last, parity, _avoided);
        ReadOnlySpan<PortSet> dense = _dense.AsSpan(0, _denseCount), few = _few.AsSpan(0, _fewCount);
        if (_fruitless.Knows(question, dense, few)) return -1;
        int port = Up(start, last);
        if (port < 0 && start != first) port = Up(first, start - 1);
        if (port < 0) _fruitless.Remember(question, dense, few);
        return port;
    }

    /// <summary>How many ports of the range are free.</summary>
    public int CountFree(int first, int last)
    {
        _pattern = ulong.MaxValue;
        int count = 0;
        ulong free;
        for (int word = first >> 6; word <= last >> 6; word = free != 0 ? word + 1 : SkipTaken(word + 1, last >> 6))
        {
            free = Available(word, first, last);
            count += BitOperations.PopCount(free);
        }

        return count;
    }

    /// <summary>The free port number <paramref name="rank"/> (from 0) of the range; -1 when there are not that many.</summary>
    public int FreeAt(int first, int last, int rank)
    {
        _pattern = ulong.MaxValue;
        ulong free;
        for (int word = first >> 6; word <= last >> 6; word = free != 0 ? word + 1 : SkipTaken(word + 1, last >> 6))
        {
            free = Available(word, first, last);
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

    private static ulong PatternOf(PortParity parity) => parity switch
    {
        PortParity.Even => 0x5555_5555_5555_5555,
        PortParity.Odd => 0xAAAA_AAAA_AAAA_AAAA,
        _ => ulong.MaxValue,
    };

    private static ulong From(int port) => ulong.MaxValue << (port & 63);

    private static ulong To(int word, int last) => word == last >> 6 ? ulong.MaxValue >> (63 - (last & 63)) : ulong.MaxValue;

    /// <summary>The first free port of [from, last], or -1.</summary>
    private int Up(int from, int last)
    {
        int word = from >> 6, lastWord = last >> 6;
        ulong free = FreeBits(word) & From(from) & To(word, last);
        while (true)
        {
            for (; free != 0; free &= free - 1)
            {
                int port = (word << 6) + BitOperations.TrailingZeroCount(free);
                if (!IsExcluded(port)) return port;
            }

            word = SkipTaken(word + 1, lastWord);
            if (word > lastWord) return -1;
            free = FreeBits(word) & To(word, last);
        }
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
        for (int i = 0; i < _denseCount; i++) taken |= _bitmaps[i].Words[word];
        return ~taken & _pattern;
    }

    /// <summary>The free bits of a word within the range.</summary>
    private ulong Available(int word, int first, int last)
    {
        ulong free = FreeBits(word) & To(word, last);
        if (word == first >> 6) free &= From(first);
        if (_fewCount == 0 && word != _avoided >> 6) return free;
        for (ulong left = free; left != 0; left &= left - 1)
            if (IsExcluded((word << 6) + BitOperations.TrailingZeroCount(left))) free &= ~(left & (0 - left));
        return free;
    }

    /// <summary>The first word from <paramref name="word"/> on that has a free bit, or one that was not looked at yet.</summary>
    private int SkipTaken(int word, int lastWord)
    {
        int count = lastWord - word + 1;
        if (count <= 0 || _denseCount == 0 || Width == SearchWidth.Scalar) return word;
        return word + (Width == SearchWidth.Vector512 ? SkipTaken512(word, count) : SkipTaken256(word, count));
    }

    private int SkipTaken512(int word, int count) => _denseCount switch
    {
        1 => PortScan.SkipTaken512(_bitmaps[0].Words.AsSpan(word, count), _pattern),
        2 => PortScan.SkipTaken512(_bitmaps[0].Words.AsSpan(word, count), _bitmaps[1].Words.AsSpan(word, count), _pattern),
        _ => PortScan.SkipTaken512(_bitmaps.AsSpan(0, _denseCount), word, count, _pattern),
    };

    private int SkipTaken256(int word, int count) => _denseCount switch
    {
        1 => PortScan.SkipTaken256(_bitmaps[0].Words.AsSpan(word, count), _pattern),
        2 => PortScan.SkipTaken256(_bitmaps[0].Words.AsSpan(word, count), _bitmaps[1].Words.AsSpan(word, count), _pattern),
        _ => PortScan.SkipTaken256(_bitmaps.AsSpan(0, _denseCount), word, count, _pattern),
    };
}
