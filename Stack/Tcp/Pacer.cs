using UserNet.Time;

namespace UserNet.Tcp;

/// <summary>When a connection that spreads what it sends may send next, as Linux does for the fq queue and for SO_MAX_PACING_RATE.</summary>
/// <remarks>Made for the connections that are paced alone. Gate held.</remarks>
/// <param name="last">When something was sent last.</param>
internal sealed class Pacer(Timestamp last)
{
    private const int FreeSegments = 10;      // so that the first window leaves at once

    /// <summary>The earliest time at which more data may leave.</summary>
    public Timestamp Next { get; private set; } = last;

    /// <summary>A packet left.</summary>
    /// <param name="octets">Its payload.</param>
    /// <param name="rate">Octets a second; 0 for no limit.</param>
    /// <param name="segments">Segments with payload that were sent so far, this one's included.</param>
    /// <param name="now">The time.</param>
    public void OnSent(int octets, ulong rate, uint segments, Timestamp now)
    {
        Timestamp prior = Next;
        Next = Timestamp.Max(prior, now);
        if (octets == 0 || rate == 0 || segments < FreeSegments) return;
        long length = (long)Math.Min((ulong)octets * TimeSpan.TicksPerSecond / rate, LongestWait);
        length -= Math.Min(length / 2, (Next - prior).Ticks);      // who comes late makes up for it, by half at most
        Next += TimeSpan.FromTicks(length);
    }

    private const ulong LongestWait = 3600UL * TimeSpan.TicksPerSecond;
}
