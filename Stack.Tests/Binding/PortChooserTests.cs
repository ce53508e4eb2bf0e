using System.Net.Sockets;
using UserNet.Addressing;
using UserNet.Binding;
using UserNet.Doors;
using Xunit;

namespace UserNet.Tests.Binding;

/// <summary>
/// How ports are chosen: what each algorithm of RFC 6056 promises, by counting many choices. Seeds are fixed, so a
/// verdict stays; a right chooser would have failed for one seed in 10,000,000.
/// </summary>
public sealed partial class PortChooserTests
{
    private static readonly PortRange Range = new(40000, 40009);
    private static readonly DestinationKey Somewhere = To(1);

    public static TheoryData<PortAlgorithm> Algorithms() =>
        [.. Enum.GetValues<PortAlgorithm>().Where(static algorithm => algorithm != PortAlgorithm.Scripted)];

    [Fact]
    public void Algorithm_1_takes_a_free_port_as_often_as_taken_ones_lie_before_it()
    {
        int[] free = [0, 3, 4, 9], weights = [1, 3, 1, 5];
        PortChooser chooser = Chooser(1);
        PortSearch search = Taken(Range, free);
        int[] counts = Count(free, 20_000, () => chooser.Choose(new PortChoice(PortAlgorithm.SimpleRandom, Range, Somewhere), search));
        ChiSquare.AssertFits(counts, i => weights[i] / 10.0);
    }

    [Theory]
    [InlineData(10)]
    [InlineData(3)]
    [InlineData(1)]      // nearly full: most draws end in the count of what is free
    public void Algorithm_2_takes_each_free_port_as_often(int freeCount)
    {
        var range = new PortRange(40000, 40499);
        int[] free = [.. Enumerable.Range(0, freeCount).Select(static i => i * i)];
        PortChooser chooser = Chooser(2);
        PortSearch search = Taken(range, free);
        int[] counts = Count(free, 20_000, () => chooser.Choose(new PortChoice(PortAlgorithm.RandomEachTry, range, Somewhere), search));
        if (freeCount > 1) ChiSquare.AssertUniform(counts);
        Assert.Equal(20_000, counts.Sum());
    }

    [Theory]
    [InlineData(PortAlgorithm.Hash)]
    [InlineData(PortAlgorithm.DoubleHash)]
    public void Algorithms_3_and_4_go_up_by_one_a_choice_from_an_offset_of_the_destination_s(PortAlgorithm algorithm)
    {
        var range = new PortRange(40000, 49999);
        PortChooser chooser = Chooser(3);
        PortSearch search = Taken(range, null);
        int previous = -1;
        for (int i = 0; i < 30_000; i++)
        {
            int offset = chooser.Choose(new PortChoice(algorithm, range, Somewhere), search) - range.First;
            if (previous >= 0) Assert.Equal((previous + 1) % range.Count, offset);
            previous = offset;
        }
    }

    // Algorithm 3 has one counter for all, algorithm 4 many: what another destination does is not seen there.
    [Theory]
    [InlineData(PortAlgorithm.Hash, 2)]
    [InlineData(PortAlgorithm.DoubleHash, 1)]
    public void Another_destination_moves_the_counter_of_algorithm_3_alone(PortAlgorithm algorithm, int step)
    {
        var range = new PortRange(40000, 49999);
        PortChooser chooser = Chooser(4);
        PortSearch search = Taken(range, null);
        int previous = -1, other = 0;
        for (int i = 0; i < 1000; i++)
        {
            int port = chooser.Choose(new PortChoice(algorithm, range, Somewhere), search);
            if (previous >= 0) Assert.Equal((previous - range.First + step) % range.Count, port - range.First);
            previous = port;
            other = chooser.Choose(new PortChoice(algorithm, range, To(2)), search);
        }

        Assert.NotEqual(previous, other);
    }

    [Theory]
    [InlineData(PortAlgorithm.Hash)]
    [InlineData(PortAlgorithm.DoubleHash)]
    [InlineData(PortAlgorithm.LinuxConnect)]
    public void Who_saw_other_destinations_can_not_foretell_the_first_port_for_a_new_one(PortAlgorithm algorithm)
    {
        const int Cells = 50;
        var range = new PortRange(40000, 40000 + (4 * Cells) - 1);
        int[] first = new int[Cells], difference = new int[Cells];
        for (int secret = 0; secret < 4000; secret++)
        {
            PortChooser chooser = Chooser(secret);
            PortSearch search = Taken(range, null);
            int seen = 0;
            for (int other = 2; other < 6; other++) seen = chooser.Choose(new PortChoice(algorithm, range, To(other)), search);
            int port = chooser.Choose(new PortChoice(algorithm, range, Somewhere), search);
            first[(port - range.First) / 4]++;
            difference[(port - seen + range.Count) % range.Count / 4]++;
        }

        ChiSquare.AssertUniform(first);
        ChiSquare.AssertUniform(difference);
    }

