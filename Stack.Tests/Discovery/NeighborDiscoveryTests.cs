using System.Net.Sockets;
using UserNet.Addressing;
using UserNet.Doors;
using UserNet.Ip;
using UserNet.Link;
using UserNet.Sockets;
using UserNet.Tests.Infrastructure;
using UserNet.Wire;
using Xunit;
using static UserNet.Doors.DropReason;
using static UserNet.Link.NeighborState;
using static UserNet.Tests.Discovery.DiscoveryRig;

namespace UserNet.Tests.Discovery;

/// <summary>Solicitations and advertisements as they come and go. RFC 4861 §7.</summary>
public sealed class NeighborDiscoveryTests : IDisposable
{
    private readonly DiscoveryRig _rig = new();

    public void Dispose() => _rig.Dispose();

    private static string Question(string from = Here, string target = Peer) =>
        $"ask {target} from {from} to {GroupOf(target)}/{EthernetPort.GroupOf(InetAddress.Parse(GroupOf(target)))} {Station}";

    [Fact]
    public void A_question_to_all_is_answered_with_the_station_and_one_to_this_station_without()
    {
        Assert.Equal(None, _rig.Solicit(Here));
        Assert.Equal([$"tell {Here} SO from {Here} to {Peer}/{A} {Station}"], _rig.TakeSaid());
        Assert.Equal(Stale, _rig.StateOf(Peer));
        Assert.Equal(None, _rig.Solicit(Here, to: Here));
        Assert.Equal([$"tell {Here} S from {Here} to {Peer}/{A}"], _rig.TakeSaid());
        // Without its station the asker is asked for first, unless it is known.
        Assert.Equal(None, _rig.Solicit(Here, station: null));
        Assert.Equal([$"tell {Here} SO from {Here} to {Peer}/{A} {Station}"], _rig.TakeSaid());
        Assert.Equal(None, _rig.Solicit(Here, source: "2001:db8::b", station: null));
        Assert.Equal([Question(target: "2001:db8::b")], _rig.TakeSaid());
        Assert.Equal(None, _rig.Advertise("2001:db8::b", "SO", B));
        Assert.Equal([$"tell {Here} SO from {Here} to 2001:db8::b/{B} {Station}"], _rig.TakeSaid());
    }

    [Fact]
    public void A_probe_is_answered_to_all_nodes_and_teaches_nothing()
    {
        Assert.Equal(None, _rig.Solicit(Here, source: "::", station: null, nonce: 7));
        Assert.Equal([$"tell {Here} O from {Here} to ff02::1/33:33:00:00:00:01 {Station}"], _rig.TakeSaid());
        Assert.Empty(_rig.Interface.Neighbors);
    }

    [Fact]
    public void One_that_forwards_says_that_it_is_a_router()
    {
        _rig.Stack.Configure(static stack => stack.Host.Interfaces.Find("eth0")!.Forwards = true);
        _rig.Solicit(Here);
        _rig.Solicit(Here, source: "::", station: null);
        Assert.Equal(
            [$"tell {Here} SOR from {Here} to {Peer}/{A} {Station}", $"tell {Here} OR from {Here} to ff02::1/33:33:00:00:00:01 {Station}"],
            _rig.TakeSaid());
    }

    // RFC 4861 §7.1.1.
    [Fact]
    public void What_cannot_be_a_solicitation_is_dropped()
    {
        Assert.Equal(DiscoveryForged, _rig.Solicit(Here, hopLimit: 254));
        Assert.Equal(DiscoveryForged, _rig.Solicit(Here, source: "::", station: A));
        Assert.Equal(DiscoveryForged, _rig.Solicit(Here, source: "::", station: null, to: "ff02::1"));
        Assert.Equal(Ip6MartianSource, _rig.Solicit(Here, source: "::", station: null, to: Here));
        Assert.Equal(DiscoveryForged, _rig.Solicit(Here, station: "01:00:5e:00:00:01"));
        Assert.Equal(DiscoveryForged, _rig.Solicit(Here, station: "00:00:00:00:00:00"));
        Assert.Equal(DiscoveryForged, _rig.Solicit(Here, station: Station));
        Assert.Equal(DiscoveryConflict, _rig.Solicit(Here, source: HereLocal));
        Assert.Equal(DiscoveryNotForUs, _rig.Solicit("2001:db8::77", to: "ff02::1"));
        Assert.Equal(DiscoveryMalformed, _rig.Solicit("ff02::5", to: "ff02::1"));
        Assert.Empty(_rig.TakeSaid());
        Assert.Empty(_rig.Interface.Neighbors);
    }

