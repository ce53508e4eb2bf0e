using System.Globalization;

namespace UserNet.Time;

/// <summary>An instant of a stack's time: 100 ns ticks since the stack began.</summary>
/// <remarks>
/// Reads no clock: the door that does hands it in as <c>now</c>. Arithmetic that leaves the range of a
/// <see cref="TimeSpan"/>
/// (29,000 years) throws. Any thread.
/// </remarks>
public readonly record struct Timestamp(long Ticks) : IComparable<Timestamp>
{
    /// <summary>The beginning of the stack's time.</summary>
    public static Timestamp Zero => default;

    /// <summary>Later than any other instant: a deadline that never comes.</summary>
    public static Timestamp Never => new(long.MaxValue);

    /// <summary>How long after the beginning it is.</summary>
    public TimeSpan SinceStart => new(Ticks);

    /// <summary>The instant that lies the given time after the beginning.</summary>
    public static Timestamp FromStart(TimeSpan time) => new(time.Ticks);

    /// <summary>The earlier of two.</summary>
    public static Timestamp Min(Timestamp a, Timestamp b) => a.Ticks <= b.Ticks ? a : b;

    /// <summary>The later of two.</summary>
    public static Timestamp Max(Timestamp a, Timestamp b) => a.Ticks >= b.Ticks ? a : b;

    /// <summary>The instant a time later.</summary>
    public static Timestamp operator +(Timestamp instant, TimeSpan time) => new(checked(instant.Ticks + time.Ticks));

    /// <summary>The instant a time earlier.</summary>
    public static Timestamp operator -(Timestamp instant, TimeSpan time) => new(checked(instant.Ticks - time.Ticks));

    /// <summary>How much later the first is than the second; negative when it is earlier.</summary>
    public static TimeSpan operator -(Timestamp later, Timestamp earlier) => new(checked(later.Ticks - earlier.Ticks));

    /// <summary>True when the first is earlier.</summary>
    public static bool operator <(Timestamp a, Timestamp b) => a.Ticks < b.Ticks;

    /// <summary>True when the first is later.</summary>
    public static bool operator >(Timestamp a, Timestamp b) => a.Ticks > b.Ticks;

    /// <summary>True when the first is not later.</summary>
    public static bool operator <=(Timestamp a, Timestamp b) => a.Ticks <= b.Ticks;

    /// <summary>True when the first is not earlier.</summary>
    public static bool operator >=(Timestamp a, Timestamp b) => a.Ticks >= b.Ticks;

    /// <inheritdoc/>
    public int CompareTo(Timestamp other) => Ticks.CompareTo(other.Ticks);

    /// <summary>Seconds with seven decimals, as in 12.0000001.</summary>
    public override string ToString() =>
        (Ticks / (decimal)TimeSpan.TicksPerSecond).ToString("F7", CultureInfo.InvariantCulture);
}
