namespace UserNet.Simulation;

/// <summary>How a schedule is shrunk.</summary>
public sealed record ShrinkOptions
{
    /// <summary>How many runs it may take; 2,000. The smallest schedule that was found by then is the answer.</summary>
    public int MaxRuns { get; init; } = 2000;

    /// <summary>True, as by default, to make the faults that stay simpler, too; false to leave faults out and no more.</summary>
    public bool Simplifies { get; init; } = true;
}

/// <summary>What became of a schedule that was shrunk.</summary>
/// <param name="Schedule">The smallest schedule that was found to fail.</param>
/// <param name="Runs">How many schedules were tried, the first one included.</param>
/// <param name="IsMinimal">
/// True when no fault can be left out, and none be made simpler by a step, without the failure going; false when the
/// runs ended before.
/// </param>
public sealed record ShrinkResult(FaultSchedule Schedule, int Runs, bool IsMinimal)
{
    /// <inheritdoc cref="FaultSchedule.HowToRepeat"/>
    public string HowToRepeat(ulong seed) => Schedule.HowToRepeat(seed);
}

/// <summary>Reduces a schedule under which something fails to a small one under which it still does.</summary>
/// <remarks>
/// <para>
/// First faults are left out, many at a time and then fewer (ddmin: Zeller and Hildebrandt 2002). Then each that stays
/// is made simpler by steps: one direction, a shorter time, rounder numbers, a lesser chance, delay or error, a higher
/// rate, fewer hosts. Both again and again, until nothing of it leaves the failure there: then no single step does, and
/// to shrink the answer changes nothing.
/// </para>
/// <para>
/// Which schedules are tried, and in which order, follows from the schedule and the answers alone; none is tried twice.
/// It is assumed that the same schedule fails always or never, as it does in a network of one seed. Any thread.
/// </para>
/// </remarks>
public static class ScheduleShrinker
{
    /// <summary>Shrinks a schedule.</summary>
    /// <param name="failing">A schedule that fails.</param>
    /// <param name="stillFails">
    /// Runs what fails under a schedule, each time from the beginning; true when it fails in the same way.
    /// </param>
    /// <param name="options">How; null for the usual.</param>
    /// <exception cref="ArgumentException">The schedule does not fail.</exception>
    /// <remarks>What <paramref name="stillFails"/> throws comes out here.</remarks>
    public static ShrinkResult Shrink(FaultSchedule failing, Func<FaultSchedule, bool> stillFails, ShrinkOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(stillFails);
        return Shrink(failing, candidates => FirstOf(candidates, stillFails), options);
    }

    /// <summary>Shrinks a schedule with runs that may be made at once.</summary>
    /// <param name="failing">A schedule that fails.</param>
    /// <param name="firstThatFails">
    /// Answers which of some schedules is the first that fails, counted from 0; -1 for none. It must not matter that
    /// more are run than up to that.
    /// </param>
    /// <param name="options">How; null for the usual.</param>
    /// <exception cref="ArgumentException">The schedule does not fail.</exception>
    /// <remarks>The answer is the same as that of the other method, <see cref="ShrinkResult.Runs"/> included.</remarks>
    public static ShrinkResult Shrink(
        FaultSchedule failing, Func<IReadOnlyList<FaultSchedule>, int> firstThatFails, ShrinkOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(failing);
        ArgumentNullException.ThrowIfNull(firstThatFails);
        options ??= new ShrinkOptions();
        ArgumentOutOfRangeException.ThrowIfLessThan(options.MaxRuns, 1);
        var search = new Search(failing, firstThatFails, options.MaxRuns);
        if (!search.Fails()) throw new ArgumentException($"It does not fail under the schedule: {failing}", nameof(failing));
        FaultSchedule before;
        do
        {
            before = search.Smallest;
            LeaveOut(search);
            if (options.Simplifies) Simplify(search);
        }
        while (search.Smallest != before && !search.IsOver);

        return new ShrinkResult(search.Smallest, search.Runs, !search.IsOver);
    }

    // The schedule in parts: one of them alone, or all but one of them; then in smaller parts, down to single faults.
    private static void LeaveOut(Search search)
    {
        if (search.Smallest.Count == 0 || search.Try([FaultSchedule.Empty])) return;
        int parts = 2;
        while (search.Smallest.Count >= 2 && !search.IsOver)
        {
            FaultSchedule whole = search.Smallest;
            parts = Math.Min(parts, whole.Count);
            if (search.Try([.. Enumerable.Range(0, parts).Select(part => Part(whole, part, parts, isKept: true))]))
                parts = 2;
            else if (parts > 2 && search.Try([.. Enumerable.Range(0, parts).Select(part => Part(whole, part, parts, isKept: false))]))
                parts = Math.Max(parts - 1, 2);
            else if (parts < whole.Count)
                parts *= 2;
            else
                return;
        }
    }

    private static FaultSchedule Part(FaultSchedule whole, int part, int parts, bool isKept)
    {
        int begin = (int)((long)whole.Count * part / parts), end = (int)((long)whole.Count * (part + 1) / parts);
        return new FaultSchedule(whole.Where((_, index) => (index >= begin && index < end) == isKept));
    }

    private static void Simplify(Search search)
    {
        for (int i = 0; i < search.Smallest.Count; i++)
        {
            bool isSimpler = true;
            while (isSimpler && !search.IsOver)
            {
                FaultSchedule whole = search.Smallest;
                int place = i;
                isSimpler = search.Try([.. SimplerFaults.Of(whole[i]).Select(fault => whole.Replace(place, fault))]);
            }
        }
    }

    private static int FirstOf(IReadOnlyList<FaultSchedule> candidates, Func<FaultSchedule, bool> stillFails)
    {
        for (int i = 0; i < candidates.Count; i++)
        {
            if (stillFails(candidates[i])) return i;
        }

        return -1;
    }

    /// <summary>What was tried, and the smallest schedule that failed.</summary>
    private sealed class Search(FaultSchedule failing, Func<IReadOnlyList<FaultSchedule>, int> firstThatFails, int maxRuns)
    {
        private readonly HashSet<FaultSchedule> _passed = [];      // never walked

        public FaultSchedule Smallest { get; private set; } = failing;

        public int Runs { get; private set; }

        /// <summary>True when there was something left to be tried, and no run for it.</summary>
        public bool IsOver { get; private set; }

        public bool Fails() => Try([Smallest]);

        /// <summary>Goes on with the first of some schedules that fails; false when none does.</summary>
        public bool Try(List<FaultSchedule> candidates)
        {
            candidates.RemoveAll(_passed.Contains);
            if (candidates.Count > maxRuns - Runs)
            {
                candidates.RemoveRange(maxRuns - Runs, candidates.Count - (maxRuns - Runs));
                IsOver = true;
            }

            if (candidates.Count == 0) return false;
            int first = firstThatFails(candidates);
            int passed = first < 0 ? candidates.Count : first;
            for (int i = 0; i < passed; i++) _passed.Add(candidates[i]);
            Runs += first < 0 ? candidates.Count : first + 1;
            if (first < 0) return false;
            Smallest = candidates[first];
            IsOver = false;
            return true;
        }
    }
}
