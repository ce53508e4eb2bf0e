using UserNet.Addressing;
using UserNet.Binding;
using UserNet.Doors;
using UserNet.Ip;
using UserNet.Link;
using UserNet.Simulation;
using UserNet.Tests.Infrastructure;
using UserNet.Wire;
using Xunit;

namespace UserNet.Tests.Core;

/// <summary>RFC 5227 in a whole stack: addresses that come, go, and turn out to be somebody else's.</summary>
public sealed class AddressConflictTests : IDisposable
{
    private static readonly InetAddress Us = InetAddress.Parse("10.9.0.2");

    private readonly ManualClock _clock = new();
    private readonly TestLink _link = new();
    private readonly NetworkStack _stack;

    public AddressConflictTests() =>
        _stack = new NetworkStack(new NetworkStackOptions { Randomness = new Random(1).NextBytes, TimeProvider = _clock });

    public void Dispose()
    {
        _stack.Dispose();
        _link.Dispose();
    }

    private StackInterface Attach(ConflictDetection detection, ConflictDefense defense = ConflictDefense.KeepDefending) =>
        _stack.Attach("eth0", _link, new InterfaceOptions
        {
            Addresses = ["10.9.0.2/24"],
            Gateway = "10.9.0.1",
            ConflictDetection = detection,
            ConflictDefense = defense,
        });

    private void Advance(double seconds) => _clock.Advance(TimeSpan.FromSeconds(seconds));

    private DropReason ClaimByAnother(string address = "10.9.0.2") =>
        _link.Receive(Frames.Arp(ArpOperation.Request, Frames.Peer, address, default, address));

    private bool IsAnswered(string address)
    {
        _link.Receive(Frames.Arp(ArpOperation.Request, Frames.Peer, "10.9.0.1", default, address));
        return _link.TakeSent().Any(frame => frame[21] == (byte)ArpOperation.Reply);
    }

    // The sender and the target of each request that was sent.
    private List<string> Requests()
    {
        var requests = new List<string>();
        foreach (byte[] octets in _link.TakeSent())
        {
            if (!EthernetFrame.TryParse(octets, out EthernetFrame frame) || !ArpPacket.TryParse(frame.Payload, out ArpPacket arp)) continue;
            if (arp.Operation == ArpOperation.Request) requests.Add($"{arp.SenderProtocol} {arp.TargetProtocol}");
        }

        return requests;
    }

    private AddressRole Role(string address)
    {
        AddressRole role = default;
        _stack.Configure(stack => role = stack.Host.RoleOf(InetAddress.Parse(address), 0));
        return role;
    }

    [Fact]
    public void An_address_is_announced_when_the_link_is_attached_and_when_it_is_added_later()
    {
        Attach(ConflictDetection.Announce);
        Assert.Equal(["10.9.0.2 10.9.0.2"], Requests());
        Advance(2);
        Assert.Equal(["10.9.0.2 10.9.0.2"], Requests());
        _stack.Configure(stack => stack.Host.AddAddress("eth0", "10.9.0.3/24"));
        Assert.Equal(["10.9.0.3 10.9.0.3"], Requests());
        _stack.Configure(stack => stack.Host.RemoveAddress("eth0", "10.9.0.3/24"));
        Advance(100);
        Assert.Empty(Requests());
    }

    [Fact]
    public void Addresses_that_were_there_before_the_link_are_announced_too()
    {
        _stack.Configure(stack => stack.Host.AddInterface("eth0").AddAddress("eth0", "10.9.0.9/24"));
        Attach(ConflictDetection.Announce);
        Advance(0.01);
        Assert.Equal(["10.9.0.9 10.9.0.9", "10.9.0.2 10.9.0.2"], Requests());
    }

    [Fact]
    public void Nothing_is_announced_where_nothing_is_wanted()
    {
        Attach(ConflictDetection.None);
        Advance(100);
        Assert.Empty(Requests());
        Assert.True(IsAnswered("10.9.0.2"));
    }

