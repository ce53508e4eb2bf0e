using UserNet.Addressing;

namespace UserNet.Wire;

/// <summary>A question about a frame.</summary>
public delegate bool FramePredicate(in FrameView frame);

/// <summary>A frame with whatever layers it turned out to have: each is looked for, and may be missing.</summary>
/// <remarks>
/// Of a fragment that is not the first there is no transport to see. Any octets can be viewed; a layer that is missing is an empty
/// view, whose fields are not to be read.
/// </remarks>
public readonly ref struct FrameView
{
    /// <summary>Sees a frame.</summary>
    /// <param name="octets">All of it.</param>
    /// <param name="isEthernet">True when it begins with an Ethernet header; else it is a bare IP packet.</param>
    public FrameView(ReadOnlySpan<byte> octets, bool isEthernet)
    {
        Octets = octets;
        IsEthernet = isEthernet;
        ReadOnlySpan<byte> packet = octets;
        EtherType type = octets.Length > 0 && octets[0] >> 4 == 6 ? EtherType.Ipv6 : EtherType.Ipv4;
        if (isEthernet)
        {
            if (!EthernetFrame.TryParse(octets, out EthernetFrame ethernet)) return;
            Ethernet = ethernet;
            packet = ethernet.Payload;
            type = ethernet.Type;
        }

        ArpPacket arp = default;
        Ipv4Packet v4 = default;
        Ipv6Packet v6 = default;
        IsArp = type == EtherType.Arp && ArpPacket.TryParse(packet, out arp);
        IsIpv4 = type == EtherType.Ipv4 && Ipv4Packet.TryParse(packet, out v4);
        IsIpv6 = type == EtherType.Ipv6 && Ipv6Packet.TryParse(packet, out v6);
        Arp = arp;
        Ipv4 = v4;
        Ipv6 = v6;
        ReadOnlySpan<byte> payload = default;
        if (IsIpv4)
        {
            Protocol = v4.Protocol;
            if (v4.FragmentOffset == 0) payload = v4.Payload;
        }
        else if (IsIpv6)
        {
            var extensions = new Ipv6Extensions(v6);
            if (extensions.MoveToEnd() && extensions.FragmentOffset == 0) payload = v6.Octets[extensions.Offset..];
            Protocol = extensions.Next;
        }

        TcpSegment tcp = default;
        UdpDatagram udp = default;
        Icmpv4Message icmpv4 = default;
        Icmpv6Message icmpv6 = default;
        IsTcp = Protocol == IpProtocol.Tcp && TcpSegment.TryParse(payload, out tcp);
        IsUdp = Protocol == IpProtocol.Udp && UdpDatagram.TryParse(payload, out udp);
        IsIcmpv4 = IsIpv4 && Protocol == IpProtocol.Icmp && Icmpv4Message.TryParse(payload, out icmpv4);
        IsIcmpv6 = IsIpv6 && Protocol == IpProtocol.Icmpv6 && Icmpv6Message.TryParse(payload, out icmpv6);
        Tcp = tcp;
        Udp = udp;
        Icmpv4 = icmpv4;
        Icmpv6 = icmpv6;
    }

    /// <summary>All of it.</summary>
    public ReadOnlySpan<byte> Octets { get; }

    /// <summary>True when it begins with an Ethernet header.</summary>
    public bool IsEthernet { get; }

    /// <summary>The Ethernet frame.</summary>
    public EthernetFrame Ethernet { get; }

    /// <summary>It carries <see cref="Arp"/>.</summary>
    public bool IsArp { get; }

    /// <summary>The ARP packet.</summary>
    public ArpPacket Arp { get; }

    /// <summary>It carries <see cref="Ipv4"/>.</summary>
    public bool IsIpv4 { get; }

    /// <summary>The IPv4 packet.</summary>
    public Ipv4Packet Ipv4 { get; }

    /// <summary>It carries <see cref="Ipv6"/>.</summary>
    public bool IsIpv6 { get; }

    /// <summary>The IPv6 packet.</summary>
    public Ipv6Packet Ipv6 { get; }

    /// <summary>What the IP packet carries, behind extension headers; also of a fragment, and where it did not parse.</summary>
    public IpProtocol Protocol { get; }

    /// <summary>It carries <see cref="Tcp"/>.</summary>
    public bool IsTcp { get; }

    /// <summary>The TCP segment.</summary>
    public TcpSegment Tcp { get; }

    /// <summary>It carries <see cref="Udp"/>.</summary>
    public bool IsUdp { get; }

    /// <summary>The UDP datagram.</summary>
    public UdpDatagram Udp { get; }

    /// <summary>It carries <see cref="Icmpv4"/>.</summary>
    public bool IsIcmpv4 { get; }

    /// <summary>The ICMP message.</summary>
    public Icmpv4Message Icmpv4 { get; }

    /// <summary>It carries <see cref="Icmpv6"/>.</summary>
    public bool IsIcmpv6 { get; }

    /// <summary>The ICMPv6 message.</summary>
    public Icmpv6Message Icmpv6 { get; }

    /// <summary>Where the IP packet says it is from, with the port where there is one; nothing of another frame.</summary>
    public InetEndpoint Source => new(
        IsIpv4 ? Ipv4.Source : IsIpv6 ? Ipv6.Source : default, IsTcp ? Tcp.SourcePort : IsUdp ? Udp.SourcePort : (ushort)0);

    /// <summary>Where the IP packet is to, with the port where there is one; nothing of another frame.</summary>
    public InetEndpoint Destination => new(
        IsIpv4 ? Ipv4.Destination : IsIpv6 ? Ipv6.Destination : default,
        IsTcp ? Tcp.DestinationPort : IsUdp ? Udp.DestinationPort : (ushort)0);

    /// <summary>What the transport carries; empty without one.</summary>
    public ReadOnlySpan<byte> Payload => IsTcp ? Tcp.Payload : IsUdp ? Udp.Payload : IsIcmpv4 ? Icmpv4.Payload : IsIcmpv6 ? Icmpv6.Payload : default;

    /// <summary>The frame in a line, as <see cref="PacketPrinter"/> has it.</summary>
    public override string ToString() => IsEthernet ? PacketPrinter.PrintEthernet(Octets) : PacketPrinter.PrintIp(Octets);
}
