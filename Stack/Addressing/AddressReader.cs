namespace UserNet.Addressing;

/// <summary>
/// Reads addresses and what goes with them from text, left to right; <see cref="Place"/> is where it stands, or failed.
/// </summary>
internal ref struct AddressReader(ReadOnlySpan<char> text)
{
    private readonly ReadOnlySpan<char> _text = text;

    /// <summary>Index of the next character; after a failure, of the one that does not fit.</summary>
    public int Place { get; private set; }

    /// <summary>True when nothing is left.</summary>
    public readonly bool AtEnd => Place == _text.Length;

    private readonly char Next => AtEnd ? '\0' : _text[Place];

    /// <summary>Steps over a character, if it is the next.</summary>
    public bool Skip(char expected)
    {
        if (AtEnd || _text[Place] != expected) return false;
        Place++;
        return true;
    }

    /// <summary>A decimal number up to a limit, without sign or leading zeros (which some take for octal).</summary>
    public bool TryNumber(uint limit, out uint number)
    {
        int start = Place;
        ulong value = 0;
        while (char.IsAsciiDigit(Next))
        {
            if (Place > start && value == 0) break;
            ulong longer = (value * 10) + (uint)(Next - '0');
            if (longer > limit) break;
            value = longer;
            Place++;
        }

        number = (uint)value;
        return Place > start && !char.IsAsciiDigit(Next);
    }

    /// <summary>Two hexadecimal digits.</summary>
    public bool TryOctet(out byte octet)
    {
        int start = Place;
        uint value = Hex(digits: 2);
        octet = (byte)value;
        return Place == start + 2;
    }

    /// <summary>An address of either family; what follows it is left.</summary>
    public bool TryAddress(out InetAddress address)
    {
        int colon = _text[Place..].IndexOf(':'), dot = _text[Place..].IndexOf('.');
        return dot >= 0 && (colon < 0 || dot < colon) ? TryV4(out address) : TryV6(out address);
    }

    /// <summary>A dotted quad: four decimal octets, no fewer and no other base.</summary>
    public bool TryV4(out InetAddress address)
    {
        uint bits = 0;
        address = default;
        for (int part = 0; part < 4; part++)
        {
            if (part > 0 && !Skip('.')) return false;
            if (!TryNumber(byte.MaxValue, out uint octet)) return false;
            bits = (bits << 8) | octet;
        }

        address = InetAddress.FromV4(bits);
        return true;
    }

    /// <summary>
    /// The text forms of RFC 4291 §2.2: eight groups, or fewer with one <c>::</c>, the last two perhaps a dotted quad.
    /// </summary>
    public bool TryV6(out InetAddress address)
    {
        Span<ushort> groups = stackalloc ushort[8];
        int count = 0, gap = -1;
        address = default;
        if (_text[Place..].StartsWith("::"))
        {
            gap = 0;
            Place += 2;
            if (!IsGroupNext) return Finish(groups, count, gap, out address);
        }

        while (count < 8)
        {
            int read = ReadGroup(groups[count..]);
            if (read == 0) return false;
            count += read;
            if (read == 2 || Next != ':') break;
            if (!TryColons(count, ref gap)) return false;
            if (gap == count && !IsGroupNext) break;
        }

        return Finish(groups, count, gap, out address);
    }

    private readonly bool IsGroupNext => char.IsAsciiHexDigit(Next);

    // One colon, or the one gap that an address may have.
    private bool TryColons(int count, ref int gap)
    {
        if (count == 8) return false;
        Place++;
        if (Next != ':') return true;
        if (gap >= 0) return false;
        gap = count;
        Place++;
        return true;
    }

    // How many groups it was: 1 for hexadecimal digits, 2 for a dotted quad, 0 for a failure.
    private int ReadGroup(scoped Span<ushort> groups)
    {
        int start = Place;
        ushort value = (ushort)Hex(digits: 4);
        if (Place == start) return 0;
        if (Next != '.')
        {
            groups[0] = value;
            return 1;
        }

        Place = start;
        if (groups.Length < 2 || !TryV4(out InetAddress quad)) return 0;
        groups[0] = (ushort)(quad.V4Bits >> 16);
        groups[1] = (ushort)quad.V4Bits;
        return 2;
    }

    private static bool Finish(scoped ReadOnlySpan<ushort> groups, int count, int gap, out InetAddress address)
    {
        ulong high = 0, low = 0;
        int zeros = gap < 0 ? 0 : 8 - count;
        for (int i = 0; i < count; i++)
        {
            int at = gap >= 0 && i >= gap ? i + zeros : i;
            ref ulong half = ref at < 4 ? ref high : ref low;
            half |= (ulong)groups[i] << (48 - (16 * (at & 3)));
        }

        address = InetAddress.FromV6(high, low);
        return gap < 0 ? count == 8 : zeros > 0;
    }

    private uint Hex(int digits)
    {
        uint value = 0;
        for (int end = Place + digits; Place < end && char.IsAsciiHexDigit(Next); Place++)
            value = (value << 4) | (uint)ValueOf(Next);
        return value;
    }

    private static int ValueOf(char digit) => char.IsAsciiDigit(digit) ? digit - '0' : (digit | 0x20) - 'a' + 10;

    /// <summary>The exception that names the text and the place where reading it failed.</summary>
    /// <param name="kind">What it should have been, with its article: "an IP address".</param>
    public readonly FormatException Fault(string kind) => AtEnd
        ? new FormatException($"'{_text}' is not {kind}: its end does not fit.")
        : new FormatException($"'{_text}' is not {kind}: character {Place + 1}, '{_text[Place]}', does not fit.");
}
