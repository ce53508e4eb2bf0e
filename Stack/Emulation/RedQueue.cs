using UserNet.Time;

namespace UserNet.Emulation;

/// <summary>The state of Random Early Detection. Floyd and Jacobson 1993, figure 2. Lock of its owner held.</summary>
internal sealed class RedQueue(RedDiscipline discipline)
{
    private long _count = -1;      // frames since the last drop; −1 while the average is below the minimum

    /// <summary>The average of the octets that waited.</summary>
    public double Average { get; private set; }

    /// <summary>A frame arrives.</summary>
    /// <param name="waiting">The octets that wait.</param>
    /// <param name="idle">For how long none has, when none waits.</param>
    /// <param name="rate">Of the line, bits a second.</param>
    /// <param name="random">The frame's number of the stream of the queue.</param>
    /// <param name="canMark">The frame may be marked.</param>
    public QueueVerdict OnArrival(long waiting, TimeSpan idle, long rate, ulong random, bool canMark)
    {
        if (waiting > 0) Average += discipline.Weight * (waiting - Average);
        else Average *= Power(1 - discipline.Weight, Math.Floor(idle.Ticks * (double)rate / (8.0 * TimeSpan.TicksPerSecond * discipline.MeanFrame)));
        if (Average < discipline.Minimum)
        {
            _count = -1;
            return QueueVerdict.Pass;
        }

        if (Average < discipline.Maximum)
        {
            _count++;
            double chance = discipline.MaxProbability * (Average - discipline.Minimum) / (discipline.Maximum - discipline.Minimum);
            // Spread evenly over the frames between two drops, not geometrically: the longer the last is ago, the more likely.
            if (_count * chance < 1 && FrameChance.Between0And1(random) >= chance / (1 - (_count * chance)))
                return QueueVerdict.Pass;
        }

        _count = 0;
        return discipline.Ecn && canMark ? QueueVerdict.Mark : QueueVerdict.Drop;
    }

    // By squares: a runtime's power differs between machines.
    private static double Power(double value, double exponent)
    {
        double result = 1;
        for (ulong left = (ulong)Math.Min(exponent, 1L << 60); left > 0; left >>= 1)
        {
            if ((left & 1) != 0) result *= value;
            value *= value;
        }

        return result;
    }
}
