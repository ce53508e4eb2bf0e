using System.Net.Sockets;
using System.Runtime.CompilerServices;
using UserNet.Addressing;
using UserNet.Doors;
using UserNet.Emulation;
using UserNet.Link;
using UserNet.Simulation;
using UserNet.Sockets;
using UserNet.Tests.Infrastructure;
using Xunit;

namespace UserNet.Tests.Simulation;

/// <summary>Virtual networks at the ends of what can be set.</summary>
public class ExtremeNetworkTests : IDisposable
{
    private protected virtual IpFamily Family => IpFamily.V4;

    private static readonly TimeSpan Second = TimeSpan.FromSeconds(1), Day = TimeSpan.FromDays(1);

    private readonly VirtualNetwork _network = new(7);
    private readonly VirtualHost _a, _b;
    private readonly VirtualLink _link;

    [System.Diagnostics.CodeAnalysis.SuppressMessage("Usage", "CA2214", Justification = "Family is a constant.")]
    public ExtremeNetworkTests()
    {
        _a = _network.AddHost("a");
        _b = _network.AddHost("b");
        _link = _network.Connect(_a, Family.Prefix(1), _b, Family.Prefix(2));
    }

    public void Dispose()
    {
        _network.Dispose();
        GC.SuppressFinalize(this);
    }

    [Fact]
    public void A_bit_a_second_and_a_day_of_delay_only_take_their_time()
    {
        Send();      // resolves
        _network.RunFor(Second);
        _link.Change(static conditions => conditions with { BitsPerSecond = 1, Delay = Day });
        using NetworkSocket socket = Bound(_b);
        Send();
        using PacketWatch watch = _b.Watch();
        TimeSpan before = _network.Clock.Now.SinceStart;
        SeenPacket seen = watch.Received.Expect(static (in packet) => packet.IsUdp, TimeSpan.FromDays(2));
        Assert.Equal(Day + (8 * seen.Octets.Length * Second), seen.Time.SinceStart - before);
        Assert.Equal(1, socket.Receive(new byte[10]));
    }

    [Fact]
    public void A_queue_of_nothing_and_a_loss_of_all_lose_and_nothing_else()
    {
        Send();
        _network.RunFor(Second);
        _link.Change(static conditions => conditions with { BitsPerSecond = 8000, QueueLimit = 0 });
        for (int i = 0; i < 10; i++) Send();
        _network.RunFor(Second);
        Assert.Equal(9, _link.ThereCounts.QueueFull);
        _link.Change(static conditions => LinkConditions.Perfect with { Loss = 1 });
        for (int i = 0; i < 10; i++) Send();
        _network.RunFor(Second);
        Assert.Equal(10, _link.ThereCounts.Lost);
        _link.Change(static conditions => LinkConditions.Perfect);
        using NetworkSocket socket = Bound(_b);
        Send();
        Assert.Equal(1, socket.Receive(new byte[10]));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(13)]
    [InlineData(14)]
    [InlineData(9014)]
    [InlineData(65_535)]
    [InlineData(200_000)]
    public void Frames_of_any_length_pass_a_wire_with_everything_wrong_with_it(int length)
    {
        var sink = new CountingSink();
        LinkSwitch left = _network.AddSwitch("left"), right = _network.AddSwitch("right");
        VirtualLink bad = _network.Connect(left, right, new VirtualLinkOptions
        {
            There = new LinkConditions
            {
                Corruption = 0.5,
                CorruptedBits = 64,
                Truncation = 0.5,
                Duplication = 0.5,
                Reordering = 0.5,
                Delay = Second,
                LargestPacket = 100_000,
                Loss = LossModel.When(static (in packet) => packet.IsTcp),
                BitsPerSecond = 1_000_000_000,
                Queue = QueueDiscipline.CoDel(),
            },
        });
        LinkPair cable = _network.AddCable(new LinkPairOptions { Medium = LinkMedium.Ethernet }), end = _network.AddCable(new LinkPairOptions { Medium = LinkMedium.Ethernet });
        left.Connect(cable.B);
        right.Connect(end.A);
        end.B.Start(sink);
        cable.A.Start(new CountingSink());
        byte[] octets = new byte[length];
        octets.AsSpan(0, Math.Min(6, length)).Fill(0xff);
        for (int i = 0; i < 20; i++) cable.A.Send([new LinkFrame(octets)]);
        Assert.True(_network.RunUntilIdle(TimeSpan.FromHours(1)));
        LinkImpairments counts = bad.ThereCounts;
        Assert.Equal(0, counts.UnderWay);
        Assert.Equal(
            counts.Frames + counts.Duplicated,
            counts.Delivered + counts.Lost + counts.QueueFull + counts.QueueManaged + counts.TooLong + counts.MemoryFull + counts.Malformed);
    }

