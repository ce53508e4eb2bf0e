namespace UserNet.Emulation;

/// <summary>What a wire does to the frames that go one way. The default: nothing.</summary>
/// <remarks>
/// <para>
/// A frame first waits for the line and takes its time there (<see cref="BitsPerSecond"/>, <see cref="Queue"/>); on the
/// wire it may be lost, corrupted, cut short or doubled; then it travels. What chance does to it is decided when it is
/// put on the link, by the conditions of that time, and happens when it comes to the wire; how fast the line is, and
/// how its queue is managed, follows the conditions of the time at which the frame comes to the line.
/// </para>
/// <para>
/// Chances lie between 0 and 1, and each kind has numbers of its own, one for each frame whatever becomes of it:
/// turning loss on does not change which frames are doubled, or how late they are. Immutable; can be changed while
/// frames are under way. Any thread.
/// </para>
/// </remarks>
public sealed record LinkConditions
{
    /// <summary>Nothing happens to any frame.</summary>
    public static LinkConditions Perfect { get; } = new();

    /// <summary>
    /// Nothing passes while it holds: the wire is cut. What waited for the line and what was under way is lost too.
    /// </summary>
    public bool IsDown { get; init; }

    /// <summary>Which frames are lost; a number is the chance of each.</summary>
    public LossModel Loss
    {
        get;
        init => field = value ?? throw new ArgumentNullException(nameof(value));
    } = LossModel.None;

    /// <summary>The chance that a frame arrives twice, the second right behind the first.</summary>
    public double Duplication
    {
        get;
        init => field = Chance(value);
    }

    /// <summary>The chance that <see cref="CorruptedBits"/> of a frame are turned round, any of them.</summary>
    public double Corruption
    {
        get;
        init => field = Chance(value);
    }

    /// <summary>How many bits of a corrupted frame are turned round, different ones; 1 to 64, 1.</summary>
    public int CorruptedBits
    {
        get;
        init
        {
            ArgumentOutOfRangeException.ThrowIfGreaterThan(value, 64);
            field = (int)AtLeast(1, value);
        }
    } = 1;

    /// <summary>The chance that a frame loses its end: any part of it, but not all of it.</summary>
    public double Truncation
    {
        get;
        init => field = Chance(value);
    }

    /// <summary>
    /// The longest IP packet that passes, octets; longer ones vanish, and nobody is told: a black hole. Null for any.
    /// </summary>
    public int? LargestPacket
    {
        get;
        init => field = value is null ? null : (int)AtLeast(1, value.Value);
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

    /// <summary>How much longer it may travel: any time up to this, each as likely.</summary>
    public TimeSpan Jitter
    {
        get;
        init => field = Time(value);
    }

    /// <summary>How much longer still, on top of <see cref="Delay"/> and <see cref="Jitter"/>; null for no longer.</summary>
    public LatencyDistribution? Latency { get; init; }

    /// <summary>
    /// True, as by default, when a frame that would overtake another arrives with it instead, unless that one is held back.
    /// False when frames overtake as it happens, as those of tc-netem do.
    /// </summary>
    public bool KeepsOrder { get; init; } = true;

    /// <summary>How fast the line is, bits a second; 0 for a line that takes no time.</summary>
    public long BitsPerSecond
    {
        get;
        init => field = AtLeast(0, value);
    }

    /// <summary>Which of the frames that wait for a line with a speed are dropped, or marked; what is beyond the limit.</summary>
    public QueueDiscipline Queue
    {
        get;
        init => field = value ?? throw new ArgumentNullException(nameof(value));
    } = QueueDiscipline.DropTail();

    /// <summary>How many octets wait at most for a line with a speed; what comes on top is lost. 256 KiB.</summary>
    public int QueueLimit
    {
        get;
        init => field = (int)AtLeast(0, value);
    } = 256 * 1024;

    /// <summary>
    /// How much memory the frames that wait and those under way take at most, octets; what comes on top is lost. 16
    /// MiB.
    /// </summary>
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
