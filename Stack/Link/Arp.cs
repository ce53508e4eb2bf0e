using UserNet.Addressing;
using UserNet.Buffers;
using UserNet.Doors;
using UserNet.Time;
using UserNet.Wire;

namespace UserNet.Link;

/// <summary>
/// ARP on an Ethernet link: asks for neighbors, answers for the host's addresses. RFC 826, RFC 1122 §2.3.2, RFC 5227.
/// </summary>
/// <remarks>
/// As Linux does: the sender's station is taken from the ARP packet, and need not be the one that the frame came from (a
/// router may speak for others). A reply nobody asked for, and an announcement, bring what is known up to date but add
/// nothing; a request for one of the host's addresses adds its sender. Whether an address of another interface is
/// answered is the host's model; 127/8 never is. Gate held.
/// </remarks>
public sealed class Arp : INeighborProtocol
{
    private readonly EthernetPort _port;
    private readonly LinkContext _context;

    internal Arp(EthernetPort port, LinkContext context)
    {
        _port = port;
        _context = context;
    }

    /// <summary>An ARP packet arrived.</summary>
    internal DropReason Receive(in FrameContent content, Timestamp now)
    {
        if (content.Cast == LinkCast.Other) return DropReason.FrameNotForUs;
        if (!ArpPacket.TryParse(content.Payload, out ArpPacket arp)) return DropReason.ArpMalformed;
        ArpOperation operation = arp.Operation;
        if (operation is not (ArpOperation.Request or ArpOperation.Reply)) return DropReason.ArpMalformed;
        _context.Counters.Count(operation == ArpOperation.Request ? Counter.ArpInRequests : Counter.ArpInReplies);
        if (!CanSend(arp.SenderHardware)) return DropReason.ArpBadSender;

        InetAddress sender = arp.SenderProtocol, target = arp.TargetProtocol;
        bool isProbe = sender.IsWildcard;                      // RFC 5227 §1.1
        bool isForUs = !target.IsLoopback && _context.Host.Answers(target, _port.Index);
        bool isNew = false;
        if (isProbe)
        {
            if (operation != ArpOperation.Request) return DropReason.ArpBadSender;
            // Two who want the same address at the same time: neither gets it. RFC 5227 §2.1.1.
            if (_port.Conflicts.IsProbing(target)) return Conflict(target, arp.SenderHardware, now);
        }
        else
        {
            DropReason reason = CheckSender(sender, arp.SenderHardware, now);
            if (reason != DropReason.None) return reason;
            isNew = _port.Neighbors.Learn(
                sender, arp.SenderHardware,
                isAnswer: operation == ArpOperation.Reply && content.Cast == LinkCast.Unicast,
                isAnnouncement: sender == target,
                mayAdd: isForUs && operation == ArpOperation.Request, now);
        }

        if (isForUs && operation == ArpOperation.Request)
        {
            Send(ArpOperation.Reply, target, arp.SenderHardware, sender, arp.SenderHardware);
            return DropReason.None;
        }

        return isNew || isForUs ? DropReason.None : DropReason.ArpNotForUs;
    }

    /// <inheritdoc/>
    void INeighborProtocol.Ask(InetAddress neighbor, MacAddress? station, InetAddress waiting) =>
        Send(ArpOperation.Request, _context.Host.AskingAddress(neighbor, _port.Index), default, neighbor, station ?? MacAddress.Broadcast);

    /// <summary>Asks all for an address without claiming it. RFC 5227 §2.1.1.</summary>
    internal void SendProbe(InetAddress address) =>
        Send(ArpOperation.Request, InetAddress.AnyV4, default, address, MacAddress.Broadcast);

    /// <summary>Tells all that an address is this station's. RFC 5227 §2.3.</summary>
    internal void SendAnnouncement(InetAddress address) =>
        Send(ArpOperation.Request, address, default, address, MacAddress.Broadcast);

    // A group sends nothing, zero is nobody, and what comes from this station is its own, sent back by the link.
    private bool CanSend(MacAddress station) => !station.IsMulticast && station.Bits != 0 && station != _port.Address;

    private DropReason CheckSender(InetAddress sender, MacAddress station, Timestamp now)
    {
        if (sender.IsMulticast || sender.IsLoopback || sender.IsLimitedBroadcast || _context.Host.IsBroadcast(sender, _port.Index))
            return DropReason.ArpBadSender;
        if (_port.Conflicts.Claims(sender)) return Conflict(sender, station, now);
        return _context.Host.Answers(sender, _port.Index) ? DropReason.ArpBadSender : DropReason.None;
    }

    private DropReason Conflict(InetAddress address, MacAddress other, Timestamp now)
    {
        // Another interface of this host on the same link is no other host.
        if (_context.Host.IsOwnStation(other)) return DropReason.ArpBadSender;
        _port.Conflicts.OnConflict(address, other, now);
        return DropReason.ArpConflict;
    }

    private void Send(ArpOperation operation, InetAddress sender, MacAddress targetStation, InetAddress target, MacAddress to)
    {
        _context.Counters.Count(operation == ArpOperation.Request ? Counter.ArpOutRequests : Counter.ArpOutReplies);
        PacketBuffer packet = _context.Packets.Rent(ArpHeader.Length);
        new ArpHeader(operation, _port.Address, sender, targetStation, target).PrependTo(packet);
        _port.SendTo(packet, EtherType.Arp, to);
    }
}
