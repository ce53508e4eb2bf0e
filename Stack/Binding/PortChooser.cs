using UserNet.Doors;

namespace UserNet.Binding;

/// <summary>What an automatic choice is made for.</summary>
/// <param name="Algorithm">How to choose.</param>
/// <param name="Range">From which ports.</param>
/// <param name="Destination">
/// What the hashing algorithms hash; the local address alone where there is no remote one yet.
/// </param>
/// <param name="ReusesAddress">SO_REUSEADDR: Linux's bind then tries the lower half of the range first.</param>
/// <param name="IgnoresParity">Linux's connect with IP_LOCAL_PORT_RANGE takes every port in turn.</param>
/// <param name="LeavesOneOfOdd">Linux's own algorithms leave out one port where there is an odd number of them.</param>
internal readonly record struct PortChoice(
    PortAlgorithm Algorithm, PortRange Range, DestinationKey Destination, bool ReusesAddress = false, bool IgnoresParity = false,
    bool LeavesOneOfOdd = false);

/// <summary>
/// Chooses ephemeral ports: says where a search begins and how it goes on, and keeps what the algorithms remember from
/// one choice to the next. Which ports are free is the search's business. RFC 6056 §3.3.
/// </summary>
/// <remarks>
/// Where the RFC's loop would try port after port, the search finds the same port at once; where it would give up after
/// as many tries as there are ports, ours never does while a port is free. Gate held.
/// </remarks>
internal sealed class PortChooser(RandomBuffer random, Queue<ushort> script)
{
    private const int CounterCount = 1024;            // of algorithm 4; the RFC's TABLE_LENGTH
    private const int LargestIncrement = 500;         // of algorithm 5; the RFC's N
    private const int Tries = 32;                     // before algorithms 2 and 5 look at the whole range

    private uint _counter = random.NextUInt32();      // next_ephemeral of algorithms 3 and 5
    private uint[]? _counters;                        // of algorithm 4
    private KeyedHash _hash;                          // F and G
    private bool _hasKeys;
    private int _last = -1;                           // the last port of the sequential choice

    /// <summary>A port that the search finds free, or -1 when there is none.</summary>
    public int Choose(in PortChoice choice, PortSearch search) => choice.Algorithm switch
    {
        PortAlgorithm.SimpleRandom => FromRandomPort(choice.Range, search),
        PortAlgorithm.RandomEachTry => RandomEachTry(choice.Range, search),
        PortAlgorithm.Hash => FromHash(choice, search),
        PortAlgorithm.DoubleHash => FromDoubleHash(choice, search),
        PortAlgorithm.RandomIncrements => RandomIncrements(choice.Range, search),
        PortAlgorithm.Sequential => AfterLast(choice.Range, search),
        PortAlgorithm.Scripted => FromScript(search),
        PortAlgorithm.LinuxBind => LinuxBind(choice, search),
        PortAlgorithm.LinuxConnect => LinuxConnect(choice, search),
        _ => throw new ArgumentOutOfRangeException(nameof(choice), choice.Algorithm, "No such algorithm."),
    };

    private int FromRandomPort(PortRange range, PortSearch search) =>
        search.Next(range.First, range.Last, range.First + (int)random.Below((uint)range.Count));

    private int RandomEachTry(PortRange range, PortSearch search)
    {
        for (int i = 0; i < Tries; i++)
        {
            int port = range.First + (int)random.Below((uint)range.Count);
            if (search.IsFree(port)) return port;
        }

        // Going on like this would take ever longer; one draw among the free ports has the same distribution.
        int free = search.CountFree(range.First, range.Last);
        return free == 0 ? -1 : search.FreeAt(range.First, range.Last, (int)random.Below((uint)free));
    }

    private int FromHash(in PortChoice choice, PortSearch search)
    {
        EnsureKeys();
        uint offset = (uint)_hash.Of(choice.Destination);
        return FromCounter(ref _counter, offset, choice.Range, search);
    }

    private int FromDoubleHash(in PortChoice choice, PortSearch search)
    {
        EnsureKeys();
        ulong hash = _hash.Of(choice.Destination);
        ref uint counter = ref Counters()[(hash >> 32) % CounterCount];
        return FromCounter(ref counter, (uint)hash, choice.Range, search);
    }

    /// <summary>Starts at counter + offset, and moves the counter past what was found.</summary>
    private static int FromCounter(ref uint counter, uint offset, PortRange range, PortSearch search)
    {
        int start = range.First + (int)((counter + offset) % (uint)range.Count);
        int port = search.Next(range.First, range.Last, start);
        if (port >= 0) counter += (uint)(port >= start ? port - start : port - start + range.Count) + 1;
        return port;
    }

