using UserNet.Emulation;

namespace UserNet.Simulation;

// What was set, and what faults make of it.
public sealed partial class VirtualLink
{
    private readonly List<FaultInForce> _faults = [];      // those that hold, in their order
    private readonly PartitionBarrier _toA, _toB;
    private LinkConditions _setThere, _setBack;

    /// <summary>
    /// What happens to frames that go from the first end to the second: <see cref="There"/> and the faults that hold.
    /// </summary>
    public LinkConditions ThereNow => _there.Conditions;

    /// <summary>
    /// What happens to frames that go from the second end to the first: <see cref="Back"/> and the faults that hold.
    /// </summary>
    public LinkConditions BackNow => _back.Conditions;

    /// <summary>
    /// Cuts the link and makes it whole again by turns, from now on; each period begins with the time for which it is cut.
    /// </summary>
    /// <param name="period">How long both take together.</param>
    /// <param name="shareUp">The share of the period for which it is whole; above 0 and below 1.</param>
    /// <returns>Ends it: the link is then as it was set.</returns>
    /// <exception cref="ArgumentOutOfRangeException">It would always be cut, or never.</exception>
    public IDisposable Flap(TimeSpan period, double shareUp = 0.5) =>
        Network.Apply([Fault.Flap(Name, period, shareUp).From(Network.Clock.Now.SinceStart)]);

    /// <summary>Which hosts are at its ends; null for a switch.</summary>
    internal void NameEnds(VirtualHost? a, VirtualHost? b) => (_toA.Receiver, _toB.Receiver) = (a, b);

    internal void Add(FaultInForce fault)
    {
        int place = _faults.Count;
        while (place > 0 && _faults[place - 1].Order > fault.Order) place--;
        _faults.Insert(place, fault);
    }

    internal void Remove(FaultInForce fault) => _faults.Remove(fault);

    /// <summary>The lanes do what was set and what the faults say.</summary>
    internal void Refresh()
    {
        Use(_there, FaultConditions.On(_setThere, _faults, LinkDirection.There));
        Use(_back, FaultConditions.On(_setBack, _faults, LinkDirection.Back));
    }

    // What a lane remembers goes on where nothing changes.
    private static void Use(ImpairedLane lane, LinkConditions conditions)
    {
        if (!ReferenceEquals(lane.Conditions, conditions) && lane.Conditions != conditions) lane.Conditions = conditions;
    }
}
