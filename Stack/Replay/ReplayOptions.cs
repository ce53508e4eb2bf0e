namespace UserNet.Replay;

/// <summary>How a <see cref="ReplayLink"/> feeds a session.</summary>
public sealed record ReplayOptions
{
    /// <summary>
    /// How long a frame is held back that answers what the stack has not sent yet. 1 s; then it is fed as it is, or
    /// acknowledging no more than was sent.
    /// </summary>
    public TimeSpan HoldLimit { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>
    /// How long to go on behind the last frame of the session, for answers that come later than the recorded ones did.
    /// 1 s.
    /// </summary>
    public TimeSpan Tail { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>
    /// The largest IP packet that the link carries, octets; null for what <see cref="RecordedSession.Mtu"/> found.
    /// </summary>
    public int? Mtu { get; init; }

    /// <summary>
    /// True for the link to have the station address of the recorded host; false to leave it to whoever attaches it, as
    /// a link did whose stack drew the address: where chance is to be drawn as often as it was.
    /// </summary>
    public bool HasStation { get; init; } = true;

    /// <summary>Refuses what can't be.</summary>
    /// <exception cref="ArgumentOutOfRangeException">A time is negative or longer than a day, or an MTU is below 68.</exception>
    internal void Check()
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(HoldLimit, TimeSpan.Zero);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(HoldLimit, TimeSpan.FromDays(1));
        ArgumentOutOfRangeException.ThrowIfLessThan(Tail, TimeSpan.Zero);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(Tail, TimeSpan.FromDays(1));
        if (Mtu is { } mtu) ArgumentOutOfRangeException.ThrowIfLessThan(mtu, 68);
    }
}
