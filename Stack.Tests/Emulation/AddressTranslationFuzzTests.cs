using System.Security.Cryptography;
using UserNet.Binding;
using UserNet.Buffers;
using UserNet.Doors;
using UserNet.Emulation;
using UserNet.Link;
using UserNet.Simulation;
using UserNet.Tests.Infrastructure;
using UserNet.Wire;
using Xunit;
using static UserNet.Tests.Emulation.TranslationRig;

namespace UserNet.Tests.Emulation;

/// <summary>Packets without rhyme or reason: nothing throws, no limit is passed, and the same ones give the same octets.</summary>
public sealed class AddressTranslationFuzzTests
{
    [Theory]
    [InlineData(LinkMedium.Ip, TranslationFiltering.EndpointIndependent, true)]
    [InlineData(LinkMedium.Ip, TranslationFiltering.AddressDependent, false)]
    [InlineData(LinkMedium.Ethernet, TranslationFiltering.AddressAndPortDependent, false)]
    public void Bent_packets_do_no_harm_and_the_same_ones_give_the_same_octets_twice(LinkMedium medium, TranslationFiltering filtering, bool isRouters)
    {
        int count = TestSettings.Count(100_000, 1_000_000) / 3, seed = TestSettings.Random(73).Next();
        string first = Run(medium, filtering, isRouters, seed, count, out string mappings), again = Run(medium, filtering, isRouters, seed, count, out string mappingsAgain);
        Assert.Equal(first, again);
        Assert.Equal(mappings, mappingsAgain);
        Assert.NotEqual(first, Run(medium, filtering, isRouters, seed + 1, count / 10, out _));
    }

    private static string Run(LinkMedium medium, TranslationFiltering filtering, bool isRouters, int seed, int count, out string mappings)
    {
        using TranslationRig rig = new(
            options => options with
            {
                Ports = new PortRange(61_000, 61_063),
                MappingLimit = 150,
                SessionLimit = 300,
                FragmentLimit = 8,
                Filtering = filtering,
                OuterAddressIsRouters = isRouters,
                InboundRefreshes = seed % 2 == 0,
            },
            seed, medium);
        Random random = new(seed);
        using IncrementalHash hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        List<byte[]> seen = [];
        for (int i = 0; i < count; i++)
        {
            byte[] packet = Packet(random, seen);
            PacketOffload offload = Offload(random);
            if (medium == LinkMedium.Ethernet) packet = [.. Frames.Peer.ToString().Select(static c => (byte)c).Take(12), 8, 0, .. packet];
            if (random.Next(2) == 0) Assert.Equal(1, rig.Translation.Send([new LinkFrame(packet, offload)]));
            else rig.Link.Receive(packet, offload);
            foreach (byte[] frame in rig.Link.TakeSent()) Keep(frame);
            foreach (byte[] frame in rig.Inside.Frames) Keep(frame);
            rig.Inside.Frames.Clear();
            rig.Inside.Facts.Clear();
            rig.Inside.Batches.Clear();
            if (i % 64 == 0) rig.Clock.Advance(TimeSpan.FromMilliseconds(random.Next(20_000)));
            if (i % 1000 != 0) continue;
            AddressTranslationCounts counts = rig.Translation.Counts;
            Assert.InRange(counts.Mappings, 0, 150);
            Assert.InRange(counts.Sessions, counts.Mappings, 300);
            Assert.Equal(counts.Sessions, rig.Translation.Mappings.Rows.Count);
            Assert.Equal(counts.Mappings, rig.Translation.Mappings.Rows.Select(static row => (row.Protocol, row.Outer)).Distinct().Count());
            Assert.Equal(counts.Mappings, rig.Translation.Mappings.Rows.Select(static row => (row.Protocol, row.Inside)).Distinct().Count());
        }

        mappings = rig.Translation.Mappings.ToString();
        AddressTranslationCounts end = rig.Translation.Counts;
        Assert.True(end.Outbound > count / 20 && end.Inbound > count / 500 && end.Untouched > count / 20 && end.Dropped > count / 20, $"{end}");
        Assert.Equal(end.Dropped, Enum.GetValues<DropReason>().Sum(rig.Translation.DropsOf));
        rig.Clock.Advance(TimeSpan.FromHours(3));
        Assert.Equal((0, 0), (rig.Translation.Counts.Mappings, rig.Translation.Counts.Sessions));
        return Convert.ToHexString(hash.GetHashAndReset());

        void Keep(byte[] frame)
        {
            hash.AppendData(frame);
            byte[] packet = medium == LinkMedium.Ethernet ? frame[Math.Min(14, frame.Length)..] : frame;
            if (packet.Length < 20) return;
            if (seen.Count < 64) seen.Add(packet);
            else seen[random.Next(seen.Count)] = packet;
        }
    }

