using UserNet.Addressing;
using UserNet.Binding;
using UserNet.Doors;
using UserNet.Ip;
using UserNet.Link;
using UserNet.Wire;
using Xunit;
using static UserNet.Doors.DropReason;

namespace UserNet.Tests.Ip;

public sealed class Ipv4InputTests : IDisposable
{
    private static readonly byte[] Payload = [1, 2, 3, 4, 5, 6, 7, 8];
    private readonly InputRig _rig = new();

    public void Dispose() => _rig.Dispose();

    [Theory]
    [InlineData("10.9.0.1", "10.9.0.2", None)]
    [InlineData("10.9.0.1", "10.8.0.2", None)]                       // weak: any address on any interface
    [InlineData("10.9.0.1", "10.9.0.255", None)]
    [InlineData("10.9.0.1", "255.255.255.255", None)]
    [InlineData("10.9.0.1", "224.0.0.1", None)]
    [InlineData("240.0.0.1", "10.9.0.2", None)]                      // as Linux
    [InlineData("169.254.1.1", "10.9.0.2", None)]
    [InlineData("10.9.0.1", "10.9.0.3", IpNotForUs)]
    [InlineData("10.9.0.1", "8.8.8.8", IpNotForUs)]
    [InlineData("10.9.0.1", "240.0.0.1", IpNotForUs)]
    [InlineData("224.0.0.1", "10.9.0.2", IpMartianSource)]
    [InlineData("239.255.255.255", "10.9.0.2", IpMartianSource)]
    [InlineData("255.255.255.255", "10.9.0.2", IpMartianSource)]
    [InlineData("10.9.0.255", "10.9.0.2", IpMartianSource)]
    [InlineData("10.8.0.255", "10.9.0.2", IpMartianSource)]
    [InlineData("127.0.0.1", "10.9.0.2", IpMartianSource)]
    [InlineData("127.1.2.3", "255.255.255.255", IpMartianSource)]
    [InlineData("10.9.0.2", "10.9.0.2", IpMartianSource)]            // our own address, from without
    [InlineData("10.8.0.2", "10.9.0.2", IpMartianSource)]
    [InlineData("10.9.0.2", "224.0.0.1", IpMartianSource)]
    [InlineData("0.0.0.0", "10.9.0.2", IpMartianSource)]
    [InlineData("0.1.2.3", "10.9.0.2", IpMartianSource)]
    [InlineData("0.1.2.3", "255.255.255.255", IpMartianSource)]
    [InlineData("0.0.0.0", "10.9.0.255", IpMartianSource)]
    [InlineData("0.0.0.0", "239.1.1.1", IpMartianSource)]
    [InlineData("0.0.0.0", "255.255.255.255", None)]                 // DHCP
    [InlineData("0.0.0.0", "224.0.0.22", None)]                      // IGMP
    [InlineData("10.9.0.1", "0.0.0.0", IpMartianDestination)]
    [InlineData("10.9.0.1", "0.0.0.1", IpMartianDestination)]
    [InlineData("0.0.0.0", "0.0.0.0", IpMartianDestination)]
    [InlineData("10.9.0.1", "127.0.0.1", IpMartianDestination)]
    [InlineData("10.9.0.1", "127.255.255.255", IpMartianDestination)]
    public void Addresses_decide_whether_a_packet_is_taken(string from, string to, DropReason expected)
    {
        Received received = _rig.Receive(InputRig.V4(from, to, Payload));
        Assert.Equal(expected, received.Reason);
        Assert.Equal(expected == None, received.IsWhole);
        if (received.IsWhole) Assert.Equal(Payload, received.Payload);
        Assert.Null(InputRig.ErrorBy(_rig.Left));
        Assert.Equal(expected, _rig.Receive(InputRig.V4(from, to, Payload)).Reason);      // what is remembered says the same
    }

    [Fact]
    public void An_IGMP_message_for_any_group_may_come_without_a_source() =>
        Assert.Equal(None, _rig.Receive(InputRig.V4("0.0.0.0", "239.1.1.1", Payload, IpProtocol.Igmp)).Reason);

    [Theory]
    [InlineData("127.0.0.1", "127.0.0.1", None)]
    [InlineData("127.0.0.1", "127.9.9.9", None)]
    [InlineData("10.9.0.2", "10.9.0.2", None)]
    [InlineData("10.9.0.2", "10.8.0.2", None)]
    [InlineData("10.9.0.2", "224.0.0.1", None)]
    [InlineData("224.0.0.1", "127.0.0.1", IpMartianSource)]
    [InlineData("10.9.0.2", "10.9.0.3", None)]      // who is bound to it sends all to this host, wherever it is to
    public void On_the_loopback_interface_the_host_s_own_addresses_are_right(string from, string to, DropReason expected)
    {
        _rig.Settings.Forwards = true;      // and nothing that came back is sent on
        Assert.Equal(expected, _rig.Receive(InputRig.V4(from, to, Payload), "lo").Reason);
    }

