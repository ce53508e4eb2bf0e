using System.Globalization;
using UserNet.Time;

namespace UserNet.Simulation;

/// <summary>
/// Somebody waits, and nothing is left to happen in the virtual network that could end it, or it took longer than
/// <see cref="VirtualNetwork.WaitLimit"/>.
/// </summary>
public sealed class StalledException : InvalidOperationException
{
    private const string Lost = "a task that nobody completes, or one that went on on a thread of the pool (Task.Run, Task.Delay without the host's clock, ...)";

    internal StalledException(Timestamp at, string who, IReadOnlyList<string> waits, int programs, TimeSpan? limit)
        : base(Describe(at, who, waits, programs, limit)) => Waits = waits;

    /// <summary>Who waits for what, a line each: oldest first, host by host.</summary>
    public IReadOnlyList<string> Waits { get; }

    // Each program waits for something: where there are more of them than calls, some wait for no socket.
    private static string Describe(Timestamp at, string who, IReadOnlyList<string> waits, int programs, TimeSpan? limit)
    {
        string begin = limit is { } passed
            ? string.Create(CultureInfo.InvariantCulture, $"At {at} s {who} has waited for {passed.TotalSeconds} s, the network's {nameof(VirtualNetwork.WaitLimit)}, while other things happened. ")
            : $"At {at} s nothing is left to happen, and {who} waits for ever. ";
        if (waits.Count == 0) return $"{begin}No socket is waited for: is it {Lost}?";
        string lines = string.Concat(waits.Select(static wait => $"{Environment.NewLine}  {wait}"));
        string hint = waits.Count < 2 * programs ? $"{Environment.NewLine}Who waits for no socket waits for {Lost}." : "";
        return $"{begin}Who waits:{lines}{hint}";
    }
}
