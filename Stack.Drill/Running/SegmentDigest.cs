using System.Diagnostics.CodeAnalysis;
using System.Security.Cryptography;
using UserNet.Addressing;
using UserNet.Wire;
using static System.Buffers.Binary.BinaryPrimitives;

namespace UserNet.Drill.Running;

/// <summary>The digest of a signed segment, made without the stack's help. RFC 2385 §2.0.</summary>
internal static class SegmentDigest
{
    /// <summary>Octets of a digest.</summary>
    public const int Length = 16;

    private const int MostPseudo = 40;

    /// <summary>Where among the options the digest begins; -1 for nowhere.</summary>
    public static int OffsetIn(ReadOnlySpan<byte> options)
    {
        TcpOptions.Enumerator walk = TcpOptions.Walk(options);
        while (walk.MoveNext())
            if (walk.Current.Kind == TcpOptionKind.Md5Signature && walk.Current.Data.Length == Length) return walk.Current.Offset + 2;
        return -1;
    }

    /// <summary>Makes the digest of a segment; neither its checksum nor its options count.</summary>
    [SuppressMessage("Security", "CA5351", Justification = "It is the one that RFC 2385 has.")]
    public static void Write(ReadOnlySpan<byte> segment, InetAddress source, InetAddress destination, byte[] key, Span<byte> digest)
    {
        byte[] covered = new byte[MostPseudo + segment.Length + key.Length];
        int length = source.WriteOctets(covered);
        length += destination.WriteOctets(covered.AsSpan(length));
        bool isV4 = length == 8;
        WriteUInt32BigEndian(covered.AsSpan(length), isV4 ? ((uint)IpProtocol.Tcp << 16) | (uint)segment.Length : (uint)segment.Length);
        length += sizeof(uint);
        if (!isV4)
        {
            WriteUInt32BigEndian(covered.AsSpan(length), (uint)IpProtocol.Tcp);
            length += sizeof(uint);
        }

        segment[..16].CopyTo(covered.AsSpan(length));
        segment[18..TcpHeader.Length].CopyTo(covered.AsSpan(length + 18));
        length += TcpHeader.Length;
        ReadOnlySpan<byte> text = segment[((segment[12] >> 4) * 4)..];
        text.CopyTo(covered.AsSpan(length));
        length += text.Length;
        key.CopyTo(covered, length);
        MD5.HashData(covered.AsSpan(0, length + key.Length), digest);
    }

    /// <summary>The digest that a segment of zeros should have, put into the options that are expected of it.</summary>
    public static void Complete(byte[] options, SeenPacket packet, SeenSegment segment, byte[] key)
    {
        int offset = OffsetIn(options);
        if (offset < 0) return;
        byte[] octets = new byte[TcpHeader.Length + options.Length + segment.PayloadLength];
        WriteUInt16BigEndian(octets, segment.SourcePort);
        WriteUInt16BigEndian(octets.AsSpan(2), segment.DestinationPort);
        WriteUInt32BigEndian(octets.AsSpan(4), segment.Sequence);
        WriteUInt32BigEndian(octets.AsSpan(8), segment.Ack);
        WriteUInt16BigEndian(octets.AsSpan(12), (ushort)(((TcpHeader.Length + options.Length) << 10) | (int)segment.Flags));
        WriteUInt16BigEndian(octets.AsSpan(14), segment.Window);
        WriteUInt16BigEndian(octets.AsSpan(18), segment.Urgent);
        Write(octets, packet.Source, packet.Destination, key, options.AsSpan(offset, Length));
    }
}
