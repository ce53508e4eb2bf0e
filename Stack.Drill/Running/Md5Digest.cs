using System.Diagnostics.CodeAnalysis;
using System.Security.Cryptography;
using System.Text;
using UserNet.Addressing;
using UserNet.Wire;

namespace UserNet.Drill.Running;

/// <summary>The digest that signs a segment. RFC 2385 §2.0.</summary>
internal static class Md5Digest
{
    /// <summary>Octets of a digest.</summary>
    public const int Length = 16;

    /// <summary>Computes the digest of a segment.</summary>
    /// <param name="segment">All of it; neither options nor checksum count.</param>
    /// <param name="source">Who sends it.</param>
    /// <param name="destination">Who is to receive it.</param>
    /// <param name="secret">The key.</param>
    [SuppressMessage("Security", "CA5351", Justification = "The RFC says so.")]
    public static byte[] Of(ReadOnlySpan<byte> segment, InetAddress source, InetAddress destination, string secret)
    {
        int headerLength = (segment[12] >> 4) * 4, length = segment.Length;
        byte[] from = source.ToIPAddress().GetAddressBytes(), to = destination.ToIPAddress().GetAddressBytes();
        byte[] lengthAndProtocol = from.Length == 4
            ? [0, (byte)IpProtocol.Tcp, (byte)(length >> 8), (byte)length]
            : [0, 0, (byte)(length >> 8), (byte)length, 0, 0, 0, (byte)IpProtocol.Tcp];
        byte[] header = segment[..TcpHeader.Length].ToArray();
        header[TcpHeader.ChecksumOffset] = header[TcpHeader.ChecksumOffset + 1] = 0;
        return MD5.HashData([.. from, .. to, .. lengthAndProtocol, .. header, .. segment[headerLength..], .. Encoding.Latin1.GetBytes(secret)]);
    }

    /// <summary>Where the digest stands in a segment's options; -1 when they have none.</summary>
    public static int Find(ReadOnlySpan<byte> options)
    {
        TcpOptions.Enumerator walk = TcpOptions.Walk(options);
        while (walk.MoveNext())
            if (walk.Current is { Kind: TcpOptionKind.Md5Signature, Data.Length: Length }) return walk.Current.Offset + 2;
        return -1;
    }
}
