using UserNet.Addressing;
using UserNet.Binding;
using UserNet.Doors;
using UserNet.Errors;
using UserNet.Ip;
using UserNet.Wire;
using Xunit;

namespace UserNet.Tests.Ip;

/// <summary>Packets whose header was there before: those of raw sockets with IP_HDRINCL, and those that are forwarded.</summary>
public sealed class Ipv4OutputRawTests
{
    private static byte[] RawPacket(int length, string source = "0.0.0.0", ushort identification = 0, byte flags = 0) =>
    [
        0x45, 0x1C, 0xFF, 0xFF, (byte)(identification >> 8), (byte)identification, flags, 0, 33, 253, 0xAB, 0xCD,
        .. InetAddress.Parse(source).ToIPAddress().GetAddressBytes(), 10, 9, 0, 7, .. new byte[length - 20],
    ];

    private static Errno SendRaw(OutputRig rig, byte[] packet, string to = "10.9.0.1", bool loopsBack = true) =>
        rig.Output.SendWithHeader(rig.Context.Packets.RentCopy(packet), rig.RouteTo(to), InetAddress.Parse(to), loopsBack, rig.Now);

    [Fact]
    public void Length_checksum_and_what_is_zero_are_filled_in_and_the_rest_is_the_senders()
    {
        using OutputRig rig = new();
        Assert.Equal(Errno.Success, SendRaw(rig, RawPacket(60)));
        byte[] sent = Assert.Single(rig.TakeSent());
        Assert.Equal([0x45, 0x1C, 0, 60], sent[..4]);
        Assert.NotEqual([0, 0], sent[4..6]);
        Assert.Equal([0, 0, 33, 253], sent[6..10]);
        Assert.Equal([10, 9, 0, 2, 10, 9, 0, 7], sent[12..20]);
        Assert.Equal(0, OutputRig.PlainChecksum(sent.AsSpan(0, 20)));
    }

    [Fact]
    public void What_the_sender_wrote_stays_even_if_it_is_a_lie()
    {
        using OutputRig rig = new();
        Assert.Equal(Errno.Success, SendRaw(rig, RawPacket(60, "203.0.113.9", 0x1234, flags: 0x80)));      // the reserved flag
        byte[] sent = Assert.Single(rig.TakeSent());
        Assert.Equal([0x12, 0x34, 0x80, 0], sent[4..8]);
        Assert.Equal([203, 0, 113, 9], sent[12..16]);
        Assert.Equal(Errno.Success, SendRaw(rig, RawPacket(60, flags: 0x40)));
        Assert.Equal([0, 0, 0x40, 0], Assert.Single(rig.TakeSent())[4..8]);      // with DF, no identification is needed
    }

    [Fact]
    public void A_packet_that_is_too_big_or_no_packet_is_refused()
    {
        using OutputRig rig = new();
        Assert.Equal(Errno.Success, SendRaw(rig, RawPacket(1500)));
        Assert.Equal(Errno.EMSGSIZE, SendRaw(rig, RawPacket(1501)));
        Assert.Equal(Errno.EINVAL, SendRaw(rig, RawPacket(20)[..19]));
        byte[] lying = RawPacket(24);
        lying[0] = 0x47;
        Assert.Equal(Errno.EINVAL, SendRaw(rig, lying));
        lying[0] = 0x44;
        Assert.Equal(Errno.EINVAL, SendRaw(rig, lying));
        Assert.Single(rig.TakeSent());
        lying[0] = 0x65;      // another version passes as it is, as in Linux
        Assert.Equal(Errno.Success, SendRaw(rig, lying));
        Assert.Equal(0x65, Assert.Single(rig.TakeSent())[0]);
        rig.Host.Interfaces.Find("eth0")!.Port = null;
        Assert.Equal(Errno.ENETDOWN, SendRaw(rig, RawPacket(60)));
        Assert.Equal(0, rig.Context.Packets.Outstanding);
    }

