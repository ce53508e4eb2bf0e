using Xunit;

namespace UserNet.Tests.Emulation;

/// <summary>Checksums of bare IPv4 packets as RFC 791, 768, 793 and 792 describe them, word by word and without any code of the stack.</summary>
internal static class PlainChecksums
{
    /// <summary>The test fails when a checksum of a whole packet is wrong; that of a packet which an ICMP error quotes is looked at as well.</summary>
    public static void AreRight(ReadOnlySpan<byte> packet)
    {
        string? wrong = Wrong(packet);
        Assert.True(wrong is null, $"{wrong}: {Convert.ToHexString(packet)}");
    }

    /// <summary>Which checksum is wrong; null for none.</summary>
    public static string? Wrong(ReadOnlySpan<byte> packet)
    {
        int header = (packet[0] & 15) * 4, total = (packet[2] << 8) | packet[3];
        if (Sum(packet[..header]) != 0xFFFF) return "IP";
        bool isFragment = (((packet[6] << 8) | packet[7]) & 0x3FFF) != 0;
        if (isFragment) return null;
        ReadOnlySpan<byte> unit = packet[header..Math.Min(total, packet.Length)];
        bool isWhole = total <= packet.Length;
        switch (packet[9])
        {
            case 1:
                if (isWhole && Sum(unit) != 0xFFFF) return "ICMP";
                return unit[0] is 3 or 11 or 12 ? Wrong(unit[8..]) is { } quoted ? "quoted " + quoted : null : null;
            case 6:
                return isWhole && Sum(unit, packet) != 0xFFFF ? "TCP" : null;
            case 17:
                bool hasNone = unit[6] == 0 && unit[7] == 0;
                return isWhole && !hasNone && Sum(unit, packet) != 0xFFFF ? "UDP" : null;
            default:
                return null;
        }
    }

    private static int Sum(ReadOnlySpan<byte> unit, ReadOnlySpan<byte> packet)
    {
        byte[] pseudo = [.. packet[12..20], 0, packet[9], (byte)(unit.Length >> 8), (byte)unit.Length, .. unit];
        return Sum(pseudo);
    }

    private static int Sum(ReadOnlySpan<byte> octets)
    {
        int sum = 0;
        for (int i = 0; i < octets.Length; i += 2)
        {
            sum += (octets[i] << 8) | (i + 1 < octets.Length ? octets[i + 1] : 0);
            if (sum > 0xFFFF) sum -= 0xFFFF;
        }

        return sum;
    }
}