    [Fact]
    public void An_interface_that_goes_up_again_announces_again_and_knows_no_neighbor()
    {
        StackInterface eth0 = Attach(ConflictDetection.Announce);
        Assert.True(IsAnswered("10.9.0.2"));
        Advance(10);
        Assert.Single(eth0.Neighbors);
        Requests();
        _stack.Configure(stack => stack.Host.SetUp("eth0", up: false));
        Assert.Empty(eth0.Neighbors);
        Assert.Equal(DropReason.InterfaceDown, ClaimByAnother());
        Assert.False(IsAnswered("10.9.0.2"));
        _stack.Configure(stack => stack.Host.SetUp("eth0"));
        Assert.Equal(["10.9.0.2 10.9.0.2"], Requests());
        Assert.True(IsAnswered("10.9.0.2"));
    }

    [Fact]
    public void A_probed_address_is_used_once_nobody_has_objected()
    {
        Attach(ConflictDetection.Probe);
        Assert.Equal(AddressRole.Foreign, Role("10.9.0.2"));
        Assert.False(IsAnswered("10.9.0.2"));
        RouteAnswer route = default;
        _stack.Configure(stack => route = stack.Host.FindRoute(new RouteQuery(InetAddress.Parse("10.9.0.1"), InetAddress.AnyV4)));
        Assert.Equal((BindRule.Granted, InetAddress.AnyV4), (route.Rule, route.Source));
        Advance(3.5);
        Assert.False(IsAnswered("10.9.0.2"));
        Advance(4);
        Assert.Equal(AddressRole.Local, Role("10.9.0.2"));
        Assert.True(IsAnswered("10.9.0.2"));
        _stack.Configure(stack => route = stack.Host.FindRoute(new RouteQuery(InetAddress.Parse("192.0.2.1"), InetAddress.AnyV4)));
        Assert.Equal((BindRule.Granted, Us, InetAddress.Parse("10.9.0.1")), (route.Rule, route.Source, route.NextHop));
    }

    [Fact]
    public void A_probed_address_that_somebody_has_is_never_used()
    {
        StackInterface eth0 = Attach(ConflictDetection.Probe);
        Advance(1.5);
        Assert.Contains("0.0.0.0 10.9.0.2", Requests());
        Assert.Equal(DropReason.ArpConflict, ClaimByAnother());
        Advance(100);
        Assert.Equal(AddressRole.Foreign, Role("10.9.0.2"));
        Assert.False(IsAnswered("10.9.0.2"));
        AddressConflict conflict = Assert.Single(eth0.Conflicts);
        Assert.Equal((Us, Frames.Peer, eth0.Index, ConflictOutcome.Refused), (conflict.Address, conflict.Other, conflict.Device, conflict.Outcome));
        Assert.Throws<ArgumentException>(() => eth0.Announce(Us));
        // Another one may be better.
        _stack.Configure(stack => stack.Host.RemoveAddress("eth0", "10.9.0.2/24").AddAddress("eth0", "10.9.0.4/24"));
        Advance(10);
        Assert.True(IsAnswered("10.9.0.4"));
        Assert.Equal(1, eth0.ConflictCount);
    }

    [Fact]
    public void A_probing_interface_that_goes_up_again_probes_again()
    {
        Attach(ConflictDetection.Probe);
        Advance(10);
        Assert.Equal(AddressRole.Local, Role("10.9.0.2"));
        _stack.Configure(stack => stack.Host.SetUp("eth0", up: false).SetUp("eth0"));
        Assert.Equal(AddressRole.Foreign, Role("10.9.0.2"));
        Requests();
        Advance(10);
        Assert.Equal([.. Enumerable.Repeat("0.0.0.0 10.9.0.2", 3), .. Enumerable.Repeat("10.9.0.2 10.9.0.2", 2)], Requests());
        Assert.Equal(AddressRole.Local, Role("10.9.0.2"));
    }

