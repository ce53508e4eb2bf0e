using static System.Buffers.Binary.BinaryPrimitives;

namespace UserNet.Addressing;

/// <summary>The address of an Ethernet interface: 48 bits. IEEE 802-2014 §8.</summary>
/// <remarks>The default value is 00:00:00:00:00:00. Immutable; any thread.</remarks>
public readonly record struct MacAddress : ISpanFormattable, ISpanParsable<MacAddress>
{
    /// <summary>How many octets an address has.</summary>
    public const int Length = 6;

    private const string Kind = "a MAC address";
    private const int TextLength = 17;
    private const ulong Mask = 0xFFFF_FFFF_FFFF;

    private MacAddress(ulong bits) => Bits = bits;

    /// <summary>ff:ff:ff:ff:ff:ff, all stations.</summary>
    public static MacAddress Broadcast => new(Mask);

    /// <summary>The 48 bits as a number, the first octet on the wire being the highest.</summary>
    public ulong Bits { get; }

    /// <summary>True for a group of stations (the I/G bit), the broadcast address included.</summary>
    public bool IsMulticast => (Bits & 0x0100_0000_0000) != 0;

    /// <summary>True for ff:ff:ff:ff:ff:ff.</summary>
    public bool IsBroadcast => Bits == Mask;

    /// <summary>
    /// True when the address is locally administered (the U/L bit) and not given out by a manufacturer.
    /// </summary>
    public bool IsLocal => (Bits & 0x0200_0000_0000) != 0;

    /// <summary>An address from its 48 bits, 00:00:00:00:00:01 being 1.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The number has more than 48 bits.</exception>
    public static MacAddress FromBits(ulong bits)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(bits, Mask);
        return new MacAddress(bits);
    }

    /// <summary>An address from its six octets in the order of the wire.</summary>
    /// <exception cref="ArgumentException">There are not six octets.</exception>
    public static MacAddress FromOctets(ReadOnlySpan<byte> octets)
    {
        if (octets.Length != Length)
            throw new ArgumentException($"A MAC address has 6 octets, not {octets.Length}.", nameof(octets));
        return new MacAddress(((ulong)ReadUInt32BigEndian(octets) << 16) | ReadUInt16BigEndian(octets[4..]));
    }

    /// <summary>Writes the six octets in the order of the wire.</summary>
    /// <exception cref="ArgumentException">The octets do not fit.</exception>
    public void WriteOctets(Span<byte> destination)
    {
        if (destination.Length < Length)
            throw new ArgumentException("A MAC address needs 6 octets.", nameof(destination));
        WriteUInt32BigEndian(destination, (uint)(Bits >> 16));
        WriteUInt16BigEndian(destination[4..], (ushort)Bits);
    }

    /// <summary>As in 02:00:00:00:00:01, in lower case.</summary>
    public override string ToString()
    {
        Span<char> text = stackalloc char[TextLength];
        TryFormat(text, out _);
        return text.ToString();
    }

    /// <summary>Writes the address as <see cref="ToString()"/> does; false when it does not fit.</summary>
    public bool TryFormat(Span<char> destination, out int charsWritten)
    {
        charsWritten = 0;
        if (destination.Length < TextLength) return false;
        for (int i = 0; i < Length; i++)
        {
            if (i > 0) destination[charsWritten++] = ':';
            ((byte)(Bits >> (40 - (8 * i)))).TryFormat(destination[charsWritten..], out int digits, "x2");
            charsWritten += digits;
        }

        return true;
    }

    /// <summary>Reads six pairs of hexadecimal digits with colons between.</summary>
    /// <exception cref="FormatException">It is no such address; the message names the place.</exception>
    public static MacAddress Parse(ReadOnlySpan<char> text)
    {
        var reader = new AddressReader(text);
        return TryRead(ref reader, out MacAddress address) ? address : throw reader.Fault(Kind);
    }

    /// <summary>Reads an address as <see cref="Parse(ReadOnlySpan{char})"/> does; false when it is none.</summary>
    public static bool TryParse(ReadOnlySpan<char> text, out MacAddress address)
    {
        var reader = new AddressReader(text);
        return TryRead(ref reader, out address);
    }

    string IFormattable.ToString(string? format, IFormatProvider? formatProvider) => ToString();

    bool ISpanFormattable.TryFormat(
        Span<char> destination, out int charsWritten, ReadOnlySpan<char> format, IFormatProvider? provider) =>
        TryFormat(destination, out charsWritten);

    static MacAddress ISpanParsable<MacAddress>.Parse(ReadOnlySpan<char> s, IFormatProvider? provider) => Parse(s);

    static MacAddress IParsable<MacAddress>.Parse(string s, IFormatProvider? provider) => Parse(s);

    static bool ISpanParsable<MacAddress>.TryParse(
        ReadOnlySpan<char> s, IFormatProvider? provider, out MacAddress result) => TryParse(s, out result);

    static bool IParsable<MacAddress>.TryParse(string? s, IFormatProvider? provider, out MacAddress result) =>
        TryParse(s, out result);

    private static bool TryRead(ref AddressReader reader, out MacAddress address)
    {
        address = default;
        ulong bits = 0;
        for (int i = 0; i < Length; i++)
        {
            if (i > 0 && !reader.Skip(':')) return false;
            if (!reader.TryOctet(out byte octet)) return false;
            bits = (bits << 8) | octet;
        }

        if (!reader.AtEnd) return false;
        address = new MacAddress(bits);
        return true;
    }
}
