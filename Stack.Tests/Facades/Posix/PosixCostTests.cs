using UserNet.Addressing;
using UserNet.Binding;
using UserNet.Facades.Posix;
using UserNet.Sockets;
using Xunit;
using static UserNet.Facades.Posix.PosixConstants;

namespace UserNet.Tests.Facades.Posix;

/// <summary>A call takes nothing from the heap, whether it is granted or refused.</summary>
public sealed class PosixCostTests : IDisposable
{
    private const int Rounds = 2_000, Tries = 5;

    private readonly NetworkStack _stack = new();
    private readonly PosixProcess _process;
    private readonly byte[] _to = SocketAddress.ToOctets(InetEndpoint.Parse("127.0.0.1:7000"));
    private readonly byte[] _any = SocketAddress.ToOctets(InetEndpoint.Parse("127.0.0.1:0"));
    private readonly byte[] _name = new byte[128], _octets = new byte[64], _control = new byte[64];
    private readonly IoVector[] _vectors;
    private readonly PollDescriptor[] _polled = new PollDescriptor[2];
    private readonly int _receiver, _sender, _fresh, _listener;

    public PosixCostTests()
    {
        _process = new PosixProcess(_stack);
        _vectors = [new byte[3], new byte[40]];
        _receiver = Open(SOCK_DGRAM);
        _sender = Open(SOCK_DGRAM);
        _fresh = Open(SOCK_DGRAM);
        _listener = Open(SOCK_STREAM | SOCK_NONBLOCK);
        _process.Bind(_receiver, _to, 16);
        _process.Listen(_listener, 4);
        _process.SetSockOpt(_receiver, IPPROTO_IP, RawOption.PacketInformation, [1, 0, 0, 0], 4);
        ControlMessage.Write(_control, IPPROTO_IP, IP_TTL, 9);
        (_polled[0].Descriptor, _polled[1].Descriptor) = (_sender, _receiver);
        (_polled[0].Events, _polled[1].Events) = (POLLOUT, POLLIN);
    }

    public void Dispose()
    {
        _process.Dispose();
        _stack.Dispose();
    }

    public static TheoryData<string> Calls =>
    [
        "bind refused", "bind without memory", "getsockname", "getpeername refused", "setsockopt", "setsockopt refused", "getsockopt",
        "connect", "connect refused", "sendto", "sendto refused", "sendmsg", "recvfrom", "recvfrom refused", "recvmsg", "poll", "poll of one",
        "fcntl", "dup and close", "dup2", "accept refused", "listen", "shutdown", "ioctl", "ENOTSOCK", "EBADF",
    ];

    [Theory]
    [MemberData(nameof(Calls))]
    public void A_call_allocates_nothing(string call)
    {
        for (int i = 0; i < Rounds; i++) Run(call);      // errno of the thread is made once, buffers are pooled
        Assert.Equal(0, Enumerable.Range(0, Tries).Min(_ => BytesOf(call)));
    }

    // A collection that another thread brings about empties the pools in between, and they are filled once more; what a call takes, it takes each time.
    private long BytesOf(string call)
    {
        long before = GC.GetAllocatedBytesForCurrentThread();
        for (int i = 0; i < Rounds; i++) Run(call);
        return GC.GetAllocatedBytesForCurrentThread() - before;
    }

    /// <summary>What opens a socket makes the socket; its face adds one object to it.</summary>
    [Fact]
    public void A_socket_that_is_opened_bound_and_closed_costs_what_it_is_made_of()
    {
        long face = Measure(() =>
        {
            int fd = Open(SOCK_DGRAM);
            Is(0, _process.Bind(fd, _any, 16));
            Is(0, _process.Close(fd));
        });
        var local = new InetEndpoint(InetAddress.Parse("127.0.0.1"), 0);
        long engine = Measure(() =>
        {
            using NetworkSocket socket = _stack.OpenSocket(System.Net.Sockets.AddressFamily.InterNetwork, System.Net.Sockets.SocketType.Dgram, 0, Caller.Root);
            Is(0, (int)socket.BindAs(local, Caller.Root));
        });
        Assert.InRange(face - engine, 0, 40);
    }

