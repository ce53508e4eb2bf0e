using System.Net.Sockets;
using UserNet.Addressing;
using UserNet.Doors;
using UserNet.Errors;
using UserNet.Sockets;
using UserNet.Tests.Tcp;
using UserNet.Wire;
using Xunit;

namespace UserNet.Tests.Sockets;

/// <summary>What each option of a stream does, seen from the wire; and which are refused.</summary>
public sealed class StreamOptionTests : IDisposable
{
    private const uint Irs = 1000;
    private static readonly InetEndpoint Server = new(SegmentRig.Peer, 80);

    private static readonly Dictionary<string, Action<StreamOptionTests>> Effects = new()
    {
        ["without TCP_NODELAY the second small segment waits"] = t => t.Assert_sends_of_two_small([10], socket => { }),
        ["TCP_NODELAY lets it go"] = t => t.Assert_sends_of_two_small([10, 10], socket => Tcp(socket, RawTcpOption.NoDelay, 1)),
        ["TCP_CORK holds what is not full for 200 ms"] = t => t.Assert_held_for_200_ms(socket =>
        {
            Tcp(socket, RawTcpOption.Cork, 1);
            socket.TrySend(new byte[10]);
        }),
        ["MSG_MORE holds what is not full for 200 ms"] = t => t.Assert_held_for_200_ms(socket => socket.TrySend(new byte[10], StreamFlags.More)),
        ["TCP_MAXSEG is offered and kept to"] = t =>
        {
            NetworkSocket socket = t.Open(s => Tcp(s, RawTcpOption.MaxSegment, 500));
            Assert.Equal((ushort?)500, Options(t._syn!).Mss);
            socket.TrySend(new byte[1200]);
            Assert.Equal([500, 500, 200], t.TakeLengths());
        },
        ["IP_TOS and IP_TTL are in the header"] = t =>
        {
            NetworkSocket socket = t.Open(s => s.SetRawSocketOption(RawOptionLevel.Ip, RawOption.TypeOfService, Number(0x28)));
            socket.SetRawSocketOption(RawOptionLevel.Ip, RawOption.TimeToLive, Number(7));
            socket.TrySend(new byte[10]);
            SeenSegment sent = Assert.Single(t._rig.TakeSent());
            Assert.Equal((0x28, 7), (sent.TrafficClass, sent.TimeToLive));
        },
        ["SO_KEEPALIVE with its three numbers ends a silent connection"] = t =>
        {
            NetworkSocket socket = t.Open(s => s.KeepAlive = true);
            Tcp(socket, RawTcpOption.KeepAliveIdle, 10);
            Tcp(socket, RawTcpOption.KeepAliveInterval, 5);
            Tcp(socket, RawTcpOption.KeepAliveCount, 2);
            t._rig.Pass(TimeSpan.FromSeconds(9.9));
            Assert.Empty(t._rig.TakeSent());
            t._rig.Pass(TimeSpan.FromSeconds(5.2));
            Assert.Equal(2, t._rig.TakeSent().Length);
            t._rig.Pass(TimeSpan.FromSeconds(5));
            Assert.Equal(Errno.ETIMEDOUT, socket.TryReceiveFrom(new byte[1], out _).Errno);
        },
        ["TCP_USER_TIMEOUT ends unacknowledged data"] = t => t.Assert_ends_within(3.5, socket =>
        {
            Tcp(socket, RawTcpOption.UserTimeout, 3000);
            socket.TrySend(new byte[10]);
        }),
        ["TCP_USER_TIMEOUT ends keep-alive"] = t => t.Assert_ends_within(20, socket =>
        {
            Tcp(socket, RawTcpOption.UserTimeout, 3000);
            socket.KeepAlive = true;
            Tcp(socket, RawTcpOption.KeepAliveIdle, 10);
            Tcp(socket, RawTcpOption.KeepAliveInterval, 5);
        }),
        ["TCP_USER_TIMEOUT ends the wait for a window"] = t => t.Assert_ends_within(6, window: 0, set: socket =>
        {
            Tcp(socket, RawTcpOption.UserTimeout, 3000);
            socket.TrySend(new byte[10]);
        }),
        ["TCP_SYNCNT: a connect lasts as long as so many doublings, with SYNs a second apart"] = t =>
        {
            NetworkSocket socket = t._rig.Socket();
            Tcp(socket, RawTcpOption.SynRetries, 1);
            socket.TryConnect(Server);
            t._rig.Pass(TimeSpan.FromSeconds(7.1));
            Assert.Equal(3, t._rig.TakeSent().Length);
            Assert.Equal(Errno.ETIMEDOUT, socket.TryConnect(Server).Errno);
        },
        ["TCP_LINGER2 below 0 resets instead of waiting for the peer's end"] = t =>
        {
            t.CloseAndAcknowledge(-1);
            Assert.Contains(t._rig.TakeSent(), s => s.Flags.HasFlag(TcpFlags.Rst));
            Assert.DoesNotContain("FIN-WAIT-2", t._rig.Stack.Snapshot().ToString());
        },
        ["TCP_LINGER2 of 5 waits for 5 seconds"] = t =>
        {
            t.CloseAndAcknowledge(5);
            t._rig.Pass(TimeSpan.FromSeconds(4.5));
            Assert.Contains("FIN-WAIT-2", t._rig.Stack.Snapshot().ToString());
            t._rig.Pass(TimeSpan.FromSeconds(1));
            Assert.DoesNotContain("FIN-WAIT-2", t._rig.Stack.Snapshot().ToString());
        },
        ["SO_LINGER of 0 resets"] = t =>
        {
            t.Open(s => s.LingerState = new LingerOption(true, 0)).Dispose();
            Assert.True(Assert.Single(t._rig.TakeSent()).Flags.HasFlag(TcpFlags.Rst));
        },
        ["SO_RCVBUF bounds the window of a new connection"] = t =>
        {
            t.Open(s => s.ReceiveBufferSize = 4096);
            Assert.InRange(t._syn!.Window, 1, 4096);
        },
        ["SO_RCVBUF bounds the window of a live connection"] = t => t.Assert_window_shrinks(s => s.ReceiveBufferSize = 8192, 16_384 * 162 / 256),      // by what packets of 1,460 octets cost (Linux 6.18)
        ["TCP_WINDOW_CLAMP bounds the window of a new connection"] = t =>
        {
            t.Open(s => Tcp(s, RawTcpOption.WindowClamp, 3000));
            Assert.InRange(t._syn!.Window, 1, 3000);
        },
        ["TCP_WINDOW_CLAMP bounds the window of a live connection"] = t =>
            t.Assert_window_shrinks(s => Tcp(s, RawTcpOption.WindowClamp, 3000), 3000),
        ["SO_SNDBUF bounds what is taken"] = t =>
        {
            NetworkSocket socket = t.Open(s => s.SendBufferSize = 4096);
            // As in Linux, what is begun may fill its burst.
            Assert.InRange(socket.TrySend(new byte[100_000]).Octets, 4096, 65_535);
            Assert.Equal(Errno.EAGAIN, socket.TrySend(new byte[1]).Errno);
            Assert.False(socket.Poll(0, SelectMode.SelectWrite));
        },
        ["TCP_NOTSENT_LOWAT bounds what is taken and what poll tells"] = t =>
        {
            NetworkSocket socket = t.Open(s => Tcp(s, RawTcpOption.NotSentLowWater, 2000), window: 1000);
            Assert.True(socket.Poll(0, SelectMode.SelectWrite));
            socket.TrySend(new byte[1000]);
            t._rig.TakeSent();
            socket.TrySend(new byte[999]);
            Assert.True(socket.Poll(0, SelectMode.SelectWrite));
            socket.TrySend(new byte[1]);
            Assert.False(socket.Poll(0, SelectMode.SelectWrite));      // half of it: not told of room, but given some
            Assert.True(socket.TrySend(new byte[1000]).IsDone);
            Assert.True(socket.TrySend(new byte[1]).WouldWait);
        },
        ["SO_RCVLOWAT says when a socket is readable"] = t =>
        {
            NetworkSocket socket = t.Open(s => s.SetSocketOption(SocketOptionLevel.Socket, SocketOptionName.ReceiveLowWater, 10));
            t.Text(Irs + 1, 9);
            Assert.False(socket.Poll(0, SelectMode.SelectRead));
            t.Text(Irs + 10, 1);
            Assert.True(socket.Poll(0, SelectMode.SelectRead));
        },
        ["TCP_QUICKACK acknowledges at once, and without it later"] = t =>
        {
            NetworkSocket socket = t.Open();
            Tcp(socket, RawTcpOption.QuickAck, 0);
            t.Text(Irs + 1, 10);
            Assert.Empty(t._rig.TakeSent());
            t._rig.Pass(TimeSpan.FromMilliseconds(250));
            Assert.Single(t._rig.TakeSent());
            Tcp(socket, RawTcpOption.QuickAck, 1);
            t.Text(Irs + 11, 10);
            Assert.Single(t._rig.TakeSent());
        },
        ["TCP_DEFER_ACCEPT waits for data"] = t =>
        {
            using NetworkSocket listener = t._rig.Socket();
            listener.Bind(new InetEndpoint(InetAddress.AnyV4, 80));
            listener.Listen();
            Tcp(listener, RawTcpOption.DeferAccept, 3);
            t._rig.Receive(4000, 80, TcpFlags.Syn, 100);
            SeenSegment answer = Assert.Single(t._rig.TakeSent());
            Assert.Equal(DropReason.TcpDeferred, t._rig.Receive(4000, 80, TcpFlags.Ack, 101, answer.Seq + 1));
            Assert.False(listener.Poll(0, SelectMode.SelectRead));
            t._rig.Receive(4000, 80, TcpFlags.Ack, 101, answer.Seq + 1, length: 5);
            Assert.True(listener.Poll(0, SelectMode.SelectRead));
        },
        ["without IP_RECVERR a soft error is not told"] = t => Assert.Equal(Errno.EAGAIN, t.ErrorAfterUnreachable(isOn: false)),
        ["IP_RECVERR tells a soft error at once"] = t => Assert.Equal(Errno.EHOSTUNREACH, t.ErrorAfterUnreachable(isOn: true)),
    };

