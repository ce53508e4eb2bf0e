using System.Diagnostics;
using System.Runtime.ExceptionServices;
using System.Runtime.InteropServices;
using UserNet.Addressing;
using UserNet.Ip;
using UserNet.Tests.Binding.Model;
using Xunit;

namespace UserNet.Tests.Parity.DotNet;

/// <summary>Plays scripts to the sockets of .NET and to those of a stack, and finds where they answer differently.</summary>
/// <remarks>The sockets of .NET live in a network namespace of the thread; all calls are synchronous, since the engine behind the others is not of that namespace.</remarks>
internal sealed class DotNetDuel
{
    public const int PortsOfScript = 10;

    private const int FirstPort = 2000, LastPort = 32_000;      // below what the system chooses from
    private static readonly TimeSpan Patience = TimeSpan.FromMilliseconds(3);
    private int _port = FirstPort;
    private volatile IReadOnlyList<DotNetStep> _script = [];      // what is played now
    private volatile int _step;

    /// <summary>Addresses beside those of loopback.</summary>
    public const string Own = "10.99.0.1", Foreign = "10.1.2.3";

    /// <summary>Has a duel on a thread with a network namespace of its own; skips where there can be none.</summary>
    public static void Run(Action<DotNetDuel> work)
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "System.Net.Sockets is compared on Linux");
        Assert.SkipUnless(Environment.IsPrivilegedProcess, "only root can create a network namespace");
        ExceptionDispatchInfo? failure = null;
        var duel = new DotNetDuel();
        Thread thread = new(() =>
        {
            try
            {
                Renew();
                work(duel);
            }
            catch (Exception e)
            {
                failure = ExceptionDispatchInfo.Capture(e);
            }
        }) { IsBackground = true };
        thread.Start();
        Assert.True(thread.Join(TimeSpan.FromMinutes(TestSettings.IsLong ? 10 : 1)), $"The last of these calls waits, and should not: {string.Join("; ", duel._script.Take(duel._step + 1))}");
        failure?.Throw();
    }

    /// <summary>Plays a script to both.</summary>
    /// <returns>The first step that they answer differently, or null.</returns>
    /// <remarks>What the kernel has under way may arrive a little later: a difference counts only if it is there after a while.</remarks>
    public DotNetDifference? Play(IReadOnlyList<DotNetStep> script)
    {
        DotNetDifference? difference = Play(script, waitsBefore: -1);
        while (difference is not null && Play(script, difference.Index) is var again && again != difference)
        {
            if (again?.Index == difference.Index) return again;
            difference = again;
        }

        return difference;
    }

    /// <summary>Makes a script that shows a difference as short as can be.</summary>
    public DotNetDifference Shorten(IReadOnlyList<DotNetStep> script, DotNetDifference difference)
    {
        DotNetDifference shortest = difference;
        var time = Stopwatch.StartNew();
        Shrinker.Shrink([.. script.Take(difference.Index + 1)], fewer =>
        {
            if (time.Elapsed > TimeSpan.FromSeconds(10) || Play(fewer) is not { } smaller || smaller.Kind != difference.Kind) return false;
            shortest = smaller;
            return true;
        });
        return shortest;
    }

    /// <summary>The answers of both to the last step of a script.</summary>
    public (string DotNet, string Stack) LastOf(IReadOnlyList<DotNetStep> script)
    {
        _port += PortsOfScript;
        using var real = new RealWorld(_port);
        using var ours = new StackSockets(_port, MakeStack());
        (string, string) last = default;
        foreach (DotNetStep step in script) last = (step.AnswerIn(real), step.AnswerIn(ours));
        return last;
    }

    private DotNetDifference? Play(IReadOnlyList<DotNetStep> script, int waitsBefore)
    {
        _port += PortsOfScript;
        if (_port > LastPort)
        {
            _port = FirstPort;
            Renew();
        }

        using var real = new RealWorld(_port);
        using var ours = new StackSockets(_port, MakeStack());
        _script = script;
        for (int i = 0; i < script.Count; i++)
        {
            _step = i;
            if (i == waitsBefore) Thread.Sleep(Patience);
            string wanted = script[i].AnswerIn(real), got = script[i].AnswerIn(ours);
            if (wanted == got) continue;
            if (DotNetDifferences.Find(script[i], wanted, got) is not { } known) return new DotNetDifference(script, i, wanted, got);
            if (known.IsLast) return null;
        }

        return null;
    }

    private static NetworkStack MakeStack()
    {
        var stack = new NetworkStack();
        stack.Configure(static s => ((HostAddressing)s.Routes).AddAddress("lo", new NewAddress(InetAddress.Parse(Own), 32)));
        return stack;
    }

    private static void Renew()
    {
        if (KernelCalls.Unshare(KernelCalls.NewNetworkNamespace) != 0)
            throw new InvalidOperationException($"unshare: errno {Marshal.GetLastPInvokeError()}");
        Tap.OwnNamespace.IpTool("link set lo up");
        Tap.OwnNamespace.IpTool($"addr add {Own}/32 dev lo");
    }
}

/// <summary>Where the two answer differently.</summary>
internal sealed record DotNetDifference(IReadOnlyList<DotNetStep> Script, int Index, string Wanted, string Got)
{
    /// <summary>The step and both answers: what several scripts may show.</summary>
    public string Kind => $"{Script[Index].Text}: .NET {Wanted}, the stack {Got}";

    public override string ToString() => string.Join(" ; ", Script.Take(Index + 1)) + $"\n      .NET:      {Wanted}\n      the stack: {Got}";
}