    [Theory]
    [InlineData(0, 0x55, IpMalformed)]            // version 5
    [InlineData(0, 0x65, IpMalformed)]
    [InlineData(0, 0x44, IpMalformed)]            // a header of 16 octets
    [InlineData(0, 0x48, IpMalformed)]            // one longer than the packet
    [InlineData(2, 0xFF, IpMalformed)]            // longer than what came
    [InlineData(3, 0x13, IpMalformed)]            // shorter than its header
    [InlineData(3, 0x1D, IpMalformed)]
    [InlineData(3, 0x1B, IpBadChecksum)]          // a length that can be, but is not what was summed
    [InlineData(8, 0x3F, IpBadChecksum)]
    [InlineData(10, 0x00, IpBadChecksum)]
    [InlineData(19, 0x03, IpBadChecksum)]
    public void A_header_that_lies_is_dropped(int at, byte octet, DropReason expected)
    {
        byte[] packet = InputRig.V4("10.9.0.1", "10.9.0.2", Payload);
        Assert.NotEqual(octet, packet[at]);
        packet[at] = octet;
        Assert.Equal(expected, _rig.Receive(packet).Reason);
    }

    [Fact]
    public void Every_beginning_of_a_packet_is_too_short()
    {
        byte[] packet = InputRig.V4("10.9.0.1", "10.9.0.2", Payload);
        for (int length = 0; length < packet.Length; length++)
            Assert.Equal(IpMalformed, _rig.Receive(packet.AsSpan(0, length)).Reason);
    }

    [Fact]
    public void What_a_link_padded_a_packet_with_is_cut_off() =>
        Assert.Equal(Payload, _rig.Receive([.. InputRig.V4("10.9.0.1", "10.9.0.2", Payload), 0, 0, 9, 9]).Payload);

    [Theory]
    [InlineData(LinkCast.Other, "10.9.0.2", FrameNotForUs)]
    [InlineData(LinkCast.Other, "224.0.0.1", FrameNotForUs)]
    [InlineData(LinkCast.Broadcast, "10.9.0.2", IpUnicastInBroadcast)]
    [InlineData(LinkCast.Multicast, "10.9.0.2", IpUnicastInBroadcast)]
    [InlineData(LinkCast.Broadcast, "10.7.0.1", IpUnicastInBroadcast)]
    [InlineData(LinkCast.Broadcast, "10.9.0.255", None)]
    [InlineData(LinkCast.Broadcast, "255.255.255.255", None)]
    [InlineData(LinkCast.Broadcast, "224.0.0.1", None)]
    [InlineData(LinkCast.Multicast, "224.0.0.1", None)]
    [InlineData(LinkCast.Unicast, "10.9.0.255", None)]
    public void A_frame_for_many_carries_packets_for_many(LinkCast cast, string to, DropReason expected)
    {
        _rig.Settings.Forwards = true;
        Assert.Equal(expected, _rig.Receive(InputRig.V4("10.9.0.1", to, Payload), cast: cast).Reason);
    }

    [Theory]
    [InlineData("10.9.0.2", None)]
    [InlineData("10.8.0.2", IpWrongInterface)]
    [InlineData("10.9.0.255", None)]
    [InlineData("10.8.0.255", IpWrongInterface)]
    [InlineData("255.255.255.255", None)]
    [InlineData("224.0.0.1", None)]
    public void A_strong_host_takes_an_address_only_on_its_interface(string to, DropReason expected)
    {
        using InputRig strong = new(HostModel.Strong);
        Assert.Equal(expected, strong.Receive(InputRig.V4("10.9.0.1", to, Payload)).Reason);
        Assert.Equal(None, strong.Receive(InputRig.V4("10.9.0.2", "10.8.0.2", Payload), "lo").Reason);
    }

