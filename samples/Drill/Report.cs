using System.Diagnostics;
using System.Globalization;
using UserNet.Drill;

namespace UserNet.Samples.Drill;

/// <summary>Prints a line for each run, what else is asked for below it, and the totals.</summary>
internal sealed class Report(TextWriter output, bool isVerbose)
{
    private readonly long _begin = Stopwatch.GetTimestamp();
    private int _passed, _failed, _unsupported;

    /// <summary>True when a run failed, or a script can't be read.</summary>
    public bool HasFailed => _failed > 0;

    /// <summary>A run is over.</summary>
    public void Add(DrillRun run)
    {
        ref int total = ref _failed;
        if (run.Verdict.Outcome == DrillOutcome.Pass) total = ref _passed;
        else if (run.Verdict.Outcome == DrillOutcome.Unsupported) total = ref _unsupported;
        total++;
        string version = run.IpVersion is { } known ? $" [{DrillSuite.NameOf(known)}]" : "";
        string time = isVerbose ? string.Create(CultureInfo.InvariantCulture, $" ({run.Elapsed.TotalMilliseconds:0.0} ms)") : "";
        output.WriteLine(OneLine(Describe(run.Verdict, version)) + time);
        foreach (string line in run.Trace) output.WriteLine($"    {line}");
        if (!isVerbose) return;
        if (run.Trace.Count == 0 && run.Verdict.Outcome != DrillOutcome.Pass)
            foreach (string packet in run.Verdict.Packets) output.WriteLine($"    {packet}");
        foreach (string remark in run.Verdict.Remarks) output.WriteLine($"    # {remark}");
    }

    /// <summary>All are over.</summary>
    public void End()
    {
        int all = _passed + _failed + _unsupported;
        if (isVerbose) output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{all} played in {Stopwatch.GetElapsedTime(_begin).TotalSeconds:0.00} s"));
        output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{_passed} passed, {_failed} failed, {_unsupported} unsupported"));
    }

    private static string Describe(DrillVerdict verdict, string version)
    {
        string at = verdict.At is { } place ? place.ToString() : "", line = verdict.At is { } here ? $":{here.Line}" : "";
        string time = string.Create(CultureInfo.InvariantCulture, $"{verdict.Time.TotalSeconds:0.000000}");
        return verdict.Outcome switch
        {
            DrillOutcome.Pass => $"PASS {verdict.Script}{version}",
            DrillOutcome.Fail => $"FAIL {verdict.Script}{line}{version}: {verdict.Field}: expected {verdict.Expected}, got {verdict.Actual}, at {time}",
            DrillOutcome.Unsupported => $"UNSUPPORTED {verdict.Script}{line}{version}: {verdict.Field}",
            _ => $"PARSE {verdict.Script}:{at}{version}: {verdict.Field}",
        };
    }

    private static string OneLine(string text) => text.ReplaceLineEndings(" ");
}
