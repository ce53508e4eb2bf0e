namespace UserNet.Wire;

/// <summary>What an IPv4 option is: its copied flag, class and number as one octet. RFC 791 §3.1, IANA.</summary>
public enum Ipv4OptionType : byte
{
    /// <summary>EOL: no option follows. One octet.</summary>
    EndOfList = 0,
    /// <summary>NOP: fills up to where the next option is to begin. One octet.</summary>
    NoOperation = 1,
    /// <summary>RR: each router writes its address.</summary>
    RecordRoute = 7,
    /// <summary>Each router writes the time.</summary>
    Timestamp = 68,
    /// <summary>Basic security. RFC 1108.</summary>
    Security = 130,
    /// <summary>LSRR: the packet is to pass by the addresses listed, among others.</summary>
    LooseSourceRoute = 131,
    /// <summary>Extended security. RFC 1108.</summary>
    ExtendedSecurity = 133,
    /// <summary>CIPSO: commercial security.</summary>
    CommercialSecurity = 134,
    /// <summary>SATNET's stream identifier; obsolete. RFC 6814.</summary>
    StreamIdentifier = 136,
    /// <summary>SSRR: the packet is to pass by the addresses listed and no others.</summary>
    StrictSourceRoute = 137,
    /// <summary>Routers on the way shall look at the packet more closely. RFC 2113.</summary>
    RouterAlert = 148,
}

/// <summary>One option of an IPv4 header, in place.</summary>
public readonly ref struct Ipv4Option
{
    internal Ipv4Option(ReadOnlySpan<byte> octets, int offset)
    {
        Octets = octets;
        Offset = offset;
    }

    /// <summary>All of the option; type and length, where it has one, come first.</summary>
    public ReadOnlySpan<byte> Octets { get; }

    /// <summary>Where it begins among the options, octets.</summary>
    public int Offset { get; }

    /// <summary>What it is.</summary>
    public Ipv4OptionType Type => (Ipv4OptionType)Octets[0];

    /// <summary>How many octets it has, 1 at least.</summary>
    public int Length => Octets.Length;

    /// <summary>What follows type and length.</summary>
    public ReadOnlySpan<byte> Data => Octets.Length > 2 ? Octets[2..] : default;

    /// <summary>True when every fragment carries it; otherwise the first one alone does.</summary>
    public bool IsCopied => (Octets[0] & 0x80) != 0;
}

/// <summary>The options of an IPv4 header, to be walked by <c>foreach</c>. RFC 791 §3.1.</summary>
/// <remarks>
/// Parsed when every length holds. Octets that may not hold can be walked too, by <see cref="Walk"/>: that ends before
/// the fault. The end of the list and no-operations are not shown.
/// </remarks>
public readonly ref struct Ipv4Options : IWireView<Ipv4Options>
{
    /// <summary>Octets of the longest list of options.</summary>
    public const int MaxLength = 40;

    private readonly ReadOnlySpan<byte> _octets;

    private Ipv4Options(ReadOnlySpan<byte> octets) => _octets = octets;

    /// <summary>The router alert option: look at the packet. RFC 2113.</summary>
    public static ReadOnlySpan<byte> RouterAlert => [(byte)Ipv4OptionType.RouterAlert, 4, 0, 0];

    /// <inheritdoc/>
    public static bool TryParse(ReadOnlySpan<byte> octets, out Ipv4Options view)
    {
        view = default;
        if (FaultIn(octets) >= 0) return false;
        view = new Ipv4Options(octets);
        return true;
    }

    /// <summary>Where the first option with a length that can't be begins, as an offset; -1 when all hold.</summary>
    /// <remarks>What an ICMP parameter problem points at, less the 20 octets before the options. RFC 1122
    /// §3.2.2.5.</remarks>
    public static int FaultIn(ReadOnlySpan<byte> options)
    {
        Enumerator walk = Walk(options);
        while (walk.MoveNext()) { }
        return walk.FaultOffset;
    }

    /// <summary>Walks options whose lengths may lie.</summary>
    public static Enumerator Walk(ReadOnlySpan<byte> options) => new(options);

    /// <summary>
    /// Writes the options that each fragment but the first carries, padded with zeros to a multiple of 4, and says how
    /// many octets that makes.
    /// </summary>
    /// <param name="options">Those of the whole packet; what follows a fault is left out.</param>
    /// <param name="destination">As long as <paramref name="options"/> rounded up to a multiple of 4, at least.</param>
    public static int CopyForFragments(ReadOnlySpan<byte> options, Span<byte> destination)
    {
        int length = 0;
        Enumerator walk = Walk(options);
        while (walk.MoveNext())
        {
            if (!walk.Current.IsCopied) continue;
            walk.Current.Octets.CopyTo(destination[length..]);
            length += walk.Current.Length;
        }

        int padded = (length + 3) & ~3;
        destination[length..padded].Clear();
        return padded;
    }

    /// <summary>Walks the options.</summary>
    public Enumerator GetEnumerator() => new(_octets);

    /// <summary>Walks options up to the end of the list, or to a fault.</summary>
    public ref struct Enumerator
    {
        private OptionWalk _walk;

        internal Enumerator(ReadOnlySpan<byte> octets) => _walk = new OptionWalk(octets);

        /// <summary>The option it has come to. Only after <see cref="MoveNext"/> was true.</summary>
        public readonly Ipv4Option Current => new(_walk.Current, _walk.Offset);

        /// <summary>Where the option begins whose length can't be; -1 while none was met.</summary>
        public readonly int FaultOffset => _walk.FaultOffset;

        /// <summary>Goes on to the next option; false at the end of the list or at a fault.</summary>
        public bool MoveNext()
        {
            while (_walk.MoveNext())
                if (!_walk.IsAtFiller) return true;
            return false;
        }
    }
}
