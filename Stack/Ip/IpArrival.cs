using UserNet.Addressing;
using UserNet.Binding;
using UserNet.Buffers;
using UserNet.Link;
using UserNet.Wire;

namespace UserNet.Ip;

/// <summary>A whole packet that has arrived at this host, or passes through it: checked, and put together from its fragments.</summary>
public readonly ref struct IpArrival
{
    private readonly Ipv6Packet _packetV6;

    /// <summary>The IPv4 packet; of one that came in fragments, as it was before. Empty when it is IPv6.</summary>
    public Ipv4Packet Packet { get; init; }

    /// <summary>The IPv6 packet; empty when it is IPv4. Set with it: <see cref="UpperProtocol"/> and <see cref="UpperOffset"/>.</summary>
    public Ipv6Packet PacketV6
    {
        get => _packetV6;
        init
        {
            _packetV6 = value;
            IsV6 = true;
        }
    }

    /// <summary>What an IPv6 packet carries behind its extension headers.</summary>
    public IpProtocol UpperProtocol { get; init; }

    /// <summary>Where in an IPv6 packet that begins.</summary>
    public int UpperOffset { get; init; }

    /// <summary>Where in an IPv6 packet the field stands that says what it carries.</summary>
    public int NextHeaderOffset { get; init; }

    /// <summary>The interface that it arrived on.</summary>
    public LinkPort Port { get; init; }

    /// <summary>The station that its frame came from; zero on a medium without stations, and for a packet that came in fragments.</summary>
    public MacAddress Station { get; init; }

    /// <summary>To whom its frame was addressed.</summary>
    public LinkCast Cast { get; init; }

    /// <summary>What the destination is to this host: Local, Broadcast or Multicast; Foreign when it is to be forwarded.</summary>
    public AddressRole Role { get; init; }

    /// <summary>True when the transport checksum need not be verified.</summary>
    public bool ChecksumIsGood { get; init; }

    /// <summary>True when a local sender left the transport checksum open: its field holds the sum of the pseudo-header.</summary>
    public bool NeedsChecksum { get; init; }

    /// <summary>The buffer that a packet of fragments was put together in; whoever got the arrival returns it.</summary>
    public PacketBuffer? Reassembled { get; init; }

    /// <summary>True for an IPv6 packet that had a fragment header, whether there were others of it or not. RFC 6980.</summary>
    public bool WasFragmented { get; init; }

    /// <summary>
    /// The packet's IP options, with this host's address and time in those that record them; lent. Of a packet on its way through, as
    /// they came. RFC 1122 §3.2.1.8.
    /// </summary>
    public ReadOnlySpan<byte> Options { get; init; }

    /// <summary>True when every router on the way is asked to look at the packet. RFC 2113, RFC 2711.</summary>
    public bool HasRouterAlert { get; init; }

    /// <summary>True for an IPv6 packet.</summary>
    public bool IsV6 { get; private init; }

    /// <summary>All of the packet, from its IP header on.</summary>
    public ReadOnlySpan<byte> Octets => IsV6 ? _packetV6.Octets : Packet.Octets;

    /// <summary>Where from.</summary>
    public InetAddress Source => IsV6 ? _packetV6.Source : Packet.Source;

    /// <summary>Where to.</summary>
    public InetAddress Destination => IsV6 ? _packetV6.Destination : Packet.Destination;

    /// <summary>What it carries: the transport.</summary>
    public IpProtocol Protocol => IsV6 ? UpperProtocol : Packet.Protocol;

    /// <summary>What it carries: the transport's octets.</summary>
    public ReadOnlySpan<byte> Payload => IsV6 ? _packetV6.Octets[UpperOffset..] : Packet.Payload;

    /// <summary>How many more routers might have forwarded it: IPv4's time to live.</summary>
    public byte HopLimit => IsV6 ? _packetV6.HopLimit : Packet.TimeToLive;

    /// <summary>DSCP and ECN.</summary>
    public byte TrafficClass => IsV6 ? _packetV6.TrafficClass : Packet.TrafficClass;

    /// <summary>True when more hosts than this one may have got it: no error is sent about it. RFC 1122 §3.2.2.</summary>
    public bool IsToMany =>
        Role is not (AddressRole.Local or AddressRole.Foreign) || Cast is LinkCast.Broadcast or LinkCast.Multicast;
}
