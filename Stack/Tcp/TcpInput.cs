using UserNet.Addressing;
using UserNet.Buffers;
using UserNet.Doors;
using UserNet.Time;
using UserNet.Wire;

namespace UserNet.Tcp;

/// <summary>What is checked of a segment before a connection is looked for. RFC 9293 §3.1.</summary>
internal static class TcpInput
{
    /// <summary>Parses a segment and verifies its checksum.</summary>
    /// <returns>None, TcpMalformed, TcpBadChecksum.</returns>
    public static DropReason Check(
        ReadOnlySpan<byte> octets, InetAddress source, InetAddress destination, bool checksumIsGood, out TcpSegment segment)
    {
        if (!TcpSegment.TryParse(octets, out segment)) return DropReason.TcpMalformed;
        if (checksumIsGood) return DropReason.None;
        var pseudo = new PseudoHeader(source, destination, IpProtocol.Tcp, octets.Length);
        return InternetChecksum.Of(octets, pseudo) == 0 ? DropReason.None : DropReason.TcpBadChecksum;
    }
}

/// <summary>Answers to segments that belong to no connection.</summary>
internal static class TcpReply
{
    /// <summary>True when nobody is to learn of a segment to a closed port that there is no such port: net.inet.tcp.blackhole.</summary>
    public static bool IsSwallowed(TcpSettings settings, in TcpSegment segment) =>
        settings.BlackHole > 1 || (settings.BlackHole == 1 && segment.Has(TcpFlags.Syn));

    /// <summary>True when not even a port that is open answers a segment of no connection: net.inet.tcp.blackhole=3.</summary>
    public static bool IsSilent(TcpSettings settings) => settings.BlackHole == 3;

    /// <summary>A reset that the sender will believe; none for a reset. RFC 9293 §3.10.7.1. It is signed where there is a key.</summary>
    public static void Reset(
        TcpContext context, in TcpSegment segment, InetAddress local, InetAddress remote, uint scope, Timestamp now, SignatureKeys? keys = null,
        (uint Value, uint Echo)? timestamps = null)
    {
        if (segment.Has(TcpFlags.Rst)) return;
        // Linux does not answer what it could not sign for.
        if (keys is null && !context.Settings.IsFreeBsd && !segment.Options.IsEmpty && SegmentSignature.IsIn(segment)) return;
        Span<byte> octets = stackalloc byte[TcpOptionWriter.MaxLength];
        var options = new TcpOptionWriter(octets);
        if (timestamps is { } stamps) options.AddAlignedTimestamps(stamps.Value, stamps.Echo);
        if (keys?.Sign(local, remote) is true)
        {
            options.FillTo(2);
            options.Signature();
        }

        PacketBuffer packet = context.Packets.Rent(0);
        TcpHeader header = segment.Has(TcpFlags.Ack)
            ? new TcpHeader(segment.DestinationPort, segment.SourcePort, segment.AckNumber, 0, TcpFlags.Rst, 0, 0)
            : new TcpHeader(
                segment.DestinationPort, segment.SourcePort, 0, segment.SequenceNumber + (uint)segment.SequenceLength,
                TcpFlags.Rst | TcpFlags.Ack, 0, 0);
        if (!TrySeal(context, header, packet, options.Written, local, remote, keys)) return;
        context.Counters.Count(Counter.TcpOutSegs);
        context.Counters.Count(Counter.TcpOutRsts);
        context.Host.Reply(packet, local, remote, scope, now);
    }

    /// <summary>Puts the header in front, signs the segment where its options have room for that, and then leaves the checksum to the port.</summary>
    /// <returns>False when there is no key: the packet is returned.</returns>
    public static bool TrySeal(
        TcpContext context, in TcpHeader header, PacketBuffer packet, ReadOnlySpan<byte> options, InetAddress local, InetAddress remote,
        SignatureKeys? keys)
    {
        var pseudo = new PseudoHeader(local, remote, IpProtocol.Tcp, 0);
        if (keys is null)
        {
            header.PrependTo(packet, options, pseudo);
            return true;
        }

        header.PrependUnsealed(packet, options, pseudo);
        return SegmentSignature.Seal(context.Packets, keys, packet, local, remote);
    }
}
