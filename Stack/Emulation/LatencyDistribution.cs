namespace UserNet.Emulation;

/// <summary>How long frames travel, as a quantile function: the time that a part of them, from 0 to 1, does not exceed.</summary>
/// <remarks>
/// A frame draws one number, whatever the shape. Times below 0 count as 0, and those above a day as a day. Immutable; two of the
/// same kind and parameters are equal. The same on every machine. Any thread.
/// </remarks>
public abstract record LatencyDistribution
{
    private const double Longest = TimeSpan.TicksPerDay;

    private protected LatencyDistribution()
    {
    }

    /// <summary>Always the same.</summary>
    /// <exception cref="ArgumentOutOfRangeException">It is negative or more than a day.</exception>
    public static LatencyDistribution Constant(TimeSpan time) => Uniform(time, time);

    /// <summary>Any time between two, each as likely.</summary>
    /// <exception cref="ArgumentOutOfRangeException">
    /// One is negative or more than a day, or the least is the larger one.
    /// </exception>
    public static LatencyDistribution Uniform(TimeSpan least, TimeSpan most)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(most, least);
        return new UniformLatency(Check(least, nameof(least)), Check(most, nameof(most)));
    }

    /// <summary>The normal distribution, clipped at 0.</summary>
    /// <exception cref="ArgumentOutOfRangeException">A parameter is negative or more than a day.</exception>
    public static LatencyDistribution Normal(TimeSpan mean, TimeSpan deviation) =>
        new NormalLatency(Check(mean, nameof(mean)), Check(deviation, nameof(deviation)));

    /// <summary>The exponential distribution: the time to the next of events that happen at any time.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The mean is negative or more than a day.</exception>
    public static LatencyDistribution Exponential(TimeSpan mean) => new ExponentialLatency(Check(mean, nameof(mean)));

    /// <summary>
    /// The Pareto distribution: most are near the least, and few are very late. Its mean is least · shape / (shape −
    /// 1).
    /// </summary>
    /// <param name="least">No frame is faster.</param>
    /// <param name="shape">
    /// How thin the tail is: the chance to exceed ten times the least is 10^−shape. At 1 or below there is no mean.
    /// </param>
    /// <exception cref="ArgumentOutOfRangeException">
    /// The least is negative or more than a day, or the shape is below 0.01 or above 1000.
    /// </exception>
    public static LatencyDistribution Pareto(TimeSpan least, double shape)
    {
        if (shape is not (>= 0.01 and <= 1000))
            throw new ArgumentOutOfRangeException(nameof(shape), shape, "A shape lies between 0.01 and 1000.");
        return new ParetoLatency(Check(least, nameof(least)), shape);
    }

    /// <summary>As it was measured: the samples in order, with straight lines between them.</summary>
    /// <param name="samples">At least one, in any order; copied.</param>
    /// <exception cref="ArgumentException">There is none.</exception>
    /// <exception cref="ArgumentOutOfRangeException">One is negative or more than a day.</exception>
    public static LatencyDistribution Empirical(params ReadOnlySpan<TimeSpan> samples)
    {
        if (samples.IsEmpty) throw new ArgumentException("There has to be a sample.", nameof(samples));
        long[] ticks = new long[samples.Length];
        for (int i = 0; i < ticks.Length; i++) ticks[i] = Check(samples[i], nameof(samples)).Ticks;
        Array.Sort(ticks);
        return new EmpiricalLatency(ticks);
    }

    /// <summary>A quantile function of one's own.</summary>
    /// <param name="quantile">
    /// From a number between 0 and 1, both excluded, to a time; should depend on nothing else, and use no function of
    /// <see cref="Math"/> that differs between machines. Must not call the link.
    /// </param>
    public static LatencyDistribution Of(Func<double, TimeSpan> quantile)
    {
        ArgumentNullException.ThrowIfNull(quantile);
        return new OwnLatency(quantile);
    }

    /// <summary>The time that a part of the frames does not exceed.</summary>
    /// <param name="probability">Between 0 and 1, both excluded.</param>
    /// <exception cref="ArgumentOutOfRangeException">The probability is not.</exception>
    public TimeSpan Quantile(double probability)
    {
        if (probability is not (> 0 and < 1))
            throw new ArgumentOutOfRangeException(nameof(probability), probability, "It lies between 0 and 1.");
        double ticks = Ticks(probability);
        return new TimeSpan(ticks >= Longest ? TimeSpan.TicksPerDay : ticks > 0 ? (long)ticks : 0);
    }

    private protected abstract double Ticks(double probability);

    private static TimeSpan Check(TimeSpan time, string name)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(time, TimeSpan.Zero, name);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(time, TimeSpan.FromDays(1), name);
        return time;
    }

    private sealed record UniformLatency(TimeSpan Least, TimeSpan Most) : LatencyDistribution
    {
        // As whole numbers are drawn: each of them, the last included, is as likely.
        private protected override double Ticks(double probability) =>
            Least.Ticks + Math.Min(Math.Floor(probability * ((Most - Least).Ticks + 1)), (Most - Least).Ticks);
    }

    private sealed record NormalLatency(TimeSpan Mean, TimeSpan Deviation) : LatencyDistribution
    {
        private protected override double Ticks(double probability) =>
            Mean.Ticks + (PortableMath.NormalQuantile(probability) * Deviation.Ticks);
    }

    private sealed record ExponentialLatency(TimeSpan Mean) : LatencyDistribution
    {
        private protected override double Ticks(double probability) => -PortableMath.Log(1 - probability) * Mean.Ticks;
    }

    private sealed record ParetoLatency(TimeSpan Least, double Shape) : LatencyDistribution
    {
        private protected override double Ticks(double probability) =>
            Least.Ticks == 0 ? 0 : PortableMath.Exp(-PortableMath.Log(1 - probability) / Shape) * Least.Ticks;
    }

    private sealed record EmpiricalLatency(long[] Samples) : LatencyDistribution
    {
        public bool Equals(EmpiricalLatency? other) => other is not null && Samples.AsSpan().SequenceEqual(other.Samples);

        public override int GetHashCode() => Samples.Length + Samples[0].GetHashCode() + Samples[^1].GetHashCode();

        private protected override double Ticks(double probability)
        {
            double place = probability * (Samples.Length - 1);
            int index = (int)place;
            long next = Samples[Math.Min(index + 1, Samples.Length - 1)];
            return Samples[index] + ((next - Samples[index]) * (place - index));
        }
    }

    private sealed record OwnLatency(Func<double, TimeSpan> Function) : LatencyDistribution
    {
        private protected override double Ticks(double probability) => Function(probability).Ticks;
    }
}
