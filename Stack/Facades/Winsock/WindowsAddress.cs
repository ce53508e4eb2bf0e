using System.Buffers.Binary;
using UserNet.Addressing;
using UserNet.Errors;

namespace UserNet.Facades.Winsock;

/// <summary>
/// <c>sockaddr_in</c> and <c>sockaddr_in6</c> as octets, laid out as on Windows: the family in the machine's byte order (little-endian), which
/// is 23 for IPv6, port and address in network byte order, the scope id in the machine's.
/// </summary>
/// <remarks>Any thread.</remarks>
public static class WindowsAddress
{
    /// <summary>sizeof(struct sockaddr_in).</summary>
    public const int V4Length = 16;
    /// <summary>sizeof(struct sockaddr_in6): none that is shorter is taken.</summary>
    public const int V6Length = 28;

    private const int PortAt = 2, V4At = 4, V6At = 8, ScopeAt = 24;

    /// <summary>The octets of an endpoint: sockaddr_in of an IPv4 address, else sockaddr_in6.</summary>
    public static byte[] ToOctets(in InetEndpoint endpoint)
    {
        byte[] octets = new byte[LengthOf(endpoint.Address.IsV6)];
        Write(endpoint, octets);
        return octets;
    }

    /// <summary>Writes an endpoint and returns how many octets it takes.</summary>
    /// <exception cref="ArgumentOutOfRangeException">They do not fit.</exception>
    public static int Write(in InetEndpoint endpoint, Span<byte> octets)
    {
        bool isV6 = endpoint.Address.IsV6;
        int length = LengthOf(isV6);
        octets[..length].Clear();
        BinaryPrimitives.WriteUInt16LittleEndian(octets, (ushort)(isV6 ? Winsock2.AF_INET6 : Winsock2.AF_INET));
        BinaryPrimitives.WriteUInt16BigEndian(octets[PortAt..], endpoint.Port);
        endpoint.Address.WriteOctets(octets[(isV6 ? V6At : V4At)..]);
        if (isV6) BinaryPrimitives.WriteUInt32LittleEndian(octets[ScopeAt..], endpoint.ScopeId);
        return length;
    }

    /// <summary>The endpoint that octets stand for, whatever socket they are for.</summary>
    /// <returns>False where they are too short, or of another family.</returns>
    public static bool TryRead(ReadOnlySpan<byte> octets, out InetEndpoint endpoint)
    {
        endpoint = default;
        if (octets.Length < sizeof(ushort)) return false;
        bool isV6 = BinaryPrimitives.ReadUInt16LittleEndian(octets) == Winsock2.AF_INET6;
        return Read(octets, octets.Length, isV6, out endpoint, out bool isOfFamily) == WsaError.Success && isOfFamily;
    }

    internal static int LengthOf(bool isV6) => isV6 ? V6Length : V4Length;

    /// <summary>Reads a name that a call was given for a socket of a family.</summary>
    /// <param name="name">The memory.</param>
    /// <param name="length">How long the caller says it is; what lies beyond the memory can't be read.</param>
    /// <param name="isV6">The socket's family.</param>
    /// <param name="endpoint">What it stands for.</param>
    /// <param name="isOfFamily">Whether it names the socket's family.</param>
    /// <returns>Success; WSAEFAULT (nothing, too short, or not all there).</returns>
    internal static WsaError Read(ReadOnlySpan<byte> name, int length, bool isV6, out InetEndpoint endpoint, out bool isOfFamily)
    {
        endpoint = default;
        isOfFamily = false;
        if (name.IsEmpty || length < LengthOf(isV6) || length > name.Length) return WsaError.WSAEFAULT;
        isOfFamily = BinaryPrimitives.ReadUInt16LittleEndian(name) == (isV6 ? Winsock2.AF_INET6 : Winsock2.AF_INET);
        ushort port = BinaryPrimitives.ReadUInt16BigEndian(name[PortAt..]);
        endpoint = isV6
            ? new InetEndpoint(InetAddress.FromOctets(name.Slice(V6At, 16)), port, BinaryPrimitives.ReadUInt32LittleEndian(name[ScopeAt..]))
            : new InetEndpoint(InetAddress.FromOctets(name.Slice(V4At, 4)), port);
        return WsaError.Success;
    }
}
