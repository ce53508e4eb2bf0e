using UserNet.Addressing;
using UserNet.Binding;
using UserNet.Doors;
using UserNet.Link;
using UserNet.Time;
using UserNet.Wire;

namespace UserNet.Ip;

/// <summary>What happens to an IPv4 packet between its frame and its transport. RFC 791, RFC 1122 §3.2.1.</summary>
/// <remarks>Gate held.</remarks>
public sealed class Ipv4Input(HostAddressing host)
{
    /// <summary>Checks a packet and says for whom it is.</summary>
    /// <param name="port">The interface that it arrived on.</param>
    /// <param name="content">What its frame carried.</param>
    /// <param name="checksumIsGood">True when the link vouches for the transport checksum.</param>
    /// <param name="now">The time.</param>
    /// <param name="arrival">The packet, when the answer is None and it is whole.</param>
    /// <param name="isWhole">False when it is a fragment that waits for others.</param>
    /// <returns>None, or why the packet was dropped.</returns>
    public DropReason Receive(
        LinkPort port, in FrameContent content, bool checksumIsGood, Timestamp now, out IpArrival arrival, out bool isWhole)
    {
        arrival = default;
        isWhole = false;
        if (!Ipv4Packet.TryParse(content.Payload, out Ipv4Packet packet)) return DropReason.IpMalformed;
        if (!packet.ChecksumIsRight) return DropReason.IpBadChecksum;
        if (packet.IsFragment) return DropReason.FragmentNoRoom;
        AddressRole role = host.RoleOf(packet.Destination, port.Index);
        if (role == AddressRole.Foreign) return DropReason.IpNotForUs;
        isWhole = true;
        arrival = new IpArrival { Packet = packet, Port = port, Cast = content.Cast, Role = role, ChecksumIsGood = checksumIsGood };
        return DropReason.None;
    }
}
