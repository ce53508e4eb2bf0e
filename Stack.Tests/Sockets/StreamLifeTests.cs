using System.Net.NetworkInformation;
using System.Net.Sockets;
using UserNet.Addressing;
using UserNet.Binding;
using UserNet.Emulation;
using UserNet.Errors;
using UserNet.Link;
using UserNet.Simulation;
using UserNet.Sockets;
using UserNet.Tcp;
using UserNet.Tests.Tcp;
using UserNet.Wire;
using Xunit;

namespace UserNet.Tests.Sockets;

/// <summary>How calls on streams end that wait, and how connections begin and end, seen by their sockets.</summary>
public sealed class StreamLifeTests : IDisposable
{
    private static readonly InetEndpoint Server = new(SegmentRig.Peer, 80);
    private readonly SegmentRig _rig = new();
    private readonly NetworkStack _stack = DatagramRig.Stack();

    public void Dispose()
    {
        _rig.Dispose();
        _stack.Dispose();
    }

    [Fact]
    public void Close_waits_by_linger_no_longer_than_it_says()
    {
        NetworkSocket socket = Open(out SeenSegment syn);
        socket.LingerState = new LingerOption(true, 2);
        socket.Send(new byte[100]);
        UserNet.Time.Timestamp began = _rig.Stack.Core.Now;
        socket.Dispose();      // the network goes on meanwhile
        Assert.InRange((_rig.Stack.Core.Now - began).TotalSeconds, 1.9, 2.5);
        Assert.Contains("FIN-WAIT-1", _rig.Stack.Snapshot().ToString());      // the connection goes on by itself
        _rig.TakeSent();
        _rig.Receive(80, syn.From, TcpFlags.Ack, 1001, syn.Seq + 102);
        Assert.Contains("FIN-WAIT-2", _rig.Stack.Snapshot().ToString());
    }

    [Fact]
    public void A_receive_ends_with_its_timeout()
    {
        using NetworkSocket socket = Open(out _);
        socket.ReceiveTimeout = 500;
        UserNet.Time.Timestamp began = _rig.Stack.Core.Now;
        socket.Receive(new byte[1], SocketFlags.None, out SocketError error);
        Assert.Equal(SocketError.TimedOut, error);
        Assert.Equal(0.5, (_rig.Stack.Core.Now - began).TotalSeconds);
    }

    [Fact]
    public void A_send_ends_with_its_timeout_and_says_how_much_was_taken()
    {
        using NetworkSocket socket = Open(out _);
        socket.SendTimeout = 500;
        socket.SendBufferSize = 4096;
        Assert.InRange(socket.Send(new byte[100_000]), 4096, 65_535);      // a burst that is begun may be filled
        socket.Send(new byte[1], SocketFlags.None, out SocketError error);
        Assert.Equal(SocketError.TimedOut, error);
    }

