using System.IO.Pipelines;
using UserNet.Binding;
using UserNet.Errors;
using UserNet.Facades.Wsk;
using Xunit;
using static UserNet.Facades.Wsk.IoManager;
using static UserNet.Facades.Wsk.WskConstants;

namespace UserNet.Tests.Facades.Wsk;

/// <summary>Requests that are completed, cancelled and closed by many threads at once: each ends once, and nothing stays.</summary>
public sealed class WskRaceTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void A_receive_is_completed_cancelled_or_closed_once(bool completesLater)
    {
        int rounds = TestSettings.Count(2_000, 50_000);
        var seen = new Dictionary<NtStatus, int>();
        using NetworkStack stack = Stack();
        var rig = new WskRig(stack, completesLater);
        WskSocket sender = Bound(rig, rig.Datagrams(), "127.0.0.1:0");
        using var barrier = new Barrier(4);
        WskSocket socket = null!;
        WskCall receive = null!, close = null!;
        byte[] to = [];
        Thread[] threads =
        [
            Start(() => IoCancelIrp(receive.Irp)),
            Start(() => sender.Datagram().WskSendTo(sender, new WskBuf(new byte[1]), 0, to, new WskCall().Irp)),
            Start(() => socket.Dispatch.WskCloseSocket(socket, close.Irp)),
        ];
        for (int i = 0; i < rounds; i++)
        {
            socket = Bound(rig, rig.Datagrams(), "127.0.0.1:0");
            to = UserNet.Facades.WindowsSocketAddress.ToOctets(socket.LocalName());
            (receive, close) = (new WskCall(), new WskCall());
            Assert.Equal(NtStatus.STATUS_PENDING, socket.Datagram().WskReceiveFrom(socket, new WskBuf(new byte[10]), 0, default, null, receive.Irp));
            Assert.True(barrier.SignalAndWait(Patience, Token));
            Assert.True(barrier.SignalAndWait(Patience, Token));
            receive.Wait();
            close.Wait().Ended(NtStatus.STATUS_SUCCESS);
            Assert.Equal(1, receive.Completions);
            seen[receive.Status] = seen.GetValueOrDefault(receive.Status) + 1;
        }

        foreach (Thread thread in threads) Assert.True(thread.Join(Patience));
        Assert.All(seen.Keys, static status => Assert.True(status is NtStatus.STATUS_SUCCESS or NtStatus.STATUS_CANCELLED, $"{status}"));
        TestContext.Current.TestOutputHelper?.WriteLine(string.Join(", ", seen));
        Assert.Equal(1, stack.HolderCount);
        Assert.Equal(NtStatus.STATUS_SUCCESS, sender.Close());
        rig.Subsystem.WskReleaseProviderNPI(rig.Registration);
        rig.Subsystem.WskDeregister(rig.Registration);      // all sockets are closed, or this would wait for ever

        Thread Start(Action action)
        {
            var thread = new Thread(() =>
            {
                for (int i = 0; i < rounds; i++)
                {
                    if (!barrier.SignalAndWait(Patience, Token)) return;
                    action();
                    if (!barrier.SignalAndWait(Patience, Token)) return;
                }
            }) { IsBackground = true };
            thread.Start();
            return thread;
        }
    }

    [Fact]
    public void A_request_cancelled_while_its_call_is_being_made_ends_once()
    {
        int rounds = TestSettings.Count(5_000, 100_000);
        using NetworkStack stack = Stack();
        var rig = new WskRig(stack);
        WskSocket listening = Bound(rig, rig.Listening(), "127.0.0.1:0");
        WskCall accept = new();
        using var barrier = new Barrier(2);
        var canceler = new Thread(() =>
        {
            for (int i = 0; i < rounds; i++)
            {
                if (!barrier.SignalAndWait(Patience, Token)) return;
                IoCancelIrp(accept.Irp);
                if (!barrier.SignalAndWait(Patience, Token)) return;
            }
        }) { IsBackground = true };
        canceler.Start();
        for (int i = 0; i < rounds; i++)
        {
            accept = new WskCall();
            Assert.True(barrier.SignalAndWait(Patience, Token));
            NtStatus answer = listening.Listen().WskAccept(listening, 0, null, null, default, default, accept.Irp);
            Assert.True(barrier.SignalAndWait(Patience, Token));
            Assert.Contains(answer, new[] { NtStatus.STATUS_PENDING, NtStatus.STATUS_CANCELLED });
            accept.Wait().Ended(NtStatus.STATUS_CANCELLED);
        }

        Assert.True(canceler.Join(Patience));
        Assert.Equal(NtStatus.STATUS_SUCCESS, listening.Close());
        Assert.Equal(0, stack.HolderCount);
    }

    [Fact]
    public void The_end_of_the_stack_ends_each_request_of_many_threads_once()
    {
        for (int round = 0; round < TestSettings.Count(30, 500); round++)
        {
            NetworkStack stack = Stack();
            var rig = new WskRig(stack);
            const int Workers = 4, Each = 50;
            var calls = new WskCall[Workers][];
            using var barrier = new Barrier(Workers + 1);
            Thread[] threads = [.. Enumerable.Range(0, Workers).Select(worker =>
            {
                WskSocket socket = Bound(rig, rig.Datagrams(), "127.0.0.1:0");
                calls[worker] = [.. Enumerable.Range(0, Each).Select(_ => new WskCall())];
                var thread = new Thread(() =>
                {
                    barrier.SignalAndWait(Patience, Token);
                    foreach (WskCall call in calls[worker])
                        socket.Datagram().WskReceiveFrom(socket, new WskBuf(new byte[10]), 0, default, null, call.Irp);
                }) { IsBackground = true };
                thread.Start();
                return thread;
            })];
            barrier.SignalAndWait(Patience, Token);
            stack.Dispose();
            foreach (Thread thread in threads) Assert.True(thread.Join(Patience));
            foreach (WskCall call in calls.SelectMany(static calls => calls)) call.Wait().Ended(NtStatus.STATUS_FILE_FORCED_CLOSED);
        }
    }

    private static NetworkStack Stack() => new(new NetworkStackOptions { Personality = Personality.WindowsKernel, Scheduler = PipeScheduler.ThreadPool });

    private static WskSocket Bound(WskRig rig, WskSocket socket, string endpoint)
    {
        Assert.NotNull(rig);
        Assert.Equal(NtStatus.STATUS_SUCCESS, socket.Bind(endpoint));
        return socket;
    }
}