    // RFC 4861 §7.1.2.
    [Fact]
    public void What_cannot_be_an_advertisement_is_dropped()
    {
        _rig.Send(Peer);
        _rig.TakeSaid();
        Assert.Equal(DiscoveryForged, _rig.Advertise(Peer, "SO", hopLimit: 254));
        Assert.Equal(DiscoveryForged, _rig.Advertise(Peer, "SO", to: "ff02::1"));
        Assert.Equal(DiscoveryForged, _rig.Advertise(Peer, "SO", station: "33:33:00:00:00:01"));
        Assert.Equal(DiscoveryMalformed, _rig.Advertise("ff02::5", "SO", source: Peer));
        Assert.Equal(DiscoveryNotForUs, _rig.Advertise(Peer, "SO", station: null));
        Assert.Equal(DiscoveryNotForUs, _rig.Advertise("2001:db8::b", "SO"));
        Assert.Equal(Incomplete, _rig.StateOf(Peer));
        Assert.Null(_rig.StateOf("2001:db8::b"));
    }

    [Fact]
    public void Options_that_can_not_be_and_every_cut_are_dropped_without_harm()
    {
        byte[] good = Frame(Icmpv6Type.NeighborSolicitation, Here, Peer, GroupOf(Here), 255, A, static options =>
            DiscoveryOptionWriter.AppendStation(options, DiscoveryOptionType.SourceLinkAddress, MacAddress.Parse(A)));
        for (byte length = 0; length < 255; length++)
        {
            byte[] bad = Resealed(good, octets => octets[14 + 40 + 24 + 1] = length);
            Assert.Equal(length == 1 ? None : DiscoveryMalformed, _rig.Link.Receive(bad));
        }

        Assert.Equal(DiscoveryMalformed, _rig.Link.Receive(Resealed(good, static octets => octets[14 + 40 + 1] = 1)));      // the code
        for (int length = 14; length < good.Length; length++) Assert.NotEqual(None, _rig.Link.Receive(good[..length]));
        Assert.Equal(Stale, Assert.Single(_rig.Interface.Neighbors).State);
    }

    [Fact]
    public void A_question_is_asked_from_the_address_of_the_packet_that_waits()
    {
        _rig.Send(Peer);
        Assert.Equal([Question()], _rig.TakeSaid());
        _rig.Send("2001:db8::c", from: HereLocal);
        Assert.Equal([Question(HereLocal, "2001:db8::c")], _rig.TakeSaid());
        // Asked of the station alone nothing waits: from the link-local address, as Linux does.
        _rig.Advertise(Peer, "SO");
        _rig.Advance(50);
        _rig.TakeSaid();
        _rig.Send(Peer);
        _rig.Advance(5);
        Assert.Equal([$"packet to {Peer}/{A}", $"ask {Peer} from {HereLocal} to {Peer}/{A} {Station}"], _rig.TakeSaid());
    }