    [Fact]
    public void A_host_that_is_paused_can_crash_and_restart_and_is_not_paused_then()
    {
        _a.Pause();
        _a.Restart();
        Assert.False(_a.IsPaused);
        _a.Resume();
        using NetworkSocket socket = Bound(_b);
        Send();
        Assert.Equal(1, socket.Receive(new byte[10]));
        _a.Pause();
        _a.Crash();
        _a.Resume();
        _a.Crash();
        Assert.False(_a.IsUp);
        _a.Restart();
        Send();
        Assert.Equal(1, socket.Receive(new byte[10]));
    }

    [Fact]
    public void A_program_that_pauses_its_own_host_goes_on_when_another_resumes_it()
    {
        TimeSpan? resumed = null;
        _ = _a.Start(async host =>
        {
            _network.After(5 * Second, host.Resume);
            host.Pause();
            await Task.Delay(Second, host.Clock);
            resumed = _network.Clock.Now.SinceStart;
        });
        Assert.True(_network.RunUntilIdle(Day));
        Assert.Equal(5 * Second, resumed);
    }

    [Fact]
    public void A_clock_whose_skew_changes_fires_its_timers_when_it_itself_says_so()
    {
        var fired = new List<double>();
        using ITimer once = _a.Clock.CreateTimer(_ => fired.Add(_a.Clock.Now.SinceStart.TotalSeconds), null, 100 * Second, Timeout.InfiniteTimeSpan);
        using ITimer often = _a.Clock.CreateTimer(_ => fired.Add(_a.Clock.Now.SinceStart.TotalSeconds), null, 30 * Second, 30 * Second);
        int turn = 0;
        double[] skews = [100_000, -100_000, 0, 12_345.678, -1];
        for (int i = 1; i < 130; i++) _network.After(i * Second, () => _a.Clock.Skew = skews[turn++ % skews.Length]);
        _network.RunFor(130 * Second);
        double[] expected = [30, 60, 90, 100, 120];
        Assert.Equal(expected, fired.Select(static at => Math.Round(at, 5)));
    }

    [Fact]
    public void Two_thousand_hosts_boot_and_some_of_them_talk()
    {
        LinkSwitch center = _network.AddSwitch(options: new LinkSwitchOptions());
        int heard = 0;
        for (int i = 0; i < 2000; i++)
        {
            VirtualHost host = _network.AddHost($"h{i}");
            InetAddress next = Host((i + 1) % 2000);
            _network.Connect(host, $"{Host(i)}/{(Family.IsV6 ? 64 : 16)}", center);
            bool talks = i % 20 == 0;
            host.OnBoot(async self =>
            {
                using NetworkSocket socket = Bound(self);
                await Task.Delay(TimeSpan.FromMilliseconds(self.Name.Length), self.Clock);
                if (talks) socket.TrySendTo([1], new InetEndpoint(next, 9));
                await socket.ReceiveAsync(new byte[10]);
                heard++;
            });
        }

        Assert.True(_network.RunUntil(() => heard == 100, TimeSpan.FromMinutes(1)));
        _network.Partition([.. _network.Hosts.Take(1000)], [.. _network.Hosts.Skip(1000)]).Heal();

        InetAddress Host(int number) => InetAddress.Parse(
            Family.IsV6 ? $"2001:db8::{1 + number:x}" : $"10.1.{number / 250}.{1 + (number % 250)}");
    }

