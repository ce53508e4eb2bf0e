using System.Buffers.Binary;
using UserNet.Wire;

namespace UserNet.Ip;

/// <summary>
/// The transport checksum that a local sender left open, for packets that leave this host again: on their way through, or quoted in an
/// error.
/// </summary>
internal static class OpenChecksum
{
    private const int TcpField = 16, UdpField = 6;

    /// <summary>Fills it in where the packet's has one that is open.</summary>
    /// <param name="arrival">The packet.</param>
    /// <param name="copy">The packet's octets, or as many of the first as are wanted.</param>
    public static void Complete(in IpArrival arrival, Span<byte> copy)
    {
        if (!arrival.NeedsChecksum || (!arrival.IsV6 && arrival.Packet.IsFragment)) return;
        bool isUdp = arrival.Protocol == IpProtocol.Udp;
        if (!isUdp && arrival.Protocol != IpProtocol.Tcp) return;
        int field = isUdp ? UdpField : TcpField, at = arrival.Octets.Length - arrival.Payload.Length + field;
        if (arrival.Payload.Length < field + 2 || copy.Length < at + 2) return;
        ushort checksum = InternetChecksum.Of(arrival.Payload);      // the field holds the sum of the pseudo-header
        if (checksum == 0 && isUdp) checksum = 0xFFFF;               // RFC 768
        BinaryPrimitives.WriteUInt16BigEndian(copy[at..], checksum);
    }
}
