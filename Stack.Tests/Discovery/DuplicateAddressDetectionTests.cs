using System.Globalization;
using UserNet.Addressing;
using UserNet.Binding;
using UserNet.Buffers;
using UserNet.Capture;
using UserNet.Doors;
using UserNet.Emulation;
using UserNet.Ip;
using UserNet.Link;
using UserNet.Simulation;
using UserNet.Sockets;
using UserNet.Tests.Infrastructure;
using UserNet.Wire;
using Xunit;
using static UserNet.Doors.DropReason;
using static UserNet.Tests.Discovery.DiscoveryRig;

namespace UserNet.Tests.Discovery;

/// <summary>Whether another host has an address, asked before it is used. RFC 4862 §5.4, RFC 7527.</summary>
public sealed class DuplicateAddressDetectionTests
{
    private static readonly string Probe = $"probe {Here} to ff02::1:ff00:1/33:33:ff:00:00:01 nonce";

    private static DiscoveryRig One(int transmits = 1, int seed = 1, InterfaceOptions? options = null) => new(transmits, seed, options, $"{Here}/64");

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    public void An_address_is_used_after_as_many_probes_as_are_wanted_each_with_its_time(int transmits)
    {
        double least = double.MaxValue, most = 0;
        for (int seed = 0; seed < 100; seed++)
        {
            using DiscoveryRig rig = One(transmits, seed);
            double waited = 0;
            for (; rig.TakeSaid().Count == 0; waited += 0.01) rig.Advance(0.01);
            (least, most) = (Math.Min(least, waited), Math.Max(most, waited));
            rig.Advance(transmits - 0.02);
            Assert.Equal(transmits - 1, rig.TakeSaid().Count(said => said == Probe));
            Assert.Equal((AddressTraits.Tentative, AddressRole.Tentative), (rig.TraitsOf(Here), rig.Role(Here)));
            rig.Advance(0.03);
            Assert.Equal((AddressTraits.None, AddressRole.Local), (rig.TraitsOf(Here), rig.Role(Here)));
            Assert.Empty(rig.TakeSaid());
        }

        Assert.InRange(least, 0, 0.05);      // drawn from a second
        Assert.InRange(most, 0.95, 1.02);
    }

    [Fact]
    public void While_it_is_asked_about_an_address_is_not_answered_for_not_taken_and_not_sent_from()
    {
        using DiscoveryRig rig = One();
        Assert.Equal(DiscoveryNotForUs, rig.Solicit(Here));
        Assert.Equal(Ip6NotForUs, rig.Solicit(Here, to: Here));
        Assert.Throws<NetworkException>(() => rig.Send(Peer, from: Here));
        Assert.Empty(rig.TakeSaid());
        rig.Advance(2);
        Assert.Equal([Probe], rig.TakeSaid());
        Assert.Equal(None, rig.Solicit(Here));
        rig.Send("2001:db8::b", from: Here);
        Assert.Equal(2, rig.TakeSaid().Count);

        using DiscoveryRig other = One(transmits: 10);
        other.Send(Peer);      // from ::1, as on Linux; there is no address to ask for the peer from
        other.Advance(5);
        Assert.DoesNotContain(other.TakeSaid(), static said => said != Probe);
        Assert.Equal(NeighborState.Failed, other.StateOf(Peer));
    }

    [Theory]
    [InlineData("an answer", 0.0)]
    [InlineData("an answer", 1.5)]
    [InlineData("an answer without a station", 1.5)]
    [InlineData("a probe with another nonce", 0.0)]
    [InlineData("a probe with another nonce", 1.5)]
    [InlineData("a probe without a nonce", 0.0)]
    public void Another_host_that_has_it_or_wants_it_makes_it_a_duplicate_for_good(string sign, double after)
    {
        using DiscoveryRig rig = One(transmits: 2);
        rig.Advance(after);
        rig.TakeSaid();
        DropReason reason = sign switch
        {
            "an answer" => rig.Advertise(Here, "O", A, to: "ff02::1"),
            "an answer without a station" => rig.Advertise(Here, "O", null, to: "ff02::1"),
            "a probe without a nonce" => rig.Solicit(Here, source: "::", station: null),
            _ => rig.Solicit(Here, source: "::", station: null, nonce: 12345),
        };
        Assert.Equal(DiscoveryConflict, reason);
        rig.Advance(100);
        Assert.Empty(rig.TakeSaid());
        Assert.Equal(AddressTraits.Tentative | AddressTraits.Duplicate, rig.TraitsOf(Here));
        Assert.Equal(AddressRole.Tentative, rig.Role(Here));
        Assert.Equal(DiscoveryNotForUs, rig.Solicit(Here));
        AddressConflict conflict = Assert.Single(rig.Interface.Conflicts);
        Assert.Equal(
            (InetAddress.Parse(Here), MacAddress.Parse(A), rig.Interface.Index, ConflictOutcome.Refused),
            (conflict.Address, conflict.Other, conflict.Device, conflict.Outcome));

        // The interface is taken down, which loses it, and up; added again, it is asked about again.
        rig.Stack.Configure(static stack => stack.Host.SetUp("eth0", up: false).SetUp("eth0").AddAddress("eth0", $"{Here}/64"));
        rig.Advance(3.1);
        Assert.Equal([Probe, Probe], rig.TakeSaid());
        Assert.Equal(AddressTraits.None, rig.TraitsOf(Here));
    }

