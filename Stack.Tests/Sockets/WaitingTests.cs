using System.IO.Pipelines;
using System.Net.Sockets;
using UserNet.Addressing;
using UserNet.Errors;
using UserNet.Link;
using UserNet.Simulation;
using UserNet.Sockets;
using UserNet.Tests.Infrastructure;
using UserNet.Time;
using UserNet.Udp;
using Xunit;

namespace UserNet.Tests.Sockets;

public sealed class WaitingTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);      // of a test that has failed

    private readonly ManualClock _clock = new();
    private readonly StepScheduler _scheduler = new();
    private readonly NetworkStack _stack;

    public WaitingTests() => _stack = DatagramRig.Stack(o => o.Options = o.Options with { TimeProvider = _clock, Scheduler = _scheduler });

    private static Task<T> OnThread<T>(Func<T> call) =>
        Task.Factory.StartNew(call, CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);

    private static void Until(Func<bool> condition) => Assert.True(SpinWait.SpinUntil(condition, Patience));

    private static Task<SocketError> ErrorOf(Func<int> call) => OnThread(() =>
    {
        try
        {
            call();
            return SocketError.Success;
        }
        catch (SocketException e)
        {
            return e.SocketErrorCode;
        }
    });

    [Fact]
    public async Task A_blocked_receive_times_out_by_the_stack_s_clock_alone()
    {
        using NetworkSocket socket = _stack.Bound();
        socket.ReceiveTimeout = 60_000;
        Task<SocketError> blocked = ErrorOf(() => socket.Receive(new byte[1]));
        Until(() => _clock.NextTimer != Timestamp.Never);
        _clock.Advance(TimeSpan.FromMilliseconds(59_999));
        Assert.False(blocked.IsCompleted);
        _clock.Advance(TimeSpan.FromMilliseconds(1));
        Assert.Equal(SocketError.TimedOut, await blocked.WaitAsync(Patience, TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task A_datagram_wakes_a_blocked_thread_and_its_deadline_is_gone()
    {
        (NetworkSocket a, NetworkSocket b) = _stack.Pair();
        b.ReceiveTimeout = 1000;
        byte[] buffer = new byte[4];
        Task<int> blocked = OnThread(() => b.Receive(buffer));
        Until(() => _clock.NextTimer != Timestamp.Never);
        a.Send([1, 2]);
        Assert.Equal(2, await blocked.WaitAsync(Patience, TestContext.Current.CancellationToken));
        Assert.Equal([1, 2, 0, 0], buffer);
        using (_stack.Core.Enter()) Assert.Equal(0, _stack.Core.Context.Deadlines.Count);
        a.Dispose();
        b.Dispose();
    }

    [Fact]
    public async Task Poll_waits_for_what_it_is_asked_for_and_no_longer_than_it_may()
    {
        (NetworkSocket a, NetworkSocket b) = _stack.Pair();
        Task<bool> late = OnThread(() => b.Poll(TimeSpan.FromSeconds(5), SelectMode.SelectRead));
        Until(() => _clock.NextTimer != Timestamp.Never);
        _clock.Advance(TimeSpan.FromSeconds(5));
        Assert.False(await late.WaitAsync(Patience, TestContext.Current.CancellationToken));
        Task<bool> good = OnThread(() => b.Poll(-1, SelectMode.SelectRead));
        Until(() => Waits(b.Channel.Pollers));
        a.Send([1]);
        Assert.True(await good.WaitAsync(Patience, TestContext.Current.CancellationToken));
        a.Dispose();
        b.Dispose();
    }

    [Fact]
    public async Task Shutdown_and_close_send_blocked_threads_away()
    {
        (NetworkSocket a, NetworkSocket b) = _stack.Pair();
        Task<SocketError> ended = ErrorOf(() => b.Receive(new byte[1]));
        Until(() => Waits(b.Channel.Receivers));
        b.Shutdown(SocketShutdown.Receive);
        Assert.Equal(SocketError.Success, await ended.WaitAsync(Patience, TestContext.Current.CancellationToken));
        Task<SocketError> closed = ErrorOf(() => a.Receive(new byte[1]));
        Task<bool> polls = OnThread(() => a.Poll(-1, SelectMode.SelectRead));
        Until(() => Waits(a.Channel.Receivers) && Waits(a.Channel.Pollers));
        a.Dispose();
        Assert.Equal(SocketError.Interrupted, await closed.WaitAsync(Patience, TestContext.Current.CancellationToken));
        Assert.False(await polls.WaitAsync(Patience, TestContext.Current.CancellationToken));
        b.Dispose();
    }

    private bool Waits(OperationList list)
    {
        using (_stack.Core.Enter()) return !list.IsEmpty;
    }

    [Fact]
    public void Who_waited_first_is_served_first_and_a_cancelled_one_not_at_all()
    {
        (NetworkSocket a, NetworkSocket b) = _stack.Pair();
        using var source = new CancellationTokenSource();
        byte[][] buffers = [new byte[1], new byte[1], new byte[1]];
        Task<int> first = b.ReceiveAsync(buffers[0], CancellationToken.None).AsTask();
        Task<int> second = b.ReceiveAsync(buffers[1], source.Token).AsTask();
        Task<int> third = b.ReceiveAsync(buffers[2], CancellationToken.None).AsTask();
        source.Cancel();
        a.Send([1]);
        a.Send([2]);
        a.Send([3]);
        Assert.False(first.IsCompleted);      // its continuation runs where the scheduler says
        _scheduler.RunUntilIdle();
        Assert.True(first.IsCompletedSuccessfully && third.IsCompletedSuccessfully);
        Assert.IsAssignableFrom<OperationCanceledException>(second.Exception!.InnerException);      // failed, as .NET has it
        Assert.Equal([1, 0, 2], buffers.Select(static buffer => (int)buffer[0]));
        Assert.Equal(1, b.Available);
        a.Dispose();
        b.Dispose();
    }

    [Fact]
    public async Task A_peek_that_waits_leaves_the_datagram_to_the_next()
    {
        (NetworkSocket a, NetworkSocket b) = _stack.Pair();
        byte[] peeked = new byte[1], received = new byte[1];
        Task<int> peek = b.ReceiveAsync(peeked, SocketFlags.Peek, TestContext.Current.CancellationToken).AsTask();
        Task<DatagramInfo> receive = b.ReceiveFromAsync(received, cancellationToken: TestContext.Current.CancellationToken).AsTask();
        a.Send([9, 9]);
        _scheduler.RunUntilIdle();
        Assert.True(peek.IsCompletedSuccessfully && receive.IsCompletedSuccessfully);
        Assert.Equal((9, 9, 0), (peeked[0], received[0], b.Available));
        DatagramInfo info = await receive;
        Assert.Equal((2, SocketFlags.Truncated), (info.Length, info.Flags));
        a.Dispose();
        b.Dispose();
    }

    [Fact]
    public void A_send_waits_for_room_by_await_thread_or_not_at_all()
    {
        using var link = new TestLink(LinkMedium.Ip) { Room = 0 };
        _stack.Attach("tun0", link, new InterfaceOptions { Addresses = ["10.9.0.2/24"] });
        using NetworkSocket socket = _stack.CreateSocket(AddressFamily.InterNetwork, SocketType.Dgram);
        var to = new InetEndpoint(InetAddress.Parse("10.9.0.1"), 9);
        socket.SendBufferSize = 5000;                   // doubled: some eleven small datagrams
        int sent = 0;
        while (socket.TrySendTo([(byte)sent], to) is var result && result.IsDone) sent++;
        Assert.Equal(Errno.EAGAIN, socket.TrySendTo([0], to).Errno);
        Assert.InRange(sent, 10, 12);
        Assert.False(socket.Poll(0, SelectMode.SelectWrite));
        socket.Blocking = false;
        Assert.Equal(SocketError.WouldBlock, Assert.ThrowsAny<SocketException>(() => socket.SendTo([0], to)).SocketErrorCode);

        Task<int> later = socket.SendToAsync(new byte[] { 101 }, to, CancellationToken.None).AsTask();
        Task<int> evenLater = socket.SendToAsync(new byte[] { 102 }, to, CancellationToken.None).AsTask();
        link.MakeRoom(1);
        _scheduler.RunUntilIdle();
        Assert.True(later.IsCompletedSuccessfully);
        Assert.False(evenLater.IsCompleted);
        link.MakeRoom();
        _scheduler.RunUntilIdle();
        Assert.True(evenLater.IsCompletedSuccessfully && socket.Poll(0, SelectMode.SelectWrite));
        byte[][] frames = link.TakeSent();
        Assert.Equal([.. Enumerable.Range(0, sent).Select(static i => (byte)i), 101, 102], frames.Select(static frame => frame[^1]));
        using (_stack.Core.Enter()) Assert.Equal(0, socket.Channel.SendCharge);
    }

    [Fact]
    public async Task A_blocked_send_times_out_and_is_not_sent()
    {
        using var link = new TestLink(LinkMedium.Ip) { Room = 0 };
        _stack.Attach("tun0", link, new InterfaceOptions { Addresses = ["10.9.0.2/24"] });
        using NetworkSocket socket = _stack.CreateSocket(AddressFamily.InterNetwork, SocketType.Dgram);
        var to = new InetEndpoint(InetAddress.Parse("10.9.0.1"), 9);
        while (socket.TrySendTo([1], to).IsDone)
        {
        }

        socket.SendTimeout = 100;
        Task<SocketError> blocked = ErrorOf(() => socket.SendTo([2], to));
        Until(() => _clock.NextTimer != Timestamp.Never);
        _clock.Advance(TimeSpan.FromMilliseconds(100));
        Assert.Equal(SocketError.TimedOut, await blocked.WaitAsync(Patience, TestContext.Current.CancellationToken));
        link.MakeRoom();
        Assert.DoesNotContain(link.TakeSent(), static frame => frame[^1] == 2);
    }

    [Fact]
    public void An_inline_continuation_that_would_block_is_told_so()
    {
        using NetworkStack stack = DatagramRig.Stack(o => o.Options = o.Options with { Scheduler = PipeScheduler.Inline });
        (NetworkSocket a, NetworkSocket b) = stack.Pair();
        Exception? thrown = null;
        bool wasRun = false;
        Task reader = Read();
        a.Send([1]);
        Assert.True(reader.IsCompletedSuccessfully);
        Assert.True(wasRun);
        Assert.IsType<InvalidOperationException>(thrown);
        Assert.Equal(1, b.Available);
        a.Dispose();
        b.Dispose();

        async Task Read()
        {
            await b.ReceiveAsync(new byte[1], CancellationToken.None);
            wasRun = true;
            thrown = Record.Exception(() => b.Receive(new byte[1]));
            a.Send([2]);                        // what does not wait may be done
        }
    }
}
