using UserNet.Addressing;
using UserNet.Core;
using UserNet.Ip;
using UserNet.Link;

namespace UserNet;

// The stations on the link.
public sealed partial class StackInterface
{
    /// <summary>Who is known on the link, or is asked for, in order of address, IPv4 before IPv6; nobody on a medium without stations.</summary>
    public IReadOnlyList<NeighborRow> Neighbors
    {
        get
        {
            using (_core.Enter())
                return _entry.Port is EthernetPort port ? [.. port.Neighbors.Snapshot(_core.Now), .. port.NeighborsV6.Snapshot(_core.Now)] : [];
        }
    }

    /// <summary>Says where a neighbor is, for good: it is not asked for, and nothing it says changes it.</summary>
    /// <param name="address">Its address.</param>
    /// <param name="station">Its station.</param>
    /// <exception cref="InvalidOperationException">The medium has no stations.</exception>
    public void AddNeighbor(InetAddress address, MacAddress station)
    {
        using (_core.Enter()) TableOf(Ethernet, address).AddStatic(address, station, _core.Now);
    }

    /// <summary>Forgets a neighbor, be it added by the user or found; packets that wait for it are dropped.</summary>
    /// <returns>False when it was not known.</returns>
    public bool RemoveNeighbor(InetAddress address)
    {
        using (_core.Enter()) return _entry.Port is EthernetPort port && TableOf(port, address).Remove(address);
    }

    /// <summary>The last 16 times that somebody else used an address of this interface, oldest first. RFC 5227, RFC 4862 §5.4.</summary>
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
    /// <exception cref="ArgumentException">The interface does not have the address, or it is tentative.</exception>
    /// <exception cref="InvalidOperationException">The medium has no stations.</exception>
    public void Announce(InetAddress address)
    {
        using (_core.Enter())
        {
            if (_entry.Find(address) is not { } own || own.Is(AddressTraits.Tentative))
                throw new ArgumentException($"{Name} does not have {address}, or not for sure.", nameof(address));
            if (address.IsV6) _core.Discovery!.Announce(Ethernet, address);
            else Ethernet.Conflicts.Announce(address, _core.Now);
        }
    }

    /// <summary>
    /// Waits until it is known of all addresses of the interface whether the host may use them: at once, where nothing is probed for;
    /// a second or two for IPv6 addresses, four to nine for IPv4 ones that are probed for (RFC 4862 §5.4, RFC 5227 §2.1).
    /// </summary>
    /// <param name="cancellationToken">Ends the wait, and nothing else.</param>
    /// <returns>Done also when an address turned out to be another host's: <see cref="Conflicts"/> tells.</returns>
    /// <exception cref="OperationCanceledException">The token was cancelled first.</exception>
    /// <exception cref="ObjectDisposedException">The stack was disposed of meanwhile.</exception>
    public async Task WhenReadyAsync(CancellationToken cancellationToken = default)
    {
        cancellationToken.ThrowIfCancellationRequested();
        ReadyWait? wait;
        using (_core.Enter())
        {
            ObjectDisposedException.ThrowIf(_core.IsDisposed, typeof(NetworkStack));
            wait = _core.WaitUntilReady(_entry);
        }

        if (wait is null) return;
        await using (cancellationToken.UnsafeRegister(static (wait, token) => ((ReadyWait)wait!).Cancel(token), wait).ConfigureAwait(false))
            await wait.Task.ConfigureAwait(false);
    }

    private static NeighborTable TableOf(EthernetPort port, InetAddress address) => address.IsV6 ? port.NeighborsV6 : port.Neighbors;

    private EthernetPort Ethernet => _entry.Port as EthernetPort
        ?? throw new InvalidOperationException($"{Name} is on a medium without stations.");
}
