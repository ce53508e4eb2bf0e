using System.Buffers.Binary;
using System.Globalization;
using UserNet.Addressing;
using UserNet.Link;

namespace UserNet.Tests.Tap;

/// <summary>Frames written by hand, octet by octet.</summary>
internal static class TestFrames
{
    public const int EthernetLength = 14;

    /// <summary>An Ethernet frame of a protocol that no host speaks (IEEE 802-2014 §9.2.4), with a number in it.</summary>
    public static byte[] Numbered(MacAddress to, MacAddress from, int number, int length = 60)
    {
        byte[] frame = Ethernet(to, from, 0x88B5, length);
        BinaryPrimitives.WriteInt32BigEndian(frame.AsSpan(EthernetLength), number);
        for (int i = EthernetLength + 4; i < length; i++) frame[i] = (byte)(number + i);
        return frame;
    }

    public static int NumberOf(ReadOnlySpan<byte> frame) => BinaryPrimitives.ReadInt32BigEndian(frame[EthernetLength..]);

    public static ushort TypeOf(ReadOnlySpan<byte> frame) => BinaryPrimitives.ReadUInt16BigEndian(frame[12..]);

    public static byte[] ArpRequest(MacAddress from, string sender, string target)
    {
        byte[] frame = Ethernet(MacAddress.Broadcast, from, 0x0806, 60);
        Convert.FromHexString("0001080006040001").CopyTo(frame, 14);
        from.WriteOctets(frame.AsSpan(22));
        Octets(sender).CopyTo(frame, 28);
        Octets(target).CopyTo(frame, 38);
        return frame;
    }

    public static byte[] ArpReply(MacAddress from, string sender, MacAddress to, string target)
    {
        byte[] frame = ArpRequest(from, sender, target);
        to.WriteOctets(frame);
        frame[21] = 2;
        to.WriteOctets(frame.AsSpan(32));
        return frame;
    }

    /// <summary>True for an ARP reply that says who has an address.</summary>
    public static bool IsArpReplyFrom(byte[] frame, string sender) =>
        frame.Length >= 42 && TypeOf(frame) == 0x0806 && frame[21] == 2 && frame.AsSpan(28, 4).SequenceEqual(Octets(sender));

    /// <summary>A UDP datagram over IPv4, without UDP checksum.</summary>
    public static byte[] Udp4(string from, string to, ushort port, byte[] payload)
    {
        byte[] packet = new byte[28 + payload.Length];
        packet[0] = 0x45;
        BinaryPrimitives.WriteUInt16BigEndian(packet.AsSpan(2), (ushort)packet.Length);
        packet[8] = 64;
        packet[9] = 17;
        Octets(from).CopyTo(packet, 12);
        Octets(to).CopyTo(packet, 16);
        BinaryPrimitives.WriteUInt16BigEndian(packet.AsSpan(10), Checksum(packet.AsSpan(0, 20)));
        BinaryPrimitives.WriteUInt16BigEndian(packet.AsSpan(20), 4000);
        BinaryPrimitives.WriteUInt16BigEndian(packet.AsSpan(22), port);
        BinaryPrimitives.WriteUInt16BigEndian(packet.AsSpan(24), (ushort)(8 + payload.Length));
        payload.CopyTo(packet, 28);
        return packet;
    }

    public static byte[] Ethernet(MacAddress to, MacAddress from, ushort type, int length)
    {
        byte[] frame = new byte[length];
        to.WriteOctets(frame);
        from.WriteOctets(frame.AsSpan(6));
        BinaryPrimitives.WriteUInt16BigEndian(frame.AsSpan(12), type);
        return frame;
    }

    public static byte[] Octets(string address) =>
        Array.ConvertAll(address.Split('.'), part => byte.Parse(part, CultureInfo.InvariantCulture));

    public static ushort Checksum(ReadOnlySpan<byte> octets)
    {
        uint sum = 0;
        for (int i = 0; i < octets.Length; i++) sum += (uint)(octets[i] << ((i & 1) == 0 ? 8 : 0));
        while (sum > 0xFFFF) sum = (sum >> 16) + (sum & 0xFFFF);
        return (ushort)~sum;
    }

    /// <summary>Sends all frames, waiting where the link does not take them.</summary>
    public static void SendAll(ILink link, RecordingSink sink, ReadOnlySpan<LinkFrame> frames)
    {
        while (true)
        {
            frames = frames[link.Send(frames)..];
            if (frames.IsEmpty) return;
            if (!sink.WaitForRoom()) throw new TimeoutException("The link does not get writable.");
        }
    }
}
