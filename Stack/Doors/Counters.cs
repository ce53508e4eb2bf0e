namespace UserNet.Doors;

/// <summary>A stack's counters.</summary>
/// <remarks>Gate held.</remarks>
public sealed class Counters
{
    private readonly long[] _counts = new long[(int)Enum.GetValues<Counter>()[^1] + 1];

    /// <summary>How often something was counted.</summary>
    public long this[Counter counter] => _counts[(int)counter];

    /// <summary>Counts one more.</summary>
    public void Count(Counter counter) => _counts[(int)counter]++;

    /// <summary>Counts some more.</summary>
    public void Count(Counter counter, int times) => _counts[(int)counter] += times;
}
