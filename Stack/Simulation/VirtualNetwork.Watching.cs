using UserNet.Time;

namespace UserNet.Simulation;

// Who looks at packets, and waits for them.
public sealed partial class VirtualNetwork
{
    /// <summary>Watches all packets of the network, from now on.</summary>
    /// <param name="memory">How many of the last packets to keep.</param>
    /// <returns>The watch, which ends when it is disposed. A packet passes it at each interface on its way.</returns>
    /// <remarks>The network's thread. What happens is the same with watches and without.</remarks>
    public PacketWatch Watch(int memory = PacketWatch.DefaultMemory) => new(this, "the network", memory, null, null);

    /// <summary>True when nothing is left to happen.</summary>
    internal bool IsIdle => Items.Count == 0 && Clock.NextTimer == Timestamp.Never;

    /// <summary>Runs event by event.</summary>
    /// <param name="condition">What is waited for; is looked at after each event.</param>
    /// <param name="end">The last instant.</param>
    /// <returns>
    /// False when the condition does not hold, and nothing is left to happen until the end, its instant included.
    /// </returns>
    internal bool RunEventsUntil(Func<bool> condition, Timestamp end)
    {
        SynchronizationContext? outer = BeginRun();
        try
        {
            while (!condition())
            {
                if (!StepInside(end)) return false;
            }

            return true;
        }
        finally
        {
            EndRun(outer);
        }
    }

    /// <summary>
    /// Why a packet might not come: who waits, when nothing is left to happen; which hosts are down, which links are
    /// cut.
    /// </summary>
    internal List<string> Hindrances()
    {
        List<string> lines = [];
        foreach (VirtualHost host in _hosts)
        {
            if (!host.IsUp) lines.Add($"{host.Name} is down.");
            else if (host.IsPaused) lines.Add($"{host.Name} is paused.");
        }

        foreach (VirtualLink link in _links)
        {
            if (!link.There.IsDown && !link.Back.IsDown) continue;
            string way = !link.Back.IsDown ? " on the way there" : !link.There.IsDown ? " on the way back" : "";
            lines.Add($"{link.Name} is cut{way}.");
        }

        if (!IsIdle) return lines;
        IReadOnlyList<string> waits = DescribeWaits();
        lines.Add(waits.Count == 0 ? "Nothing is left to happen, and nobody waits." : "Nothing is left to happen. Who waits:");
        foreach (string wait in waits) lines.Add($"  {wait}");
        return lines;
    }
}
