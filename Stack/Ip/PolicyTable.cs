using UserNet.Addressing;

namespace UserNet.Ip;

/// <summary>A row of a <see cref="PolicyTable"/>.</summary>
/// <param name="Prefix">The addresses that it is for; IPv4 ones as ::ffff:0:0/96 and longer.</param>
/// <param name="Precedence">Destinations with more are tried first. RFC 6724 §6, rule 6.</param>
/// <param name="Label">Source and destination should have the same. RFC 6724 §5, rule 6; §6, rule 5.</param>
public readonly record struct PolicyRow(InetPrefix Prefix, int Precedence, int Label);

/// <summary>What a host prefers among addresses: a label and a precedence for each, by the longest prefix that matches. RFC 6724 §2.1.</summary>
/// <remarks>Immutable; any thread.</remarks>
public sealed class PolicyTable
{
    private readonly PolicyRow[] _rows;
    private readonly Mask[] _masks;      // of the rows, longest prefix first

    /// <summary>A table of these rows.</summary>
    /// <param name="rows">In any order; of two of the same prefix the first counts. An address that no row is for has label and precedence 0.</param>
    /// <exception cref="ArgumentNullException"><paramref name="rows"/> is null.</exception>
    /// <exception cref="ArgumentException">A prefix is not IPv6.</exception>
    public PolicyTable(IEnumerable<PolicyRow> rows)
    {
        ArgumentNullException.ThrowIfNull(rows);
        _rows = [.. rows];
        for (int i = 1; i < _rows.Length; i++)
            for (int j = i; j > 0 && _rows[j].Prefix.Length > _rows[j - 1].Prefix.Length; j--)
                (_rows[j], _rows[j - 1]) = (_rows[j - 1], _rows[j]);
        _masks = new Mask[_rows.Length];
        for (int i = 0; i < _rows.Length; i++)
        {
            if (!_rows[i].Prefix.Address.IsV6) throw new ArgumentException($"{_rows[i].Prefix} is no IPv6 prefix.", nameof(rows));
            _masks[i] = new Mask(_rows[i].Prefix);
        }
    }

    /// <summary>The default table of RFC 6724 §2.1.</summary>
    public static PolicyTable Rfc6724 { get; } = new(
    [
        Row(0, 1, 128, 50, 0),                          // ::1/128
        Row(0, 0, 0, 40, 1),                            // ::/0
        Row(0, 0xFFFF_0000_0000, 96, 35, 4),            // ::ffff:0:0/96
        Row(0x2002UL << 48, 0, 16, 30, 2),              // 6to4
        Row(0x2001UL << 48, 0, 32, 5, 5),               // Teredo
        Row(0xFCUL << 56, 0, 7, 3, 13),                 // ULA
        Row(0, 0, 96, 1, 3),                            // ::/96
        Row(0xFEC0UL << 48, 0, 10, 1, 11),              // site-local
        Row(0x3FFEUL << 48, 0, 16, 1, 12),              // 6bone
    ]);

    /// <summary>Linux's labels, as <c>ip addrlabel</c> shows them, with the precedences of RFC 6724.</summary>
    /// <remarks>They tell the same addresses apart, and 2001:10::/28 besides.</remarks>
    public static PolicyTable Linux { get; } = new(
    [
        Row(0, 1, 128, 50, 0),
        Row(0, 0, 0, 40, 1),
        Row(0, 0xFFFF_0000_0000, 96, 35, 4),
        Row(0x2002UL << 48, 0, 16, 30, 2),
        Row(0x2001UL << 48, 0, 32, 5, 6),
        Row(0x2001_0010UL << 32, 0, 28, 40, 7),         // ORCHID
        Row(0xFCUL << 56, 0, 7, 3, 5),
        Row(0, 0, 96, 1, 3),
        Row(0xFEC0UL << 48, 0, 10, 1, 11),
        Row(0x3FFEUL << 48, 0, 16, 1, 12),
    ]);

    /// <summary>The rows, those of the longest prefixes first.</summary>
    public IReadOnlyList<PolicyRow> Rows => _rows;

    /// <summary>This table with a row more, in place of one of the same prefix: <c>ip addrlabel add</c>.</summary>
    public PolicyTable With(PolicyRow row) => new([row, .. _rows]);

    /// <summary>The label of an address; an IPv4 address counts as mapped.</summary>
    public int LabelOf(InetAddress address)
    {
        int row = Find(address);
        return row < 0 ? 0 : _rows[row].Label;
    }

    /// <summary>The precedence of an address; an IPv4 address counts as mapped.</summary>
    public int PrecedenceOf(InetAddress address)
    {
        int row = Find(address);
        return row < 0 ? 0 : _rows[row].Precedence;
    }

    private int Find(InetAddress address)
    {
        ulong high = address.High, low = address.Low;
        for (int i = 0; i < _masks.Length; i++)
            if (_masks[i].Matches(high, low)) return i;
        return -1;
    }

    private static PolicyRow Row(ulong high, ulong low, int length, int precedence, int label) =>
        new(new InetPrefix(InetAddress.FromV6(high, low), length), precedence, label);

    private readonly struct Mask(InetPrefix prefix)
    {
        private readonly ulong _high = prefix.Address.High, _low = prefix.Address.Low;
        private readonly ulong _highMask = Bits(prefix.Length), _lowMask = Bits(prefix.Length - 64);

        public bool Matches(ulong high, ulong low) => (high & _highMask) == _high && (low & _lowMask) == _low;

        private static ulong Bits(int count) => count <= 0 ? 0 : count >= 64 ? ulong.MaxValue : ulong.MaxValue << (64 - count);
    }
}