    private readonly SegmentRig _rig = new();
    private SeenSegment? _syn;

    public static TheoryData<string> Names => [.. Effects.Keys];

    /// <summary>What Linux has and this stack says no to, as Linux says it of what it does not know.</summary>
    public static TheoryData<int, int, int, Errno> Refused => new()
    {
        { RawOptionLevel.Socket, RawOption.SendLowWater, 1, Errno.ENOPROTOOPT },
        { RawOptionLevel.Tcp, RawTcpOption.Information, 1, Errno.ENOPROTOOPT },
        { RawOptionLevel.Tcp, RawTcpOption.Signature, 1, Errno.EINVAL },        // too short
        { RawOptionLevel.Tcp, 19, 1, Errno.ENOPROTOOPT },                       // TCP_REPAIR
        { RawOptionLevel.Tcp, 31, 1, Errno.ENOPROTOOPT },                       // TCP_ULP
        { RawOptionLevel.Tcp, RawTcpOption.Timestamp, 1, Errno.EPERM },
        { RawOptionLevel.Tcp, RawTcpOption.MaxSegment, 87, Errno.EINVAL },
        { RawOptionLevel.Tcp, RawTcpOption.MaxSegment, 32_768, Errno.EINVAL },
        { RawOptionLevel.Tcp, RawTcpOption.KeepAliveIdle, 0, Errno.EINVAL },
        { RawOptionLevel.Tcp, RawTcpOption.KeepAliveInterval, 32_768, Errno.EINVAL },
        { RawOptionLevel.Tcp, RawTcpOption.KeepAliveCount, 128, Errno.EINVAL },
        { RawOptionLevel.Tcp, RawTcpOption.SynRetries, 0, Errno.EINVAL },
        { RawOptionLevel.Tcp, RawTcpOption.UserTimeout, -1, Errno.EINVAL },
        { RawOptionLevel.Tcp, RawTcpOption.FastOpen, -1, Errno.EINVAL },
        { RawOptionLevel.Tcp, RawTcpOption.FastOpenConnect, 2, Errno.EINVAL },
        { RawOptionLevel.Tcp, RawTcpOption.FastOpenNoCookie, 2, Errno.EINVAL },
        { RawOptionLevel.Ip, RawOption.TimeToLive, 0, Errno.EINVAL },
        { RawOptionLevel.Ip, RawOption.TimeToLive, 256, Errno.EINVAL },
    };

