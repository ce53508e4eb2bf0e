using UserNet.Binding;
using UserNet.Errors;
using UserNet.Facades.Posix;
using UserNet.Tests.Infrastructure;
using Xunit;
using static UserNet.Facades.Posix.PosixConstants;

namespace UserNet.Tests.Facades.Posix.Unix;

/// <summary>What needs more than one process, or none at all: descriptors that are passed, memory, repeated runs.</summary>
public sealed class UnixSocketTests : IDisposable
{
    private static readonly byte[] Name = [1, 0, .. "/s"u8, 0];
    private readonly NetworkStack _stack = new();
    private readonly PosixHost _host;
    private readonly PosixProcess _first, _second;

    public UnixSocketTests()
    {
        _host = new PosixHost(_stack);
        (_first, _second) = (_host.Start(Caller.Root), _host.Start(Caller.User(1000)));
    }

    public void Dispose()
    {
        _first.Dispose();
        _second.Dispose();
        _stack.Dispose();
    }

    [Fact]
    public void A_descriptor_passed_to_another_process_is_the_same_socket_there()
    {
        (int one, int other) = Connect();
        int shared = _first.Socket(AF_INET, SOCK_DGRAM, 0);
        byte[] address = [2, 0, 0, 0, 127, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0];
        Assert.Equal(0, _first.Bind(shared, address, 16));
        Assert.Equal(1, Pass(_first, one, shared));
        byte[] control = new byte[24];
        var message = new MessageHeader { Vectors = [new byte[1]], Control = control, ControlLength = control.Length };
        Assert.Equal(1, _second.RecvMsg(other, ref message, 0));
        int passed = BitConverter.ToInt32(control, 16);
        Assert.Equal(0, _first.Close(shared));
        byte[] name = new byte[16];
        int length = 16;
        Assert.Equal(0, _second.GetSockName(passed, name, ref length));      // open still, by the other descriptor
        Assert.NotEqual(0, name[2] | name[3]);
        Assert.Equal(1, _stack.HolderCount);
        Assert.Equal(0, _second.Close(passed));
        Assert.Equal(0, _stack.HolderCount);
    }

    [Fact]
    public void What_nobody_receives_is_closed_with_the_queue_it_lay_in()
    {
        (int one, int other) = Connect();
        int shared = _first.Socket(AF_INET, SOCK_DGRAM, 0);
        byte[] address = [2, 0, 0, 0, 127, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0];
        Assert.Equal(0, _first.Bind(shared, address, 16));
        Assert.Equal(1, Pass(_first, one, shared));
        Assert.Equal(0, _first.Close(shared));
        Assert.Equal(1, _stack.HolderCount);
        Assert.Equal(0, _second.Close(other));
        Assert.Equal(0, _stack.HolderCount);
    }

    [Fact]
    public void A_process_without_room_for_a_descriptor_is_told_that_some_were_cut_off()
    {
        using var small = new PosixProcess(_stack) { DescriptorLimit = 2 };
        int[] pair = new int[2];
        Assert.Equal(0, small.SocketPair(AF_UNIX, SOCK_DGRAM, 0, pair));
        Assert.Equal(1, Pass(small, pair[0], pair[1]));
        byte[] control = new byte[24];
        var message = new MessageHeader { Vectors = [new byte[1]], Control = control, ControlLength = control.Length };
        Assert.Equal(1, small.RecvMsg(pair[1], ref message, 0));
        Assert.Equal((0, MSG_CTRUNC), (message.ControlLength, message.Flags));
    }

    [Fact]
    public void Each_end_knows_who_the_other_is()
    {
        (int one, int other) = Connect();
        Assert.Equal((_second.ProcessId, 1000), Peer(_first, one));
        Assert.Equal((_first.ProcessId, 0), Peer(_second, other));
    }

    [Fact]
    public void A_name_that_the_system_chooses_is_the_same_in_each_run_with_the_same_chance()
    {
        Assert.Equal(ChosenName(1), ChosenName(1));
        Assert.NotEqual(ChosenName(1), ChosenName(2));
    }

