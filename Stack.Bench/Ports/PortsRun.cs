using System.Diagnostics;
using System.Net.Sockets;
using UserNet.Bench.Linux;
using UserNet.Bench.Measuring;

namespace UserNet.Bench.Ports;

/// <summary>
/// The comparison, start to end. Runs on one thread, since the kernel's network namespace belongs to a thread.
/// </summary>
/// <param name="plan">What to measure.</param>
/// <param name="progress">Is told what is being measured, and which share of all is done.</param>
internal sealed class PortsRun(PortsPlan plan, Action<string, double> progress)
{
    private const int AllocationRuns = 1000;
    private readonly List<PortRow> _rows = [];
    private LinuxHost _linux = LinuxHost.Absent("not asked for");

    public PortsReport Run() => OwnThread.Run(Measure);

    private PortsReport Measure()
    {
        if (plan.WithLinux) _linux = LinuxHost.Enter();
        progress("warming up", 0);
        WarmUp();
        (string Table, Scenario Scenario)[] scenarios = [.. plan.Scenarios()];
        for (int i = 0; i < scenarios.Length; i++)
        {
            progress($"{scenarios[i].Table}: {Describe(scenarios[i].Scenario)}", 0.05 + 0.8 * i / scenarios.Length);
            MeasureScenario(scenarios[i].Table, scenarios[i].Scenario);
        }

        progress("threads", 0.85);
        List<ThroughputRow> throughput = [.. plan.ThroughputOccupancies.SelectMany(occupancy => new Throughput(plan, occupancy).Measure())];
        progress("heap", 0.95);
        List<MemoryRow> memory = [.. PortsPlan.Weighed().Select(HeapScale.Weigh)];
        progress("done", 1);
        return new PortsReport
        {
            Machine = Machine.Describe(),
            IsQuick = plan.IsQuick,
            Notes = Notes(),
            Rows = _rows,
            Throughput = throughput,
            Memory = memory,
        };
    }

    private List<string> Notes()
    {
        List<string> notes =
        [
            _linux.Note,
            $"UserNet: medians of {plan.Meter.Batches} batches of {plan.Meter.BatchTime.TotalMilliseconds} ms, Linux: of {plan.LinuxMeter.Batches} "
                + $"of {plan.LinuxMeter.BatchTime.TotalMilliseconds} ms or one call.",
            $"A batch during which the thread lost its processor is run again, up to four times; {plan.Meter.Repeats + plan.LinuxMeter.Repeats} were.",
            $"Tiered compilation with PGO, as programs have it; every operation ran for {plan.WarmUp.TotalSeconds} s in all beforehand.",
            $"Reading the clock costs {Meter.ClockCost:0} ns, taken off Linux's figures; UserNet's batches read it twice.",
        ];
        if (_linux.IsThere && plan.IsQuick)
            notes.Add("The natural fill of Linux's TCP was imitated: the ports that bind(0) would have chosen, named one by one.");
        return notes;
    }

    /// <summary>
    /// Runs everything that will be timed, at several occupancies, until the compiler has had the time to optimise it.
    /// </summary>
    private void WarmUp()
    {
        long begin = Stopwatch.GetTimestamp();
        var stacks = plan.Scenarios().Select(static entry => new StackPorts(entry.Scenario)).ToList();
        for (int round = 0; Stopwatch.GetElapsedTime(begin) < plan.WarmUp; round++)
        {
            foreach (StackPorts stack in stacks)
            {
                stack.FillTo(Math.Min(stack.Range - 3, round * stack.Range / 8));
                stack.BindAndRelease(200);
                stack.CreateBindClose(50);
            }
        }

        if (!_linux.IsThere) return;
        foreach (ProtocolType protocol in new[] { ProtocolType.Tcp, ProtocolType.Udp })
        {
            using var linux = new LinuxPorts(_linux, new Scenario(protocol, Fill.Random), imitates: false);
            linux.CreateBindClose(20_000);
        }
    }

    private void MeasureScenario(string table, Scenario scenario)
    {
        var stack = new StackPorts(scenario);
        bool withLinux = _linux.IsThere && scenario.IsLinuxToo;
        using LinuxPorts? linux = withLinux ? new LinuxPorts(_linux, scenario, plan.IsQuick) : null;
        foreach (double occupancy in Scenario.Occupancies)
        {
            stack.FillTo(Scenario.HeldAt(occupancy, stack.Range));
            PortRow row = MeasureStack(table, scenario, stack, occupancy);
            if (linux is not null)
            {
                linux.FillTo(Scenario.HeldAt(occupancy, _linux.Range));
                (Sample whole, Sample bind) = plan.LinuxMeter.MeasureWithPart(linux.CreateBindClose);
                row = row with { LinuxWhole = whole, LinuxBind = bind };
            }

            _rows.Add(row);
        }

        if (SharesWhenFull(scenario)) return;
        stack.FillTo(stack.Range);
        PortRow last = MeasureExhausted(table, scenario, stack);
        if (linux is not null)
        {
            linux.FillTo(_linux.Range);
            last = last with { LinuxBind = plan.LinuxMeter.MeasureWithPart(linux.BindInVain).Part };
        }

        _rows.Add(last);
    }

    /// <summary>Datagram sockets with SO_REUSEADDR never run out: they get a port that others have.</summary>
    private static bool SharesWhenFull(Scenario scenario) =>
        scenario is { Protocol: ProtocolType.Udp, Variant: Variant.ReuseAddress };

    private PortRow MeasureStack(string table, Scenario scenario, StackPorts stack, double occupancy)
    {
        GC.Collect();      // what fills the table is old by now, as in a long-running program
        Sample engine = plan.Meter.Measure(stack.BindAndRelease);
        Sample whole = plan.Meter.Measure(stack.CreateBindClose);
        stack.ExpectUnchanged();
        return RowOf(table, scenario, stack, occupancy, engine) with
        {
            EngineBytes = Meter.AllocatedBy(stack.BindAndRelease, AllocationRuns),
            Whole = whole,
            WholeBytes = Meter.AllocatedBy(stack.CreateBindClose, AllocationRuns),
        };
    }

    private PortRow MeasureExhausted(string table, Scenario scenario, StackPorts stack) =>
        RowOf(table, scenario, stack, 100, plan.Meter.Measure(stack.BindInVain)) with
        {
            AfterChange = plan.Meter.MeasureWithPart(stack.BindInVainAfterChange).Part,
            EngineBytes = Meter.AllocatedBy(stack.BindInVain, AllocationRuns),
        };

    private static PortRow RowOf(string table, Scenario scenario, StackPorts stack, double occupancy, Sample engine) => new()
    {
        Table = table,
        Protocol = scenario.Protocol == ProtocolType.Tcp ? "TCP" : "UDP",
        Fill = scenario.Fill.ToString(),
        Variant = scenario.Variant.ToString(),
        Personality = scenario.Personality.Name,
        Algorithm = scenario.Algorithm?.ToString() ?? "",
        Occupancy = occupancy,
        Held = stack.Held,
        Range = stack.Range,
        Engine = engine,
        EngineBytes = 0,
    };

    private static string Describe(Scenario scenario) =>
        $"{scenario.Protocol} {scenario.Fill} {scenario.Variant} {scenario.Personality.Name} {scenario.Algorithm}";
}
