using System.Buffers.Binary;
using UserNet.Addressing;
using UserNet.Wire;

namespace UserNet.Tests.Wire;

// What neighbors and routers say, right and wrong, and extension headers with options.
internal static partial class SamplePackets
{
    private const string One = "fd000000000000000000000000000001", Two = "fd000000000000000000000000000002";
    private const string Documentation = "20010db8 00000000 00000000 00000000";
    private const string StationOption = "0101 020000000001", TargetOption = "0201 020000000002", NonceOption = "0e01 a1a2a3a4a5a6";
    private const string MtuOption = "0501 0000 000005dc", UnknownOption = "fd01 112233445566";
    private const string PrefixOption = "0304 40c0 00015180 00003840 00000000" + Documentation;
    private const string Domains = "07 6578616d706c65 03 636f6d 00 03 6c6162 00 000000000000";

    private static string[] RouterOptions =>
    [
        "", StationOption + MtuOption + PrefixOption, "0304 40e0 ffffffff ffffffff 00000000" + Documentation, UnknownOption + StationOption,
        "1801 0008 00000708" + "1802 3008 00000708 20010db800010000" + "1803 4018 ffffffff 20010db8000200000000000000000000",
        "1802 3010 00000e10 20010db800020000" + "1802 0000 00000e10 0000000000000000" + "1802 4018 00000e10 fd00000000000000",
        "1905 0000 00000e10" + One + Two + "1903 0000 ffffffff" + Two, "1f04 0000 00000e10" + Domains, "1f01 0000 00000001",
        "1902 0000 00000001 0000000000000000", "1804 6018 000000ff" + One + "0000000000000000", "0701 0000 000003e8" + "0803 0000 00010002" + One,
        "0303 40c0 00015180 00003840 00000000 0000000000000000", "ffff", "00", "0100 020000000001", "0503 0000 00000507" + One,
    ];

    /// <summary>An ICMPv6 message from fd00::1 to fd00::2, sealed with its checksum.</summary>
    public static byte[] Icmpv6(string octets)
    {
        byte[] message = Hex(octets);
        BinaryPrimitives.WriteUInt16BigEndian(message.AsSpan(2), 0);
        var pseudo = new PseudoHeader(
            InetAddress.Parse("fd00::1"), InetAddress.Parse("fd00::2"), IpProtocol.Icmpv6, message.Length);
        BinaryPrimitives.WriteUInt16BigEndian(message.AsSpan(2), InternetChecksum.Of(message, pseudo));
        return message;
    }

    /// <summary>Messages of Neighbor Discovery.</summary>
    public static IEnumerable<byte[]> DiscoveryMessages()
    {
        foreach (string options in (string[])["", StationOption, NonceOption, StationOption + NonceOption, NonceOption + StationOption, "0102 020000000001"])
            yield return Icmpv6("87000000 00000000" + Two + options);
        foreach (string flags in (string[])["e0", "00", "60", "20"])
            yield return Icmpv6($"88000000 {flags}000000" + Two + (flags == "00" ? "" : TargetOption));
        foreach (string options in (string[])["", StationOption, MtuOption + StationOption, StationOption + UnknownOption, PrefixOption])
            yield return Icmpv6("85000000 00000000" + options);
        foreach (string options in RouterOptions) yield return Icmpv6("86000000 40 00 0708 00000000 00000000" + options);
        foreach (string flags in (string[])["c0", "08", "18", "10", "24"])
            yield return Icmpv6($"86000000 00 {flags} 0000 00007530 000003e8");
        byte[] quoted = IpV6(Hex("8000000000010002"), 58);
        foreach (string options in (string[])["", TargetOption, MtuOption, TargetOption + MtuOption, TargetOption + "0407 0000 00000000" + Convert.ToHexString(quoted)])
            yield return Icmpv6("89000000 00000000" + Two + One + options);
        foreach (int length in (int[])[12, 15]) yield return Icmpv6("86000000 40 00 0708 00000000 000000"[..((length * 2) + 5)]);
        yield return Icmpv6("89000000 00000000" + Two);
        yield return Icmpv6("87000000 00000000" + One[..20]);
    }

    private static IEnumerable<byte[]> Discovery()
    {
        foreach (byte[] message in DiscoveryMessages()) yield return Frame(IpV6(message, 58), EtherType.Ipv6);
        byte[] wrong = Icmpv6("87000000 00000000" + Two);
        wrong[2] ^= 1;
        yield return Frame(IpV6(wrong, 58), EtherType.Ipv6);
        foreach (string first in (string[])["600017bd", "6b800000", "6ff9632e"])
            yield return Frame([.. Hex(first), .. IpV6(Datagram(5), 17)[4..]], EtherType.Ipv6);
    }

    private static IEnumerable<byte[]> Extensions()
    {
        byte[] echo = Icmpv6("80000000 00010002");
        foreach (string options in (string[])["0502 0000 0100", "0104 00000000", "c204 00010000", "0000 1e02 0102", "1e02 0102 0100", "000000000000",
            "0501 00 000000", "c202 0001 0000", "0106 000000ff", "00000000 001e", "0000 0100 051e", "9e00 de00 5e00"])
            foreach (int kind in (int[])[0, 60]) yield return Frame(IpV6([58, 0, .. Hex(options), .. echo], kind), EtherType.Ipv6);
        foreach (string routing in (string[])["00 00 00 00000000", "02 00 00 00000000" + One, "02 04 00 00000000" + One, "02 02 00 0000000a" + One,
            "04 04 00 01020304" + One + Two, "01 00 00 00000000 0000000000000000", "00 07 00 00000000"])
            yield return Frame(IpV6([59, .. Hex(routing)], 43), EtherType.Ipv6);      // tcpdump seals with the last of them in any case
        byte[] fragment = Hex("3c000001 00001234"), options8 = Hex("3a00 0104 00000000");
        yield return Frame(IpV6([.. Hex("2c00 0502 0000 0100"), .. fragment, .. options8, .. echo], 0), EtherType.Ipv6);
        foreach (string place in (string[])["0001", "0008", "0009", "0000"])
            yield return Frame(IpV6([.. Hex("3a00" + place + "00001234"), .. Icmpv6("87000000 00000000" + Two + StationOption)], 44), EtherType.Ipv6);
    }
}