    [Fact]
    public void A_path_that_is_narrower_than_the_link_cuts_it_or_with_DF_refuses_it()
    {
        using OutputRig rig = new();
        rig.Output.PathMtu.OnTooBig(OutputRig.Peer, rig.Port.Index, 1500, 1000, 1500, rig.Now);
        Assert.Equal(Errno.Success, SendRaw(rig, RawPacket(1500)));
        Assert.Equal(2, rig.TakeSent().Length);
        Assert.Equal(Errno.EMSGSIZE, SendRaw(rig, RawPacket(1500, flags: 0x40)));
        Assert.Equal(0, rig.Context.Packets.Outstanding);
    }

    [Fact]
    public void A_packet_for_a_group_comes_back_unless_that_is_not_wanted()
    {
        using OutputRig rig = new();
        Assert.Equal(Errno.Success, SendRaw(rig, RawPacket(60), "224.0.0.9", loopsBack: false));
        Assert.Equal(0, rig.Output.Looped.Count);
        Assert.Equal(Errno.Success, SendRaw(rig, RawPacket(60), "224.0.0.9"));
        Assert.Equal(1, rig.Output.Looped.Count);
        Assert.Equal(2, rig.TakeSent().Length);
    }

    private static Errno Forward(OutputRig rig, byte[] packet) =>
        rig.Output.SendPacket(rig.Context.Packets.RentCopy(packet), rig.RouteTo("203.0.113.1"), rig.Now);

    private static byte[] Passing(int payload, bool dontFragment = false, bool moreFragments = false, int offset = 0) =>
        Infrastructure.Frames.Make(buffer =>
        {
            for (int i = 0; i < payload; i++) buffer.Append(1)[0] = (byte)i;
            new Ipv4Header(
                InetAddress.Parse("198.51.100.1"), InetAddress.Parse("203.0.113.1"), IpProtocol.Udp, 12, 0, 777, dontFragment, moreFragments, offset)
                .PrependTo(buffer);
        });

    [Fact]
    public void A_passing_packet_leaves_as_it_is_but_for_the_padding_of_its_link()
    {
        using OutputRig rig = new();
        byte[] packet = Passing(10, dontFragment: true);
        Assert.Equal(Errno.Success, Forward(rig, [.. packet, 0, 0, 0, 0]));
        Assert.Equal(packet, Assert.Single(rig.TakeSent()));
    }

    [Fact]
    public void A_passing_packet_that_is_too_big_is_cut_and_so_are_fragments()
    {
        using OutputRig rig = new(mtu: 300);
        byte[] first = Passing(1000, moreFragments: true), last = Passing(500, offset: 1000);
        Assert.Equal(Errno.Success, Forward(rig, first));
        Assert.Equal(Errno.Success, Forward(rig, last));
        byte[][] sent = rig.TakeSent();
        Assert.Equal(4 + 2, sent.Length);
        byte[] whole = OutputRig.Reassemble(sent);
        Assert.Equal([.. first[20..], .. last[20..]], whole);
        Assert.All(sent, fragment => Assert.Equal([777 >> 8, 777 & 0xFF], fragment[4..6]));
        Assert.Equal(0, rig.Context.Packets.Outstanding);
    }

    [Fact]
    public void A_passing_packet_with_DF_that_is_too_big_is_refused_so_that_its_sender_can_be_told()
    {
        using OutputRig rig = new(mtu: 300);
        Assert.Equal(Errno.EMSGSIZE, Forward(rig, Passing(1000, dontFragment: true)));
        Assert.Equal(300, rig.Output.LinkMtuOf(rig.RouteTo("203.0.113.1")));
        Assert.Equal(1, rig.Context.Drops[DropReason.IpTooBig]);
        Assert.Equal(Errno.EINVAL, Forward(rig, [1, 2, 3]));
        Assert.Equal(0, rig.Context.Packets.Outstanding);
    }

    [Fact]
    public void A_link_with_an_impossible_MTU_carries_no_fragments()
    {
        using OutputRig rig = new(mtu: 60);
        Assert.Equal(Errno.Success, Forward(rig, Passing(40)));
        Assert.Equal(Errno.EMSGSIZE, Forward(rig, Passing(41)));
        Assert.Equal(Errno.EMSGSIZE, rig.Send(new byte[41], discovery: PathMtuDiscovery.Dont));
        Assert.Equal(BindRule.Granted, rig.RouteTo("203.0.113.1").Rule);
    }
}
