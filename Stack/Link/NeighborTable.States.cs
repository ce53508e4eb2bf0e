using UserNet.Addressing;
using UserNet.Buffers;
using UserNet.Doors;
using UserNet.Time;
using UserNet.Wire;

namespace UserNet.Link;

// The states of a neighbor, what time does to them, and the packets that wait meanwhile.
public sealed partial class NeighborTable
{
    private static readonly TimeSpan RedrawInterval = TimeSpan.FromMinutes(5);

    private TimeSpan _reachableTime;
    private Timestamp _redraw;         // when the reachable time is drawn anew

    /// <summary>A neighbor has not answered in time, or had time to show that it is there.</summary>
    internal void OnExpired(Neighbor neighbor, Timestamp now)
    {
        if (neighbor.State == NeighborState.Delay)
        {
            neighbor.State = NeighborState.Probe;
            neighbor.Asked = 0;
        }

        if (neighbor.Asked < Settings.Requests) Ask(neighbor, now);
        // Perhaps its station is another by now: the next packet asks all.
        else if (neighbor.State != NeighborState.Probe) GiveUp(neighbor, Settings.HoldDown, now);
        else if (neighbor.Address.IsV6) GiveUp(neighbor, TimeSpan.Zero, now);
        else Forget(neighbor, DropReason.NeighborUnresolved);
    }

    /// <summary>Begins to ask for a neighbor, and has the packet wait.</summary>
    private void Resolve(Neighbor? neighbor, PacketBuffer packet, InetAddress address, Timestamp now)
    {
        if (_resolving.Count >= Settings.ResolvingCapacity || (neighbor is null && !MakeRoom(mayEvictUsed: true)))
        {
            _port.DropOutbound(packet, DropReason.NeighborTableFull);
            return;
        }

        neighbor ??= Add(address);
        neighbor.State = NeighborState.Incomplete;
        neighbor.Asked = 0;
        neighbor.Updated = now;
        _resolving.Append(neighbor);
        Wait(neighbor, packet);
        Ask(neighbor, now);
    }

    private void Ask(Neighbor neighbor, Timestamp now)
    {
        neighbor.Asked++;
        Arm(neighbor, now + Settings.RetryInterval);
        _protocol.Ask(neighbor.Address, neighbor.State == NeighborState.Probe ? neighbor.Station : null, SourceOfWaiting(neighbor));
    }

    private static InetAddress SourceOfWaiting(Neighbor neighbor) =>
        neighbor.Address.IsV6 && neighbor.Waiting.First is { } packet && Ipv6Packet.TryParse(packet.Span, out Ipv6Packet waiting)
            ? waiting.Source : InetAddress.AnyV6;

    /// <summary>Nobody answered: what waits fails, and so does what comes in the next seconds.</summary>
    private void GiveUp(Neighbor neighbor, TimeSpan holdDown, Timestamp now)
    {
        InetAddress address = neighbor.Address;
        Disarm(neighbor);
        neighbor.State = NeighborState.Failed;
        neighbor.Until = now + holdDown;
        _failed.Append(neighbor);
        PacketChain waiting = TakeWaiting(neighbor);
        // The host may send errors about them, and so come back here: the entry is not touched any more.
        while (waiting.Take() is { } packet) Fail(packet, now);
        Tell(address, NeighborNews.Unreachable, now);
    }

    private void Tell(InetAddress address, NeighborNews news, Timestamp now)
    {
        if (address.IsV6) _context.Host.OnNeighborChanged(address, _port.Index, news, now);
    }

    private void Fail(PacketBuffer packet, Timestamp now)
    {
        _port.Counters.DropsOut++;
        _context.Drops.Count(DropReason.NeighborUnresolved);
        _context.Host.OnUnresolved(packet, _port.Index, now);
    }

    private void SetReachable(Neighbor neighbor, Timestamp now)
    {
        Disarm(neighbor);
        if (now >= _redraw)
        {
            // RFC 4861 §6.3.2: uniformly from half the time to one and a half.
            const uint parts = 1 << 20;
            _reachableTime = Settings.ReachableTime * (0.5 + (_context.Random.Below(parts) / (double)parts));
            _redraw = now + RedrawInterval;
        }

        neighbor.State = NeighborState.Reachable;
        neighbor.Updated = now;
        neighbor.Until = now + _reachableTime;
    }

    private void SetStale(Neighbor neighbor, MacAddress station, Timestamp now)
    {
        Disarm(neighbor);
        neighbor.Station = station;
        neighbor.State = NeighborState.Stale;
        neighbor.Updated = now;
    }

    private void SetDelay(Neighbor neighbor, Timestamp now)
    {
        neighbor.State = NeighborState.Delay;
        Arm(neighbor, now + Settings.DelayFirstProbe);
    }

    private void Arm(Neighbor neighbor, Timestamp due)
    {
        Disarm(neighbor);
        neighbor.Deadline = _context.Deadlines.Add(due, neighbor);
    }

    private void Disarm(Neighbor neighbor)
    {
        _context.Deadlines.Cancel(neighbor.Deadline);
        neighbor.Deadline = default;
    }

    private void Wait(Neighbor neighbor, PacketBuffer packet)
    {
        neighbor.Waiting.Add(packet);
        WaitingPackets++;
        WaitingOctets += packet.Length;
        WaitingMemory += packet.Capacity;
        while (IsTooMuch(neighbor.Waiting) && neighbor.Waiting.Take() is { } oldest)
        {
            WaitingPackets--;
            WaitingOctets -= oldest.Length;
            WaitingMemory -= oldest.Capacity;
            _port.DropOutbound(oldest, DropReason.NeighborQueueFull);
        }
    }

    private bool IsTooMuch(in PacketChain waiting) =>
        waiting.Count > Settings.WaitingPackets
        || (waiting.Octets > Settings.WaitingOctets && waiting.Count > 1)
        || WaitingPackets > Settings.TotalWaitingPackets
        || WaitingMemory > Settings.TotalWaitingMemory;

    private PacketChain TakeWaiting(Neighbor neighbor)
    {
        PacketChain waiting = neighbor.Waiting;
        neighbor.Waiting = default;
        WaitingPackets -= waiting.Count;
        WaitingOctets -= waiting.Octets;
        WaitingMemory -= waiting.Memory;
        return waiting;
    }

    private void Flush(Neighbor neighbor)
    {
        if (neighbor.Waiting.Count == 0) return;
        EtherType type = neighbor.Address.IsV6 ? EtherType.Ipv6 : EtherType.Ipv4;
        MacAddress station = neighbor.Station;
        PacketChain waiting = TakeWaiting(neighbor);
        while (waiting.Take() is { } packet) _port.SendTo(packet, type, station);
    }
}
