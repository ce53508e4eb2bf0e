using System.Buffers.Binary;
using UserNet.Addressing;
using UserNet.Binding;

namespace UserNet.Facades;

/// <summary>
/// SOCKADDR_IN and SOCKADDR_IN6 as octets, laid out as on Windows: the family in the machine's byte order (little-endian), port and address in
/// network byte order, the scope id in the machine's.
/// </summary>
/// <remarks>ws2def.h, ws2ipdef.h. What Winsock, the service provider and WSK read and write. Any thread.</remarks>
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
    public static int LengthOf(in InetEndpoint endpoint) => LengthOf(endpoint.Address.IsV6);

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
        return Read(octets, octets.Length, isV6: family == InterNetworkV6, out endpoint);
    }

    /// <summary>How many octets a name of a family takes.</summary>
    internal static int LengthOf(bool isV6) => isV6 ? V6Length : V4Length;

    /// <summary>Reads a name that a call was given for a socket of a family, with its length beside it.</summary>
    /// <param name="name">The memory; none at all is NULL.</param>
    /// <param name="length">How long the caller says it is; what lies beyond the memory can't be read.</param>
    /// <param name="isV6">The socket's family.</param>
    /// <param name="endpoint">What it stands for; also where the family is another.</param>
    /// <returns>Granted, BadPointer (nothing, too short for the family, or not all there), BadFamily.</returns>
    internal static BindRule Read(ReadOnlySpan<byte> name, int length, bool isV6, out InetEndpoint endpoint)
    {
        endpoint = default;
        if (length < LengthOf(isV6) || length > name.Length) return BindRule.BadPointer;
        ushort port = BinaryPrimitives.ReadUInt16BigEndian(name[PortAt..]);
        endpoint = isV6
            ? new InetEndpoint(InetAddress.FromOctets(name.Slice(V6At, 16)), port, BinaryPrimitives.ReadUInt32LittleEndian(name[ScopeAt..]))
            : new InetEndpoint(InetAddress.FromOctets(name.Slice(V4At, 4)), port);
        ushort family = isV6 ? InterNetworkV6 : InterNetwork;
        return BinaryPrimitives.ReadUInt16LittleEndian(name) == family ? BindRule.Granted : BindRule.BadFamily;
    }
}
