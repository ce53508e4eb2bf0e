using UserNet.Addressing;
using UserNet.Ip;
using UserNet.Link;
using UserNet.Time;

namespace UserNet.Core;

// What links have to know of the host's addresses: which to announce and defend, and which turned out to be somebody else's.
internal sealed partial class StackCore : IAddressObserver
{
    void IAddressObserver.OnAdded(InterfaceAddress address)
    {
        ListenFor(address, address.Interface.Port);
        if (address.Interface.Port is { IsStarted: true } port) Claim(port, address);
        Routers!.OnAdded(address, Now);
    }

    void IAddressObserver.OnRemoved(InterfaceAddress address)
    {
        StopListeningFor(address);
        Discovery!.Duplicates.Stop(address);
        EndWaits(address.Interface);
        Routers!.OnRemoved(address);
        // It may have the address with another prefix, too.
        if (address.Interface.Port is EthernetPort port && address.Interface.Find(address.Address) is null)
            port.Conflicts.Remove(address.Address);
    }

    void IAddressObserver.OnConfirmed(InterfaceAddress address)
    {
        Discovery!.Duplicates.Stop(address);      // where the user confirmed it
        OnUsable(address);
        if (address.Address.IsV6 && address.Interface is { AnnouncesV6: true, Port: EthernetPort port })
            Discovery!.Announce(port, address.Address);
        Routers!.OnConfirmed(address, Now);
        EndWaits(address.Interface);
    }

    void IAddressObserver.OnDuplicate(InterfaceAddress address)
    {
        Routers!.OnDuplicate(address, Now);
        EndWaits(address.Interface);
    }

    void IAddressObserver.OnUp(InterfaceEntry entry)
    {
        if (entry.Port is { IsStarted: true } port) ClaimAll(port, entry);
        Groups!.OnUpChanged(entry);
        OnReady(entry);
    }

    void IAddressObserver.OnDown(InterfaceEntry entry)
    {
        Routers!.OnDown(entry);
        Groups!.OnUpChanged(entry);
        if (entry.Port is EthernetPort port) port.Forget();
    }

    bool ILinkHost.IsOwnStation(MacAddress station)
    {
        foreach (LinkPort port in _ports)
            if (port is EthernetPort { IsClosed: false } ethernet && ethernet.Address == station) return true;
        return false;
    }

    void ILinkHost.OnAddressConfirmed(InetAddress address, uint device, Timestamp now)
    {
        if (Host!.Interfaces.Find(device) is { } entry) Host.ConfirmAll(entry, address);
    }

    void ILinkHost.OnAddressConflict(in AddressConflict conflict)
    {
        if (Host!.Interfaces.Find(conflict.Device) is not { } entry) return;
        if (conflict.Outcome == ConflictOutcome.GivenUp) Host.RemoveAll(entry, conflict.Address);
        EndWaits(entry);
    }

    void ILinkHost.OnNeighborChanged(InetAddress neighbor, uint device, NeighborNews news, Timestamp now) =>
        Routers!.OnNeighborChanged(neighbor, device, news);

    /// <summary>The link delivers now: the addresses that the interface had before are announced or probed.</summary>
    // One that advertises speaks IPv6 though it has no address of its own besides.
    private void OnReady(InterfaceEntry entry)
    {
        Timestamp now = Now;
        Routers!.OnReady(entry, now);
        if (Discovery!.AdvertiserOf(entry.Index) is not null) Routers.Speak(entry, now);
    }

    private void OnStarted(LinkPort port)
    {
        using (Enter())
        {
            port.IsStarted = true;
            if (Host!.Interfaces.Find(port.Index) is { IsUp: true } entry)
            {
                ClaimAll(port, entry);
                OnReady(entry);
            }
        }
    }

    private void ClaimAll(LinkPort port, InterfaceEntry entry)
    {
        for (int i = 0; i < entry.V4Addresses.Count; i++) Claim(port, entry.V4Addresses[i]);
        for (int i = 0; i < entry.V6Addresses.Count; i++) Claim(port, entry.V6Addresses[i]);
    }

    private void Claim(LinkPort port, InterfaceAddress address)
    {
        if (!address.Interface.IsUp) return;
        bool isTentative = address.Is(AddressTraits.Tentative);
        if (address.Address.IsV6) ClaimV6(port, address, isTentative);
        else if (port is EthernetPort ethernet) ethernet.Conflicts.Add(address.Address, isTentative, Now);
        else if (isTentative) Host!.ConfirmAll(address.Interface, address.Address);
    }

    private void ClaimV6(LinkPort port, InterfaceAddress address, bool isTentative)
    {
        if (!isTentative)
        {
            if (address.Interface.AnnouncesV6 && port is EthernetPort told) Discovery!.Announce(told, address.Address);
        }
        else if (address.Is(AddressTraits.Duplicate))
        {
            // It is another host's, and stays it until the interface has been down.
        }
        else if (port is EthernetPort ethernet)
        {
            Discovery!.Duplicates.Start(ethernet, address, Now);
        }
        else
        {
            Host!.ConfirmOne(address);
        }
    }
}
