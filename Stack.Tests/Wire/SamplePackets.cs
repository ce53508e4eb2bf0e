using System.Buffers.Binary;
using UserNet.Addressing;
using UserNet.Buffers;
using UserNet.Wire;

namespace UserNet.Tests.Wire;

/// <summary>Ethernet frames of many kinds, right and wrong ones: what printers, captures and fuzzers begin with.</summary>
internal static partial class SamplePackets
{
    public static readonly MacAddress StationA = MacAddress.Parse("02:00:00:00:00:01"), StationB = MacAddress.Parse("02:00:00:00:00:02");
    public static readonly InetAddress A = InetAddress.Parse("10.0.0.1"), B = InetAddress.Parse("10.0.0.2");
    public static readonly InetAddress Group = InetAddress.Parse("239.1.2.3");

    private static readonly PacketPool Pool = new();

    /// <summary>An Ethernet frame.</summary>
    public static byte[] Frame(byte[] payload, EtherType type = EtherType.Ipv4, string tags = "")
    {
        byte[] header = new byte[12];
        StationB.WriteOctets(header);
        StationA.WriteOctets(header.AsSpan(6));
        return [.. header, .. Hex(tags), (byte)((int)type >> 8), (byte)type, .. payload];
    }

    /// <summary>An IPv4 packet from A to B.</summary>
    public static byte[] IpV4(
        byte[] payload, IpProtocol protocol, string options = "", InetAddress? destination = null, Func<Ipv4Header, Ipv4Header>? change = null)
    {
        lock (Pool)
        {
            PacketBuffer packet = Pool.RentCopy(payload);
            var header = new Ipv4Header(A, destination ?? B, protocol, Identification: 1);
            (change?.Invoke(header) ?? header).PrependTo(packet, Hex(options));
            return Take(packet);
        }
    }

    /// <summary>A UDP datagram from A to B.</summary>
    public static byte[] Datagram(int length, ushort from = 4000, ushort to = 4001)
    {
        lock (Pool)
        {
            PacketBuffer packet = Pool.RentCopy(Letters(length));
            new UdpHeader(from, to).PrependTo(packet, new PseudoHeader(A, B, IpProtocol.Udp, 0));
            return Take(packet);
        }
    }

    /// <summary>An ICMP message.</summary>
    public static byte[] Icmp(int type, int code, uint rest, byte[]? payload = null)
    {
        lock (Pool)
        {
            PacketBuffer packet = Pool.RentCopy(payload ?? []);
            new Icmpv4Header((Icmpv4Type)type, (byte)code, rest).PrependTo(packet);
            return Take(packet);
        }
    }

    /// <summary>An IGMP message from its octets, sealed with its checksum.</summary>
    public static byte[] Igmp(string octets)
    {
        byte[] message = Hex(octets);
        if (message.Length >= 4) BinaryPrimitives.WriteUInt16BigEndian(message.AsSpan(2), InternetChecksum.Of(message));
        return message;
    }

    /// <summary>A TCP segment from A to B, sealed with its checksum.</summary>
    public static byte[] Segment(
        TcpFlags flags, uint sequence, uint ack, ushort window = 1000, string options = "", int length = 0, int urgent = 0, int? offset = null)
    {
        byte[] octets = [.. new byte[20], .. Hex(options), .. Letters(length)];
        BinaryPrimitives.WriteUInt16BigEndian(octets, 4000);
        BinaryPrimitives.WriteUInt16BigEndian(octets.AsSpan(2), 4001);
        BinaryPrimitives.WriteUInt32BigEndian(octets.AsSpan(4), sequence);
        BinaryPrimitives.WriteUInt32BigEndian(octets.AsSpan(8), ack);
        int words = offset ?? 5 + (options.Length / 8);
        BinaryPrimitives.WriteUInt16BigEndian(octets.AsSpan(12), (ushort)((words << 12) | (int)flags));
        BinaryPrimitives.WriteUInt16BigEndian(octets.AsSpan(14), window);
        BinaryPrimitives.WriteUInt16BigEndian(octets.AsSpan(18), (ushort)urgent);
        var pseudo = new PseudoHeader(A, B, IpProtocol.Tcp, octets.Length);
        BinaryPrimitives.WriteUInt16BigEndian(octets.AsSpan(16), InternetChecksum.Of(octets, pseudo));
        return octets;
    }

    /// <summary>An ARP frame.</summary>
    public static byte[] Arp(int operation, InetAddress sender, MacAddress targetHardware, InetAddress target, int padding = 0)
    {
        lock (Pool)
        {
            PacketBuffer packet = Pool.Rent(100);
            new ArpHeader((ArpOperation)operation, StationA, sender, targetHardware, target).PrependTo(packet);
            packet.Append(padding).Clear();
            new EthernetHeader(MacAddress.Broadcast, StationA, EtherType.Arp).PrependTo(packet);
            return Take(packet);
        }
    }

    /// <summary>An IPv6 packet.</summary>
    public static byte[] IpV6(byte[] payload, int nextHeader)
    {
        byte[] header = Hex("60000000 0000 0040" + "fd000000000000000000000000000001" + "fd000000000000000000000000000002");
        BinaryPrimitives.WriteUInt16BigEndian(header.AsSpan(4), (ushort)payload.Length);
        header[6] = (byte)nextHeader;
        return [.. header, .. payload];
    }

    /// <summary>Octets from hexadecimal digits with spaces between.</summary>
    public static byte[] Hex(string text) => Convert.FromHexString(text.Replace(" ", "", StringComparison.Ordinal));

    private static byte[] Letters(int length)
    {
        byte[] octets = new byte[length];
        for (int i = 0; i < length; i++) octets[i] = (byte)('a' + (i % 26));
        return octets;
    }

    private static byte[] Take(PacketBuffer packet)
    {
        byte[] octets = packet.Span.ToArray();
        packet.Return();
        return octets;
    }
}
