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
    public void A_program_that_lets_time_pass_takes_the_run_around_it_along()
    {
        _ = _network.Start(() =>
        {
            _network.RunFor(10 * Second);
            return Task.CompletedTask;
        });
        _network.RunFor(Second);
        Assert.Equal(10 * Second, _network.Clock.Now.SinceStart);
        _ = _network.Start(() =>
        {
            _network.RunFor(10 * Second);
            return Task.CompletedTask;
        });
        Assert.True(_network.RunUntilIdle(Second));
        Assert.Equal(20 * Second, _network.Clock.Now.SinceStart);
    }

    [Fact]
    public void A_blocking_call_takes_the_run_around_it_along()
    {
        Block(_a, 7);
        _network.At(5 * Second, () => Send(_b, "10.0.0.1:7"));
        using ITimer timer = _network.Clock.CreateTimer(static _ => { }, null, Second, Second);
        Assert.False(_network.RunUntilIdle(Second));
        Assert.InRange(_network.Clock.Now.SinceStart, 5 * Second, 6 * Second);
    }

    [Fact]
    public void An_expectation_whose_time_a_program_passes_fails_as_any_other()
    {
        Block(_a, 7);
        _network.At(5 * Second, () => Send(_b, "10.0.0.1:7"));
        using PacketWatch watch = _a.Watch();
        Assert.Throws<ExpectationException>(() => watch.Expect(static (in packet) => packet.IsTcp, Second));
    }

    [Fact]
    public void A_fault_of_one_program_comes_out_of_the_run_even_if_another_that_blocks_catches_it()
    {
        bool isCaught = false;
        _ = _a.Start(host =>
        {
            using NetworkSocket socket = Bound(host, 7);
            try
            {
                socket.Receive(new byte[10]);
            }
            catch (SocketException)
            {
                isCaught = true;
            }

            return Task.CompletedTask;
        });
        _ = _b.Start(async host =>
        {
            await Task.Delay(Second, host.Clock);
            throw new SocketException((int)SocketError.NoData);
        });
        Assert.Equal(SocketError.NoData, Assert.Throws<SocketException>(() => _network.RunFor(3 * Second)).SocketErrorCode);
        Assert.True(isCaught);
        _network.RunFor(Second);
    }

    [Fact]
    public void A_call_that_blocks_when_its_host_crashes_ends_its_program_and_not_the_run()
    {
        bool isBehind = false;
        Task program = _a.Start(host =>
        {
            using NetworkSocket socket = Bound(host, 7);
            socket.Receive(new byte[10]);
            isBehind = true;
            return Task.CompletedTask;
        });
        _network.At(Second, _a.Crash);
        _network.RunFor(2 * Second);
        Assert.False(isBehind);
        Assert.False(program.IsCompleted);
        _a.Restart();
        _network.RunFor(Second);
        Assert.Empty(_network.DescribeWaits());
    }

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
    public void Calls_that_block_one_within_the_other_without_end_are_told_so()
    {
        for (ushort i = 0; i < 2000; i++) Block(_a, (ushort)(1000 + i));
        InvalidOperationException thrown = Assert.Throws<InvalidOperationException>(() => _network.RunFor(Second));
        Assert.Contains("wait within", thrown.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_stall_says_whose_wait_is_over_but_can_not_go_on()
    {
        // b's call is begun inside a's, and waits for what a would send once its own is over.
        _ = _a.Start(host =>
        {
            using NetworkSocket socket = Bound(host, 7);
            socket.Receive(new byte[10]);
            socket.SendTo([1], InetEndpoint.Parse("10.0.0.2:7"));
            return Task.CompletedTask;
        });
        _ = _b.Start(host =>
        {
            using NetworkSocket socket = Bound(host, 7);
            socket.SendTo([1], InetEndpoint.Parse("10.0.0.1:7"));
            socket.Receive(new byte[10]);
            return Task.CompletedTask;
        });
        StalledException thrown = Assert.Throws<StalledException>(() => _network.RunFor(Second));
        Assert.Contains("a can't go on", thrown.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_program_that_waits_with_its_thread_is_told_so_instead_of_standing_still_for_ever()
    {
        using var network = new VirtualNetwork(7) { LongestWait = TimeSpan.FromMilliseconds(50) };
        VirtualHost host = network.AddHost("host");
        Action[] waits =
        [
            static () => new TaskCompletionSource().Task.Wait(TestContext.Current.CancellationToken),
            static () => _ = new TaskCompletionSource<int>().Task.Result,
            () => Task.Delay(Second, host.Clock, TestContext.Current.CancellationToken).GetAwaiter().GetResult(),
            static () => new SemaphoreSlim(0).Wait(TestContext.Current.CancellationToken),
        ];
        foreach (Action wait in waits)
        {
            InvalidOperationException thrown = Assert.Throws<InvalidOperationException>(() =>
            {
                _ = host.Start(async _ =>
                {
                    await Task.Yield();
                    wait();
                });
                network.Run();
            });
            Assert.Contains("host waits with its thread", thrown.Message, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void A_program_may_wait_for_a_lock_that_another_thread_has_for_a_while()
    {
        using var isTaken = new ManualResetEventSlim();
        object gate = new();
        bool isDone = false;
        var thread = new Thread(() =>
        {
            lock (gate)
            {
                isTaken.Set();
                Thread.Sleep(50);
            }
        });
        thread.Start();
        isTaken.Wait(TestContext.Current.CancellationToken);
        _ = _network.Start(() =>
        {
            lock (gate) isDone = true;
            thread.Join();
            return Task.CompletedTask;
        });
        _network.Run();
        Assert.True(isDone);
    }

    [Fact]
    public void What_a_loss_model_throws_comes_out_of_the_run_and_the_link_stays()
    {
        bool isBad = true;
        _link.There = new LinkConditions { Loss = LossModel.When((in _) => isBad ? throw new FormatException("planted") : false) };
        Send(_a, "10.0.0.2:7");
        Assert.Equal("planted", Assert.Throws<FormatException>(() => _network.RunFor(Second)).Message);
        isBad = false;
        Reach();
    }

    [Fact]
    public void What_a_latency_throws_comes_out_of_the_run_and_the_link_stays()
    {
        bool isBad = true;
        _link.There = new LinkConditions { Latency = LatencyDistribution.Of(_ => isBad ? throw new FormatException("planted") : TimeSpan.MinValue) };
        Send(_a, "10.0.0.2:7");
        Assert.Equal("planted", Assert.Throws<FormatException>(() => _network.RunFor(Second)).Message);
        isBad = false;
        Reach();
    }

    [Fact]
    public void A_question_that_notes_something_or_has_a_host_crash_is_answered_all_the_same()
    {
        int count = 0;
        using PacketWatch watch = _network.Watch();
        Send(_a, "10.0.0.2:7");
        watch.Expect((in _) =>
        {
            _network.Note("test", "asked");
            return ++count == 3;
        }, Second);
        Assert.Equal(3, count);
    }

    [Fact]
    public void A_question_that_runs_the_network_is_told_that_it_can_not()
    {
        using PacketWatch watch = _network.Watch();
        _ = _a.Start(async host =>
        {
            await Task.Delay(Second, host.Clock);
            Send(host, "10.0.0.2:7");
        });
        InvalidOperationException thrown = Assert.Throws<InvalidOperationException>(() => watch.Expect((in _) => _network.Step(), 2 * Second));
        Assert.Contains("in the middle of a delivery", thrown.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("crash a")]
    [InlineData("crash b")]
    [InlineData("restart a")]
    [InlineData("restart b")]
    [InlineData("pause a")]
    [InlineData("pause b")]
    [InlineData("cut")]
    [InlineData("end")]
    [InlineData("watch")]
    [InlineData("capture")]
    [InlineData("partition")]
    [InlineData("fault")]
    [InlineData("program")]
    [InlineData("dispose")]
    [InlineData("throw")]
    public void Whatever_user_code_does_in_the_middle_of_a_delivery_the_network_goes_on(string what)
    {
        foreach (string where in (string[])["question", "loss", "latency", "timer", "program", "continuation"])
        {
            for (int frame = 1; frame <= 4; frame++) Interfere(what, where, frame);
        }
    }

    private static void Interfere(string what, string where, int frame)
    {
        using var network = new VirtualNetwork(7);
        VirtualHost a = network.AddHost("a"), b = network.AddHost("b");
        VirtualLink link = network.Connect(a, "10.0.0.1/24", b, "10.0.0.2/24", new VirtualLinkOptions { There = new LinkConditions { Delay = Second } });
        PacketWatch watch = network.Watch();
        IDisposable capture = network.Capture(new MemoryStream());
        int count = 0;
        bool isDone = false;
        if (where == "loss") link.Change(conditions => conditions with { Loss = LossModel.When((in _) => Asked()) });
        if (where == "latency") link.Change(conditions => conditions with { Latency = LatencyDistribution.Of(_ => Asked() ? Second : Second) });
        if (where == "timer") network.At(frame * 0.5 * Second, () => Asked());
        if (where == "program") _ = a.Start(_ => Task.FromResult(Asked()));
        if (where == "continuation")
        {
            _ = a.Start(async host =>
            {
                using NetworkSocket socket = Bound(host, 9);
                await socket.ReceiveAsync(new byte[10]);
                Asked();
            });
        }

        _ = b.Start(async host =>
        {
            using NetworkSocket socket = Bound(host, 7);
            for (int i = 0; i < 5; i++)
            {
                socket.TrySendTo([1], InetEndpoint.Parse("10.0.0.1:9"));
                await Task.Delay(Second, host.Clock);
            }
        });
        Exception? failure = Record.Exception(() =>
        {
            if (where == "question") watch.Expect((in _) => Asked(), 10 * Second);
            network.RunFor(10 * Second);
        });
        Assert.True(isDone || where is "program" or "continuation", $"{what} at {where}, {frame}");
        if (what == "throw") Assert.IsType<FormatException>(failure);
        else if (what == "dispose") Assert.True(failure is ObjectDisposedException, $"{what} at {where}, {frame}: {failure}");
        else Assert.True(failure is null or ExpectationException or ObjectDisposedException, $"{what} at {where}, {frame}: {failure}");
        if (what == "dispose") return;
        a.Restart();
        b.Restart();
        if (what == "end") return;
        link.Change(static _ => LinkConditions.Perfect);
        network.Run(async () =>
        {
            using NetworkSocket socket = Bound(b, 9);
            Send(a, "10.0.0.2:9");
            Assert.Equal(1, await socket.ReceiveAsync(new byte[10]));
        });

        bool Asked()
        {
            if (++count != (where is "question" or "loss" or "latency" ? frame : 1)) return false;
            isDone = true;
            switch (what)
            {
                case "crash a": a.Crash(); break;
                case "crash b": b.Crash(); break;
                case "restart a": a.Restart(); break;
                case "restart b": b.Restart(); break;
                case "pause a": a.Pause(); break;
                case "pause b": b.Pause(); break;
                case "cut": link.Cut(); break;
                case "end": link.Dispose(); break;
                case "watch": watch.Dispose(); break;
                case "capture": capture.Dispose(); break;
                case "partition": network.Partition([a], [b]).Heal(); break;
                case "fault": network.Begin(Fault.Loss(link.Name, 1)).Dispose(); break;
                case "program": _ = a.Start(static _ => Task.CompletedTask); break;
                case "dispose": network.Dispose(); break;
                default: throw new FormatException("planted");
            }

            return true;
        }
    }

    [Fact]
    public void An_action_that_runs_the_network_is_told_that_it_can_not()
    {
        _network.At(Second, () => _network.RunFor(Second));
        Assert.Contains("A timer's callback", Assert.Throws<InvalidOperationException>(() => _network.RunFor(3 * Second)).Message, StringComparison.Ordinal);
        _network.RunFor(Second);
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
        Send(host, "10.0.0.2:7");
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
        Send(host, "10.0.0.2:7");
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
                using NetworkSocket socket = Bound(host, 7);
                while (true) await socket.ReceiveAsync(new byte[10]);
            });
            Send(_b, "10.0.0.1:7");
            _network.RunFor(Second);
        }
    }

    private sealed class BrokenStream : MemoryStream
    {
        public override void Write(byte[] buffer, int offset, int count) => throw new IOException("planted");

        public override void Write(ReadOnlySpan<byte> buffer) => throw new IOException("planted");
    }

    private static NetworkSocket Bound(VirtualHost host, ushort port)
    {
        NetworkSocket socket = host.Stack.CreateSocket(AddressFamily.InterNetwork, SocketType.Dgram);
        socket.Bind(new InetEndpoint(InetAddress.AnyV4, port));
        return socket;
    }

    private static void Send(VirtualHost host, string to)
    {
        using NetworkSocket socket = host.Stack.CreateSocket(AddressFamily.InterNetwork, SocketType.Dgram);
        socket.SendTo([1], InetEndpoint.Parse(to));
    }

    private static void Block(VirtualHost host, ushort port) => _ = host.Start(host =>
    {
        using NetworkSocket socket = Bound(host, port);
        socket.Receive(new byte[10]);
        return Task.CompletedTask;
    });

    private void Reach() => _network.Run(async () =>
    {
        using NetworkSocket socket = Bound(_b, 9);
        Send(_a, "10.0.0.2:9");
        Assert.Equal(1, await socket.ReceiveAsync(new byte[10]));
    });
}
