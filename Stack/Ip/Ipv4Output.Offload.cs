using UserNet.Buffers;
using UserNet.Wire;

namespace UserNet.Ip;

// What the transport left to others, as far as it concerns the way out.
public sealed partial class Ipv4Output
{
    private const int TcpDataOffset = 12;

    /// <summary>How many units there are in one, and how long the longest is, its header included.</summary>
    /// <returns>False when there is no whole transport header, or less than two units where there are said to be many.</returns>
    internal static bool TryMeasure(PacketBuffer unit, out int count, out int largest)
    {
        (count, largest) = (1, unit.Length);
        PacketOffload offload = unit.Offload;
        if (!offload.IsMany) return true;
        int headerLength = UdpHeader.Length;
        if (offload.SegmentKind != SegmentKind.Udp)
        {
            if (unit.Length < TcpSegment.MinHeaderLength) return false;
            headerLength = (unit.Span[TcpDataOffset] >> 4) * 4;
        }

        int payload = unit.Length - headerLength;
        if (payload <= offload.SegmentSize || !offload.NeedsChecksum) return false;
        count = (payload + offload.SegmentSize - 1) / offload.SegmentSize;
        largest = headerLength + offload.SegmentSize;
        return true;
    }

    /// <summary>Fills in a checksum that was left open, of one unit.</summary>
    private static void Complete(PacketBuffer packet)
    {
        if (packet.Offload is not { NeedsChecksum: true } offload) return;
        OpenChecksums.TryFill(packet.Span, offload);
        packet.Offload = default;
    }
}
