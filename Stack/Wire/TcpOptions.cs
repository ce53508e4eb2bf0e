namespace UserNet.Wire;

/// <summary>What a TCP option is. IANA, TCP option kinds.</summary>
public enum TcpOptionKind : byte
{
    /// <summary>No option follows. One octet.</summary>
    EndOfList = 0,
    /// <summary>Fills up to where the next option is to begin. One octet.</summary>
    NoOperation = 1,
    /// <summary>The largest segment that may be sent to the one who says it. RFC 9293 §3.2.</summary>
    MaximumSegmentSize = 2,
    /// <summary>By how many bits windows are shifted. RFC 7323 §2.</summary>
    WindowScale = 3,
    /// <summary>Selective acknowledgments are understood. RFC 2018 §2.</summary>
    SackPermitted = 4,
    /// <summary>What arrived beyond the acknowledgment number. RFC 2018 §3.</summary>
    Sack = 5,
    /// <summary>A time, and an echo of the peer's. RFC 7323 §3.</summary>
    Timestamps = 8,
    /// <summary>A signature with a key that both ends share. RFC 2385.</summary>
    Md5Signature = 19,
    /// <summary>A cookie for sending data with the SYN. RFC 7413.</summary>
    FastOpen = 34,
    /// <summary>Octets that arrived as ECT(0), CE, ECT(1), in this order. RFC 9768 §3.2.3.</summary>
    AccurateEcn0 = 172,
    /// <summary>Octets that arrived as ECT(1), CE, ECT(0), in this order. RFC 9768 §3.2.3.</summary>
    AccurateEcn1 = 174,
    /// <summary>An experiment; two or four octets that say which one come first. RFC 6994.</summary>
    Experimental = 254,
}

/// <summary>One option of a TCP header, in place.</summary>
public readonly ref struct TcpOption
{
    internal TcpOption(ReadOnlySpan<byte> octets, int offset)
    {
        Octets = octets;
        Offset = offset;
    }

    /// <summary>All of the option; kind and length, where it has one, come first.</summary>
    public ReadOnlySpan<byte> Octets { get; }

    /// <summary>Where it begins among the options, octets.</summary>
    public int Offset { get; }

    /// <summary>What it is.</summary>
    public TcpOptionKind Kind => (TcpOptionKind)Octets[0];

    /// <summary>What follows kind and length.</summary>
    public ReadOnlySpan<byte> Data => Octets.Length > 2 ? Octets[2..] : default;
}

/// <summary>The options of a TCP header, to be walked by <c>foreach</c>. RFC 9293 §3.2.</summary>
/// <remarks>
/// Parsed when every length holds. Octets that may not hold can be walked too, by <see cref="Walk"/>: that ends before
/// the fault. No-operations are shown, the end of the list is not.
/// </remarks>
public readonly ref struct TcpOptions : IWireView<TcpOptions>
{
    private readonly ReadOnlySpan<byte> _octets;

    private TcpOptions(ReadOnlySpan<byte> octets) => _octets = octets;

    /// <inheritdoc/>
    public static bool TryParse(ReadOnlySpan<byte> octets, out TcpOptions view)
    {
        view = default;
        Enumerator walk = Walk(octets);
        while (walk.MoveNext()) { }
        if (walk.FaultOffset >= 0) return false;
        view = new TcpOptions(octets);
        return true;
    }

    /// <summary>Walks options whose lengths may lie.</summary>
    public static Enumerator Walk(ReadOnlySpan<byte> options) => new(options);

    /// <summary>Walks the options.</summary>
    public Enumerator GetEnumerator() => new(_octets);

    /// <summary>Walks options up to the end of the list, or to a fault.</summary>
    public ref struct Enumerator
    {
        private OptionWalk _walk;

        internal Enumerator(ReadOnlySpan<byte> octets) => _walk = new OptionWalk(octets);

        /// <summary>The option it has come to. Only after <see cref="MoveNext"/> was true.</summary>
        public readonly TcpOption Current => new(_walk.Current, _walk.Offset);

        /// <summary>Where the option begins whose length can't be; -1 while none was met.</summary>
        public readonly int FaultOffset => _walk.FaultOffset;

        /// <summary>Goes on to the next option; false at the end of the list or at a fault.</summary>
        public bool MoveNext() => _walk.MoveNext();
    }
}
