using UserNet.Binding;
using UserNet.Samples.BindShell;

namespace UserNet.Tests.Parity;

/// <summary>What the kernel and the stack answered to each step of a script.</summary>
internal sealed record DuelResult(IReadOnlyList<string> Script, string[] Kernel, string[] Stack)
{
    public bool IsDraw => Kernel.SequenceEqual(Stack);

    public override string ToString() => string.Join(" ; ", Script) + "\n" + string.Join('\n', Script.Select((step, i) =>
        $"    {step,-36} kernel {Kernel[i],-24} here {Stack[i]}{(Kernel[i] == Stack[i] ? "" : "   <--")}"));
}

/// <summary>One script on the running kernel and on the stack at the same time, step by step.</summary>
/// <remarks>
/// Nothing is judged that is about to change: where a connection is in a state that ends as soon as a segment of its peer arrives, and
/// the two disagree on it, both are asked again for a while. The kernel may delay an acknowledgment by 40 ms, or by 200.
/// </remarks>
internal sealed class ScriptDuel(IScriptWorld kernel, ushort firstPort, IScriptWorld stack)
{
    private static readonly string[] PassingStates = ["SYN_SENT", "SYN_RECV", "FIN_WAIT1", "CLOSING", "LAST_ACK"];
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(20), LongestWait = TimeSpan.FromMilliseconds(300);

    private readonly Interpreter _kernel = new(kernel, firstPort: firstPort), _stack = new(stack);

    public DuelResult Play(IReadOnlyList<string> script)
    {
        IReadOnlyList<ScriptStep> steps = ScriptParser.Parse(string.Join(" ; ", script));
        string[] expected = new string[steps.Count], actual = new string[steps.Count];
        for (int i = 0; i < steps.Count; i++) (expected[i], actual[i]) = Ask(steps[i]);
        return new DuelResult(script, expected, actual);
    }

    private (string Kernel, string Stack) Ask(ScriptStep step)
    {
        (string expected, string actual) = (Run(_kernel, step), Run(_stack, step));
        for (TimeSpan waited = default; WillPass(step, expected, actual) && waited < LongestWait; waited += Pause)
        {
            kernel.Sleep(Pause);
            stack.Sleep(Pause);
            (expected, actual) = (Run(_kernel, step), Run(_stack, step));
        }

        return (expected, actual);
    }

    private static bool WillPass(ScriptStep step, string expected, string actual) => step.Verb.Text == "state" && expected != actual &&
        (PassingStates.Contains(expected) || PassingStates.Contains(actual));

    private static string Run(Interpreter interpreter, ScriptStep step)
    {
        try
        {
            return interpreter.Run(step).Text;
        }
        catch (ScriptException nonsense)
        {
            return nonsense.Message;      // a shrunk script may name a socket that it no longer opens
        }
    }
}
