using System.Globalization;
using UserNet.Bench.Measuring;

namespace UserNet.Bench.Ports;

/// <summary>What the project aims at, and the worst figure that stands against it.</summary>
/// <param name="Text">The goal.</param>
/// <param name="Measured">The worst figure.</param>
/// <param name="Where">Where it was measured.</param>
/// <param name="IsMet">Null where it was not measured.</param>
internal sealed record Goal(string Text, string Measured, string Where, bool? IsMet)
{
    private static readonly string[] Counted = ["Main", "Variants", "Personalities"];

    public string Verdict => IsMet switch { true => "met", false => "missed", null => "" };

    public static IReadOnlyList<Goal> Judge(PortsReport report)
    {
        List<Goal> goals = [];
        PortRow[] rows = [.. report.Rows.Where(static row => !row.IsExhausted && Counted.Contains(row.Table))];
        PortRow[] hard = [.. report.Rows.Where(static row => !row.IsExhausted && !Counted.Contains(row.Table))];
        PortRow[] full = [.. report.Rows.Where(static row => row.IsExhausted)];
        Worst(goals, "engine bind+release below 100 ns", rows, static row => row.Engine, 100);
        Worst(goals, "the same for every algorithm and adversary", hard, static row => row.Engine, 100);
        Worst(goals, "whole socket below 400 ns", rows, static row => row.Whole!, 400);
        Worst(goals, "the same for every algorithm and adversary", hard, static row => row.Whole!, 400);
        Worst(goals, "exhaustion answered in below 500 ns", full, static row => row.Engine, 500);
        Worst(goals, "the same when a holder changed since the last time", full, static row => row.AfterChange ?? row.Engine, 500);
        PortRow greedy = report.Rows.MaxBy(static row => row.EngineBytes)!;
        goals.Add(new Goal("0 B allocated in the engine", $"{greedy.EngineBytes:0.#} B", Place(greedy), greedy.EngineBytes < 0.05));
        MemoryRow heavy = report.Memory.MaxBy(static row => row.Beside)!;
        goals.Add(new Goal(
            "below 100 B of heap a bound port", $"{heavy.Beside:0} B", $"{heavy.Protocol}, {heavy.Variant}, {heavy.Personality}", heavy.Beside < 100));
        Ratio(goals, "1,000 times Linux's TCP past half of a natural fill", 1000, report, static row => row.Fill == "Natural" && row.Occupancy > 50);
        Ratio(goals, "300 times Linux's TCP at 99.9 % of a random fill", 300, report, static row => row.Fill == "Random" && row.Occupancy == 99.9);
        Threads(goals, report);
        return goals;
    }

    private static string Place(PortRow row) =>
        string.Create(CultureInfo.InvariantCulture, $"{row.Operation}, {row.Occupancy} %");

    private static void Worst(List<Goal> goals, string text, PortRow[] rows, Func<PortRow, Sample> of, double limit)
    {
        PortRow worst = rows.MaxBy(row => of(row).Nanoseconds)!;
        int over = rows.Count(row => of(row).Nanoseconds >= limit), always = rows.Count(row => of(row).Least >= limit);
        double nanoseconds = of(worst).Nanoseconds;
        goals.Add(new Goal(text, $"{nanoseconds:#,0} ns", $"{Place(worst)}; {over} of {rows.Length} over, {always} in their quickest batch too", nanoseconds < limit));
    }

    private static void Ratio(
        List<Goal> goals, string text, double least, PortsReport report, Func<PortRow, bool> counts)
    {
        PortRow[] rows = [.. report.Rows.Where(row => row is { Table: "Main", Protocol: "TCP", Ratio: not null } && counts(row))];
        if (rows.Length == 0)
        {
            goals.Add(new Goal(text, "not measured", "", null));
            return;
        }

        PortRow worst = rows.MinBy(static row => row.Ratio)!;
        goals.Add(new Goal(text, $"{worst.Ratio:#,0} times", Place(worst), worst.Ratio >= least));
    }

    private static void Threads(List<Goal> goals, PortsReport report)
    {
        foreach (string operation in report.Throughput.Select(static row => row.Operation).Distinct())
        {
            (double share, double best, double occupancy) = report.Throughput.Where(row => row.Operation == operation)
                .GroupBy(static row => row.Occupancy)
                .Select(static group => Compare(group.First(static row => row.Threads == 1), group.First(static row => row.Threads == 2)))
                .Min();
            goals.Add(new Goal(
                $"two threads do at least what one does ({operation})", $"{share:0.00} of one (best runs {best:0.00})",
                string.Create(CultureInfo.InvariantCulture, $"{occupancy} %"), share >= 1));
        }
    }

    private static (double Share, double Best, double Occupancy) Compare(ThroughputRow one, ThroughputRow two) =>
        (two.Median / one.Median, two.Most / one.Most, one.Occupancy);
}
