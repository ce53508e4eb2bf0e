using System.Diagnostics;

namespace UserNet.Simulation;

/// <summary>
/// A thread that is not a virtual network's called one of its hosts, or came back to it: what happens would depend on
/// which thread is faster, and not on the seed alone.
/// </summary>
public sealed class ForeignThreadException : InvalidOperationException
{
    internal ForeignThreadException(ulong seed, int owner, int thread, StackTrace trace, object? work = null)
        : base(Describe(seed, owner, thread, trace.ToString(), work)) => Call = trace.ToString();

    /// <summary>The call, as the stack of the foreign thread shows it, innermost first.</summary>
    public string Call { get; }

    private static string Describe(ulong seed, int owner, int thread, string trace, object? work) =>
        $"Thread {thread} entered the virtual network of seed {seed}, which belongs to thread {owner}: "
        + $"{(VirtualContext.NameOf(work) is { } method ? $"what {method} awaits was completed there" : CallOf(trace))}. A ConfigureAwait(false), "
        + "a Task.Run, a Task.Delay without the host's clock or a thread of its own has left the network's thread; await without ConfigureAwait(false), and wait by the host's clock."
        + $"{Environment.NewLine}{trace}";

    // The innermost line that is not of the stack itself is who called; the one within it is what was called.
    private static string CallOf(string trace)
    {
        string called = "a call", caller = "an unknown caller";
        foreach (string line in trace.Split('\n', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries))
        {
            string frame = line.StartsWith("at ", StringComparison.Ordinal) ? line[3..] : line;
            if (frame.StartsWith("System.", StringComparison.Ordinal)) continue;
            caller = frame;
            if (!IsOfStack(frame)) break;
            called = frame.Split(" in ")[0];
        }

        return $"{called}, by {caller}";
    }

    private static bool IsOfStack(string frame) =>
        frame.StartsWith("UserNet.", StringComparison.Ordinal)
        && !frame.StartsWith("UserNet.Tests", StringComparison.Ordinal)
        && !frame.StartsWith("UserNet.Samples", StringComparison.Ordinal)
        && !frame.StartsWith("UserNet.Bench", StringComparison.Ordinal);
}
