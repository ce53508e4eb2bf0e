namespace UserNet.Addressing;

public readonly partial record struct InetEndpoint : ISpanFormattable, ISpanParsable<InetEndpoint>
{
    private const string Kind = "an endpoint";

    // [ address % 4294967295 ] : 65535
    private const int MaxTextLength = InetAddress.MaxTextLength + 19;

    /// <summary>a.b.c.d:port, or [v6]:port with %scope where there is one.</summary>
    public override string ToString()
    {
        Span<char> text = stackalloc char[MaxTextLength];
        TryFormat(text, out int length);
        return text[..length].ToString();
    }

    /// <summary>Writes the endpoint as <see cref="ToString()"/> does; false when it does not fit.</summary>
    public bool TryFormat(Span<char> destination, out int charsWritten) =>
        !Address.IsV6 ? destination.TryWrite($"{Address}:{Port}", out charsWritten)
        : ScopeId == 0 ? destination.TryWrite($"[{Address}]:{Port}", out charsWritten)
        : destination.TryWrite($"[{Address}%{ScopeId}]:{Port}", out charsWritten);

    /// <summary>Reads 10.0.0.1:80, [::1]:80 or [fe80::1%3]:80; the scope id is the interface's index.</summary>
    /// <exception cref="FormatException">It is no endpoint; the message names the place.</exception>
    public static InetEndpoint Parse(ReadOnlySpan<char> text)
    {
        var reader = new AddressReader(text);
        return TryRead(ref reader, out InetEndpoint endpoint) ? endpoint : throw reader.Fault(Kind);
    }

    /// <summary>Reads an endpoint as <see cref="Parse(ReadOnlySpan{char})"/> does; false when it is none.</summary>
    public static bool TryParse(ReadOnlySpan<char> text, out InetEndpoint endpoint)
    {
        var reader = new AddressReader(text);
        return TryRead(ref reader, out endpoint);
    }

    string IFormattable.ToString(string? format, IFormatProvider? formatProvider) => ToString();

    bool ISpanFormattable.TryFormat(
        Span<char> destination, out int charsWritten, ReadOnlySpan<char> format, IFormatProvider? provider) =>
        TryFormat(destination, out charsWritten);

    static InetEndpoint ISpanParsable<InetEndpoint>.Parse(ReadOnlySpan<char> s, IFormatProvider? provider) => Parse(s);

    static InetEndpoint IParsable<InetEndpoint>.Parse(string s, IFormatProvider? provider) => Parse(s);

    static bool ISpanParsable<InetEndpoint>.TryParse(
        ReadOnlySpan<char> s, IFormatProvider? provider, out InetEndpoint result) => TryParse(s, out result);

    static bool IParsable<InetEndpoint>.TryParse(string? s, IFormatProvider? provider, out InetEndpoint result) =>
        TryParse(s, out result);

    private static bool TryRead(ref AddressReader reader, out InetEndpoint endpoint)
    {
        endpoint = default;
        uint scope = 0;
        InetAddress address;
        if (reader.Skip('['))
        {
            if (!reader.TryV6(out address)) return false;
            if (reader.Skip('%') && !reader.TryNumber(uint.MaxValue, out scope)) return false;
            if (!reader.Skip(']')) return false;
        }
        else if (!reader.TryV4(out address))
        {
            return false;
        }

        if (!reader.Skip(':') || !reader.TryNumber(ushort.MaxValue, out uint port) || !reader.AtEnd) return false;
        endpoint = new InetEndpoint(address, (ushort)port, scope);
        return true;
    }
}
