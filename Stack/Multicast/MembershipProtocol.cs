using UserNet.Addressing;
using UserNet.Buffers;
using UserNet.Ip;
using UserNet.Link;
using UserNet.Time;
using UserNet.Wire;

namespace UserNet.Multicast;

/// <summary>What tells IGMP from MLD: their messages, and what differs between their versions.</summary>
/// <remarks>Holds no state: one for all interfaces of a host. Gate held.</remarks>
internal abstract class MembershipProtocol
{
    /// <summary>The version that is spoken unless a router on the link speaks an older one; older ones are counted down to 1.</summary>
    public abstract int Latest { get; }

    /// <summary>The oldest version in which a host says that it leaves a group.</summary>
    public abstract int FirstWithLeaving { get; }

    /// <summary>True when a query about one group tells the routers' version, too, and not only a general one.</summary>
    public abstract bool AnyQueryTellsVersion { get; }

    /// <summary>How large a report may be that leaves by a port in one packet, octets.</summary>
    public abstract int RoomOn(LinkPort port);

    /// <summary>False for a group of which routers are never told.</summary>
    public abstract bool IsReported(InetAddress group);

    /// <summary>False for a group whose packets never leave the host.</summary>
    public abstract bool IsOnLink(InetAddress group);

    /// <summary>Begins a report of the latest version in an empty buffer.</summary>
    public abstract GroupRecordWriter BeginReport(PacketBuffer packet, int maxLength);

    /// <summary>Seals and sends a report of the latest version.</summary>
    /// <returns>False when it went out without an address of the interface.</returns>
    public abstract bool SendReport(PacketBuffer packet, in GroupRecordWriter records, InterfaceEntry entry, Timestamp now);

    /// <summary>Sends a report of an older version, to the group itself.</summary>
    /// <returns>As <see cref="SendReport"/>.</returns>
    public abstract bool SendOldReport(int version, InetAddress group, InterfaceEntry entry, Timestamp now);

    /// <summary>Tells the routers in an older version that a group is left.</summary>
    public abstract void SendLeave(InetAddress group, InterfaceEntry entry, Timestamp now);
}
