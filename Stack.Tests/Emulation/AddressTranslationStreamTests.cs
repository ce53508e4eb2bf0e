using System.Net.NetworkInformation;
using UserNet.Binding;
using UserNet.Doors;
using UserNet.Emulation;
using UserNet.Simulation;
using UserNet.Wire;
using Xunit;
using static UserNet.Tests.Emulation.TranslationRig;

namespace UserNet.Tests.Emulation;

/// <summary>What becomes of a TCP connection's session, and how long it lasts. RFC 5382 REQ-2, REQ-4, REQ-5; RFC 7857 §2.</summary>
public sealed class AddressTranslationStreamTests
{
    private const TcpFlags Syn = TcpFlags.Syn, SynAck = TcpFlags.Syn | TcpFlags.Ack, Ack = TcpFlags.Ack, Fin = TcpFlags.Fin | TcpFlags.Ack, Rst = TcpFlags.Rst;

    /// <summary>Segments, &gt; from inside and &lt; from outside, and what is thought of the connection then.</summary>
    [Theory]
    [InlineData(">S", TcpState.SynSent)]
    [InlineData(">S >S", TcpState.SynSent)]
    [InlineData(">S <A", TcpState.SynSent)]      // a challenge: the other end thinks of an old connection
    [InlineData(">S <SA", TcpState.SynReceived)]
    [InlineData(">S <SA >A", TcpState.Established)]
    [InlineData(">S <S", TcpState.SynReceived)]
    [InlineData(">S <S >SA", TcpState.SynReceived)]
    [InlineData(">S <S >SA <SA", TcpState.Established)]      // both at once: RFC 5382 REQ-2
    [InlineData(">S <SA >A >F", TcpState.FinWait1)]
    [InlineData(">S <SA >A <F >A <A", TcpState.FinWait1)]    // a half-closed connection may go on for hours
    [InlineData(">S <SA >A >F <F", TcpState.TimeWait)]
    [InlineData(">S <SA >A >F <F >A <A", TcpState.TimeWait)]
    [InlineData(">S <SA >A >F <F >A >S", TcpState.SynSent)]  // the next one of the same ports
    [InlineData(">S <SA >A >F <F >A <S", TcpState.SynSent)]
    [InlineData(">S <R", TcpState.Closed)]
    [InlineData(">S <SA >A <R", TcpState.Closed)]
    [InlineData(">S <SA >A >R", TcpState.Closed)]
    [InlineData(">S <SA >A <R >A", TcpState.Established)]    // the reset was not believed
    [InlineData(">S <R >S", TcpState.SynSent)]
    [InlineData(">A", TcpState.SynReceived)]                 // a connection older than its mapping
    [InlineData(">A <A", TcpState.Established)]
    public void A_connection_is_followed_from_in_between(string segments, TcpState state)
    {
        using TranslationRig rig = new();
        Play(rig, segments);
        TranslatedSession session = Assert.Single(rig.Translation.Mappings.Rows);
        Assert.Equal(state, session.State);
        TimeSpan expected = state is TcpState.Established or TcpState.FinWait1 ? TimeSpan.FromMinutes(124) : TimeSpan.FromMinutes(4);
        Assert.Equal(expected, session.TimeLeft);
        rig.Clock.Advance(expected - TimeSpan.FromTicks(1));
        Assert.Equal((1, 1), (rig.Translation.Counts.Mappings, rig.Translation.Counts.Sessions));
        rig.Clock.Advance(TimeSpan.FromTicks(1));
        Assert.Equal((0, 0), (rig.Translation.Counts.Mappings, rig.Translation.Counts.Sessions));
    }

    [Fact]
    public void Segments_of_either_side_keep_a_connection()
    {
        using TranslationRig rig = new();
        ushort outer = Play(rig, ">S <SA >A");
        for (int i = 0; i < 10; i++)
        {
            rig.Clock.Advance(TimeSpan.FromMinutes(120));
            if (i % 2 == 0) Assert.NotNull(rig.In(Segment(Peer, 80, Outer, outer, Ack)));
            else Assert.NotNull(rig.Out(Segment(Host, 4000, Peer, 80, Ack)));
        }
    }

    [Fact]
    public void A_call_from_outside_that_nobody_asked_for_is_dropped_silently()
    {
        using TranslationRig rig = new();
        Assert.Null(rig.In(Segment(Peer, 80, Outer, 61_000, Syn)));
        rig.Clock.Advance(TimeSpan.FromSeconds(10));
        Assert.Empty(rig.Link.Sent);
        Assert.Equal(1, rig.Drops(DropReason.TranslationNoMapping));
    }

    [Fact]
    public void A_reset_of_a_connection_that_is_not_known_makes_no_mapping()
    {
        using TranslationRig rig = new();
        Assert.Null(rig.Out(Segment(Host, 4000, Peer, 80, Rst)));
        Assert.Null(rig.Out(Segment(Host, 4000, Peer, 80, Rst | Ack)));
        Assert.Equal(2, rig.Drops(DropReason.TranslationNoSession));
        Assert.Equal(0, rig.Translation.Counts.Mappings);
    }

    [Fact]
    public void A_port_is_not_given_to_another_while_one_of_its_connections_lasts()
    {
        using TranslationRig rig = new(static options => options with { Ports = new PortRange(61_000, 61_000) });
        Play(rig, ">S <SA >A");
        Assert.NotNull(rig.Out(Segment(Host, 4000, OtherPeer, 80, Syn)));
        rig.Clock.Advance(TimeSpan.FromMinutes(5));
        Assert.Equal((1, 1), (rig.Translation.Counts.Mappings, rig.Translation.Counts.Sessions));
        Assert.Null(rig.Out(Segment(OtherHost, 4000, Peer, 80, Syn)));
        Play(rig, ">R");
        rig.Clock.Advance(TimeSpan.FromMinutes(4));
        Assert.NotNull(rig.Out(Segment(OtherHost, 4000, Peer, 80, Syn)));
    }

    private static ushort Play(TranslationRig rig, string segments)
    {
        ushort outer = 0;
        foreach (string segment in segments.Split(' '))
        {
            TcpFlags flags = segment[1..] switch
            {
                "S" => Syn,
                "SA" => SynAck,
                "A" => Ack,
                "F" => Fin,
                _ => Rst,
            };
            byte[]? passed = segment[0] == '>' ? rig.Out(Segment(Host, 4000, Peer, 80, flags)) : rig.In(Segment(Peer, 80, Outer, outer, flags));
            Assert.NotNull(passed);
            PlainChecksums.AreRight(passed);
            if (segment[0] == '>') outer = PortsOf(passed).Source;
        }

        return outer;
    }
}
