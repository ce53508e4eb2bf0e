using UserNet.Binding;
using UserNet.Doors;
using UserNet.Emulation;
using UserNet.Simulation;
using UserNet.Wire;
using Xunit;
using static UserNet.Tests.Emulation.TranslationRig;

namespace UserNet.Tests.Emulation;

/// <summary>Echoes and errors. RFC 5508; RFC 4787 REQ-12; RFC 5382 REQ-9, REQ-10.</summary>
public sealed class AddressTranslationIcmpTests
{
    [Theory]
    [InlineData(Icmpv4Type.EchoRequest, Icmpv4Type.EchoReply)]
    [InlineData(Icmpv4Type.TimestampRequest, Icmpv4Type.TimestampReply)]
    public void A_query_gets_an_identifier_and_its_reply_finds_back(Icmpv4Type query, Icmpv4Type reply)
    {
        using TranslationRig rig = new();
        byte[] first = rig.Out(Echo(Host, Peer, query, 7))!, second = rig.Out(Echo(OtherHost, Peer, query, 7))!;
        PlainChecksums.AreRight(first);
        Assert.Equal(Outer, SourceOf(first));
        Assert.NotEqual(IdentifierOf(first), IdentifierOf(second));
        byte[] back = rig.In(Echo(Peer, Outer, reply, IdentifierOf(first)))!;
        PlainChecksums.AreRight(back);
        Assert.Equal((Host, (ushort)7), (DestinationOf(back), IdentifierOf(back)));
        Assert.Equal(OtherHost, DestinationOf(rig.In(Echo(Peer, Outer, reply, IdentifierOf(second)))!));
        rig.Clock.Advance(TimeSpan.FromSeconds(60));      // REQ-2
        Assert.Null(rig.In(Echo(Peer, Outer, reply, IdentifierOf(first))));
    }

    [Theory]
    [InlineData(IpProtocol.Udp, 28)]
    [InlineData(IpProtocol.Udp, 500)]
    [InlineData(IpProtocol.Tcp, 28)]      // the quoted part ends before the checksum
    [InlineData(IpProtocol.Tcp, 36)]
    [InlineData(IpProtocol.Tcp, 38)]
    [InlineData(IpProtocol.Tcp, 500)]
    [InlineData(IpProtocol.Icmp, 28)]
    [InlineData(IpProtocol.Icmp, 500)]
    public void An_error_about_a_packet_from_inside_finds_back_with_the_packet_as_it_was(IpProtocol protocol, int quoted)
    {
        using TranslationRig rig = new();
        byte[] original = protocol switch
        {
            IpProtocol.Udp => Datagram(Host, 4000, Peer, 53),
            IpProtocol.Tcp => Segment(Host, 4000, Peer, 80, TcpFlags.Syn, 10),
            _ => Echo(Host, Peer, Icmpv4Type.EchoRequest, 9),
        };
        byte[] left = rig.Out(original)!;
        byte[] error = rig.In(Error("192.0.2.1", Outer, left, quoted, Icmpv4Type.TimeExceeded, 0))!;
        Assert.Equal(("192.0.2.1", Host), (SourceOf(error), DestinationOf(error)));
        Assert.Equal(original[..Math.Min(quoted, original.Length)], error[28..]);
        Assert.Equal((11, 0), (error[20], error[21]));
        PlainChecksums.AreRight(error);
    }

    [Theory]
    [InlineData(Host, Outer)]                       // of the host that it was for
    [InlineData("10.0.0.1", Outer)]                 // of the router, by its address inside
    [InlineData("203.0.113.77", "203.0.113.77")]    // of the router, by another one: left as it is
    [InlineData(Outer, Outer)]
    public void An_error_about_an_answer_goes_out_with_the_answer_as_it_came(string from, string seenFrom)
    {
        using TranslationRig rig = new();
        byte[] answer = Datagram(Peer, 53, Outer, rig.MapUdp(Host, 4000), 800);
        byte[] inside = rig.In(answer)!;
        byte[] error = rig.Out(Error(from, Peer, inside, 400, Icmpv4Type.DestinationUnreachable, 4))!;
        Assert.Equal((seenFrom, Peer), (SourceOf(error), DestinationOf(error)));
        Assert.Equal(answer[..400], error[28..]);
        Assert.Equal((3, 4, 0x0578), (error[20], error[21], (error[26] << 8) | error[27]));      // with the MTU that it said
        PlainChecksums.AreRight(error);

        ushort echo = IdentifierOf(rig.Out(Echo(Host, Peer, Icmpv4Type.EchoRequest, 5))!);
        byte[] reply = Echo(Peer, Outer, Icmpv4Type.EchoReply, echo);
        byte[] aboutReply = rig.Out(Error(from, Peer, rig.In(reply)!))!;
        Assert.Equal(reply[..28], aboutReply[28..]);
    }