    [Fact]
    public void A_network_that_nobody_ends_is_forgotten_all_the_same()
    {
        WeakReference network = Abandon(Family);
        GC.Collect();
        GC.WaitForPendingFinalizers();
        GC.Collect();
        Assert.False(network.IsAlive);

        [MethodImpl(MethodImplOptions.NoInlining)]
        static WeakReference Abandon(IpFamily family)
        {
            var network = new VirtualNetwork(9);
            VirtualHost a = network.AddHost("a"), b = network.AddHost("b");
            network.Connect(a, family.Prefix(1), b, family.Prefix(2));
            network.Watch();
            network.Capture(new MemoryStream());
            a.OnBoot(async host =>
            {
                using NetworkSocket socket = Bound(host, family);
                await socket.ReceiveAsync(new byte[10]);
            });
            network.RunFor(Day);
            return new WeakReference(network);
        }
    }

    [Fact]
    public void A_day_of_connections_crashes_and_faults_leaves_nothing_behind()
    {
        _b.OnBoot(async host =>
        {
            using UserNet.Sockets.TcpListener listener = host.Stack.Listen(new InetEndpoint(Family.Any, 80));
            while (true)
            {
                TcpConnection connection = await listener.AcceptAsync();
                await using Stream stream = connection.AsStream();
                await stream.WriteAsync("hello"u8.ToArray());
            }
        });
        int answers = 0;
        Pass(50);
        int timers = _network.Clock.TimerCount;
        int waits = _network.DescribeWaits().Count;
        Pass(500);
        Assert.InRange(answers, 500, 550);
        Assert.InRange(_network.Clock.TimerCount, 0, timers + 2);
        Assert.InRange(_network.DescribeWaits().Count, 0, waits);

        void Pass(int rounds)
        {
            for (int i = 0; i < rounds; i++)
            {
                using (_network.Begin(Fault.Loss(_link.Name, 0.2)))
                using (_network.Begin(Fault.Skew("a", 100)))
                using (_network.Partition([_a], [_b]))
                {
                    _network.RunFor(Second);
                }

                _ = _a.Start(async host =>
                {
                    TcpConnection connection = await host.Stack.ConnectAsync(new InetEndpoint(Family.B, 80));
                    await using Stream stream = connection.AsStream();
                    await stream.ReadExactlyAsync(new byte[5]);
                    answers++;
                });
                _network.RunFor(TimeSpan.FromMinutes(3));
                if (i % 10 == 0) _b.Restart();
                if (i % 10 == 5) _a.Restart();
            }
        }
    }

    [Fact]
    public void Frames_cost_no_memory_once_all_is_warm()
    {
        using NetworkSocket from = _a.Stack.CreateSocket(Family.Sockets, SocketType.Dgram);
        using NetworkSocket to = Bound(_b);
        from.Connect(new InetEndpoint(Family.B, 9));
        _link.Change(static conditions => conditions with { Delay = TimeSpan.FromMilliseconds(3), BitsPerSecond = 1_000_000_000, Corruption = 0.01 });
        byte[] octets = new byte[1000];
        Blast(50_000);
        Assert.InRange(Allocation.Of(() => Blast(10_000)) / 10_000, 0, 8);

        void Blast(int count)
        {
            for (int i = 0; i < count; i++)
            {
                from.TrySend(octets);
                if (i % 10 == 0) _network.RunFor(TimeSpan.FromMilliseconds(1));
                while (to.Available > 0) to.Receive(octets);
            }
        }
    }

    private NetworkSocket Bound(VirtualHost host) => Bound(host, Family);

    private static NetworkSocket Bound(VirtualHost host, IpFamily family)
    {
        NetworkSocket socket = host.Stack.CreateSocket(family.Sockets, SocketType.Dgram);
        socket.Bind(new InetEndpoint(family.Any, 9));
        return socket;
    }

    private void Send()
    {
        using NetworkSocket socket = _a.Stack.CreateSocket(Family.Sockets, SocketType.Dgram);
        socket.SendTo([1], new InetEndpoint(Family.B, 9));
    }

    private sealed class CountingSink : IFrameSink
    {
        public int Count { get; private set; }

        public void OnFrames(ReadOnlySpan<LinkFrame> frames, Span<DropReason> verdicts) => Count += frames.Length;

        public void OnWritable()
        {
        }

        public void OnClosed(Exception? failure)
        {
        }
    }
}

/// <summary>The same over IPv6.</summary>
public sealed class ExtremeNetworkV6Tests : ExtremeNetworkTests
{
    private protected override IpFamily Family => IpFamily.V6;
}
