using UserNet.Addressing;
using UserNet.Core;
using UserNet.Doors;
using UserNet.Ip;
using UserNet.Link;
using UserNet.Simulation;
using UserNet.Tests.Infrastructure;
using UserNet.Wire;
using Xunit;
using static System.Buffers.Binary.BinaryPrimitives;

namespace UserNet.Tests.Ip;

/// <summary>
/// IPv6 packets that make sense in part, on a host between an Ethernet and a link of bare packets: extension headers in any order, parts of
/// packets, Neighbor Discovery, reports of groups and errors, bent here and there.
/// </summary>
public sealed class InputFuzzV6Tests
{
    private const byte HopByHop = 0, Routing = 43, Fragment = 44, Icmp = 58, None = 59, Destination = 60;

    private static readonly MacAddress Here = MacAddress.Parse("02:00:00:00:00:02"), Peer = MacAddress.Parse("02:00:00:00:00:99");

    private static readonly string[] Sources =
    [
        "2001:db8:9::1", "2001:db8:9::1", "2001:db8:9::3", "2001:db8:8::9", "fe80::1", "fe80::1", "2001:db8:9::2", "::", "::1", "ff02::1",
        "::ffff:10.9.0.1", "2001:db8:77::5",
    ];

    private static readonly string[] Destinations =
    [
        "2001:db8:9::2", "2001:db8:9::2", "2001:db8:9::2", "2001:db8:8::2", "2001:db8:8::7", "fe80::2", "ff02::1", "ff02::1:ff00:2", "ff02::2",
        "ff02::16", "2001:db8:77::9", "::1", "::", "ff0e::99",
    ];

    private static readonly byte[] Icmps = [1, 2, 3, 4, 127, 128, 129, 130, 131, 132, 133, 134, 135, 136, 137, 143, 200];

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void No_packet_however_bent_makes_the_way_in_stumble(bool forwards)
    {
        Random random = TestSettings.Random(forwards ? 752 : 753);
        var clock = new ManualClock();
        using TestLink left = new(LinkMedium.Ethernet) { Address = Here }, right = new(LinkMedium.Ip, 1280);
        using var stack = new NetworkStack(new NetworkStackOptions { TimeProvider = clock, Randomness = new Random(1).NextBytes });
        stack.Attach("left", left, new InterfaceOptions { Addresses = ["2001:db8:9::2/64", "fe80::2/64"] });
        stack.Attach("right", right, new InterfaceOptions { Addresses = ["2001:db8:8::2/64"] });
        stack.Configure(static stack => stack.Host.AddRoute("2001:db8:77::/64", via: "2001:db8:8::1"));
        stack.Host.InputSettings.Forwards = forwards;
        stack.Host.InputSettings.FragmentMemory = IpInputSettings.MinFragmentMemory;
        clock.Advance(TimeSpan.FromSeconds(5));      // addresses are looked for on the link first
        left.Sent.Clear();
        StackCore core = stack.Core;
        long[] seen = new long[256];
        int count = TestSettings.Count(40_000, 1_000_000);
        for (int i = 0; i < count; i++)
        {
            byte[] packet = Make(random);
            Bend(ref packet, random);
            bool fromLeft = random.Next(3) > 0;
            seen[(int)(fromLeft ? left.Receive(Framed(packet, random)) : right.Receive(packet))]++;
            if (core.Input!.Fragments.Held > stack.Host.InputSettings.FragmentMemory) Assert.Fail("More memory than allowed.");
            CheckSent(left, hasFrames: true);
            CheckSent(right, hasFrames: false);
            if (random.Next(100) == 0) clock.Advance(TimeSpan.FromMilliseconds(random.Next(4000)));
        }

        clock.Advance(TimeSpan.FromHours(1));
        Assert.Equal((0, 0L), (core.Input!.Fragments.Count, core.Input.Fragments.Held));
        Assert.Equal(0, core.Context.Packets.Outstanding);
        DropReason[] expected =
        [
            DropReason.None, DropReason.Ip6Malformed, DropReason.Ip6MartianSource, DropReason.Ip6MartianDestination, DropReason.Ip6SourceRoute,
            DropReason.Ip6BadOption, DropReason.Ip6BadExtension, DropReason.Ip6UnknownProtocol,
            DropReason.Icmp6BadChecksum, DropReason.Icmp6UnknownType, DropReason.UdpNoPort,
        ];
        Assert.All(expected, reason => Assert.True(seen[(int)reason] > 0, $"{reason} was never the reason."));
    }