    [Fact]
    public void An_error_with_a_wrong_checksum_or_about_nothing_known_is_dropped()
    {
        using TranslationRig rig = new();
        byte[] left = rig.Out(Datagram(Host, 4000, Peer, 53))!;
        byte[] wrong = Error(Peer, Outer, left);
        wrong[^1] ^= 1;
        Assert.Null(rig.In(wrong));
        Assert.Equal(1, rig.Drops(DropReason.IcmpBadChecksum));
        byte[] bent = (byte[])left.Clone();
        bent[8]++;                                                    // REQ-3 (a): the quoted header has a checksum too
        Assert.Null(rig.In(Error(Peer, Outer, bent)));
        Assert.Null(rig.In(Error(Peer, Outer, left, quoted: 19)));
        Assert.Equal(2, rig.Drops(DropReason.IcmpMalformed));
        Assert.Null(rig.In(Error(Peer, Outer, Datagram(Outer, 61_999, Peer, 53))));
        Assert.Null(rig.Out(Error(Host, Peer, Datagram(Peer, 53, Host, 4001))));
        Assert.Null(rig.Out(Error(Host, Peer, Datagram(Peer, 53, "203.0.113.9", 4000))));
        Assert.Null(rig.Out(Error(Outer, Peer, Datagram(Peer, 53, Host, 4001))));
        Assert.Equal(4, rig.Drops(DropReason.TranslationNoMapping));
    }

    [Fact]
    public void Errors_neither_end_a_mapping_nor_make_it_last()
    {
        using TranslationRig rig = new();
        byte[] left = rig.Out(Segment(Host, 4000, Peer, 80, TcpFlags.Syn))!;
        TranslatedSession before = Assert.Single(rig.Translation.Mappings.Rows);
        rig.Clock.Advance(TimeSpan.FromMinutes(3));
        Assert.NotNull(rig.In(Error(Peer, Outer, left)));
        TranslatedSession after = Assert.Single(rig.Translation.Mappings.Rows);
        Assert.Equal((before.State, TimeSpan.FromMinutes(1)), (after.State, after.TimeLeft));
    }

    [Fact]
    public void An_error_is_let_in_whoever_sends_it()
    {
        using TranslationRig rig = new(static options => options with { Filtering = TranslationFiltering.AddressAndPortDependent });
        byte[] left = rig.Out(Datagram(Host, 4000, Peer, 53))!;
        Assert.NotNull(rig.In(Error("192.0.2.200", Outer, left)));      // RFC 4787 REQ-12 (a)
    }

    [Fact]
    public void Redirects_and_replies_that_nobody_asked_for_do_not_pass()
    {
        using TranslationRig rig = new();
        byte[] left = rig.Out(Datagram(Host, 4000, Peer, 53))!, redirect = Error("203.0.113.1", Outer, left, type: Icmpv4Type.Redirect);
        Assert.Equal(redirect, rig.In(redirect));      // for the router alone
        Assert.Null(rig.Out(Error(Host, Peer, left, type: Icmpv4Type.Redirect)));
        Assert.Null(rig.Out(Echo(Host, Peer, Icmpv4Type.EchoReply, 5)));
        Assert.Equal(2, rig.Drops(DropReason.TranslationNoMapping));
    }

    [Fact]
    public void The_routers_own_echo_keeps_its_identifier_and_no_mapping_gets_it()
    {
        using TranslationRig rig = new(static options => options with { Ports = new PortRange(61_000, 61_001) });
        byte[] own = Echo(Outer, Peer, Icmpv4Type.EchoRequest, 61_000), reply = Echo(Peer, Outer, Icmpv4Type.EchoReply, 61_000);
        Assert.Equal(own, rig.Out(own));
        Assert.Equal(61_001, IdentifierOf(rig.Out(Echo(Host, Peer, Icmpv4Type.EchoRequest, 3))!));
        Assert.Equal(reply, rig.In(reply));
    }
}
