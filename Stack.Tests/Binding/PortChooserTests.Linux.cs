using System.Net.Sockets;
using UserNet.Addressing;
using UserNet.Binding;
using Xunit;

namespace UserNet.Tests.Binding;

// Linux's own choices, the script, and what the settings say of released and reserved ports: through the table.
public sealed partial class PortChooserTests
{
    private static readonly Claim Loopback = new(InetAddress.LoopbackV4);
    private static readonly InetEndpoint Peer = InetEndpoint.Parse("127.0.0.1:7000");

    [Theory]
    [InlineData(32768, 60999, 1)]      // cases 176 and 177: bind takes the other parity than the range's first port
    [InlineData(40001, 41000, 0)]
    public void Linux_binds_to_one_parity_and_connects_from_the_other(int first, int last, int bindParity)
    {
        BindTable table = Table(Personality.Linux, (first, last));
        for (int i = 0; i < 200; i++)
        {
            Assert.Equal(bindParity, Bound(table.Tcp, Loopback) & 1);
            Assert.Equal(1 - bindParity, Connected(table.Tcp, InetEndpoint.Parse($"10.1.0.9:{i + 1}")) & 1);
        }
    }

    [Fact]
    public void Linux_takes_the_other_parity_when_one_is_used_up()
    {
        BindTable table = Table(Personality.Linux, (40000, 40019));
        int[] ports = [.. Enumerable.Range(0, 20).Select(_ => (int)Bound(table.Tcp, Loopback))];
        Assert.All(ports[..10], static port => Assert.Equal(1, port & 1));
        Assert.All(ports[10..], static port => Assert.Equal(0, port & 1));
        Assert.Equal(20, ports.Distinct().Count());
        Assert.Equal(0, Bound(table.Tcp, Loopback));
    }

    [Fact]
    public void Linux_fills_the_lower_half_first_for_SO_REUSEADDR()
    {
        BindTable table = Table(Personality.Linux, (40000, 40019));
        var claim = new Claim(InetAddress.LoopbackV4, sharing: Sharing.ReuseAddress);
        int[] ports = [.. Enumerable.Range(0, 20).Select(_ => (int)Bound(table.Tcp, claim))];
        Assert.Equal(Enumerable.Range(40000, 10), ports[..10].Order());
        Assert.Equal(Enumerable.Range(40010, 10), ports[10..].Order());
    }

    [Theory]      // cases 162 and 163: of an odd number of ports Linux's streams never use the last; other systems do
    [InlineData("Linux", 40002, 2)]
    [InlineData("Linux", 40000, 1)]
    [InlineData("Posix", 40002, 3)]
    [InlineData("Windows", 40002, 3)]
    public void An_odd_range_loses_its_last_port_to_Linux_streams_alone(string name, int last, int usable)
    {
        Personality personality = Personality.All.First(other => other.Name == name);
        BindTable table = Table(personality, (40000, last));
        Assert.Equal(usable, Until0(() => Bound(table.Tcp, Loopback)));
        Assert.Equal(last - 40000 + 1, Until0(() => Bound(table.Udp, Loopback)));
        BindTable other = Table(personality, (40000, last));
        Assert.Equal(usable, Until0(() => Connected(other.Tcp, Peer)));
    }

    [Fact]
    public void Sequential_goes_up_by_one_and_round()
    {
        BindTable table = Table(Personality.Linux, (40000, 40004), PortAlgorithm.Sequential);
        Holder taken = new();
        table.Tcp.Bind(taken, Loopback, 40002);
        Assert.Equal([40000, 40001, 40003, 40004, 0], Enumerable.Range(0, 5).Select(_ => (int)Bound(table.Tcp, Loopback)));
        table.Tcp.Release(taken);
        Assert.Equal(40002, Bound(table.Tcp, Loopback));
    }

    [Fact]
    public void A_script_is_followed_taken_ports_are_passed_over_and_its_end_is_exhaustion()
    {
        BindTable table = Table(Personality.Linux, (40000, 40004), PortAlgorithm.Scripted);
        foreach (ushort port in new ushort[] { 9, 50000, 9, 65535 }) table.Settings.Script.Enqueue(port);
        Assert.Equal([9, 50000, 65535, 0], Enumerable.Range(0, 4).Select(_ => (int)Bound(table.Tcp, Loopback)));
        Assert.Equal(BindRule.Exhausted, table.Tcp.BindAny(new Holder(), Loopback).Rule);
        table.Settings.Script.Enqueue(40003);
        Assert.Equal(40003, Bound(table.Tcp, Loopback));
    }