    /// <summary>What is sent is a packet of its length, with the right checksum, and fits the link.</summary>
    private static void CheckSent(TestLink link, bool hasFrames)
    {
        foreach (byte[] sent in link.Sent)
        {
            ReadOnlySpan<byte> octets = sent;
            if (hasFrames)
            {
                if (!EthernetFrame.TryParse(sent, out EthernetFrame frame)) Assert.Fail("No frame was sent.");
                octets = frame.Payload;
            }

            bool isPacket = Ipv6Packet.TryParse(octets, out Ipv6Packet packet) && packet.Octets.Length == octets.Length && octets.Length <= link.Mtu;
            bool isOwn = isPacket && packet.HopLimit is 64 or 255 && (packet.Source.ToString() is "2001:db8:9::2" or "2001:db8:8::2" or "fe80::2");
            if (isOwn && packet.NextHeader == IpProtocol.Icmpv6)      // what is forwarded may be as bent as it came
            {
                PseudoHeader pseudo = new(packet.Source, packet.Destination, IpProtocol.Icmpv6, packet.Payload.Length);
                isPacket = InternetChecksum.Of(packet.Payload, pseudo) == 0;
            }

            if (!isPacket) Assert.Fail($"A packet was sent that is none: {Convert.ToHexString(sent)}");
        }

        link.Sent.Clear();
    }

    private static byte[] Framed(byte[] packet, Random random)
    {
        byte[] frame = [.. new byte[14], .. packet];
        bool isToMany = packet.Length >= 40 && packet[24] == 0xFF && random.Next(10) > 0;
        MacAddress to = random.Next(20) == 0 ? MacAddress.Broadcast
            : isToMany ? MacAddress.FromBits(0x3333_0000_0000UL | ReadUInt32BigEndian(packet.AsSpan(36))) : Here;      // RFC 2464 §7
        to.WriteOctets(frame);
        Peer.WriteOctets(frame.AsSpan(6));
        WriteUInt16BigEndian(frame.AsSpan(12), 0x86DD);
        return frame;
    }

    private static byte[] Make(Random random)
    {
        byte[] source = Octets(Sources[random.Next(Sources.Length)]), destination = Octets(Destinations[random.Next(Destinations.Length)]);
        byte last = random.Next(10) switch { < 2 => 17, 2 => 6, < 8 => Icmp, 8 => None, _ => (byte)random.Next(256) };
        byte[] payload = last == Icmp ? IcmpMessage(random) : new byte[random.Next(random.Next(10) == 0 ? 1200 : 60)];
        if (last == 17 && payload.Length >= 8) (payload[3], payload[4], payload[5]) = ((byte)random.Next(4), (byte)(payload.Length >> 8), (byte)payload.Length);
        if (last is Icmp or 17 or 6) Seal(payload, source, destination, last);
        byte next = last;
        for (int n = random.Next(3) == 0 ? random.Next(1, random.Next(8) == 0 ? 12 : 4) : 0; n > 0; n--)
        {
            byte kind = (byte)(random.Next(6) switch { 0 => HopByHop, 1 => Routing, 2 or 3 => Fragment, _ => Destination });
            payload = [.. Extension(kind, next, random), .. payload];
            next = kind;
        }

        byte hops = (byte)(random.Next(3) == 0 ? random.Next(3) : last == Icmp ? 255 : 64);
        byte[] header = [0x60, (byte)random.Next(4), 0, 0, (byte)(payload.Length >> 8), (byte)payload.Length, next, hops];
        return [.. header, .. source, .. destination, .. payload];
    }

