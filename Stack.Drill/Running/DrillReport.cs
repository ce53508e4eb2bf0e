using System.Diagnostics.CodeAnalysis;
using UserNet.Drill.Language;

namespace UserNet.Drill.Running;

/// <summary>Makes a verdict of what happened: the first thing that went wrong counts.</summary>
internal sealed class DrillReport(string path)
{
    private DrillVerdict? _verdict;
    private IReadOnlyList<string> _packets = [], _remarks = [];

    /// <summary>What time it is in the script, microseconds.</summary>
    public Func<long> Now { get; set; } = static () => 0;

    /// <summary>Which event is being played; null before the first.</summary>
    public Func<Position?> At { get; set; } = static () => null;

    /// <summary>True when something went wrong.</summary>
    public bool HasFailed => _verdict is not null;

    /// <summary>The verdict.</summary>
    public DrillVerdict Verdict => (_verdict ?? new DrillVerdict(DrillOutcome.Pass, path, null)) with { Packets = _packets, Remarks = _remarks };

    /// <summary>What the verdict is to tell beside.</summary>
    public void Add(IReadOnlyList<string> packets, IReadOnlyList<string> remarks) => (_packets, _remarks) = (packets, remarks);

    /// <summary>Does something, and keeps what goes wrong.</summary>
    [SuppressMessage("Design", "CA1031", Justification = "Whatever goes wrong in a stack under test is a failure of the script.")]
    public void Attempt(Action part)
    {
        try
        {
            part();
        }
        catch (ScriptException unread)
        {
            Keep(new DrillVerdict(DrillOutcome.Parse, path, unread.At) { Field = unread.Message });
        }
        catch (UnsupportedException missing)
        {
            Keep(new DrillVerdict(DrillOutcome.Unsupported, path, missing.At) { Field = missing.Message });
        }
        catch (DrillFailure failure)
        {
            Keep(new DrillVerdict(DrillOutcome.Fail, path, failure.At)
            {
                Field = failure.Field, Expected = failure.Expected, Actual = failure.Actual,
            });
        }
        catch (Exception thrown)
        {
            Keep(new DrillVerdict(DrillOutcome.Fail, path, At()) { Field = "exception", Actual = thrown.ToString() });
        }
    }

    private void Keep(DrillVerdict verdict) =>
        _verdict ??= verdict with { Time = TimeSpan.FromMicroseconds(Now()) };
}
