using System.Buffers.Binary;
using UserNet.Addressing;
using UserNet.Emulation;
using UserNet.Errors;
using UserNet.Facades.Posix;
using UserNet.Simulation;
using UserNet.Sockets;
using Xunit;
using static UserNet.Facades.Posix.PosixConstants;

namespace UserNet.Tests.Facades.Posix;

/// <summary>What streams tell beside their octets: time stamps, memory that is given back, how much is left. Two hosts, 50 ms apart.</summary>
public sealed class StreamNoticeTests : IDisposable
{
    private const int Delay = 50;
    private const int All = SOF_TIMESTAMPING_TX_SCHED | SOF_TIMESTAMPING_TX_SOFTWARE | SOF_TIMESTAMPING_TX_ACK | SOF_TIMESTAMPING_SOFTWARE;

    private readonly VirtualNetwork _network = new(3);
    private readonly PosixProcess _a, _b;
    private readonly int _client, _server;

    public StreamNoticeTests()
    {
        VirtualHost a = _network.AddHost("a"), b = _network.AddHost("b");
        var conditions = new LinkConditions { Delay = TimeSpan.FromMilliseconds(Delay) };
        _network.Connect(a, "10.0.0.1/24", b, "10.0.0.2/24", new VirtualLinkOptions { There = conditions, Back = conditions });
        (_a, _b) = (new PosixProcess(a.Stack), new PosixProcess(b.Stack));
        byte[] address = SocketAddress.ToOctets(InetEndpoint.Parse("10.0.0.2:7000"));
        int listener = _b.Socket(AF_INET, SOCK_STREAM, 0);
        Assert.Equal(0, _b.Bind(listener, address, address.Length));
        Assert.Equal(0, _b.Listen(listener, 5));
        _client = _a.Socket(AF_INET, SOCK_STREAM, 0);
        Assert.Equal(0, _a.Connect(_client, address, address.Length));
        _network.RunFor(TimeSpan.FromSeconds(1));
        _server = _b.Accept(listener);
    }

    public void Dispose()
    {
        _a.Dispose();
        _b.Dispose();
        _network.Dispose();
    }

    [Fact]
    public void A_sends_moments_are_told_in_the_error_queue()
    {
        Set(_a, _client, SO_TIMESTAMPING, All | SOF_TIMESTAMPING_OPT_ID | SOF_TIMESTAMPING_OPT_TSONLY);
        DateTimeOffset sent = _network.Clock.GetUtcNow();
        Assert.Equal(1000, _a.Write(_client, new byte[1000], 1000));
        Assert.Equal((POLLERR | POLLOUT, 0), (_a.Poll(_client, POLLOUT | POLLIN), 0));
        Notice[] first = Notices();
        Assert.Equal([(SCM_TSTAMP_SCHED, 999u, sent), (SCM_TSTAMP_SND, 999u, sent)], first.Select(static one => (one.Info, one.Data, one.Stamp!.Value)));
        Assert.All(first, static one => Assert.Equal((Errno.ENOMSG, SO_EE_ORIGIN_TIMESTAMPING, 0, MSG_ERRQUEUE), (one.Error, one.Origin, one.Octets, one.Flags)));
        Assert.Equal(POLLOUT, _a.Poll(_client, POLLOUT));
        _network.RunFor(TimeSpan.FromSeconds(1));
        Notice acked = Assert.Single(Notices());
        Assert.Equal((SCM_TSTAMP_ACK, 999u), (acked.Info, acked.Data));
        Assert.InRange((acked.Stamp!.Value - sent).TotalMilliseconds, 2 * Delay, (2 * Delay) + 45);
    }

    [Fact]
    public void A_call_may_ask_for_moments_of_its_own_and_without_TSONLY_its_octets_come_back()
    {
        Set(_a, _client, SO_TIMESTAMPING, SOF_TIMESTAMPING_SOFTWARE | SOF_TIMESTAMPING_OPT_ID);
        Assert.Equal(3, _a.Write(_client, [1, 2, 3], 3));
        _network.RunFor(TimeSpan.FromSeconds(1));
        Assert.Empty(Notices());
        byte[] control = new byte[24];
        ControlMessage.Write(control, SOL_SOCKET, SO_TIMESTAMPING, SOF_TIMESTAMPING_TX_ACK);
        var message = new MessageHeader { Vectors = [new byte[] { 4, 5, 6, 7 }], Control = control, ControlLength = control.Length };
        Assert.Equal(4, _a.SendMsg(_client, message, 0));
        _network.RunFor(TimeSpan.FromSeconds(1));
        Notice acked = Assert.Single(Notices(room: 3));
        Assert.Equal((SCM_TSTAMP_ACK, 6u, 3, MSG_ERRQUEUE | MSG_TRUNC), (acked.Info, acked.Data, acked.Octets, acked.Flags));
        ControlMessage.Write(control, SOL_SOCKET, SO_TIMESTAMPING, SOF_TIMESTAMPING_SOFTWARE);      // says nothing of what is sent
        Assert.Equal((-1, Errno.EINVAL), (_a.SendMsg(_client, message, 0), _a.Error));
    }

