using System.Buffers.Binary;
using UserNet.Buffers;
using UserNet.Wire;

namespace UserNet.Tap;

/// <summary>
/// What can be seen from a frame alone of the work that was left to others: where nobody tells, as with libpcap.
/// </summary>
/// <remarks>
/// A checksum that was left open holds the sum of the pseudo-header, not complemented. A complete one is that too once
/// in 65,536 times; such a frame is then taken unverified, and not refused.
/// </remarks>
internal static class OffloadGuess
{
    private const int AddressesLength = 12, TypeLength = 2, TagLength = 4;
    private const ushort Ipv4 = 0x0800, Ipv6 = 0x86DD, Tag = 0x8100, ServiceTag = 0x88A8;
    private const byte Tcp = 6, Udp = 17;
    private const int TcpChecksum = 16, UdpChecksum = 6, TcpDataOffset = 12, TcpHeader = 20, UdpHeader = 8;

    /// <summary>The facts of an Ethernet frame from an interface of that MTU.</summary>
    public static PacketOffload Of(ReadOnlySpan<byte> frame, int mtu)
    {
        int place = AddressesLength;
        ushort type = 0;
        for (int tags = 0; tags < 3 && frame.Length >= place + TypeLength; tags++)
        {
            type = BinaryPrimitives.ReadUInt16BigEndian(frame[place..]);
            if (type is not (Tag or ServiceTag)) break;
            place += TagLength;
        }

        place += TypeLength;
        if (frame.Length <= place) return default;
        return type switch
        {
            Ipv4 => OfIpv4(frame, place, mtu),
            Ipv6 => OfIpv6(frame, place, mtu),
            _ => default,
        };
    }

    private static PacketOffload OfIpv4(ReadOnlySpan<byte> frame, int place, int mtu)
    {
        ReadOnlySpan<byte> packet = frame[place..];
        if (packet.Length < 20 || packet[0] >> 4 != 4) return default;
        int headerLength = (packet[0] & 15) * 4;
        int length = BinaryPrimitives.ReadUInt16BigEndian(packet[2..]);
        bool isFragment = (BinaryPrimitives.ReadUInt16BigEndian(packet[6..]) & 0x3FFF) != 0;
        if (headerLength < 20 || length < headerLength || length > packet.Length || isFragment) return default;
        return OfTransport(
            packet[headerLength..length], place + headerLength, packet[9], InternetChecksum.Sum(packet.Slice(12, 8)), mtu - headerLength, false);
    }

    private static PacketOffload OfIpv6(ReadOnlySpan<byte> frame, int place, int mtu)
    {
        const int HeaderLength = 40;
        ReadOnlySpan<byte> packet = frame[place..];
        if (packet.Length < HeaderLength || packet[0] >> 4 != 6) return default;
        int length = BinaryPrimitives.ReadUInt16BigEndian(packet[4..]);
        if (HeaderLength + length > packet.Length) return default;
        return OfTransport(
            packet.Slice(HeaderLength, length), place + HeaderLength, packet[6], InternetChecksum.Sum(packet.Slice(8, 32)), mtu - HeaderLength, true);
    }

    private static PacketOffload OfTransport(ReadOnlySpan<byte> unit, int place, byte protocol, ulong addresses, int room, bool isV6)
    {
        int offset = protocol == Tcp ? TcpChecksum : UdpChecksum;
        if (protocol is not (Tcp or Udp) || unit.Length < (protocol == Tcp ? TcpHeader : UdpHeader)) return default;
        ushort open = InternetChecksum.Fold(addresses + protocol + (uint)unit.Length);
        bool isOpen = open == BinaryPrimitives.ReadUInt16BigEndian(unit[offset..]);
        PacketOffload facts = !isOpen ? default : new PacketOffload
        {
            NeedsChecksum = true,
            ChecksumIsGood = true,
            ChecksumStart = (ushort)place,
            ChecksumOffset = (ushort)offset,
        };
        if (protocol != Tcp || unit.Length <= room) return facts;

        // Several segments in one, put together by the card or the sender: each was as long as the MTU allows, as far as can be seen.
        return facts with
        {
            SegmentKind = isV6 ? SegmentKind.TcpV6 : SegmentKind.TcpV4,
            SegmentSize = (ushort)Math.Clamp(room - ((unit[TcpDataOffset] >> 4) * 4), 1, ushort.MaxValue),
            ChecksumIsGood = true,
        };
    }
}
