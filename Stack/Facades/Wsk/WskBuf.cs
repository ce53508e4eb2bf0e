namespace UserNet.Facades.Wsk;

/// <summary>WSK_BUF: a range of memory, which is lent until the request that it is given with is complete.</summary>
/// <param name="Mdl">The memory.</param>
/// <param name="Offset">Where the range begins.</param>
/// <param name="Length">How many octets it has.</param>
public readonly record struct WskBuf(Memory<byte> Mdl, int Offset, int Length)
{
    /// <summary>All of a piece of memory.</summary>
    public WskBuf(Memory<byte> mdl) : this(mdl, 0, mdl.Length)
    {
    }

    /// <summary>The range; false when it is not all in the memory.</summary>
    internal bool TryGet(out Memory<byte> range)
    {
        bool isIn = Offset >= 0 && Length >= 0 && Offset <= Mdl.Length - Length;
        range = isIn ? Mdl.Slice(Offset, Length) : default;
        return isIn;
    }
}