    [Theory]
    [InlineData(1 << 19)]
    [InlineData(SOF_TIMESTAMPING_OPT_ID_TCP)]
    [InlineData(SOF_TIMESTAMPING_OPT_STATS)]
    public void Flags_that_make_no_sense_are_refused(int flags) => Assert.Equal((-1, Errno.EINVAL), (_a.SetSockOpt(_client, SOL_SOCKET, SO_TIMESTAMPING, BitConverter.GetBytes(flags), 4), _a.Error));

    [Fact]
    public void A_socket_without_a_connection_has_no_octet_to_count_from()
    {
        int fd = _a.Socket(AF_INET, SOCK_STREAM, 0);
        Assert.Equal((-1, Errno.EINVAL), (_a.SetSockOpt(fd, SOL_SOCKET, SO_TIMESTAMPING, BitConverter.GetBytes(SOF_TIMESTAMPING_OPT_ID), 4), _a.Error));
    }

    [Fact]
    public void A_receive_tells_when_its_last_octet_came()
    {
        Set(_b, _server, SO_TIMESTAMPING, SOF_TIMESTAMPING_RX_SOFTWARE | SOF_TIMESTAMPING_SOFTWARE);
        Set(_b, _server, SO_TIMESTAMPNS, 1);
        DateTimeOffset sent = _network.Clock.GetUtcNow();
        Assert.Equal(3, _a.Write(_client, [1, 2, 3], 3));
        _network.RunFor(TimeSpan.FromSeconds(1));
        DateTimeOffset second = _network.Clock.GetUtcNow();
        Assert.Equal(2, _a.Write(_client, [4, 5], 2));
        _network.RunFor(TimeSpan.FromSeconds(1));
        Assert.Equal([(SO_TIMESTAMPNS, sent.AddMilliseconds(Delay)), (SO_TIMESTAMPING, sent.AddMilliseconds(Delay))], Stamps(3, 0));
        Assert.Equal([(SO_TIMESTAMPNS, second.AddMilliseconds(Delay)), (SO_TIMESTAMPING, second.AddMilliseconds(Delay))], Stamps(2, 0));
        Assert.Empty(Stamps(9, MSG_DONTWAIT));
    }

    [Fact]
    public void Memory_is_given_back_once_all_of_it_is_acknowledged()
    {
        Set(_a, _client, SO_ZEROCOPY, 1);
        Assert.Equal(4000, _a.Send(_client, new byte[4000], 4000, MSG_ZEROCOPY));
        Assert.Empty(Notices());
        Assert.Equal(4000, _a.Send(_client, new byte[4000], 4000, MSG_ZEROCOPY));
        Assert.Equal(0, _a.Poll(_client, 0));
        _network.RunFor(TimeSpan.FromSeconds(1));
        Assert.Equal(POLLERR, _a.Poll(_client, 0));
        Notice both = Assert.Single(Notices());
        Assert.Equal((Errno.Success, SO_EE_ORIGIN_ZEROCOPY, SO_EE_CODE_ZEROCOPY_COPIED, 0, 1u, 0), (both.Error, both.Origin, both.Code, both.Info, both.Data, both.Octets));
        Assert.Equal(0, _a.Poll(_client, 0));
        Assert.Equal(4, _a.Send(_client, new byte[4], 4, 0));
        Assert.Equal(4, _a.Send(_client, new byte[4], 4, MSG_ZEROCOPY));
        _network.RunFor(TimeSpan.FromSeconds(1));
        Assert.Equal((2, 2u), (Assert.Single(Notices()) is var last ? last.Info : 0, last.Data));
    }

    [Fact]
    public void Memory_is_given_back_when_the_connection_breaks()
    {
        Set(_a, _client, SO_ZEROCOPY, 1);
        byte[] linger = [1, 0, 0, 0, 0, 0, 0, 0];
        Assert.Equal(0, _b.SetSockOpt(_server, SOL_SOCKET, RawOption.Linger, linger, 8));
        Assert.Equal(0, _b.Close(_server));
        Assert.Equal(100, _a.Send(_client, new byte[100], 100, MSG_ZEROCOPY));
        _network.RunFor(TimeSpan.FromSeconds(1));
        Assert.Equal((0, 0u), (Assert.Single(Notices()) is var notice ? notice.Info : 9, notice.Data));
        Assert.Equal((-1, Errno.ECONNRESET), (_a.Recv(_client, new byte[1], 1, 0), _a.Error));
    }