    public void Dispose() => _rig.Dispose();

    [Theory]
    [MemberData(nameof(Names))]
    public void An_option_does_what_it_says(string name) => Effects[name](this);

    [Theory]
    [MemberData(nameof(Refused))]
    public void What_has_no_effect_is_refused(int level, int name, int value, Errno errno)
    {
        using NetworkSocket socket = _rig.Socket();
        NetworkException refused = Assert.Throws<NetworkException>(() => socket.SetRawSocketOption(level, name, Number(value)));
        Assert.Equal(errno, refused.Errno);
    }

    [Fact]
    public void The_congestion_control_is_the_settings_until_the_socket_chooses()
    {
        Span<byte> name = stackalloc byte[16];
        _rig.Stack.Configure(stack => stack.Tcp.Congestion = UserNet.Tcp.CongestionAlgorithm.NewReno);
        using NetworkSocket socket = _rig.Socket();
        socket.GetRawSocketOption(RawOptionLevel.Tcp, RawTcpOption.Congestion, name);
        Assert.True(name.StartsWith("reno\0"u8));
        socket.SetRawSocketOption(RawOptionLevel.Tcp, RawTcpOption.Congestion, "cubic"u8);
        socket.GetRawSocketOption(RawOptionLevel.Tcp, RawTcpOption.Congestion, name);
        Assert.True(name.StartsWith("cubic\0"u8));
        Assert.Equal(
            Errno.ENOENT,
            Assert.Throws<NetworkException>(() => socket.SetRawSocketOption(RawOptionLevel.Tcp, RawTcpOption.Congestion, "bbr"u8)).Errno);
    }

