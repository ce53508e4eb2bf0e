using System.Diagnostics;
using UserNet.Bench.Linux;
using UserNet.Bench.Measuring;
using UserNet.Sockets;
using UserNet.Tap;

namespace UserNet.Bench.Tcp;

/// <summary>The measurements of streams, start to end.</summary>
/// <param name="plan">What to measure.</param>
/// <param name="progress">Is told what is being measured, and which share of all is done.</param>
internal sealed class TcpRun(TcpPlan plan, Action<string, double> progress)
{
    private const int AllocationUnits = 50_000, AllocationRuns = 5, AllocationConnects = 500;

    private string _devices = "The kernel in a network namespace of its own is one end; UserNet on a TAP is the other, or behind veth the kernel in a second namespace.";

    public TcpReport Run()
    {
        progress("warming up", 0);
        WarmUp();
        List<BulkRow> bulk = [];
        List<ConnectRow> connects = [];
        List<EchoRow> echoes = [];
        foreach (StreamScenario scenario in TcpPlan.Memory)
        {
            progress($"one thread, {scenario.Family.Name()}, {scenario.Way}", 0.05 + 0.025 * bulk.Count);
            using var rig = new StreamRig(scenario);
            string name = "memory, one thread: " + scenario.Way;
            bulk.Add(MeasureBulk(rig, name) with { Family = scenario.Family });
            if (scenario.TakesBursts || scenario.Mtu > 1500) continue;      // the size of bursts says nothing there
            echoes.Add(MeasureEcho(rig, name) with { Family = scenario.Family });
            connects.Add(MeasureConnects(rig, name) with { Family = scenario.Family });
        }

        using StreamCables cables = new();
        using StreamDevices? devices = OpenDevices();
        bulk.AddRange(BulkOf([.. cables.Plain, .. cables.Bursts, .. cables.Loopback, .. devices?.Bulk ?? []]));
        connects.AddRange(ConnectsOf([.. cables.Plain, .. cables.Loopback, .. devices?.Connects ?? []]));
        echoes.AddRange(EchoesOf([.. cables.Plain, .. cables.Inline, .. cables.Loopback, .. devices?.Echoes ?? []]));
        List<HeapRow> heap = [];
        foreach (int count in plan.AtRest)
        {
            progress($"{count} connections at rest", 0.9);
            foreach (IpFamily family in IpFamilies.Both) heap.Add(HeapAtRest.Measure(count, family));
        }

        progress("done", 1);
        return new TcpReport
        {
            Machine = Machine.Describe(),
            IsQuick = plan.IsQuick,
            Notes = Notes(),
            Bulk = bulk,
            Connects = connects,
            Echoes = echoes,
            Heap = heap,
        };
    }

    private StreamDevices? OpenDevices()
    {
        if (OwnNamespace.Obstacle() is { } obstacle)
        {
            _devices = $"Devices and the kernel's own way not measured: {obstacle}.";
            return null;
        }

        try
        {
            return new StreamDevices();
        }
        catch (Exception e) when (e is InvalidOperationException or DeviceException or System.ComponentModel.Win32Exception)
        {
            _devices = $"Devices and the kernel's own way not measured: {e.Message}";
            return null;
        }
    }

    private BulkRow MeasureBulk(StreamRig rig, string name)
    {
        double octets = double.MaxValue;
        for (int i = 0; i < AllocationRuns; i++)      // the first ones open the window, and pools grow with it
        {
            long segments = rig.Segments;
            double allocated = Meter.AllocatedBy(rig.Bulk, AllocationUnits) * AllocationUnits;
            octets = Math.Min(octets, allocated / (rig.Segments - segments));
        }

        CpuTime begun = CpuTime.Now;
        Sample sample = plan.Meter.Measure(rig.Bulk);
        CpuTime cpu = CpuTime.Now - begun;
        return new BulkRow
        {
            Path = name,
            Time = sample,
            User = sample.Nanoseconds * (cpu.User / cpu.Total),
            Kernel = sample.Nanoseconds * (cpu.Kernel / cpu.Total),
            Bytes = octets,
        };
    }

    private ConnectRow MeasureConnects(StreamRig rig, string name)
    {
        double octets = Meter.AllocatedBy(rig.Connect, AllocationConnects);
        Sample sample = plan.Meter.Measure(rig.Connect);
        return new ConnectRow { Path = name, Threads = 1, Time = sample, User = sample.Nanoseconds, Kernel = 0, Bytes = octets };
    }

