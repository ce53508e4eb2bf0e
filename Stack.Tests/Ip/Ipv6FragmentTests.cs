using UserNet.Doors;
using UserNet.Ip;
using UserNet.Tests.Infrastructure;
using UserNet.Wire;
using Xunit;
using static UserNet.Doors.DropReason;

namespace UserNet.Tests.Ip;

/// <summary>What IPv6 asks of fragments beside what it shares with IPv4. RFC 8200 §4.5, RFC 5722, RFC 6946, RFC 7112.</summary>
public sealed class Ipv6FragmentTests : IDisposable
{
    private const string Here = "2001:db8:9::2", There = "2001:db8:9::1";

    private readonly InputRig _rig = new(speaksV6: true);

    public void Dispose()
    {
        _rig.Dispose();
        Assert.Equal(0, _rig.Core.Context.Packets.Outstanding);
    }

    private static byte[] Octets(int count, int first = 0) => [.. Enumerable.Range(first, count).Select(static i => (byte)(i * 31 >> 3))];

    private Received Fragment(
        int offset, int length, bool more, uint id = 1, string from = There, byte next = 200, byte trafficClass = 0, byte first = 44,
        string headers = "") => _rig.ReceiveV6(
            InputRig.V6Fragment(from, Here, Octets(length, offset), id, offset, more, next, trafficClass, first, headers));

    private string? Errors => InputRig.ErrorsByV6(_rig.Left);

    [Fact]
    public void Fragments_make_one_packet_that_says_nothing_of_them()
    {
        Assert.Equal(None, Fragment(1440, 1000, more: false).Reason);
        Received whole = Fragment(0, 1440, more: true, first: 60, headers: "2c00 010400000000");
        Assert.True(whole.IsWhole);
        Assert.Equal(Octets(2440), whole.Payload);
        Assert.True(Ipv6Packet.TryParse(whole.Packet, out Ipv6Packet packet));
        Assert.Equal((2448, IpProtocol.DestinationOptions, (byte)200), (packet.PayloadLength, packet.NextHeader, packet.Octets[40]));
        Assert.Equal((0, 0), (_rig.Fragments.Count, _rig.Fragments.Held));
        Assert.Equal((2L, 1L), (_rig.Count(Counter.Ip6ReassemblyNeeded), _rig.Count(Counter.Ip6Reassembled)));
        Assert.Equal((0L, 0L), (_rig.Count(Counter.IpReassemblyNeeded), _rig.Count(Counter.IpReassembled)));
    }

    // RFC 8200 §4.5: only those of the first are retained.
    [Fact]
    public void What_comes_before_the_fragment_header_is_the_first_one_s_and_so_is_what_the_payload_begins_with()
    {
        Fragment(0, 8, more: true, next: 201, first: 60, headers: "2c00 010400000000");
        Received whole = Fragment(8, 8, more: false, next: 202);
        Assert.True(Ipv6Packet.TryParse(whole.Packet, out Ipv6Packet packet));
        Assert.Equal((IpProtocol.DestinationOptions, (byte)201, 24), (packet.NextHeader, packet.Octets[40], packet.PayloadLength));
    }

    [Fact]
    public void Headers_of_a_kilobyte_are_kept_and_longer_ones_are_refused()
    {
        // Three of 304 octets and one of 72: with IPv6's own 1,024. What is in them is skipped.
        string headers = string.Concat(Enumerable.Repeat($"3c25 1eff{new string('0', 510)} 1e2b{new string('0', 86)}", 3));
        headers = string.Concat(headers, $"2c08 1e44{new string('0', 136)}".AsSpan());
        Assert.Equal(None, Fragment(0, 8, more: true, first: 60, headers: headers).Reason);
        Assert.Equal(FragmentedPacket.Cost + (2 * FragmentStore.ChunkCost), _rig.Fragments.Held);
        Received whole = Fragment(8, 8, more: false);
        Assert.Equal((1024 + 16, 16), (whole.Packet.Length, whole.Payload.Length));
        Assert.Equal(FragmentMalformed, Fragment(0, 8, more: true, id: 2, first: 60, headers: $"3c00 010400000000 {headers}").Reason);
        Assert.Equal(0, _rig.Fragments.Held);
    }

    [Fact]
    public void Addresses_and_identification_name_the_packet_and_the_protocol_does_not()
    {
        Fragment(0, 8, more: true);
        Assert.False(Fragment(8, 8, more: false, id: 0x10001).IsWhole);
        Assert.False(Fragment(8, 8, more: false, from: "2001:db8:9::3").IsWhole);
        Assert.Equal(3, _rig.Fragments.Count);
        Assert.True(Fragment(8, 8, more: false, next: 17).IsWhole);
    }

