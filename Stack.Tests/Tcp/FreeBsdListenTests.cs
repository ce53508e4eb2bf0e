using UserNet.Doors;
using UserNet.Tcp;
using UserNet.Wire;
using Xunit;

namespace UserNet.Tests.Tcp;

/// <summary>A listener of FreeBSD's: SYNs are always answered, and what the accept queue has no room for is reset. RFC 7413 §4.2.</summary>
public sealed class FreeBsdListenTests : IDisposable
{
    private const TcpFlags SynAck = TcpFlags.Syn | TcpFlags.Ack;

    private static readonly byte[] AsksForCookie = [2, 4, 5, 0xB4, 34, 2, 0, 0];

    private readonly SegmentRig _rig = new(new NetworkStackOptions { Tcp = TcpProfile.FreeBsd });

    public void Dispose() => _rig.Dispose();

    [Theory]
    [InlineData(0, 1)]
    [InlineData(1, 2)]
    [InlineData(2, 4)]
    [InlineData(3, 5)]
    public void Half_as_many_again_as_the_backlog_may_wait_and_the_next_is_reset(int backlog, int room)
    {
        ListenQueue listener = _rig.Listen(80, backlog);
        uint[] numbers = [.. Enumerable.Range(0, room + 1).Select(i => Syn(4000 + i).Seq)];
        for (int i = 0; i < room; i++) Assert.Equal(DropReason.None, Ack(4000 + i, numbers[i]));
        Assert.Empty(_rig.TakeSent());
        Assert.Equal(DropReason.TcpAcceptQueueFull, Ack(4000 + room, numbers[room]));
        SeenSegment reset = Assert.Single(_rig.TakeSent());
        Assert.Equal((TcpFlags.Rst, numbers[room] + 1), (reset.Flags, reset.Seq));
        Assert.Equal((room, 0), (listener.Count, listener.Opening));
    }

    [Fact]
    public void Where_the_settings_say_so_the_caller_hears_nothing_until_it_asks_again()
    {
        _rig.Stack.Core.Tcp!.Settings.AbortsOnOverflow = false;
        ListenQueue listener = _rig.Listen(80, backlog: 0);
        uint first = Syn(4000).Seq, second = Syn(4001).Seq;
        Ack(4000, first);
        Ack(4001, second);
        Assert.Empty(_rig.TakeSent());
        Assert.Equal(0, listener.Opening);
        Ack(4001, second);
        Assert.Equal(TcpFlags.Rst, Assert.Single(_rig.TakeSent()).Flags);
    }

    [Fact]
    public void A_port_that_answers_with_no_reset_refuses_no_acknowledgment()
    {
        _rig.Stack.Core.Tcp!.Settings.BlackHole = 3;
        _rig.Listen(80);
        Ack(4000, 5);
        Assert.Empty(_rig.TakeSent());
    }

    [Fact]
    public void A_cookie_is_granted_once_and_a_good_one_is_said_again()
    {
        ListenQueue listener = FastListener(backlog: 4);
        SeenSegment granted = Syn(4000, AsksForCookie);
        Assert.StartsWith("<mss 1460,FO ", Options(granted), StringComparison.Ordinal);
        _rig.Pass(TimeSpan.FromSeconds(1));
        Assert.Equal("<mss 1460>", Options(Assert.Single(_rig.TakeSent())));
        byte[] cookie = granted.Options[6..14];
        Assert.Equal(DropReason.None, _rig.Receive(4001, 80, TcpFlags.Syn, 100, length: 10, options: [2, 4, 5, 0xB4, 34, 10, .. cookie, 0, 0]));
        Assert.Equal(1, listener.Count);
        _rig.Pass(TimeSpan.FromMilliseconds(50));
        SeenSegment answer = Assert.Single(_rig.TakeSent());
        Assert.Equal((SynAck, 111u), (answer.Flags, answer.Ack));
        Assert.Equal(Options(granted), Options(answer));
    }

    [Fact]
    public void A_listener_whose_queue_has_no_half_knows_nothing_of_fast_open()
    {
        FastListener(backlog: 1);
        Assert.Equal("<mss 1460>", Options(Syn(4000, AsksForCookie)));
    }

    private ListenQueue FastListener(int backlog)
    {
        _rig.Stack.Core.Tcp!.Settings.FastOpen = TcpFastOpenModes.Server;
        return _rig.Listen(80, backlog, ConnectionOptions.Default with { FastOpenQueue = 1 });
    }

    private static string Options(SeenSegment segment) => $"<{FreeBsdRig.Names(segment.Options)}>".Replace(",eol", "", StringComparison.Ordinal);

    private SeenSegment Syn(int port, byte[]? options = null)
    {
        Assert.Equal(DropReason.None, _rig.Receive((ushort)port, 80, TcpFlags.Syn, 100, options: options ?? FreeBsdRig.Mss));
        SeenSegment answer = Assert.Single(_rig.TakeSent());
        Assert.Equal((SynAck, 101u), (answer.Flags, answer.Ack));
        return answer;
    }

    private DropReason Ack(int port, uint iss) => _rig.Receive((ushort)port, 80, TcpFlags.Ack, 101, iss + 1);
}
