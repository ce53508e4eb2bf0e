using UserNet.Addressing;
using UserNet.Ip;
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

    /// <summary>The last 16 times that somebody else used an address of this interface, oldest first. RFC 5227.</summary>
    public IReadOnlyList<AddressConflict> Conflicts
    {
        get
        {
            using (_core.Enter()) return _entry.Port is EthernetPort port ? [.. port.Conflicts.Recent] : [];
        }
    }

    /// <summary>How often somebody else used an address of this interface.</summary>
    public long ConflictCount
    {
        get
        {
            using (_core.Enter()) return _entry.Port is EthernetPort port ? port.Conflicts.Count : 0;
        }
    }

    /// <summary>
    /// Tells all on the link that an address of this interface is here, as after it has moved from another host.
    /// </summary>
    /// <exception cref="ArgumentException">The interface does not have the IPv4 address, or it is tentative.</exception>
    /// <exception cref="InvalidOperationException">The medium has no stations.</exception>
    public void Announce(InetAddress address)
    {
        using (_core.Enter())
        {
            if (address.IsV6 || _entry.Find(address) is not { } own || own.Is(AddressTraits.Tentative))
                throw new ArgumentException($"{Name} does not have {address}, or not for sure.", nameof(address));
            Ethernet.Conflicts.Announce(address, _core.Now);
        }
    }

    private EthernetPort Ethernet => _entry.Port as EthernetPort
        ?? throw new InvalidOperationException($"{Name} is on a medium without stations.");
}