    private NetworkSocket Open(Action<NetworkSocket>? set = null, ushort window = 65_535)
    {
        NetworkSocket socket = _rig.Socket();
        set?.Invoke(socket);
        Assert.Equal(Errno.EINPROGRESS, socket.TryConnect(Server).Errno);
        _syn = Assert.Single(_rig.TakeSent());
        byte[] options = new byte[4];
        new TcpOptionWriter(options).MaximumSegmentSize(1460);
        _rig.Receive(80, _syn.From, TcpFlags.Syn | TcpFlags.Ack, Irs, _syn.Seq + 1, window, options: options);
        _rig.TakeSent();
        return socket;
    }

    private void Text(uint seq, int length) =>
        _rig.Receive(80, _syn!.From, TcpFlags.Ack | TcpFlags.Psh, seq, _syn.Seq + 1, length: length);

    private int[] TakeLengths() => [.. _rig.TakeSent().Select(s => s.Payload.Length)];

    private void Assert_sends_of_two_small(int[] lengths, Action<NetworkSocket> set)
    {
        NetworkSocket socket = Open(set);
        socket.TrySend(new byte[10]);
        _rig.Lab.Run();
        socket.TrySend(new byte[10]);
        Assert.Equal(lengths, TakeLengths());
    }

    private void Assert_held_for_200_ms(Action<NetworkSocket> send)
    {
        send(Open());
        _rig.Pass(TimeSpan.FromMilliseconds(195));
        Assert.Empty(_rig.TakeSent());
        _rig.Pass(TimeSpan.FromMilliseconds(10));
        Assert.Equal([10], TakeLengths());
    }

    private void Assert_ends_within(double seconds, Action<NetworkSocket> set, ushort window = 65_535)
    {
        NetworkSocket socket = Open(window: window);
        set(socket);
        _rig.Pass(TimeSpan.FromSeconds(2.9));
        Assert.Equal(Errno.EAGAIN, socket.TryReceiveFrom(new byte[1], out _).Errno);
        _rig.Pass(TimeSpan.FromSeconds(seconds - 2.9));
        Assert.Equal(Errno.ETIMEDOUT, socket.TryReceiveFrom(new byte[1], out _).Errno);
    }

    /// <summary>What was offered is not taken back: so the window shrinks as the peer fills it.</summary>
    private void Assert_window_shrinks(Action<NetworkSocket> set, int most)
    {
        NetworkSocket socket = Open();
        byte[] buffer = new byte[1460];
        uint seq = Irs + 1;
        for (int i = 0; i < 60; i++)
        {
            if (i == 1) set(socket);      // the first segment tells how large all are, from which the limit is drawn anew, as on Linux
            Text(seq, buffer.Length);
            seq += (uint)buffer.Length;
            Assert.Equal(buffer.Length, socket.TryReceiveFrom(buffer, out _).Octets);
        }

        _rig.Pass(TimeSpan.FromMilliseconds(300));
        Assert.InRange(_rig.TakeSent()[^1].Window, 1, most);
    }

    private void CloseAndAcknowledge(int linger)
    {
        NetworkSocket socket = Open(s => Tcp(s, RawTcpOption.FinWait2, linger));
        socket.Dispose();
        SeenSegment fin = Assert.Single(_rig.TakeSent());
        Assert.True(fin.Flags.HasFlag(TcpFlags.Fin));
        _rig.Receive(80, fin.From, TcpFlags.Ack, Irs + 1, fin.Seq + 1);
    }

    private Errno ErrorAfterUnreachable(bool isOn)
    {
        NetworkSocket socket = Open(s => s.ReceivesErrors = isOn);
        socket.TrySend(new byte[10]);
        _rig.ReceiveError(Assert.Single(_rig.TakeSent()), Icmpv4Type.DestinationUnreachable, (byte)UnreachableCode.Host);
        return socket.TryReceiveFrom(new byte[1], out _).Errno;
    }

    private static TcpOptionValues Options(SeenSegment segment)
    {
        TcpOptionValues.Read(segment.Options, out TcpOptionValues values);
        return values;
    }

    private static void Tcp(NetworkSocket socket, int name, int value) => socket.SetRawSocketOption(RawOptionLevel.Tcp, name, Number(value));

    private static byte[] Number(int value) => BitConverter.GetBytes(value);
}
