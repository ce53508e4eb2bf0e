using System.Diagnostics;

namespace UserNet.Bench.Measuring;

/// <summary>Times a workload in batches that are long enough for the clock's own cost to vanish.</summary>
/// <param name="batchTime">How long a batch should take; a batch has one operation at least.</param>
/// <param name="batches">How many batches.</param>
internal sealed class Meter(TimeSpan batchTime, int batches)
{
    private static readonly double NanosecondsPerTick = 1e9 / Stopwatch.Frequency;

    /// <summary>What reading the clock twice costs, in ns; taken off where single calls are timed.</summary>
    public static double ClockCost { get; } = MeasureClock();

    public TimeSpan BatchTime => batchTime;

    public int Batches => batches;

    /// <summary>Times a workload that runs an operation as often as it is told.</summary>
    public Sample Measure(Action<int> run) => MeasureWithPart(count =>
    {
        run(count);
        return 0;
    }).Whole;

    /// <summary>Times a workload that also says how many ticks of the clock one call within each operation took.</summary>
    public (Sample Whole, Sample Part) MeasureWithPart(Func<int, long> run)
    {
        int count = Calibrate(run);
        double[] whole = new double[batches], part = new double[batches];
        for (int i = 0; i < batches; i++)
        {
            long begin = Stopwatch.GetTimestamp();
            long ticks = run(count);
            whole[i] = (Stopwatch.GetTimestamp() - begin) * NanosecondsPerTick / count;
            if (ticks == 0) continue;
            part[i] = Math.Max(0, ticks * NanosecondsPerTick / count - ClockCost);
            whole[i] -= ClockCost;
        }

        return (Sample.Of(whole, count), Sample.Of(part, count));
    }

    /// <summary>How many operations fill a batch.</summary>
    private int Calibrate(Func<int, long> run)
    {
        for (int count = 1; ;)
        {
            long begin = Stopwatch.GetTimestamp();
            run(count);
            double share = Stopwatch.GetElapsedTime(begin) / batchTime;
            if (share >= 0.5) return (int)Math.Clamp(count / share, 1, 100_000_000);
            count = (int)(count * Math.Clamp(1 / Math.Max(share, 1e-6), 2, 16));
        }
    }

    private static double MeasureClock()
    {
        const int Reads = 2000;
        double[] costs = new double[50];
        for (int i = 0; i < costs.Length; i++)
        {
            long begin = Stopwatch.GetTimestamp();
            for (int j = 0; j < Reads; j++) Stopwatch.GetTimestamp();
            costs[i] = (Stopwatch.GetTimestamp() - begin) * NanosecondsPerTick / Reads;
        }

        Array.Sort(costs);
        return costs[costs.Length / 2];      // two reads bracket a call, and each shares half of its cost with it
    }
}