    [Fact]
    public void An_interface_that_is_down_takes_nothing_but_its_address_is_still_the_host_s()
    {
        _rig.Stack.Configure(stack => stack.Host.SetUp("right", false));
        Assert.Equal(InterfaceDown, _rig.Receive(InputRig.V4("10.8.0.1", "10.8.0.2", Payload), "right").Reason);
        Assert.Equal(InterfaceDown, _rig.Receive(InputRig.V4("10.8.0.1", "10.9.0.2", Payload), "right").Reason);
        Assert.Equal(None, _rig.Receive(InputRig.V4("10.9.0.1", "10.8.0.2", Payload)).Reason);
        Assert.Equal(IpNotForUs, _rig.Receive(InputRig.V4("10.9.0.1", "10.8.0.255", Payload)).Reason);
        _rig.Stack.Configure(stack => stack.Host.SetUp("right"));
        Assert.Equal(None, _rig.Receive(InputRig.V4("10.8.0.1", "10.8.0.2", Payload), "right").Reason);
    }

    [Fact]
    public void An_address_that_goes_is_no_longer_taken_nor_martian()
    {
        Assert.Equal(IpMartianSource, _rig.Receive(InputRig.V4("10.8.0.2", "10.9.0.2", Payload)).Reason);
        _rig.Stack.Configure(stack => stack.Host.RemoveAddress("right", "10.8.0.2/24"));
        Assert.Equal(None, _rig.Receive(InputRig.V4("10.8.0.2", "10.9.0.2", Payload)).Reason);
        Assert.Equal(IpNotForUs, _rig.Receive(InputRig.V4("10.9.0.1", "10.8.0.2", Payload)).Reason);
    }

    [Theory]
    [InlineData(ReversePathFilter.Off, "10.8.0.9", None)]
    [InlineData(ReversePathFilter.Off, "203.0.113.1", None)]
    [InlineData(ReversePathFilter.Strict, "10.9.0.9", None)]
    [InlineData(ReversePathFilter.Strict, "10.8.0.9", IpReversePath)]
    [InlineData(ReversePathFilter.Strict, "203.0.113.1", IpReversePath)]
    [InlineData(ReversePathFilter.Strict, "198.51.100.7", None)]          // by a gateway on the left
    [InlineData(ReversePathFilter.Loose, "10.8.0.9", None)]
    [InlineData(ReversePathFilter.Loose, "203.0.113.1", IpReversePath)]
    [InlineData(ReversePathFilter.Loose, "192.0.2.1", IpReversePath)]     // a route, but one that refuses
    public void The_way_back_may_be_asked_for(ReversePathFilter filter, string from, DropReason expected)
    {
        _rig.Stack.Configure(stack => stack.Host.AddRoute("198.51.100.0/24", via: "10.9.0.1")
            .AddRoute(new NewRoute(InetPrefix.Parse("192.0.2.0/24"), RouteType.Unreachable)));
        Assert.Equal(None, _rig.Receive(InputRig.V4(from, "10.9.0.2", Payload)).Reason);
        _rig.Settings.ReversePathFilter = filter;
        Assert.Equal(expected, _rig.Receive(InputRig.V4(from, "10.9.0.2", Payload)).Reason);
        Assert.Equal(None, _rig.Receive(InputRig.V4("0.0.0.0", "255.255.255.255", Payload)).Reason);
    }

    [Fact]
    public void The_role_is_what_the_destination_is_to_the_host()
    {
        Assert.Equal(AddressRole.Local, _rig.Receive(InputRig.V4("10.9.0.1", "10.9.0.2", Payload)).Role);
        Assert.Equal(AddressRole.Broadcast, _rig.Receive(InputRig.V4("10.9.0.1", "10.9.0.255", Payload)).Role);
        Assert.Equal(AddressRole.Multicast, _rig.Receive(InputRig.V4("10.9.0.1", "224.0.0.1", Payload)).Role);
    }

    [Fact]
    public void Each_reason_is_counted_once_for_each_packet()
    {
        _rig.Left.Receive(InputRig.V4("127.0.0.1", "10.9.0.2", Payload));
        _rig.Left.Receive(InputRig.V4("10.9.0.1", "127.0.0.1", Payload));
        _rig.Left.Receive(InputRig.V4("10.9.0.1", "127.0.0.1", Payload));
        Assert.Equal(1, _rig.Drops(IpMartianSource));
        Assert.Equal(2, _rig.Drops(IpMartianDestination));
    }

    [Fact]
    public void What_the_link_says_of_a_checksum_is_passed_on_but_not_of_fragments()
    {
        Assert.True(_rig.Receive(InputRig.V4("10.9.0.1", "10.9.0.2", Payload)).ChecksumIsGood);
        _rig.Receive(InputRig.V4("10.9.0.1", "10.9.0.2", Payload, id: 1, more: true));
        Received whole = _rig.Receive(InputRig.V4("10.9.0.1", "10.9.0.2", Payload, id: 1, offset: 8));
        Assert.True(whole.IsWhole);
        Assert.False(whole.ChecksumIsGood);
    }
}
