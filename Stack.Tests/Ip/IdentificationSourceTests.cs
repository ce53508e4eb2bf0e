using UserNet.Addressing;
using UserNet.Doors;
using UserNet.Ip;
using UserNet.Time;
using UserNet.Wire;
using Xunit;

namespace UserNet.Tests.Ip;

public sealed class IdentificationSourceTests
{
    private static readonly InetAddress Here = InetAddress.Parse("10.9.0.2");

    private static IdentificationSource Make(int seed) => new(new RandomBuffer(new Random(seed).NextBytes));

    private static ushort[] Run(IdentificationSource source, string to, int count, Timestamp now) =>
        [.. Enumerable.Range(0, count).Select(_ => source.Next(Here, InetAddress.Parse(to), IpProtocol.Udp, now))];

    [Fact]
    public void The_same_seed_gives_the_same_numbers_and_another_one_others()
    {
        ushort[] first = Run(Make(1), "10.9.0.1", 100, Timestamp.Zero);
        Assert.Equal(first, Run(Make(1), "10.9.0.1", 100, Timestamp.Zero));
        Assert.NotEqual(first, Run(Make(2), "10.9.0.1", 100, Timestamp.Zero));
    }

    [Fact]
    public void No_number_comes_again_while_packets_of_one_path_could_meet()
    {
        IdentificationSource source = Make(3);
        Assert.Equal(65_536, Run(source, "10.9.0.1", 65_536, Timestamp.Zero).Distinct().Count());

        // 20,000 packets over 20 seconds, one a millisecond.
        var seen = new HashSet<ushort>();
        for (int i = 1; i <= 20_000; i++)
            Assert.True(seen.Add(source.Next(Here, InetAddress.Parse("10.9.0.7"), IpProtocol.Udp, Timestamp.FromStart(TimeSpan.FromMilliseconds(i)))));
    }

    [Fact]
    public void What_goes_elsewhere_does_not_show()
    {
        // The numbers of one destination go on as if nothing was sent to the other; nor does one tell where the other begins.
        IdentificationSource quiet = Make(4), busy = Make(4);
        ushort before = quiet.Next(Here, InetAddress.Parse("10.9.0.1"), IpProtocol.Udp, Timestamp.Zero);
        Assert.Equal(before, busy.Next(Here, InetAddress.Parse("10.9.0.1"), IpProtocol.Udp, Timestamp.Zero));
        Run(busy, "10.9.0.200", 1000, Timestamp.Zero);
        Assert.Equal(
            quiet.Next(Here, InetAddress.Parse("10.9.0.1"), IpProtocol.Udp, Timestamp.Zero),
            busy.Next(Here, InetAddress.Parse("10.9.0.1"), IpProtocol.Udp, Timestamp.Zero));
    }

    [Fact]
    public void Destinations_and_protocols_begin_anywhere()
    {
        IdentificationSource source = Make(5);
        HashSet<ushort> begins = [];
        for (uint i = 0; i < 200; i++)
        {
            begins.Add(source.Next(Here, InetAddress.FromV4(0x0A090000 + i), IpProtocol.Udp, Timestamp.Zero));
            begins.Add(source.Next(Here, InetAddress.FromV4(0x0A090000 + i), IpProtocol.Icmp, Timestamp.Zero));
        }

        Assert.True(begins.Count > 350, $"only {begins.Count} of 400 differ");
    }

    [Fact]
    public void A_pause_moves_the_counter_on_by_chance()
    {
        HashSet<int> steps = [];
        for (int seed = 0; seed < 50; seed++)
        {
            IdentificationSource source = Make(seed);
            ushort first = source.Next(Here, OutputRig.Peer, IpProtocol.Udp, Timestamp.Zero);
            ushort second = source.Next(Here, OutputRig.Peer, IpProtocol.Udp, Timestamp.FromStart(TimeSpan.FromSeconds(1)));
            steps.Add((ushort)(second - first));
        }

        Assert.True(steps.Count > 40);
        Assert.True(steps.Max() <= 1000);
    }

    [Fact]
    public void A_stack_that_is_a_century_old_still_counts()
    {
        IdentificationSource source = Make(6);
        source.Next(Here, OutputRig.Peer, IpProtocol.Udp, Timestamp.FromStart(TimeSpan.FromDays(36_500)));
        source.Next(Here, OutputRig.Peer, IpProtocol.Udp, Timestamp.Zero);      // nor does it mind a clock that goes back
    }
}