    [Fact]
    public void A_question_by_one_that_has_an_address_of_its_own_is_no_sign()
    {
        using DiscoveryRig rig = One();
        rig.Advance(1);
        Assert.Equal(DiscoveryNotForUs, rig.Solicit(Here));
        rig.Advance(1);
        Assert.Equal(AddressTraits.None, rig.TraitsOf(Here));
    }

    // RFC 7527 §4.1, §4.2.
    [Fact]
    public void Probes_that_the_link_sends_back_are_known_and_it_is_asked_until_they_no_longer_come()
    {
        using DiscoveryRig rig = One();
        int probes = 0;
        for (int i = 0; i < 100; i++)
        {
            rig.Advance(0.1);
            foreach (byte[] frame in rig.Link.TakeSent().Where(rig.IsOfGiven))
            {
                probes++;
                Assert.Equal(DiscoveryLooped, rig.Link.Receive(frame));
            }
        }

        Assert.InRange(probes, 9, 10);
        Assert.Equal(AddressTraits.Tentative, rig.TraitsOf(Here));
        Assert.Empty(rig.Interface.Conflicts);
        rig.Advance(7);      // two rounds at most: the one that was sent back, and one that was not
        Assert.InRange(rig.TakeSaid().Count, 3, 6);
        Assert.Equal(AddressTraits.None, rig.TraitsOf(Here));
    }

    [Fact]
    public void A_duplicate_of_the_address_made_of_the_station_ends_IPv6_on_the_interface_until_it_has_been_down()
    {
        const string own = "fe80::ff:fe00:1";      // of 02:00:00:00:00:01
        using DiscoveryRig rig = new(1, 1, null, $"{own}/64", $"{Here}/64");
        Assert.Equal(DiscoveryConflict, rig.Advertise(own, "O", A, to: "ff02::1"));
        Assert.Equal(Ip6Disabled, rig.Solicit(Here));
        rig.TakeSaid();
        rig.Advance(5);
        Assert.Throws<NetworkException>(() => rig.Send(Peer));
        Assert.Empty(rig.TakeSaid());
        rig.Stack.Configure(static stack => stack.Host.SetUp("eth0", up: false).SetUp("eth0").AddAddress("eth0", $"{Here}/64"));
        rig.Advance(2);
        Assert.Equal(None, rig.Solicit(Here));

        // Of another link-local address only that is lost.
        using DiscoveryRig other = new(1, 1, null, "fe80::77/64", $"{Here}/64");
        Assert.Equal(DiscoveryConflict, other.Advertise("fe80::77", "O", A, to: "ff02::1"));
        other.Advance(2);
        Assert.Equal(None, other.Solicit(Here));
    }

    [Fact]
    public void An_address_is_announced_once_it_is_used_where_that_is_wanted()
    {
        using DiscoveryRig rig = One(options: new InterfaceOptions { AnnouncesV6 = true });
        string told = $"tell {Here} O from {Here} to ff02::1/33:33:00:00:00:01 {Station}";
        rig.Advance(2);
        Assert.Equal([Probe, told], rig.TakeSaid());
        rig.Interface.Announce(InetAddress.Parse(Here));
        Assert.Equal([told], rig.TakeSaid());
    }

    [Fact]
    public void An_address_that_the_user_confirms_is_asked_about_no_more()
    {
        using DiscoveryRig rig = One();
        rig.Stack.Configure(static stack => stack.Host.ConfirmAddress("eth0", InetAddress.Parse(Here)));
        rig.Advance(5);
        Assert.Empty(rig.TakeSaid());
        Assert.Equal(AddressRole.Local, rig.Role(Here));
        rig.Stack.Configure(static stack => stack.Host.RemoveAddress("eth0", $"{Here}/64"));
        Assert.Equal(AddressRole.Foreign, rig.Role(Here));
    }

    [Fact]
    public async Task Who_waits_for_the_addresses_goes_on_once_all_are_confirmed_or_refused()
    {
        using DiscoveryRig rig = new(1, 1, null, $"{Here}/64", $"{HereLocal}/64", "10.9.0.2/24");
        CancellationToken token = TestContext.Current.CancellationToken;
        Task ready = rig.Interface.WhenReadyAsync(token);
        using CancellationTokenSource stop = new();
        Task stopped = rig.Interface.WhenReadyAsync(stop.Token);
        await stop.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => stopped);
        rig.Advertise(Here, "O", A, to: "ff02::1");
        await Task.Delay(50, token);
        Assert.False(ready.IsCompleted);
        rig.Advance(2);
        await ready.WaitAsync(TimeSpan.FromSeconds(10), token);
        Assert.True(rig.Interface.WhenReadyAsync(token).IsCompletedSuccessfully);

