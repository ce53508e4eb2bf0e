namespace UserNet.Simulation;

/// <summary>Faults on their way through a network's time.</summary>
internal sealed class AppliedFaults(VirtualNetwork network, FaultInForce[] faults) : IDisposable
{
    private readonly List<IDisposable> _alarms = [];

    /// <summary>One alarm for each instant at which something begins or ends.</summary>
    public void Schedule()
    {
        TimeSpan now = network.Clock.Now.SinceStart;
        var instants = new SortedSet<TimeSpan>();
        bool hasBegun = false;
        foreach (Fault fault in faults.Select(static entry => entry.Fault))
        {
            if (fault.End <= now) continue;
            if (fault.Begin <= now) hasBegun = true;
            else instants.Add(fault.Begin);
            if (fault.End is { } end) instants.Add(end);
        }

        foreach (TimeSpan instant in instants) _alarms.Add(network.SetAlarm(instant, () => Change(instant)));
        if (hasBegun) Change(now);
    }

    public void Dispose()
    {
        if (network.IsDisposed) return;
        network.CheckCall();
        foreach (IDisposable alarm in _alarms) alarm.Dispose();
        _alarms.Clear();
        foreach (FaultInForce fault in faults) fault.End();
        foreach (FaultInForce fault in faults) fault.Refresh();
    }

    // What ends, then what begins; and only then does any of it take effect.
    private void Change(TimeSpan now)
    {
        var changed = new List<FaultInForce>();
        foreach (FaultInForce fault in faults)
        {
            if (!fault.HasBegun || !(fault.Fault.End <= now)) continue;
            fault.End();
            changed.Add(fault);
        }

        foreach (FaultInForce fault in faults)
        {
            if (fault.HasBegun || fault.Fault.Begin > now || fault.Fault.End <= now) continue;
            fault.Begin();
            changed.Add(fault);
        }

        foreach (FaultInForce fault in changed) fault.Refresh();
    }
}
