using System.Collections.Concurrent;
using UserNet.Wire;
using Xunit;

namespace UserNet.Tests.Drill.Live;

public sealed class LiveLatenessTests
{
    [Fact]
    public void Thirty_machines_at_once_keep_to_their_clocks()
    {
        const int Machines = 30, Segments = 40;
        using (new KernelRig())
        {
        }

        var lateness = new ConcurrentBag<long>();
        var answers = new ConcurrentBag<long>();
        Exception? error = null;
        var threads = new Thread[Machines];
        for (int i = 0; i < Machines; i++)
        {
            int number = i;
            threads[i] = new Thread(() =>
            {
                try
                {
                    Play(number, Segments, lateness, answers);
                }
                catch (Exception e)
                {
                    error = e;
                }
            }) { IsBackground = true };
        }

        foreach (Thread thread in threads) thread.Start();
        foreach (Thread thread in threads) thread.Join();
        Assert.Null(error);
        long[] late = [.. lateness.Order()], answered = [.. answers.Order()];
        TestContext.Current.TestOutputHelper!.WriteLine($"late: {string.Join(' ', late)}; answers: median {answered[answered.Length / 2]}, 99 % {answered[answered.Length * 99 / 100]}, most {answered[^1]} us");
        Assert.InRange(late.Count(time => time > 3000), 0, Machines / 10);
    }

    private static void Play(int number, int segments, ConcurrentBag<long> lateness, ConcurrentBag<long> answers)
    {
        using var rig = new KernelRig();
        rig.Machine.StartClock();
        rig.Connect(rig.Listen());
        for (int i = 1; i <= segments; i++)
        {
            rig.Machine.WaitUntil(rig.Machine.Now + 20_000 + (number * 500), () => false);
            long now = rig.Machine.Now;
            rig.Send(TcpFlags.Ack | TcpFlags.Psh, 1);
            answers.Add(rig.Take().Time - now);
        }

        lateness.Add(rig.Machine.WorstLateness);
    }
}
