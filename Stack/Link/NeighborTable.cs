using UserNet.Addressing;
using UserNet.Buffers;
using UserNet.Doors;
using UserNet.Time;
using UserNet.Wire;

namespace UserNet.Link;

/// <summary>
/// Which station has which address, on one Ethernet link: packets wait here until it is known, and what is known is
/// asked anew when it is old. RFC 1122 §2.3.2, and the states of RFC 4861 §7.3. What ARP says is learned by
/// <see cref="Learn"/>, what Neighbor Discovery says by the rules in NeighborTable.Discovery.cs.
/// </summary>
/// <remarks>
/// <para>
/// Bounded by <see cref="NeighborSettings"/>: 1,024 neighbors, 256 of them being asked for, and 2 MiB of packets that
/// wait, less than 5 MiB together on a link with an MTU of 1,500. When it is full, those go first that did not answer,
/// then those that asked for this host and were never sent anything, so that no storm of ARP requests drives out a
/// neighbor in use; then, for one that this host wants to send to, the one that was used longest ago. Neighbors that
/// the user adds are not counted.
/// </para>
/// <para>
/// A reachable neighbor needs no timer: that its time is over shows when it is used next. Nothing allocates once the
/// table has had its largest size. Gate held.
/// </para>
/// </remarks>
public sealed partial class NeighborTable
{
    private readonly EthernetPort _port;
    private readonly INeighborProtocol _protocol;
    private readonly LinkContext _context;
    private readonly Dictionary<InetAddress, Neighbor> _neighbors = [];
    private readonly NeighborList _resolving = new(), _failed = new(), _unused = new(), _used = new(), _permanent = new();
    private readonly NeighborList _free = new();
    private Neighbor? _last;           // most packets go to the neighbor that the one before went to

    internal NeighborTable(EthernetPort port, INeighborProtocol protocol, LinkContext context)
    {
        _port = port;
        _protocol = protocol;
        _context = context;
    }

    /// <summary>Times and bounds; a change holds for what comes.</summary>
    public NeighborSettings Settings
    {
        get;
        set
        {
            if (field.ReachableTime != value.ReachableTime) _redraw = default;
            field = value;
        }
    } = new();

    /// <summary>How many neighbors are known, or known not to answer, or being asked for.</summary>
    public int Count => _neighbors.Count;

    /// <summary>How many packets wait for an answer.</summary>
    public int WaitingPackets { get; private set; }

    /// <summary>How many octets they have.</summary>
    public int WaitingOctets { get; private set; }

    /// <summary>How much memory their buffers take, octets.</summary>
    public int WaitingMemory { get; private set; }

    /// <summary>Gives a neighbor a station that holds until it is removed; packets that waited for it leave.</summary>
    public void AddStatic(InetAddress address, MacAddress station, Timestamp now)
    {
        Neighbor neighbor = Find(address) ?? Add(address);
        Disarm(neighbor);
        neighbor.Station = station;
        neighbor.State = NeighborState.Permanent;
        neighbor.Updated = now;
        _permanent.Append(neighbor);
        Flush(neighbor);
    }

    /// <summary>Forgets a neighbor, also a static one; packets that wait for it are dropped. False when it is not known.</summary>
    public bool Remove(InetAddress address)
    {
        if (Find(address) is not { } neighbor) return false;
        Forget(neighbor, DropReason.NeighborUnresolved);
        return true;
    }

    /// <summary>Forgets all neighbors but static ones, as when the link goes down.</summary>
    public void Clear()
    {
        foreach (NeighborList list in (ReadOnlySpan<NeighborList>)[_resolving, _failed, _unused, _used])
            while (list.Oldest is { } neighbor) Forget(neighbor, DropReason.InterfaceDown);
    }

    /// <summary>
    /// A neighbor was heard by a protocol above, in answer to what was sent to it: it is there, and need not be asked.
    /// RFC 4861 §7.3.1.
    /// </summary>
    public void Confirm(InetAddress address, Timestamp now)
    {
        if (Find(address) is not { State: not NeighborState.Permanent, HasStation: true } neighbor) return;
        bool wasInDoubt = neighbor.State == NeighborState.Probe;
        SetReachable(neighbor, now);
        if (wasInDoubt) Tell(address, NeighborNews.Reachable, now);
    }

    /// <summary>The station of a neighbor, when it is known; it is not asked for.</summary>
    public MacAddress? StationOf(InetAddress address) => Find(address) is { HasStation: true } neighbor ? neighbor.Station : null;

    /// <summary>How sure it is where a neighbor is; null when it is not known at all.</summary>
    public NeighborState? StateOf(InetAddress address, Timestamp now) => Find(address) is { } neighbor ? StateOf(neighbor, now) : null;

    /// <summary>All neighbors, in the order of their addresses.</summary>
    public IReadOnlyList<NeighborRow> Snapshot(Timestamp now)
    {
        var rows = new List<NeighborRow>(_neighbors.Count);
        foreach (NeighborList list in (ReadOnlySpan<NeighborList>)[_resolving, _failed, _unused, _used, _permanent])
            for (Neighbor? neighbor = list.Oldest; neighbor is not null; neighbor = neighbor.Newer)
                rows.Add(new NeighborRow(neighbor.Address, neighbor.HasStation ? neighbor.Station : null, StateOf(neighbor, now), now - neighbor.Updated, neighbor.IsRouter));
        rows.Sort(static (a, b) => (a.Address.High, a.Address.Low).CompareTo((b.Address.High, b.Address.Low)));
        return rows;
    }

