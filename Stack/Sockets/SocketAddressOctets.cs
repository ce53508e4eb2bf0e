using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;
using UserNet.Addressing;

namespace UserNet.Sockets;

/// <summary>Endpoints in .NET's <see cref="SocketAddress"/>, whose octets are the operating system's.</summary>
/// <remarks>
/// Port and addresses lie at the same places on every system; how the family is written differs. Any thread.
/// </remarks>
internal static class SocketAddressOctets
{
    private const int PortAt = 2, V4At = 4, V6At = 8, ScopeAt = 24, FamilyLength = 2;

    private static readonly SocketAddress V4 = new IPEndPoint(IPAddress.Any, 0).Serialize();
    private static readonly SocketAddress V6 = new IPEndPoint(IPAddress.IPv6Any, 0).Serialize();

    /// <summary>True when there is room for any address of the family.</summary>
    public static bool HasRoom(SocketAddress address, AddressFamily family) =>
        address.Size >= (family == AddressFamily.InterNetworkV6 ? V6 : V4).Size;

    /// <summary>Reads an endpoint; false when it is of another family, or too short.</summary>
    public static bool TryRead(SocketAddress address, out InetEndpoint endpoint)
    {
        endpoint = default;
        bool isV6 = address.Family == AddressFamily.InterNetworkV6;
        if ((!isV6 && address.Family != AddressFamily.InterNetwork) || address.Size < (isV6 ? V6 : V4).Size)
            return false;
        ReadOnlySpan<byte> octets = address.Buffer.Span;
        ushort port = BinaryPrimitives.ReadUInt16BigEndian(octets[PortAt..]);
        endpoint = isV6
            ? new InetEndpoint(InetAddress.FromOctets(octets.Slice(V6At, 16)), port, BitConverter.ToUInt32(octets[ScopeAt..]))
            : new InetEndpoint(InetAddress.FromOctets(octets.Slice(V4At, 4)), port);
        return true;
    }

    /// <summary>Writes an endpoint, for which there must be room.</summary>
    public static void Write(in InetEndpoint endpoint, SocketAddress address)
    {
        SocketAddress form = endpoint.Address.IsV6 ? V6 : V4;
        Span<byte> octets = address.Buffer.Span;
        octets[FamilyLength..form.Size].Clear();
        form.Buffer.Span[..FamilyLength].CopyTo(octets);
        BinaryPrimitives.WriteUInt16BigEndian(octets[PortAt..], endpoint.Port);
        endpoint.Address.WriteOctets(octets[(endpoint.Address.IsV6 ? V6At : V4At)..]);
        if (endpoint.Address.IsV6) BitConverter.TryWriteBytes(octets[ScopeAt..], endpoint.ScopeId);
        address.Size = form.Size;
    }
}
