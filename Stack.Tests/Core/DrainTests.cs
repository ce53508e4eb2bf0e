using System.IO.Pipelines;
using System.Net.Sockets;
using UserNet.Addressing;
using UserNet.Link;
using UserNet.Simulation;
using UserNet.Sockets;
using UserNet.Tests.Infrastructure;
using UserNet.Tests.Sockets;
using UserNet.Wire;
using Xunit;

namespace UserNet.Tests.Core;

/// <summary>Links, schedulers and users that do not keep to what is agreed, and the end of a stack.</summary>
public sealed class DrainTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);      // of a test that has failed

    private sealed class ThrowingScheduler : PipeScheduler
    {
        public int Throws { get; set; }

        public override void Schedule(Action<object?> action, object? state)
        {
            if (Throws-- > 0) throw new InvalidOperationException("No room.");
            action(state);
        }
    }

    /// <summary>A link that answers as it is told, and calls back from inside Send.</summary>
    private sealed class OddLink : ILink
    {
        public IFrameSink? Sink { get; private set; }

        public Func<int, int> Answer { get; set; } = static offered => offered;

        public LinkMedium Medium => LinkMedium.Ethernet;

        public int Mtu => 1500;

        public LinkFeatures Features => LinkFeatures.None;

        public MacAddress? Address => null;

        public void Start(IFrameSink sink) => Sink = sink;

        public int Send(ReadOnlySpan<LinkFrame> frames) => Answer(frames.Length);

        public void Dispose() => Sink?.OnClosed(null);
    }

    private static InterfaceOptions Options => new() { Addresses = ["10.9.0.2/24"], ConflictDetection = ConflictDetection.None };

    private static void AskForAnAddress(IFrameSink sink) => sink.OnFrames(
        [new LinkFrame(Frames.Arp(ArpOperation.Request, Frames.Peer, "10.9.0.1", default, "10.9.0.2"))], []);

    private static Task<T> OnThread<T>(Func<T> call) =>
        Task.Factory.StartNew(call, CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);

    [Fact]
    public async Task A_scheduler_that_throws_stops_neither_other_wakes_nor_the_stack()
    {
        var scheduler = new ThrowingScheduler();
        using NetworkStack stack = DatagramRig.Stack(o => o.Options = o.Options with { Scheduler = scheduler });
        (NetworkSocket a, NetworkSocket b) = stack.Pair();
        (NetworkSocket c, NetworkSocket d) = stack.Pair();
        byte[] first = new byte[8], second = new byte[8];
        ValueTask<int> lost = b.ReceiveAsync(first, SocketFlags.None, TestContext.Current.CancellationToken);
        scheduler.Throws = 1;
        Assert.Throws<InvalidOperationException>(() => a.Send([1, 2, 3]));
        ValueTask<int> received = d.ReceiveAsync(second, SocketFlags.None, TestContext.Current.CancellationToken);
        Assert.Equal(2, c.Send([4, 5]));
        Assert.Equal(2, await received.AsTask().WaitAsync(Patience, TestContext.Current.CancellationToken));
        Assert.False(lost.IsCompleted);      // its wake-up is what was lost
    }

    [Theory]
    [InlineData(-1)]
    [InlineData(2)]
    [InlineData(int.MinValue)]
    public void A_link_that_says_it_took_more_than_there_was_is_broken_and_nothing_else(int answer)
    {
        using NetworkStack stack = DatagramRig.Stack();
        using var link = new OddLink { Answer = _ => answer };
        stack.Attach("eth0", link, Options);
        AskForAnAddress(link.Sink!);
        Assert.True(stack.Host.Interfaces.Find("eth0")!.Port!.IsClosed);
        (NetworkSocket a, NetworkSocket b) = stack.Pair();
        a.Send([1]);
        Assert.Equal(1, b.QueuedDatagrams);
        Assert.Equal(0, stack.Statistics.PacketsOutstanding);
    }

    [Fact]
    public void A_link_may_close_while_it_is_given_frames()
    {
        using NetworkStack stack = DatagramRig.Stack();
        using var link = new OddLink();
        stack.Attach("eth0", link, Options);
        link.Answer = offered =>
        {
            link.Sink!.OnClosed(new IOException("unplugged"));
            AskForAnAddress(link.Sink);      // and frames that came late
            return offered;
        };
        AskForAnAddress(link.Sink!);
        Assert.True(stack.Host.Interfaces.Find("eth0")!.Port!.IsClosed);
        Assert.Equal(0, stack.Statistics.PacketsOutstanding);
    }

    [Fact]
    public async Task Who_waits_is_sent_away_when_the_stack_is_disposed_of()
    {
        NetworkStack stack = DatagramRig.Stack();
        NetworkSocket bound = stack.Bound();
        NetworkSocket unbound = stack.CreateSocket(AddressFamily.InterNetwork, SocketType.Dgram);
        Task<SocketError> receive = OnThread(() => Receive(unbound));
        Task<bool> poll = OnThread(() => bound.Poll(-1, SelectMode.SelectRead));
        ValueTask<int> asynchronous = bound.ReceiveAsync(new byte[1], SocketFlags.None, TestContext.Current.CancellationToken);
        Assert.True(SpinWait.SpinUntil(() => stack.Core.Waiting.Count == 3, Patience));
        stack.Dispose();
        stack.Dispose();
        Assert.Equal(SocketError.Interrupted, await receive.WaitAsync(Patience, TestContext.Current.CancellationToken));
        Assert.False(await poll.WaitAsync(Patience, TestContext.Current.CancellationToken));
        SocketException e = await Assert.ThrowsAnyAsync<SocketException>(async () => await asynchronous);
        Assert.Equal(SocketError.OperationAborted, e.SocketErrorCode);
        Assert.Equal(SocketError.Interrupted, await OnThread(() => Receive(bound)).WaitAsync(Patience, TestContext.Current.CancellationToken));
        Assert.False(bound.Poll(-1, SelectMode.SelectRead));
        Assert.Equal(0, stack.Core.Waiting.Count);
        bound.Dispose();
        unbound.Dispose();
    }

    [Fact]
    public void A_stack_that_was_disposed_of_takes_no_link_and_sets_no_timer()
    {
        var clock = new ManualClock();
        NetworkStack stack = DatagramRig.Stack(o => o.Options = o.Options with { TimeProvider = clock });
        using NetworkSocket socket = stack.Bound();
        stack.Dispose();
        using var link = new OddLink();
        Assert.Throws<ObjectDisposedException>(() => stack.Attach("eth0", link, Options));
        Assert.Null(link.Sink);
        socket.ReceiveTimeout = 1000;
        Assert.Equal(SocketError.Interrupted, Receive(socket));
        Assert.Equal(0, clock.TimerCount);
    }

    private static SocketError Receive(NetworkSocket socket)
    {
        try
        {
            socket.Receive(new byte[1]);
            return SocketError.Success;
        }
        catch (SocketException e)
        {
            return e.SocketErrorCode;
        }
    }
}
