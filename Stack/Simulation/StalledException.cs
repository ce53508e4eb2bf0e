using UserNet.Time;

namespace UserNet.Simulation;

/// <summary>Somebody waits, and nothing is left to happen in the virtual network that could end it.</summary>
public sealed class StalledException : InvalidOperationException
{
    internal StalledException(Timestamp at, string who, IReadOnlyList<string> waits)
        : base(Describe(at, who, waits)) => Waits = waits;

    /// <summary>Who waits for what, a line each: oldest first, host by host.</summary>
    public IReadOnlyList<string> Waits { get; }

    private static string Describe(Timestamp at, string who, IReadOnlyList<string> waits) =>
        $"At {at} s nothing is left to happen, and {who} waits for ever. "
        + (waits.Count == 0
            ? "No socket is waited for: is it a task that nobody completes, or one that went on on a thread of the pool?"
            : "Who waits:" + string.Concat(waits.Select(static wait => $"{Environment.NewLine}  {wait}")));
}
