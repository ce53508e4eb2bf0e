namespace UserNet.Addressing;

// Text: RFC 5952 to write, RFC 4291 §2.2 to read.
public readonly partial struct InetAddress : ISpanFormattable, ISpanParsable<InetAddress>
{
    /// <summary>No address is longer as text.</summary>
    internal const int MaxTextLength = 39;

    private const string Kind = "an IP address";

    /// <summary>
    /// The address as RFC 5952 writes it: mapped ones as ::ffff:10.0.0.1, all other IPv6 addresses in hexadecimal
    /// groups.
    /// </summary>
    public override string ToString()
    {
        Span<char> text = stackalloc char[MaxTextLength];
        return text[..Write(text)].ToString();
    }

    /// <summary>Writes the address as <see cref="ToString()"/> does; false when it does not fit.</summary>
    public bool TryFormat(Span<char> destination, out int charsWritten)
    {
        Span<char> text = stackalloc char[MaxTextLength];
        charsWritten = Write(text);
        if (text[..charsWritten].TryCopyTo(destination)) return true;
        charsWritten = 0;
        return false;
    }

    /// <summary>
    /// Reads an address of either family. IPv4 is exactly four decimal octets without leading zeros; no scope id.
    /// </summary>
    /// <exception cref="FormatException">It is no address; the message names the place.</exception>
    public static InetAddress Parse(ReadOnlySpan<char> text)
    {
        var reader = new AddressReader(text);
        return reader.TryAddress(out InetAddress address) && reader.AtEnd ? address : throw reader.Fault(Kind);
    }

    /// <summary>Reads an address as <see cref="Parse(ReadOnlySpan{char})"/> does; false when it is none.</summary>
    public static bool TryParse(ReadOnlySpan<char> text, out InetAddress address)
    {
        var reader = new AddressReader(text);
        if (reader.TryAddress(out address) && reader.AtEnd) return true;
        address = default;
        return false;
    }

    string IFormattable.ToString(string? format, IFormatProvider? formatProvider) => ToString();

    bool ISpanFormattable.TryFormat(
        Span<char> destination, out int charsWritten, ReadOnlySpan<char> format, IFormatProvider? provider) =>
        TryFormat(destination, out charsWritten);

    static InetAddress ISpanParsable<InetAddress>.Parse(ReadOnlySpan<char> s, IFormatProvider? provider) => Parse(s);

    static InetAddress IParsable<InetAddress>.Parse(string s, IFormatProvider? provider) => Parse(s);

    static bool ISpanParsable<InetAddress>.TryParse(
        ReadOnlySpan<char> s, IFormatProvider? provider, out InetAddress result) => TryParse(s, out result);

    static bool IParsable<InetAddress>.TryParse(string? s, IFormatProvider? provider, out InetAddress result) =>
        TryParse(s, out result);

    private int Write(Span<char> text)
    {
        if (!_isV6) return WriteQuad(text);
        if (!IsV4Mapped) return WriteGroups(text);
        "::ffff:".CopyTo(text);
        return 7 + WriteQuad(text[7..]);
    }

    private int WriteQuad(Span<char> text)
    {
        int length = 0;
        for (int shift = 24; shift >= 0; shift -= 8)
        {
            ((byte)(V4Bits >> shift)).TryFormat(text[length..], out int digits);
            length += digits;
            if (shift > 0) text[length++] = '.';
        }

        return length;
    }

    private int WriteGroups(Span<char> text)
    {
        (int gap, int gapLength) = LongestZeros();
        int length = 0;
        for (int i = 0; i < 8; i++)
        {
            if (i == gap)
            {
                text[length++] = ':';
                if (gap + gapLength == 8) text[length++] = ':';
                i += gapLength - 1;
                continue;
            }

            if (i > 0) text[length++] = ':';
            Group(i).TryFormat(text[length..], out int digits, "x");
            length += digits;
        }

        return length;
    }

    // The first of the longest runs of zero groups, if it has two or more: RFC 5952 §4.2.
    private (int Start, int Length) LongestZeros()
    {
        int start = -1, longest = 1, run = 0;
        for (int i = 0; i < 8; i++)
        {
            run = Group(i) == 0 ? run + 1 : 0;
            if (run <= longest) continue;
            longest = run;
            start = i - run + 1;
        }

        return (start, longest);
    }

    private ushort Group(int index) => (ushort)((index < 4 ? _high : _low) >> (48 - (16 * (index & 3))));
}