    [Fact]
    public void Who_does_not_answer_fails_and_who_falls_silent_is_asked_three_times_and_then_anew()
    {
        _rig.Send(Peer);
        _rig.Advance(2.9);
        Assert.Equal([Question(), Question(), Question()], _rig.TakeSaid());
        _rig.Advance(0.2);
        Assert.Equal($"{Peer} FAILED", _rig.RowOf(Peer).ToString());

        _rig.Advance(5);
        _rig.Send(Peer);
        _rig.Advertise(Peer, "SOR");
        Assert.Equal($"{Peer} lladdr {A} router REACHABLE", _rig.RowOf(Peer).ToString());
        _rig.Advance(50);
        Assert.Equal(Stale, _rig.StateOf(Peer));
        _rig.TakeSaid();
        _rig.Send(Peer);
        Assert.Equal(Delay, _rig.StateOf(Peer));
        _rig.Advance(5);
        Assert.Equal(Probe, _rig.StateOf(Peer));
        _rig.Advance(2.9);
        string asked = $"ask {Peer} from {HereLocal} to {Peer}/{A} {Station}";
        Assert.Equal([$"packet to {Peer}/{A}", asked, asked, asked], _rig.TakeSaid());
        _rig.Advance(0.2);
        Assert.Equal(Failed, _rig.StateOf(Peer));
        // As Linux: an advertisement does not bring back one that is given up; a packet asks all, at once.
        Assert.Equal(DiscoveryNotForUs, _rig.Advertise(Peer, "O", B));
        _rig.Send(Peer);
        Assert.Equal([Question()], _rig.TakeSaid());
        Assert.Equal(None, _rig.Advertise(Peer, "SO", B));
        Assert.Equal([$"packet to {Peer}/{B}"], _rig.TakeSaid());
        Assert.Equal($"{Peer} lladdr {B} REACHABLE", _rig.RowOf(Peer).ToString());
    }

    [Fact]
    public void Times_that_a_router_advertises_hold_from_then_on()
    {
        _rig.Stack.Configure(stack => _rig.Port.NeighborsV6.Settings = _rig.Port.NeighborsV6.Settings with
        {
            ReachableTime = TimeSpan.FromSeconds(2), RetryInterval = TimeSpan.FromMilliseconds(200),
        });
        _rig.Send(Peer);
        _rig.Advance(0.5);
        Assert.Equal(3, _rig.TakeSaid().Count);
        _rig.Advertise(Peer, "SO");
        _rig.Advance(0.99);
        Assert.Equal(Reachable, _rig.StateOf(Peer));
        _rig.Advance(2.02);
        Assert.Equal(Stale, _rig.StateOf(Peer));
    }

    [Fact]
    public void A_forged_claim_makes_doubt_and_a_forged_override_is_found_out_by_asking()
    {
        _rig.Send(Peer);
        _rig.Advertise(Peer, "SO");
        Assert.Equal(None, _rig.Advertise(Peer, "", B));      // makes STALE
        Assert.Equal($"{Peer} lladdr {A} STALE", _rig.RowOf(Peer).ToString());
        Assert.Equal(None, _rig.Advertise(Peer, "O", B));
        Assert.Equal($"{Peer} lladdr {B} STALE", _rig.RowOf(Peer).ToString());
        _rig.Send(Peer);
        _rig.Advance(8.1);
        Assert.Equal(Failed, _rig.StateOf(Peer));
    }

    [Fact]
    public void An_address_of_this_host_that_another_station_claims_is_still_used_and_the_user_can_see_it()
    {
        Assert.Equal(DiscoveryConflict, _rig.Advertise(Here, "O", B, to: "ff02::1"));
        AddressConflict conflict = Assert.Single(_rig.Interface.Conflicts);
        Assert.Equal((InetAddress.Parse(Here), MacAddress.Parse(B), ConflictOutcome.Tolerated), (conflict.Address, conflict.Other, conflict.Outcome));
        Assert.Equal(None, _rig.Solicit(Here));
        Assert.DoesNotContain(_rig.Interface.Neighbors, static row => row.Address == InetAddress.Parse(Here));
    }

    [Fact]
    public void When_the_interface_goes_down_neighbors_are_forgotten()
    {
        _rig.Solicit(Here);
        Assert.Single(_rig.Interface.Neighbors);
        _rig.Stack.Configure(static stack => stack.Host.SetUp("eth0", up: false));
        Assert.Empty(_rig.Interface.Neighbors);
    }

