using System.Text;
using UserNet.Binding;
using UserNet.Errors;
using UserNet.Facades.Posix;
using UserNet.Simulation;
using Xunit;
using static UserNet.Facades.Posix.PosixConstants;

namespace UserNet.Tests.Facades.Posix.Unix;

/// <summary>Calls that wait, in the virtual time of a simulated network: one process acts a second later.</summary>
public sealed class UnixWaitingTests : IDisposable
{
    private static readonly byte[] Name = [1, 0, .. "/s"u8, 0];
    private readonly VirtualNetwork _network = new(seed: 7);
    private readonly VirtualHost _machine;
    private readonly NetworkStack _stack;
    private readonly PosixProcess _first, _second;

    public UnixWaitingTests()
    {
        _machine = _network.AddHost("host");
        _stack = _machine.Stack;
        var host = new PosixHost(_stack);
        (_first, _second) = (host.Start(Caller.Root), host.Start(Caller.Root));
    }

    public void Dispose()
    {
        _first.Dispose();
        _second.Dispose();
        _network.Dispose();
    }

    [Fact]
    public void Accept_waits_for_a_connection_and_a_receive_for_octets()
    {
        string told = "";
        _network.Run(async () =>
        {
            int listener = Bound(_first, SOCK_STREAM);
            _first.Listen(listener, 1);
            Task client = Later(async () =>
            {
                int socket = _second.Socket(AF_UNIX, SOCK_STREAM, 0);
                Assert.Equal(0, _second.Connect(socket, Name, Name.Length));
                await Second();
                Send(_second, socket, "late");
                _second.Close(socket);
            });
            int connection = _first.Accept(listener);
            Assert.Equal(1, Now);
            told = Receive(_first, connection) + Receive(_first, connection);
            Assert.Equal(2, Now);
            await client;
        });
        Assert.Equal("late", told);
    }

    [Fact]
    public void Connect_waits_for_room_in_the_backlog()
    {
        _network.Run(async () =>
        {
            int listener = Bound(_first, SOCK_STREAM);
            _first.Listen(listener, 0);
            int socket = _second.Socket(AF_UNIX, SOCK_STREAM, 0), other = _second.Socket(AF_UNIX, SOCK_STREAM, 0);
            Assert.Equal(0, _second.Connect(socket, Name, Name.Length));
            Task server = Later(() => Assert.True(_first.Accept(listener) > 0));
            Assert.Equal(0, _second.Connect(other, Name, Name.Length));
            Assert.Equal(1, Now);
            await server;
        });
    }

    [Fact]
    public void Who_waits_for_a_backlog_is_refused_when_the_listener_goes()
    {
        _network.Run(async () =>
        {
            int listener = Bound(_first, SOCK_STREAM);
            _first.Listen(listener, 0);
            int socket = _second.Socket(AF_UNIX, SOCK_STREAM, 0), other = _second.Socket(AF_UNIX, SOCK_STREAM, 0);
            Assert.Equal(0, _second.Connect(socket, Name, Name.Length));
            Task server = Later(() => _first.Close(listener));
            Assert.Equal(-1, _second.Connect(other, Name, Name.Length));
            Assert.Equal((Errno.ECONNREFUSED, 1), (_second.Error, Now));
            await server;
        });
    }

    [Fact]
    public void A_stream_takes_all_that_is_sent_as_fast_as_it_is_read()
    {
        _network.Run(async () =>
        {
            (int one, int other) = Pair(SOCK_STREAM);
            byte[] sent = new byte[1_000_000], got = new byte[sent.Length];
            for (int i = 0; i < sent.Length; i++) sent[i] = (byte)(i * 7 >> 3);
            int taken = 0;
            Task reader = Later(async () =>
            {
                while (taken < got.Length)
                {
                    int part = _first.Recv(other, got.AsSpan(taken), Math.Min(10_000, got.Length - taken), MSG_DONTWAIT);
                    if (part < 0) Assert.Equal(Errno.EAGAIN, _first.Error);
                    taken += Math.Max(0, part);
                    await Task.Delay(TimeSpan.FromMilliseconds(1), _machine.Clock);
                }
            });
            Assert.Equal(sent.Length, _first.Send(one, sent, sent.Length, 0));
            Assert.InRange(taken, 600_000, 990_000);      // the rest lies in the buffer
            await reader;
            Assert.True(got.AsSpan().SequenceEqual(sent));
        });
    }

    [Fact]
    public void A_sender_whose_peer_goes_is_told_how_much_was_taken()
    {
        _network.Run(async () =>
        {
            (int one, int other) = Pair(SOCK_STREAM);
            Task reader = Later(() => _first.Close(other));
            int taken = _first.Send(one, new byte[1_000_000], 1_000_000, MSG_NOSIGNAL);
            Assert.InRange(taken, 36_544, 999_999);
            Assert.Equal(1, Now);
            Assert.Equal(-1, _first.Send(one, new byte[1], 1, MSG_NOSIGNAL));
            Assert.Equal(Errno.EPIPE, _first.Error);
            await reader;
        });
    }