    [Theory]      // what Linux answers to the same
    [InlineData(0, 13, true, 17, "4/0 4 to 2001:db8:9::1")]           // RFC 8200 §4.5: not a multiple of 8
    [InlineData(65528, 16, true, 58, "4/0 42 to 2001:db8:9::1")]      // beyond the largest packet
    [InlineData(65528, 8, false, 58, "4/0 42 to 2001:db8:9::1")]
    [InlineData(65528, 7, false, 58, null)]                           // the last octet that there can be
    [InlineData(0, 0, true, 17, "4/3 0 to 2001:db8:9::1")]            // RFC 7112: without all of its headers
    [InlineData(0, 16, true, 6, "4/3 0 to 2001:db8:9::1")]
    [InlineData(0, 24, true, 6, null)]
    [InlineData(0, 8, true, 17, null)]
    [InlineData(8, 8, true, 17, null)]
    [InlineData(8, 0, false, 17, null)]                               // brings nothing
    public void A_fragment_that_can_t_be_is_reported(int offset, int length, bool more, byte next, string? error)
    {
        Received received = Fragment(offset, length, more, next: next);
        Assert.Equal(error, Errors);
        Assert.Equal(error is not null || length == 0, received.Reason != None);
        if (received.Reason != None) Assert.Equal(0, _rig.Fragments.Count);
    }

    [Theory]
    [InlineData("3c00010400000000", 8)]       // options, and what is behind them is missing
    [InlineData("1101010400000000", 8)]       // a header that goes on in the next fragment
    public void The_first_fragment_has_to_have_all_extension_headers(string octets, int length)
    {
        byte[] packet = InputRig.V6Fragment(There, Here, Convert.FromHexString(octets).AsSpan(0, length), 1, 0, more: true, next: 60);
        Assert.Equal(Ip6HeadersCutOff, _rig.ReceiveV6(packet).Reason);
        Assert.Equal("4/3 0 to 2001:db8:9::1", Errors);
    }

    [Fact]      // RFC 5722 §4: silently, with all that is yet to come
    public void Overlaps_take_the_packet_with_them_and_nobody_is_told()
    {
        Fragment(0, 1440, more: true);
        Assert.Equal(FragmentOverlap, Fragment(1432, 16, more: true).Reason);
        Assert.Equal(FragmentOverlap, Fragment(1440, 8, more: false).Reason);
        _rig.Clock.Advance(TimeSpan.FromSeconds(61));
        Assert.Equal((0, 0), (_rig.Fragments.Count, _rig.Fragments.Held));
        Assert.Null(Errors);
    }

    [Fact]      // RFC 6946 §4
    public void An_atomic_fragment_is_a_packet_by_itself_whatever_waits()
    {
        Fragment(0, 8, more: true);
        Received atomic = Fragment(0, 24, more: false);
        Assert.Equal((true, 24), (atomic.IsWhole, atomic.Payload.Length));
        Assert.Equal(1, _rig.Fragments.Count);
        Assert.Equal(16, Fragment(8, 8, more: false).Payload.Length);
    }

    [Fact]
    public void A_fragment_within_a_fragment_is_refused()
    {
        byte[] inner = [200, 0, 0, 0, 0, 0, 0, 2, .. new byte[8]];
        Fragment(16, 8, more: false, next: 44);
        Received received = _rig.ReceiveV6(InputRig.V6Fragment(There, Here, inner, 1, 0, more: true, next: 44));
        Assert.Equal(Ip6BadExtension, received.Reason);
        Assert.Equal("4/0 40 to 2001:db8:9::1", Errors);      // of the whole
    }

    [Fact]
    public void After_a_minute_the_sender_is_told_what_the_first_fragment_was()
    {
        Fragment(8, 8, more: true);
        Fragment(0, 2400, more: true, id: 2, first: 60, headers: "2c00 010400000000");
        byte[] first = InputRig.V6Fragment(There, Here, Octets(2400), 2, 0, more: true, first: 60, headers: "2c00 010400000000");
        _rig.Clock.Advance(TimeSpan.FromSeconds(59.9));
        Assert.Empty(_rig.Left.Sent);
        _rig.Clock.Advance(TimeSpan.FromSeconds(0.2));
        byte[] error = Assert.Single(_rig.Left.Sent);
        Assert.Equal((1280, 3, 1), (error.Length, error[40], error[41]));
        Assert.Equal(first[..1232], error[48..]);
        Assert.Equal(2, _rig.Drops(FragmentTimeout));
    }

    [Fact]
    public void The_families_wait_for_times_of_their_own()
    {
        Fragment(0, 8, more: true);
        _rig.Clock.Advance(TimeSpan.FromSeconds(10));
        _rig.Receive(InputRig.V4("10.9.0.1", "10.9.0.2", new byte[8], id: 1, more: true));
        _rig.Clock.Advance(TimeSpan.FromSeconds(30));
        Assert.Equal((1, 1L), (_rig.Fragments.Count, _rig.Drops(FragmentTimeout)));
        _rig.Clock.Advance(TimeSpan.FromSeconds(20));
        Assert.Equal((0, 2L), (_rig.Fragments.Count, _rig.Drops(FragmentTimeout)));
    }

