using System.Diagnostics;
using UserNet.Bench.Linux;
using UserNet.Bench.Measuring;
using UserNet.Tap;

namespace UserNet.Bench.Wire;

/// <summary>The measurements of the wire, start to end.</summary>
/// <param name="plan">What to measure.</param>
/// <param name="progress">Is told what is being measured, and which share of all is done.</param>
internal sealed class WireRun(WirePlan plan, Action<string, double> progress)
{
    private const int AllocationRuns = 1000;

    private string _devices = "The kernel in a network namespace of its own is the client; behind veth a second one is the server. UserNet is behind a TAP, and on packet: at the other end of a veth.";

    public WireReport Run()
    {
        progress("warming up", 0);
        WarmUp();
        MemoryScenario[] scenarios = [.. WirePlan.Memory()];
        List<MemoryRow> memory = [];
        for (int i = 0; i < scenarios.Length; i++)
        {
            progress($"{scenarios[i].Family.Name()}, {scenarios[i].Way}: {scenarios[i].Octets} octets", 0.05 + 0.35 * i / scenarios.Length);
            memory.Add(Measure(scenarios[i]));
        }

        using CableRig cable = new(isInline: false, IpFamily.V4), cable6 = new(isInline: false, IpFamily.V6);
        using CableRig inline = new(isInline: true, IpFamily.V4), inline6 = new(isInline: true, IpFamily.V6);
        using DeviceRig? devices = OpenDevices();
        List<EchoRow> echoes = MeasureEchoes([cable.Path, cable6.Path, inline.Path, inline6.Path, .. devices?.Echoes ?? []]);
        List<FloodRow> floods = MeasureFloods([cable.Path, cable6.Path, .. devices?.Floods ?? []]);
        progress("done", 1);
        return new WireReport
        {
            Machine = Machine.Describe(),
            IsQuick = plan.IsQuick,
            Notes = Notes(),
            Memory = memory,
            Echoes = echoes,
            Floods = floods,
        };
    }

    private DeviceRig? OpenDevices()
    {
        if (OwnNamespace.Obstacle() is { } obstacle)
        {
            _devices = $"Devices and the kernel's own way not measured: {obstacle}.";
            return null;
        }

        try
        {
            return new DeviceRig();
        }
        catch (Exception e) when (e is InvalidOperationException or DeviceException or System.ComponentModel.Win32Exception)
        {
            _devices = $"Devices and the kernel's own way not measured: {e.Message}";
            return null;
        }
    }

    private List<EchoRow> MeasureEchoes(IReadOnlyList<WirePath> paths)
    {
        List<EchoRow> rows = [];
        foreach (int octets in plan.PathSizes)
        {
            progress($"echoes between threads: {octets} octets", 0.4 + 0.3 * rows.Count / (paths.Count * plan.PathSizes.Count));
            List<EchoRun>[] runs = Turns.Take(paths, plan.PathRuns, path => path.MeasureEcho(path.Family.Fit(octets), plan.Echoes));
            for (int i = 0; i < paths.Count; i++) rows.Add(EchoRun.Row(paths[i], paths[i].Family.Fit(octets), runs[i]));
        }

        return rows;
    }

    private List<FloodRow> MeasureFloods(IReadOnlyList<WirePath> paths)
    {
        List<FloodRow> rows = [];
        foreach (int octets in plan.PathSizes)
        {
            progress($"floods between threads: {octets} octets", 0.7 + 0.3 * rows.Count / (paths.Count * plan.PathSizes.Count));
            List<FloodRun>[] runs = Turns.Take(paths, plan.PathRuns, path => path.MeasureFlood(path.Family.Fit(octets), plan.FloodTime));
            for (int i = 0; i < paths.Count; i++) rows.Add(FloodRun.Row(paths[i], paths[i].Family.Fit(octets), runs[i]));
        }

        return rows;
    }

    private List<string> Notes() =>
    [
        _devices,
        $"Between threads: medians of {plan.PathRuns} runs of {plan.Echoes} echoes, and of {plan.FloodTime.TotalMilliseconds} ms of flood; the ways in turns.",
        "Between threads all calls block, the kernel's and UserNet's; \"answered inline\" is UserNet's server awaiting on the thread that reads the device.",
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
            Family = scenario.Family,
            Octets = scenario.Octets,
            Beside = scenario.Beside,
            Echo = plan.Meter.Measure(rig.Echo),
            EchoBytes = Meter.AllocatedBy(rig.Echo, AllocationRuns) / 2,
            Flood = plan.Meter.Measure(rig.Flood),
            FloodBytes = Meter.AllocatedBy(rig.Flood, AllocationRuns),
        };
    }
}
