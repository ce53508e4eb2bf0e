namespace UserNet.Emulation;

/// <summary>Which frames a queue before a line drops, or marks instead where they allow it, and when.</summary>
/// <remarks>
/// <para>
/// What waits are the octets that are not yet on the wire: the frames in the queue, and what the line has still to do of the
/// one before them. A frame that finds none waiting is always taken by a limit.
/// </para>
/// <para>
/// With ECN a packet of an ECN-capable transport, IPv4 or IPv6, is marked by its codepoint CE where it would be dropped, and no
/// other (RFC 3168 §5); one that carries it already passes. Where the queue is full all are dropped.
/// </para>
/// <para>Immutable: the state is each direction's own. Two of the same kind and parameters are equal. Any thread.</para>
/// </remarks>
public abstract record QueueDiscipline
{
    private protected QueueDiscipline()
    {
    }

    /// <summary>What comes on top of a limit is dropped.</summary>
    /// <param name="octets">How many may wait; null for <see cref="LinkConditions.QueueLimit"/>.</param>
    /// <exception cref="ArgumentOutOfRangeException">The number is negative.</exception>
    public static QueueDiscipline DropTail(int? octets = null)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(octets ?? 0, nameof(octets));
        return new DropTailDiscipline(octets);
    }

    /// <summary>
    /// Random Early Detection: an arriving frame is dropped by chance, the more likely the longer the queue was on average, and
    /// always at a maximum; at <see cref="LinkConditions.QueueLimit"/> too.
    /// </summary>
    /// <param name="minimum">The average, octets, up to which none is dropped.</param>
    /// <param name="maximum">The average, octets, from which all are dropped. Twice the minimum or more.</param>
    /// <param name="maxProbability">The chance of a drop right below the maximum, before it is spread; 0.1.</param>
    /// <param name="weight">What the queue at an arrival weighs in the average; 0.002.</param>
    /// <param name="meanFrame">The octets of a usual frame: as many of these as the line could have carried while it
    /// was idle count as arrivals at an empty queue; 1000.</param>
    /// <param name="ecn">Mark instead of drop.</param>
    /// <exception cref="ArgumentOutOfRangeException">A number lies outside its range.</exception>
    /// <remarks>
    /// Floyd and Jacobson 1993, §4, figure 2; RFC 7567 §4. The average is of octets, and all frames have the same chance, long or
    /// short (RFC 7141 §2).
    /// </remarks>
    public static QueueDiscipline Red(
        int minimum, int maximum, double maxProbability = 0.1, double weight = 0.002, int meanFrame = 1000, bool ecn = false)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(minimum);
        ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(maximum, minimum);
        if (maxProbability is not (> 0 and <= 1))
            throw new ArgumentOutOfRangeException(nameof(maxProbability), maxProbability, "It lies above 0 and up to 1.");
        if (weight is not (> 0 and <= 1))
            throw new ArgumentOutOfRangeException(nameof(weight), weight, "It lies above 0 and up to 1.");
        ArgumentOutOfRangeException.ThrowIfLessThan(meanFrame, 1);
        return new RedDiscipline(minimum, maximum, maxProbability, weight, meanFrame, ecn);
    }

    /// <summary>
    /// Controlled Delay: a frame is dropped where it leaves the queue, when all waited too long for a while; the next ones
    /// sooner and sooner, until they do not. At <see cref="LinkConditions.QueueLimit"/> arriving ones too.
    /// </summary>
    /// <param name="target">How long a frame may wait in a queue that always stands; 5 ms.</param>
    /// <param name="interval">For how long all have to wait longer than that; 100 ms, a long round trip.</param>
    /// <param name="ecn">Mark instead of drop.</param>
    /// <exception cref="ArgumentOutOfRangeException">A time is not above 0, or the interval is more than an hour.</exception>
    /// <remarks>RFC 8289 §5, with the count of the Linux kernel as it says there.</remarks>
    public static QueueDiscipline CoDel(TimeSpan? target = null, TimeSpan? interval = null, bool ecn = false)
    {
        TimeSpan standing = target ?? TimeSpan.FromMilliseconds(5), window = interval ?? TimeSpan.FromMilliseconds(100);
        ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(standing, TimeSpan.Zero, nameof(target));
        ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(window, TimeSpan.Zero, nameof(interval));
        ArgumentOutOfRangeException.ThrowIfGreaterThan(window, TimeSpan.FromHours(1), nameof(interval));
        return new CoDelDiscipline(standing, window, ecn);
    }
}

internal sealed record DropTailDiscipline(int? Octets) : QueueDiscipline;

internal sealed record RedDiscipline(int Minimum, int Maximum, double MaxProbability, double Weight, int MeanFrame, bool Ecn) : QueueDiscipline;

internal sealed record CoDelDiscipline(TimeSpan Target, TimeSpan Interval, bool Ecn) : QueueDiscipline;

/// <summary>What the management of a queue wants done to a frame.</summary>
internal enum QueueVerdict
{
    Pass,
    Drop,
    Mark,
}
