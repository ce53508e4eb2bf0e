using UserNet.Doors;
using UserNet.Ip;
using UserNet.Tests.Infrastructure;
using UserNet.Wire;
using Xunit;
using static UserNet.Doors.DropReason;

namespace UserNet.Tests.Ip;

public sealed partial class FragmentReassemblyTests : IDisposable
{
    private readonly InputRig _rig = new();

    public void Dispose()
    {
        _rig.Dispose();
        Assert.Equal(0, _rig.Core.Context.Packets.Outstanding);
    }

    private static byte[] Octets(int count, int first = 0) => [.. Enumerable.Range(first, count).Select(static i => (byte)(i * 31 >> 3))];

    private Received Fragment(
        int offset, int length, bool more, ushort id = 1, string from = "10.9.0.1", byte tos = 0, IpProtocol protocol = IpProtocol.Udp,
        string options = "", int salt = 0) =>
        _rig.Receive(InputRig.V4(from, "10.9.0.2", Octets(length, offset + salt), protocol, id: id, offset: offset, more: more, tos: tos, options: options));

    [Fact]
    public void Fragments_make_one_packet_that_says_nothing_of_them()
    {
        Assert.Equal(None, Fragment(1480, 1000, more: false).Reason);
        Assert.Equal(1, _rig.Fragments.Count);
        byte[] first = InputRig.V4("10.9.0.1", "10.9.0.2", Octets(1480), ttl: 9, id: 1, more: true, df: true, tos: 0xB8);
        Received whole = _rig.Receive(first);
        Assert.True(whole.IsWhole);
        Assert.Equal(Octets(2480), whole.Payload);
        Assert.True(Ipv4Packet.TryParse(whole.Packet, out Ipv4Packet packet) && packet.ChecksumIsRight);
        Assert.Equal(2500, packet.TotalLength);
        Assert.False(packet.IsFragment);
        Assert.True(packet.DontFragment);
        Assert.Equal((9, 0xB8, 1), (packet.TimeToLive, packet.TrafficClass, packet.Identification));
        Assert.Equal(0, _rig.Fragments.Count);
        Assert.Equal(0, _rig.Fragments.Held);
        Assert.Equal(2, _rig.Count(Counter.IpReassemblyNeeded));
        Assert.Equal(1, _rig.Count(Counter.IpReassembled));
    }

    [Fact]
    public void Addresses_protocol_and_identification_name_the_packet()
    {
        Fragment(0, 8, more: true);
        Assert.False(Fragment(8, 8, more: false, id: 2).IsWhole);
        Assert.False(Fragment(8, 8, more: false, from: "10.9.0.3").IsWhole);
        Assert.False(Fragment(8, 8, more: false, protocol: IpProtocol.Icmp).IsWhole);
        Assert.False(_rig.Receive(InputRig.V4("10.9.0.1", "10.8.0.2", new byte[8], id: 1, offset: 8)).IsWhole);
        Assert.Equal(5, _rig.Fragments.Count);
        Assert.True(Fragment(8, 8, more: false).IsWhole);
    }

    [Theory]
    [InlineData(0, 7, true, IpProtocol.Udp)]              // ends inside a unit, and is not the last
    [InlineData(8, 1001, true, IpProtocol.Udp)]
    [InlineData(0, 0, true, IpProtocol.Udp)]
    [InlineData(8, 0, false, IpProtocol.Udp)]             // brings nothing
    [InlineData(65_512, 4, false, IpProtocol.Udp)]        // ends beyond the largest packet
    [InlineData(65_528, 8, true, IpProtocol.Udp)]
    [InlineData(0, 8, true, IpProtocol.Tcp)]              // hides the flags of TCP
    [InlineData(8, 8, true, IpProtocol.Tcp)]
    [InlineData(8, 100, false, IpProtocol.Tcp)]
    public void A_fragment_that_can_t_be_is_dropped_alone(int offset, int length, bool more, IpProtocol protocol)
    {
        Assert.Equal(FragmentMalformed, Fragment(offset, length, more, protocol: protocol).Reason);
        Assert.Equal(0, _rig.Fragments.Count);
    }