    /// <summary>Sends an IP packet to a neighbor, perhaps only once its station is known. The packet becomes the table's.</summary>
    internal void Send(PacketBuffer packet, EtherType type, InetAddress nextHop, Timestamp now)
    {
        Neighbor? neighbor = Find(nextHop);
        if (neighbor is null || (neighbor.State == NeighborState.Failed && now >= neighbor.Until))
        {
            Resolve(neighbor, packet, nextHop, now);
            return;
        }

        switch (neighbor.State)
        {
            case NeighborState.Incomplete:
                Wait(neighbor, packet);
                return;
            case NeighborState.Failed:
                Fail(packet, now);
                return;
            case NeighborState.Stale:
            case NeighborState.Reachable when now >= neighbor.Until:
                SetDelay(neighbor, now);
                break;
        }

        if (neighbor.State != NeighborState.Permanent) _used.Append(neighbor);
        _port.SendTo(packet, type, neighbor.Station);
    }

    /// <summary>A neighbor said where it is.</summary>
    /// <param name="address">The neighbor.</param>
    /// <param name="station">Its station.</param>
    /// <param name="isAnswer">True when this host was told alone, as in an answer to its request.</param>
    /// <param name="isAnnouncement">True when it was said to all, unasked.</param>
    /// <param name="mayAdd">True when the neighbor wants something of this host, which will answer it.</param>
    /// <param name="now">The time.</param>
    /// <returns>True when the table knows the neighbor now.</returns>
    /// <remarks>RFC 826's merge: what is known is brought up to date, and only one who wants something is added.</remarks>
    internal bool Learn(InetAddress address, MacAddress station, bool isAnswer, bool isAnnouncement, bool mayAdd, Timestamp now)
    {
        if (Find(address) is not { } neighbor) return mayAdd && AddHeard(address, station, now) is not null;
        switch (neighbor.State)
        {
            case NeighborState.Permanent:
                break;
            case NeighborState.Failed:
                _used.Append(neighbor);
                SetStale(neighbor, station, now);
                break;
            case NeighborState.Incomplete:
                neighbor.Station = station;
                _used.Append(neighbor);
                if (isAnswer) SetReachable(neighbor, now);
                else SetDelay(neighbor, neighbor.Updated = now);
                Flush(neighbor);
                break;
            default:
                Update(neighbor, station, isAnswer, isAnnouncement, now);
                break;
        }

        return true;
    }

    /// <summary>Adds one that said something, and was never sent anything; null where only neighbors in use could make place.</summary>
    private Neighbor? AddHeard(InetAddress address, MacAddress station, Timestamp now)
    {
        if (!MakeRoom(mayEvictUsed: false)) return null;
        Neighbor neighbor = Add(address);
        _unused.Append(neighbor);
        SetStale(neighbor, station, now);
        return neighbor;
    }

    private void Update(Neighbor neighbor, MacAddress station, bool isAnswer, bool isAnnouncement, Timestamp now)
    {
        bool wasAsked = isAnswer && neighbor.State == NeighborState.Probe, isNew = station != neighbor.Station;
        if (isNew && !isAnnouncement && now < neighbor.Updated + Settings.LockTime) return;
        if (wasAsked)
        {
            neighbor.Station = station;
            SetReachable(neighbor, now);
        }
        else if (isNew)
        {
            SetStale(neighbor, station, now);
        }
    }

    private Neighbor? Find(InetAddress address)
    {
        if (_last is { } last && last.Address == address) return last;
        if (_neighbors.TryGetValue(address, out Neighbor? neighbor)) _last = neighbor;
        return neighbor;
    }

    // Makes an entry; the caller puts it into a list and gives it a state.
    private Neighbor Add(InetAddress address)
    {
        Neighbor? neighbor = _free.Newest;
        if (neighbor is null) neighbor = new Neighbor(this);
        else _free.Remove(neighbor);
        neighbor.Address = address;
        neighbor.IsRouter = false;
        _neighbors.Add(address, neighbor);
        return neighbor;
    }

    private bool MakeRoom(bool mayEvictUsed)
    {
        if (_neighbors.Count - _permanent.Count < Settings.Capacity) return true;
        if ((_failed.Oldest ?? _unused.Oldest ?? (mayEvictUsed ? _used.Oldest : null)) is not { } victim) return false;
        Forget(victim, DropReason.NeighborTableFull);
        return true;
    }

    private void Forget(Neighbor neighbor, DropReason why)
    {
        Disarm(neighbor);
        if (_last == neighbor) _last = null;
        _neighbors.Remove(neighbor.Address);
        PacketChain waiting = TakeWaiting(neighbor);
        _free.Append(neighbor);
        while (waiting.Take() is { } packet) _port.DropOutbound(packet, why);
    }

    private static NeighborState StateOf(Neighbor neighbor, Timestamp now) =>
        neighbor.State == NeighborState.Reachable && now >= neighbor.Until ? NeighborState.Stale : neighbor.State;
}
