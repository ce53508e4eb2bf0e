using UserNet.Buffers;
using UserNet.Doors;
using UserNet.Time;
using UserNet.Wire;

namespace UserNet.Ip;

// Parts of packets. RFC 8200 §4.5, RFC 5722, RFC 6946, RFC 7112.
public sealed partial class Ipv6Input : IFragmentTimeout
{
    private const int PayloadLengthField = 4, PlaceOffset = 2;
    private const byte ReassemblyTimeExceeded = 1;

    /// <summary>RFC 8200 §4.5: the sender is told, if the first fragment came.</summary>
    void IFragmentTimeout.OnFragmentTimeout(in IpArrival first, Timestamp now) =>
        _icmp.SendError(first, Icmpv6Type.TimeExceeded, ReassemblyTimeExceeded, 0, now);

    /// <summary>Takes a fragment, and makes the arrival the whole packet when that is complete.</summary>
    /// <param name="arrival">The packet.</param>
    /// <param name="header">Come to the fragment header.</param>
    /// <param name="field">Where the field stands that names it.</param>
    /// <param name="now">The time.</param>
    /// <param name="whole">The whole packet, when this was the last missing piece.</param>
    /// <param name="isWhole">False when others are waited for. True also of what is a whole packet in spite of its fragment header.</param>
    private DropReason ReadFragment(
        scoped ref IpArrival arrival, in Ipv6Extensions header, int field, Timestamp now, out PacketBuffer? whole, out bool isWhole)
    {
        whole = null;
        isWhole = true;
        _context.Counters.Count(Counter.Ip6ReassemblyNeeded);
        if (arrival.WasFragmented)      // one in another, as Linux refuses it
            return Refuse(arrival, Icmpv6ParameterCode.Field, header.Offset, DropReason.Ip6BadExtension, now);
        if (!header.IsFragment)         // RFC 6946: by itself, whatever else has its identification
        {
            arrival = arrival with { WasFragmented = true };
            return DropReason.None;
        }

        var piece = new FragmentPiece(arrival, header, field);
        if (header.Offset - Ipv6Header.Length + piece.End > Ipv6Header.MaxPayload)
            return Refuse(arrival, Icmpv6ParameterCode.Field, header.Offset + PlaceOffset, DropReason.FragmentMalformed, now);
        if (piece.MoreFragments && piece.Payload.Length % Ipv6FragmentHeader.OffsetUnit != 0)
            return Refuse(arrival, Icmpv6ParameterCode.Field, PayloadLengthField, DropReason.FragmentMalformed, now);
        if (piece.Start == 0 && !HasAllHeaders(arrival, header))
            return Refuse(arrival, Icmpv6ParameterCode.HeaderChain, 0, DropReason.Ip6HeadersCutOff, now);

        DropReason reason = _fragments.AddV6(arrival, piece, now, out whole);
        isWhole = whole is not null;
        if (whole is not null) arrival = Reassembled(arrival, whole);
        return reason;
    }

    /// <summary>RFC 7112 §5: that who filters on the way can see all headers. Of the transport's what Linux wants to see.</summary>
    private static bool HasAllHeaders(in IpArrival arrival, Ipv6Extensions header)
    {
        if (!header.MoveToEnd()) return false;
        int least = header.Next switch
        {
            IpProtocol.Tcp => TcpSegment.MinHeaderLength,
            IpProtocol.Udp => UdpHeader.Length,
            IpProtocol.Icmpv6 => Icmpv6Header.Length,
            _ => 1,
        };
        return arrival.Octets.Length - header.Offset >= least;
    }

    /// <summary>The whole packet, as the last of its fragments has made it.</summary>
    private static IpArrival Reassembled(scoped in IpArrival last, PacketBuffer whole)
    {
        bool isRight = Ipv6Packet.TryParse(whole.Span, out Ipv6Packet packet);
        System.Diagnostics.Debug.Assert(isRight, "Fragments were put together to something that is no packet.");
        return last with
        {
            // Nobody has seen the whole before, to vouch for its checksum.
            PacketV6 = packet,
            Reassembled = whole,
            WasFragmented = true,
            UpperProtocol = packet.NextHeader,
            UpperOffset = Ipv6Header.Length,
            NextHeaderOffset = NextHeaderField,
            ChecksumIsGood = false,
            NeedsChecksum = false,
        };
    }
}