    [Theory]
    [InlineData(PortAlgorithm.Hash)]
    [InlineData(PortAlgorithm.DoubleHash)]
    public void Offsets_of_destinations_look_independent_of_each_other(PortAlgorithm algorithm)
    {
        const int Cells = 20;
        var range = new PortRange(40000, 40000 + (Cells * 50) - 1);
        int[] counts = new int[Cells * Cells];
        for (int secret = 0; secret < 8000; secret++)
        {
            PortChooser chooser = Chooser(secret);
            PortSearch search = Taken(range, null);
            int one = chooser.Choose(new PortChoice(algorithm, range, To(1)), search) - range.First;
            int other = chooser.Choose(new PortChoice(algorithm, range, To(2)), search) - range.First;
            counts[(one / 50 * Cells) + (other / 50)]++;
        }

        ChiSquare.AssertUniform(counts);
    }

    [Fact]
    public void Algorithm_5_goes_up_by_1_to_500_each_as_often()
    {
        var range = new PortRange(10000, 59999);
        PortChooser chooser = Chooser(5);
        PortSearch search = Taken(range, null);
        int[] increments = new int[500];
        int previous = Next();
        for (int i = 0; i < 50_000; i++)
        {
            int port = Next();
            int increment = (port - previous + range.Count) % range.Count;
            Assert.InRange(increment, 1, 500);
            increments[increment - 1]++;
            previous = port;
        }

        ChiSquare.AssertUniform(increments);

        int Next() => chooser.Choose(new PortChoice(PortAlgorithm.RandomIncrements, range, Somewhere), search);
    }

    [Theory]
    [MemberData(nameof(Algorithms))]
    public void Every_free_port_of_the_range_is_handed_out_before_the_refusal_and_no_other(PortAlgorithm algorithm)
    {
        foreach (PortRange range in new[] { Range, new PortRange(49150, 49160), new(65533, 65535), new(7, 7), new(100, 101) })
        {
            Random random = TestSettings.Random(401);
            for (int round = 0; round < 20; round++)
            {
                PortChooser chooser = Chooser(random.Next());
                int[] free = [.. Enumerable.Range(0, range.Count).Where(_ => random.Next(3) != 0)];
                PortSet taken = TakenSet(range, free);
                var search = new PortSearch();
                var got = new List<int>();
                for (int i = 0; i <= free.Length; i++)
                {
                    search.Clear();
                    search.Avoid(taken);
                    int port = chooser.Choose(new PortChoice(algorithm, range, To(i % 2), ReusesAddress: round % 2 == 0), search);
                    if (port < 0) break;
                    got.Add(port - range.First);
                    taken.Add((ushort)port);
                }

                Assert.Equal(free, got.Order());
            }
        }
    }

    [Theory]
    [MemberData(nameof(Algorithms))]
    public void The_same_seed_chooses_the_same_ports_and_another_seed_others(PortAlgorithm algorithm)
    {
        var range = new PortRange(32768, 60999);
        Assert.Equal(Choices(7), Choices(7));
        if (algorithm != PortAlgorithm.Sequential) Assert.NotEqual(Choices(7), Choices(8));

        int[] Choices(int seed)
        {
            PortChooser chooser = Chooser(seed);
            PortSearch search = Taken(range, null);
            return [.. Enumerable.Range(0, 50).Select(i => chooser.Choose(new PortChoice(algorithm, range, To(i % 5)), search))];
        }
    }

    [Fact]
    public void Port_0_is_never_handed_out()
    {
        Assert.Equal(40001, Chooser(1, 0, 40001).Choose(new PortChoice(PortAlgorithm.Scripted, Range, default), Taken(Range, null)));
        var settings = new BindSettings(Personality.Linux);
        Assert.Throws<ArgumentException>(() => settings.EphemeralPorts = new PortRange(0, 9));
        Assert.Throws<ArgumentException>(() => settings.SetEphemeralPorts(ProtocolType.Tcp, AddressFamily.InterNetwork, default));
    }

    private static DestinationKey To(int number) =>
        new(InetAddress.LoopbackV4, InetAddress.FromV4(0x0A000000 + (uint)number), 443);

    private static PortChooser Chooser(int seed, params ushort[] script) =>
        new(new RandomBuffer(new Random(seed).NextBytes), new Queue<ushort>(script));

    /// <summary>A search that finds only these ports of the range free, counted from its first; null for all.</summary>
    private static PortSearch Taken(PortRange range, int[]? free)
    {
        var search = new PortSearch();
        search.Clear();
        if (free is not null) search.Avoid(TakenSet(range, free));
        return search;
    }

    private static PortSet TakenSet(PortRange range, int[] free)
    {
        var taken = new PortSet(dense: true);
        for (int i = 0; i < range.Count; i++)
            if (!free.Contains(i)) taken.Add((ushort)(range.First + i));
        return taken;
    }

    /// <summary>How often each of these ports came; another one is an error.</summary>
    private static int[] Count(int[] free, int draws, Func<int> choose)
    {
        int[] counts = new int[free.Length];
        for (int i = 0; i < draws; i++)
        {
            int port = choose();
            int index = Array.IndexOf(free, port - Range.First);
            Assert.True(index >= 0, $"{port} was not free");
            counts[index]++;
        }

        return counts;
    }
}
