using System.Diagnostics;
using System.Net.Sockets;
using UserNet.Bench.Measuring;
using UserNet.Sockets;

namespace UserNet.Bench.Ports;

/// <summary>How much one and two threads get done on one stack.</summary>
internal sealed class Throughput
{
    private const int MostSockets = 100_000;      // made beforehand, a thread
    private readonly PortsPlan _plan;
    private readonly double _occupancy;
    private readonly StackPorts _stack = new(new Scenario(ProtocolType.Tcp, Fill.Natural));

    public Throughput(PortsPlan plan, double occupancy)
    {
        _plan = plan;
        _occupancy = occupancy;
        _stack.FillTo(Scenario.HeldAt(occupancy, _stack.Range));
    }

    public IEnumerable<ThroughputRow> Measure()
    {
        Sample whole = _plan.Meter.Measure(_stack.CreateBindClose);
        int count = (int)(_plan.ThroughputTime.TotalNanoseconds / whole.Nanoseconds);
        int sockets = Math.Min(count, MostSockets);
        double[][] wholes = [new double[_plan.ThroughputRuns], new double[_plan.ThroughputRuns]];
        double[][] binds = [new double[_plan.ThroughputRuns], new double[_plan.ThroughputRuns]];
        for (int run = 0; run < _plan.ThroughputRuns; run++)
        {
            for (int threads = 1; threads <= 2; threads++)      // in turns, so that a busy moment meets both
            {
                wholes[threads - 1][run] = PerSecond(threads, count, _ => _stack.CreateBindClose(count));
                NetworkSocket[][] made = [.. Enumerable.Range(0, threads).Select(_ => Make(sockets))];
                GC.Collect();
                binds[threads - 1][run] = PerSecond(threads, sockets, thread => BindAndClose(made[thread]));
            }
        }

        _stack.ExpectUnchanged();
        for (int threads = 1; threads <= 2; threads++)
            yield return Row("create, bind, close", threads, wholes[threads - 1]);
        for (int threads = 1; threads <= 2; threads++) yield return Row("bind, close", threads, binds[threads - 1]);
    }

    private ThroughputRow Row(string operation, int threads, double[] perSecond)
    {
        Sample all = Sample.Of(perSecond, 1);
        return new ThroughputRow(operation, _occupancy, threads, all.Nanoseconds, all.Least, all.Most, all.Batches);
    }

    private NetworkSocket[] Make(int count)
    {
        var sockets = new NetworkSocket[count];
        for (int i = 0; i < count; i++) sockets[i] = _stack.CreateSocket();
        return sockets;
    }

    private void BindAndClose(NetworkSocket[] sockets)
    {
        foreach (NetworkSocket socket in sockets)
        {
            socket.Bind(_stack.Asked);
            socket.Close();
        }
    }

    /// <summary>What all threads together did in a second, from their common start until the last is done.</summary>
    private static double PerSecond(int threads, int count, Action<int> work)
    {
        using var start = new Barrier(threads + 1);
        Exception? fault = null;
        Thread[] all = new Thread[threads];
        for (int i = 0; i < threads; i++)
        {
            int number = i;
            all[i] = new Thread(() =>
            {
                start.SignalAndWait();
                try
                {
                    work(number);
                }
                catch (Exception e)
                {
                    fault = e;
                }
            });
            all[i].Start();
        }

        start.SignalAndWait();
        long begin = Stopwatch.GetTimestamp();
        foreach (Thread thread in all) thread.Join();
        TimeSpan elapsed = Stopwatch.GetElapsedTime(begin);
        return fault is null
            ? threads * count / elapsed.TotalSeconds
            : throw new InvalidOperationException(fault.Message, fault);
    }
}