    [Fact]
    public void The_largest_packet_there_is_comes_through_and_one_octet_more_does_not()
    {
        Fragment(0, 32_768, more: true);
        Received whole = Fragment(32_768, 65_515 - 32_768, more: false);
        Assert.Equal(65_535, whole.Packet.Length);
        Assert.Equal(Octets(65_515), whole.Payload);
        // With four octets of options in the first fragment, the same is too long: known only when all is there.
        Fragment(0, 32_768, more: true, id: 2, options: "01010101");
        Assert.Equal(FragmentMalformed, Fragment(32_768, 65_515 - 32_768, more: false, id: 2).Reason);
        Assert.Equal(0, _rig.Fragments.Count);
        Fragment(0, 32_768, more: true, id: 3, options: "01010101");
        Assert.Equal(65_535, Fragment(32_768, 65_511 - 32_768, more: false, id: 3).Packet.Length);
    }

    [Theory]
    [InlineData(0, 1480, true)]
    [InlineData(2960, 1480, true)]
    [InlineData(7400, 100, false)]
    public void A_fragment_that_comes_twice_is_ignored(int offset, int length, bool more)
    {
        Fragment(0, 1480, more: true);
        Fragment(2960, 1480, more: true);
        Fragment(4440, 2960, more: true);
        Fragment(7400, 100, more: false);
        Assert.Equal(FragmentDuplicate, Fragment(offset, length, more).Reason);
        Assert.Equal(Octets(7500), Fragment(1480, 1480, more: true).Payload);
    }

    [Theory]
    [InlineData(8, 1480, true, 0)]           // from inside one into the gap
    [InlineData(1472, 16, true, 0)]
    [InlineData(0, 1472, true, 0)]           // a part of one
    [InlineData(8, 1472, true, 0)]
    [InlineData(0, 1488, true, 0)]           // more than one
    [InlineData(1480, 1488, true, 0)]        // into the next by 8 octets
    [InlineData(2960, 4440, true, 0)]        // two at once
    [InlineData(0, 8000, true, 0)]
    [InlineData(7400, 104, true, 0)]         // beyond the end
    [InlineData(8000, 8, true, 0)]
    [InlineData(7400, 99, false, 0)]         // another end
    [InlineData(7400, 101, false, 0)]
    [InlineData(8000, 8, false, 0)]
    [InlineData(0, 1480, true, 1)]           // other octets
    [InlineData(2960, 1480, false, 0)]       // as if it were the last
    [InlineData(1480, 1480, false, 0)]
    public void A_fragment_that_contradicts_others_takes_the_packet_with_it(int offset, int length, bool more, int salt)
    {
        Fragment(0, 1480, more: true);
        Fragment(2960, 1480, more: true);
        Fragment(4440, 2960, more: true);
        Fragment(7400, 100, more: false);
        Assert.Equal(FragmentOverlap, Fragment(offset, length, more, salt: salt).Reason);
        Assert.Equal(FragmentOverlap, Fragment(1480, 1480, more: true).Reason);      // what was missing
        Assert.Equal(FragmentOverlap, Fragment(0, 1480, more: true).Reason);
        Assert.Equal(FragmentedPacket.Cost, _rig.Fragments.Held);
        _rig.Clock.Advance(TimeSpan.FromSeconds(31));
        Assert.Equal(0, _rig.Fragments.Count);
        Assert.Null(InputRig.ErrorBy(_rig.Left));      // it was given up, it did not run out of time
    }

    [Fact]
    public void A_last_fragment_that_ends_before_others_do_is_a_contradiction()
    {
        Fragment(1480, 1480, more: true);
        Assert.Equal(FragmentOverlap, Fragment(8, 100, more: false).Reason);
    }

    [Fact]
    public void A_last_octet_beside_a_full_unit_is_not_a_duplicate_of_it()
    {
        Fragment(8, 8, more: true);
        Assert.Equal(FragmentOverlap, Fragment(8, 5, more: false).Reason);
        Fragment(8, 5, more: false, id: 2);
        Assert.Equal(FragmentOverlap, Fragment(8, 8, more: true, id: 2).Reason);
    }

