using UserNet.Addressing;
using UserNet.Doors;
using UserNet.Wire;

namespace UserNet.Udp;

/// <summary>What is checked of a UDP datagram before a socket is looked for. RFC 768, RFC 1122 §4.1.3.</summary>
public static class UdpInput
{
    /// <summary>Parses a datagram and verifies its checksum, where it has one.</summary>
    /// <param name="octets">The IP packet's payload.</param>
    /// <param name="source">Where from.</param>
    /// <param name="destination">Where to.</param>
    /// <param name="checksumIsGood">True when the link vouches for it.</param>
    /// <param name="datagram">The datagram.</param>
    /// <returns>None, UdpMalformed, UdpBadChecksum.</returns>
    public static DropReason Check(
        ReadOnlySpan<byte> octets, InetAddress source, InetAddress destination, bool checksumIsGood, out UdpDatagram datagram)
    {
        if (!UdpDatagram.TryParse(octets, out datagram)) return DropReason.UdpMalformed;
        if (checksumIsGood || (datagram.Checksum == 0 && !source.IsV6)) return DropReason.None;
        var pseudo = new PseudoHeader(source, destination, IpProtocol.Udp, datagram.Octets.Length);
        return InternetChecksum.Of(datagram.Octets, pseudo) == 0 ? DropReason.None : DropReason.UdpBadChecksum;
    }
}