    [Fact]
    public async Task A_connect_that_is_cancelled_leaves_the_socket_free_to_try_again()
    {
        using NetworkSocket socket = _rig.Socket();
        using var source = new CancellationTokenSource();
        Task connecting = socket.ConnectAsync(Server, source.Token).AsTask();
        Assert.Single(_rig.TakeSent());
        source.Cancel();
        _rig.Lab.Run();      // who awaits goes on
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => connecting.WaitAsync(TimeSpan.FromSeconds(20), TestContext.Current.CancellationToken));
        Assert.DoesNotContain("SYN-SENT", _rig.Stack.Snapshot().ToString());
        Assert.Equal(Errno.EINPROGRESS, socket.TryConnect(Server).Errno);
        Assert.Single(_rig.TakeSent());
    }

    [Fact]
    public async Task An_accept_that_is_cancelled_loses_no_connection()
    {
        using NetworkSocket listener = _stack.Listener();
        using var source = new CancellationTokenSource();
        ValueTask<NetworkSocket> accepting = listener.AcceptAsync(source.Token);
        source.Cancel();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () => await accepting);
        using NetworkSocket client = _stack.Stream();
        client.Connect(listener.LocalName);
        using NetworkSocket server = listener.Accept();
        Assert.Equal(client.LocalName, InetEndpoint.From((System.Net.IPEndPoint)server.RemoteEndPoint!));
    }

    [Fact]
    public void A_socket_that_was_shut_before_it_connects_to_itself_ends_at_once()
    {
        using NetworkSocket socket = _stack.Stream();
        socket.Bind(InetEndpoint.Parse("127.0.0.1:4000"));
        Assert.Equal(BindRule.NotConnected, socket.TryShutdown(SocketShutdown.Send));
        NetworkException ended = Assert.Throws<NetworkException>(() => socket.Connect(InetEndpoint.Parse("127.0.0.1:4000")));
        Assert.Equal(Errno.ECONNABORTED, ended.Errno);      // it was over before the call returned; so it is on Linux
    }

    // As Linux has it: what ended in order stays whole, and what broke it afterwards is for who sends.
    [Fact]
    public void A_stream_that_ended_before_it_was_broken_reads_as_ended()
    {
        using NetworkSocket listener = _stack.Listener();
        NetworkSocket client = _stack.Stream();
        client.Connect(listener.LocalName);
        using NetworkSocket server = listener.Accept();
        client.Shutdown(SocketShutdown.Send);
        client.LingerState = new LingerOption(true, 0);
        client.Dispose();      // a reset
        Assert.Equal(0, server.Receive(new byte[1]));
        Assert.Equal(0, server.Receive(new byte[1]));
        Assert.Equal(Errno.EPIPE, server.TrySend(new byte[1]).Errno);
    }

    [Fact]
    public async Task Closing_a_socket_ends_the_calls_that_wait_for_it()
    {
        NetworkSocket listener = _stack.Listener(), client = _stack.Stream();
        client.Connect(listener.LocalName);
        using NetworkSocket server = listener.Accept();
        ValueTask<NetworkSocket> accepting = listener.AcceptAsync(TestContext.Current.CancellationToken);
        ValueTask<int> receiving = client.ReceiveAsync(new byte[1], TestContext.Current.CancellationToken);
        listener.Dispose();
        client.Dispose();
        Assert.Equal(SocketError.OperationAborted, (await Assert.ThrowsAsync<NetworkException>(async () => await accepting)).SocketErrorCode);
        Assert.Equal(SocketError.OperationAborted, (await Assert.ThrowsAsync<NetworkException>(async () => await receiving)).SocketErrorCode);
    }

    [Theory]
    [InlineData(true, true)]
    [InlineData(true, false)]
    [InlineData(false, false)]
    public void Both_open_at_once_and_both_close_at_once(bool isLinuxHere, bool isLinuxThere)
    {
        using var lab = new Wire2(isLinuxHere, isLinuxThere);
        (NetworkSocket a, NetworkSocket b) = (Wire2.Bound(lab.A, "10.0.0.1:4000"), Wire2.Bound(lab.B, "10.0.0.2:5000"));
        Assert.Equal(Errno.EINPROGRESS, a.TryConnect(InetEndpoint.Parse("10.0.0.2:5000")).Errno);
        Assert.Equal(Errno.EINPROGRESS, b.TryConnect(InetEndpoint.Parse("10.0.0.1:4000")).Errno);
        lab.Lab.RunFor(TimeSpan.FromMilliseconds(100));
        Assert.Equal((TcpState.Established, TcpState.Established), (a.Info.State, b.Info.State));
        lab.Exchange(a, b);
        lab.Exchange(b, a);
        a.Shutdown(SocketShutdown.Both);
        b.Shutdown(SocketShutdown.Both);
        lab.Lab.RunFor(TimeSpan.FromMilliseconds(15));
        Assert.Equal((TcpState.Closing, TcpState.Closing), (a.Info.State, b.Info.State));
        lab.Lab.RunFor(TimeSpan.FromMilliseconds(50));
        // To Linux what is left is the table's alone; on FreeBSD it stays the socket's, and TCP_INFO says so.
        Assert.Equal((StateOfOld(isLinuxHere), StateOfOld(isLinuxThere)), (a.Info.State, b.Info.State));
        static TcpState StateOfOld(bool isLinux) => isLinux ? TcpState.Closed : TcpState.TimeWait;
        Assert.All([lab.A, lab.B], stack => Assert.Contains("TIME-WAIT", stack.Snapshot().ToString()));
    }

    [Fact]
    public async Task Half_a_close_lets_the_other_half_flow_through_pipes_and_streams()
    {
        using NetworkSocket listener = _stack.Listener();
        NetworkSocket client = _stack.Stream();
        client.Connect(listener.LocalName);
        await using var pipes = new TcpConnection(client);
        await using var stream = new SocketStream(listener.Accept(), ownsSocket: true);
        await pipes.Output.WriteAsync(new byte[] { 1, 2, 3 }, TestContext.Current.CancellationToken);
        await pipes.Output.CompleteAsync();
        var all = new MemoryStream();
        await stream.CopyToAsync(all, TestContext.Current.CancellationToken);
        Assert.Equal([1, 2, 3], all.ToArray());
        await stream.WriteAsync(new byte[] { 4, 5 }, TestContext.Current.CancellationToken);
        stream.Socket.Shutdown(SocketShutdown.Send);
        System.IO.Pipelines.ReadResult read = await pipes.Input.ReadAtLeastAsync(3, TestContext.Current.CancellationToken);
        Assert.True(read.IsCompleted);
        Assert.Equal(2, read.Buffer.Length);
        pipes.Input.AdvanceTo(read.Buffer.End);
    }

    [Fact]
    public void What_lies_in_pieces_is_sent_and_received_in_their_order()
    {
        (NetworkSocket client, NetworkSocket server) = _stack.StreamPair();
        byte[] octets = [1, 2, 3, 4, 5], first = new byte[2], second = new byte[9];
        Assert.Equal(5, client.Send(new List<ArraySegment<byte>> { new(octets, 3, 2), new(octets, 0, 0), new(octets, 0, 3) }));
        Assert.Equal(5, server.Receive(new List<ArraySegment<byte>> { new(first), new(second, 1, 8) }));
        Assert.Equal([4, 5], first);
        Assert.Equal([0, 1, 2, 3, 0, 0, 0, 0, 0], second);
        client.Dispose();
        server.Dispose();
    }

    [Fact]
    public async Task An_abort_resets_and_both_sides_hear_of_it()
    {
        using NetworkSocket listener = _stack.Listener();
        NetworkSocket client = _stack.Stream();
        client.Connect(listener.LocalName);
        using NetworkSocket server = listener.Accept();
        await using var connection = new TcpConnection(client);
        ValueTask<int> waiting = server.ReceiveAsync(new byte[1], TestContext.Current.CancellationToken);
        connection.Abort();
        Assert.Equal(Errno.ECONNRESET, (await Assert.ThrowsAsync<NetworkException>(async () => await waiting)).Errno);
        Assert.DoesNotContain("ESTAB", _stack.Snapshot().ToString());
    }

    [Fact]
    public void TIME_WAIT_stays_in_the_table_when_its_socket_is_used_anew_or_closed()
    {
        using NetworkSocket listener = _stack.Listener();
        NetworkSocket client = _stack.Stream();
        client.Connect(listener.LocalName);
        InetEndpoint name = client.LocalName;
        using (NetworkSocket server = listener.Accept())
        {
            client.Shutdown(SocketShutdown.Both);
            server.Dispose();
        }

        Assert.Equal(TcpState.Closed, client.Info.State);
        client.Disconnect();
        HolderRow row = Assert.Single(_stack.Snapshot().Rows, h => h.Remote is not null);
        Assert.Equal(name, row.Local);
        Assert.Contains("TIME-WAIT", row.ToString());
        client.Connect(listener.LocalName);
        Assert.NotEqual(name, client.LocalName);
        using (NetworkSocket server = listener.Accept())
        {
            client.Shutdown(SocketShutdown.Send);
            server.Dispose();
        }

        client.Dispose();
        Assert.Equal(2, _stack.Snapshot().Rows.Count(h => h.ToString().Contains("TIME-WAIT", StringComparison.Ordinal)));
    }

    [Fact]
    public void What_a_connect_would_be_answered_is_explained()
    {
        using NetworkStack narrow = DatagramRig.Stack(o => o.Options = o.Options with { Settings = s => s.EphemeralPorts = new PortRange(40_000, 40_000) });
        using NetworkSocket listener = narrow.Stream(), client = narrow.Stream(), other = narrow.Stream();
        listener.Bind(InetEndpoint.Parse("127.0.0.1:80"));
        listener.Listen();
        Assert.Equal(BindRule.Granted, client.ExplainConnect(listener.LocalName).Rule);
        client.Connect(listener.LocalName);
        Assert.Equal(BindRule.AlreadyConnected, client.ExplainConnect(listener.LocalName).Rule);
        BindExplanation exhausted = other.ExplainConnect(listener.LocalName);
        Assert.Equal((BindRule.ExhaustedByConnect, BindRule.ExhaustedByConnect), (exhausted.Rule, other.TryConnect(listener.LocalName).Rule));
        Assert.Contains(Remedy.WiderRange, exhausted.Remedies);
        Assert.Equal(BindRule.NoRoute, other.ExplainConnect(InetEndpoint.Parse("203.0.113.1:80")).Rule);
        using NetworkSocket bound = narrow.Stream();
        bound.SetSocketOption(SocketOptionLevel.Socket, SocketOptionName.ReuseAddress, true);
        client.SetSocketOption(SocketOptionLevel.Socket, SocketOptionName.ReuseAddress, true);
        bound.Bind(client.LocalName);
        BindExplanation taken = bound.ExplainConnect(listener.LocalName);
        Assert.Equal(BindRule.TupleInUse, taken.Rule);
        Assert.Equal(client.LocalName, taken.Blocker?.Local);
    }

    private NetworkSocket Open(out SeenSegment syn)
    {
        NetworkSocket socket = _rig.Socket();
        Assert.Equal(Errno.EINPROGRESS, socket.TryConnect(Server).Errno);
        syn = Assert.Single(_rig.TakeSent());
        _rig.Receive(80, syn.From, TcpFlags.Syn | TcpFlags.Ack, 1000, syn.Seq + 1);
        _rig.TakeSent();
        return socket;
    }

    /// <summary>Two hosts and 10 ms of wire between them.</summary>
    private sealed class Wire2 : IDisposable
    {
        private readonly LinkPair _cable;
        private readonly ImpairedLink _wire;

        public Wire2(bool isLinuxHere, bool isLinuxThere)
        {
            _cable = Lab.AddCable(new LinkPairOptions { Medium = LinkMedium.Ip, Mtu = 1500 });
            var delay = new LinkConditions { Delay = TimeSpan.FromMilliseconds(10) };
            _wire = Lab.Impair(_cable.A, delay, delay);
            A = Open(isLinuxHere, "a", _wire, "10.0.0.1/24");
            B = Open(isLinuxThere, "b", _cable.B, "10.0.0.2/24");
        }

        public VirtualNetwork Lab { get; } = new(11);

        public NetworkStack A { get; }

        public NetworkStack B { get; }

        public static NetworkSocket Bound(NetworkStack stack, string name)
        {
            NetworkSocket socket = stack.Stream();
            socket.Bind(InetEndpoint.Parse(name));
            return socket;
        }

        public void Exchange(NetworkSocket from, NetworkSocket to)
        {
            byte[] octets = new byte[50_000], got = new byte[50_000];
            new Random(5).NextBytes(octets);
            int sent = 0, received = 0;
            for (int i = 0; i < 1000 && received < octets.Length; i++)
            {
                sent += from.TrySend(octets.AsSpan(sent)).Octets;
                Lab.RunFor(TimeSpan.FromMilliseconds(10));
                received += to.TryReceiveFrom(got.AsSpan(received), out _).Octets;
            }

            Assert.Equal(octets, got);
        }

        public void Dispose()
        {
            A.Dispose();
            B.Dispose();
            Lab.Run();
            _cable.Dispose();
        }

        private NetworkStack Open(bool isLinux, string name, ILink link, string address)
        {
            var stack = new NetworkStack(new NetworkStackOptions
            {
                TimeProvider = Lab.Clock,
                Scheduler = Lab.Scheduler,
                Randomness = Lab.Randomness(name),
                Tcp = isLinux ? TcpProfile.Linux : TcpProfile.FreeBsd,
            });
            stack.Attach("tun0", link, new InterfaceOptions { Addresses = [address] });
            return stack;
        }
    }
}