    private static byte[] Extension(byte kind, byte next, Random random)
    {
        if (kind == Fragment)
        {
            int offset = random.Next(3) == 0 ? 0 : 8 * random.Next(random.Next(4) == 0 ? 8192 : 12);
            int field = offset | random.Next(2);
            return [next, 0, (byte)(field >> 8), (byte)field, 0, 0, 0, (byte)random.Next(6)];
        }

        byte[] header = new byte[8 * random.Next(1, 4)];
        (header[0], header[1]) = (next, (byte)((header.Length / 8) - 1));
        if (kind == Routing)
        {
            (header[2], header[3]) = ((byte)random.Next(5), (byte)random.Next(3));
            return header;
        }

        header[2] = random.Next(4) switch { 0 => 5, 1 => (byte)random.Next(256), _ => 1 };      // router alert, any, padding
        header[3] = (byte)(random.Next(8) == 0 ? random.Next(256) : header.Length - 4);
        return header;
    }

    private static byte[] IcmpMessage(Random random)
    {
        byte type = Icmps[random.Next(Icmps.Length)];
        int most = type switch { 133 => 8, 134 => 16, 137 => 40, 135 or 136 => 24, 130 or 131 or 132 => 24, 143 => 8, _ => 48 };
        byte[] message = new byte[most];
        if (random.Next(2) == 0) random.NextBytes(message);
        (message[0], message[1]) = (type, (byte)(random.Next(6) == 0 ? random.Next(8) : 0));
        if (message.Length >= 24) Octets(Destinations[random.Next(Destinations.Length)]).CopyTo(message, 8);
        for (int n = random.Next(4); n > 0; n--) message = [.. message, .. DiscoveryOption(random)];
        if (type == 143) message[7] = (byte)random.Next(4);
        return message;
    }

    private static byte[] DiscoveryOption(Random random)
    {
        byte[] option = new byte[8 * random.Next(1, 5)];
        random.NextBytes(option);
        byte[] kinds = [1, 2, 3, 4, 5, 14, 24, 25, 31];
        (option[0], option[1]) = (kinds[random.Next(kinds.Length)], (byte)(random.Next(12) == 0 ? random.Next(4) : option.Length / 8));
        return option;
    }

    private static void Seal(byte[] payload, byte[] source, byte[] destination, byte protocol)
    {
        int at = protocol switch { Icmp => 2, 17 => 6, _ => 16 };
        if (payload.Length < at + 2) return;
        WriteUInt16BigEndian(payload.AsSpan(at), 0);
        PseudoHeader pseudo = new(InetAddress.FromOctets(source), InetAddress.FromOctets(destination), (IpProtocol)protocol, payload.Length);
        WriteUInt16BigEndian(payload.AsSpan(at), InternetChecksum.Of(payload, pseudo));
    }

    private static void Bend(ref byte[] packet, Random random)
    {
        int kind = random.Next(8);
        if (kind < 4) return;
        if (kind == 4) packet = packet[..random.Next(packet.Length + 1)];
        if (kind == 5) packet = [.. packet, .. new byte[random.Next(60)]];
        if (packet.Length == 0) return;
        for (int i = random.Next(1, 4); i > 0 && kind > 5; i--)
        {
            int at = random.Next(random.Next(3) > 0 ? Math.Min(64, packet.Length) : packet.Length);
            packet[at] = (byte)(random.Next(2) == 0 ? packet[at] ^ (1 << random.Next(8)) : random.Next(256));
        }
    }

    private static byte[] Octets(string address) => System.Net.IPAddress.Parse(address).MapToIPv6().GetAddressBytes();
}
