using UserNet.Addressing;
using UserNet.Wire;

namespace UserNet.Tests.Wire;

internal static partial class SamplePackets
{
    private const string RouterAlert = "94040000", G = "ef010203", HostA = "0a000001", HostB = "0a000002";

    private static readonly string[] IpOptions =
    [
        "94040000", "9404000194040000", "01010101", "070b040000000000000000", "070b080a00000900000000", "070b0c0a0000090a00000a",
        "83070808080808", "890b040808080808080808", "44140501000000000000000000000000000000 00", "441415010a000009000000050a00000900000005",
        "440c0d000000000580000006", "44140d030a000009000000050a00000900000005", "440c0df00000000580000006", "440c05020000000000000000",
        "820b000000000000000000", "8804beef", "860a00000001010400ff", "0703", "07ff0400", "9a04beef", "0105", "0700", "070300", "07030400",
        "440405f0", "1e04ffff", "85040000", "5206010203 04", "070705 00000000", "940300", "070703 00000000", "4408040000000005", "4404",
    ];

    private static readonly string[] IgmpMessages =
    [
        "11000000 00000000", "11000000" + G, "11640000 00000000", "110a0000" + G, "11ff0000" + G, "12000000" + G, "16000000" + G, "17000000" + G,
        "16050000" + G, "11640000 00000000 027d0000", "110a0000" + G + "0a7d0000", "11ff0000" + G + "027d0002" + HostA + HostB,
        "11050000" + G + "027d0002" + HostA, "118f0000 00000000 027d0002" + HostA + HostB, "11640000 00000000 02", "22000000 00000000",
        "22000000 00000001 04000000" + G, "22000000 00000002 04000000" + G + "05000002" + G + HostA + HostB,
        "22000000 00000006 01000000" + G + "02000000" + G + "03000000" + G + "04000000" + G + "05000000" + G + "06000000" + G,
        "22000000 00000001 09000000" + G, "22000000 00000002 04000000" + G, "22000000 00000001 01000003" + G + HostA,
        "22000000 00000001 01010001" + G + HostA + "41424344", "99000000" + G, "11640000", "16000000", "22000000 00000001 0100", "11", "16",
    ];

    private static readonly string[] TcpOptionLists =
    [
        "020405b40402080a000000050000000001030307", "020405b401010402", "0101080a0000000a0000000b", "0101050a00000064000000c8",
        "01010512000000640000012c0000019000000258", "05090000", "99040102", "99000102", "990a0102", "00000000", "01010002", "22020101",
        "220a01020304050607080101", "0303ff00", "05020101",
        "fe04f989", "fe0cf9890102030405060708", "2205010203010101", "2204010201010101", "fe06f989abcd0101", "fe04f98a", "fe06123401020101",
        "22140102030405060708090a0b0c0d0e0f101112", "fd06f989abcd0101", "22030101", "2205010203000000",
    ];

    /// <summary>All of them. Those that tcpdump looks deeper into than the printer are not among them.</summary>
    public static IReadOnlyList<byte[]> Frames { get; } =
        [
            .. Arps(), .. Udps(), .. Fragments(), .. WithOptions(), .. Icmps(), .. Igmps(), .. Tcps(), .. CutOff(), .. SixthVersion(),
            .. Mlds(), .. Discovery(), .. Extensions(),
        ];

    private static IEnumerable<byte[]> Arps()
    {
        yield return Arp(1, A, default, B);
        yield return Arp(1, A, StationB, B);
        yield return Arp(2, A, StationB, B, padding: 18);
        yield return Arp(1, default, default, B);
        yield return Arp(1, A, default, A);
        yield return Arp(2, A, default, A);
        foreach (int operation in (int[])[3, 4, 8, 9]) yield return Arp(operation, A, StationB, B);
        yield return Frame(Hex("0001080006040001"), EtherType.Arp);
    }

    private static IEnumerable<byte[]> Udps()
    {
        byte[] packet = IpV4(Datagram(5), IpProtocol.Udp);
        yield return Frame(packet);
        yield return Frame([.. packet, .. new byte[9]]);
        yield return Frame(packet, tags: "8100a005");
        yield return Frame(packet, tags: "88a830068100a005");
        foreach ((int length, int says) in ((int, int)[])[(3, 100), (3, 9), (3, 5), (0, 8)])
        {
            byte[] datagram = Datagram(length);
            datagram[5] = (byte)says;
            datagram[6] = datagram[7] = 0;      // no checksum, which would be wrong
            yield return Frame(IpV4(datagram, IpProtocol.Udp));
        }

        foreach (int length in (int[])[0, 3, 5]) yield return Frame(IpV4(Datagram(0)[..length], IpProtocol.Udp));
        foreach (byte trafficClass in (byte[])[0, 1, 2, 3, 0xB8])
            yield return Frame(IpV4(Datagram(1), IpProtocol.Udp, change: h => h with { TrafficClass = trafficClass, TimeToLive = trafficClass }));
        foreach (int protocol in (int[])[99, 200, 253]) yield return Frame(IpV4(new byte[4], (IpProtocol)protocol));
    }

