using System.Diagnostics;
using UserNet.Addressing;
using UserNet.Binding;
using UserNet.Buffers;
using UserNet.Doors;
using UserNet.Errors;
using UserNet.Link;
using UserNet.Time;
using UserNet.Wire;
using static System.Buffers.Binary.BinaryPrimitives;

namespace UserNet.Ip;

// Packets with a header of the sender's own.
public sealed partial class Ipv4Output
{
    private const int LengthField = 2, IdentificationField = 4, ChecksumField = 10, SourceField = 12, VersionBits = 0x40;

    /// <summary>
    /// Sends a packet with the header that the sender wrote (IP_HDRINCL). Length and checksum are always filled in, the
    /// source where it is zero, the identification where it is zero and DF is not set.
    /// </summary>
    /// <param name="packet">The packet from its header on, which becomes the callee's in any case.</param>
    /// <param name="route">The route, which was granted: where the packet goes first, whatever its header says.</param>
    /// <param name="destination">Where the sender said that it goes.</param>
    /// <param name="loopsBack">True when what goes to a group also comes back to this host's own members.</param>
    /// <param name="now">The time.</param>
    /// <returns>
    /// Success, EMSGSIZE (too big for the interface: such packets are not fragmented; or, with DF, for the path), EINVAL
    /// (shorter than its header, or that than 20 octets), ENETDOWN (the interface has no link or is down).
    /// </returns>
    /// <remarks>As raw(7) has it. A header of another version passes as it is, as in Linux.</remarks>
    public Errno SendWithHeader(PacketBuffer packet, in RouteAnswer route, InetAddress destination, bool loopsBack, Timestamp now)
    {
        ArgumentNullException.ThrowIfNull(packet);
        Context.Counters.Count(Counter.IpOutRequests);
        if (PortOf(route) is not { } port) return Refuse(packet, DropReason.InterfaceDown, Errno.ENETDOWN);
        if (packet.Length > Math.Min(port.Mtu, MaxLength)) return Refuse(packet, DropReason.IpTooBig, Errno.EMSGSIZE);
        if (packet.Length < Ipv4Header.Length) return Refuse(packet, DropReason.IpMalformed, Errno.EINVAL);
        byte first = packet.Span[0];
        int headerLength = (first & 0xF) * 4;
        if (headerLength < Ipv4Header.Length || headerLength > packet.Length) return Refuse(packet, DropReason.IpMalformed, Errno.EINVAL);
        WriteUInt16BigEndian(packet.Span[LengthField..], (ushort)packet.Length);
        packet.Span[0] = (byte)(VersionBits | (first & 0xF));      // for whoever reads it here
        bool isHeader = Ipv4Packet.TryParse(packet.Span, out Ipv4Packet view);
        Debug.Assert(isHeader, "Version and lengths are right.");

        int mtu = PathMtu.MtuOf(destination, port.Index, port.Mtu, now, out _);
        if (packet.Length > mtu && view.DontFragment) return Refuse(packet, DropReason.IpTooBig, Errno.EMSGSIZE);
        FillIn(packet.Span[..headerLength], view, first, route.Source, now);
        if (IsToMany(route) && LoopBack(packet, port, route.Role, loopsBack, view.TimeToLive == 0)) return Errno.Success;
        Transmit(packet, port, NextHop(route, destination), CastOf(route), packet.Length <= mtu, mtu, now);
        return Errno.Success;
    }

    private void FillIn(Span<byte> header, in Ipv4Packet view, byte first, InetAddress source, Timestamp now)
    {
        if (view.Source.IsWildcard) WriteUInt32BigEndian(header[SourceField..], source.V4Bits);
        if (view.Identification == 0 && !view.DontFragment)
        {
            ushort identification = _identification.Next(view.Source, view.Destination, view.Protocol, now);
            WriteUInt16BigEndian(header[IdentificationField..], identification);
        }

        header[0] = first;
        WriteUInt16BigEndian(header[ChecksumField..], 0);
        WriteUInt16BigEndian(header[ChecksumField..], InternetChecksum.Of(header));
    }
}
