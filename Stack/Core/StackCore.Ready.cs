using UserNet.Addressing;
using UserNet.Ip;
using UserNet.Link;

namespace UserNet.Core;

// Who waits until addresses are fit for use.
internal sealed partial class StackCore
{
    private readonly List<ReadyWait> _readyWaits = [];

    /// <summary>Begins to wait; null where there is nothing to wait for. Gate held.</summary>
    public ReadyWait? WaitUntilReady(InterfaceEntry entry)
    {
        if (IsReady(entry)) return null;
        ReadyWait wait = new(this, entry);
        _readyWaits.Add(wait);
        Waiting.Add(wait);
        return wait;
    }

    /// <summary>Ends a wait, whatever it waits for. Twice does nothing. Gate held.</summary>
    public void EndWait(ReadyWait wait)
    {
        if (!_readyWaits.Remove(wait)) return;
        Waiting.Remove(wait);
        Wake(wait);
    }

    /// <summary>Ends the waits for an interface if there is nothing to wait for any more. Gate held.</summary>
    private void EndWaits(InterfaceEntry entry)
    {
        if (_readyWaits.Count == 0 || !IsReady(entry)) return;
        for (int i = _readyWaits.Count - 1; i >= 0; i--)
            if (_readyWaits[i].Entry == entry) EndWait(_readyWaits[i]);
    }

    private static bool IsReady(InterfaceEntry entry)
    {
        foreach (InterfaceAddress own in entry.V6)
            if (own.Is(AddressTraits.Tentative) && !own.Is(AddressTraits.Duplicate) && !entry.IsV6Disabled) return false;
        foreach (InterfaceAddress own in entry.V4)
            if (own.Is(AddressTraits.Tentative) && !IsRefused(entry, own.Address)) return false;
        return true;
    }

    private static bool IsRefused(InterfaceEntry entry, InetAddress address) =>
        entry.Port is EthernetPort port && port.Conflicts.IsRefused(address);
}