    private static IEnumerable<byte[]> Fragments()
    {
        byte[] datagram = Datagram(2000);
        yield return Frame(IpV4(datagram[..1480], IpProtocol.Udp, change: h => h with { MoreFragments = true }));
        yield return Frame(IpV4(datagram[..1480], IpProtocol.Udp, change: h => h with { MoreFragments = true, DontFragment = true }));
        yield return Frame(IpV4(datagram[1480..], IpProtocol.Udp, change: h => h with { FragmentOffset = 1480 }));
        yield return Frame(IpV4(datagram[..1480], IpProtocol.Udp));
        yield return Frame(IpV4(Icmp(8, 0, 7, new byte[1472]), IpProtocol.Icmp, change: h => h with { MoreFragments = true }));
        foreach (int protocol in (int[])[1, 2, 6, 17, 200])
            yield return Frame(IpV4(new byte[8], (IpProtocol)protocol, change: h => h with { FragmentOffset = 65_528 }));
    }

    private static IEnumerable<byte[]> WithOptions() => IpOptions.Select(options => Frame(IpV4(Datagram(1), IpProtocol.Udp, options)));

    private static IEnumerable<byte[]> Icmps()
    {
        byte[] udp = IpV4(Datagram(5), IpProtocol.Udp), tcp = IpV4(Segment(TcpFlags.Syn, 5, 0), IpProtocol.Tcp), echo = IpV4(Icmp(8, 0, 65_537), IpProtocol.Icmp);
        List<byte[]> messages = [Icmp(8, 0, 0x0009_0003, new byte[56]), Icmp(0, 0, 0x0009_0003, new byte[56]), Icmp(8, 1, 0), Icmp(42, 3, 0)];
        for (int code = 0; code <= 16; code++) messages.Add(Icmp(3, code, 0, udp));
        messages.AddRange([Icmp(3, 4, 1300, udp), Icmp(3, 3, 0, tcp), Icmp(3, 3, 0, echo)]);
        foreach (int length in (int[])[24, 20, 10, 0]) messages.Add(Icmp(3, 3, 0, udp[..length]));
        for (int code = 0; code <= 4; code++) messages.Add(Icmp(5, code, 0x0A00_00FE, udp));
        for (int code = 0; code <= 2; code++) messages.Add(Icmp(11, code, 0, udp));
        messages.AddRange([Icmp(12, 0, 20u << 24, udp), Icmp(12, 1, 0, udp), Icmp(4, 0, 0, udp)]);
        messages.AddRange([Icmp(13, 0, 65_538, new byte[12]), Icmp(14, 0, 65_538, Hex("01137a29 05265bff 80000000")), Icmp(14, 0, 65_538)]);
        messages.AddRange([Icmp(10, 0, 0), Icmp(15, 0, 0), Icmp(16, 0, 0), Icmp(17, 0, 0, new byte[4]), Icmp(18, 0, 0, Hex("ffffff00"))]);
        foreach (int length in (int[])[0, 1, 2, 4, 6]) messages.Add(Icmp(8, 0, 0)[..length]);
        byte[] wrong = Icmp(8, 0, 0x0009_0003);
        wrong[2] ^= 1;
        messages.Add(wrong);
        return messages.Select(message => Frame(IpV4(message, IpProtocol.Icmp)));
    }

    private static IEnumerable<byte[]> Igmps()
    {
        foreach (string message in IgmpMessages)
            yield return Frame(IpV4(Igmp(message), IpProtocol.Igmp, RouterAlert, Group, h => h with { TimeToLive = 1 }));
        yield return Frame(IpV4(Hex("16000101" + G), IpProtocol.Igmp));
    }

    private static IEnumerable<byte[]> Tcps()
    {
        List<byte[]> segments = [.. TcpOptionLists.Select(options => Segment(TcpFlags.Ack, 1, 2, 3, options))];
        segments.AddRange([Segment(TcpFlags.Syn, 1000, 0, 64_240), Segment(TcpFlags.Syn | TcpFlags.Ack, 5000, 1001), Segment(TcpFlags.Ack, 1, 5001)]);
        segments.AddRange([Segment(TcpFlags.Psh | TcpFlags.Ack, 1001, 5001, length: 5), Segment(TcpFlags.Fin | TcpFlags.Ack, 1006, 5001)]);
        segments.AddRange([Segment(TcpFlags.Rst, 1006, 0, 0), Segment(TcpFlags.None, 1, 0), Segment((TcpFlags)0x1FF, 1, 2, 3, urgent: 9)]);
        segments.AddRange([Segment(TcpFlags.Syn | TcpFlags.Ece | TcpFlags.Cwr, uint.MaxValue, 0), Segment(TcpFlags.Ack, uint.MaxValue, 1, length: 3)]);
        foreach (int offset in (int[])[0, 4, 6, 15]) segments.Add(Segment(TcpFlags.Syn, 1, 0, offset: offset));
        foreach (int length in (int[])[0, 1, 3, 4, 8, 12, 19]) segments.Add(Segment(TcpFlags.Syn, 1, 0)[..length]);
        byte[] wrong = Segment(TcpFlags.Ack, 1, 2);
        wrong[16] ^= 1;
        segments.Add(wrong);
        return segments.Select(segment => Frame(IpV4(segment, IpProtocol.Tcp)));
    }