    [Theory]
    [InlineData(SOCK_STREAM)]
    [InlineData(SOCK_DGRAM)]
    [InlineData(SOCK_SEQPACKET)]
    public void Sending_and_receiving_allocate_nothing(int type)
    {
        int[] pair = new int[2];
        Assert.Equal(0, _first.SocketPair(AF_UNIX, type, 0, pair));
        byte[] octets = new byte[3000];
        Assert.Equal(0, Allocation.Of(() =>
        {
            for (int i = 0; i < 100; i++)
            {
                _first.Send(pair[0], octets, octets.Length, 0);
                _first.Recv(pair[1], octets, octets.Length, 0);
            }
        }));
    }

    [Fact]
    public void A_call_whose_memory_can_not_be_read_takes_nothing()
    {
        int[] pair = new int[2];
        Assert.Equal(0, _first.SocketPair(AF_UNIX, SOCK_STREAM, 0, pair));
        Assert.Equal(Errno.EFAULT, Told(_first.Send(pair[0], new byte[1], 2, 0)));
        Assert.Equal(Errno.EFAULT, Told(_first.Send(pair[0], default, 2, 0)));
        Assert.Equal(Errno.EFAULT, Told(_first.Bind(pair[0], Name, Name.Length + 1)));
        Assert.Equal(Errno.EFAULT, Told(_first.SetSockOpt(pair[0], SOL_SOCKET, 7, default, 4)));
        Assert.Equal(Errno.EINVAL, Told(_first.SetSockOpt(pair[0], SOL_SOCKET, 7, default, 3)));
        Assert.Equal(Errno.EAGAIN, Told(_first.Recv(pair[1], new byte[1], 1, MSG_DONTWAIT)));
    }

    [Fact]
    public void Only_its_owner_and_root_may_change_a_sockets_owner()
    {
        int socket = _second.Socket(AF_UNIX, SOCK_DGRAM, 0);
        Assert.Equal(0, _second.FChown(socket, 1000));
        Assert.Equal(-1, _second.FChown(socket, 0));
        Assert.Equal(Errno.EPERM, _second.Error);
        int other = _first.Socket(AF_UNIX, SOCK_DGRAM, 0);
        Assert.Equal(0, _first.FChown(other, 5));
    }

    private static string ChosenName(int seed)
    {
        using var stack = new NetworkStack(new NetworkStackOptions { Randomness = new Random(seed).NextBytes });
        using var process = new PosixProcess(stack);
        int socket = process.Socket(AF_UNIX, SOCK_DGRAM, 0), length = 16;
        Assert.Equal(0, process.Bind(socket, [1, 0], 2));
        byte[] name = new byte[16];
        Assert.Equal(0, process.GetSockName(socket, name, ref length));
        Assert.Equal(8, length);
        return Convert.ToHexString(name);
    }

    private static (int Pid, int Uid) Peer(PosixProcess process, int socket)
    {
        byte[] value = new byte[12];
        int length = 12;
        Assert.Equal(0, process.GetSockOpt(socket, SOL_SOCKET, 17, value, ref length));
        return (BitConverter.ToInt32(value), BitConverter.ToInt32(value, 4));
    }

    private static int Pass(PosixProcess process, int socket, int passed)
    {
        byte[] control = new byte[20];
        control[0] = 20;
        control[8] = SOL_SOCKET;
        control[12] = SCM_RIGHTS;
        BitConverter.TryWriteBytes(control.AsSpan(16), passed);
        var message = new MessageHeader { Vectors = [new byte[1]], Control = control, ControlLength = control.Length };
        return process.SendMsg(socket, message, 0);
    }

    /// <summary>A connection from the second process to the first, which accepts it.</summary>
    private (int One, int Other) Connect()
    {
        _first.Umask(0);
        int listener = _first.Socket(AF_UNIX, SOCK_STREAM, 0), other = _second.Socket(AF_UNIX, SOCK_STREAM, 0);
        Assert.Equal(0, _first.Bind(listener, Name, Name.Length));
        Assert.Equal(0, _first.Listen(listener, 1));
        Assert.Equal(0, _second.Connect(other, Name, Name.Length));
        return (_first.Accept(listener), other);
    }

    private Errno Told(int answer) => answer < 0 ? _first.Error : Errno.Success;
}
