using System.Diagnostics;
using UserNet.Bench.Measuring;

namespace UserNet.Bench.Wire;

/// <summary>A way between two sockets, and what is measured on it.</summary>
/// <param name="Name">As in tables.</param>
/// <param name="Family">What the sockets speak.</param>
/// <param name="OpenClient">Opens the end that has a peer.</param>
/// <param name="OpenServer">Opens the other.</param>
internal sealed record WirePath(string Name, IpFamily Family, Func<DatagramEnd> OpenClient, Func<DatagramEnd> OpenServer)
{
    private const int WarmUpEchoes = 200, MostFarewells = 200;

    /// <summary>True when the thread that brings a datagram to the server answers it; else one that waits in a call.</summary>
    public bool IsInline { get; init; }

    /// <summary>Sends one datagram after the other there and back.</summary>
    public EchoRun MeasureEcho(int octets, int count)
    {
        using DatagramEnd server = OpenServer(), client = OpenClient();
        Task echo = IsInline ? ((StackEnd)server).EchoAsync() : OwnThread.Start(() => Echo(server));
        byte[] payload = new byte[octets], buffer = new byte[ushort.MaxValue];
        Array.Fill(payload, (byte)0x55);
        for (int i = 0; i < WarmUpEchoes; i++) Exchange();
        double[] times = new double[count];
        int lost = 0;
        CpuTime begun = CpuTime.Now;
        for (int i = 0; i < count; i++)
        {
            long begin = Stopwatch.GetTimestamp();
            if (Exchange()) times[i] = Stopwatch.GetElapsedTime(begin).TotalNanoseconds;
            else (times[i], lost) = (double.MaxValue, lost + 1);
        }

        TimeSpan cpu = (CpuTime.Now - begun).Total;
        Finish(client, echo);
        Array.Sort(times);
        int good = count - lost;
        if (good == 0) throw new InvalidOperationException($"{Name}: no echo came back.");
        return new EchoRun(times[good / 2], times[(int)(good * 0.99)], cpu.TotalNanoseconds / good, lost);

        bool Exchange() => client.Send(payload) && client.Receive(buffer) == octets;
    }

    /// <summary>Sends as fast as it goes, for some time.</summary>
    public FloodRun MeasureFlood(int octets, TimeSpan time)
    {
        using DatagramEnd server = OpenServer(), client = OpenClient();
        long received = 0, sent = 0;
        Task sink = OwnThread.Start(() => received = Drain(server));
        byte[] payload = new byte[octets];
        CpuTime begun = CpuTime.Now;
        long begin = Stopwatch.GetTimestamp();
        while (Stopwatch.GetElapsedTime(begin) < time)
            for (int i = 0; i < 16; i++)
                if (client.Send(payload)) sent++;
        TimeSpan taken = Stopwatch.GetElapsedTime(begin);
        TimeSpan cpu = (CpuTime.Now - begun).Total;
        Finish(client, sink);
        if (received == 0) throw new InvalidOperationException($"{Name}: nothing arrived.");
        return new FloodRun(taken.TotalNanoseconds / sent, taken.TotalNanoseconds / received, cpu.TotalNanoseconds / received);
    }

    private static void Echo(DatagramEnd server)
    {
        byte[] buffer = new byte[ushort.MaxValue];
        for (int octets; (octets = server.Receive(buffer)) > 0;) server.Reply(buffer.AsSpan(0, octets));
    }

    private static long Drain(DatagramEnd server)
    {
        byte[] buffer = new byte[ushort.MaxValue];
        long count = 0;
        while (server.Receive(buffer) > 0) count++;
        return count;
    }

    /// <summary>An empty datagram ends the other side; a full queue may lose it.</summary>
    private void Finish(DatagramEnd client, Task other)
    {
        for (int i = 0; i < MostFarewells; i++)
        {
            client.Send([]);
            if (other.Wait(10)) return;
        }

        throw new InvalidOperationException($"{Name}: the other side did not end.");
    }
}

/// <summary>Echoes of one run, in ns.</summary>
internal sealed record EchoRun(double Median, double P99, double Cpu, int Lost)
{
    public static EchoRow Row(WirePath path, int octets, IReadOnlyList<EchoRun> runs) => new()
    {
        Path = path.Name,
        Family = path.Family,
        Octets = octets,
        Median = Sample.Of([.. runs.Select(static run => run.Median)], 1),
        P99 = Sample.Of([.. runs.Select(static run => run.P99)], 1),
        Cpu = Sample.Of([.. runs.Select(static run => run.Cpu)], 1).Nanoseconds,
        Lost = runs.Sum(static run => run.Lost),
    };
}

/// <summary>A flood of one run, in ns a datagram.</summary>
internal sealed record FloodRun(double Sent, double Received, double Cpu)
{
    public static FloodRow Row(WirePath path, int octets, IReadOnlyList<FloodRun> runs) => new()
    {
        Path = path.Name,
        Family = path.Family,
        Octets = octets,
        Sent = Sample.Of([.. runs.Select(static run => run.Sent)], 1),
        Received = Sample.Of([.. runs.Select(static run => run.Received)], 1),
        Cpu = Sample.Of([.. runs.Select(static run => run.Cpu)], 1).Nanoseconds,
    };
}
