using UserNet.Binding;
using Xunit;

namespace UserNet.Tests.Binding;

/// <summary>
/// The search for free ports against an array of 65,536 booleans, at each width of the machine's words.
/// </summary>
public sealed class PortSearchTests
{
    private static readonly SearchWidth[] Widths = [SearchWidth.Scalar, SearchWidth.Vector256, SearchWidth.Vector512];

    // Where pages, vectors and words begin and end, and the ends of all.
    private static readonly int[] Edges =
        [0, 1, 63, 64, 255, 256, 511, 512, 1023, 16383, 16384, 16385, 32767, 32768, 49151, 49152, 65023, 65024, 65471, 65472, 65534, 65535];

    [Fact]
    public void A_search_finds_what_an_array_of_booleans_says()
    {
        Random random = TestSettings.Random(201);
        for (int round = 0; round < TestSettings.Count(60, 600); round++)
        {
            bool[] taken = new bool[65536];
            PortSet[] sets = [.. Enumerable.Range(0, random.Next(6)).Select(_ => Draw(random, taken))];
            int avoided = random.Next(3) == 0 ? random.Next(65536) : -1;
            if (avoided >= 0) taken[avoided] = true;
            foreach (SearchWidth width in Widths)
            {
                PortSearch search = Search(width, sets, avoided);
                var same = new Random(round);      // the same questions at each width
                for (int question = 0; question < 12; question++) Ask(search, taken, same);
            }
        }
    }

    [Fact]
    public void Sets_that_complement_each_other_leave_nothing_or_one_port()
    {
        Random random = TestSettings.Random(202);
        for (int round = 0; round < 20; round++)
        {
            PortSet one = new(dense: true), other = new(dense: true);
            int hole = random.Next(65536);
            for (int port = 0; port < 65536; port++)
                if (port != hole) (random.Next(2) == 0 ? one : other).Add((ushort)port);
            foreach (SearchWidth width in Widths)
            {
                PortSearch search = Search(width, [one, other], -1);
                Assert.Equal(hole, search.Next(0, 65535, random.Next(65536)));
                Assert.Equal(1, search.CountFree(0, 65535));
                Assert.Equal(hole, search.FreeAt(0, 65535, 0));
                Assert.Equal(-1, search.FreeAt(0, 65535, 1));
                search.AvoidPort(hole);
                Assert.Equal(-1, search.Next(0, 65535, hole));
                Assert.Equal(0, search.CountFree(0, 65535));
            }
        }
    }

    // A search that found nothing is remembered until a port of its sets comes free; nothing else may make it wrong.
    [Fact]
    public void What_is_remembered_of_one_search_never_misleads_the_next()
    {
        Random random = TestSettings.Random(204);
        var search = new PortSearch();
        PortSet[] sets = [new(dense: true), new(dense: true), new()];
        int[][] times = [new int[65536], new int[65536], new int[65536]];
        int fruitless = 0;
        for (int step = 0; step < TestSettings.Count(40_000, 400_000); step++)
        {
            int set = random.Next(sets.Length), changed = 40_000 + random.Next(12);
            if (random.Next(5) < 3) Change(set, changed, random.Next(5) < 4 ? 1 : -1);
            search.Clear();
            bool[] used = [.. sets.Select(_ => random.Next(8) != 0)];
            for (int i = 0; i < sets.Length; i++)
                if (used[i]) search.Avoid(sets[i]);
            int avoided = random.Next(3) == 0 ? 40_000 + random.Next(12) : -1;
            search.AvoidPort(avoided);
            int first = 40_000 + random.Next(4), last = first + random.Next(8), start = first + random.Next(last - first + 1);
            bool[] taken = new bool[65536];
            for (int port = first; port <= last; port++)
                taken[port] = port == avoided || Enumerable.Range(0, sets.Length).Any(i => used[i] && times[i][port] > 0);
            var parity = (PortParity)random.Next(3);
            int expected = Next(taken, first, last, start, parity);
            if (expected < 0) fruitless++;
            Assert.Equal(expected, search.Next(first, last, start, parity));
        }

        Assert.True(fruitless > 5000, $"Only {fruitless} searches found nothing.");

        void Change(int set, int port, int by)
        {
            if (by < 0 && times[set][port] == 0) return;
            times[set][port] += by;
            if (by > 0) sets[set].Add((ushort)port);
            else sets[set].Remove((ushort)port);
        }
    }

    [Fact]
    public void A_range_of_one_port_is_that_port_or_none()
    {
        foreach (SearchWidth width in Widths)
        {
            foreach (int port in Edges)
            {
                PortSearch free = Search(width, [], -1);
                Assert.Equal(port, free.Next(port, port, port));
                Assert.Equal((port & 1) == 0 ? port : -1, free.Next(port, port, port, PortParity.Even));
                Assert.Equal((port & 1) == 1 ? port : -1, free.Next(port, port, port, PortParity.Odd));
                Assert.Equal(1, free.CountFree(port, port));
                var set = new PortSet();
                set.Add((ushort)port);
                PortSearch full = Search(width, [set], -1);
                Assert.Equal(-1, full.Next(port, port, port));
                Assert.Equal(0, full.CountFree(port, port));
                Assert.Equal(-1, full.FreeAt(port, port, 0));
            }
        }
    }

