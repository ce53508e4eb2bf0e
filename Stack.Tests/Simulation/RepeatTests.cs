using System.Net.Sockets;
using UserNet.Addressing;
using UserNet.Emulation;
using UserNet.Simulation;
using UserNet.Sockets;
using Xunit;

namespace UserNet.Tests.Simulation;

/// <summary>Two runs of one seed are compared, and the first event that differs is named.</summary>
public sealed class RepeatTests
{
    private int _runs;      // what reaches into the networks from outside

    [Fact]
    public void Runs_that_are_the_same_have_the_digest_of_any_run()
    {
        string digest = Repeat.Twice(3, network => SendThree(network, 5));
        using var alone = new VirtualNetwork(3);
        SendThree(alone, 5);
        Assert.Equal(digest, alone.Digest);
        Assert.Equal(digest, Repeat.Twice(3, async network =>
        {
            SendThree(network, 5, runs: false);
            await Task.Delay(TimeSpan.FromSeconds(4), network.Clock);
        }));
    }

    [Fact]
    public void An_octet_that_differs_is_named_with_its_packet()
    {
        DivergenceException divergence = Assert.Throws<DivergenceException>(() => Repeat.Twice(3, network => SendThree(network, ++_runs, TimeSpan.FromSeconds(0.9))));
        Assert.Matches("^1.8000000 a/eth0 sent     IP 10.0.0.1.[0-9]+ > 10.0.0.2.9: UDP, length 10$", divergence.First);
        Assert.Equal(divergence.First, divergence.Second);
        Assert.Equal(
            $"""
            Two runs of seed 3 differ, first at event {divergence.Event + 1}.
              first run:  {divergence.First}
              second run: {divergence.Second}
              The frames differ from octet 40 on.
            Before it, in both:
              {string.Join(Environment.NewLine + "  ", divergence.Before)}
            """, divergence.Message);
        // That is where the checksum lies.
        Assert.Equal(5, divergence.Before.Count);
        Assert.EndsWith("ICMP 10.0.0.2 udp port 9 unreachable, length 46", divergence.Before[^1], StringComparison.Ordinal);
    }

    [Fact]
    public void A_time_that_differs_is_named()
    {
        DivergenceException divergence = Assert.Throws<DivergenceException>(() => Repeat.Twice(3, network => SendThree(network, 1, TimeSpan.FromMilliseconds(++_runs))));
        Assert.StartsWith("0.0010000 a/eth0 sent     ARP, Request", divergence.First, StringComparison.Ordinal);
        Assert.StartsWith("0.0020000 a/eth0 sent     ARP, Request", divergence.Second, StringComparison.Ordinal);
    }

    [Fact]
    public void What_becomes_of_a_packet_is_part_of_it()
    {
        DivergenceException divergence = Assert.Throws<DivergenceException>(() => Repeat.Twice(3, network =>
        {
            bool isLost = ++_runs == 2;
            SendThree(network, 1, TimeSpan.FromSeconds(1), runs: false);
            if (isLost) network.Link("a-b").There = new LinkConditions { Loss = 1 };
            network.RunFor(TimeSpan.FromSeconds(4));
        }));
        Assert.Contains("b/eth0 received ARP", divergence.First, StringComparison.Ordinal);
        Assert.EndsWith("(lost on the way there)", divergence.Second, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public void A_run_that_ends_earlier_is_named(int shorter)
    {
        DivergenceException divergence = Assert.Throws<DivergenceException>(() => Repeat.Twice(3, network =>
        {
            network.AddHost("a");
            network.Note("the test", "begins");
            if (++_runs != shorter) network.Note("the test", "goes on");
        }));
        Assert.Equal("0.0000000 the test: begins", divergence.Before[^1]);
        string[] events = [divergence.First, divergence.Second];
        Assert.Equal("0.0000000 the test: goes on", events[2 - shorter]);
        Assert.StartsWith("0.0000000 the run: ended after", events[shorter - 1], StringComparison.Ordinal);
    }

    [Fact]
    public void Runs_that_differ_in_no_frame_may_differ_in_their_timers()
    {
        DivergenceException divergence = Assert.Throws<DivergenceException>(() => Repeat.Twice(3, network =>
        {
            for (int i = 0; i < 7 + _runs; i++) network.After(TimeSpan.Zero, static () => { });
            _runs++;
            network.RunFor(TimeSpan.FromSeconds(1));
        }));
        Assert.Equal("1.0000000 the run: ended after 7 events", divergence.First);
        Assert.Equal("1.0000000 the run: ended after 8 events", divergence.Second);
    }

    [Fact]
    public void What_the_second_run_alone_throws_is_a_difference()
    {
        var failure = new InvalidOperationException("only now");
        DivergenceException divergence = Assert.Throws<DivergenceException>(() => Repeat.Twice(3, network =>
        {
            SendThree(network, 1);
            if (++_runs == 2) throw failure;
        }));
        Assert.Same(failure, divergence.InnerException);
        Assert.Equal("the run ended here: System.InvalidOperationException: only now", divergence.Second);
        Assert.Contains("the run: ended after", divergence.First, StringComparison.Ordinal);
    }

    [Fact]
    public void What_the_first_run_throws_comes_out_as_it_is() =>
        Assert.Throws<TimeoutException>(() => Repeat.Twice(3, _ => throw new TimeoutException()));

    private static void SendThree(VirtualNetwork network, int what, TimeSpan wait = default, bool runs = true)
    {
        VirtualHost a = network.AddHost("a"), b = network.AddHost("b");
        network.Connect(a, "10.0.0.1/24", b, "10.0.0.2/24");
        a.Start(async host =>
        {
            using NetworkSocket socket = host.Stack.CreateSocket(AddressFamily.InterNetwork, SocketType.Dgram);
            byte[] octets = new byte[10];
            for (int i = 0; i < 3; i++)
            {
                octets[0] = (byte)(i == 0 ? 0 : what);
                await Task.Delay(wait, network.Clock);
                socket.SendTo(octets, InetEndpoint.Parse("10.0.0.2:9"));
            }
        });
        if (runs) network.RunFor(TimeSpan.FromSeconds(4));
    }
}
