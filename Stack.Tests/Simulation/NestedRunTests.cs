using System.Net.Sockets;
using UserNet.Addressing;
using UserNet.Simulation;
using UserNet.Sockets;
using Xunit;

namespace UserNet.Tests.Simulation;

/// <summary>Runs within runs: programs that let time pass, block or wait while the network runs them.</summary>
public sealed class NestedRunTests : IDisposable
{
    private static readonly TimeSpan Second = TimeSpan.FromSeconds(1);

    private readonly VirtualNetwork _network = new(7);
    private readonly VirtualHost _a, _b;

    public NestedRunTests()
    {
        _a = _network.AddHost("a");
        _b = _network.AddHost("b");
        _network.Connect(_a, "10.0.0.1/24", _b, "10.0.0.2/24");
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
        _a.Block(7);
        _network.At(5 * Second, () => _b.Send("10.0.0.1:7"));
        using ITimer timer = _network.Clock.CreateTimer(static _ => { }, null, Second, Second);
        Assert.False(_network.RunUntilIdle(Second));
        Assert.InRange(_network.Clock.Now.SinceStart, 5 * Second, 6 * Second);
    }

    [Fact]
    public void An_expectation_whose_time_a_program_passes_fails_as_any_other()
    {
        _a.Block(7);
        _network.At(5 * Second, () => _b.Send("10.0.0.1:7"));
        using PacketWatch watch = _a.Watch();
        Assert.Throws<ExpectationException>(() => watch.Expect(static (in packet) => packet.IsTcp, Second));
    }

    [Fact]
    public void A_fault_of_one_program_comes_out_of_the_run_even_if_another_that_blocks_catches_it()
    {
        bool isCaught = false;
        _ = _a.Start(host =>
        {
            using NetworkSocket socket = host.Bound(7);
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
            using NetworkSocket socket = host.Bound(7);
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
    public void Calls_that_block_one_within_the_other_without_end_are_told_so()
    {
        for (ushort i = 0; i < 2000; i++) _a.Block((ushort)(1000 + i));
        InvalidOperationException thrown = Assert.Throws<InvalidOperationException>(() => _network.RunFor(Second));
        Assert.Contains("wait within", thrown.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_stall_says_whose_wait_is_over_but_can_not_go_on()
    {
        // b's call is begun inside a's, and waits for what a would send once its own is over.
        _ = _a.Start(host =>
        {
            using NetworkSocket socket = host.Bound(7);
            socket.Receive(new byte[10]);
            socket.SendTo([1], InetEndpoint.Parse("10.0.0.2:7"));
            return Task.CompletedTask;
        });
        _ = _b.Start(host =>
        {
            using NetworkSocket socket = host.Bound(7);
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
    public void A_question_that_runs_the_network_is_told_that_it_can_not()
    {
        using PacketWatch watch = _network.Watch();
        _ = _a.Start(async host =>
        {
            await Task.Delay(Second, host.Clock);
            host.Send("10.0.0.2:7");
        });
        InvalidOperationException thrown = Assert.Throws<InvalidOperationException>(() => watch.Expect((in _) => _network.Step(), 2 * Second));
        Assert.Contains("in the middle of a delivery", thrown.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void An_action_that_runs_the_network_is_told_that_it_can_not()
    {
        _network.At(Second, () => _network.RunFor(Second));
        Assert.Contains("A timer's callback", Assert.Throws<InvalidOperationException>(() => _network.RunFor(3 * Second)).Message, StringComparison.Ordinal);
        _network.RunFor(Second);
    }
}