    [Fact]
    public void A_million_askers_stay_within_the_table_and_do_not_drive_out_who_is_spoken_to()
    {
        _rig.Send(Peer);
        _rig.Advertise(Peer, "SO");
        int count = TestSettings.Count(50_000, 1_000_000);
        byte[] frame = Frame(Icmpv6Type.NeighborSolicitation, Here, Peer, GroupOf(Here), 255, A, static options =>
            DiscoveryOptionWriter.AppendStation(options, DiscoveryOptionType.SourceLinkAddress, MacAddress.Parse(A)));
        for (int i = 0; i < count; i++)
        {
            int number = i;
            _rig.Link.Receive(Resealed(frame, octets => System.Buffers.Binary.BinaryPrimitives.WriteInt32BigEndian(octets.AsSpan(14 + 8 + 8), number)));
            if (i % 1000 == 0) _rig.Link.TakeSent();
        }

        Assert.Equal(_rig.Port.NeighborsV6.Settings.Capacity, _rig.Interface.Neighbors.Count);
        Assert.Equal(Reachable, _rig.StateOf(Peer));
        Assert.Equal(count, _rig.Stack.Statistics[Counter.Icmp6OutNeighborAdvertisements]);
    }

    [Fact]
    public void Packets_to_a_known_neighbor_and_questions_allocate_nothing()
    {
        InetEndpoint to = InetEndpoint.Parse($"[{Peer}]:9");
        using var link = new CountingLink();
        using var stack = new NetworkStack(new NetworkStackOptions { Randomness = new Random(1).NextBytes, TimeProvider = _rig.Clock });
        stack.Attach("eth0", link, new InterfaceOptions { Address = MacAddress.Parse(Station), Addresses = [$"{Here}/64"], DuplicateTransmits = 0 });
        using NetworkSocket sender = stack.CreateSocket(AddressFamily.InterNetworkV6, SocketType.Dgram);
        byte[] asked = Frame(Icmpv6Type.NeighborSolicitation, Here, Peer, GroupOf(Here), 255, A, static options =>
            DiscoveryOptionWriter.AppendStation(options, DiscoveryOptionType.SourceLinkAddress, MacAddress.Parse(A)));
        link.Receive(asked);
        long sent = link.Frames;
        Assert.Equal(0, Allocation.Of(() =>
        {
            for (int i = 0; i < 100; i++)
            {
                sender.SendTo("x"u8, to);
                link.Receive(asked);
            }
        }));
        Assert.True(link.Frames >= sent + 400);
    }

    // With a change, and a checksum that is right.
    private static byte[] Resealed(byte[] frame, Action<byte[]> change)
    {
        byte[] copy = [.. frame];
        change(copy);
        copy[14 + 42] = copy[14 + 43] = 0;
        InetAddress source = InetAddress.FromOctets(copy.AsSpan(14 + 8, 16)), destination = InetAddress.FromOctets(copy.AsSpan(14 + 24, 16));
        var pseudo = new PseudoHeader(source, destination, IpProtocol.Icmpv6, copy.Length - 54);
        System.Buffers.Binary.BinaryPrimitives.WriteUInt16BigEndian(copy.AsSpan(14 + 42), InternetChecksum.Of(copy.AsSpan(54), pseudo));
        return copy;
    }

    /// <summary>A link that counts what is sent, and keeps nothing.</summary>
    private sealed class CountingLink : ILink
    {
        private readonly DropReason[] _verdict = [DropReason.None];
        private IFrameSink? _sink;

        public LinkMedium Medium => LinkMedium.Ethernet;

        public int Mtu => 1500;

        public LinkFeatures Features => LinkFeatures.None;

        public int LargestBurst => 0;

        public MacAddress? Address => null;

        public long Frames { get; private set; }

        public void Start(IFrameSink sink) => _sink = sink;

        public int Send(ReadOnlySpan<LinkFrame> frames)
        {
            Frames += frames.Length;
            return frames.Length;
        }

        public void Receive(byte[] frame)
        {
            var one = new LinkFrame(frame);
            _sink!.OnFrames(new ReadOnlySpan<LinkFrame>(in one), _verdict);
            if (_verdict[0] != DropReason.None) throw new InvalidOperationException($"{_verdict[0]}");
        }

        public void Dispose()
        {
        }
    }
}