    private static IEnumerable<byte[]> CutOff()
    {
        byte[] packet = IpV4(Datagram(5), IpProtocol.Udp), segment = IpV4(Segment(TcpFlags.Ack, 1, 2, length: 5), IpProtocol.Tcp);
        foreach (int length in (int[])[0, 1, 4, 19, 20, 22, 24, 28, 30]) yield return Frame(packet[..length]);
        foreach (int length in (int[])[22, 24, 34, 42]) yield return Frame(segment[..length]);
        foreach (byte first in (byte[])[0x44, 0x4F, 0x65, 0x35]) yield return Frame([first, .. packet[1..]]);
        foreach (byte length in (byte[])[0, 5, 25]) yield return Frame([.. packet[..3], length, .. packet[4..]]);
        yield return Frame([.. packet[..10], 1, 2, .. packet[12..]]);
        foreach (int length in (int[])[1, 6, 13, 14]) yield return Frame(packet)[..length];
        foreach (int length in (int[])[14, 16, 17, 18, 30]) yield return Frame(packet, tags: "8100a005")[..length];
    }

    private static IEnumerable<byte[]> SixthVersion()
    {
        yield return Frame(IpV6(Datagram(5), 17), EtherType.Ipv6);
        yield return Frame(IpV6(Segment(TcpFlags.Ack, 1, 2, length: 5), 6), EtherType.Ipv6);
        yield return Frame(IpV6(Hex("8000000000010002"), 58), EtherType.Ipv6);
        yield return Frame(IpV6(Hex("87000000000000 00 fd000000000000000000000000000002"), 58), EtherType.Ipv6);
        yield return Frame(IpV6(new byte[4], 200), EtherType.Ipv6);
        yield return Frame(IpV6([], 59), EtherType.Ipv6);
        yield return Frame(IpV6(Datagram(5), 17)[..30], EtherType.Ipv6);
        yield return Frame(IpV6(Datagram(5), 17)[..50], EtherType.Ipv6);
        byte[] quoted = IpV6(Datagram(5), 17), alert = Hex("05020000 0100");
        yield return Frame(IpV6([17, 0, .. alert, .. Datagram(5)], 0), EtherType.Ipv6);
        yield return Frame(IpV6([17, 0, 1, 4, 0, 0, 0, 0, .. Datagram(5)], 60), EtherType.Ipv6);
        yield return Frame(IpV6([6, 0, .. alert, .. Segment(TcpFlags.Ack, 1, 2, length: 5)], 0), EtherType.Ipv6);
        yield return Frame(IpV6([58, 0, .. alert, .. Hex("8100000000010002")], 0), EtherType.Ipv6);
        yield return Frame(IpV6([59, 0, .. alert], 0), EtherType.Ipv6);
        yield return Frame(IpV6([200, 0, .. alert, 1, 2, 3, 4], 0), EtherType.Ipv6);
        yield return Frame(IpV6([17, 0, 5, 2], 0), EtherType.Ipv6);
        foreach (string place in (string[])["0001", "0008", "0000"])
            yield return Frame(IpV6([17, 0, .. Hex(place + "00001234"), .. Datagram(5)], 44), EtherType.Ipv6);
        foreach (string message in (string[])["0100 0000 00000000", "0101 0000 00000000", "0102 0000 00000000", "0103 0000 00000000",
            "0104 0000 00000000", "0200 0000 00000500", "0300 0000 00000000", "0301 0000 00000000", "0302 0000 00000000",
            "0400 0000 00000028", "0401 0000 00000028", "0402 0000 00000028", "0500 0000 00000000", "7f00 0000 00000000"])
            yield return Frame(IpV6([.. Hex(message), .. quoted], 58), EtherType.Ipv6);
        yield return Frame(IpV6([.. Hex("01040000 00000000"), .. IpV6(Segment(TcpFlags.Ack, 1, 2), 6)], 58), EtherType.Ipv6);
        yield return Frame(IpV6([.. Hex("01040000 00000000"), .. IpV6([17, 0, .. alert, .. Datagram(5)], 0)], 58), EtherType.Ipv6);
        foreach (int length in (int[])[30, 44])
            yield return Frame(IpV6([.. Hex("01040000 00000000"), .. quoted[..length]], 58), EtherType.Ipv6);
        yield return Frame(IpV6([.. Hex("03000000 00000000"), .. quoted[..30]], 58), EtherType.Ipv6);
    }
}
