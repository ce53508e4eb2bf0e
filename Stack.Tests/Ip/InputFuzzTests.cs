using UserNet.Doors;
using UserNet.Ip;
using UserNet.Tests.Infrastructure;
using UserNet.Wire;
using Xunit;
using static System.Buffers.Binary.BinaryPrimitives;

namespace UserNet.Tests.Ip;

public sealed class InputFuzzTests
{
    private static readonly string[] Sources =
        ["10.9.0.1", "10.9.0.1", "10.9.0.3", "10.8.0.9", "10.9.0.2", "0.0.0.0", "127.0.0.1", "224.0.0.1", "203.0.113.5"];
    private static readonly string[] Destinations =
        ["10.9.0.2", "10.9.0.2", "10.9.0.2", "10.8.0.2", "10.8.0.7", "10.9.0.255", "224.0.0.1", "255.255.255.255", "203.0.113.9", "127.0.0.1"];
    private static readonly string[] Options =
        ["", "", "", "94040000", "0707040000000000", "440c05010000000000000000", "8307040a00000100", "99ff0000", "070b040000000000000000"];
    private static readonly IpProtocol[] Protocols = [IpProtocol.Icmp, IpProtocol.Udp, IpProtocol.Tcp, IpProtocol.Igmp, (IpProtocol)99];

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void No_packet_however_bent_makes_the_way_in_stumble(bool forwards)
    {
        Random random = TestSettings.Random(forwards ? 750 : 751);
        using InputRig rig = new(rightMtu: 200);
        rig.Settings.Forwards = forwards;
        rig.Settings.FragmentMemory = IpInputSettings.MinFragmentMemory;
        rig.Stack.Configure(static stack => stack.Host.AddRoute("203.0.113.0/24", via: "10.8.0.1"));
        long[] seen = new long[256];
        int count = TestSettings.Count(60_000, 1_000_000);
        for (int i = 0; i < count; i++)
        {
            byte[] packet = i % 16 < 4 ? Orderly(i / 16, i % 16) : Make(random);
            if (i % 16 >= 4) Bend(ref packet, random);
            DropReason reason = (i % 16 < 4 || random.Next(3) > 0 ? rig.Left : rig.Right).Receive(packet);
            seen[(int)reason]++;
            if (rig.Fragments.Held > rig.Settings.FragmentMemory) Assert.Fail("More memory than allowed.");
            CheckSent(rig.Left);
            CheckSent(rig.Right);
            if (random.Next(100) == 0) rig.Clock.Advance(TimeSpan.FromMilliseconds(random.Next(4000)));
        }

        rig.Clock.Advance(TimeSpan.FromHours(1));
        Assert.Equal(0, rig.Fragments.Count);
        Assert.Equal(0, rig.Fragments.Held);
        Assert.Equal(0, rig.Core.Context.Packets.Outstanding);
        DropReason[] expected =
        [
            DropReason.None, DropReason.IpMalformed, DropReason.IpBadChecksum, DropReason.IpMartianSource, DropReason.IpMartianDestination,
            DropReason.IpSourceRoute, DropReason.IpBadOption, DropReason.FragmentMalformed, DropReason.FragmentOverlap,
            DropReason.FragmentDuplicate, forwards ? DropReason.IpTimeToLiveExceeded : DropReason.IpNotForUs,
        ];
        Assert.All(expected, reason => Assert.True(seen[(int)reason] > 0, $"{reason} was never the reason."));
        Assert.True(rig.Count(Counter.IpReassembled) > 0);
    }

    private static void CheckSent(TestLink link)
    {
        foreach (byte[] sent in link.Sent)
        {
            bool isPacket = Ipv4Packet.TryParse(sent, out Ipv4Packet packet) && packet.ChecksumIsRight;
            if (!isPacket || packet.Octets.Length != sent.Length || sent.Length > link.Mtu)
                Assert.Fail($"A packet was sent that is none: {Convert.ToHexString(sent)}");
        }

        link.Sent.Clear();
    }

    /// <summary>A packet in two fragments, of which the first comes twice, and a third that nobody waits for.</summary>
    private static byte[] Orderly(int number, int step) =>
        InputRig.V4("10.9.0.1", "10.9.0.2", new byte[64], id: (ushort)(number + 6), offset: step < 2 ? 0 : 64 * (step - 1), more: step != 2);

    private static byte[] Make(Random random)
    {
        bool isFragment = random.Next(2) == 0;
        int offset = isFragment ? 8 * random.Next(random.Next(4) == 0 ? 8192 : 12) : 0;
        byte[] payload = new byte[isFragment && random.Next(5) > 0 ? 8 * random.Next(1, 6) : random.Next(random.Next(10) == 0 ? 1400 : 60)];
        if (random.Next(2) == 0) random.NextBytes(payload);
        return InputRig.V4(
            Sources[random.Next(Sources.Length)], Destinations[random.Next(Destinations.Length)], payload,
            Protocols[random.Next(Protocols.Length)], (byte)(random.Next(4) == 0 ? random.Next(3) : 64), (ushort)random.Next(6),
            offset, isFragment && random.Next(3) > 0, random.Next(4) == 0, (byte)random.Next(4), Options[random.Next(Options.Length)]);
    }

    private static void Bend(ref byte[] packet, Random random)
    {
        int kind = random.Next(8);
        if (kind < 3) return;
        if (kind == 3) packet = packet[..random.Next(packet.Length + 1)];
        if (kind == 4) packet = [.. packet, .. new byte[random.Next(60)]];
        if (packet.Length == 0) return;
        for (int i = random.Next(1, 4); i > 0 && kind > 4; i--)
        {
            int at = random.Next(random.Next(3) > 0 ? Math.Min(24, packet.Length) : packet.Length);
            packet[at] = (byte)(random.Next(2) == 0 ? packet[at] ^ (1 << random.Next(8)) : random.Next(256));
        }

        if (random.Next(5) == 0 || packet.Length < 20) return;
        WriteUInt16BigEndian(packet.AsSpan(10), 0);      // so that it is not the checksum alone that keeps bent ones out
        WriteUInt16BigEndian(packet.AsSpan(10), InternetChecksum.Of(packet.AsSpan(0, Math.Clamp((packet[0] & 0xF) * 4, 20, packet.Length))));
    }
}