    /// <summary>What the bind table takes for a holder is the engine's; the call itself takes nothing.</summary>
    [Fact]
    public void Bind_takes_what_the_engine_takes()
    {
        var local = new InetEndpoint(InetAddress.Parse("127.0.0.1"), 0);
        long face = BytesOfBind(fd => _process.Bind(fd, _any, 16));
        long engine = BytesOfBind(fd => (int)_process.SocketOf(fd)!.BindAs(local, Caller.Root));
        Assert.Equal(engine, face);
    }

    private long BytesOfBind(Func<int, int> bind)
    {
        long taken = 0;
        for (int i = 0; i < 2 * Rounds; i++)
        {
            int fd = Open(SOCK_DGRAM);
            long before = GC.GetAllocatedBytesForCurrentThread();
            Is(0, bind(fd));
            if (i >= Rounds) taken += GC.GetAllocatedBytesForCurrentThread() - before;
            _process.Close(fd);
        }

        return taken;
    }

    private static long Measure(Action action)
    {
        for (int i = 0; i < Rounds; i++) action();
        long before = GC.GetAllocatedBytesForCurrentThread();
        for (int i = 0; i < 100; i++) action();
        return (GC.GetAllocatedBytesForCurrentThread() - before) / 100;
    }

    private void Run(string call)
    {
        int length = 128;
        switch (call)
        {
            case "bind refused": Is(-1, _process.Bind(_receiver, _to, 16)); break;
            case "bind without memory": Is(-1, _process.Bind(_fresh, _to, 28)); break;
            case "getsockname": Is(0, _process.GetSockName(_receiver, _name, ref length)); break;
            case "getpeername refused": Is(-1, _process.GetPeerName(_receiver, _name, ref length)); break;
            case "setsockopt": Is(0, _process.SetSockOpt(_fresh, SOL_SOCKET, RawOption.ReuseAddress, [1, 0, 0, 0], 4)); break;
            case "setsockopt refused": Is(-1, _process.SetSockOpt(_fresh, SOL_SOCKET, 9999, _name, 4)); break;
            case "getsockopt": Is(0, _process.GetSockOpt(_fresh, SOL_SOCKET, RawOption.Type, _name, ref length)); break;
            case "connect": Is(0, _process.Connect(_sender, _to, 16)); break;
            case "connect refused": Is(-1, _process.Connect(_sender, _to, 15)); break;
            case "sendto" or "recvfrom":
                Is(9, _process.SendTo(_sender, _octets, 9, 0, _to, 16));
                Is(9, _process.RecvFrom(_receiver, _octets, 64, 0, _name, ref length));
                break;
            case "sendto refused": Is(-1, _process.SendTo(_sender, _octets, 9, MSG_OOB, _to, 16)); break;
            case "sendmsg" or "recvmsg":
                Is(43, _process.SendMsg(_sender, new MessageHeader { Name = _to, NameLength = 16, Vectors = _vectors, Control = _control, ControlLength = 24 }, 0));
                var message = new MessageHeader { Name = _name, NameLength = 128, Vectors = _vectors, Control = _octets, ControlLength = 64 };
                Is(43, _process.RecvMsg(_receiver, ref message, 0));
                Is(32, message.ControlLength);
                break;
            case "recvfrom refused": Is(-1, _process.RecvFrom(_receiver, _octets, 64, MSG_DONTWAIT, _name, ref length)); break;
            case "poll": Is(1, _process.Poll(_polled, -1)); break;
            case "poll of one": Is(POLLOUT, _process.Poll(_fresh, POLLIN | POLLOUT)); break;
            case "fcntl": Is(2, _process.Fcntl(_fresh, F_GETFL)); break;
            case "dup and close": Is(0, _process.Close(_process.Dup(_fresh))); break;
            case "dup2": Is(50, _process.Dup2(_fresh, 50)); break;
            case "accept refused": Is(-1, _process.Accept(_listener)); break;
            case "listen": Is(0, _process.Listen(_listener, 4)); break;
            case "shutdown": Is(-1, _process.Shutdown(_fresh, SHUT_RD)); break;
            case "ioctl": Is(0, _process.IoControl(_receiver, FIONREAD, ref length)); break;
            case "ENOTSOCK": Is(-1, _process.Listen(60, 1)); break;
            case "EBADF": Is(-1, _process.Listen(99, 1)); break;
            default: throw new ArgumentOutOfRangeException(nameof(call));
        }
    }

    private static void Is(int expected, int actual)
    {
        if (expected != actual) throw new InvalidOperationException($"{actual} instead of {expected}");
    }

    private int Open(int type) => _process.Socket(AF_INET, type, 0);
}
