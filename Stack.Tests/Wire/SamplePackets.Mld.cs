using System.Buffers.Binary;
using UserNet.Addressing;
using UserNet.Wire;

namespace UserNet.Tests.Wire;

internal static partial class SamplePackets
{
    private const string G6 = "ff0e0000000000000000000000000123", Any6 = "00000000000000000000000000000000";
    private const string Source1 = "20010db8000000000000000000000001", Source2 = "20010db8000000000000000000000002";

    /// <summary>The hop-by-hop header of MLD.</summary>
    private const string Alert6 = "3a00 0502 0000 0100";

    private static string[] MldMessages =>
    [
        "82000000 27100000" + Any6, "82000000 03e80000" + G6, "83000000 00000000" + G6, "84000000 00000000" + G6, "83000000 00050000" + G6 + "0102",
        "82000000 27100000" + Any6 + "027d0000", "82000000 03e80000" + G6 + "0a7d0000", "82000000 8fff0000" + G6 + "027d0002" + Source1 + Source2,
        "82000000 90010000" + G6 + "00ff0002" + Source1, "82000000 00050000" + G6 + "028a0000", "82000000 7fff0000" + Any6 + "0f7f0000",
        "82000000 ffff0000" + Any6 + "07000000", "82000000 27100000" + Any6 + "02", "82000000 27100000" + Any6 + "027d00", "82000000 27100000",
        "8f000000 00000000", "8f000000 00000001 04000000" + G6, "8f000000 00000002 04000000" + G6 + "05000002" + G6 + Source1 + Source2,
        "8f000000 00000006 01000000" + G6 + "02000000" + G6 + "03000000" + G6 + "04000000" + G6 + "05000000" + G6 + "06000000" + G6,
        "8f000000 00000001 09000000" + G6, "8f000000 00000002 04000000" + G6, "8f000000 00000001 01000003" + G6 + Source1,
        "8f000000 00000002 01010001" + G6 + Source1 + "41424344" + "02000000" + G6, "8f000000 00000001 0100", "8f000000 0000", "82000000 2710",
        "83000000", "84000000 00000000 ff0e", "8f", "83", "8f00", "8200", "83000000 00",
    ];

    private static string[] OptionLists6 =>
    [
        "050200000100", "000000000000", "010400000000", "010100000000", "050200020000", "050100000000", "050401020304", "8b0400000000",
        "3e0100000000", "010600000000", "070000000000", "1e0401020304", "000001020000", "050200000000",
    ];

    private static IEnumerable<byte[]> Mlds()
    {
        foreach (string message in MldMessages) yield return Mld(message);
        yield return Frame(IpV6(Sealed6(MldMessages[0]), 58), EtherType.Ipv6);
        yield return Frame(IpV6([.. Hex(Alert6), .. Hex(MldMessages[16])], 0), EtherType.Ipv6);      // a wrong checksum
        foreach ((int message, int length) in ((int, int)[])[(17, -10), (17, 66), (17, 80), (5, -2), (5, -3), (5, 80), (5, 67), (2, -10), (7, -1)])
        {
            byte[] frame = Mld(MldMessages[message]);
            yield return length < 0 ? frame[..^-length] : frame[..length];
        }

        foreach (string options in OptionLists6)
        {
            yield return Frame(IpV6([59, 0, .. Hex(options)], 0), EtherType.Ipv6);
            yield return Frame(IpV6([17, 0, .. Hex(options), .. Datagram(5)], 60), EtherType.Ipv6);
        }
    }

    private static byte[] Mld(string message) => Frame(IpV6([.. Hex(Alert6), .. Sealed6(message)], 0), EtherType.Ipv6);

    // An ICMPv6 message between the addresses of IpV6.
    private static byte[] Sealed6(string message)
    {
        byte[] octets = Hex(message);
        if (octets.Length < 4) return octets;
        var pseudo = new PseudoHeader(InetAddress.Parse("fd00::1"), InetAddress.Parse("fd00::2"), IpProtocol.Icmpv6, octets.Length);
        BinaryPrimitives.WriteUInt16BigEndian(octets.AsSpan(2), InternetChecksum.Of(octets, pseudo));
        return octets;
    }
}
