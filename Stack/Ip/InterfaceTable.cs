using UserNet.Addressing;

namespace UserNet.Ip;

/// <summary>The interfaces of a host, and whose an address is.</summary>
/// <remarks>Changed by <see cref="HostAddressing"/> only. Gate held.</remarks>
public sealed class InterfaceTable
{
    private readonly List<InterfaceEntry> _entries = [];
    private readonly Dictionary<uint, InterfaceEntry> _byIndex = [];
    // The newest; older ones hang on it.
    private readonly Dictionary<InetAddress, InterfaceAddress> _byAddress = [];

    private InterfaceEntry? _last;      // packets come and go in runs; interfaces stay for good

    internal InterfaceTable()
    {
    }

    /// <summary>The interfaces in the order in which they were added, the loopback interface first.</summary>
    public IReadOnlyList<InterfaceEntry> Entries => _entries;

    internal List<InterfaceEntry> List => _entries;

    /// <summary>Changes whenever an address comes, goes, or is another source than before.</summary>
    internal int Version { get; private set; }

    internal void Touch() => Version++;

    /// <summary>The interface with this index, or null.</summary>
    public InterfaceEntry? Find(uint index)
    {
        if (_last is { } last && last.Index == index) return last;
        if (_byIndex.TryGetValue(index, out InterfaceEntry? entry)) _last = entry;
        return entry;
    }

    /// <summary>The interface with this name, or null. Names are compared octet by octet.</summary>
    public InterfaceEntry? Find(string name)
    {
        foreach (InterfaceEntry entry in _entries)
            if (string.Equals(entry.Name, name, StringComparison.Ordinal)) return entry;
        return null;
    }

    /// <summary>The newest interface address with these octets, or null; constant time.</summary>
    public InterfaceAddress? Find(InetAddress address) => _byAddress.GetValueOrDefault(address);

    /// <summary>The address on the given interface, or null; constant time.</summary>
    public InterfaceAddress? Find(InetAddress address, uint device)
    {
        InterfaceAddress? candidate = _byAddress.GetValueOrDefault(address);
        while (candidate is not null && candidate.Interface.Index != device) candidate = candidate.OlderTwin;
        return candidate;
    }

    internal InterfaceEntry Add(string name, uint index, bool isLoopback)
    {
        if (index == 0)
        {
            index = 1;
            while (_byIndex.ContainsKey(index)) index++;
        }

        InterfaceEntry entry = new(this, index, name, isLoopback);
        _byIndex.Add(index, entry);
        _entries.Add(entry);
        return entry;
    }

    internal void Link(InterfaceAddress address)
    {
        Touch();
        address.Interface.Insert(address);
        address.OlderTwin = _byAddress.GetValueOrDefault(address.Address);
        _byAddress[address.Address] = address;
    }

    internal void Unlink(InterfaceAddress address)
    {
        Touch();
        (address.Address.IsV6 ? address.Interface.V6 : address.Interface.V4).Remove(address);
        InterfaceAddress newest = _byAddress[address.Address];
        if (newest != address)
        {
            while (newest.OlderTwin != address) newest = newest.OlderTwin!;
            newest.OlderTwin = address.OlderTwin;
        }
        else if (address.OlderTwin is { } older)
        {
            _byAddress[address.Address] = older;
        }
        else
        {
            _byAddress.Remove(address.Address);
        }
    }
}
