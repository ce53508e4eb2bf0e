using System.Diagnostics;
using UserNet.Bench.Measuring;

namespace UserNet.Bench.Wire;

/// <summary>The measurements of the wire, start to end.</summary>
/// <param name="plan">What to measure.</param>
/// <param name="progress">Is told what is being measured, and which share of all is done.</param>
internal sealed class WireRun(WirePlan plan, Action<string, double> progress)
{
    private const int AllocationRuns = 1000;

    public WireReport Run()
    {
        progress("warming up", 0);
        WarmUp();
        MemoryScenario[] scenarios = [.. WirePlan.Memory()];
        List<MemoryRow> memory = [];
        for (int i = 0; i < scenarios.Length; i++)
        {
            progress($"{scenarios[i].Way}: {scenarios[i].Octets} octets", 0.05 + 0.45 * i / scenarios.Length);
            memory.Add(Measure(scenarios[i]));
        }

        progress("done", 1);
        return new WireReport { Machine = Machine.Describe(), IsQuick = plan.IsQuick, Notes = Notes(), Memory = memory };
    }

    private List<string> Notes() =>
    [
        $"In memory, one thread: medians of {plan.Meter.Batches} batches of {plan.Meter.BatchTime.TotalMilliseconds} ms.",
        $"A batch during which the thread lost its processor is run again, up to four times; {plan.Meter.Repeats} were.",
        $"Tiered compilation with PGO, as programs have it; everything ran for {plan.WarmUp.TotalSeconds} s in all beforehand.",
    ];

    /// <summary>Runs what will be timed, at every size, until the compiler has had the time to optimise it.</summary>
    private void WarmUp()
    {
        long begin = Stopwatch.GetTimestamp();
        List<MemoryRig> rigs = [.. WirePlan.Memory().Where(static scenario => scenario.Beside < 10_000).Select(static scenario => new MemoryRig(scenario))];
        while (Stopwatch.GetElapsedTime(begin) < plan.WarmUp)
        {
            foreach (MemoryRig rig in rigs)
            {
                rig.Echo(100);
                rig.Flood(200);
            }
        }

        foreach (MemoryRig rig in rigs) rig.Dispose();
    }

    private MemoryRow Measure(MemoryScenario scenario)
    {
        using var rig = new MemoryRig(scenario);
        GC.Collect();      // sockets beside are old by now, as in a long-running program
        return new MemoryRow
        {
            Way = scenario.Way,
            Octets = scenario.Octets,
            Beside = scenario.Beside,
            Echo = plan.Meter.Measure(rig.Echo),
            EchoBytes = Meter.AllocatedBy(rig.Echo, AllocationRuns) / 2,
            Flood = plan.Meter.Measure(rig.Flood),
            FloodBytes = Meter.AllocatedBy(rig.Flood, AllocationRuns),
        };
    }
}
