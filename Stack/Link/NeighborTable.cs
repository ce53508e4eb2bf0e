using UserNet.Addressing;
using UserNet.Buffers;
using UserNet.Doors;
using UserNet.Time;
using UserNet.Wire;

namespace UserNet.Link;

/// <summary>Who has which address on an Ethernet link. RFC 826, RFC 1122 §2.3.2.</summary>
/// <remarks>Gate held.</remarks>
public sealed class NeighborTable(EthernetPort port, LinkContext context)
{
    private readonly Dictionary<InetAddress, Neighbor> _neighbors = [];

    /// <summary>Sends an IP packet to a neighbor, once its station is known.</summary>
    internal void Send(PacketBuffer packet, EtherType type, InetAddress nextHop, Timestamp now)
    {
        if (!_neighbors.TryGetValue(nextHop, out Neighbor? neighbor)) _neighbors.Add(nextHop, neighbor = new Neighbor());
        if (neighbor.Station is { } station)
        {
            port.SendTo(packet, type, station);
            return;
        }

        neighbor.Waiting.Enqueue(packet);
        Ask(nextHop);
    }

    /// <summary>An ARP packet arrived.</summary>
    internal DropReason OnArp(in FrameContent content, Timestamp now)
    {
        if (!ArpPacket.TryParse(content.Payload, out ArpPacket arp)) return DropReason.ArpMalformed;
        bool isForUs = context.Host.Answers(arp.TargetProtocol, port.Index);
        if (!_neighbors.TryGetValue(arp.SenderProtocol, out Neighbor? neighbor) && isForUs)
            _neighbors.Add(arp.SenderProtocol, neighbor = new Neighbor());
        if (neighbor is not null)
        {
            neighbor.Station = arp.SenderHardware;
            while (neighbor.Waiting.TryDequeue(out PacketBuffer? packet)) port.SendTo(packet, EtherType.Ipv4, arp.SenderHardware);
        }

        if (!isForUs) return DropReason.ArpNotForUs;
        if (arp.Operation == ArpOperation.Request)
        {
            PacketBuffer reply = context.Packets.Rent(ArpHeader.Length);
            new ArpHeader(ArpOperation.Reply, port.Address, arp.TargetProtocol, arp.SenderHardware, arp.SenderProtocol).PrependTo(reply);
            port.SendTo(reply, EtherType.Arp, arp.SenderHardware);
        }

        return DropReason.None;
    }

    private void Ask(InetAddress address)
    {
        PacketBuffer request = context.Packets.Rent(ArpHeader.Length);
        new ArpHeader(ArpOperation.Request, port.Address, context.Host.AskingAddress(address, port.Index), default, address).PrependTo(request);
        port.SendTo(request, EtherType.Arp, MacAddress.Broadcast);
    }

    private sealed class Neighbor
    {
        public MacAddress? Station { get; set; }

        public Queue<PacketBuffer> Waiting { get; } = new();
    }
}
