using UserNet.Addressing;
using UserNet.Ip;
using UserNet.Link;
using UserNet.Tests.Infrastructure;
using UserNet.Wire;
using Xunit;

namespace UserNet.Tests.Discovery;

/// <summary>An interface whose link goes in the middle of something, and that is given another one.</summary>
public sealed class LostLinkTests
{
    [Fact]
    public void An_address_is_not_confirmed_by_a_link_that_is_gone_and_is_probed_for_on_the_next_one()
    {
        using DiscoveryRig rig = new(1, 1, null, $"{DiscoveryRig.Here}/64");
        rig.Link.Break(null);
        rig.Advance(100);
        Assert.Equal(AddressTraits.Tentative, rig.TraitsOf(DiscoveryRig.Here));
        using TestLink other = new();
        rig.Stack.Attach("eth0", other, new InterfaceOptions { Address = MacAddress.Parse(DiscoveryRig.Station) });
        rig.Advance(1.5);
        Assert.Contains(other.TakeSent(), static frame => TargetOf(frame) == InetAddress.Parse(DiscoveryRig.Here));
        rig.Advance(2);
        Assert.Equal(AddressTraits.None, rig.TraitsOf(DiscoveryRig.Here));
    }

    [Fact]
    public void An_address_that_is_probed_for_when_the_link_goes_is_probed_for_on_the_next_one()
    {
        using DiscoveryRig rig = new(1, 1, null, $"{DiscoveryRig.Here}/64");
        rig.Link.Break(null);
        using TestLink other = new();
        rig.Stack.Attach("eth0", other, new InterfaceOptions { Address = MacAddress.Parse(DiscoveryRig.Station) });
        rig.Advance(1.5);
        Assert.Contains(other.TakeSent(), static frame => TargetOf(frame) == InetAddress.Parse(DiscoveryRig.Here));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Routers_of_the_next_link_are_asked_for(bool detects)
    {
        using RouterRig rig = new(detects: detects);
        rig.Advance(5);
        rig.Advertise();
        rig.Link.Break(null);
        using TestLink other = new();
        rig.Stack.Attach("eth0", other, new InterfaceOptions { Address = RouterRig.Station, Autoconfigures = true, DuplicateTransmits = detects ? 1 : 0 });
        rig.Advance(3);
        Assert.Contains(other.TakeSent(), static frame => TypeOf(frame) == Icmpv6Type.RouterSolicitation);
    }

    // What waits for neighbors of the lost link is dropped, and nothing that comes of it is told of the next one.
    [Fact]
    public void Nobody_of_the_lost_link_is_waited_for()
    {
        using DiscoveryRig rig = new();
        rig.Send(DiscoveryRig.Peer);
        EthernetPort lost = rig.Port;
        Assert.Equal(1, lost.NeighborsV6.WaitingPackets);
        rig.Link.Break(null);
        using TestLink other = new();
        rig.Stack.Attach("eth0", other, new InterfaceOptions { Address = MacAddress.Parse(DiscoveryRig.Station) });
        Assert.Equal(0, lost.NeighborsV6.WaitingPackets);
        Assert.Equal(0, lost.NeighborsV6.Count);
        rig.Send(DiscoveryRig.Peer);
        rig.Advance(0.1);
        Assert.Contains(other.TakeSent(), static frame => TargetOf(frame) == InetAddress.Parse(DiscoveryRig.Peer));
    }

    private static InetAddress? TargetOf(byte[] frame) =>
        MessageOf(frame) is { } message && NeighborSolicitation.TryParse(message, out NeighborSolicitation asked) ? asked.Target : null;

    private static Icmpv6Type? TypeOf(byte[] frame) => MessageOf(frame) is { } message ? (Icmpv6Type)message[0] : null;

    private static byte[]? MessageOf(byte[] frame) =>
        EthernetFrame.TryParse(frame, out EthernetFrame view) && Ipv6Packet.TryParse(view.Payload, out Ipv6Packet packet)
        && packet.NextHeader == IpProtocol.Icmpv6 ? packet.Payload.ToArray() : null;
}