    [Fact]
    public void An_address_that_skips_detection_is_used_at_once()
    {
        Attach(ConflictDetection.Probe);
        _stack.Configure(stack => stack.Host.AddAddress("eth0", new NewAddress(InetAddress.Parse("10.9.0.5"), 32, SkipsDetection: true)));
        Assert.True(IsAnswered("10.9.0.5"));
    }

    [Fact]
    public void An_address_that_is_given_up_is_gone()
    {
        StackInterface eth0 = Attach(ConflictDetection.Announce, ConflictDefense.GiveUp);
        Assert.Equal(DropReason.ArpConflict, ClaimByAnother());
        Assert.Equal(AddressRole.Foreign, Role("10.9.0.2"));
        Assert.Equal(ConflictOutcome.GivenUp, Assert.Single(eth0.Conflicts).Outcome);
        Requests();
        Advance(100);
        Assert.Empty(Requests());
        Assert.False(IsAnswered("10.9.0.2"));
    }

    [Theory]
    [InlineData(HostModel.Weak, true)]
    [InlineData(HostModel.Strong, false)]
    public void Whether_an_address_of_another_interface_is_answered_is_the_hosts_model(HostModel model, bool isAnswered)
    {
        using var stack = new NetworkStack(new NetworkStackOptions { Routes = new HostAddressing(model), TimeProvider = _clock });
        using var other = new TestLink();
        stack.Attach("eth0", _link, new InterfaceOptions { Addresses = ["10.9.0.2/24"] });
        stack.Attach("eth1", other, new InterfaceOptions { Addresses = ["10.9.1.2/24"] });
        _link.TakeSent();
        Assert.True(IsAnswered("10.9.0.2"));
        Assert.Equal(isAnswered, IsAnswered("10.9.1.2"));
        Assert.False(IsAnswered("127.0.0.1"));
    }

    [Fact]
    public void A_user_adds_and_removes_neighbors_and_announces_addresses()
    {
        StackInterface eth0 = Attach(ConflictDetection.None);
        eth0.AddNeighbor(InetAddress.Parse("10.9.0.1"), Frames.Peer);
        Assert.Equal("10.9.0.1 lladdr 02:00:00:00:00:99 PERMANENT", Assert.Single(eth0.Neighbors).ToString());
        Assert.True(eth0.RemoveNeighbor(InetAddress.Parse("10.9.0.1")));
        Assert.Empty(eth0.Neighbors);
        eth0.Announce(Us);
        Assert.Equal(["10.9.0.2 10.9.0.2"], Requests());
        Assert.Throws<ArgumentException>(() => eth0.Announce(InetAddress.Parse("10.9.0.3")));
        eth0.AddNeighbor(InetAddress.Parse("fe80::1"), Frames.Peer);
        Assert.Equal("fe80::1 lladdr 02:00:00:00:00:99 PERMANENT", Assert.Single(eth0.Neighbors).ToString());
        Assert.True(eth0.RemoveNeighbor(InetAddress.Parse("fe80::1")));
    }

    [Fact]
    public void On_a_link_without_stations_an_address_is_used_at_once_and_there_are_no_neighbors()
    {
        using var link = new TestLink(LinkMedium.Ip);
        StackInterface tun0 = _stack.Attach("tun0", link, new InterfaceOptions { Addresses = ["10.8.0.2/24"], ConflictDetection = ConflictDetection.Probe });
        Assert.Equal(AddressRole.Local, Role("10.8.0.2"));
        Assert.Empty(tun0.Neighbors);
        Assert.Empty(tun0.Conflicts);
        Assert.False(tun0.RemoveNeighbor(Us));
        Assert.Throws<InvalidOperationException>(() => tun0.AddNeighbor(Us, Frames.Peer));
    }
}
