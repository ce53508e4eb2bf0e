using System.Buffers;
using System.Buffers.Binary;
using System.Diagnostics.CodeAnalysis;
using System.Net;
using System.Security.Cryptography;
using UserNet.Addressing;
using UserNet.Buffers;
using UserNet.Wire;

namespace UserNet.Tcp;

/// <summary>The keys by which segments are signed that connections with TCP_MD5SIG exchange. RFC 2385; FreeBSD's setkey(8).</summary>
/// <remarks>A key is that of a pair of hosts. Set while the stack is configured, under its gate.</remarks>
public sealed class TcpSegmentKeys
{
    /// <summary>Octets of the option with the digest, and of the no-operations that put it at a word's end.</summary>
    internal const int OptionLength = 2 + DigestLength, AlignedLength = 20;

    internal const int DigestLength = 16;
    private const int ChecksumAt = 16;

    private readonly List<(InetAddress One, InetAddress Other, byte[] Key)> _keys = [];

    /// <summary>Sets the key of two hosts.</summary>
    /// <param name="one">One of them.</param>
    /// <param name="other">The other.</param>
    /// <param name="key">Its octets.</param>
    /// <exception cref="ArgumentNullException">An argument is null.</exception>
    public void Add(IPAddress one, IPAddress other, byte[] key)
    {
        ArgumentNullException.ThrowIfNull(one);
        ArgumentNullException.ThrowIfNull(other);
        ArgumentNullException.ThrowIfNull(key);
        _keys.Add((InetAddress.From(one), InetAddress.From(other), key));
    }

    /// <summary>Forgets all keys.</summary>
    public void Clear() => _keys.Clear();

    /// <summary>The key of two hosts; null for none.</summary>
    internal byte[]? Find(InetAddress local, InetAddress remote)
    {
        (local, remote) = (local.Unmap(), remote.Unmap());
        foreach ((InetAddress one, InetAddress other, byte[] key) in _keys)
            if ((one == local && other == remote) || (one == remote && other == local)) return key;
        return null;
    }

    /// <summary>True when a segment that came is signed with a key.</summary>
    internal static bool IsSigned(in TcpSegment segment, InetAddress source, InetAddress destination, byte[] key)
    {
        TcpOptions.Enumerator walk = TcpOptions.Walk(segment.Options);
        Span<byte> digest = stackalloc byte[DigestLength];
        while (walk.MoveNext())
        {
            if (walk.Current.Kind != TcpOptionKind.Md5Signature || walk.Current.Data.Length != DigestLength) continue;
            WriteDigest(segment.Octets, source, destination, key, digest);
            return digest.SequenceEqual(walk.Current.Data);
        }

        return false;
    }

    /// <summary>Adds an option without its digest to those of a segment, in front of what fills the last word.</summary>
    /// <param name="options">The options.</param>
    /// <param name="room">Where all of them go.</param>
    internal static ReadOnlySpan<byte> Append(ReadOnlySpan<byte> options, Span<byte> room)
    {
        options.CopyTo(room);
        int length = 0;
        TcpOptions.Enumerator walk = TcpOptions.Walk(options);
        while (walk.MoveNext()) length = walk.Current.Offset + walk.Current.Octets.Length;
        while (length % 4 != 2) room[length++] = (byte)TcpOptionKind.NoOperation;
        room[length] = (byte)TcpOptionKind.Md5Signature;
        room[length + 1] = OptionLength;
        room.Slice(length + 2, DigestLength).Clear();
        return room[..(length + OptionLength)];
    }

    /// <summary>Signs a segment whose last option has room for the digest.</summary>
    internal static void Sign(PacketBuffer segment, int optionsLength, InetAddress source, InetAddress destination, byte[] key) =>
        WriteDigest(segment.Span, source, destination, key, segment.Span.Slice(TcpHeader.Length + optionsLength - DigestLength, DigestLength));

    /// <summary>The digest: over the pseudo header, the header without options and checksum, the text, and the key. RFC 2385 §2.0.</summary>
    /// <param name="segment">The segment.</param>
    /// <param name="source">Where it is from.</param>
    /// <param name="destination">Where it is to.</param>
    /// <param name="key">The key.</param>
    /// <param name="digest">Where the digest goes.</param>
    [SuppressMessage("Security", "CA5351", Justification = "It is the one that RFC 2385 has.")]
    internal static void WriteDigest(ReadOnlySpan<byte> segment, InetAddress source, InetAddress destination, ReadOnlySpan<byte> key, Span<byte> digest)
    {
        const int MostPseudo = 40;
        int headerLength = (segment[12] >> 4) * 4;
        byte[] rented = ArrayPool<byte>.Shared.Rent(MostPseudo + segment.Length + key.Length);
        int length = WritePseudo(rented, source.Unmap(), destination.Unmap(), segment.Length);
        segment[..TcpHeader.Length].CopyTo(rented.AsSpan(length));
        rented.AsSpan(length + ChecksumAt, sizeof(ushort)).Clear();
        length += TcpHeader.Length;
        segment[headerLength..].CopyTo(rented.AsSpan(length));
        length += segment.Length - headerLength;
        key.CopyTo(rented.AsSpan(length));
        length += key.Length;
        MD5.HashData(rented.AsSpan(0, length), digest);
        ArrayPool<byte>.Shared.Return(rented);
    }

    private static int WritePseudo(Span<byte> target, InetAddress source, InetAddress destination, int length)
    {
        bool isV4 = source.IsV4OrMapped;
        int octets = isV4 ? 4 : 16;
        source.WriteOctets(target);
        destination.WriteOctets(target[octets..]);
        Span<byte> rest = target[(2 * octets)..];
        if (isV4)
        {
            BinaryPrimitives.WriteUInt16BigEndian(rest, (byte)IpProtocol.Tcp);
            BinaryPrimitives.WriteUInt16BigEndian(rest[2..], (ushort)length);
            return (2 * octets) + 4;
        }

        BinaryPrimitives.WriteUInt32BigEndian(rest, (uint)length);
        BinaryPrimitives.WriteUInt32BigEndian(rest[4..], (byte)IpProtocol.Tcp);
        return (2 * octets) + 8;
    }
}
