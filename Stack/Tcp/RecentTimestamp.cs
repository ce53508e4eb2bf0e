using UserNet.Time;

namespace UserNet.Tcp;

/// <summary>The peer's timestamp that is echoed, and that older ones are known by: TS.Recent of RFC 7323 §4.3.</summary>
internal struct RecentTimestamp
{
    // A sender's clock may have gone round since. RFC 7323 §5.5.
    private static readonly TimeSpan s_lifetime = TimeSpan.FromDays(24);

    /// <summary>TS.Recent; 0 while there is none.</summary>
    public uint Value { get; private set; }

    /// <summary>When it was taken.</summary>
    public Timestamp TakenAt { get; private set; }

    /// <summary>Takes over a timestamp, unless it is older than the last.</summary>
    public void Take(uint value, Timestamp now)
    {
        if (IsBehind(value, 0, now)) return;
        Value = value;
        TakenAt = now;
    }

    /// <summary>Takes over a timestamp, older or not: the peer begins anew.</summary>
    public void Replace(uint value, Timestamp now) => (Value, TakenAt) = (value, now);

    /// <summary>True when a timestamp is older than the last by more than so many ticks of the peer's clock.</summary>
    public readonly bool IsBehind(uint value, int most, Timestamp now) =>
        Value != 0 && (int)(Value - value) > most && now - TakenAt < s_lifetime;
}
