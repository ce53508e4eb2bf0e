using UserNet.Drill.Language;

namespace UserNet.Drill.Running;

/// <summary>A packet that is expected from the stack, and what came of it so far.</summary>
/// <param name="started">Since when it is waited for, microseconds as all times here.</param>
/// <param name="start">From when on it is due.</param>
/// <param name="end">Until when it is due.</param>
/// <param name="limit">When it is missing; long.MaxValue for never.</param>
internal sealed class Expectation(long started, long start, long end, long limit)
{
    private Aggregation? _parts;

    /// <summary>From when on it is due.</summary>
    public long Start => start;

    /// <summary>Until when it is due.</summary>
    public long End => end;

    /// <summary>When it is missing.</summary>
    public long Limit => limit;

    /// <summary>What came, as one packet; null for nothing.</summary>
    public SeenPacket? Seen { get; private set; }

    /// <summary>A segment that can't be one with those before it, and what of it does not fit.</summary>
    public (string Field, SeenPacket Packet)? Misfit { get; private set; }

    /// <summary>When it was there: not before it was waited for.</summary>
    public long FinishedAt(long now) => Seen is { } seen ? Math.Max(started, seen.Time) : now;

    /// <summary>Takes a packet.</summary>
    /// <param name="packet">What came.</param>
    /// <param name="line">What is expected.</param>
    /// <param name="aggregates">Several segments may be a line.</param>
    /// <returns>True when nothing more is to come.</returns>
    public bool Take(SeenPacket packet, PacketSpec line, bool aggregates)
    {
        if (_parts is null)
        {
            Seen = packet;
            _parts = aggregates ? Aggregation.Begin(line, packet) : null;
            return _parts is null;
        }
        if (_parts.Add(packet) is { } field)
        {
            Misfit = (field, packet);
            return true;
        }
        Seen = _parts.Merge();
        return _parts.IsComplete((TcpSpec)line.Body);
    }
}
