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
            bool isNobodys = reason is DropReason.IpGroupNotJoined or DropReason.IpUnknownProtocol or DropReason.UdpNoPort or DropReason.SocketFiltered;
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

    /// <summary>What the host sent it reads again, as if it had come by the wire.</summary>
    private DropReason DeliverV6(in LoopedPacket looped, Timestamp now)
    {
        var content = new FrameContent { Type = EtherType.Ipv6, Cast = LinkCast.Multicast, Payload = looped.Packet.Span };
        return OnIpv6(looped.Port, content, checksumIsGood: true, now);
    }
}
