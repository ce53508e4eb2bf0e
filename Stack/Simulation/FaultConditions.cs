using UserNet.Emulation;

namespace UserNet.Simulation;

/// <summary>What the faults of a link make of its conditions.</summary>
internal static class FaultConditions
{
    private static readonly TimeSpan LongestDelay = TimeSpan.FromDays(1);

    /// <summary>The conditions that were set, with all faults on top that hold for a direction.</summary>
    /// <remarks>
    /// Down when any is. Chances are independent of each other: a frame is spared when all spare it. Delays and jitters
    /// add up, to a day at most. The lowest rate holds, the smallest packet, and the longest time for which frames are
    /// held back.
    /// </remarks>
    public static LinkConditions On(LinkConditions set, List<FaultInForce> faults, LinkDirection direction)
    {
        LinkConditions now = set;
        foreach (FaultInForce entry in faults)
        {
            Fault fault = entry.Fault;
            if (fault.Direction != LinkDirection.Both && fault.Direction != direction) continue;
            now = fault.Kind switch
            {
                FaultKind.Down or FaultKind.Flap => entry.Cuts ? now with { IsDown = true } : now,
                FaultKind.Loss => now with { Loss = Either(now.Loss, fault.Chance) },
                FaultKind.Corruption => now with { Corruption = Either(now.Corruption, fault.Chance) },
                FaultKind.Duplication => now with { Duplication = Either(now.Duplication, fault.Chance) },
                FaultKind.Reordering => now with
                {
                    Reordering = Either(now.Reordering, fault.Chance),
                    ReorderDelay = fault.Time > now.ReorderDelay ? fault.Time : now.ReorderDelay,
                },
                FaultKind.Delay => now with { Delay = Sum(now.Delay, fault.Time) },
                FaultKind.Jitter => now with { Jitter = Sum(now.Jitter, fault.Time) },
                FaultKind.Rate => now with
                {
                    BitsPerSecond = now.BitsPerSecond == 0 ? fault.Amount : Math.Min(now.BitsPerSecond, fault.Amount),
                },
                FaultKind.LargestPacket => now with { LargestPacket = (int)Math.Min(now.LargestPacket ?? int.MaxValue, fault.Amount) },
                _ => now,
            };
        }

        return now;
    }

    // A model that remembers begins anew with the fault, and again after it.
    private static LossModel Either(LossModel model, double chance) => model is IndependentLoss independent
        ? LossModel.Independent(Either(independent.Chance, chance))
        : LossModel.Any(model, LossModel.Independent(chance));

    // Clipped: rounding must not lift a chance above 1.
    private static double Either(double a, double b) => Math.Clamp(1 - ((1 - a) * (1 - b)), 0, 1);

    private static TimeSpan Sum(TimeSpan a, TimeSpan b) => a + b < LongestDelay ? a + b : LongestDelay;
}
