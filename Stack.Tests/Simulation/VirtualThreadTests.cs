using System.Net.Sockets;
using System.Threading.Channels;
using UserNet.Addressing;
using UserNet.Emulation;
using UserNet.Simulation;
using UserNet.Sockets;
using Xunit;

namespace UserNet.Tests.Simulation;

/// <summary>One thread runs a virtual network, and user code comes back to it.</summary>
public sealed class VirtualThreadTests : IDisposable
{
    private static readonly TimeSpan Second = TimeSpan.FromSeconds(1);

    private readonly VirtualNetwork _network = new(7);
    private readonly VirtualHost _host;
    private readonly List<string> _seen = [];
    private readonly int _thread = Environment.CurrentManagedThreadId;

    public VirtualThreadTests() => _host = _network.AddHost("host");

    public void Dispose() => _network.Dispose();

    [Fact]
    public void Whatever_a_program_awaits_brings_it_back_to_the_thread_in_order()
    {
        var channel = Channel.CreateUnbounded<int>();
        var semaphore = new SemaphoreSlim(0);
        var source = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        _ = _network.Start(async () =>
        {
            while (await channel.Reader.WaitToReadAsync())
                if (channel.Reader.TryRead(out int number)) See($"read {number}");
            await semaphore.WaitAsync();
            See("entered");
            await source.Task;
            See("completed");
            await Task.Yield();
            See("yielded");
        });
        _ = _network.Start(async () =>
        {
            for (int i = 0; i < 2; i++)
            {
                await Task.Delay(Second, _network.Clock);
                channel.Writer.TryWrite(i);
            }

            channel.Writer.Complete();
            await Task.Delay(Second, _host.Clock);
            semaphore.Release();
            source.SetResult();
            See("done");
        });
        Assert.True(_network.RunUntilIdle(TimeSpan.FromMinutes(1)));
        Assert.Equal(["1 read 0", "2 read 1", "3 done", "3 entered", "3 completed", "3 yielded"], _seen);
    }

    [Fact]
    public void A_channel_that_lets_its_reader_go_on_at_once_can_be_read_as_a_sequence()
    {
        var channel = Channel.CreateUnbounded<int>(new UnboundedChannelOptions { AllowSynchronousContinuations = true });
        _ = _network.Start(async () =>
        {
            await foreach (int number in channel.Reader.ReadAllAsync(TestContext.Current.CancellationToken)) See($"read {number}");
            See("read all");
        });
        _network.At(Second, () => channel.Writer.TryWrite(1));
        _network.At(2 * Second, () => channel.Writer.Complete());
        Assert.True(_network.RunUntilIdle(TimeSpan.FromMinutes(1)));
        Assert.Equal(["1 read 1", "2 read all"], _seen);
    }

    [Fact]
    public void Code_that_does_not_want_the_context_stays_on_the_thread_where_the_network_completes_it()
    {
        _network.Run(async () =>
        {
            await Task.Delay(Second, _network.Clock).ConfigureAwait(false);
            See("after a delay");
            using NetworkSocket a = _host.Stack.CreateSocket(AddressFamily.InterNetwork, SocketType.Dgram);
            a.Bind(InetEndpoint.Parse("127.0.0.1:7"));
            ValueTask<int> read = a.ReceiveAsync(new byte[10]);
            a.TrySendTo([1], InetEndpoint.Parse("127.0.0.1:7"));
            await read.ConfigureAwait(false);
            See("after a datagram");
        });
        Assert.Equal(["1 after a delay", "1 after a datagram"], _seen);
    }

    [Fact]
    public void Library_code_over_a_stream_stays_on_the_thread()
    {
        UserNet.Sockets.TcpListener listener = _host.Stack.Listen(InetEndpoint.Parse("127.0.0.1:80"));
        _ = _network.Start(async () =>
        {
            await using Stream stream = (await listener.AcceptAsync()).AsStream();
            using var reader = new StreamReader(stream);
            await using var writer = new StreamWriter(stream) { AutoFlush = true };
            while (await reader.ReadLineAsync(TestContext.Current.CancellationToken) is { } line)
            {
                See(line);
                await Task.Delay(Second, _host.Clock).ConfigureAwait(false);
                await writer.WriteLineAsync($"{line} and back");
            }
        });
        string all = _network.Run(async () =>
        {
            TcpConnection connection = await _host.Stack.ConnectAsync(InetEndpoint.Parse("127.0.0.1:80"));
            await using Stream stream = connection.AsStream();
            await stream.WriteAsync("there\nagain\n"u8.ToArray());
            connection.Socket.Shutdown(SocketShutdown.Send);
            using var copy = new MemoryStream();
            await stream.CopyToAsync(copy);
            See("copied");
            return System.Text.Encoding.ASCII.GetString(copy.ToArray());
        });
        Assert.Equal("there and back\nagain and back\n", all);
        Assert.Equal(["0 there", "1 again", "2 copied"], _seen);
    }

