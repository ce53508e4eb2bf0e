namespace UserNet.Wire;

/// <summary>What a host does that does not know an option: the two highest bits of its type. RFC 8200 §4.2.</summary>
public enum Ipv6OptionAction : byte
{
    /// <summary>Goes on behind it.</summary>
    Skip,
    /// <summary>Drops the packet.</summary>
    Drop,
    /// <summary>Drops the packet and tells its sender.</summary>
    Report,
    /// <summary>Drops the packet and tells its sender, unless the packet is for a group.</summary>
    ReportUnlessToMany,
}

/// <summary>The options of a hop-by-hop or destination options header, to be walked by <c>foreach</c>. RFC 8200 §4.2.</summary>
/// <remarks>
/// Parsed when every length holds. Octets that may not hold can be walked too, by <see cref="Walk"/>: that ends before the fault.
/// Padding is not shown.
/// </remarks>
public readonly ref struct Ipv6Options : IWireView<Ipv6Options>
{
    private readonly ReadOnlySpan<byte> _octets;

    private Ipv6Options(ReadOnlySpan<byte> octets) => _octets = octets;

    /// <inheritdoc/>
    public static bool TryParse(ReadOnlySpan<byte> octets, out Ipv6Options view)
    {
        view = default;
        Enumerator walk = Walk(octets);
        while (walk.MoveNext())
        {
        }

        if (walk.FaultOffset >= 0) return false;
        view = new Ipv6Options(octets);
        return true;
    }

    /// <summary>Walks options whose lengths may lie.</summary>
    /// <param name="options">What follows the first two octets of the extension header.</param>
    public static Enumerator Walk(ReadOnlySpan<byte> options) => new(options);

    /// <summary>Walks the options.</summary>
    public Enumerator GetEnumerator() => new(_octets);

    /// <summary>Walks options up to their end, or to a fault.</summary>
    public ref struct Enumerator
    {
        private const byte Pad1 = 0, PadN = 1;
        private const int MostPadding = 7;      // what aligns to 8 octets

        private readonly ReadOnlySpan<byte> _octets;
        private int _at, _length, _padding;

        internal Enumerator(ReadOnlySpan<byte> octets) => _octets = octets;

        /// <summary>The option it has come to. Only after <see cref="MoveNext"/> was true.</summary>
        public readonly Ipv6Option Current => new(_octets.Slice(_at, _length), _at);

        /// <summary>Where the option begins whose length can't be; -1 while none was met.</summary>
        public int FaultOffset { get; private set; } = -1;

        /// <summary>
        /// True while no more than 7 octets of padding stood together, and all of them were zero: else somebody hides something there.
        /// RFC 8504 §5.3, RFC 4942 §2.1.9.5.
        /// </summary>
        public bool PaddingIsRight { get; private set; } = true;

        /// <summary>Goes on to the next option; false at the end or at a fault.</summary>
        public bool MoveNext()
        {
            _at += _length;
            _length = 0;
            while (FaultOffset < 0 && _at < _octets.Length)
            {
                int left = _octets.Length - _at;
                int length = _octets[_at] == Pad1 ? 1 : left < 2 ? int.MaxValue : _octets[_at + 1] + 2;
                if (length > left)
                {
                    FaultOffset = _at;
                    return false;
                }

                if (_octets[_at] is not (Pad1 or PadN))
                {
                    _length = length;
                    _padding = 0;
                    return true;
                }

                _padding += length;
                PaddingIsRight &= _padding <= MostPadding && (length <= 2 || !_octets.Slice(_at + 2, length - 2).ContainsAnyExcept((byte)0));
                _at += length;
            }

            return false;
        }
    }
}

/// <summary>One option of an IPv6 extension header, in place.</summary>
public readonly ref struct Ipv6Option
{
    private readonly ReadOnlySpan<byte> _octets;

    internal Ipv6Option(ReadOnlySpan<byte> octets, int offset)
    {
        _octets = octets;
        Offset = offset;
    }

    /// <summary>Where it begins among the options, octets.</summary>
    public int Offset { get; }

    /// <summary>What it is. IANA, destination options and hop-by-hop options.</summary>
    public byte Type => _octets[0];

    /// <summary>What is done where it is not known.</summary>
    public Ipv6OptionAction Action => (Ipv6OptionAction)(_octets[0] >> 6);

    /// <summary>What follows type and length.</summary>
    public ReadOnlySpan<byte> Data => _octets[2..];
}
