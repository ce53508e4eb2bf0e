using System.Net.NetworkInformation;
using UserNet.Addressing;

namespace UserNet.Binding;

/// <summary>What makes holders alike when an automatic choice looks for a free port: whom they share with, and where.</summary>
/// <remarks>The owner counts only with SO_REUSEPORT; ports that only connects chose are shared between destinations.</remarks>
internal readonly struct DomainKey : IEquatable<DomainKey>
{
    private const int ListeningBit = 8, TimeWaitBit = 9, ConnectBit = 10;

    private readonly ulong _terms;
    private readonly uint _uid;

    private DomainKey(ulong terms, uint uid)
    {
        _terms = terms;
        _uid = uid;
    }

    public Sharing Sharing => (Sharing)(byte)_terms;

    public uint Device => (uint)(_terms >> 32);

    public uint Uid => _uid;

    public bool ReusesPort => (Sharing & Sharing.ReusePort) != 0;

    public bool IsListening => (_terms >> ListeningBit & 1) != 0;

    public bool IsTimeWait => (_terms >> TimeWaitBit & 1) != 0;

    public bool IsConnectBound => (_terms >> ConnectBit & 1) != 0;

    /// <summary>The terms of a holder, whoever its owner is.</summary>
    public static DomainKey TermsOf(Holder holder)
    {
        ref readonly Claim claim = ref holder.Claim;
        ulong terms = (ulong)claim.Device << 32 | (byte)claim.Sharing;
        if (holder.State == TcpState.Listen) terms |= 1u << ListeningBit;
        else if (holder.State == TcpState.TimeWait) terms |= 1u << TimeWaitBit;
        if (holder.Origin == HolderOrigin.Connect) terms |= 1u << ConnectBit;
        return new DomainKey(terms, 0);
    }

    /// <summary>The same terms with an owner.</summary>
    public DomainKey OwnedBy(uint uid) => new(_terms, uid);

    public bool Equals(DomainKey other) => _terms == other._terms && _uid == other._uid;

    public override bool Equals(object? obj) => obj is DomainKey other && Equals(other);

    public override int GetHashCode() => (int)(_terms ^ (_terms >> 32) ^ _uid);
}

/// <summary>
/// The ports of all holders that are alike, as sets by what they cover: all of IPv4, all of IPv6, all of both, some IPv4
/// address, some IPv6 address with or without a rest of IPv4, and one set an address.
/// </summary>
/// <param name="key">What they have in common.</param>
/// <param name="home">Whose it is.</param>
/// <param name="dense">Whether to expect many.</param>
/// <remarks>A request is blocked by the sets that its claim overlaps, in those domains that it may not share with. Gate held.</remarks>
internal sealed class SharingDomain(DomainKey key, SharingDomains home, bool dense)
{
    private const int MostEmptySets = 256;
    private const Coverage Both = Coverage.AllV4 | Coverage.AllV6;

    private readonly PortSet _allV4 = new(dense), _allV6 = new(dense), _allBoth = new(dense);
    private readonly PortSet _oneV4 = new(dense), _oneV6 = new(dense), _rest = new(dense);
    private readonly Dictionary<InetAddress, PortSet> _byAddress = [];
    private Coverage _restCovers;          // what the holders in _rest cover: all do alike
    private int _emptySets;
    private InetAddress _lastAddress;      // whose set was asked for last: a bind asks twice, and programs stay with an address
    private PortSet? _lastSet;

    public DomainKey Key { get; } = key;

    /// <summary>Whose it is; null once it has been dropped.</summary>
    public SharingDomains? Home { get; set; } = home;

    /// <summary>How many holders are in.</summary>
    public int Count { get; private set; }

    /// <summary>Marks the holder's port.</summary>
    public void Add(Holder holder)
    {
        Count++;
        ref readonly Claim claim = ref holder.Claim;
        PortSet covering = SetOf(claim.Covers);
        covering.Add(holder.Port);
        if (covering == _rest) _restCovers = claim.Covers;
        if ((claim.Covers & Both) != 0) return;
        PortSet ports = SetOf(claim.Address);
        if (ports.Count == 0) _emptySets--;
        ports.Add(holder.Port);
    }

    /// <summary>Takes the mark back.</summary>
    public void Remove(Holder holder)
    {
        Count--;
        SetOf(holder.Claim.Covers).Remove(holder.Port);
        if ((holder.Claim.Covers & Both) != 0) return;
        PortSet ports = SetOf(holder.Claim.Address);
        ports.Remove(holder.Port);
        if (ports.Count == 0 && ++_emptySets > MostEmptySets) DropEmptySets();
    }

    /// <summary>Has the search avoid every port of this domain that the claim would overlap.</summary>
    public void Block(PortSearch search, in Claim claim)
    {
        Coverage covers = claim.Covers;
        bool v4 = (covers & (Coverage.AllV4 | Coverage.OneV4)) != 0, v6 = (covers & (Coverage.AllV6 | Coverage.OneV6)) != 0;
        search.Avoid(_allBoth);
        if (v4) search.Avoid(_allV4);
        if (v6) search.Avoid(_allV6);
        if ((covers & Coverage.AllV4) != 0) search.Avoid(_oneV4);
        if ((covers & Coverage.AllV6) != 0) search.Avoid(_oneV6);
        if ((covers & Coverage.AllV6) != 0 || claim.MeetsRest(_restCovers)) search.Avoid(_rest);
        if ((covers & Both) == 0) search.Avoid(Find(claim.Address));
    }

    /// <summary>Has the search avoid every port of this domain.</summary>
    public void BlockAll(PortSearch search)
    {
        search.Avoid(_allBoth);
        search.Avoid(_allV4);
        search.Avoid(_allV6);
        search.Avoid(_oneV4);
        search.Avoid(_oneV6);
        search.Avoid(_rest);
    }

    private PortSet SetOf(Coverage covers) => covers switch
    {
        Coverage.AllV4 => _allV4,
        Coverage.AllV6 => _allV6,
        Both => _allBoth,
        Coverage.OneV4 => _oneV4,
        Coverage.OneV6 => _oneV6,
        _ => _rest,
    };

    private PortSet SetOf(InetAddress address)
    {
        if (Find(address) is { } known) return known;
        _emptySets++;
        _lastAddress = address;
        return _lastSet = _byAddress[address.Unmap()] = new PortSet();
    }

    private PortSet? Find(InetAddress address)
    {
        if (_lastSet is not null && _lastAddress.HasSameOctets(address)) return _lastSet;
        if (!_byAddress.TryGetValue(address.Unmap(), out PortSet? ports)) return null;
        _lastAddress = address;
        return _lastSet = ports;
    }

    private void DropEmptySets()
    {
        foreach ((InetAddress address, PortSet ports) in _byAddress)
            if (ports.Count == 0) _byAddress.Remove(address);
        _emptySets = 0;
        _lastSet = null;
    }
}
