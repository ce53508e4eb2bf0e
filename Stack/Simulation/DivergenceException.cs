using System.Globalization;
using System.Text;
using UserNet.Capture;

namespace UserNet.Simulation;

/// <summary>
/// Two runs of one seed were not the same: something reaches into the network that does not follow from the seed.
/// </summary>
/// <remarks>
/// The message has the first event that differs as it was in both runs, and the last ones that were the same. What
/// differs is found where that event was made: a clock, a random number or a counter from outside the network, a static
/// that the first run changed, the order of a hash table, a thread of its own.
/// </remarks>
public sealed class DivergenceException : Exception
{
    internal DivergenceException(ulong seed, RunDivergence divergence, Exception? inner = null)
        : base(Describe(seed, divergence), inner)
    {
        Seed = seed;
        Event = divergence.Index;
        (First, Second, Before) = (divergence.First, divergence.Second, divergence.Before);
    }

    /// <summary>The seed of both runs.</summary>
    public ulong Seed { get; }

    /// <summary>The place of the event among all that were recorded, from 0.</summary>
    public long Event { get; }

    /// <summary>
    /// The event of the first run in a line: when, where, which way, the packet, what became of it; or that the run
    /// ended.
    /// </summary>
    public string First { get; }

    /// <summary>The event of the second run, or that it ended.</summary>
    public string Second { get; }

    /// <summary>The last events before it, which were the same in both, oldest first.</summary>
    public IReadOnlyList<string> Before { get; }

    private static string Describe(ulong seed, RunDivergence divergence)
    {
        var text = new StringBuilder();
        text.AppendLine(CultureInfo.InvariantCulture, $"Two runs of seed {seed} differ, first at event {divergence.Index + 1}.");
        text.AppendLine(CultureInfo.InvariantCulture, $"  first run:  {divergence.First}");
        text.Append(CultureInfo.InvariantCulture, $"  second run: {divergence.Second}");
        if (divergence.Octet is { } octet)
            text.AppendLine().Append(CultureInfo.InvariantCulture, $"  The frames differ from octet {octet} on.");
        if (divergence.Before.Count == 0) return text.ToString();
        text.AppendLine().Append("Before it, in both:");
        foreach (string line in divergence.Before) text.AppendLine().Append("  ").Append(line);
        return text.ToString();
    }
}
