using UserNet.Binding;
using UserNet.Doors;
using UserNet.Ip;
using UserNet.Link;
using UserNet.Time;
using UserNet.Wire;

namespace UserNet.Core;

// What this host sends to many, and is itself one of.
internal sealed partial class StackCore
{
    /// <summary>
    /// Delivers the copies that come back, as the last thing before the gate is left: so whoever sent to a group of his
    /// own finds the packet there when his call returns. Gate held.
    /// </summary>
    /// <remarks>As many as can wait; what comes up meanwhile is for the next to leave, so that nobody stays for ever.</remarks>
    private void DeliverLooped()
    {
        if (Output is not { Looped: { Count: > 0 } looped }) return;
        Timestamp now = Now;
        for (int left = LoopedPackets.Capacity; left > 0 && looped.TryTake(out LoopedPacket one); left--)
        {
            DropReason reason = Deliver(one, now);
            // That nobody here listens to what goes out is nothing amiss.
            bool isNobodys = reason is DropReason.IpGroupNotJoined or DropReason.IpUnknownProtocol or DropReason.Ip6GroupNotJoined
                or DropReason.Ip6UnknownProtocol or DropReason.UdpNoPort or DropReason.SocketFiltered;
            if (reason != DropReason.None && !isNobodys) Context.Drops.Count(reason);
            one.Packet.Return();
        }
    }

    private DropReason Deliver(in LoopedPacket looped, Timestamp now)
    {
        if (looped.Packet.Span is [var first, ..] && first >> 4 == 6) return DeliverV6(looped, now);
        if (!Ipv4Packet.TryParse(looped.Packet.Span, out Ipv4Packet packet)) return DropReason.IpMalformed;
        var arrival = new IpArrival
        {
            Packet = packet,
            Port = looped.Port,
            Cast = looped.Role == AddressRole.Multicast ? LinkCast.Multicast : LinkCast.Broadcast,
            Role = looped.Role,
            ChecksumIsGood = true,
        };
        return Deliver(arrival, now);
    }

    private DropReason DeliverV6(in LoopedPacket looped, Timestamp now)
    {
        if (!Ipv6Packet.TryParse(looped.Packet.Span, out Ipv6Packet packet)) return DropReason.Ip6Malformed;
        var walk = new Ipv6Extensions(packet);
        if (!walk.MoveToEnd() || walk.IsFragment) return DropReason.Ip6BadExtension;
        var arrival = new IpArrival
        {
            PacketV6 = packet,
            UpperProtocol = walk.Next,
            UpperOffset = walk.Offset,
            NextHeaderOffset = walk.NextHeaderOffset,
            Port = looped.Port,
            Cast = LinkCast.Multicast,
            Role = AddressRole.Multicast,
            ChecksumIsGood = true,
        };
        return DeliverV6(arrival, now);
    }
}
