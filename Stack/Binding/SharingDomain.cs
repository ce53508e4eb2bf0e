using UserNet.Addressing;

namespace UserNet.Binding;

/// <summary>What makes holders alike when an automatic choice looks for a free port: whom they share with, and where.</summary>
/// <remarks>The owner counts only with SO_REUSEPORT; ports that only connects chose are shared between destinations.</remarks>
internal readonly record struct DomainKey(
    Sharing Sharing, uint Device, uint Uid, bool IsListening, bool IsTimeWait, bool IsConnectBound)
{
    public static DomainKey Of(Holder holder)
    {
        Claim claim = holder.Claim;
        return new DomainKey(
            claim.Sharing, claim.Device, claim.ReusesPort ? claim.Uid : 0, holder.IsListening,
            holder.State == System.Net.NetworkInformation.TcpState.TimeWait, holder.Origin == HolderOrigin.Connect);
    }
}

/// <summary>
/// The ports of all holders that are alike, as sets by what they cover: all of IPv4, some of IPv4, the same of IPv6, and one
/// set an address.
/// </summary>
/// <remarks>A request is blocked by the sets that its claim overlaps, in those domains that it may not share with. Gate held.</remarks>
internal sealed class SharingDomain(DomainKey key)
{
    private const int MostEmptySets = 256;

    private readonly PortSet _allV4 = new(dense: true), _someV4 = new(dense: true);
    private readonly PortSet _allV6 = new(dense: true), _someV6 = new(dense: true);
    private readonly Dictionary<InetAddress, PortSet> _byAddress = [];
    private int _emptySets;

    public DomainKey Key { get; } = key;

    /// <summary>How many holders are in.</summary>
    public int Count { get; private set; }

    /// <summary>Marks the holder's port.</summary>
    public void Add(Holder holder)
    {
        Count++;
        holder.Domain = this;
        ushort port = holder.Port;
        Coverage covers = holder.Claim.Covers;
        if ((covers & (Coverage.AllV4 | Coverage.OneV4)) != 0) _someV4.Add(port);
        if ((covers & (Coverage.AllV6 | Coverage.OneV6)) != 0) _someV6.Add(port);
        if ((covers & Coverage.AllV4) != 0) _allV4.Add(port);
        if ((covers & Coverage.AllV6) != 0) _allV6.Add(port);
        if ((covers & (Coverage.OneV4 | Coverage.OneV6)) == 0) return;
        PortSet ports = holder.AddressPorts = SetOf(holder.Claim.Address);
        if (ports.Count == 0 && _emptySets > 0) _emptySets--;
        ports.Add(port);
    }

    /// <summary>Takes the mark back.</summary>
    public void Remove(Holder holder)
    {
        Count--;
        holder.Domain = null;
        ushort port = holder.Port;
        Coverage covers = holder.Claim.Covers;
        if ((covers & (Coverage.AllV4 | Coverage.OneV4)) != 0) _someV4.Remove(port);
        if ((covers & (Coverage.AllV6 | Coverage.OneV6)) != 0) _someV6.Remove(port);
        if ((covers & Coverage.AllV4) != 0) _allV4.Remove(port);
        if ((covers & Coverage.AllV6) != 0) _allV6.Remove(port);
        if (holder.AddressPorts is not { } ports) return;
        holder.AddressPorts = null;
        ports.Remove(port);
        if (ports.Count == 0 && ++_emptySets > MostEmptySets) DropEmptySets();
    }

    /// <summary>Has the search avoid every port of this domain that the claim would overlap.</summary>
    public void Block(PortSearch search, in Claim claim)
    {
        Coverage covers = claim.Covers;
        if ((covers & Coverage.AllV4) != 0) search.Avoid(_someV4);
        else if ((covers & Coverage.OneV4) != 0) search.Avoid(_allV4);
        if ((covers & Coverage.AllV6) != 0) search.Avoid(_someV6);
        else if ((covers & Coverage.OneV6) != 0) search.Avoid(_allV6);
        if ((covers & (Coverage.OneV4 | Coverage.OneV6)) != 0 && _byAddress.TryGetValue(KeyOf(claim.Address), out PortSet? ports))
            search.Avoid(ports);
    }

    /// <summary>Has the search avoid every port of this domain.</summary>
    public void BlockAll(PortSearch search)
    {
        search.Avoid(_someV4);
        search.Avoid(_someV6);
    }

    private static InetAddress KeyOf(InetAddress address) => address.Unmap();

    private PortSet SetOf(InetAddress address)
    {
        address = KeyOf(address);
        if (_byAddress.TryGetValue(address, out PortSet? ports)) return ports;
        _emptySets++;
        return _byAddress[address] = new PortSet();
    }

    private void DropEmptySets()
    {
        foreach ((InetAddress address, PortSet ports) in _byAddress)
            if (ports.Count == 0) _byAddress.Remove(address);
        _emptySets = 0;
    }
}
