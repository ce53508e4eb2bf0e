using System.Net.Sockets;
using UserNet.Addressing;
using UserNet.Errors;
using UserNet.Sockets;
using UserNet.Tests.Infrastructure;
using Xunit;

namespace UserNet.Tests.Sockets;

public sealed class StreamSocketTests : IDisposable
{
    private readonly NetworkStack _stack = DatagramRig.Stack();

    public void Dispose() => _stack.Dispose();

    [Fact]
    public void What_one_sends_the_other_receives_until_the_end()
    {
        (NetworkSocket client, NetworkSocket server) = _stack.StreamPair();
        byte[] buffer = new byte[16];
        Assert.Equal(3, client.Send([1, 2, 3]));
        Assert.Equal(3, server.Available);
        Assert.Equal(3, server.Receive(buffer, SocketFlags.Peek));
        Assert.Equal(3, server.Receive(buffer));
        Assert.Equal([1, 2, 3], buffer[..3]);
        client.Shutdown(SocketShutdown.Send);
        Assert.Equal(0, server.Receive(buffer));
        Assert.Equal(2, server.Send([7, 8]));
        server.Dispose();
        Assert.Equal(2, client.Receive(buffer));
        Assert.Equal(0, client.Receive(buffer));
    }

    [Fact]
    public void A_port_where_nobody_listens_refuses()
    {
        using NetworkSocket client = _stack.Stream();
        NetworkException refused = Assert.Throws<NetworkException>(() => client.Connect(InetEndpoint.Parse("127.0.0.1:9")));
        Assert.Equal(Errno.ECONNREFUSED, refused.Errno);
        using NetworkSocket listener = _stack.Listener();
        client.Connect(listener.LocalName);
        Assert.True(client.Connected);
    }

    [Fact]
    public void Sending_and_receiving_allocates_nothing()
    {
        (NetworkSocket client, NetworkSocket server) = _stack.StreamPair();
        byte[] octets = new byte[1000], buffer = new byte[1000];
        long allocated = Allocation.Of(() =>
        {
            for (int i = 0; i < 100; i++)
            {
                client.Send(octets);
                int got = 0;
                while (got < octets.Length) got += server.Receive(buffer);
            }
        });
        Assert.Equal(0, allocated);
        client.Dispose();
        server.Dispose();
    }

    [Fact]
    public void Waiting_asynchronously_allocates_nothing()
    {
        using NetworkStack stack = DatagramRig.Stack(o => o.Options = o.Options with { Scheduler = System.IO.Pipelines.PipeScheduler.Inline });
        (NetworkSocket client, NetworkSocket server) = stack.StreamPair();
        byte[] octets = new byte[100], buffer = new byte[100];
        long allocated = Allocation.Of(() =>
        {
            for (int i = 0; i < 100; i++)
            {
                ValueTask<int> waiting = server.ReceiveAsync(buffer);
                client.Send(octets);
                if (!waiting.IsCompleted) throw new InvalidOperationException("Nothing came.");
                _ = waiting.Result;
            }
        });
        Assert.Equal(0, allocated);
    }

    [Fact]
    public async Task A_blocking_send_sends_all_and_others_stay_out_of_it()
    {
        (NetworkSocket client, NetworkSocket server) = _stack.StreamPair();
        const int Length = 3_000_000;
        byte[][] sent = [.. Enumerable.Range(1, 3).Select(i => Enumerable.Repeat((byte)i, Length).ToArray())];
        Task<int>[] sending = [.. sent.Select(octets => Task.Factory.StartNew(
            () => client.Send(octets), CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default))];
        byte[] all = new byte[3 * Length];
        for (int got = 0; got < all.Length;) got += await server.ReceiveAsync(all.AsMemory(got), TestContext.Current.CancellationToken);
        Assert.All(await Task.WhenAll(sending), octets => Assert.Equal(Length, octets));
        Assert.All(Enumerable.Range(0, 3), i => Assert.Equal(-1, all.AsSpan(i * Length, Length).IndexOfAnyExcept(all[i * Length])));
        client.Dispose();
        server.Dispose();
    }

    [Fact]
    public void A_socket_that_does_not_block_takes_what_fits()
    {
        (NetworkSocket client, NetworkSocket server) = _stack.StreamPair();
        client.Blocking = false;
        int sent = 0;
        TransferResult result;
        while ((result = client.TrySend(new byte[100_000])).IsDone) sent += result.Octets;
        Assert.True(result.WouldWait);
        Assert.False(client.Poll(0, SelectMode.SelectWrite));
        byte[] buffer = new byte[1_000_000];
        for (int got = 0; got < sent;) got += server.Receive(buffer);
        Assert.True(client.Poll(1_000_000, SelectMode.SelectWrite));
        client.Dispose();
        server.Dispose();
    }

