using UserNet.Simulation;

namespace UserNet.Drill.Machine;

/// <summary>A clock whose timers fire on a kernel's ticks: never early, and the later the longer they were set for.</summary>
/// <remarks>
/// As Linux's timer wheel at HZ=250: a tick is 4 ms; timers of a quarter of a second and more are rounded to 32 ms, those of two seconds to
/// 256 ms, and so on. What such a kernel did can then be compared where a packet and a timer come at nearly the same time.
/// </remarks>
/// <param name="clock">The time itself.</param>
/// <param name="phase">How far the kernel's clock is ahead of it, microseconds.</param>
/// <param name="isCoarse">A timer may have been set before: it is rounded as one that was set for twice as long.</param>
internal sealed class TickingClock(ManualClock clock, long phase, bool isCoarse) : TimeProvider
{
    private const long Tick = 4 * TimeSpan.TicksPerMillisecond;
    private const int FirstLevel = 63, LevelShift = 3;

    public override long TimestampFrequency => clock.TimestampFrequency;

    public override TimeZoneInfo LocalTimeZone => clock.LocalTimeZone;

    public override DateTimeOffset GetUtcNow() => clock.GetUtcNow();

    public override long GetTimestamp() => clock.GetTimestamp();

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        var timer = new TickingTimer(this, clock.CreateTimer(callback, state, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan));
        timer.Change(dueTime, period);
        return timer;
    }

    private long Now => clock.Now.Ticks + (phase * TimeSpan.TicksPerMicrosecond);

    // When a timer fires that is set now for a time.
    private long Round(long due)
    {
        long now = Now / Tick, expires = now + ((due - Now + Tick - 1) / Tick), span = FirstLevel;
        int shift = 0;
        for (long wait = (expires - now) * (isCoarse ? 2 : 1); wait >= span; span <<= LevelShift) shift += LevelShift;
        return ((expires >> shift) + 1 << shift) * Tick;
    }

    private sealed class TickingTimer(TickingClock clock, ITimer timer) : ITimer
    {
        private long _due = -1, _fires;

        public bool Change(TimeSpan dueTime, TimeSpan period)
        {
            if (dueTime <= TimeSpan.Zero) return timer.Change(dueTime, period);
            long now = clock.Now, due = now + dueTime.Ticks;
            if (due != _due) (_due, _fires) = (due, clock.Round(due));      // one that is set again for the same time keeps its place
            return timer.Change(TimeSpan.FromTicks(Math.Max(0, _fires - now)), period);
        }

        public void Dispose() => timer.Dispose();

        public ValueTask DisposeAsync() => timer.DisposeAsync();
    }
}