    private EchoRow MeasureEcho(StreamRig rig, string name)
    {
        Sample sample = plan.Meter.Measure(rig.Echo);
        return new EchoRow { Path = name, Median = sample, P99 = sample with { Nanoseconds = sample.Most }, Cpu = sample.Nanoseconds };
    }

    private IEnumerable<BulkRow> BulkOf(IReadOnlyList<StreamPath> paths)
    {
        progress("one connection as fast as it goes", 0.3);
        List<BulkRun>[] runs = Turns.Take(paths, plan.Runs, path => path.MeasureBulk(plan.RunTime));
        return paths.Select((path, i) => BulkRow.Of(path, runs[i]));
    }

    private IEnumerable<ConnectRow> ConnectsOf(IReadOnlyList<StreamPath> paths)
    {
        foreach (int threads in plan.Threads)
        {
            progress($"connections of {threads} threads", 0.5 + 0.02 * threads);
            List<ConnectRun>[] runs = Turns.Take(paths, plan.Runs, path => path.MeasureConnects(threads, plan.RunTime));
            for (int i = 0; i < paths.Count; i++) yield return ConnectRow.Of(paths[i], threads, runs[i]);
        }
    }

    private IEnumerable<EchoRow> EchoesOf(IReadOnlyList<StreamPath> paths)
    {
        progress("echoes", 0.8);
        List<EchoRun>[] runs = Turns.Take(paths, plan.Runs, path => path.MeasureEcho(plan.Echoes));
        return paths.Select((path, i) => EchoRow.Of(path, runs[i]));
    }

    private List<string> Notes() =>
    [
        _devices,
        $"Between threads: medians of {plan.Runs} runs of {plan.RunTime.TotalMilliseconds} ms or {plan.Echoes} echoes; the ways in turns. All calls block, the kernel's and UserNet's, but \"answered inline\": there UserNet's server awaits on the thread that brings the segment.",
        "Both have CUBIC, the kernel by TCP_CONGESTION.",
        "Who is named first connects, and in bulk sends, 128 KiB a call; what arrives is counted, and not looked at.",
        "A connection is socket, connect, accept, close by the server, the end read by the client, and its close. TIME-WAIT stays with the server, the kernel's or UserNet's, for 60 s; a client's port comes round again within seconds, and the listener takes its SYN in place of what waits (RFC 6191), in both.",
        $"In memory, one thread: medians of {plan.Meter.Batches} batches of {plan.Meter.BatchTime.TotalMilliseconds} ms; a batch during which the thread lost its processor is run again, up to four times; {plan.Meter.Repeats} were. Checksums are filled in and verified where the link does not take bursts.",
        "CPU is that of the whole process, both ends, and what the kernel does for it; the clocks behind it tick in ms.",
        $"Tiered compilation with PGO, as programs have it; what one thread does ran for {plan.WarmUp.TotalSeconds} s beforehand, the others once.",
    ];

    /// <summary>Runs what one thread does until the compiler has had the time to optimise it.</summary>
    private void WarmUp()
    {
        long begin = Stopwatch.GetTimestamp();
        List<StreamRig> rigs = [.. TcpPlan.Memory.Select(static scenario => new StreamRig(scenario))];
        while (Stopwatch.GetElapsedTime(begin) < plan.WarmUp)
        {
            foreach (StreamRig rig in rigs)
            {
                rig.Bulk(5000);
                rig.Echo(200);
                rig.Connect(50);
            }
        }

        foreach (StreamRig rig in rigs) rig.Dispose();
    }
}

/// <summary>What connections hold on to while nothing happens.</summary>
internal static class HeapAtRest
{
    public static HeapRow Measure(int connections, IpFamily family)
    {
        using var rig = new StreamRig(new StreamScenario(1500, family));
        long before = GC.GetTotalMemory(forceFullCollection: true);
        List<NetworkSocket> open = rig.OpenMany(connections);
        rig.Rest();
        double fresh = Since(before, open.Count);
        rig.Use(open);
        rig.Rest();
        double used = Since(before, open.Count);
        GC.KeepAlive(open);
        return new HeapRow { What = "each end, its socket included", Family = family, Connections = connections, Fresh = fresh, Used = used };
    }

    private static double Since(long before, int ends) =>
        (GC.GetTotalMemory(forceFullCollection: true) - before) / (double)ends - IntPtr.Size;      // the list's own
}
