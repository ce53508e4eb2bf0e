using UserNet.Buffers;
using static System.Buffers.Binary.BinaryPrimitives;

namespace UserNet.Wire;

/// <summary>Transport checksums that were left to whoever comes later.</summary>
public static class OpenChecksums
{
    private const int UdpField = 6;

    /// <summary>Fills in the checksum of a frame whose field holds the sum of the pseudo-header; does nothing where none is open.</summary>
    /// <param name="frame">All of the frame, which stands for one.</param>
    /// <param name="offload">Where the checksum goes, and what it covers.</param>
    /// <returns>False, and nothing was written, when that lies outside the frame.</returns>
    public static bool TryFill(Span<byte> frame, in PacketOffload offload)
    {
        if (!offload.NeedsChecksum) return true;
        int field = offload.ChecksumStart + offload.ChecksumOffset;
        if (field + 2 > frame.Length) return false;
        ushort checksum = InternetChecksum.Of(frame[offload.ChecksumStart..]);
        // 0 would mean that there is none. RFC 768.
        if (checksum == 0 && offload.ChecksumOffset == UdpField) checksum = 0xFFFF;
        WriteUInt16BigEndian(frame[field..], checksum);
        return true;
    }
}
