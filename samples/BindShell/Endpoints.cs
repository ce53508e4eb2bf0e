using System.Buffers.Binary;
using System.Globalization;
using UserNet.Addressing;
using UserNet.Facades.Posix;

namespace UserNet.Samples.BindShell;

/// <summary>Endpoints between the words of a script and the octets of a sockaddr.</summary>
internal static class Endpoints
{
    /// <summary>Room for the longest address and one octet more.</summary>
    private const int Room = SocketAddress.StorageLength + 1;

    /// <summary>The octets of an address as a script writes it, in a buffer that is longer than any address.</summary>
    /// <param name="text">As in 10.0.0.1, ::1, fe80::1%v0 or fe80::1%7.</param>
    /// <param name="port">The port.</param>
    /// <param name="host">Knows the interfaces.</param>
    /// <param name="length">How many of the octets are the address.</param>
    public static byte[] Write(string text, ushort port, IScriptHost host, out int length)
    {
        InetEndpoint endpoint = Parse(text, port, host);
        byte[] octets = new byte[Room];
        length = SocketAddress.Write(endpoint, octets);
        return octets;
    }

    /// <summary>The octets of an endpoint in a buffer: how many there are.</summary>
    public static int Write(in InetEndpoint endpoint, byte[] octets) => SocketAddress.Write(endpoint, octets);

    /// <summary>The endpoint that a script writes.</summary>
    public static InetEndpoint Parse(string text, ushort port, IScriptHost host)
    {
        int percent = text.IndexOf('%', StringComparison.Ordinal);
        if (percent < 0) return new InetEndpoint(InetAddress.Parse(text), port);
        string device = text[(percent + 1)..];
        bool isNumber = uint.TryParse(device, NumberStyles.None, CultureInfo.InvariantCulture, out uint scope);
        if (!isNumber && (scope = host.IndexOf(device)) == 0)
            throw new FormatException($"there is no interface {device}.");
        return new InetEndpoint(InetAddress.Parse(text.AsSpan(0, percent)), port, scope);
    }

    /// <summary>The endpoint in a sockaddr_in or sockaddr_in6.</summary>
    public static InetEndpoint Read(ReadOnlySpan<byte> octets, int length)
    {
        ushort port = BinaryPrimitives.ReadUInt16BigEndian(octets[2..]);
        if (BinaryPrimitives.ReadUInt16LittleEndian(octets) != SocketAddress.InterNetworkV6)
            return new InetEndpoint(InetAddress.FromOctets(octets.Slice(4, 4)), port);
        uint scope = length >= SocketAddress.V6Length ? BinaryPrimitives.ReadUInt32LittleEndian(octets[24..]) : 0;
        return new InetEndpoint(InetAddress.FromOctets(octets.Slice(8, 16)), port, scope);
    }
}