    private int RandomIncrements(PortRange range, PortSearch search)
    {
        int port = range.First;
        for (int i = 0; i < Tries; i++)
        {
            _counter += random.Below(LargestIncrement) + 1;
            port = range.First + (int)(_counter % (uint)range.Count);
            if (search.IsFree(port)) return port;
        }

        return search.Next(range.First, range.Last, port);
    }

    private int AfterLast(PortRange range, PortSearch search)
    {
        int start = _last >= range.First && _last < range.Last ? _last + 1 : range.First;
        int port = search.Next(range.First, range.Last, start);
        if (port >= 0) _last = port;
        return port;
    }

    private int FromScript(PortSearch search)
    {
        while (script.TryDequeue(out ushort port))
            if (port != 0 && search.IsFree(port)) return port;
        return -1;
    }

    private int LinuxBind(in PortChoice choice, PortSearch search)
    {
        int first = choice.Range.First, end = choice.Range.Last + 1;
        if (!choice.ReusesAddress || end - first < 4) return OtherParityFirst(first, end, choice, search);
        int half = first + (((end - first) >> 2) << 1);
        int port = OtherParityFirst(first, half, choice, search);
        return port >= 0 ? port : OtherParityFirst(half, end, choice, search);
    }

    /// <summary>
    /// From a random port of the parity that the first port does not have, upward; then the same with the other parity.
    /// </summary>
    private int OtherParityFirst(int first, int end, in PortChoice choice, PortSearch search)
    {
        int count = EvenCount(end - first, choice), last = first + count - 1;
        int start = first + ((int)random.Below((uint)count) | 1);
        if (start > last) start = first;      // a range of one port, or of an odd number
        PortParity other = (first & 1) == 0 ? PortParity.Odd : PortParity.Even;
        int port = search.Next(first, last, start, other);
        if (port >= 0) return port;
        return SameParity(first, end, start == first ? first : start - 1, choice, search);
    }

    /// <summary>The ports of the first port's parity, from a start on.</summary>
    /// <remarks>
    /// In a range of an odd number Linux looks at as many of them as there are of the other parity: from the first port
    /// on it ends before the last one, and from any other it goes on from the last to the third.
    /// </remarks>
    private static int SameParity(int first, int end, int start, in PortChoice choice, PortSearch search)
    {
        PortParity same = (first & 1) == 0 ? PortParity.Even : PortParity.Odd;
        bool misses = choice.LeavesOneOfOdd && end - first > 1 && ((end - first) & 1) != 0;
        if (!misses) return search.Next(first, end - 1, start, same);
        return start == first ? search.Next(first, end - 2, start, same) : search.Next(first + 1, end - 1, start, same);
    }

    private int LinuxConnect(in PortChoice choice, PortSearch search)
    {
        EnsureKeys();
        int first = choice.Range.First, count = EvenCount(choice.Range.Count, choice), last = first + count - 1;
        int step = choice.IgnoresParity ? 1 : 2;
        ulong hash = _hash.Of(choice.Destination);
        ref uint counter = ref Counters()[(hash >> 32) % CounterCount];
        int offset = (int)((counter + (uint)hash) % (uint)count);
        if (!choice.IgnoresParity) offset &= ~1;
        int port = choice.IgnoresParity
            ? search.Next(first, last, first + offset) : SameParity(first, choice.Range.Last + 1, first + offset, choice, search);
        if (port < 0 && !choice.IgnoresParity && count > 1)
            port = search.Next(first, last, Math.Min(first + offset + 1, last), (first & 1) == 0 ? PortParity.Odd : PortParity.Even);
        if (port < 0) return -1;

        // The next choice for this destination begins beyond this port, and some random steps further where ports abound.
        int went = (port - first - offset + count) % count;
        counter += (uint)(Math.Max(went, (int)random.Below(8) * step) + step);
        return port;
    }

    private static int EvenCount(int count, in PortChoice choice) =>
        choice.LeavesOneOfOdd && count > 1 ? count & ~1 : count;

    private uint[] Counters()
    {
        if (_counters is not null) return _counters;
        _counters = new uint[CounterCount];
        for (int i = 0; i < CounterCount; i++) _counters[i] = random.NextUInt32();
        return _counters;
    }

    private void EnsureKeys()
    {
        if (_hasKeys) return;
        _hasKeys = true;
        _hash = KeyedHash.FromRandom(random);
    }
}
