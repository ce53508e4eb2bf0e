using System.Net.Sockets;
using UserNet.Addressing;
using UserNet.Capture;
using UserNet.Emulation;
using UserNet.Simulation;
using UserNet.Sockets;
using Xunit;

namespace UserNet.Tests.Simulation;

/// <summary>User code that does to a virtual network what it should not, at the wrong time.</summary>
public sealed class HostileNetworkTests : IDisposable
{
    private static readonly TimeSpan Second = TimeSpan.FromSeconds(1);

    private readonly VirtualNetwork _network = new(7);
    private readonly VirtualHost _a, _b;
    private readonly VirtualLink _link;

    public HostileNetworkTests()
    {
        _a = _network.AddHost("a");
        _b = _network.AddHost("b");
        _link = _network.Connect(_a, "10.0.0.1/24", _b, "10.0.0.2/24");
    }

    public void Dispose() => _network.Dispose();

    [Fact]
    public void A_program_that_crashes_its_own_host_and_then_fails_is_heard()
    {
        _ = _a.Start(host =>
        {
            host.Restart();
            throw new FormatException("planted");
        });
        Assert.Throws<FormatException>(() => _network.RunFor(Second));
        Assert.True(_a.IsUp);
    }

    [Fact]
    public void What_a_loss_model_throws_comes_out_of_the_run_and_the_link_stays()
    {
        bool isBad = true;
        _link.There = new LinkConditions { Loss = LossModel.When((in _) => isBad ? throw new FormatException("planted") : false) };
        _a.Send("10.0.0.2:7");
        Assert.Equal("planted", Assert.Throws<FormatException>(() => _network.RunFor(Second)).Message);
        isBad = false;
        Reach();
    }

    [Fact]
    public void What_a_latency_throws_comes_out_of_the_run_and_the_link_stays()
    {
        bool isBad = true;
        _link.There = new LinkConditions { Latency = LatencyDistribution.Of(_ => isBad ? throw new FormatException("planted") : TimeSpan.MinValue) };
        _a.Send("10.0.0.2:7");
        Assert.Equal("planted", Assert.Throws<FormatException>(() => _network.RunFor(Second)).Message);
        isBad = false;
        Reach();
    }

    [Fact]
    public void A_question_that_notes_something_or_has_a_host_crash_is_answered_all_the_same()
    {
        int count = 0;
        using PacketWatch watch = _network.Watch();
        _a.Send("10.0.0.2:7");
        watch.Expect((in _) =>
        {
            _network.Note("test", "asked");
            return ++count == 3;
        }, Second);
        Assert.Equal(3, count);
    }

    [Fact]
    public void A_network_that_is_over_says_so()
    {
        var network = new VirtualNetwork(7);
        VirtualHost host = network.AddHost("host");
        VirtualHost other = network.AddHost("other");
        VirtualLink link = network.Connect(host, "10.0.0.1/24", other, "10.0.0.2/24");
        string digest = network.Digest;
        network.Dispose();
        network.Dispose();
        Assert.Equal(digest, network.Digest);
        Assert.False(host.IsUp);
        Assert.Throws<ObjectDisposedException>(() => network.AddHost("more"));
        Assert.Throws<ObjectDisposedException>(() => network.AddSwitch());
        Assert.Throws<ObjectDisposedException>(() => network.Connect(host, "10.0.1.1/24", other, "10.0.1.2/24"));
        Assert.Throws<ObjectDisposedException>(() => network.RunFor(Second));
        Assert.Throws<ObjectDisposedException>(() => network.Step());
        Assert.Throws<ObjectDisposedException>(() => { _ = network.Start(static () => Task.CompletedTask); });
        Assert.Throws<ObjectDisposedException>(() => network.At(Second, static () => { }));
        Assert.Throws<ObjectDisposedException>(host.Restart);
        network.Note("a", "b");
        Assert.Throws<ObjectDisposedException>(() => network.Watch());
        Assert.Throws<ObjectDisposedException>(() => network.Capture(new MemoryStream()));
        Assert.Throws<ObjectDisposedException>(() => network.Begin(Fault.Down(link.Name)));
        link.Dispose();
    }

    [Fact]
    public void A_network_that_a_program_ends_is_over_for_the_run()
    {
        using var network = new VirtualNetwork(7);
        _ = network.Start(async () =>
        {
            await Task.Delay(Second, network.Clock);
            network.Dispose();
        });
        Assert.Throws<ObjectDisposedException>(() => network.RunFor(3 * Second));
    }

    [Fact]
    public void A_recording_that_can_not_be_written_keeps_no_other_from_its_end()
    {
        var network = new VirtualNetwork(7);
        VirtualHost host = network.AddHost("host");
        network.Connect(host, "10.0.0.1/24", network.AddHost("other"), "10.0.0.2/24");
        using var good = new MemoryStream();
        network.Capture(new BrokenStream());
        network.Capture(good, leaveOpen: true);
        host.Send("10.0.0.2:7");
        network.RunFor(Second);
        Assert.Throws<IOException>(network.Dispose);
        Assert.InRange(good.Length, 200, long.MaxValue);
        network.Dispose();
        Assert.NotEmpty(network.Digest);
    }

    [Fact]
    public void A_file_that_is_closed_before_the_network_does_no_harm()
    {
        var network = new VirtualNetwork(7);
        VirtualHost host = network.AddHost("host");
        network.Connect(host, "10.0.0.1/24", network.AddHost("other"), "10.0.0.2/24");
        var writer = new PcapngWriter(new MemoryStream());
        network.Capture(writer);
        host.Send("10.0.0.2:7");
        network.RunFor(Second);
        writer.Dispose();
        network.Dispose();
    }

