using System.Diagnostics.CodeAnalysis;
using System.Security.Cryptography;
using UserNet.Addressing;
using UserNet.Buffers;
using UserNet.Doors;
using UserNet.Wire;
using static System.Buffers.Binary.BinaryPrimitives;

namespace UserNet.Tcp;

/// <summary>The MD5 signature of a segment: both addresses, the header without options, the octets, and a key. RFC 2385 §2.0.</summary>
/// <remarks>Gate held.</remarks>
internal static class SegmentSignature
{
    /// <summary>Octets that it takes in a header, with the two no-operations in front.</summary>
    public const int Length = 20;

    private const int DigestLength = 16, PseudoLengthV4 = 12, PseudoLengthV6 = 40;

    /// <summary>Says whether a segment that arrived may be the peer's.</summary>
    /// <param name="pool">Whose packets are worked with.</param>
    /// <param name="keys">The socket's; null for none.</param>
    /// <param name="segment">The segment.</param>
    /// <param name="isSigned">It has the option.</param>
    /// <param name="local">This host's address.</param>
    /// <param name="remote">The peer's.</param>
    /// <returns>None, TcpUnsigned, TcpSigned (there is no key), TcpWrongSignature.</returns>
    public static DropReason Check(
        PacketPool pool, SignatureKeys? keys, in TcpSegment segment, bool isSigned, InetAddress local, InetAddress remote)
    {
        byte[]? key = keys?.Find(remote, local, isLeaving: false);
        if (key is null && keys is not { AreRequired: true }) return isSigned ? DropReason.TcpSigned : DropReason.None;
        if (!isSigned) return DropReason.TcpUnsigned;
        if (key is null || !TryFind(segment.Octets, out int offset)) return DropReason.TcpWrongSignature;
        Span<byte> digest = stackalloc byte[DigestLength];
        Compute(pool, segment.Octets, remote, local, key, digest);
        bool isRight = CryptographicOperations.FixedTimeEquals(digest, segment.Octets.Slice(offset, DigestLength));
        return isRight ? DropReason.None : DropReason.TcpWrongSignature;
    }

    /// <summary>True when a segment has the option.</summary>
    public static bool IsIn(in TcpSegment segment) => TryFind(segment.Octets, out _);

    /// <summary>Fills the option in, which the header has room for already.</summary>
    /// <param name="pool">Whose packets are worked with.</param>
    /// <param name="keys">The socket's.</param>
    /// <param name="packet">The segment. It is returned when there is no key.</param>
    /// <param name="local">This host's address.</param>
    /// <param name="remote">The peer's.</param>
    /// <returns>False when it needs a key, and there is none.</returns>
    public static bool Seal(PacketPool pool, SignatureKeys keys, PacketBuffer packet, InetAddress local, InetAddress remote)
    {
        if (!TryFind(packet.Span, out int offset)) return true;
        if (keys.Find(local, remote, isLeaving: true) is not { } key)
        {
            packet.Return();
            return false;
        }

        Compute(pool, packet.Span, local, remote, key, packet.Span.Slice(offset, DigestLength));
        return true;
    }

    // The octets are laid out one behind the other, as they are hashed, in a packet of the pool.
    [SuppressMessage("Security", "CA5351", Justification = "The RFC says so.")]
    private static void Compute(
        PacketPool pool, ReadOnlySpan<byte> segment, InetAddress source, InetAddress destination, byte[] key, Span<byte> digest)
    {
        (source, destination) = (source.Unmap(), destination.Unmap());
        int headerLength = (segment[12] >> 4) * 4, length = segment.Length - headerLength;
        int pseudoLength = source.IsV6 ? PseudoLengthV6 : PseudoLengthV4;
        PacketBuffer layout = pool.Rent(pseudoLength + TcpHeader.Length + length + key.Length);
        WritePseudoHeader(layout.Append(pseudoLength), source, destination, segment.Length);
        Span<byte> header = layout.Append(TcpHeader.Length);
        segment[..TcpHeader.Length].CopyTo(header);
        header.Slice(TcpHeader.ChecksumOffset, sizeof(ushort)).Clear();
        segment[headerLength..].CopyTo(layout.Append(length));
        key.CopyTo(layout.Append(key.Length));
        MD5.HashData(layout.Span, digest);
        layout.Return();
    }

    private static void WritePseudoHeader(Span<byte> target, InetAddress source, InetAddress destination, int length)
    {
        target.Clear();
        if (!source.IsV6)
        {
            WriteUInt32BigEndian(target, source.V4Bits);
            WriteUInt32BigEndian(target[4..], destination.V4Bits);
            target[9] = (byte)IpProtocol.Tcp;
            WriteUInt16BigEndian(target[10..], (ushort)length);
            return;
        }

        WriteUInt64BigEndian(target, source.High);
        WriteUInt64BigEndian(target[8..], source.Low);
        WriteUInt64BigEndian(target[16..], destination.High);
        WriteUInt64BigEndian(target[24..], destination.Low);
        WriteUInt32BigEndian(target[32..], (uint)length);
        target[39] = (byte)IpProtocol.Tcp;
    }

    // Where the digest stands.
    private static bool TryFind(ReadOnlySpan<byte> segment, out int offset)
    {
        var walk = new OptionWalk(segment[TcpHeader.Length..((segment[12] >> 4) * 4)]);
        while (walk.MoveNext())
        {
            if (walk.IsAtFiller || walk.Current is not [(byte)TcpOptionKind.Md5Signature, DigestLength + 2, ..]) continue;
            offset = TcpHeader.Length + walk.Offset + 2;
            return true;
        }

        offset = 0;
        return false;
    }
}
