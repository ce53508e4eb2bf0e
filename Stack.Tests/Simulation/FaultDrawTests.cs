using UserNet.Doors;
using UserNet.Emulation;
using UserNet.Simulation;
using Xunit;

namespace UserNet.Tests.Simulation;

public sealed class FaultDrawTests
{
    private static readonly FaultMix Much = FaultMix.All(1.5);

    [Fact]
    public void The_same_seed_draws_the_same_faults_and_another_seed_others()
    {
        using VirtualNetwork network = Network("a", "b", "c");
        Assert.Equal(FaultSchedule.Draw(7, network, Much), FaultSchedule.Draw(7, network, Much));
        Assert.NotEqual(FaultSchedule.Draw(7, network, Much), FaultSchedule.Draw(8, network, Much));
    }

    // If this changes, seeds that were noted down no longer draw what they drew.
    [Fact]
    public void The_faults_of_a_seed_are_the_ones_they_always_were()
    {
        using VirtualNetwork network = Network("a", "b");
        Assert.Equal(
            "1.9s..2.166s crash a; 2.697s..4.03s rate b-s 448kbit; 3.921s..4.673s flap a-s 870ms 50%; 4.128s..5.679s step b -3.426s",
            FaultSchedule.Draw(1, network, FaultMix.All(0.25)).ToString());
    }

    [Fact]
    public void Another_host_brings_faults_and_changes_none()
    {
        using VirtualNetwork two = Network("a", "b"), three = Network("c", "b", "a");
        FaultMix mix = Much with { Partition = 0 };
        FaultSchedule few = FaultSchedule.Draw(7, two, mix), more = FaultSchedule.Draw(7, three, mix);
        Assert.Empty(few.Except(more));
        Assert.All(more.Except(few), static fault => Assert.Contains("c", fault.Target, StringComparison.Ordinal));
        Assert.NotEqual(few.Count, more.Count);
    }

    [Fact]
    public void More_faults_of_one_kind_change_none_of_the_others()
    {
        using VirtualNetwork network = Network("a", "b", "c");
        FaultSchedule before = FaultSchedule.Draw(7, network, Much), after = FaultSchedule.Draw(7, network, Much with { Loss = 0, Crash = 5 });
        Assert.Equal(
            before.Where(static fault => fault.Kind is not (FaultKind.Loss or FaultKind.Crash)),
            after.Where(static fault => fault.Kind is not (FaultKind.Loss or FaultKind.Crash)));
        Assert.DoesNotContain(after, static fault => fault.Kind == FaultKind.Loss);
        Assert.Equal(15, after.Count(static fault => fault.Kind == FaultKind.Crash));
    }

    [Fact]
    public void There_are_as_many_faults_as_the_mix_says_and_all_of_them_are_over_in_time()
    {
        using VirtualNetwork network = Network("a", "b", "c", "d");
        var mix = new FaultMix
        {
            Earliest = TimeSpan.FromSeconds(1),
            Duration = TimeSpan.FromSeconds(4),
            Shortest = TimeSpan.FromMilliseconds(50),
            Longest = TimeSpan.FromMilliseconds(300),
            WorstChance = 0.2,
            LargestPacket = 0.1,
        };
        int[] counts = new int[Enum.GetValues<FaultKind>().Length];
        const int Seeds = 500;
        for (ulong seed = 0; seed < Seeds; seed++)
        {
            FaultSchedule schedule = FaultSchedule.Draw(seed, network, mix);
            Assert.Equal(schedule, FaultSchedule.Parse(schedule.ToString()));
            foreach (Fault fault in schedule)
            {
                counts[(int)fault.Kind]++;
                Assert.InRange(fault.Begin, mix.Earliest, mix.Duration - mix.Shortest);
                Assert.InRange(fault.End!.Value - fault.Begin, mix.Shortest, mix.Longest);
                Assert.InRange(fault.End.Value, mix.Earliest, mix.Duration);
                if (fault.Kind is FaultKind.Loss or FaultKind.Corruption) Assert.InRange(fault.Chance, 0.01, 0.2);
            }
        }

        // 4 hosts and 4 links, a tenth each: 200 of each kind, 50 partitions of which an eighth has an empty side.
        for (FaultKind kind = FaultKind.Down; kind <= FaultKind.Step; kind++)
        {
            if (kind == FaultKind.Partition) Assert.InRange(counts[(int)kind], 25, 65);
            else Assert.InRange(counts[(int)kind], 150, 250);
        }
    }

    [Fact]
    public void What_is_not_to_be_hit_is_not()
    {
        using VirtualNetwork network = Network("a", "b", "c");
        FaultSchedule schedule = FaultSchedule.Draw(3, network, FaultMix.All(2) with { Hits = static name => name is "a" or "b" });
        Assert.NotEmpty(schedule);
        Assert.All(schedule, static fault => Assert.True(fault.IsOfHost ? fault.Target is "a" or "b" : fault.Target is "a | b" or "b | a"));
        Assert.Empty(FaultSchedule.Draw(3, network, FaultMix.None));
    }

    [Fact]
    public void A_door_of_chance_gives_the_seed()
    {
        using VirtualNetwork network = Network("a", "b");
        ulong seed = SeededRandom.Named(1, "door").NextUInt64();
        Assert.Equal(FaultSchedule.Draw(seed, network, Much), FaultSchedule.Draw(SeededRandom.Named(1, "door").Fill, network, Much));
    }

    private static VirtualNetwork Network(params string[] hosts)
    {
        var network = new VirtualNetwork(1);
        LinkSwitch office = network.AddSwitch("s");
        foreach (string name in hosts) network.Connect(network.AddHost(name), $"10.0.0.{(int)name[0] - 'a' + 1}/24", office);
        return network;
    }
}
