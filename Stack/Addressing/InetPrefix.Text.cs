namespace UserNet.Addressing;

public readonly partial record struct InetPrefix : ISpanFormattable, ISpanParsable<InetPrefix>
{
    private const string Kind = "a prefix";
    private const int MaxTextLength = InetAddress.MaxTextLength + 4;

    /// <summary>As in 10.1.0.0/24.</summary>
    public override string ToString()
    {
        Span<char> text = stackalloc char[MaxTextLength];
        TryFormat(text, out int length);
        return text[..length].ToString();
    }

    /// <summary>Writes the prefix as <see cref="ToString()"/> does; false when it does not fit.</summary>
    public bool TryFormat(Span<char> destination, out int charsWritten) =>
        destination.TryWrite($"{Address}/{Length}", out charsWritten);

    /// <summary>
    /// Reads 10.1.0.0/24 or 2001:db8::/32; of a longer address, 10.1.0.7/24, the bits behind the prefix are dropped.
    /// </summary>
    /// <exception cref="FormatException">It is no prefix; the message names the place.</exception>
    public static InetPrefix Parse(ReadOnlySpan<char> text)
    {
        var reader = new AddressReader(text);
        return TryRead(ref reader, out InetPrefix prefix) ? prefix : throw reader.Fault(Kind);
    }

    /// <summary>Reads a prefix as <see cref="Parse(ReadOnlySpan{char})"/> does; false when it is none.</summary>
    public static bool TryParse(ReadOnlySpan<char> text, out InetPrefix prefix)
    {
        var reader = new AddressReader(text);
        return TryRead(ref reader, out prefix);
    }

    string IFormattable.ToString(string? format, IFormatProvider? formatProvider) => ToString();

    bool ISpanFormattable.TryFormat(
        Span<char> destination, out int charsWritten, ReadOnlySpan<char> format, IFormatProvider? provider) =>
        TryFormat(destination, out charsWritten);

    static InetPrefix ISpanParsable<InetPrefix>.Parse(ReadOnlySpan<char> s, IFormatProvider? provider) => Parse(s);

    static InetPrefix IParsable<InetPrefix>.Parse(string s, IFormatProvider? provider) => Parse(s);

    static bool ISpanParsable<InetPrefix>.TryParse(
        ReadOnlySpan<char> s, IFormatProvider? provider, out InetPrefix result) => TryParse(s, out result);

    static bool IParsable<InetPrefix>.TryParse(string? s, IFormatProvider? provider, out InetPrefix result) =>
        TryParse(s, out result);

    private static bool TryRead(ref AddressReader reader, out InetPrefix prefix)
    {
        prefix = default;
        if (!reader.TryAddress(out InetAddress address) || !reader.Skip('/')) return false;
        if (!reader.TryNumber(address.IsV6 ? 128u : 32u, out uint length) || !reader.AtEnd) return false;
        prefix = new InetPrefix(address, (int)length);
        return true;
    }
}