    [Fact]
    public async Task WaitAll_fills_the_buffer_and_a_cancelled_receive_loses_nothing()
    {
        (NetworkSocket client, NetworkSocket server) = _stack.StreamPair();
        byte[] buffer = new byte[6];
        ValueTask<int> waiting = server.ReceiveAsync(buffer, StreamFlags.WaitAll, TestContext.Current.CancellationToken);
        client.Send([1, 2, 3]);
        Assert.False(waiting.IsCompleted);
        client.Send([4, 5, 6, 7]);
        Assert.Equal(6, await waiting);
        Assert.Equal(1, server.Receive(buffer));
        using var source = new CancellationTokenSource();
        waiting = server.ReceiveAsync(buffer, source.Token);
        source.Cancel();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () => await waiting);
        client.Send([8]);
        Assert.Equal(1, server.Receive(buffer));
        Assert.Equal(8, buffer[0]);
        client.Dispose();
        server.Dispose();
    }

    [Fact]
    public async Task Select_keeps_the_sockets_that_are_ready()
    {
        (NetworkSocket client, NetworkSocket server) = _stack.StreamPair();
        (NetworkSocket quiet, NetworkSocket other) = _stack.StreamPair();
        List<NetworkSocket> read = [server, other], write = [quiet];
        NetworkSocket.Select(read, write, null, 0);
        Assert.Empty(read);
        Assert.Equal([quiet], write);
        read = [server, other];
        Task selecting = Task.Factory.StartNew(
            () => NetworkSocket.Select(read, null, null, 10_000_000), CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);
        ValueTask<bool> polling = server.PollAsync(SelectMode.SelectRead, TestContext.Current.CancellationToken);
        client.Send([1]);
        await selecting.WaitAsync(TimeSpan.FromSeconds(20), TestContext.Current.CancellationToken);
        Assert.Equal([server], read);
        Assert.True(await polling);
    }

    [Fact]
    public void A_connection_outlives_its_socket_and_its_port_is_its_own()
    {
        using NetworkSocket listener = _stack.Listener();
        NetworkSocket client = _stack.Stream();
        client.Connect(listener.LocalName);
        NetworkSocket server = listener.Accept();
        InetEndpoint name = client.LocalName, peer = server.LocalName;
        Assert.Same(server, _stack.FindReceiver(ProtocolType.Tcp, peer, name));
        client.Dispose();
        Assert.True(SpinWait.SpinUntil(() => Shows("FIN-WAIT-2"), 5000));      // a FIN before any data is acknowledged a tick later
        server.Dispose();
        Assert.True(SpinWait.SpinUntil(() => Shows("TIME-WAIT"), 5000));
        Assert.Null(_stack.FindReceiver(ProtocolType.Tcp, name, peer));

        bool Shows(string state) => _stack.Snapshot().ToString().Contains(state, StringComparison.Ordinal);
    }

    [Fact]
    public void A_connect_that_failed_leaves_the_socket_as_it_was_and_one_that_waits_can_be_cancelled()
    {
        using NetworkSocket bound = _stack.Stream();
        bound.Bind(new InetEndpoint(InetAddress.AnyV4, 5000));
        Assert.Equal(Errno.EINPROGRESS, bound.TryConnect(InetEndpoint.Parse("127.0.0.1:9")).Errno);
        Assert.Equal(Errno.ECONNREFUSED, bound.TryConnect(InetEndpoint.Parse("127.0.0.1:9")).Errno);
        Assert.Equal(InetEndpoint.Parse("0.0.0.0:5000"), bound.LocalName);
        Assert.Equal(Errno.EINPROGRESS, bound.TryConnect(InetEndpoint.Parse("127.0.0.1:9")).Errno);
        Assert.Equal((int)SocketError.ConnectionRefused, bound.GetSocketOption(SocketOptionLevel.Socket, SocketOptionName.Error));
        Assert.Equal(Errno.ECONNABORTED, bound.TryConnect(InetEndpoint.Parse("127.0.0.1:9")).Errno);
    }

    [Fact]
    public void Without_a_way_or_a_port_connect_says_so()
    {
        using NetworkSocket socket = _stack.Stream();
        Assert.Equal(Errno.ENETUNREACH, socket.TryConnect(InetEndpoint.Parse("203.0.113.1:9")).Errno);
        using NetworkStack narrow = DatagramRig.Stack(o => o.Options = o.Options with { Settings = s => s.EphemeralPorts = new UserNet.Binding.PortRange(40_000, 40_003) });
        using NetworkSocket listener = narrow.Listener();
        List<NetworkSocket> held = [];
        TransferResult result;
        do
        {
            NetworkSocket client = narrow.Stream();
            held.Add(client);
            result = client.TryConnect(listener.LocalName);
        }
        while (result.Errno == Errno.EINPROGRESS && held.Count < 10);
        Assert.Equal(Errno.EADDRNOTAVAIL, result.Errno);
        held.ForEach(client => client.Dispose());
    }

    [Fact]
    public void Close_waits_by_linger_until_all_is_acknowledged()
    {
        (NetworkSocket client, NetworkSocket server) = _stack.StreamPair();
        client.LingerState = new LingerOption(true, 5);
        client.Send(new byte[1000]);
        client.Dispose();
        Assert.True(_stack.Snapshot().ToString().Contains("FIN-WAIT-2", StringComparison.Ordinal), _stack.Snapshot().ToString());
        server.Dispose();
    }
}
