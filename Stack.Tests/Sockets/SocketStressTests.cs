using System.Buffers.Binary;
using System.Collections.Concurrent;
using System.Net.Sockets;
using UserNet.Addressing;
using UserNet.Sockets;
using Xunit;

namespace UserNet.Tests.Sockets;

/// <summary>Many threads on one socket: each call ends once, and no datagram is lost or seen twice.</summary>
public sealed class SocketStressTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private static Task OnThread(Action call) =>
        Task.Factory.StartNew(call, CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);

    [Fact]
    public async Task Receives_that_race_with_cancellation_and_timeouts_lose_nothing()
    {
        using NetworkStack stack = DatagramRig.Stack();
        NetworkSocket sender = stack.Bound(), receiver = stack.Bound();
        InetEndpoint to = receiver.LocalName;
        receiver.ReceiveTimeout = 1;
        var received = new ConcurrentBag<int>();
        int canceled = 0, timedOut = 0, datagrams = TestSettings.Count(20_000, 500_000);
        using var source = new CancellationTokenSource();
        Volatile.Write(ref _current, source);

        Task[] readers =
        [
            .. Enumerable.Range(0, 4).Select(_ => Task.Run(async () =>
            {
                byte[] buffer = new byte[4];
                while (true)
                {
                    try
                    {
                        if (await receiver.ReceiveAsync(buffer, Volatile.Read(ref _current)!.Token) == 0) return;
                        received.Add(BinaryPrimitives.ReadInt32LittleEndian(buffer));
                    }
                    catch (OperationCanceledException)
                    {
                        Interlocked.Increment(ref canceled);
                    }
                    catch (SocketException e) when (e.SocketErrorCode == SocketError.OperationAborted)
                    {
                        return;
                    }
                    catch (ObjectDisposedException)
                    {
                        return;
                    }
                }
            })),
            .. Enumerable.Range(0, 2).Select(_ => OnThread(() =>
            {
                byte[] buffer = new byte[4];
                while (true)
                {
                    int octets = receiver.Receive(buffer, SocketFlags.None, out SocketError error);
                    if (error == SocketError.Interrupted) return;
                    if (error == SocketError.TimedOut) Interlocked.Increment(ref timedOut);
                    else if (octets == 4) received.Add(BinaryPrimitives.ReadInt32LittleEndian(buffer));
                    else Assert.Fail($"{error}");
                }
            }).ContinueWith(static t => Assert.True(t.Exception?.InnerException is null or ObjectDisposedException), TaskScheduler.Default)),
        ];
        Task canceller = OnThread(() =>
        {
            while (!_isOver)
            {
                CancellationTokenSource old = Interlocked.Exchange(ref _current, new CancellationTokenSource())!;
                old.Cancel();
                Thread.Yield();
            }
        });
        Task writer = OnThread(() =>
        {
            byte[] datagram = new byte[4];
            for (int i = 0; i < datagrams; i++)
            {
                BinaryPrimitives.WriteInt32LittleEndian(datagram, i);
                sender.SendTo(datagram, to);
                if (i % 64 == 0) Thread.Yield();
            }
        });
        await writer.WaitAsync(Patience, TestContext.Current.CancellationToken);
        Assert.True(SpinWait.SpinUntil(() => received.Count + receiver.Drops == datagrams, Patience),
            $"{received.Count} received and {receiver.Drops} dropped of {datagrams}");
        receiver.Dispose();
        await Task.WhenAll(readers).WaitAsync(Patience, TestContext.Current.CancellationToken);
        _isOver = true;
        await canceller.WaitAsync(Patience, TestContext.Current.CancellationToken);
        Assert.Equal(received.Count, received.Distinct().Count());
        Assert.True(canceled > 0, "Nothing was cancelled.");
        TestContext.Current.TestOutputHelper!.WriteLine($"{received.Count} received, {receiver.Drops} dropped, {canceled} cancelled, {timedOut} timed out");
        sender.Dispose();
    }

    private CancellationTokenSource? _current;
    private volatile bool _isOver;

    [Fact]
    public async Task Whatever_waits_ends_when_its_socket_is_closed_at_any_moment()
    {
        using NetworkStack stack = DatagramRig.Stack();
        Random random = TestSettings.Random();
        for (int round = 0; round < TestSettings.Count(200, 5000); round++)
        {
            NetworkSocket socket = stack.Bound(), peer = stack.Bound();
            InetEndpoint to = socket.LocalName;
            using var source = new CancellationTokenSource();
            int spins = random.Next(2000), spinsToCancel = random.Next(2000);
            Task[] all =
            [
                Ends(socket.ReceiveAsync(new byte[1], source.Token).AsTask()),
                Ends(socket.ReceiveFromAsync(new byte[1], SocketFlags.Peek, source.Token).AsTask()),
                Ends(OnThread(() => socket.Receive(new byte[1]))),
                Ends(OnThread(() => socket.Poll(-1, SelectMode.SelectRead))),
                Ends(OnThread(() => peer.SendTo([1], to))),
                Ends(OnThread(() => { Thread.SpinWait(spinsToCancel); source.Cancel(); })),
                Ends(OnThread(() => { Thread.SpinWait(spins); socket.Dispose(); })),
            ];
            await Task.WhenAll(all).WaitAsync(Patience, TestContext.Current.CancellationToken);
            peer.Dispose();
        }

        using (stack.Core.Enter()) Assert.Equal(0, stack.Core.Context.Packets.Outstanding);
        Assert.Equal(0, stack.HolderCount);

        static async Task Ends(Task call)
        {
            try
            {
                await call;
            }
            catch (Exception e) when (e is OperationCanceledException or ObjectDisposedException or SocketException)
            {
            }
        }
    }
}
