using UserNet.Binding;
using UserNet.Buffers;
using UserNet.Doors;
using UserNet.Ip;
using UserNet.Link;
using UserNet.Time;
using UserNet.Udp;
using UserNet.Wire;

namespace UserNet.Core;

// A packet's way in.
internal sealed partial class StackCore
{
    private void OnFrames(LinkPort port, ReadOnlySpan<LinkFrame> frames, Span<DropReason> verdicts)
    {
        using (Enter())
        {
            Timestamp now = Now;
            for (int i = 0; i < frames.Length; i++)
            {
                DropReason reason = OnFrame(port, frames[i], now);
                if (reason != DropReason.None) CountDrop(port, reason);
                if (!verdicts.IsEmpty) verdicts[i] = reason;
            }
        }
    }

    private void CountDrop(LinkPort port, DropReason reason)
    {
        port.Counters.DropsIn++;
        Context.Drops.Count(reason);
    }

    /// <summary>From the link to whoever it is for.</summary>
    private DropReason OnFrame(LinkPort port, in LinkFrame frame, Timestamp now)
    {
        port.Counters.FramesIn++;
        port.Counters.OctetsIn += frame.Octets.Length;
        DropReason reason = port.Receive(frame, out FrameContent content);
        if (reason != DropReason.None) return reason;
        return content.Type switch
        {
            EtherType.Ipv4 or EtherType.Ipv6 when frame.Offload.IsMany => OnMany(port, content, frame.Offload, now),
            EtherType.Ipv4 => OnIpv4(port, content, frame.Offload.ChecksumIsGood || frame.Offload.NeedsChecksum, now),
            EtherType.Arp when port is EthernetPort ethernet => IsUp(port) ? ethernet.Arp.Receive(content, now) : DropReason.InterfaceDown,
            _ => DropReason.FrameUnknownProtocol,
        };
    }

    /// <summary>
    /// The interface that a packet counts as arriving on: what this host sends to itself comes to the interface that has
    /// the address, as Linux has it. Gate held.
    /// </summary>
    public uint DeviceOf(in IpArrival arrival) =>
        arrival.Port.Index == HostAddressing.LoopbackIndex && arrival.Role == AddressRole.Local
        && Host!.DeviceOf(arrival.Destination) is > 0 and var owner ? owner : arrival.Port.Index;

    private bool IsUp(LinkPort port) => Host!.Interfaces.Find(port.Index) is { IsUp: true };

    private DropReason OnIpv4(LinkPort port, in FrameContent content, bool checksumIsGood, Timestamp now)
    {
        Context.Counters.Count(Counter.IpInReceives);
        DropReason reason = Input!.Receive(port, content, checksumIsGood, now, out IpArrival arrival, out bool isWhole);
        if (reason != DropReason.None || !isWhole) return reason;
        if (arrival.Role == AddressRole.Foreign) return Forwarding!.Forward(arrival, now);
        reason = Deliver(arrival, now);
        arrival.Reassembled?.Return();
        return reason;
    }

    private DropReason Deliver(in IpArrival arrival, Timestamp now)
    {
        if (arrival.Role == AddressRole.Multicast && !HearsGroup(arrival)) return DropReason.IpGroupNotJoined;
        DropReason reason = DeliverByProtocol(arrival, isTaken: DeliverRaw(arrival, now), now);
        if (reason != DropReason.IpUnknownProtocol) Context.Counters.Count(Counter.IpInDelivers);
        return reason;
    }

    private DropReason DeliverByProtocol(in IpArrival arrival, bool isTaken, Timestamp now)
    {
        switch (arrival.Protocol)
        {
            case IpProtocol.Icmp:
                return OnIcmp(arrival, isTaken, now);
            case IpProtocol.Igmp:
                return Groups!.Receive(arrival, now);
            case IpProtocol.Udp:
                return OnUdp(arrival, now);
            case IpProtocol.Tcp:
                return OnTcp(arrival, now);
            default:
                if (isTaken) return DropReason.None;
                Icmp!.SendError(arrival, Icmpv4Type.DestinationUnreachable, (byte)UnreachableCode.Protocol, 0, now);
                return DropReason.IpUnknownProtocol;
        }
    }

    private DropReason OnUdp(in IpArrival arrival, Timestamp now)
    {
        DropReason reason = UdpInput.Check(arrival.Payload, arrival.Source, arrival.Destination, arrival.ChecksumIsGood, out UdpDatagram datagram);
        if (reason != DropReason.None) return reason;
        if (arrival.Role != AddressRole.Local) return DeliverToMany(arrival, datagram, now);
        Holder? holder = Engine.Table.Udp.Find(
            arrival.Destination, datagram.DestinationPort, arrival.Source, datagram.SourcePort, DeviceOf(arrival));
        if (holder?.Owner is IDatagramReceiver receiver)
        {
            reason = receiver.OnDatagram(arrival, datagram.SourcePort, datagram.Payload, now);
            if (reason == DropReason.None) Context.Counters.Count(Counter.UdpInDatagrams);
            return reason;
        }

        Icmp!.SendError(arrival, Icmpv4Type.DestinationUnreachable, (byte)UnreachableCode.Port, 0, now);
        return DropReason.UdpNoPort;
    }
}
