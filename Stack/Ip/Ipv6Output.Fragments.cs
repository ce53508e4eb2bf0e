using UserNet.Addressing;
using UserNet.Buffers;
using UserNet.Doors;
using UserNet.Errors;
using UserNet.Link;
using UserNet.Time;
using UserNet.Wire;
using static System.Buffers.Binary.BinaryPrimitives;

namespace UserNet.Ip;

// What is too big for its path is cut, by its sender alone. RFC 8200 §4.5.
public sealed partial class Ipv6Output
{
    private const int PayloadLengthField = 4, NextHeaderField = 6;

    /// <summary>Hands a packet to its link, cut into fragments where it is too big.</summary>
    /// <returns>Success, EMSGSIZE: the headers that each fragment has leave no room.</returns>
    private Errno Transmit(PacketBuffer packet, LinkPort port, InetAddress nextHop, LinkCast cast, int mtu, bool fits, Timestamp now)
    {
        if (fits)
        {
            port.Send(packet, EtherType.Ipv6, nextHop, cast, now);
            return Errno.Success;
        }

        Complete(packet);
        if (!Ipv6Packet.TryParse(packet.Span, out Ipv6Packet whole) || !TryCut(whole, mtu, out Cut cut))
            return Refuse(packet, DropReason.Ip6TooBig, Errno.EMSGSIZE);

        ReadOnlySpan<byte> left = whole.Octets[cut.At..];
        uint identification = _identification.NextV6(whole.Source, whole.Destination, now);
        int offset = 0, fragments = 0;
        while (true)
        {
            bool isLast = left.Length <= cut.Room;
            int size = isLast ? left.Length : cut.Room;
            int length = cut.At + Ipv6FragmentHeader.Length + size;
            PacketBuffer fragment = Context.Packets.Rent(length);
            Span<byte> headers = fragment.Append(cut.At);
            whole.Octets[..cut.At].CopyTo(headers);
            WriteUInt16BigEndian(headers[PayloadLengthField..], (ushort)(length - Ipv6Header.Length));
            headers[cut.NextHeaderField] = (byte)IpProtocol.Fragment;
            new Ipv6FragmentHeader(cut.NextHeader, offset, !isLast, identification).AppendTo(fragment);
            left[..size].CopyTo(fragment.Append(size));
            fragments++;
            if (isLast) packet.GiveOwnerTo(fragment);      // who hears of it once the last fragment has left
            port.Send(fragment, EtherType.Ipv6, nextHop, cast, now);
            if (isLast) break;
            left = left[size..];
            offset += size;
        }

        Context.Counters.Count(Counter.Ip6Fragmented);
        Context.Counters.Count(Counter.Ip6FragmentsCreated, fragments);
        packet.Return();
        return Errno.Success;
    }

    /// <summary>
    /// Where a packet is cut: behind the headers that are for routers on the way too, which each fragment has. Those are the hop-by-hop
    /// options, and all up to a routing header.
    /// </summary>
    /// <returns>False when those headers leave no room.</returns>
    private static bool TryCut(in Ipv6Packet packet, int mtu, out Cut cut)
    {
        cut = new Cut(Ipv6Header.Length, NextHeaderField, packet.NextHeader, 0);
        var walk = new Ipv6Extensions(packet);
        while (walk.MoveNext())
        {
            if (walk.Current is IpProtocol.HopByHop or IpProtocol.Routing)
                cut = new Cut(walk.Offset + walk.Octets.Length, walk.NextHeaderOffset, walk.Next, 0);
        }

        int room = (mtu - cut.At - Ipv6FragmentHeader.Length) & ~(Ipv6FragmentHeader.OffsetUnit - 1);
        cut = cut with { Room = room };
        return room > 0;
    }

    /// <param name="At">How long the part is that is not cut, octets.</param>
    /// <param name="NextHeaderField">Where it says what follows.</param>
    /// <param name="NextHeader">What that is.</param>
    /// <param name="Room">How much of the rest fits a fragment, octets.</param>
    private readonly record struct Cut(int At, int NextHeaderField, IpProtocol NextHeader, int Room);
}
