using UserNet.Binding;
using UserNet.Samples.BindShell;

namespace UserNet.Tests.Parity;

/// <summary>Runs scripts on the running kernel and on the stack, and reports the shortest ones that the two answer differently.</summary>
internal sealed class KernelComparison
{
    private const int MostReported = 8, PortsOfScript = 10, LastPort = 32_000;

    private readonly KernelHost _kernel;
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
            {
                IReadOnlyList<string> script = next();
                if (comparison.Differs(script)) reports.Add(comparison.Report(comparison.Shrink(script)));
            }
        });
        return reports;
    }

    /// <summary>Takes steps away as long as a difference remains.</summary>
    private List<string> Shrink(IReadOnlyList<string> script)
    {
        List<string> steps = [.. script];
        for (bool again = true; again;)
        {
            again = false;
            for (int i = steps.Count - 1; i >= 0; i--)
            {
                List<string> fewer = [.. steps[..i], .. steps[(i + 1)..]];
                if (!Differs(fewer)) continue;
                steps = fewer;
                again = true;
            }
        }

        return steps;
    }

    /// <summary>True when the answers differ, also those of a kernel that is given time to deliver.</summary>
    private bool Differs(IReadOnlyList<string> script)
    {
        string[] actual = OfStack(script);
        return !OfKernel(script, isPatient: false).SequenceEqual(actual) && !OfKernel(script, isPatient: true).SequenceEqual(actual);
    }

    private string[] OfKernel(IReadOnlyList<string> script, bool isPatient)
    {
        _kernel.IsPatient = isPatient;
        _firstPort += PortsOfScript;
        if (_firstPort > LastPort)
        {
            _firstPort = PortNames.First;
            _kernel.BeginAnew();
        }

        using var world = new KernelWorld(_kernel);
        return Run(world, script, _firstPort);
    }

    private static string[] OfStack(IReadOnlyList<string> script)
    {
        using var world = new StackWorld(Personality.Linux, seed: 1);
        foreach (char host in "AB")
            foreach (string limit in (string[])["net.ipv4.icmp_ratelimit", "net.ipv6.icmp.ratelimit"]) world[host].Sysctl(limit, "0");
        return Run(world, script, PortNames.First);
    }

    private static string[] Run(IScriptWorld world, IReadOnlyList<string> script, ushort firstPort)
    {
        var interpreter = new Interpreter(world, firstPort: firstPort);
        IReadOnlyList<ScriptStep> steps = ScriptParser.Parse(string.Join(" ; ", script));
        string[] results = new string[steps.Count];
        for (int i = 0; i < results.Length; i++)
        {
            try
            {
                results[i] = interpreter.Run(steps[i]).Text;
            }
            catch (ScriptException nonsense)
            {
                results[i] = nonsense.Message;      // a shrunk script may name a socket that it no longer opens
            }
        }

        return results;
    }

    private string Report(List<string> script)
    {
        string[] expected = OfKernel(script, isPatient: true), actual = OfStack(script);
        return string.Join(" ; ", script) + "\n" + string.Join('\n', script.Select((step, i) =>
            $"    {step,-36} kernel {expected[i],-24} here {actual[i]}{(expected[i] == actual[i] ? "" : "   <--")}"));
    }

    /// <summary>A thread whose namespace and user nobody else shares; both end with it.</summary>
    private static void OnThreadOfItsOwn(Action work)
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
