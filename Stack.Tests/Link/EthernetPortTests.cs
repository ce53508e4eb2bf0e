using UserNet.Addressing;
using UserNet.Buffers;
using UserNet.Doors;
using UserNet.Link;
using UserNet.Tests.Infrastructure;
using UserNet.Wire;
using Xunit;

namespace UserNet.Tests.Link;

public sealed class EthernetPortTests
{
    private static readonly MacAddress Group = MacAddress.Parse("01:00:5e:00:00:fb");
    private static readonly MacAddress Other = MacAddress.Parse("02:00:00:00:00:77");

    private readonly PortRig _rig = new();

    private static byte[] Frame(MacAddress to, int octets = 46, MacAddress? from = null, params ushort[] tags) => Frames.Make(buffer =>
    {
        buffer.Append(octets).Fill(0x55);
        EtherType type = EtherType.Ipv4;
        for (int i = tags.Length - 1; i > 0; i--)
        {
            Span<byte> inner = buffer.Prepend(VlanTag.Length);
            (inner[0], inner[1], inner[2], inner[3]) = ((byte)(tags[i] >> 8), (byte)tags[i], (byte)((int)type >> 8), (byte)type);
            type = EtherType.Vlan;
        }

        new EthernetHeader(to, from ?? Frames.Peer, type, tags.Length > 0 ? new VlanTag(tags[0]) : null).PrependTo(buffer);
    });

    [Fact]
    public void A_port_takes_what_is_for_its_station_and_for_all()
    {
        Assert.Equal((DropReason.None, LinkCast.Unicast, EtherType.Ipv4, 46), _rig.Receive(Frame(PortRig.Here)));
        Assert.Equal((DropReason.None, LinkCast.Broadcast, EtherType.Ipv4, 46), _rig.Receive(Frame(MacAddress.Broadcast)));
        Assert.Equal(DropReason.FrameNotForUs, _rig.Receive(Frame(Other)).Reason);
        Assert.Equal(DropReason.FrameGroupNotJoined, _rig.Receive(Frame(Group)).Reason);
    }

    [Fact]
    public void A_group_is_left_when_as_many_left_as_joined()
    {
        _rig.Port.Join(Group);
        _rig.Port.Join(Group);
        _rig.Port.Leave(Group);
        Assert.Equal((DropReason.None, LinkCast.Multicast), (_rig.Receive(Frame(Group)).Reason, _rig.Receive(Frame(Group)).Cast));
        _rig.Port.Leave(Group);
        Assert.Equal(DropReason.FrameGroupNotJoined, _rig.Receive(Frame(Group)).Reason);
        _rig.Port.Leave(Group);                                  // one too many does no harm
        _rig.Port.Join(Group);
        Assert.Equal(DropReason.None, _rig.Receive(Frame(Group)).Reason);
    }

    [Fact]
    public void All_groups_can_be_taken_and_other_stations_still_not()
    {
        _rig.Port.TakesAllGroups = true;
        Assert.Equal((DropReason.None, LinkCast.Multicast), (_rig.Receive(Frame(Group)).Reason, _rig.Receive(Frame(Group)).Cast));
        Assert.Equal(DropReason.FrameNotForUs, _rig.Receive(Frame(Other)).Reason);
    }

    [Fact]
    public void A_promiscuous_port_lets_all_through_and_says_for_whom_it_is()
    {
        _rig.Port.IsPromiscuous = true;
        Assert.Equal((DropReason.None, LinkCast.Other, EtherType.Ipv4, 46), _rig.Receive(Frame(Other)));
        Assert.Equal((DropReason.None, LinkCast.Multicast, EtherType.Ipv4, 46), _rig.Receive(Frame(Group)));
        Assert.Equal((DropReason.None, LinkCast.Unicast, EtherType.Ipv4, 46), _rig.Receive(Frame(PortRig.Here)));
    }