    [Fact]
    public void A_sender_who_waits_with_nothing_taken_is_told_of_the_reset()
    {
        _network.Run(async () =>
        {
            (int one, int other) = Pair(SOCK_STREAM);
            _first.Send(one, new byte[400_000], 400_000, MSG_DONTWAIT);
            Task reader = Later(() => _first.Close(other));
            Assert.Equal(-1, _first.Send(one, new byte[1], 1, MSG_NOSIGNAL));
            Assert.Equal((Errno.ECONNRESET, 1), (_first.Error, Now));
            Assert.Equal(-1, _first.Send(one, new byte[1], 1, MSG_NOSIGNAL));
            Assert.Equal(Errno.EPIPE, _first.Error);
            await reader;
        });
    }

    [Fact]
    public void A_datagram_waits_for_room_at_its_receiver()
    {
        _network.Run(async () =>
        {
            int receiver = Bound(_first, SOCK_DGRAM), sender = _second.Socket(AF_UNIX, SOCK_DGRAM, 0);
            for (int i = 0; i < 11; i++) Assert.Equal(1, _second.SendTo(sender, "x"u8, 1, 0, Name, Name.Length));
            Task reader = Later(() => Receive(_first, receiver));
            Assert.Equal(1, _second.SendTo(sender, "x"u8, 1, 0, Name, Name.Length));
            Assert.Equal(1, Now);
            await reader;
        });
    }

    [Theory]
    [InlineData(SOCK_STREAM)]
    [InlineData(SOCK_DGRAM)]
    [InlineData(SOCK_SEQPACKET)]
    public void Calls_end_with_their_timeouts(int type)
    {
        _network.Run(() =>
        {
            (int one, int other) = Pair(type);
            byte[] time = new byte[16];
            time[0] = 2;
            Assert.Equal(0, _first.SetSockOpt(one, SOL_SOCKET, 20, time, 16));
            Assert.Equal(0, _first.SetSockOpt(other, SOL_SOCKET, 21, time, 16));
            Assert.Equal(-1, _first.Recv(one, new byte[1], 1, 0));
            Assert.Equal((Errno.EAGAIN, 2), (_first.Error, Now));
            int taken;
            while ((taken = _first.Send(other, new byte[9000], 9000, 0)) == 9000)
            {
            }

            Assert.Equal(4, Now);
            Assert.True(type == SOCK_STREAM || (taken == -1 && _first.Error == Errno.EAGAIN));
            Assert.Equal(-1, _first.Recv(other, new byte[1], 1, MSG_DONTWAIT));
            Assert.Equal((Errno.EAGAIN, 4), (_first.Error, Now));
            return Task.CompletedTask;
        });
    }

    [Theory]
    [InlineData("receiver closes", Errno.ECONNREFUSED)]
    [InlineData("receiver shuts down", Errno.EPIPE)]
    [InlineData("receiver connects elsewhere", Errno.EPERM)]
    public void A_datagram_that_waits_is_told_when_nobody_will_take_it(string what, Errno told)
    {
        _network.Run(async () =>
        {
            int receiver = Bound(_first, SOCK_DGRAM), sender = _second.Socket(AF_UNIX, SOCK_DGRAM, 0);
            for (int i = 0; i < 11; i++) Assert.Equal(1, _second.SendTo(sender, "x"u8, 1, 0, Name, Name.Length));
            Task other = Later(() =>
            {
                if (what == "receiver closes") _first.Close(receiver);
                else if (what == "receiver shuts down") _first.Shutdown(receiver, SHUT_RD);
                else _first.Connect(receiver, Name, Name.Length);      // to itself, and then reads to make room
                if (what == "receiver connects elsewhere") Receive(_first, receiver);
            });
            Assert.Equal(-1, _second.SendTo(sender, "x"u8, 1, 0, Name, Name.Length));
            Assert.Equal((told, 1), (_second.Error, Now));
            await other;
        });
    }

    [Fact]
    public void Accept_ends_when_its_listener_is_shut_down()
    {
        _network.Run(async () =>
        {
            int listener = Bound(_first, SOCK_STREAM);
            _first.Listen(listener, 1);
            Task other = Later(() => _first.Shutdown(listener, SHUT_RD));
            Assert.Equal(-1, _first.Accept(listener));
            Assert.Equal((Errno.EINVAL, 1), (_first.Error, Now));
            await other;
        });
    }

    [Fact]
    public void A_receive_of_all_octets_ends_with_those_that_came_before_the_end()
    {
        _network.Run(async () =>
        {
            (int one, int other) = Pair(SOCK_STREAM);
            Task writer = Later(() =>
            {
                Send(_first, other, "hi");
                _first.Close(other);
            });
            Assert.Equal(2, _first.Recv(one, new byte[10], 10, MSG_WAITALL));
            Assert.Equal(1, Now);
            await writer;
        });
    }

