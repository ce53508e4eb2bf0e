namespace UserNet.Wire;

/// <summary>What an Accurate ECN option says: how many octets of payload arrived with which ECN field. RFC 9768 §3.2.3.</summary>
/// <remarks>
/// Each counter is the low 24 bits of a longer one. An option that is short has the first of its order alone; one that is
/// longer than it should be counts as far as it is known.
/// </remarks>
public readonly record struct AccurateEcnOption
{
    /// <summary>The most counters that an option has.</summary>
    public const int MaxCounters = 3;

    /// <summary>Octets of one counter.</summary>
    public const int CounterLength = 3;

    /// <summary>Octets of an option with so many counters.</summary>
    /// <param name="counters">0 to 3.</param>
    public static int LengthOf(int counters) => 2 + (CounterLength * counters);

    /// <summary>True when there is an option at all.</summary>
    public bool IsPresent { get; init; }

    /// <summary>True when ECT(1) comes first (kind 174), false when ECT(0) does (kind 172).</summary>
    public bool Ect1First { get; init; }

    /// <summary>How many counters it has: 0 to 3.</summary>
    public int Count { get; init; }

    /// <summary>The first counter: octets that arrived as ECT(0), or as ECT(1) where that comes first; 0 where there is none.</summary>
    public uint First { get; init; }

    /// <summary>The second: octets that arrived as CE; 0 where there is none.</summary>
    public uint Second { get; init; }

    /// <summary>The third: octets that arrived as the other ECT; 0 where there is none.</summary>
    public uint Third { get; init; }

    internal static AccurateEcnOption Read(ReadOnlySpan<byte> data, bool ect1First)
    {
        int count = Math.Min(data.Length / CounterLength, MaxCounters);
        return new AccurateEcnOption
        {
            IsPresent = true,
            Ect1First = ect1First,
            Count = count,
            First = count > 0 ? ReadCounter(data) : 0,
            Second = count > 1 ? ReadCounter(data[CounterLength..]) : 0,
            Third = count > 2 ? ReadCounter(data[(2 * CounterLength)..]) : 0,
        };
    }

    /// <summary>A counter in network order.</summary>
    private static uint ReadCounter(ReadOnlySpan<byte> octets) => ((uint)octets[0] << 16) | ((uint)octets[1] << 8) | octets[2];
}