    [Fact]
    public void Without_the_option_the_flag_is_passed_over()
    {
        Assert.Equal(10, _a.Send(_client, new byte[10], 10, MSG_ZEROCOPY));
        _network.RunFor(TimeSpan.FromSeconds(1));
        Assert.Empty(Notices());
        Assert.Equal((-1, Errno.EINVAL), (_a.SetSockOpt(_client, SOL_SOCKET, SO_ZEROCOPY, [2, 0, 0, 0], 4), _a.Error));
    }

    [Fact]
    public void A_receive_tells_how_much_is_left_and_of_the_end_one_octet_more()
    {
        Assert.Equal(0, _b.SetSockOpt(_server, IPPROTO_TCP, TCP_INQ, [1, 0, 0, 0], 4));
        Assert.Equal(10, _a.Write(_client, new byte[10], 10));
        _network.RunFor(TimeSpan.FromSeconds(1));
        Assert.Equal((4, 6), Left(4));
        Assert.Equal(0, _a.Shutdown(_client, SHUT_WR));
        _network.RunFor(TimeSpan.FromSeconds(1));
        Assert.Equal((5, 2), Left(5));      // the FIN counts, as in the kernel
        Assert.Equal((1, 1), Left(5));
        Assert.Equal((0, 1), Left(5));
    }

    [Fact]
    public void A_record_that_ends_has_no_segment_in_common_with_the_next()
    {
        long before = DataSegments();
        // Nagle's rule holds the last one alone; without records it would put the last three together.
        foreach (int flags in (int[])[0, MSG_EOR, MSG_EOR, 0]) Assert.Equal(1, _a.Send(_client, new byte[1], 1, flags));
        Assert.Equal(3, DataSegments() - before);
        _network.RunFor(TimeSpan.FromSeconds(1));
        Assert.Equal(4, DataSegments() - before);
        Assert.Equal(4, _b.Recv(_server, new byte[9], 9, 0));
    }

    private long DataSegments() => _a.SocketOf(_client)!.Info.DataSegmentsOut;

    private (int Answer, int Left) Left(int room)
    {
        byte[] control = new byte[64];
        var message = new MessageHeader { Vectors = [new byte[room]], Control = control, ControlLength = control.Length };
        int answer = _b.RecvMsg(_server, ref message, MSG_DONTWAIT);
        ReadOnlySpan<byte> rest = control.AsSpan(0, message.ControlLength);
        Assert.True(ControlMessage.TryRead(ref rest, out int level, out int type, out ReadOnlySpan<byte> data));
        Assert.Equal((IPPROTO_TCP, TCP_CM_INQ), (level, type));
        return (answer, BinaryPrimitives.ReadInt32LittleEndian(data));
    }

    private List<(int Type, DateTimeOffset Stamp)> Stamps(int room, int flags)
    {
        byte[] control = new byte[256];
        var message = new MessageHeader { Vectors = [new byte[room]], Control = control, ControlLength = control.Length };
        var found = new List<(int, DateTimeOffset)>();
        if (_b.RecvMsg(_server, ref message, flags) < 0) return found;
        ReadOnlySpan<byte> rest = control.AsSpan(0, message.ControlLength);
        while (ControlMessage.TryRead(ref rest, out _, out int type, out ReadOnlySpan<byte> data)) found.Add((type, TimeOf(data)));
        return found;
    }

    private Notice[] Notices(int room = 0)
    {
        var found = new List<Notice>();
        while (true)
        {
            byte[] control = new byte[256];
            var message = new MessageHeader { Vectors = [new byte[room]], Control = control, ControlLength = control.Length };
            int answer = _a.RecvMsg(_client, ref message, MSG_ERRQUEUE);
            if (answer < 0)
            {
                Assert.Equal(Errno.EAGAIN, _a.Error);
                return [.. found];
            }

            DateTimeOffset? stamp = null;
            ReadOnlySpan<byte> rest = control.AsSpan(0, message.ControlLength);
            while (ControlMessage.TryRead(ref rest, out int level, out int type, out ReadOnlySpan<byte> data))
            {
                if (level == SOL_SOCKET) stamp = TimeOf(data);
                else found.Add(new Notice((Errno)BinaryPrimitives.ReadInt32LittleEndian(data), data[4], data[6], BinaryPrimitives.ReadInt32LittleEndian(data[8..]),
                    BinaryPrimitives.ReadUInt32LittleEndian(data[12..]), stamp, answer, message.Flags));
            }
        }
    }

    private static DateTimeOffset TimeOf(ReadOnlySpan<byte> data) => DateTimeOffset.UnixEpoch.AddSeconds(BinaryPrimitives.ReadInt64LittleEndian(data))
        .AddTicks(BinaryPrimitives.ReadInt64LittleEndian(data[8..]) / 100);

    private static void Set(PosixProcess process, int fd, int name, int value) =>
        Assert.Equal(0, process.SetSockOpt(fd, SOL_SOCKET, name, BitConverter.GetBytes(value), 4));

    private readonly record struct Notice(Errno Error, int Origin, int Code, int Info, uint Data, DateTimeOffset? Stamp, int Octets, int Flags);
}
