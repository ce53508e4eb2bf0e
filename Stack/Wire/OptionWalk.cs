namespace UserNet.Wire;

/// <summary>A way through options as IPv4 and TCP have them: a kind, and but for kinds 0 (end) and 1 (filler) a length. RFC 791 §3.1, RFC 9293 §3.1.</summary>
/// <remarks>Lengths may lie: it ends before the first that can't be. Fillers are shown, the end of the list is not.</remarks>
internal ref struct OptionWalk(ReadOnlySpan<byte> octets)
{
    private const byte EndOfList = 0, NoOperation = 1;

    private readonly ReadOnlySpan<byte> _octets = octets;
    private int _length;

    /// <summary>Where the option begins that it has come to.</summary>
    public int Offset { get; private set; }

    /// <summary>All of that option.</summary>
    public readonly ReadOnlySpan<byte> Current => _octets.Slice(Offset, _length);

    /// <summary>True when it has come to a filler.</summary>
    public readonly bool IsAtFiller => _octets[Offset] == NoOperation;

    /// <summary>Where the option begins whose length can't be; -1 while none was met.</summary>
    public int FaultOffset { get; private set; } = -1;

    /// <summary>Goes on to the next option; false at the end of the list or at a fault.</summary>
    public bool MoveNext()
    {
        if (FaultOffset >= 0) return false;
        Offset += _length;
        _length = 0;
        if (Offset >= _octets.Length || _octets[Offset] == EndOfList)
        {
            Offset = _octets.Length;
            return false;
        }

        int left = _octets.Length - Offset;
        int length = IsAtFiller ? 1 : left < 2 ? 0 : _octets[Offset + 1];
        if (length > left || (length < 2 && !IsAtFiller))
        {
            FaultOffset = Offset;
            return false;
        }

        _length = length;
        return true;
    }
}
