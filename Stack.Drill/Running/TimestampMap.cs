namespace UserNet.Drill.Running;

/// <summary>Between a script's timestamps and those that the stack sent on one connection.</summary>
internal sealed class TimestampMap
{
    private const uint FirstSeen = 100;

    private readonly Dictionary<uint, uint> _liveOf = [];
    private (uint Script, uint Live)? _first;

    /// <summary>A segment of the stack came that the script expects.</summary>
    /// <param name="script">The value that the script has.</param>
    /// <param name="live">The value on the wire.</param>
    public void Record(uint script, uint live)
    {
        _first ??= (script, live);
        _liveOf[script] = live;
    }

    /// <summary>No segment of the stack had a timestamp.</summary>
    public bool IsEmpty => _first is null;

    /// <summary>A segment of the stack came that no script tells of yet: its connection's first value is 100 there, and ticks are counted from it.</summary>
    public void RecordAsSeen(uint live) => Record(_first is null ? FirstSeen : ToScript(live), live);

    /// <summary>How many ticks a value is ahead of where the script has it, counted from the first of the connection.</summary>
    public int Drift(uint script, uint live) =>
        _first is { } first ? (int)((live - first.Live) - (script - first.Script)) : 0;

    /// <summary>A value of the stack as the script would have it, counted from the first of the connection.</summary>
    public uint ToScript(uint live) => _first is { } first ? live - first.Live + first.Script : live;

    /// <summary>What the peer is to echo for a value of the script.</summary>
    /// <param name="script">The value that the script has.</param>
    /// <param name="isScaled">A value that was never seen is counted on from the first.</param>
    /// <param name="live">The value on the wire.</param>
    /// <returns>False for a value that nothing is known of.</returns>
    public bool TryEcho(uint script, bool isScaled, out uint live)
    {
        if (_liveOf.TryGetValue(script, out live)) return true;
        if (!isScaled || _first is not { } first) return false;
        live = script - first.Script + first.Live;
        return true;
    }
}