    [Theory]
    [InlineData(0, 0, 0)]
    [InlineData(1, 1, 1)]
    [InlineData(2, 2, 2)]
    [InlineData(3, 3, 3)]
    [InlineData(2, 3, 3)]
    [InlineData(3, 1, 3)]
    [InlineData(2, 1, 2)]                    // the RFC does not say; the first fragment does
    [InlineData(0, 2, 0)]
    [InlineData(0, 3, -1)]
    [InlineData(3, 0, -1)]
    public void A_mark_of_congestion_is_not_lost(byte first, byte second, int expected)
    {
        Fragment(8, 8, more: false, tos: (byte)(0xB8 | second));
        Received whole = Fragment(0, 8, more: true, tos: (byte)(0xB8 | first));
        if (expected < 0) Assert.Equal(FragmentMixedEcn, whole.Reason);
        else Assert.Equal(0xB8 | expected, whole.Packet[1]);
        Assert.Equal(0, _rig.Fragments.Count);
    }

    [Fact]
    public void After_thirty_seconds_the_sender_is_told_if_the_first_fragment_came()
    {
        Fragment(0, 1480, more: true);
        Fragment(1480, 1480, more: true, id: 2);
        _rig.Clock.Advance(TimeSpan.FromSeconds(20));
        Fragment(1480, 1480, more: true);      // does not start the time anew
        Fragment(0, 8, more: true, id: 3);
        _rig.Clock.Advance(TimeSpan.FromSeconds(9.9));
        Assert.Equal(3, _rig.Fragments.Count);
        Assert.Null(InputRig.ErrorBy(_rig.Left));
        _rig.Clock.Advance(TimeSpan.FromSeconds(0.2));
        Assert.Equal("10.9.0.2>10.9.0.1 11/1 0 about 10.9.0.1>10.9.0.2", InputRig.ErrorBy(_rig.Left));
        Assert.Equal(1, _rig.Fragments.Count);
        Assert.Equal(2, _rig.Drops(FragmentTimeout));
        _rig.Clock.Advance(TimeSpan.FromSeconds(19));
        Assert.Equal(1, _rig.Fragments.Count);
        _rig.Clock.Advance(TimeSpan.FromSeconds(2));
        Assert.Equal(0, _rig.Fragments.Count);
        Assert.NotNull(InputRig.ErrorBy(_rig.Left));
        Assert.Equal(0, _rig.Fragments.Held);
    }

    [Theory]
    [InlineData(8)]
    [InlineData(1480)]
    public void The_error_quotes_the_first_fragment_as_it_came(int length)
    {
        byte[] first = InputRig.V4("10.9.0.1", "10.9.0.2", Octets(length), id: 7, more: true, options: "94040000");
        _rig.Receive(first);
        _rig.Clock.Advance(TimeSpan.FromSeconds(31));
        byte[] sent = Assert.Single(_rig.Left.TakeSent());
        byte[] quoted = sent[28..];
        Assert.True(quoted.Length >= Math.Min(first.Length, 24 + 8));
        Assert.Equal(first[..quoted.Length], quoted);
    }

    [Fact]
    public void No_error_is_sent_about_fragments_for_many()
    {
        _rig.Receive(InputRig.V4("10.9.0.1", "10.9.0.255", new byte[8], id: 1, more: true));
        _rig.Receive(InputRig.V4("10.9.0.1", "224.0.0.1", new byte[8], id: 1, more: true));
        _rig.Clock.Advance(TimeSpan.FromSeconds(31));
        Assert.Equal(2, _rig.Drops(FragmentTimeout));
        Assert.Null(InputRig.ErrorBy(_rig.Left));
    }

    [Fact]
    public void The_timeout_is_a_setting()
    {
        _rig.Settings.FragmentTimeout = TimeSpan.FromSeconds(2);
        Fragment(0, 8, more: true);
        _rig.Clock.Advance(TimeSpan.FromSeconds(1.9));
        Assert.Equal(1, _rig.Fragments.Count);
        _rig.Clock.Advance(TimeSpan.FromSeconds(0.2));
        Assert.Equal(0, _rig.Fragments.Count);
    }