    [Fact]
    public void Nothing_comes_from_a_group()
    {
        Assert.Equal(DropReason.FrameBadSource, _rig.Receive(Frame(PortRig.Here, from: Group)).Reason);
        Assert.Equal(DropReason.FrameBadSource, _rig.Receive(Frame(PortRig.Here, from: MacAddress.Broadcast)).Reason);
    }

    [Theory]
    [InlineData(1500, 0, 0, DropReason.None)]
    [InlineData(1501, 0, 0, DropReason.FrameTooLong)]
    [InlineData(1500, 1, 0, DropReason.None)]                    // a tag is no payload
    [InlineData(65_000, 0, 1448, DropReason.None)]               // many segments in one
    [InlineData(65_000, 0, 0, DropReason.FrameTooLong)]
    public void A_frame_may_carry_the_links_mtu_whatever_the_ports_is(int octets, int tags, int segment, DropReason expected)
    {
        _rig.Port.Mtu = 576;
        byte[] frame = Frame(PortRig.Here, octets, tags: new ushort[tags]);
        Assert.Equal(expected, _rig.Receive(frame, new PacketOffload { SegmentSize = (ushort)segment }).Reason);
    }

    [Theory]
    [InlineData(13)]
    [InlineData(0)]
    public void Less_than_a_header_is_too_short(int octets) =>
        Assert.Equal(DropReason.FrameTooShort, _rig.Receive(Frame(PortRig.Here)[..octets]).Reason);

    [Theory]
    [InlineData(0, new ushort[0], DropReason.None)]
    [InlineData(0, new ushort[] { 0xE000 }, DropReason.None)]                // priority 7, no VLAN
    [InlineData(0, new ushort[] { 5 }, DropReason.FrameWrongVlan)]
    [InlineData(0, new ushort[] { 0, 5 }, DropReason.FrameWrongVlan)]
    [InlineData(5, new ushort[0], DropReason.FrameWrongVlan)]
    [InlineData(5, new ushort[] { 0xE000 }, DropReason.FrameWrongVlan)]
    [InlineData(5, new ushort[] { 5 }, DropReason.None)]
    [InlineData(5, new ushort[] { 0xE005 }, DropReason.None)]
    [InlineData(5, new ushort[] { 6 }, DropReason.FrameWrongVlan)]
    [InlineData(5, new ushort[] { 5, 6 }, DropReason.FrameWrongVlan)]
    [InlineData(5, new ushort[] { 6, 5 }, DropReason.FrameWrongVlan)]
    public void A_port_hears_its_own_vlan_alone(int vlan, ushort[] tags, DropReason expected)
    {
        _rig.Port.Vlan = vlan;
        (DropReason reason, _, EtherType type, int octets) = _rig.Receive(Frame(PortRig.Here, tags: tags));
        Assert.Equal(expected, reason);
        if (expected == DropReason.None) Assert.Equal((EtherType.Ipv4, 46), (type, octets));
    }

    [Fact]
    public void A_service_tag_is_no_vlan_of_ours()
    {
        byte[] frame = Frame(PortRig.Here, tags: [0]);
        (frame[12], frame[13]) = (0x88, 0xA8);
        Assert.Equal(DropReason.FrameWrongVlan, _rig.Receive(frame).Reason);
    }

    [Fact]
    public void A_port_of_a_vlan_sends_tagged_frames()
    {
        _rig.Port.Vlan = 4094;
        _rig.Port.SendTo(_rig.Packets.RentCopy([1, 2, 3]), EtherType.Ipv4, Other);
        Assert.True(EthernetFrame.TryParse(Assert.Single(_rig.TakeSent()), out EthernetFrame frame));
        Assert.Equal((4094, EtherType.Ipv4, Other, PortRig.Here), (frame.Tag!.Value.Id, frame.Type, frame.Destination, frame.Source));
        Assert.Equal([1, 2, 3], frame.Payload.ToArray());
    }

    [Theory]
    [InlineData(-1)]
    [InlineData(4095)]
    public void There_are_4094_vlans(int vlan) => Assert.Throws<ArgumentOutOfRangeException>(() => _rig.Port.Vlan = vlan);
}