    [Theory]      // RFC 3168 §5.3
    [InlineData(2, 2, 2)]
    [InlineData(2, 3, 3)]
    [InlineData(1, 3, 3)]
    [InlineData(3, 3, 3)]
    [InlineData(0, 3, null)]
    public void Congestion_marked_on_one_is_marked_on_the_whole(byte first, byte second, int? whole)
    {
        Fragment(0, 8, more: true, trafficClass: (byte)(0xB8 | first));
        Received received = Fragment(8, 8, more: false, trafficClass: second);
        Assert.Equal(whole is null ? FragmentMixedEcn : None, received.Reason);
        if (whole is null) return;
        Assert.True(Ipv6Packet.TryParse(received.Packet, out Ipv6Packet packet));
        Assert.Equal(0xB8 | whole, packet.TrafficClass);
    }

    [Fact]
    public void A_packet_that_is_too_long_with_the_first_one_s_headers_is_dropped()
    {
        Fragment(32_768, 65_535 - 32_768, more: false);
        Assert.Equal(FragmentMalformed, Fragment(0, 32_768, more: true, first: 60, headers: "2c00 010400000000").Reason);
        Fragment(32_768, 65_535 - 32_768, more: false, id: 2);
        Assert.Equal(65_575, Fragment(0, 32_768, more: true, id: 2).Packet.Length);
    }

    [Theory]
    [InlineData(8, false)]
    [InlineData(1440, false)]
    [InlineData(8, true)]
    [InlineData(1440, true)]
    public void A_hundred_thousand_open_packets_stay_under_the_bound_that_both_families_share(int length, bool fromOne)
    {
        int most = 0;
        for (uint i = 0; i < 100_000; i++)
        {
            string from = fromOne ? There : $"2001:db8:{i >> 8:x}:{i & 0xFF:x}::1";
            byte[] packet = i % 4 == 0
                ? InputRig.V4("10.9.0.1", "10.9.0.2", new byte[length], id: (ushort)i, offset: 1480, more: true)
                : InputRig.V6Fragment(from, Here, new byte[length], i, 1440, more: true);
            _rig.ReceiveV6(packet);
            most = Math.Max(most, _rig.Fragments.Held);
        }

        Assert.InRange(most, 1, _rig.Settings.FragmentMemory);
        Assert.InRange(_rig.Fragments.Count, 256, _rig.Settings.MaxFragmentedPackets);
        Assert.InRange(_rig.Fragments.Steps, 100_000, 1_000_000);      // chains stay short
        _rig.Clock.Advance(TimeSpan.FromSeconds(61));
        Assert.Equal((0, 0), (_rig.Fragments.Count, _rig.Fragments.Held));
    }

    [Fact]
    public void Whoever_changes_the_addresses_of_one_subnet_makes_no_place_with_others()
    {
        Fragment(0, 8, more: true, from: "2001:db8:7::1");
        for (int i = 0; i < 5000; i++) Fragment(0, 8, more: true, from: $"2001:db8:6::{i:x}");
        Assert.Equal(_rig.Settings.MaxFragmentedPacketsPerSource + 1, _rig.Fragments.Count);
        Assert.True(Fragment(8, 8, more: false, from: "2001:db8:7::1").IsWhole);
    }

    [Fact]
    public void Chains_of_a_hundred_headers_and_tiny_fragments_cost_nothing_that_stays()
    {
        string chain = string.Concat(Enumerable.Repeat("3c00010400000000", 99)) + "c800010400000000";
        Assert.Equal(Ip6TooManyHeaders, _rig.ReceiveV6(InputRig.V6(There, Here, Convert.FromHexString(chain), 60)).Reason);
        _rig.Settings.MaxExtensionHeaders = 100;
        Assert.True(_rig.ReceiveV6(InputRig.V6(There, Here, Convert.FromHexString(chain), 60)).IsWhole);
        for (int i = 8190; i > 0; i--) Fragment(i * 8, 8, more: true);
        Assert.Equal(65_536, Fragment(0, 8, more: true, first: 44).IsWhole ? 0 : 65_536);
        Assert.Equal(65_535, Fragment(65_528, 7, more: false).Payload.Length);
        Assert.Null(Errors);
    }

    [Fact]
    public void Fragments_allocate_nothing_in_steady_state()
    {
        byte[] first = InputRig.V6Fragment(There, Here, Octets(1440), 1, 0, more: true), last = InputRig.V6Fragment(There, Here, Octets(700), 1, 1440, more: false);
        long Measure()
        {
            long before = GC.GetAllocatedBytesForCurrentThread();
            for (int i = 0; i < 1000; i++)
            {
                _rig.Left.Receive(first);
                _rig.Left.Receive(last);
                _rig.Left.Sent.Clear();
            }

            return GC.GetAllocatedBytesForCurrentThread() - before;
        }

        _rig.Stack.Configure(static stack => stack.IcmpV6.ErrorInterval = TimeSpan.FromDays(1));      // nobody takes protocol 200
        Measure();
        Assert.InRange(Measure(), 0, 64 * 2000);      // the verdict of the test's own link
        Assert.Equal(2000, _rig.Count(Counter.Ip6Reassembled));
    }
}
