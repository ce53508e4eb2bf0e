using System.Diagnostics;
using UserNet.Bench.Linux;

namespace UserNet.Bench.Measuring;

/// <summary>Times a workload in batches that are long enough for the clock's own cost to vanish.</summary>
/// <remarks>
/// A batch during which the thread had to share its processor is run again, a few times: what is to be timed is the
/// operation, not who else is at work. Only Linux tells.
/// </remarks>
/// <param name="batchTime">How long a batch should take; a batch has one operation at least.</param>
/// <param name="batches">How many batches.</param>
internal sealed class Meter(TimeSpan batchTime, int batches)
{
    private const double MostLost = 0.03;      // of a batch's time, to others
    private const int MostRepeats = 4;         // of one batch
    private static readonly double NanosecondsPerTick = 1e9 / Stopwatch.Frequency;

    /// <summary>What reading the clock twice costs, in ns; taken off where single calls are timed.</summary>
    public static double ClockCost { get; } = MeasureClock();

    public TimeSpan BatchTime => batchTime;

    public int Batches => batches;

    /// <summary>How many batches were run again.</summary>
    public int Repeats { get; private set; }

    /// <summary>Times a workload that runs an operation as often as it is told.</summary>
    public Sample Measure(Action<int> run) => MeasureWithPart(count =>
    {
        run(count);
        return 0;
    }).Whole;

    /// <summary>
    /// Times a workload that also says how many ticks of the clock one call within each operation took.
    /// </summary>
    public (Sample Whole, Sample Part) MeasureWithPart(Func<int, long> run)
    {
        int count = Calibrate(run);
        double[] whole = new double[batches], part = new double[batches];
        for (int i = 0; i < batches; i++)
        {
            (double elapsed, long ticks) = RunBatch(run, count);
            whole[i] = elapsed / count;
            if (ticks == 0) continue;
            part[i] = Math.Max(0, ticks * NanosecondsPerTick / count - ClockCost);
            whole[i] -= ClockCost;
        }

        return (Sample.Of(whole, count), Sample.Of(part, count));
    }

    /// <summary>How many octets of heap the calling thread's operations took each.</summary>
    public static double AllocatedBy(Action<int> run, int count)
    {
        long before = GC.GetAllocatedBytesForCurrentThread();
        run(count);
        return (GC.GetAllocatedBytesForCurrentThread() - before) / (double)count;
    }

    /// <summary>Runs one batch, again if the thread lost its processor meanwhile; says how many ns it took.</summary>
    private (double Elapsed, long Ticks) RunBatch(Func<int, long> run, int count)
    {
        for (int repeat = 0; ; repeat++)
        {
            long cpuBegin = LibC.ThreadTime(), begin = Stopwatch.GetTimestamp();
            long ticks = run(count);
            double elapsed = (Stopwatch.GetTimestamp() - begin) * NanosecondsPerTick;
            long used = LibC.ThreadTime() - cpuBegin;
            if (cpuBegin < 0 || used >= elapsed * (1 - MostLost) || repeat == MostRepeats) return (elapsed, ticks);
            Repeats++;
        }
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