    [Fact]
    public void A_program_that_leaves_the_thread_and_comes_back_to_a_host_is_told_so_by_the_run()
    {
        using ManualResetEventSlim goes = new(), left = new();
        _ = _network.Start(async () =>
        {
            await Task.Run(() => goes.Wait(), TestContext.Current.CancellationToken).ConfigureAwait(false);
            try
            {
                _host.Stack.Snapshot();
            }
            finally
            {
                left.Set();
            }
        });
        _network.Run();
        goes.Set();
        left.Wait(TestContext.Current.CancellationToken);
        ForeignThreadException fault = Assert.Throws<ForeignThreadException>(() => _network.RunFor(Second));
        Assert.Contains("NetworkStack.Snapshot", fault.Message, StringComparison.Ordinal);
        Assert.Contains("ConfigureAwait(false)", fault.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_continuation_that_another_thread_posts_is_a_fault_and_does_not_run()
    {
        using var posted = new ManualResetEventSlim();
        var source = new TaskCompletionSource();
        _ = _network.Start(async () =>
        {
            await source.Task;
            See("never");
        });
        _network.Run();
        var thread = new Thread(() => source.SetResult());
        thread.Start();
        thread.Join();
        Assert.Throws<ForeignThreadException>(() => _network.RunFor(Second));
        _network.RunFor(Second);
        Assert.Empty(_seen);
    }

    public static TheoryData<string, Action<VirtualNetwork, VirtualHost, VirtualLink>> Calls => new()
    {
        { "a timer of the host's clock", static (_, host, _) => host.Clock.CreateTimer(static _ => { }, null, Second, Timeout.InfiniteTimeSpan) },
        { "a timer of the network's clock", static (network, _, _) => network.Clock.CreateTimer(static _ => { }, null, Second, Timeout.InfiniteTimeSpan) },
        { "at", static (network, _, _) => network.At(Second, static () => { }) },
        { "after", static (network, _, _) => network.After(Second, static () => { }) },
        { "start", static (network, _, _) => network.Start(static () => Task.CompletedTask) },
        { "start at a host", static (_, host, _) => host.Start(static _ => Task.CompletedTask) },
        { "on boot", static (_, host, _) => host.OnBoot(static _ => Task.CompletedTask) },
        { "pause", static (_, host, _) => host.Pause() },
        { "resume", static (_, host, _) => host.Resume() },
        { "crash", static (_, host, _) => host.Crash() },
        { "restart", static (_, host, _) => host.Restart() },
        { "configure", static (_, host, _) => host.Configure(static _ => { }) },
        { "the table", static (_, host, _) => host.Stack.Snapshot() },
        { "statistics", static (_, host, _) => _ = host.Stack.Statistics },
        { "a socket", static (_, host, _) => host.Stack.CreateSocket(AddressFamily.InterNetwork, SocketType.Dgram) },
        { "a listener", static (_, host, _) => host.Stack.Listen(InetEndpoint.Parse("0.0.0.0:80")) },
        { "a call of C", static (_, host, _) => new UserNet.Facades.Posix.PosixProcess(host.Stack).Socket(2, 1, 0) },
        { "conditions", static (_, _, link) => link.There = new LinkConditions { Loss = 1 } },
        { "cut", static (_, _, link) => link.Cut() },
        { "flap", static (_, _, link) => link.Flap(Second) },
        { "a fault", static (network, _, link) => network.Begin(Fault.Down(link.Name)) },
        { "a partition", static (network, host, _) => network.Partition([host], [network.Host("other")]) },
        { "a note", static (network, _, _) => network.Note("who", "what") },
    };

    [Theory]
    [MemberData(nameof(Calls))]
    public void What_another_thread_calls_is_a_fault_and_does_not_happen(string name, Action<VirtualNetwork, VirtualHost, VirtualLink> call)
    {
        VirtualHost other = _network.AddHost("other");
        VirtualLink link = _network.Connect(_host, "10.0.0.1/24", other, "10.0.0.2/24");
        (int timers, string digest) = (_network.Clock.TimerCount, _network.Digest);
        Exception? failure = null;
        var thread = new Thread(() => failure = Record.Exception(() => call(_network, _host, link)));
        thread.Start();
        thread.Join();
        Assert.True(failure is ForeignThreadException, $"{name}: {failure}");
        Assert.Contains(nameof(VirtualThreadTests), failure.Message.Split('\n')[0], StringComparison.Ordinal);
        Assert.Throws<ForeignThreadException>(() => _network.Run());
        _network.Run();
        Assert.Equal((timers, digest), (_network.Clock.TimerCount, _network.Digest));
        Assert.Equal((true, false, LinkConditions.Perfect), (_host.IsUp, _host.IsPaused, link.ThereNow));
        Assert.Empty(_network.DescribeWaits());
    }

    [Fact]
    public void A_program_that_another_thread_completes_is_named()
    {
        _ = _network.Start(NapAsync);
        ForeignThreadException fault = Assert.Throws<ForeignThreadException>(() =>
        {
            for (int i = 0; i < 10_000; i++)
            {
                _network.RunFor(Second);
                Thread.Sleep(1);
            }
        });
        Assert.Contains($"what {typeof(VirtualThreadTests).FullName}.{nameof(NapAsync)} awaits", fault.Message, StringComparison.Ordinal);
        Assert.Contains("Task.Delay without the host's clock", fault.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_program_that_waits_for_no_socket_is_told_what_that_may_be()
    {
        var never = new TaskCompletionSource();
        StalledException stalled = Assert.Throws<StalledException>(() => _network.Run(() => never.Task));
        Assert.Equal(["the program: has not ended"], stalled.Waits);
        Assert.Contains("a task that nobody completes", stalled.Message, StringComparison.Ordinal);
        using NetworkSocket socket = _host.Stack.CreateSocket(AddressFamily.InterNetwork, SocketType.Dgram);
        socket.Bind(InetEndpoint.Parse("127.0.0.1:7"));
        stalled = Assert.Throws<StalledException>(() => socket.Receive(new byte[1]));
        Assert.Equal(["the program: has not ended", "host: receive at udp 127.0.0.1:7 (UNCONN)"], stalled.Waits);
    }

    [Fact]
    public void A_wait_while_something_repeats_for_ever_ends_too()
    {
        using var network = new VirtualNetwork(7) { WaitLimit = 5 * Second };
        using ITimer timer = network.Clock.CreateTimer(static _ => { }, null, Second, Second);
        var never = new TaskCompletionSource();
        StalledException stalled = Assert.Throws<StalledException>(() => network.Run(() => never.Task));
        Assert.Contains("the program has waited for 5 s, the network's WaitLimit", stalled.Message, StringComparison.Ordinal);
        Assert.Equal(5, network.Clock.Now.SinceStart.TotalSeconds);
    }

    [Fact]
    public void What_happens_at_an_instant_may_wait_where_it_is_a_program()
    {
        _network.At(Second, async () =>
        {
            await Task.Delay(Second, _network.Clock);
            See("waited");
        });
        _network.After(2 * Second, () => See("done"));
        _network.After(3 * Second, async () =>
        {
            await Task.Yield();
            throw new FormatException("planted");
        });
        Assert.Equal("planted", Assert.Throws<FormatException>(() => _network.RunFor(5 * Second)).Message);
        Assert.Equal(["2 done", "2 waited"], _seen);
        Assert.Equal(3, _network.Clock.Now.SinceStart.TotalSeconds);
    }

    [Fact]
    public void What_one_program_throws_and_another_awaits_comes_out_once()
    {
        Task failing = _host.Start(async host =>
        {
            await Task.Delay(Second, host.Clock);
            throw new FormatException("planted");
        });
        Assert.Throws<FormatException>(() => _network.Run(() => failing));
        _network.RunFor(Second);
        Assert.Empty(_network.DescribeWaits());
    }

    [Fact]
    public void Another_thread_may_take_the_network_over_while_it_does_not_run()
    {
        Exception? failure = null;
        var thread = new Thread(() => failure = Record.Exception(() =>
        {
            _network.RunFor(Second);
            _host.Stack.Snapshot();
        }));
        thread.Start();
        thread.Join();
        Assert.Null(failure);
        Assert.Throws<ForeignThreadException>(() => _host.Stack.Snapshot());
    }

    [Fact]
    public void While_one_thread_runs_it_another_can_not()
    {
        Exception? failure = null;
        _network.At(Second, () =>
        {
            var thread = new Thread(() => failure = Record.Exception(() => _network.Step()));
            thread.Start();
            thread.Join();
        });
        _network.RunFor(Second);
        Assert.Contains("being run by another thread", Assert.IsType<InvalidOperationException>(failure).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Tasks_run_in_their_turn_and_leave_the_threads_own_context_alone()
    {
        var own = new SynchronizationContext();
        SynchronizationContext? before = SynchronizationContext.Current;
        SynchronizationContext.SetSynchronizationContext(own);
        try
        {
            Task task = Task.Factory.StartNew(
                () => See("task"), CancellationToken.None, TaskCreationOptions.None, _network.Scheduler.Tasks);
            _network.Scheduler.Context.Post(_ => See(SynchronizationContext.Current == _network.Scheduler.Context ? "posted" : "lost"), null);
            Assert.Empty(_seen);
            _network.Run();
            Assert.True(task.IsCompletedSuccessfully);
            Assert.Equal(["0 task", "0 posted"], _seen);
            Assert.Same(own, SynchronizationContext.Current);
        }
        finally
        {
            SynchronizationContext.SetSynchronizationContext(before);
        }
    }

    [Fact]
    public void What_a_program_throws_comes_out_of_the_run_once_and_the_network_goes_on()
    {
        _ = _host.Start(async host =>
        {
            await Task.Delay(Second, host.Clock);
            throw new FormatException("planted");
        });
        Assert.Equal("planted", Assert.Throws<FormatException>(() => _network.RunFor(2 * Second)).Message);
        Assert.Equal(1, _network.Clock.Now.SinceStart.TotalSeconds);
        _network.RunFor(Second);
        Assert.Empty(_network.DescribeWaits());
    }

    [Fact]
    public void A_timers_callback_that_blocks_is_told_that_it_can_not()
    {
        using NetworkSocket socket = _host.Stack.CreateSocket(AddressFamily.InterNetwork, SocketType.Dgram);
        socket.Bind(InetEndpoint.Parse("127.0.0.1:7"));
        using ITimer timer = _network.Clock.CreateTimer(_ => socket.Receive(new byte[1]), null, Second, Timeout.InfiniteTimeSpan);
        using ITimer later = _network.Clock.CreateTimer(static _ => { }, null, 2 * Second, Timeout.InfiniteTimeSpan);
        Assert.Contains("A timer's callback", Assert.Throws<InvalidOperationException>(() => _network.RunFor(3 * Second)).Message, StringComparison.Ordinal);
        Assert.Empty(_host.Stack.DescribeWaits());      // the call that failed waits no longer
    }

    [Fact]
    public void One_event_at_a_time_is_the_same_run()
    {
        _network.At(Second, () => See("one"));
        _network.At(Second, () => See("two"));
        _network.At(2 * Second, () => See("three"));
        while (_network.Step()) { }
        Assert.Equal(["1 one", "1 two", "2 three"], _seen);
        Assert.False(_network.Step());
    }

    [Fact]
    public void Idle_is_when_nothing_is_left_and_a_timer_that_repeats_is_never_idle()
    {
        using ITimer timer = _network.Clock.CreateTimer(static _ => { }, null, Second, Second);
        Assert.False(_network.RunUntilIdle(TimeSpan.FromSeconds(5.5)));
        Assert.Equal(5.5, _network.Clock.Now.SinceStart.TotalSeconds);
        timer.Dispose();
        Assert.True(_network.RunUntilIdle(Second));
        Assert.Equal(5.5, _network.Clock.Now.SinceStart.TotalSeconds);
    }

    private async Task NapAsync()
    {
        await Task.Delay(1, TestContext.Current.CancellationToken);
        See("never");
    }

    private void See(string what)
    {
        Assert.Equal(_thread, Environment.CurrentManagedThreadId);
        _seen.Add($"{_network.Clock.Now.SinceStart.TotalSeconds} {what}");
    }
}
