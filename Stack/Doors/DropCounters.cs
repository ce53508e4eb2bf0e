namespace UserNet.Doors;

/// <summary>How much was dropped, by reason.</summary>
/// <remarks>Gate held.</remarks>
public sealed class DropCounters
{
    private readonly long[] _counts = new long[(int)Enum.GetValues<DropReason>()[^1] + 1];

    /// <summary>How often a reason was counted.</summary>
    public long this[DropReason reason] => _counts[(int)reason];

    /// <summary>Counts one more.</summary>
    public void Count(DropReason reason) => _counts[(int)reason]++;
}