        using DiscoveryRig gone = One();
        Task never = gone.Interface.WhenReadyAsync(token);
        gone.Stack.Dispose();
        await Assert.ThrowsAsync<ObjectDisposedException>(() => never);
    }

    [Fact]
    public void On_a_link_without_stations_an_address_is_used_at_once()
    {
        using var link = new TestLink(LinkMedium.Ip);
        using var stack = new NetworkStack();
        StackInterface tun0 = stack.Attach("tun0", link, new InterfaceOptions { Addresses = [$"{Here}/64"] });
        Assert.True(tun0.WhenReadyAsync(TestContext.Current.CancellationToken).IsCompletedSuccessfully);
        Assert.Empty(link.TakeSent());
    }

    // Added at the same time, one is the first to ask: the other, which still waits for its turn, hears it (RFC 4862 §5.4.3).
    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(5)]
    public void Of_two_hosts_that_are_given_one_address_one_keeps_it(int secondsBetween)
    {
        int first = 0;
        for (ulong seed = 1; seed <= 30; seed++)
        {
            (AddressTraits a, AddressTraits b) = Meet(seed, secondsBetween, null);
            Assert.True((a == AddressTraits.None) != (b == AddressTraits.None), $"seed {seed}: {a}, {b}");
            Assert.Equal(AddressTraits.Tentative | AddressTraits.Duplicate, a | b);
            if (a == AddressTraits.None) first++;
        }

        if (secondsBetween == 5) Assert.Equal(30, first);
        if (secondsBetween == 0) Assert.InRange(first, 5, 25);
    }

    [Fact]
    public void Two_hosts_that_ask_before_either_can_hear_the_other_both_lose_it()
    {
        for (ulong seed = 1; seed <= 10; seed++)
        {
            (AddressTraits a, AddressTraits b) = Meet(seed, 0, null, TimeSpan.FromSeconds(1.01));      // a second is how long they wait at most
            Assert.Equal(AddressTraits.Tentative | AddressTraits.Duplicate, a & b);
        }
    }

    [Fact]
    public void A_run_with_two_of_them_is_the_same_each_time()
    {
        string[] digests = [.. Enumerable.Range(0, 2).Select(static _ =>
        {
            using var digest = new MemoryStream();
            Meet(7, 1, digest);
            return Convert.ToHexString(System.Security.Cryptography.SHA256.HashData(digest.ToArray()));
        })];
        Assert.Equal(digests[0], digests[1]);
        using var other = new MemoryStream();
        Meet(8, 1, other);
        Assert.NotEqual(digests[0], Convert.ToHexString(System.Security.Cryptography.SHA256.HashData(other.ToArray())));
    }

    private static (AddressTraits A, AddressTraits B) Meet(ulong seed, int secondsBetween, MemoryStream? recording, TimeSpan delay = default)
    {
        var network = new VirtualNetwork(seed);
        using IDisposable? capture = recording is null ? null : network.Capture(recording, leaveOpen: true);
        var options = new VirtualHostOptions { DuplicateTransmits = delay == default ? 1 : 3 };
        VirtualHost a = network.AddHost("a", options), b = network.AddHost("b", options);
        network.Connect(a, "2001:db8::1/64", b, "2001:db8::9/64", new VirtualLinkOptions { There = new LinkConditions { Delay = delay } });
        network.RunFor(TimeSpan.FromSeconds(5));
        Add(a);
        network.RunFor(TimeSpan.FromSeconds(secondsBetween));
        Add(b);
        network.RunFor(TimeSpan.FromSeconds(5));
        return (Traits(a), Traits(b));

        static void Add(VirtualHost host) => host.Stack.Configure(static stack => stack.Host.AddAddress("eth0", "2001:db8::5/64"));

        static AddressTraits Traits(VirtualHost host)
        {
            AddressTraits traits = default;
            host.Stack.Configure(stack => traits = stack.Host.Interfaces.Find(InetAddress.Parse("2001:db8::5"))!.Traits);
            return traits;
        }
    }

    [Fact]
    public void Programs_in_a_virtual_network_wait_for_their_addresses()
    {
        var network = new VirtualNetwork(seed: 3);
        var options = new VirtualHostOptions { DuplicateTransmits = 1 };
        VirtualHost a = network.AddHost("a", options), b = network.AddHost("b", options);
        network.Connect(a, "2001:db8::1/64", b, "2001:db8::2/64");
        string order = "";
        foreach (VirtualHost host in (VirtualHost[])[a, b])
        {
            host.Start(async _ =>
            {
                await host.Interfaces[0].WhenReadyAsync(CancellationToken.None);
                order += string.Create(CultureInfo.InvariantCulture, $"{host.Name} ");
            });
        }

        network.RunFor(TimeSpan.FromSeconds(0.5));
        Assert.Equal("", order);
        network.RunFor(TimeSpan.FromSeconds(2));
        Assert.Equal(2, order.Split(' ', StringSplitOptions.RemoveEmptyEntries).Length);
    }
}
