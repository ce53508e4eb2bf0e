namespace UserNet.Capture;

/// <summary>Compares a run, as it goes on, with the journal of another, and finds the first event that differs.</summary>
/// <remarks>One thread at a time.</remarks>
/// <param name="first">The other run, which is over.</param>
internal sealed class RunComparison(RunJournal first) : EventRecorder
{
    private const int LinesBefore = 5;

    /// <summary>How many events there were.</summary>
    public long Count { get; private set; }

    /// <summary>The first event that differs; null while none does.</summary>
    public RunDivergence? Divergence { get; private set; }

    /// <summary>The run ends: also what did not happen any more is a difference.</summary>
    /// <param name="because">What ended it, where it was not to be; null for its end.</param>
    public void End(string? because = null)
    {
        if (Divergence is not null || (Count >= first.Count && because is null)) return;
        string second = because is null ? "the run ended here" : $"the run ended here: {because}";
        Divergence = new RunDivergence(Count, Count < first.Count ? first.Describe(Count) : "the run ended here", second, null, Before(Count));
    }

    /// <inheritdoc/>
    protected override void Take(in RunEvent one, ReadOnlySpan<char> text, ReadOnlySpan<byte> octets)
    {
        long index = Count++;
        if (Divergence is not null) return;
        if (index < first.Count && (first.HashOf(index) is not { } hash || hash == one.HashWith(text, octets))) return;
        RunEvent whole = one with { Text = one.Text ?? (text.IsEmpty ? null : text.ToString()) };
        string line = whole.Describe(Points, first.Epoch, octets);
        Divergence = new RunDivergence(
            index, index < first.Count ? first.Describe(index) : "the run ended here", line, DifferenceOf(first.OctetsOf(index), octets),
            Before(index));
    }

    private static int? DifferenceOf(ReadOnlySpan<byte> first, ReadOnlySpan<byte> second)
    {
        if (first.IsEmpty || second.IsEmpty) return null;
        int same = first.CommonPrefixLength(second);
        return same == first.Length && same == second.Length ? null : same;
    }

    private List<string> Before(long index)
    {
        List<string> lines = [];
        for (long i = Math.Max(0, index - LinesBefore); i < index; i++) lines.Add(first.Describe(i));
        return lines;
    }
}

/// <summary>The first event in which two runs differ.</summary>
/// <param name="Index">Its place, from 0.</param>
/// <param name="First">The event of the first run, in a line.</param>
/// <param name="Second">The event of the second.</param>
/// <param name="Octet">From which octet on two frames differ; null when they do not, or are not two.</param>
/// <param name="Before">The last events that were the same.</param>
internal sealed record RunDivergence(long Index, string First, string Second, int? Octet, IReadOnlyList<string> Before);
