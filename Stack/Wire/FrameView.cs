using UserNet.Addressing;
using static System.Buffers.Binary.BinaryPrimitives;

namespace UserNet.Wire;

/// <summary>A question about a frame. It must not change anything.</summary>
public delegate bool FramePredicate(in FrameView frame);

/// <summary>A frame with whatever layers it turned out to have: each is looked for, and may be missing.</summary>
/// <remarks>
/// Any octets can be viewed, and any field of any layer read: those of a layer that is missing are zero, and its type is a number that
/// means nothing, so that a question about one layer is answered with no where there is another. Of a fragment that is not the first
/// there is no transport to see; of the first one the ports, and what parses although the rest is missing. Checksums are not looked at.
/// </remarks>
public readonly ref struct FrameView
{
    private readonly ReadOnlySpan<byte> _packet;      // behind the Ethernet header
    private readonly EtherType _type;

    /// <summary>Sees a frame.</summary>
    /// <param name="octets">All of it.</param>
    /// <param name="isEthernet">True when it begins with an Ethernet header; else it is a bare IP packet.</param>
    public FrameView(ReadOnlySpan<byte> octets, bool isEthernet)
    {
        Octets = octets;
        IsEthernet = isEthernet;
        if (!isEthernet)
        {
            _packet = octets;
            _type = octets.Length > 0 && octets[0] >> 4 == 6 ? EtherType.Ipv6 : EtherType.Ipv4;
        }
        else if (EthernetFrame.TryParse(octets, out EthernetFrame ethernet))
        {
            _packet = ethernet.Payload;
            _type = ethernet.Type;
        }

        Protocol = IpProtocol.NoNextHeader;
        if (IsIpv4)
        {
            Ipv4Packet packet = Ipv4;
            Protocol = packet.Protocol;
            IsFragment = packet.IsFragment;
            if (packet.FragmentOffset == 0) Transport = packet.Payload;
        }
        else if (IsIpv6)
        {
            Ipv6Packet packet = Ipv6;
            var extensions = new Ipv6Extensions(packet);
            if (extensions.MoveToEnd() && extensions.FragmentOffset == 0) Transport = packet.Octets[extensions.Offset..];
            Protocol = extensions.Next;
            IsFragment = extensions.IsFragment;
        }
    }

    /// <summary>All of it.</summary>
    public ReadOnlySpan<byte> Octets { get; }

    /// <summary>True when it begins with an Ethernet header, as far as that is there.</summary>
    public bool IsEthernet { get; }

    /// <summary>The Ethernet frame.</summary>
    public EthernetFrame Ethernet => IsEthernet ? LayerOf<EthernetFrame>(Octets, Nothing) : LayerOf<EthernetFrame>(default, Nothing);

    /// <summary>It carries <see cref="Arp"/>.</summary>
    public bool IsArp => _type == EtherType.Arp && ArpPacket.TryParse(_packet, out _);

    /// <summary>The ARP packet.</summary>
    public ArpPacket Arp => LayerOf<ArpPacket>(IsArp ? _packet : default, NoArp);

    /// <summary>It carries <see cref="Ipv4"/>.</summary>
    public bool IsIpv4 => _type == EtherType.Ipv4 && Ipv4Packet.TryParse(_packet, out _);

    /// <summary>The IPv4 packet.</summary>
    public Ipv4Packet Ipv4 => LayerOf<Ipv4Packet>(IsIpv4 ? _packet : default, NoIpv4);

    /// <summary>It carries <see cref="Ipv6"/>.</summary>
    public bool IsIpv6 => _type == EtherType.Ipv6 && Ipv6Packet.TryParse(_packet, out _);

    /// <summary>The IPv6 packet.</summary>
    public Ipv6Packet Ipv6 => LayerOf<Ipv6Packet>(IsIpv6 ? _packet : default, NoIpv6);

    /// <summary>
    /// What the IP packet carries, behind extension headers; also of a fragment, and where it did not parse.
    /// <see cref="IpProtocol.NoNextHeader"/> of what is no IP packet.
    /// </summary>
    public IpProtocol Protocol { get; }

    /// <summary>True for a part of an IP packet.</summary>
    public bool IsFragment { get; }

    /// <summary>The octets behind the IP header and its extension headers; none of a fragment that is not the first.</summary>
    public ReadOnlySpan<byte> Transport { get; }

    /// <summary>It carries <see cref="Tcp"/>.</summary>
    public bool IsTcp => Protocol == IpProtocol.Tcp && TcpSegment.TryParse(Transport, out _);

    /// <summary>The TCP segment.</summary>
    public TcpSegment Tcp => LayerOf<TcpSegment>(IsTcp ? Transport : default, NoTcp);

    /// <summary>It carries <see cref="Udp"/>.</summary>
    public bool IsUdp => Protocol == IpProtocol.Udp && UdpDatagram.TryParse(Transport, out _);

    /// <summary>The UDP datagram.</summary>
    public UdpDatagram Udp => LayerOf<UdpDatagram>(IsUdp ? Transport : default, NoUdp);

    /// <summary>It carries <see cref="Icmpv4"/>.</summary>
    public bool IsIcmpv4 => IsIpv4 && Protocol == IpProtocol.Icmp && Icmpv4Message.TryParse(Transport, out _);

    /// <summary>The ICMP message.</summary>
    public Icmpv4Message Icmpv4 => LayerOf<Icmpv4Message>(IsIcmpv4 ? Transport : default, NoIcmp);

    /// <summary>It carries <see cref="Icmpv6"/>.</summary>
    public bool IsIcmpv6 => IsIpv6 && Protocol == IpProtocol.Icmpv6 && Icmpv6Message.TryParse(Transport, out _);

    /// <summary>The ICMPv6 message.</summary>
    public Icmpv6Message Icmpv6 => LayerOf<Icmpv6Message>(IsIcmpv6 ? Transport : default, NoIcmp);

    /// <summary>It carries <see cref="NeighborSolicitation"/>.</summary>
    public bool IsNeighborSolicitation => IsIcmpv6 && Wire.NeighborSolicitation.TryParse(Transport, out _);

    /// <summary>The question who has an address.</summary>
    public NeighborSolicitation NeighborSolicitation =>
        LayerOf<NeighborSolicitation>(IsNeighborSolicitation ? Transport : default, NoSolicitation);

    /// <summary>It carries <see cref="NeighborAdvertisement"/>.</summary>
    public bool IsNeighborAdvertisement => IsIcmpv6 && Wire.NeighborAdvertisement.TryParse(Transport, out _);

    /// <summary>The word of who has an address.</summary>
    public NeighborAdvertisement NeighborAdvertisement =>
        LayerOf<NeighborAdvertisement>(IsNeighborAdvertisement ? Transport : default, NoAdvertisement);

    /// <summary>It carries <see cref="RouterSolicitation"/>.</summary>
    public bool IsRouterSolicitation => IsIcmpv6 && Wire.RouterSolicitation.TryParse(Transport, out _);

    /// <summary>The question for routers.</summary>
    public RouterSolicitation RouterSolicitation =>
        LayerOf<RouterSolicitation>(IsRouterSolicitation ? Transport : default, NoRouterSolicitation);

    /// <summary>It carries <see cref="RouterAdvertisement"/>.</summary>
    public bool IsRouterAdvertisement => IsIcmpv6 && Wire.RouterAdvertisement.TryParse(Transport, out _);

    /// <summary>The word of a router.</summary>
    public RouterAdvertisement RouterAdvertisement =>
        LayerOf<RouterAdvertisement>(IsRouterAdvertisement ? Transport : default, NoRouterAdvertisement);

    /// <summary>It carries <see cref="Redirect"/>.</summary>
    public bool IsRedirect => IsIcmpv6 && RedirectMessage.TryParse(Transport, out _);

    /// <summary>A router's word of a better first hop.</summary>
    public RedirectMessage Redirect => LayerOf<RedirectMessage>(IsRedirect ? Transport : default, NoRedirect);

    /// <summary>It carries <see cref="Igmp"/>.</summary>
    public bool IsIgmp => IsIpv4 && Protocol == IpProtocol.Igmp && IgmpMessage.TryParse(Transport, out _);

    /// <summary>The IGMP message.</summary>
    public IgmpMessage Igmp => LayerOf<IgmpMessage>(IsIgmp ? Transport : default, Nothing);

    /// <summary>Where the IP packet says it is from, with the port of TCP and UDP; 0.0.0.0:0 of another frame.</summary>
    public InetEndpoint Source => new(IsIpv4 ? Ipv4.Source : IsIpv6 ? Ipv6.Source : default, PortAt(0));

    /// <summary>Where the IP packet is to, with the port of TCP and UDP; 0.0.0.0:0 of another frame.</summary>
    public InetEndpoint Destination => new(IsIpv4 ? Ipv4.Destination : IsIpv6 ? Ipv6.Destination : default, PortAt(2));

    /// <summary>What the transport carries; empty without one.</summary>
    public ReadOnlySpan<byte> Payload =>
        IsTcp ? Tcp.Payload : IsUdp ? Udp.Payload : IsIcmpv4 ? Icmpv4.Payload : IsIcmpv6 ? Icmpv6.Payload : default;

    // What stands for a layer that is missing: it parses, and says nothing.
    private static ReadOnlySpan<byte> Nothing => [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0];

    private static ReadOnlySpan<byte> NoArp => [0, 1, 8, 0, 6, 4, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0];

    private static ReadOnlySpan<byte> NoIpv4 => [0x45, 0, 0, 20, 0, 0, 0, 0, 0, 255, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0];

    private static ReadOnlySpan<byte> NoIpv6 =>
    [
        0x60, 0, 0, 0, 0, 0, (byte)IpProtocol.NoNextHeader, 0,
        0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
    ];

    private static ReadOnlySpan<byte> NoTcp => [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x50, 0, 0, 0, 0, 0, 0, 0];

    private static ReadOnlySpan<byte> NoUdp => [0, 0, 0, 0, 0, 8, 0, 0];

    private static ReadOnlySpan<byte> NoIcmp => [255, 0, 0, 0, 0, 0, 0, 0];      // 0 would be an echo reply

    private static ReadOnlySpan<byte> NoSolicitation =>
        [135, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0];

    private static ReadOnlySpan<byte> NoAdvertisement =>
        [136, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0];

    private static ReadOnlySpan<byte> NoRouterSolicitation => [133, 0, 0, 0, 0, 0, 0, 0];

    private static ReadOnlySpan<byte> NoRouterAdvertisement => [134, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0];

    private static ReadOnlySpan<byte> NoRedirect =>
    [
        137, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
    ];

    /// <summary>The frame in a line, as <see cref="PacketPrinter"/> has it.</summary>
    public override string ToString() => IsEthernet ? PacketPrinter.PrintEthernet(Octets) : PacketPrinter.PrintIp(Octets);

    private static T LayerOf<T>(ReadOnlySpan<byte> octets, ReadOnlySpan<byte> missing) where T : IWireView<T>, allows ref struct
    {
        if (T.TryParse(octets, out T view)) return view;
        _ = T.TryParse(missing, out view);
        return view;
    }

    private ushort PortAt(int offset) => Protocol is IpProtocol.Tcp or IpProtocol.Udp && Transport.Length >= 4
        ? ReadUInt16BigEndian(Transport[offset..]) : (ushort)0;
}