    [Fact]
    public void Times_that_can_not_be_are_refused()
    {
        Assert.Throws<ArgumentOutOfRangeException>(() => _network.RunFor(-Second));
        Assert.Throws<ArgumentOutOfRangeException>(() => _network.After(-Second, static () => { }));
        Assert.Throws<ArgumentOutOfRangeException>(() => _network.After(TimeSpan.MaxValue, static () => { }));
        Assert.Throws<ArgumentOutOfRangeException>(() => _network.At(TimeSpan.MaxValue, static () => { }));
        Assert.Throws<ArgumentOutOfRangeException>(() => _network.RunFor(TimeSpan.MaxValue));
        _network.RunFor(Second);
        Assert.Throws<ArgumentOutOfRangeException>(() => _network.RunFor(TimeSpan.MaxValue));
        Assert.Throws<ArgumentOutOfRangeException>(() => _network.At(TimeSpan.Zero, static () => { }));
        Assert.True(_network.RunUntilIdle(TimeSpan.MaxValue));
        bool isOver = false;
        _network.At(Second, () => isOver = true);
        Assert.True(_network.RunUntil(() => isOver, TimeSpan.MaxValue));
        _network.After(TimeSpan.FromDays(400), () => isOver = false);
        _network.RunFor(TimeSpan.FromDays(401));
        Assert.False(isOver);
        _network.RunFor(TimeSpan.Zero);
    }

    [Fact]
    public void Many_items_at_many_instants_are_no_network_that_never_rests()
    {
        using var network = new VirtualNetwork(7) { ItemLimit = 100 };
        for (int i = 0; i < 50; i++)
        {
            for (int k = 0; k < 10; k++) _ = network.Start(static () => Task.CompletedTask);
            network.RunFor(Second);
        }
    }

    [Fact]
    public void A_link_that_can_not_be_connected_leaves_nothing_behind()
    {
        Assert.Throws<FormatException>(() => _network.Connect(_a, "10.0.1.1/24", _b, "nonsense"));
        Assert.Throws<FormatException>(() => _network.Connect(_a, "10.0.1.1", _b, "10.0.1.2/99"));
        Assert.Single(_network.Links);
        Assert.Single(_a.Interfaces);
        _b.Crash();
        Assert.Throws<InvalidOperationException>(() => _network.Connect(_a, "10.0.1.1/24", _b, "10.0.1.2/24"));
        Assert.Single(_network.Links);
        _b.Restart();
        Assert.Equal("a-b 2", _network.Connect(_a, "10.0.1.1/24", _b, "10.0.1.2/24").Name);
        _a.Restart();
        Assert.Equal(2, _a.Interfaces.Count);
        using var other = new VirtualNetwork(8);
        Assert.Throws<ArgumentException>(() => _network.Connect(_a, "10.0.2.1/24", other.AddHost("c"), "10.0.2.2/24"));
    }

    [Fact]
    public void A_host_whose_settings_fail_at_a_restart_is_down()
    {
        bool isBad = false;
        _a.Configure(_ =>
        {
            if (isBad) throw new FormatException("planted");
        });
        isBad = true;
        Assert.Throws<FormatException>(_a.Restart);
        Assert.False(_a.IsUp);
        isBad = false;
        _a.Restart();
        Reach();
    }

    [Fact]
    public void A_foreign_thread_that_sets_an_alarm_or_starts_a_program_while_the_network_runs_is_a_fault()
    {
        Exception? first = null, second = null;
        _network.At(Second, () =>
        {
            var thread = new Thread(() =>
            {
                first = Record.Exception(() => _network.At(5 * Second, static () => { }));
                second = Record.Exception(() => { _ = _network.Start(static () => Task.CompletedTask); });
            });
            thread.Start();
            thread.Join();
        });
        Assert.Throws<ForeignThreadException>(() => _network.RunFor(2 * Second));
        Assert.IsType<ForeignThreadException>(first);
        Assert.IsType<ForeignThreadException>(second);
        var builder = new Thread(() => _network.AddHost("late"));      // takes it over: it does not run
        builder.Start();
        builder.Join();
        _network.RunFor(Second);
    }

    [Fact]
    public void Nothing_of_a_boot_is_left_behind_it()
    {
        var stacks = new List<WeakReference>();
        for (int i = 0; i < 5; i++)
        {
            Boot(stacks);
            _network.RunFor(Second);
        }

        int timers = _network.Clock.TimerCount;
        Boot(stacks);
        _network.RunFor(Second);
        Assert.Equal(timers, _network.Clock.TimerCount);
        GC.Collect();
        GC.WaitForPendingFinalizers();
        GC.Collect();
        Assert.InRange(stacks.Count(static stack => stack.IsAlive), 0, 2);

        [System.Runtime.CompilerServices.MethodImpl(System.Runtime.CompilerServices.MethodImplOptions.NoInlining)]
        void Boot(List<WeakReference> stacks)
        {
            _a.Restart();
            stacks.Add(new WeakReference(_a.Stack));
            _ = _a.Start(async host =>
            {
                using NetworkSocket socket = host.Bound(7);
                while (true) await socket.ReceiveAsync(new byte[10]);
            });
            _b.Send("10.0.0.1:7");
            _network.RunFor(Second);
        }
    }

    private sealed class BrokenStream : MemoryStream
    {
        public override void Write(byte[] buffer, int offset, int count) => throw new IOException("planted");

        public override void Write(ReadOnlySpan<byte> buffer) => throw new IOException("planted");
    }

    private void Reach() => _network.Run(async () =>
    {
        using NetworkSocket socket = _b.Bound(9);
        _a.Send("10.0.0.2:9");
        Assert.Equal(1, await socket.ReceiveAsync(new byte[10]));
    });
}
