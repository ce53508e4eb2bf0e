using UserNet.Binding;
using UserNet.Samples.BindShell;
using UserNet.Tests.Infrastructure;
using UserNet.Tests.Ip;
using Xunit;

namespace UserNet.Tests.Parity;

/// <summary>The running kernel as the judge of scripts that nobody has seen before.</summary>
[Collection(nameof(WholeProcess))]
public sealed class KernelBindTests
{
    private const int MostReported = 8;

    [Fact]
    public void The_kernel_answers_the_same()
    {
        if (KernelNamespace.Obstacle() is { } obstacle) Assert.Skip(obstacle);
        Random random = TestSettings.Random(salt: 31);
        var reports = new List<string>();
        OnThreadOfItsOwn(() =>
        {
            using var kernel = new KernelHost();
            var generator = new BindScriptGenerator(random);
            for (int i = TestSettings.Count(1500, 40_000); i > 0 && reports.Count < MostReported; i--)
            {
                IReadOnlyList<string> script = generator.Next();
                if (Differs(kernel, script)) reports.Add(Report(kernel, Shrink(kernel, script)));
            }
        });
        Assert.True(reports.Count == 0, string.Join("\n\n", reports));
    }

    /// <summary>Takes steps away as long as a difference remains.</summary>
    private static List<string> Shrink(KernelHost kernel, IReadOnlyList<string> script)
    {
        List<string> steps = [.. script];
        for (bool again = true; again;)
        {
            again = false;
            for (int i = steps.Count - 1; i >= 0; i--)
            {
                List<string> fewer = [.. steps[..i], .. steps[(i + 1)..]];
                if (!Differs(kernel, fewer)) continue;
                steps = fewer;
                again = true;
            }
        }

        return steps;
    }

    private static bool Differs(KernelHost kernel, IReadOnlyList<string> script) => !OfKernel(kernel, script).SequenceEqual(OfStack(script));

    private static string[] OfKernel(KernelHost kernel, IReadOnlyList<string> script)
    {
        using var world = new KernelWorld(kernel);
        return Run(world, script);
    }

    private static string[] OfStack(IReadOnlyList<string> script)
    {
        using var world = new StackWorld(Personality.Linux, seed: 1);
        return Run(world, script);
    }

    private static string[] Run(IScriptWorld world, IReadOnlyList<string> script)
    {
        var interpreter = new Interpreter(world);
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

    private static string Report(KernelHost kernel, List<string> script)
    {
        string[] expected = OfKernel(kernel, script), actual = OfStack(script);
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
