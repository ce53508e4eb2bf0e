using UserNet.Addressing;
using UserNet.Buffers;
using UserNet.Doors;
using UserNet.Time;
using UserNet.Wire;

namespace UserNet.Link;

/// <summary>The end of an Ethernet link: station address, filters, and neighbors.</summary>
/// <remarks>Gate held.</remarks>
public sealed class EthernetPort : LinkPort
{
    private readonly Dictionary<MacAddress, int> _groups = [];

    /// <summary>The end of an Ethernet link.</summary>
    /// <param name="link">The link.</param>
    /// <param name="index">The interface's index.</param>
    /// <param name="address">The station address.</param>
    /// <param name="context">What ports share.</param>
    public EthernetPort(ILink link, uint index, MacAddress address, LinkContext context) : base(link, index, context)
    {
        Address = address;
        Neighbors = new NeighborTable(this, context);
    }

    /// <summary>The station address.</summary>
    public MacAddress Address { get; }

    /// <summary>True to let frames for other stations through.</summary>
    public bool IsPromiscuous { get; set; }

    /// <summary>Who has which address on the link.</summary>
    public NeighborTable Neighbors { get; }

    /// <inheritdoc/>
    public override DropReason Receive(ReadOnlySpan<byte> frame, out FrameContent content)
    {
        content = default;
        if (!EthernetFrame.TryParse(frame, out EthernetFrame view)) return DropReason.FrameTooShort;
        MacAddress destination = view.Destination;
        LinkCast cast = destination == Address ? LinkCast.Unicast
            : destination.IsBroadcast ? LinkCast.Broadcast
            : destination.IsMulticast ? LinkCast.Multicast : LinkCast.Other;
        if (cast == LinkCast.Other && !IsPromiscuous) return DropReason.FrameNotForUs;
        if (cast == LinkCast.Multicast && !IsPromiscuous && !_groups.ContainsKey(destination)) return DropReason.FrameGroupNotJoined;
        content = new FrameContent { Type = view.Type, Cast = cast, Source = view.Source, Payload = view.Payload };
        return DropReason.None;
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

    /// <inheritdoc/>
    public override void Send(PacketBuffer packet, EtherType type, InetAddress nextHop, LinkCast cast, Timestamp now)
    {
        if (cast == LinkCast.Unicast) Neighbors.Send(packet, type, nextHop, now);
        else SendTo(packet, type, cast == LinkCast.Broadcast ? MacAddress.Broadcast : GroupOf(nextHop));
    }

    /// <summary>Puts the link header in front and queues the frame.</summary>
    internal void SendTo(PacketBuffer packet, EtherType type, MacAddress destination)
    {
        new EthernetHeader(destination, Address, type).PrependTo(packet);
        Enqueue(packet);
    }

    /// <summary>The group of stations that listens to an IP group. RFC 1112 §6.4, RFC 2464 §7.</summary>
    public static MacAddress GroupOf(InetAddress group) => MacAddress.FromBits(group.IsV6
        ? 0x3333_0000_0000UL | (uint)group.Low
        : 0x0100_5E00_0000UL | (group.V4Bits & 0x7F_FFFF));
}
