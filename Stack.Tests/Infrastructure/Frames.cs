using UserNet.Addressing;
using UserNet.Buffers;
using UserNet.Wire;

namespace UserNet.Tests.Infrastructure;

/// <summary>Frames as a peer would send them.</summary>
internal static class Frames
{
    public static readonly MacAddress Peer = MacAddress.Parse("02:00:00:00:00:99");

    public static byte[] Make(Action<PacketBuffer> write)
    {
        PacketBuffer buffer = new PacketPool().Rent(PacketPool.LargeSize);
        write(buffer);
        return buffer.Span.ToArray();
    }

    public static byte[] Arp(ArpOperation operation, MacAddress from, string sender, MacAddress to, string target, MacAddress? frameTo = null) => Make(buffer =>
    {
        new ArpHeader(operation, from, InetAddress.Parse(sender), to, InetAddress.Parse(target)).PrependTo(buffer);
        new EthernetHeader(frameTo ?? (operation == ArpOperation.Request ? MacAddress.Broadcast : to), from, EtherType.Arp).PrependTo(buffer);
    });

    public static byte[] Ipv4(MacAddress to, in Ipv4Header header, byte[] payload, byte[]? options = null)
    {
        Ipv4Header copy = header;
        return Make(buffer =>
        {
            payload.CopyTo(buffer.Append(payload.Length));
            copy.PrependTo(buffer, options);
            new EthernetHeader(to, Peer, EtherType.Ipv4).PrependTo(buffer);
        });
    }

    public static byte[] Icmp(in Icmpv4Header header, byte[] payload)
    {
        Icmpv4Header copy = header;
        return Make(buffer =>
        {
            payload.CopyTo(buffer.Append(payload.Length));
            copy.PrependTo(buffer);
        });
    }

    public static byte[] Udp(string source, ushort sourcePort, string destination, ushort destinationPort, byte[] payload) => Make(buffer =>
    {
        payload.CopyTo(buffer.Append(payload.Length));
        var pseudo = new PseudoHeader(InetAddress.Parse(source), InetAddress.Parse(destination), IpProtocol.Udp, 0);
        new UdpHeader(sourcePort, destinationPort).PrependTo(buffer, pseudo);
    });
}
