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
        bool isMerged = Tcp is not null && frame.Offload is { SegmentSize: not 0, SegmentKind: SegmentKind.None };
        if (isMerged) Tcp!.MergedSize = frame.Offload.SegmentSize;
        reason = OnContent(port, frame, content, now);
        if (isMerged) Tcp!.MergedSize = 0;
        return reason;
    }

    private DropReason OnContent(LinkPort port, in LinkFrame frame, in FrameContent content, Timestamp now) =>
        content.Type switch
        {
            EtherType.Ipv4 or EtherType.Ipv6 when frame.Offload.IsMany => OnMany(port, content, frame.Offload, now),
            EtherType.Ipv4 => OnIpv4(port, content, frame.Offload.ChecksumIsGood || frame.Offload.NeedsChecksum, now),
            EtherType.Ipv6 => OnIpv6(port, content, frame.Offload.ChecksumIsGood || frame.Offload.NeedsChecksum, now),
            EtherType.Arp when port is EthernetPort ethernet => IsUp(port) ? ethernet.Arp.Receive(content, now) : DropReason.InterfaceDown,
            _ => DropReason.FrameUnknownProtocol,
        };

    /// <inheritdoc cref="HostAddressing.DeviceOf(in IpArrival)"/>
    public uint DeviceOf(in IpArrival arrival) => Host!.DeviceOf(arrival);

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

    private DropReason OnIpv6(LinkPort port, in FrameContent content, bool checksumIsGood, Timestamp now)
    {
        Context.Counters.Count(Counter.Ip6InReceives);
        DropReason reason = InputV6!.Receive(port, content, checksumIsGood, now, out IpArrival arrival, out bool isWhole);
        if (reason != DropReason.None || !isWhole) return reason;
        if (arrival.Role == AddressRole.Foreign) return ForwardingV6!.Forward(arrival, now);
        return DeliverV6(arrival, now);
    }

    private DropReason DeliverV6(in IpArrival arrival, Timestamp now)
    {
        if (arrival.Role == AddressRole.Multicast && !HearsGroup(arrival))
        {
            arrival.Reassembled?.Return();
            return DropReason.Ip6GroupNotJoined;
        }

        DropReason reason = DeliverByProtocol(arrival, isTaken: DeliverRaw(arrival, now), now);
        if (reason != DropReason.Ip6UnknownProtocol) Context.Counters.Count(Counter.Ip6InDelivers);
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
            case IpProtocol.Icmp when !arrival.IsV6:
                return OnIcmp(arrival, isTaken, now);
            case IpProtocol.Igmp when !arrival.IsV6:
                return Groups!.Receive(arrival, now);
            case IpProtocol.Icmpv6 when arrival.IsV6:
                return OnIcmpv6(arrival, isTaken, now);
            case IpProtocol.Udp:
                return OnUdp(arrival, now);
            case IpProtocol.Tcp:
                return OnTcp(arrival, now);
            default:
                return isTaken ? DropReason.None : OnUnknownProtocol(arrival, now);
        }
    }

    private DropReason OnUnknownProtocol(in IpArrival arrival, Timestamp now)
    {
        if (!arrival.IsV6)
        {
            Icmp!.SendError(arrival, Icmpv4Type.DestinationUnreachable, (byte)UnreachableCode.Protocol, 0, now);
            return DropReason.IpUnknownProtocol;
        }

        // RFC 8200 §4, §4.7: that nothing follows is no error.
        if (arrival.Protocol != IpProtocol.NoNextHeader)
            IcmpV6!.SendError(arrival, Icmpv6Type.ParameterProblem, (byte)Icmpv6ParameterCode.NextHeader, (uint)arrival.NextHeaderOffset, now);
        return DropReason.Ip6UnknownProtocol;
    }

    private DropReason OnUdp(in IpArrival arrival, Timestamp now)
    {
        DropReason reason = UdpInput.Check(arrival.Payload, arrival.Source, arrival.Destination, arrival.ChecksumIsGood, out UdpDatagram datagram);
        if (reason != DropReason.None) return reason;
        if (arrival.Role != AddressRole.Local) return DeliverToMany(arrival, datagram, now);
        if (Tcp is { Settings.UdpTunnelingPort: not 0 and var tunnel } && datagram.DestinationPort == tunnel) return OnTunneled(arrival, datagram, now);
        Holder? holder = Engine.Table.Udp.Find(
            arrival.Destination, datagram.DestinationPort, arrival.Source, datagram.SourcePort, DeviceOf(arrival));
        if (holder?.Owner is IDatagramReceiver receiver)
        {
            reason = receiver.OnDatagram(arrival, datagram.SourcePort, datagram.Payload, now);
            if (reason == DropReason.None) Context.Counters.Count(Counter.UdpInDatagrams);
            return reason;
        }

        SendPortUnreachable(arrival, now);
        return DropReason.UdpNoPort;
    }

    /// <summary>Tells the sender that nobody has the port. RFC 1122 §4.1.3.1, RFC 4443 §3.1.</summary>
    private void SendPortUnreachable(in IpArrival arrival, Timestamp now)
    {
        if (arrival.IsV6) IcmpV6!.SendError(arrival, Icmpv6Type.DestinationUnreachable, (byte)Icmpv6UnreachableCode.Port, 0, now);
        else Icmp!.SendError(arrival, Icmpv4Type.DestinationUnreachable, (byte)UnreachableCode.Port, 0, now);
    }
}
