namespace UserNet.Simulation;

/// <summary>What a wire does to the frames that go one way. The default: nothing.</summary>
/// <remarks>
/// A frame first waits for the line and takes its time there (<see cref="BitsPerSecond"/>); on the wire it may be lost,
/// corrupted or doubled; then it travels. Chances lie between 0 and 1, and each kind has numbers of its own: turning
/// loss on does not change which frames are doubled.
/// </remarks>
public sealed record LinkConditions
{
    /// <summary>Nothing happens to any frame.</summary>
    public static LinkConditions Perfect { get; } = new();

    /// <summary>The chance that a frame is lost.</summary>
    public double Loss
    {
        get;
        init => field = Chance(value);
    }

    /// <summary>The chance that a frame arrives twice, the second right behind the first.</summary>
    public double Duplication
    {
        get;
        init => field = Chance(value);
    }

    /// <summary>The chance that one bit of a frame is turned round, any of them.</summary>
    public double Corruption
    {
        get;
        init => field = Chance(value);
    }

    /// <summary>
    /// The chance that a frame is held back by <see cref="ReorderDelay"/>, so that others overtake it.
    /// </summary>
    public double Reordering
    {
        get;
        init => field = Chance(value);
    }

    /// <summary>How long a frame is held back for others to overtake it; 1 ms.</summary>
    public TimeSpan ReorderDelay
    {
        get;
        init => field = Time(value);
    } = TimeSpan.FromMilliseconds(1);

    /// <summary>How long a frame travels.</summary>
    public TimeSpan Delay
    {
        get;
        init => field = Time(value);
    }

    /// <summary>
    /// How much longer it may travel: any time up to this, each as likely. It does not overtake those before it.
    /// </summary>
    public TimeSpan Jitter
    {
        get;
        init => field = Time(value);
    }

    /// <summary>tmp</summary>
    public bool IsDown { get; init; }

    /// <summary>How fast the line is, bits a second; 0 for a line that takes no time.</summary>
    public long BitsPerSecond
    {
        get;
        init => field = AtLeast(0, value);
    }

    /// <summary>How many octets wait at most for a line with a speed; what comes on top is lost. 256 KiB.</summary>
    public int QueueLimit
    {
        get;
        init => field = (int)AtLeast(0, value);
    } = 256 * 1024;

    /// <summary>How much memory the frames under way take at most, octets; what comes on top is lost. 16 MiB.</summary>
    public int MemoryLimit
    {
        get;
        init => field = (int)AtLeast(0, value);
    } = 16 * 1024 * 1024;

    private static double Chance(double value) =>
        value is >= 0 and <= 1
            ? value
            : throw new ArgumentOutOfRangeException(nameof(value), value, "A chance lies between 0 and 1.");

    private static TimeSpan Time(TimeSpan value)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(value, TimeSpan.Zero);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(value, TimeSpan.FromDays(1));
        return value;
    }

    private static long AtLeast(long least, long value)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(value, least);
        return value;
    }
}
