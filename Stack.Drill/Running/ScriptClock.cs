using UserNet.Drill.Language;

namespace UserNet.Drill.Running;

/// <summary>Says when events of a script are due, and how far off they may be. Times are microseconds since its start.</summary>
internal sealed class ScriptClock(ScriptSettings settings)
{
    private long _base;             // what relative times count from
    private long _scheduled;        // when the event before was due
    private bool _wasInbound;       // the event before was a packet into the stack

    /// <summary>When an event is due: the first and the last instant; both 0 for any time.</summary>
    /// <param name="time">What the script says.</param>
    /// <param name="isInbound">The event is a packet into the stack.</param>
    public (long Start, long End) Resolve(EventTime time, bool isInbound = false)
    {
        if (time.Kind == TimeKind.Any) return (0, 0);
        if (!time.IsRelative) return (time.Start, time.End);
        // Packets of a train into the stack keep their distance also where the first was late.
        bool isTrain = isInbound && _wasInbound && settings.Profile == DrillProfile.Linux;
        long from = isTrain ? _scheduled : _base;
        return (from + time.Start, from + time.End);
    }

    /// <summary>How far off the time of an event may be.</summary>
    /// <param name="due">When it is due.</param>
    public long ToleranceOf(long due) => ToleranceOver(due - _scheduled);

    /// <summary>How far off the end of something may be that takes a time.</summary>
    public long ToleranceOver(long duration) =>
        Math.Max(settings.ToleranceMicroseconds, duration * settings.TolerancePerMille / 1000);

    /// <summary>An event is over: relative times count from here.</summary>
    /// <param name="at">When it was.</param>
    /// <param name="due">When it was due.</param>
    /// <param name="isInbound">It was a packet into the stack.</param>
    public void Finish(long at, long due, bool isInbound = false)
    {
        _base = at;
        _scheduled = due;
        _wasInbound = isInbound;
    }
}
