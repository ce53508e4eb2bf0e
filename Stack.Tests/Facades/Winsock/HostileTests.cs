using UserNet.Addressing;
using UserNet.Binding;
using UserNet.Errors;
using UserNet.Facades;
using UserNet.Facades.Winsock;
using UserNet.Tests.Infrastructure;
using Xunit;
using static UserNet.Facades.Winsock.Winsock2;

namespace UserNet.Tests.Facades.Winsock;

/// <summary>Handles of others, calls under way when all ends, and memory that is not there.</summary>
public sealed class HostileTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    private static readonly byte[] Silent = WindowsSocketAddress.ToOctets(InetEndpoint.Parse("10.1.0.77:80"));

    [Fact]
    public void A_handle_means_nothing_to_another_process()
    {
        using var rig = new WinsockRig();
        using var other = new WinsockRig(rig.Stack, Caller.Root);
        SOCKET s = rig.OpenBound("tcp4", "127.0.0.1:5000");
        Assert.Equal(WsaError.WSAENOTSOCK, other.Bind(s, "127.0.0.1:5001"));
        Assert.Equal(WsaError.WSAENOTSOCK, other.Code(other.Process.closesocket(s)));
        SOCKET own = other.Open("tcp4");
        Assert.Equal(s, own);      // the same number, another socket
        Assert.Equal("WSAEINVAL", other.NameOf(own));
        Assert.Equal("127.0.0.1:5000", rig.NameOf(s));
        other.Dispose();
        Assert.Equal("127.0.0.1:5000", rig.NameOf(s));
    }

    [Theory]
    [InlineData("accept")]
    [InlineData("recv")]
    [InlineData("recvfrom")]
    [InlineData("select")]
    [InlineData("poll")]
    [InlineData("list")]
    public void The_end_of_all_ends_a_call_that_waits(string call)
    {
        for (int round = 0; round < TestSettings.Count(20, 500); round++)
        {
            using var rig = new WinsockRig();
            SOCKET s = call switch
            {
                "accept" => rig.OpenBound("tcp4", "127.0.0.1:5000"),
                "recv" => rig.Pair().Client,
                "list" => rig.Open("tcp4"),
                _ => rig.OpenBound("udp4", "127.0.0.1:5000"),
            };
            if (call == "accept") rig.Listen(s);
            WsaError told = default;
            using var begun = new ManualResetEventSlim();
            var waits = new Thread(() =>
            {
                begun.Set();
                told = Wait(rig, call, s);
            }) { IsBackground = true };
            waits.Start();
            Assert.True(begun.Wait(Patience, Token));
            if ((round & 1) != 0) Thread.Yield();
            rig.Process.Dispose();
            rig.Process.Provider.Dispose();
            Assert.True(waits.Join(Patience), call);
            Assert.Contains(told, new[] { WsaError.WSAEINTR, WsaError.WSAENOTSOCK, WsaError.WSANOTINITIALISED, WsaError.WSAECONNABORTED });
            Assert.Equal(0, rig.Process.Provider.SocketCount);
        }
    }

    [Fact]
    public void Nothing_is_left_of_sockets_that_are_opened_while_the_last_cleanup_runs()
    {
        for (int round = 0; round < TestSettings.Count(200, 5_000); round++)
        {
            using var stack = new NetworkStack(new NetworkStackOptions { Personality = Personality.Windows });
            using var provider = new ServiceProvider(stack);
            provider.WSPStartup(ServiceProvider.Version, out _, out WspProcTable? table);
            using var barrier = new Barrier(2);
            byte[] any = WindowsSocketAddress.ToOctets(InetEndpoint.Parse("127.0.0.1:0"));
            var opens = new Thread(() =>
            {
                WsaError error = default;
                barrier.SignalAndWait(Patience, Token);
                for (int i = 0; i < 50; i++)
                {
                    SOCKET s = table!.WSPSocket(AF_INET, SOCK_DGRAM, 0, 0, 0, ref error);
                    table.WSPBind(s, any, any.Length, ref error);
                }
            }) { IsBackground = true };
            opens.Start();
            WsaError cleanup = default;
            barrier.SignalAndWait(Patience, Token);
            Thread.SpinWait(round * 50);
            Assert.Equal(0, table!.WSPCleanup(ref cleanup));
            Assert.True(opens.Join(Patience));
            Assert.Equal((0, 0), (provider.SocketCount, stack.HolderCount));
        }
    }

    [Fact]
    public void A_condition_function_may_throw_and_its_connection_is_gone()
    {
        using var rig = new WinsockRig();
        SOCKET listener = rig.OpenBound("tcp4", "127.0.0.1:5000"), client = rig.Open("tcp4");
        rig.Listen(listener);
        Assert.Equal(WsaError.Success, rig.Connect(client, "127.0.0.1:5000"));
        int none = 0;
        Assert.Throws<InvalidOperationException>(() => rig.Process.WSAAccept(listener, default, ref none, (_, _, _) => throw new InvalidOperationException(), 0));
        Assert.Equal(WsaError.WSAECONNRESET, rig.Code(rig.Process.recv(client, new byte[1], 1, 0)));
        Assert.Equal("127.0.0.1:5000", rig.NameOf(listener));      // and the thread is in no callback any more
    }

    [Theory]
    [InlineData(-1)]
    [InlineData(int.MinValue)]
    [InlineData(int.MaxValue)]
    [InlineData(17)]
    [InlineData(1)]
    [InlineData(0)]
    public void A_length_that_its_memory_does_not_have_is_a_fault(int length)
    {
        using var rig = new WinsockRig();
        SOCKET s = rig.Open("udp4");
        byte[] name = WinsockRig.Octets("127.0.0.1:5000");
        int size = length;
        Assert.Equal(WsaError.WSAEFAULT, rig.Code(rig.Process.bind(s, name, length)));
        Assert.Equal(WsaError.WSAEFAULT, rig.Code(rig.Process.connect(s, name, length)));
        Assert.Equal(WsaError.Success, rig.Bind(s, "127.0.0.1:5000"));
        if (length >= 16) return;
        Assert.Equal(WsaError.WSAEFAULT, rig.Code(rig.Process.getsockname(s, name, ref size)));
        Assert.Equal(WsaError.WSAEFAULT, rig.Code(rig.Process.setsockopt(s, SOL_SOCKET, SO_BROADCAST, name, length)));
        Assert.Equal(WsaError.WSAEFAULT, rig.Code(rig.Process.getsockopt(s, SOL_SOCKET, SO_BROADCAST, name, ref size)));
    }

    private static WsaError Wait(WinsockRig rig, string call, SOCKET s)
    {
        try
        {
            int none = 0;
            byte[] octets = new byte[10];
            bool hasFailed = call switch
            {
                "accept" => rig.Process.accept(s) == INVALID_SOCKET,
                "recv" => rig.Process.recv(s, octets, 10, 0) == SOCKET_ERROR,
                "recvfrom" => rig.Process.recvfrom(s, octets, 10, 0, default, ref none) == SOCKET_ERROR,
                "select" => rig.Process.select(0, SetOf(s), null, null, null) is SOCKET_ERROR or 1,
                "poll" => rig.Process.WSAPoll([new WSAPOLLFD(s, POLLIN)], 1, -1) is SOCKET_ERROR or 1,
                _ => !rig.Process.WSAConnectByList(s, [new SOCKET_ADDRESS(Silent, 16)], ref none, default, ref none, default, null),
            };
            Assert.True(hasFailed, call);
            return call is "poll" or "select" ? WsaError.WSAENOTSOCK : rig.LastError;      // a socket that is gone is ready: the next call tells
        }
        catch (ObjectDisposedException)
        {
            return WsaError.WSANOTINITIALISED;      // the process has ended
        }
    }

    private static FD_SET SetOf(SOCKET s)
    {
        var set = new FD_SET();
        set.Set(s);
        return set;
    }
}
