using UserNet.Addressing;
using UserNet.Time;

namespace UserNet.Link;

/// <summary>An entry of a <see cref="NeighborTable"/>, which alone changes it; used again once its neighbor is forgotten.</summary>
/// <remarks>Gate held.</remarks>
internal sealed class Neighbor(NeighborTable table) : IExpires
{
    public InetAddress Address;
    public MacAddress Station;         // known in all states but Incomplete and Failed
    public NeighborState State;
    public bool IsRouter;              // it said so: IPv6 only
    public int Asked;                  // requests since the last answer
    public Timestamp Until;            // Reachable: until then; Failed: packets fail until then
    public Timestamp Updated;          // the station was learned or confirmed; or the first request was sent
    public Deadline Deadline;          // of Incomplete, Delay and Probe
    public PacketChain Waiting;        // of Incomplete
    public Neighbor? Older, Newer;     // its place in the list
    public NeighborList? List;

    public bool HasStation => State is not (NeighborState.Incomplete or NeighborState.Failed);

    public void OnExpired(Timestamp now) => table.OnExpired(this, now);
}

/// <summary>Neighbors in the order in which they came, or were last used; each is in one list at most.</summary>
internal sealed class NeighborList
{
    public Neighbor? Oldest { get; private set; }

    public Neighbor? Newest { get; private set; }

    public int Count { get; private set; }

    /// <summary>Puts a neighbor behind all others, and takes it out of the list that it was in.</summary>
    public void Append(Neighbor neighbor)
    {
        if (Newest == neighbor) return;
        neighbor.List?.Remove(neighbor);
        neighbor.List = this;
        neighbor.Older = Newest;
        if (Newest is null) Oldest = neighbor;
        else Newest.Newer = neighbor;
        Newest = neighbor;
        Count++;
    }

    public void Remove(Neighbor neighbor)
    {
        if (neighbor.Older is null) Oldest = neighbor.Newer;
        else neighbor.Older.Newer = neighbor.Newer;
        if (neighbor.Newer is null) Newest = neighbor.Older;
        else neighbor.Newer.Older = neighbor.Older;
        neighbor.Older = neighbor.Newer = null;
        neighbor.List = null;
        Count--;
    }
}
