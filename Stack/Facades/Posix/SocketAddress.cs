using System.Buffers.Binary;
using UserNet.Addressing;

namespace UserNet.Facades.Posix;

/// <summary>
/// <c>struct sockaddr_in</c>, <c>sockaddr_in6</c> and <c>sockaddr_storage</c> as octets, laid out as on Linux: the family in the machine's byte order (little-endian),
/// port and address in network byte order, the scope id in the machine's.
/// </summary>
/// <remarks>Any thread.</remarks>
public static class SocketAddress
{
    /// <summary>AF_UNSPEC.</summary>
    public const ushort Unspecified = 0;
    /// <summary>AF_INET.</summary>
    public const ushort InterNetwork = 2;
    /// <summary>AF_INET6.</summary>
    public const ushort InterNetworkV6 = 10;

    /// <summary>sizeof(struct sockaddr_in).</summary>
    public const int V4Length = 16;
    /// <summary>sizeof(struct sockaddr_in6).</summary>
    public const int V6Length = 28;
    /// <summary>sizeof(struct sockaddr_in6) without the scope id, which Linux still takes: SIN6_LEN_RFC2133.</summary>
    public const int V6LengthWithoutScope = 24;
    /// <summary>sizeof(struct sockaddr_storage): no address is longer.</summary>
    public const int StorageLength = 128;

    /// <summary>The octets of an endpoint: sockaddr_in of an IPv4 address, else sockaddr_in6.</summary>
    public static byte[] ToOctets(in InetEndpoint endpoint)
    {
        byte[] octets = new byte[endpoint.Address.IsV6 ? V6Length : V4Length];
        Write(endpoint, octets);
        return octets;
    }

    /// <summary>Writes an endpoint and returns how many octets it takes.</summary>
    /// <exception cref="ArgumentOutOfRangeException">They do not fit.</exception>
    public static int Write(in InetEndpoint endpoint, Span<byte> octets)
    {
        bool isV6 = endpoint.Address.IsV6;
        int length = isV6 ? V6Length : V4Length;
        octets[..length].Clear();
        BinaryPrimitives.WriteUInt16LittleEndian(octets, isV6 ? InterNetworkV6 : InterNetwork);
        BinaryPrimitives.WriteUInt16BigEndian(octets[2..], endpoint.Port);
        endpoint.Address.WriteOctets(octets[(isV6 ? 8 : 4)..]);
        if (isV6) BinaryPrimitives.WriteUInt32LittleEndian(octets[24..], endpoint.ScopeId);
        return length;
    }

    /// <summary>Writes an endpoint as a <c>struct sockaddr_storage</c>: 128 octets, what the address does not take is 0.</summary>
    /// <returns>How many octets the address itself takes.</returns>
    /// <exception cref="ArgumentOutOfRangeException">There is no room for 128.</exception>
    public static int WriteStorage(in InetEndpoint endpoint, Span<byte> storage)
    {
        storage[..StorageLength].Clear();
        return Write(endpoint, storage);
    }

    /// <summary>Reads a sockaddr_in, sockaddr_in6 or sockaddr_storage by its family.</summary>
    /// <param name="octets">The address; what lies beyond it is not looked at.</param>
    /// <param name="endpoint">What it says.</param>
    /// <returns>False where it is cut off, or of another family.</returns>
    public static bool TryRead(ReadOnlySpan<byte> octets, out InetEndpoint endpoint)
    {
        int family = octets.Length < sizeof(ushort) ? Unspecified : FamilyOf(octets);
        bool isWhole = octets.Length >= (family == InterNetworkV6 ? V6LengthWithoutScope : V4Length);
        bool isRead = isWhole && family is (InterNetwork or InterNetworkV6);
        endpoint = !isRead ? default : family == InterNetworkV6 ? ReadV6(octets) : ReadV4(octets);
        return isRead;
    }

    internal static ushort FamilyOf(ReadOnlySpan<byte> octets) => BinaryPrimitives.ReadUInt16LittleEndian(octets);

    /// <summary>Reads a sockaddr_in of at least 16 octets, whatever its family field says.</summary>
    internal static InetEndpoint ReadV4(ReadOnlySpan<byte> octets) => new(
        InetAddress.FromOctets(octets.Slice(4, 4)), BinaryPrimitives.ReadUInt16BigEndian(octets[2..]));

    /// <summary>Reads a sockaddr_in6 of at least 24 octets; without the last four it has no scope id.</summary>
    internal static InetEndpoint ReadV6(ReadOnlySpan<byte> octets) => new(
        InetAddress.FromOctets(octets.Slice(8, 16)), BinaryPrimitives.ReadUInt16BigEndian(octets[2..]),
        octets.Length >= V6Length ? BinaryPrimitives.ReadUInt32LittleEndian(octets[24..]) : 0);
}
