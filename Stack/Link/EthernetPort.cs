using UserNet.Addressing;
using UserNet.Buffers;
using UserNet.Doors;
using UserNet.Time;
using UserNet.Wire;
using static System.Buffers.Binary.BinaryPrimitives;

namespace UserNet.Link;

/// <summary>The end of an Ethernet link: station address, filters, VLAN, and neighbors. IEEE 802.3, 802.1Q.</summary>
/// <remarks>
/// What is checked of a frame, in this order: its length, its source, its VLAN, its destination. Short frames are sent
/// as they are: padding to 60 octets is the link's matter, and in memory or on a TAP device nobody needs it. Gate held.
/// </remarks>
public sealed class EthernetPort : LinkPort, INeighborProtocol
{
    private const int LastVlan = 4094;

    private readonly Dictionary<MacAddress, int> _groups = [];
    private int _vlan;

    /// <summary>The end of an Ethernet link.</summary>
    /// <param name="link">The link.</param>
    /// <param name="index">The interface's index.</param>
    /// <param name="address">The station address.</param>
    /// <param name="context">What ports share.</param>
    public EthernetPort(ILink link, uint index, MacAddress address, LinkContext context) : base(link, index, context)
    {
        Address = address;
        Arp = new Arp(this, context);
        Neighbors = new NeighborTable(this, Arp, context);
        NeighborsV6 = new NeighborTable(this, this, context);
        Conflicts = new AddressConflictDetection(this, context);
    }

    /// <summary>The station address.</summary>
    public MacAddress Address { get; }

    /// <summary>True to let frames for all stations and groups through.</summary>
    /// <remarks>
    /// They are seen, not answered: a frame for another station comes as <see cref="LinkCast.Other"/>, which ARP and IP
    /// drop as Linux does. For capture and for those who count.
    /// </remarks>
    public bool IsPromiscuous { get; set; }

    /// <summary>True to take the frames of all groups, joined or not, as a multicast router does.</summary>
    public bool TakesAllGroups { get; set; }

    /// <summary>The VLAN that the port is part of, 1 to 4,094; 0 for the untagged frames of the link.</summary>
    /// <remarks>
    /// A port of a VLAN sends tagged frames, and takes those with its tag alone. An untagged port takes untagged frames
    /// and those whose tag only has a priority (VLAN 0). Two tags, or a service tag (802.1ad), are neither's.
    /// </remarks>
    /// <exception cref="ArgumentOutOfRangeException">There is no VLAN of this number.</exception>
    public int Vlan
    {
        get => _vlan;
        set
        {
            ArgumentOutOfRangeException.ThrowIfNegative(value);
            ArgumentOutOfRangeException.ThrowIfGreaterThan(value, LastVlan);
            _vlan = value;
        }
    }

    /// <summary>Asks for IPv4 neighbors, and answers them.</summary>
    public Arp Arp { get; }

    /// <summary>Which station has which IPv4 address.</summary>
    public NeighborTable Neighbors { get; }

    /// <summary>Which station has which IPv6 address. Neighbor Discovery, a matter of the host, asks for them.</summary>
    public NeighborTable NeighborsV6 { get; }

    /// <summary>Whether the host's IPv4 addresses are its alone on the link.</summary>
    public AddressConflictDetection Conflicts { get; }

    /// <inheritdoc/>
    public override DropReason Receive(in LinkFrame frame, out FrameContent content)
    {
        content = default;
        ReadOnlySpan<byte> octets = frame.Octets.Span;
        if (!EthernetFrame.TryParse(octets, out EthernetFrame view)) return DropReason.FrameTooShort;
        if (IsTooLong(view.Payload.Length, frame.Offload)) return DropReason.FrameTooLong;
        if (view.Source.IsMulticast) return DropReason.FrameBadSource;
        if (!IsOnVlan(view, octets)) return DropReason.FrameWrongVlan;
        DropReason reason = Filter(view.Destination, out LinkCast cast);
        if (reason != DropReason.None) return reason;
        content = new FrameContent
        {
            Type = view.Type,
            Cast = cast,
            Source = view.Source,
            NeedsChecksum = frame.Offload.NeedsChecksum,
            Payload = view.Payload,
        };
        return DropReason.None;
    }

    private bool IsOnVlan(in EthernetFrame frame, ReadOnlySpan<byte> octets)
    {
        if (frame.TagCount == 0) return _vlan == 0;
        bool isCustomerTag = (EtherType)ReadUInt16BigEndian(octets[12..]) == EtherType.Vlan;
        return frame.TagCount == 1 && isCustomerTag && frame.Tag!.Value.Id == _vlan;
    }

    private DropReason Filter(MacAddress destination, out LinkCast cast)
    {
        if (destination == Address)
        {
            cast = LinkCast.Unicast;
            return DropReason.None;
        }

        if (destination.IsBroadcast)
        {
            cast = LinkCast.Broadcast;
            return DropReason.None;
        }

        if (destination.IsMulticast)
        {
            cast = LinkCast.Multicast;
            return IsPromiscuous || TakesAllGroups || _groups.ContainsKey(destination)
                ? DropReason.None
                : DropReason.FrameGroupNotJoined;
        }

        cast = LinkCast.Other;
        return IsPromiscuous ? DropReason.None : DropReason.FrameNotForUs;
    }

    /// <summary>Listens to a group of stations; as often as it was joined it must be left.</summary>
    public void Join(MacAddress group) => _groups[group] = _groups.GetValueOrDefault(group) + 1;

    /// <summary>Undoes one <see cref="Join"/>.</summary>
    public void Leave(MacAddress group)
    {
        if (!_groups.TryGetValue(group, out int members)) return;
        if (members == 1) _groups.Remove(group);
        else _groups[group] = members - 1;
    }

    /// <summary>The interface is down, or has another link now: what is known of others on this one counts no more, and what waits for them is dropped.</summary>
    internal void Forget()
    {
        Conflicts.Clear();
        Neighbors.Clear();
        NeighborsV6.Clear();
    }

    /// <inheritdoc/>
    public override void Send(PacketBuffer packet, EtherType type, InetAddress nextHop, LinkCast cast, Timestamp now)
    {
        if (cast != LinkCast.Unicast) SendTo(packet, type, cast == LinkCast.Broadcast ? MacAddress.Broadcast : GroupOf(nextHop));
        else (nextHop.IsV6 ? NeighborsV6 : Neighbors).Send(packet, type, nextHop, now);
    }

    void INeighborProtocol.Ask(InetAddress neighbor, MacAddress? station, InetAddress waiting) =>
        Context.Host.Solicit(this, neighbor, station, waiting);

    /// <summary>Puts the link header in front and queues the frame.</summary>
    internal void SendTo(PacketBuffer packet, EtherType type, MacAddress destination)
    {
        int payload = packet.Length;
        VlanTag? tag = _vlan == 0 ? null : new VlanTag((ushort)_vlan);
        new EthernetHeader(destination, Address, type, tag).PrependTo(packet);
        Enqueue(packet, packet.Length - payload);
    }

    /// <summary>The group of stations that listens to an IP group. RFC 1112 §6.4, RFC 2464 §7.</summary>
    public static MacAddress GroupOf(InetAddress group) => MacAddress.FromBits(group.IsV6
        ? 0x3333_0000_0000UL | (uint)group.Low
        : 0x0100_5E00_0000UL | (group.V4Bits & 0x7F_FFFF));
}