    [Fact]
    public void The_oldest_packet_makes_place_for_one_too_many()
    {
        _rig.Settings.MaxFragmentedPackets = 3;
        for (ushort id = 1; id <= 4; id++) Fragment(0, 8, more: true, id);
        Assert.Equal(3, _rig.Fragments.Count);
        Assert.Equal(1, _rig.Drops(FragmentNoRoom));
        for (ushort id = 2; id <= 4; id++) Assert.True(Fragment(8, 8, more: false, id).IsWhole);
        Assert.False(Fragment(8, 8, more: false, id: 1).IsWhole);
    }

    [Fact]
    public void A_source_with_too_many_packets_loses_its_own()
    {
        _rig.Settings.MaxFragmentedPacketsPerSource = 2;
        Fragment(0, 8, more: true, id: 1, from: "10.9.0.7");
        for (ushort id = 1; id <= 10; id++) Fragment(0, 8, more: true, id);
        Assert.Equal(3, _rig.Fragments.Count);
        Assert.Equal(8, _rig.Drops(FragmentNoRoom));
        Assert.True(Fragment(8, 8, more: false, id: 1, from: "10.9.0.7").IsWhole);
        Assert.True(Fragment(8, 8, more: false, id: 9).IsWhole);
        Assert.True(Fragment(8, 8, more: false, id: 10).IsWhole);
    }

    [Fact]
    public void A_packet_of_too_many_fragments_is_given_up()
    {
        _rig.Settings.MaxFragments = 3;
        for (int i = 0; i < 3; i++) Assert.Equal(None, Fragment(i * 8, 8, more: true).Reason);
        Assert.Equal(FragmentTooMany, Fragment(24, 8, more: true).Reason);
        Assert.Equal(FragmentOverlap, Fragment(24, 8, more: false).Reason);
        Assert.False(Fragment(0, 8, more: true, id: 2).IsWhole);
        Fragment(8, 8, more: true, id: 2);
        Assert.True(Fragment(16, 8, more: false, id: 2).IsWhole);
    }

    [Fact]
    public void Memory_is_made_by_the_oldest_and_one_packet_always_fits()
    {
        _rig.Settings.FragmentMemory = IpInputSettings.MinFragmentMemory;
        Fragment(0, 8, more: true, id: 9);      // the oldest, that goes on growing
        for (ushort id = 1; id <= 6; id++) Fragment(0, 50_000, more: true, id);
        Assert.InRange(_rig.Fragments.Held, 1, IpInputSettings.MinFragmentMemory);
        Assert.Equal(3, _rig.Drops(FragmentNoRoom));      // the small one, 1 and 2
        Fragment(8, 60_000, more: true, id: 3);           // the oldest by now: contradicts, and stays as a memory
        Assert.True(Fragment(50_000, 10_000, more: false, id: 4).IsWhole);
        Assert.InRange(_rig.Fragments.Held, 1, IpInputSettings.MinFragmentMemory);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(IpInputSettings.MinFragmentMemory - 1)]
    [InlineData(IpInputSettings.MaxFragmentMemory + 1)]
    public void Settings_that_can_t_work_are_refused(int memory)
    {
        Assert.Throws<ArgumentOutOfRangeException>(() => _rig.Settings.FragmentMemory = memory);
        Assert.Throws<ArgumentOutOfRangeException>(() => _rig.Settings.FragmentTimeout = TimeSpan.FromSeconds(-memory));
        Assert.Throws<ArgumentOutOfRangeException>(() => _rig.Settings.MaxFragments = -memory);
        Assert.Throws<ArgumentOutOfRangeException>(() => _rig.Settings.MaxFragmentedPackets = -memory);
        Assert.Throws<ArgumentOutOfRangeException>(() => _rig.Settings.MaxFragmentedPacketsPerSource = -memory);
    }
}
