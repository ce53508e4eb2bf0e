using System.Buffers.Binary;
using UserNet.Addressing;
using UserNet.Binding;

namespace UserNet.Facades;

/// <summary>
/// SOCKADDR_IN and SOCKADDR_IN6 as octets, laid out as on Windows: the family in the machine's byte order (little-endian), port and address in
/// network byte order, the scope id in the machine's.
/// </summary>
/// <remarks>ws2def.h, ws2ipdef.h. Any thread.</remarks>
public static class WindowsSocketAddress
{
    /// <summary>AF_INET.</summary>
    public const ushort InterNetwork = 2;
    /// <summary>AF_INET6.</summary>
    public const ushort InterNetworkV6 = 23;
    /// <summary>sizeof(SOCKADDR_IN).</summary>
    public const int V4Length = 16;
    /// <summary>sizeof(SOCKADDR_IN6).</summary>
    public const int V6Length = 28;

    private const int FamilyLength = 2, PortAt = 2, V4At = 4, V6At = 8, ScopeAt = 24;

    /// <summary>The octets of an endpoint: SOCKADDR_IN of an IPv4 address, else SOCKADDR_IN6.</summary>
    public static byte[] ToOctets(in InetEndpoint endpoint)
    {
        byte[] octets = new byte[LengthOf(endpoint)];
        Write(endpoint, octets);
        return octets;
    }

    /// <summary>How many octets an endpoint takes.</summary>
    public static int LengthOf(in InetEndpoint endpoint) => endpoint.Address.IsV6 ? V6Length : V4Length;

    /// <summary>Writes an endpoint and returns how many octets it takes.</summary>
    /// <exception cref="ArgumentOutOfRangeException">They do not fit.</exception>
    public static int Write(in InetEndpoint endpoint, Span<byte> octets)
    {
        bool isV6 = endpoint.Address.IsV6;
        int length = LengthOf(endpoint);
        ArgumentOutOfRangeException.ThrowIfLessThan(octets.Length, length, nameof(octets));
        octets[..length].Clear();
        BinaryPrimitives.WriteUInt16LittleEndian(octets, isV6 ? InterNetworkV6 : InterNetwork);
        BinaryPrimitives.WriteUInt16BigEndian(octets[PortAt..], endpoint.Port);
        endpoint.Address.WriteOctets(octets[(isV6 ? V6At : V4At)..]);
        if (isV6) BinaryPrimitives.WriteUInt32LittleEndian(octets[ScopeAt..], endpoint.ScopeId);
        return length;
    }

    /// <summary>Reads an endpoint of which the family says how long it is.</summary>
    /// <returns>Granted, BadPointer (there is less memory than that), BadFamily (neither of the two).</returns>
    public static BindRule TryRead(ReadOnlySpan<byte> octets, out InetEndpoint endpoint)
    {
        endpoint = default;
        if (octets.Length < FamilyLength) return BindRule.BadPointer;
        ushort family = BinaryPrimitives.ReadUInt16LittleEndian(octets);
        if (family is not (InterNetwork or InterNetworkV6)) return BindRule.BadFamily;
        bool isV6 = family == InterNetworkV6;
        if (octets.Length < (isV6 ? V6Length : V4Length)) return BindRule.BadPointer;
        ushort port = BinaryPrimitives.ReadUInt16BigEndian(octets[PortAt..]);
        endpoint = isV6
            ? new InetEndpoint(InetAddress.FromOctets(octets.Slice(V6At, 16)), port, BinaryPrimitives.ReadUInt32LittleEndian(octets[ScopeAt..]))
            : new InetEndpoint(InetAddress.FromOctets(octets.Slice(V4At, 4)), port);
        return BindRule.Granted;
    }
}