    [Theory]
    [InlineData(ReleasedPort.Last)]
    [InlineData(ReleasedPort.Any)]
    [InlineData(ReleasedPort.First)]
    public void A_port_just_released_is_handed_out_as_the_settings_say(ReleasedPort rule)
    {
        BindTable table = Table(Personality.Linux, (40000, 40003), PortAlgorithm.RandomEachTry);
        table.Settings.ReleasedPort = rule;
        int again = 0;
        const int Rounds = 400;
        for (int i = 0; i < Rounds; i++)
        {
            Holder first = new(), second = new();
            table.Udp.BindAny(first, Loopback);
            ushort port = first.Port;
            table.Udp.Release(first);
            table.Udp.BindAny(second, Loopback);
            if (second.Port == port) again++;
            table.Udp.Release(second);
        }

        // Any: one in four, 100 give or take 8.7; outside 50..150 once in 10^8 runs.
        (int Low, int High) expected = rule switch { ReleasedPort.Last => (0, 0), ReleasedPort.First => (Rounds, Rounds), _ => (50, 150) };
        Assert.InRange(again, expected.Low, expected.High);
    }

    [Fact]
    public void A_port_just_released_is_handed_out_when_nothing_else_is_free()
    {
        BindTable table = Table(Personality.Posix, (40000, 40001));
        Holder one = new(), two = new();
        table.Tcp.BindAny(one, Loopback);
        table.Tcp.BindAny(two, Loopback);
        ushort port = two.Port;
        table.Tcp.Release(two);
        Assert.Equal(port, Bound(table.Tcp, Loopback));
    }

    [Theory]
    [MemberData(nameof(Algorithms))]
    public void Reserved_ports_are_not_chosen_but_may_be_named(PortAlgorithm algorithm)
    {
        BindTable table = Table(Personality.Posix, (40000, 40007), algorithm);
        table.Settings.SetReservedPorts(new PortRange(40001, 40002), new PortRange(40002, 40004));
        Assert.Equal(4, Until0(() => Bound(table.Tcp, Loopback)));
        Assert.True(table.Tcp.Bind(new Holder(), Loopback, 40002).IsGranted);
        table.Settings.SetReservedPorts();
        Assert.Equal(3, Until0(() => Bound(table.Tcp, Loopback)));
        Assert.Equal(8, table.Tcp.Count);
    }

    [Fact]
    public void A_protocol_and_family_may_have_a_range_of_its_own()
    {
        BindTable table = Table(Personality.Windows, (40000, 40009));
        table.Settings.SetEphemeralPorts(ProtocolType.Tcp, AddressFamily.InterNetworkV6, new PortRange(50000, 50001));
        Assert.InRange(Bound(table.Tcp, new Claim(InetAddress.LoopbackV6)), 50000, 50001);
        Assert.InRange(Bound(table.Tcp, Loopback), 40000, 40009);
        Assert.InRange(Bound(table.Udp, new Claim(InetAddress.LoopbackV6)), 40000, 40009);
    }

    private static BindTable Table(Personality personality, (int First, int Last) range, PortAlgorithm? algorithm = null)
    {
        var settings = new BindSettings(personality) { EphemeralPorts = new PortRange((ushort)range.First, (ushort)range.Last) };
        if (algorithm is { } chosen) settings.StreamBind = settings.StreamConnect = settings.Datagram = chosen;
        return new BindTable(personality, new Random(11).NextBytes, settings);
    }

    /// <summary>The port that a new holder gets, 0 when it is refused.</summary>
    private static ushort Bound(PortSpace ports, Claim claim)
    {
        var holder = new Holder();
        ports.BindAny(holder, claim);
        return holder.Port;
    }

    private static ushort Connected(PortSpace ports, InetEndpoint remote)
    {
        var holder = new Holder();
        ports.ConnectAny(holder, Loopback, remote);
        return holder.Port;
    }

    private static int Until0(Func<ushort> next)
    {
        int count = 0;
        while (next() != 0) count++;
        return count;
    }
}