    [Fact]
    public void Shutdown_ends_a_receive_and_close_a_call_of_another_thread()
    {
        _network.Run(async () =>
        {
            (int one, int other) = Pair(SOCK_DGRAM);
            Task shut = Later(() => _first.Shutdown(one, SHUT_RD));
            Assert.Equal(0, _first.Recv(one, new byte[1], 1, 0));
            Assert.Equal(1, Now);
            await shut;
            Task close = Later(() => _first.Close(other));
            Assert.Equal(-1, _first.Recv(other, new byte[1], 1, 0));
            Assert.Equal((Errno.EINTR, 2), (_first.Error, Now));
            await close;
        });
    }

    [Fact]
    public void Poll_waits_for_octets_for_room_and_for_the_end()
    {
        _network.Run(async () =>
        {
            (int one, int other) = Pair(SOCK_STREAM);
            Task writer = Later(() => Send(_first, other, "x"));
            Assert.Equal((1, POLLIN), Poll(one, POLLIN));
            Assert.Equal(1, Now);
            await writer;
            Receive(_first, one);
            _first.Send(one, new byte[400_000], 400_000, MSG_DONTWAIT);
            Task reader = Later(() => _first.Recv(other, new byte[400_000], 400_000, 0));
            Assert.Equal((1, POLLOUT), Poll(one, POLLOUT));
            Assert.Equal(2, Now);
            await reader;
            Task close = Later(() => _first.Close(other));
            Assert.Equal((1, (short)(POLLIN | POLLHUP | POLLRDHUP)), Poll(one, POLLIN | POLLRDHUP));
            Assert.Equal(3, Now);
            await close;
        });
    }

    [Fact]
    public void Poll_tells_a_datagram_socket_when_its_peer_has_room_again()
    {
        _network.Run(async () =>
        {
            int receiver = Bound(_first, SOCK_DGRAM), sender = _first.Socket(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK, 0);
            _first.Connect(sender, Name, Name.Length);
            while (_first.Send(sender, "x"u8, 1, 0) == 1)
            {
            }

            Task reader = Later(() => Receive(_first, receiver));
            Assert.Equal((1, POLLOUT), Poll(sender, POLLOUT));
            Assert.Equal(1, Now);
            await reader;
        });
    }

    [Fact]
    public void A_thread_waits_in_real_time_too()
    {
        using var stack = new NetworkStack();
        using PosixProcess process = new PosixHost(stack).Start(Caller.Root);
        int[] pair = new int[2];
        process.SocketPair(AF_UNIX, SOCK_STREAM, 0, pair);
        byte[] sent = new byte[3_000_000], got = new byte[sent.Length];
        for (int i = 0; i < sent.Length; i++) sent[i] = (byte)(i * 13 >> 4);
        int received = 0;
        var reader = new Thread(() => received = process.Recv(pair[0], got, got.Length, MSG_WAITALL)) { IsBackground = true };
        reader.Start();
        Assert.Equal(sent.Length, process.Send(pair[1], sent, sent.Length, 0));
        Assert.True(reader.Join(TimeSpan.FromSeconds(30)));
        Assert.Equal(sent.Length, received);
        Assert.True(got.AsSpan().SequenceEqual(sent));
    }

    private int Now => (int)_stack.Core.Now.SinceStart.TotalSeconds;

    private (int Ready, short Events) Poll(int descriptor, short events)
    {
        var asked = new PollDescriptor { Descriptor = descriptor, Events = events };
        int ready = _first.Poll(new Span<PollDescriptor>(ref asked), -1);
        return (ready, asked.Returned);
    }

    private (int One, int Other) Pair(int type)
    {
        int[] pair = new int[2];
        Assert.Equal(0, _first.SocketPair(AF_UNIX, type, 0, pair));
        return (pair[0], pair[1]);
    }

    private static int Bound(PosixProcess process, int type)
    {
        int socket = process.Socket(AF_UNIX, type, 0);
        Assert.Equal(0, process.Bind(socket, Name, Name.Length));
        return socket;
    }

    private Task Later(Func<Task> what) => _network.Start(async () =>
    {
        await Second();
        await what();
    });

    private Task Later(Action what) => Later(() =>
    {
        what();
        return Task.CompletedTask;
    });

    private Task Second() => Task.Delay(TimeSpan.FromSeconds(1), _machine.Clock);

    private static void Send(PosixProcess process, int socket, string text) =>
        Assert.Equal(text.Length, process.Send(socket, Encoding.ASCII.GetBytes(text), text.Length, 0));

    private static string Receive(PosixProcess process, int socket)
    {
        byte[] octets = new byte[100];
        int length = process.Recv(socket, octets, octets.Length, 0);
        return length < 0 ? $"{process.Error}" : Encoding.ASCII.GetString(octets, 0, length);
    }
}