    // A port is in as often as it was added, across the change from a list to bitmaps and past what an octet counts.
    [Theory]
    [InlineData(false, 100)]
    [InlineData(false, 400)]
    [InlineData(true, 100)]
    public void A_set_counts_how_often_each_port_is_in(bool dense, int distinct)
    {
        Random random = TestSettings.Random(203 + distinct);
        var set = new PortSet(dense);
        int[] times = new int[65536];
        int inside = 0;
        ushort[] ports = [.. Enumerable.Range(0, distinct).Select(_ => (ushort)random.Next(65536))];
        var removable = new List<ushort>();
        for (int step = 0; step < 20_000; step++)
        {
            if (removable.Count > 0 && random.Next(20) < 9) Remove(random.Next(removable.Count));
            else Add(random.Next(4) == 0 ? ports[0] : ports[random.Next(ports.Length)]);
            ushort asked = ports[random.Next(ports.Length)];
            Assert.Equal(times[asked] > 0, set.Contains(asked));
        }

        Assert.True(times.Max() > 255, "No port was in often enough to leave its octet.");
        while (removable.Count > 0) Remove(removable.Count - 1);
        Assert.Equal(0, set.Count);
        foreach (SearchWidth width in Widths)
            Assert.Equal(65536, Search(width, [set], -1).CountFree(0, 65535));

        void Add(ushort port)
        {
            set.Add(port);
            if (times[port]++ == 0) inside++;
            removable.Add(port);
            Assert.Equal(inside, set.Count);
        }

        void Remove(int index)
        {
            ushort port = removable[index];
            removable[index] = removable[^1];
            removable.RemoveAt(removable.Count - 1);
            set.Remove(port);
            if (--times[port] == 0) inside--;
            Assert.Equal(inside, set.Count);
        }
    }

    [Theory]
    [InlineData(PortSet.MostFew - 1, false)]
    [InlineData(PortSet.MostFew, false)]
    [InlineData(PortSet.MostFew + 1, true)]
    public void A_set_takes_to_bitmaps_when_it_has_more_than_a_few_ports(int count, bool isDense)
    {
        var set = new PortSet();
        for (int i = 0; i < count; i++) set.Add((ushort)(i * 509));
        Assert.Equal(isDense, set.Words is not null);
        Assert.Equal(count, set.Count);
        foreach (SearchWidth width in Widths)
        {
            PortSearch search = Search(width, [set], -1);
            for (int i = 0; i < count; i++) Assert.False(search.IsFree((ushort)(i * 509)));
            Assert.Equal(65536 - count, search.CountFree(0, 65535));
        }
    }

    private static PortSearch Search(SearchWidth width, PortSet[] sets, int avoided)
    {
        var search = new PortSearch { Width = width };
        search.Clear();
        search.Avoid(null);
        foreach (PortSet set in sets) search.Avoid(set);
        search.AvoidPort(avoided);
        return search;
    }

    /// <summary>A set of few or many ports, in runs or scattered; its ports are taken in the array too.</summary>
    private static PortSet Draw(Random random, bool[] taken)
    {
        var set = new PortSet(random.Next(2) == 0);
        int most = random.Next(4) switch { 0 => 5, 1 => PortSet.MostFew + random.Next(-2, 3), 2 => 3000, _ => 60_000 };
        bool inRuns = random.Next(2) == 0;
        while (most > 0)
        {
            int start = random.Next(3) == 0 ? Edges[random.Next(Edges.Length)] : random.Next(65536);
            int run = inRuns ? Math.Min(most, 1 + random.Next(20_000)) : 1;
            most -= run;
            for (int port = start; port < Math.Min(65536, start + run); port++)
            {
                set.Add((ushort)port);
                taken[port] = true;
            }
        }

        return set;
    }

    private static void Ask(PortSearch search, bool[] taken, Random random)
    {
        int a = Point(), b = Point();
        int first = Math.Min(a, b), last = Math.Max(a, b), start = first + random.Next(last - first + 1);
        foreach (PortParity parity in new[] { PortParity.Any, PortParity.Even, PortParity.Odd })
            Assert.Equal(Next(taken, first, last, start, parity), search.Next(first, last, start, parity));
        int[] free = [.. Enumerable.Range(first, last - first + 1).Where(port => !taken[port])];
        Assert.Equal(free.Length, search.CountFree(first, last));
        Assert.Equal(-1, search.FreeAt(first, last, free.Length));
        if (free.Length == 0) return;
        int rank = random.Next(free.Length);
        Assert.Equal(free[rank], search.FreeAt(first, last, rank));
        Assert.Equal(free[^1], search.FreeAt(first, last, free.Length - 1));
        Assert.Equal(!taken[start], search.IsFree(start));

        int Point() => random.Next(2) == 0 ? Edges[random.Next(Edges.Length)] : random.Next(65536);
    }

    private static int Next(bool[] taken, int first, int last, int start, PortParity parity)
    {
        for (int i = 0, count = last - first + 1; i < count; i++)
        {
            int port = first + ((start - first + i) % count);
            bool suits = parity == PortParity.Any || (port & 1) == (parity == PortParity.Odd ? 1 : 0);
            if (suits && !taken[port]) return port;
        }

        return -1;
    }
}
