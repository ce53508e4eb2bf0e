using System.Diagnostics;
using UserNet.Binding;
using UserNet.Samples.BindShell;
using UserNet.Tests.Binding.Model;

namespace UserNet.Tests.Parity;

/// <summary>Runs scripts on the running kernel and on the stack, and reports the shortest ones that the two answer differently.</summary>
internal sealed class KernelComparison
{
    private const int MostReported = 8, PortsOfScript = 10, LastPort = 32_000;

    // All errors of a processor share one buffer, and what fills it, be it from another program, is gone after three seconds.
    private static readonly TimeSpan Recovery = TimeSpan.FromSeconds(4);

    // A patient kernel takes half a second for a script, and there are hundreds of ways to make one shorter.
    private static readonly TimeSpan MostShrinking = TimeSpan.FromSeconds(30);

    private readonly KernelHost _kernel;
    private readonly Stopwatch _shrinking = new();
    private ushort _firstPort = PortNames.First;      // connections of an earlier script hold the ones below, for a minute

    private KernelComparison(KernelHost kernel) => _kernel = kernel;

    /// <summary>Compares scripts until the number is reached, or enough differ.</summary>
    /// <param name="count">How many.</param>
    /// <param name="next">Makes the next one.</param>
    /// <returns>What differs, for people; empty when nothing does.</returns>
    /// <exception cref="InvalidOperationException">The kernel could not be asked.</exception>
    public static IReadOnlyList<string> Run(int count, Func<IReadOnlyList<string>> next)
    {
        var reports = new List<string>();
        OnThreadOfItsOwn(() =>
        {
            using var kernel = new KernelHost();
            var comparison = new KernelComparison(kernel);
            for (int i = count; i > 0 && reports.Count < MostReported; i--)
                if (comparison.DifferenceIn(next()) is { } difference && comparison.Stands(difference)) reports.Add(comparison.Report(difference));
        });
        return reports;
    }

    /// <summary>What the two answer differently, a kernel that is given time to deliver included; null when nothing.</summary>
    private DuelResult? DifferenceIn(IReadOnlyList<string> script)
    {
        if (Play(script, isPatient: false).IsDraw) return null;
        DuelResult result = Play(script, isPatient: true);
        return result.IsDraw ? null : result;
    }

    /// <summary>True when a kernel that had time to recover answers differently again: the stack is always the same.</summary>
    private bool Stands(DuelResult difference)
    {
        Thread.Sleep(Recovery);
        return !Play(difference.Script, isPatient: true).IsDraw;
    }

    private string Report(DuelResult difference)
    {
        DuelResult shortest = Shrink(difference);
        bool cameOnce = Play(shortest.Script, isPatient: true).IsDraw;
        return shortest + (cameOnce ? "\n    but asked once more the two agree" : "");
    }

    /// <summary>Takes steps away as long as a difference remains, and there is time.</summary>
    private DuelResult Shrink(DuelResult difference)
    {
        DuelResult shortest = difference;
        _shrinking.Start();
        Shrinker.Shrink(difference.Script, fewer =>
        {
            if (_shrinking.Elapsed > MostShrinking || DifferenceIn(fewer) is not { } smaller) return false;
            shortest = smaller;
            return true;
        });
        _shrinking.Stop();
        return shortest;
    }

    private DuelResult Play(IReadOnlyList<string> script, bool isPatient)
    {
        _kernel.IsPatient = isPatient;
        _firstPort += PortsOfScript;
        if (_firstPort > LastPort)
        {
            _firstPort = PortNames.First;
            _kernel.BeginAnew();
        }

        using var kernel = new KernelWorld(_kernel);
        using var stack = new StackWorld(Personality.Linux, seed: 1);
        foreach (char host in "AB")
            foreach (string limit in (string[])["net.ipv4.icmp_ratelimit", "net.ipv6.icmp.ratelimit"]) stack[host].Sysctl(limit, "0");
        return new ScriptDuel(kernel, _firstPort, stack).Play(script);
    }

    /// <summary>A thread whose namespace and user nobody else shares; both end with it.</summary>
    internal static void OnThreadOfItsOwn(Action work)
    {
        Exception? failure = null;
        var thread = new Thread(() =>
        {
            try
            {
                work();
            }
            catch (Exception thrown)
            {
                failure = thrown;
            }
        });
        thread.Start();
        thread.Join();
        if (failure is not null) throw new InvalidOperationException("The kernel could not be asked.", failure);
    }
}