    /// <summary>A packet of few hosts and ports, or an answer to or an error about one that was seen; some with bits turned round or cut off.</summary>
    private static byte[] Packet(Random random, List<byte[]> seen)
    {
        string[] addresses = [Host, OtherHost, "192.168.1.1", Outer, Peer, OtherPeer, "203.0.113.77"];
        string from = addresses[random.Next(addresses.Length)], to = addresses[random.Next(addresses.Length)];
        ushort fromPort = Port(random), toPort = Port(random);
        byte[] packet = random.Next(8) switch
        {
            0 or 1 => Datagram(from, fromPort, to, toPort, random.Next(40), random.Next(4) != 0),
            2 or 3 => Segment(from, fromPort, to, toPort, (TcpFlags)random.Next(64), random.Next(40)),
            4 => Echo(from, to, (Icmpv4Type)(random.Next(2) == 0 ? random.Next(16) : random.Next(2) * 8), fromPort),
            5 when seen.Count > 0 => Error(from, random.Next(2) == 0 ? Outer : to, seen[random.Next(seen.Count)], random.Next(20, 60), (Icmpv4Type)(random.Next(2) * 8 + 3), (byte)random.Next(16)),
            6 when seen.Count > 0 => Swapped(seen[random.Next(seen.Count)]),
            _ => AddressTranslationFragmentTests.Cut(Datagram(from, fromPort, to, toPort, 100), 32, (ushort)random.Next(4)) is var parts ? parts[random.Next(parts.Length)] : [],
        };
        if (random.Next(4) != 0) return packet;
        int bits = random.Next(1, 4);
        for (int i = 0; i < bits; i++) packet[random.Next(packet.Length)] ^= (byte)(1 << random.Next(8));
        if (random.Next(2) == 0 && packet[0] == 0x45) AddressTranslationFragmentTests.Seal(packet);
        return random.Next(4) == 0 ? packet[..random.Next(packet.Length)] : packet;
    }

    private static ushort Port(Random random) => (ushort)(random.Next(2) == 0 ? random.Next(1, 120) : random.Next(60_990, 61_070));

    private static byte[] Swapped(byte[] packet)
    {
        byte[] swapped = (byte[])packet.Clone();
        packet.AsSpan(12, 4).CopyTo(swapped.AsSpan(16));
        packet.AsSpan(16, 4).CopyTo(swapped.AsSpan(12));
        if (packet.Length < 24 || packet[9] == 1) return swapped;
        packet.AsSpan(20, 2).CopyTo(swapped.AsSpan(22));
        packet.AsSpan(22, 2).CopyTo(swapped.AsSpan(20));
        return swapped;
    }

    private static PacketOffload Offload(Random random) => random.Next(10) != 0 ? default : new PacketOffload
    {
        NeedsChecksum = random.Next(2) == 0,
        ChecksumStart = (ushort)(random.Next(2) == 0 ? 20 : random.Next(100)),
        ChecksumOffset = (ushort)(random.Next(2) == 0 ? 6 : 16),
        ChecksumIsGood = random.Next(2) == 0,
        SegmentSize = (ushort)random.Next(2000),
        SegmentKind = (SegmentKind)random.Next(4),
    };
}
