using UserNet.Doors;
using UserNet.Wire;
using Xunit;
using static UserNet.Tests.Emulation.TranslationRig;

namespace UserNet.Tests.Emulation;

public sealed class AddressTranslationFragmentTests
{
    [Fact]
    public void Later_fragments_follow_the_first_both_ways()
    {
        using TranslationRig rig = new();
        byte[][] there = [.. Cut(Datagram(Host, 4000, Peer, 53, 3000), 1480).Select(part => rig.Out(part)!)];
        Assert.All(there, static part => Assert.Equal((Outer, Peer), (SourceOf(part), DestinationOf(part))));
        byte[] whole = Join(there);
        PlainChecksums.AreRight(whole);
        ushort outer = PortsOf(whole).Source;
        byte[] answer = Datagram(Peer, 53, Outer, outer, 5000);
        byte[][] parts = Cut(answer, 1480);
        // In any order, once the first is there.
        byte[][] back = [.. ((byte[][])[parts[0], parts[3], parts[1], parts[2]]).Select(part => rig.In(part)!)];
        byte[] received = Join([back[0], back[2], back[3], back[1]]);
        PlainChecksums.AreRight(received);
        Assert.Equal((Host, ((ushort)53, (ushort)4000)), (DestinationOf(received), PortsOf(received)));
        Assert.Equal(0, rig.Translation.Counts.Dropped);
    }

    [Fact]
    public void A_fragment_before_the_first_or_too_long_after_it_is_dropped()
    {
        using TranslationRig rig = new();
        byte[][] parts = Cut(Datagram(Host, 4000, Peer, 53, 3000), 1480);
        Assert.Null(rig.Out(parts[1]));
        Assert.NotNull(rig.Out(parts[0]));
        Assert.NotNull(rig.Out(parts[1]));
        rig.Clock.Advance(TimeSpan.FromSeconds(30));
        Assert.Null(rig.Out(parts[2]));
        byte[][] answers = Cut(Datagram(Peer, 53, Outer, rig.MapUdp(Host, 4000), 3000), 1480);
        Assert.Null(rig.In(answers[2]));
        Assert.Equal(3, rig.Drops(DropReason.TranslationFragment));
    }

    [Fact]
    public void The_fragments_of_a_packet_that_was_not_let_in_are_not_either()
    {
        using TranslationRig rig = new();
        foreach (byte[] part in Cut(Datagram(Peer, 53, Outer, 61_000, 3000), 1480)) Assert.Null(rig.In(part));
        Assert.Equal((1, 2), (rig.Drops(DropReason.TranslationNoMapping), rig.Drops(DropReason.TranslationFragment)));
    }

    [Fact]
    public void The_routers_own_fragments_pass_as_they_are()
    {
        using TranslationRig rig = new();
        foreach (byte[] part in Cut(Datagram(Peer, 53, Outer, 40_000, 3000), 1480)) Assert.Equal(part, rig.In(part));
        foreach (byte[] part in Cut(Datagram(Outer, 40_000, Peer, 53, 3000), 1480)) Assert.Equal(part, rig.Out(part));
    }

    [Fact]
    public void Echoes_in_fragments_find_their_way()
    {
        using TranslationRig rig = new();
        byte[] there = Join([.. Cut(Echo(Host, Peer, Icmpv4Type.EchoRequest, 6, 4000), 1480).Select(part => rig.Out(part)!)]);
        PlainChecksums.AreRight(there);
        byte[] back = Join([.. Cut(Echo(Peer, Outer, Icmpv4Type.EchoReply, IdentifierOf(there), 4000), 1480).Select(part => rig.In(part)!)]);
        PlainChecksums.AreRight(back);
        Assert.Equal((Host, (ushort)6), (DestinationOf(back), IdentifierOf(back)));
    }

    [Fact]
    public void As_many_fragmented_packets_are_followed_as_there_is_room_for()
    {
        using TranslationRig rig = new(static options => options with { FragmentLimit = 4 });
        byte[][][] packets = [.. Enumerable.Range(1, 5).Select(static i => Cut(Datagram(Host, (ushort)i, Peer, 53, 3000), 1480, (ushort)i))];
        foreach (byte[][] packet in packets) Assert.NotNull(rig.Out(packet[0]));
        Assert.Null(rig.Out(packets[0][1]));      // the oldest made place
        for (int i = 1; i < 5; i++) Assert.NotNull(rig.Out(packets[i][1]));
    }

    [Fact]
    public void Fragments_turn_round_as_well()
    {
        using TranslationRig rig = new(static options => options with { OuterAddressIsRouters = false });
        ushort port = rig.MapUdp(OtherHost, 7000);
        foreach (byte[] part in Cut(Datagram(Host, 4000, Outer, port, 3000), 1480)) Assert.Null(rig.Out(part));
        rig.Clock.AdvanceToNextTimer();
        byte[] whole = Join([.. rig.Inside.Frames]);
        PlainChecksums.AreRight(whole);
        Assert.Equal((Outer, OtherHost, (ushort)7000), (SourceOf(whole), DestinationOf(whole), PortsOf(whole).Destination));
    }

    [Fact]
    public void A_first_fragment_that_hides_a_tcp_header_stays_inside()
    {
        using TranslationRig rig = new();
        Assert.Null(rig.Out(Cut(Segment(Host, 4000, Peer, 80, TcpFlags.Syn, 100), 16)[0]));
        Assert.Equal(1, rig.Drops(DropReason.FragmentMalformed));
    }

    /// <summary>Cuts a packet into fragments with so many octets of payload.</summary>
    internal static byte[][] Cut(byte[] packet, int size, ushort identification = 99)
    {
        List<byte[]> parts = [];
        for (int at = 20; at < packet.Length; at += size)
        {
            byte[] part = [.. packet[..20], .. packet.AsSpan(at, Math.Min(size, packet.Length - at))];
            int offset = (at - 20) / 8;
            if (at + size < packet.Length) offset |= 0x2000;
            (part[2], part[3], part[6], part[7]) = ((byte)(part.Length >> 8), (byte)part.Length, (byte)(offset >> 8), (byte)offset);
            (part[4], part[5]) = ((byte)(identification >> 8), (byte)identification);
            Seal(part);
            parts.Add(part);
        }

        return [.. parts];
    }

    /// <summary>Puts fragments together, which are in order.</summary>
    internal static byte[] Join(byte[][] parts)
    {
        byte[] whole = [.. parts[0][..20], .. parts.SelectMany(static part => part[20..])];
        (whole[2], whole[3], whole[6], whole[7]) = ((byte)(whole.Length >> 8), (byte)whole.Length, 0, 0);
        foreach (byte[] part in parts) PlainChecksums.AreRight(part);
        Seal(whole);
        return whole;
    }

    internal static void Seal(Span<byte> packet)
    {
        int header = (packet[0] & 15) * 4, sum = 0;
        (packet[10], packet[11]) = (0, 0);
        for (int i = 0; i < header; i += 2) sum += (packet[i] << 8) | packet[i + 1];
        sum = (sum >> 16) + (sum & 0xFFFF);
        sum += sum >> 16;
        (packet[10], packet[11]) = ((byte)(~sum >> 8), (byte)~sum);
    }
}
