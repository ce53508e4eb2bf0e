using UserNet.Addressing;
using UserNet.Link;

namespace UserNet;

// The stations on the link.
public sealed partial class StackInterface
{
    /// <summary>Who is known on the link, or is asked for, in order of address; nobody on a medium without stations.</summary>
    public IReadOnlyList<NeighborRow> Neighbors
    {
        get
        {
            using (_core.Enter())
                return _entry.Port is EthernetPort port ? port.Neighbors.Snapshot(_core.Now) : [];
        }
    }

    /// <summary>Says where a neighbor is, for good: it is not asked for, and nothing it says changes it.</summary>
    /// <param name="address">Its IPv4 address.</param>
    /// <param name="station">Its station.</param>
    /// <exception cref="ArgumentException">The address is not IPv4.</exception>
    /// <exception cref="InvalidOperationException">The medium has no stations.</exception>
    public void AddNeighbor(InetAddress address, MacAddress station)
    {
        if (address.IsV6) throw new ArgumentException($"{address} is no IPv4 address.", nameof(address));
        using (_core.Enter()) Ethernet.Neighbors.AddStatic(address, station, _core.Now);
    }

    /// <summary>Forgets a neighbor, be it added by the user or found; packets that wait for it are dropped.</summary>
    /// <returns>False when it was not known.</returns>
    public bool RemoveNeighbor(InetAddress address)
    {
        using (_core.Enter()) return _entry.Port is EthernetPort port && port.Neighbors.Remove(address);
    }

    private EthernetPort Ethernet => _entry.Port as EthernetPort
        ?? throw new InvalidOperationException($"{Name} is on a medium without stations.");
}
