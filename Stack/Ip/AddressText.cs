using System.Globalization;
using System.Net;
using UserNet.Addressing;

namespace UserNet.Ip;

/// <summary>Reads addresses as people write them in commands.</summary>
internal static class AddressText
{
    /// <summary>An address: four decimal numbers, or IPv6 without a scope.</summary>
    /// <exception cref="FormatException">The text is no address.</exception>
    public static InetAddress Parse(string text)
    {
        bool isV4 = !text.Contains(':', StringComparison.Ordinal);
        if ((isV4 && Dots(text) != 3) || text.Contains('%', StringComparison.Ordinal)
            || !IPAddress.TryParse(text, out IPAddress? parsed))
            throw new FormatException($"'{text}' is not an address.");
        return InetAddress.From(parsed);
    }

    /// <summary>An address and the length after its slash; without one, all of its bits.</summary>
    /// <exception cref="FormatException">The text is no address, or the length does not suit it.</exception>
    public static (InetAddress Address, int Length) ParseWithLength(string text)
    {
        int slash = text.IndexOf('/', StringComparison.Ordinal);
        InetAddress address = Parse(slash < 0 ? text : text[..slash]);
        int most = address.IsV6 ? 128 : 32;
        if (slash < 0) return (address, most);
        if (int.TryParse(text[(slash + 1)..], NumberStyles.None, CultureInfo.InvariantCulture, out int length) && length <= most)
            return (address, length);
        throw new FormatException($"'{text}' has no prefix length from 0 to {most}.");
    }

    private static int Dots(string text)
    {
        int dots = 0;
        foreach (char c in text)
            if (c == '.') dots++;
        return dots;
    }
}
