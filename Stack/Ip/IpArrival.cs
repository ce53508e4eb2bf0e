using UserNet.Addressing;
using UserNet.Binding;
using UserNet.Buffers;
using UserNet.Link;
using UserNet.Wire;

namespace UserNet.Ip;

/// <summary>A whole packet that has arrived at this host, or passes through it: checked, and put together from its fragments.</summary>
public readonly ref struct IpArrival
{
    /// <summary>The packet; of one that came in fragments, as it was before.</summary>
    public Ipv4Packet Packet { get; init; }

    /// <summary>The interface that it arrived on.</summary>
    public LinkPort Port { get; init; }

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

    /// <summary>
    /// The packet's IP options, with this host's address and time in those that record them; lent. Of a packet on its way through, as
    /// they came. RFC 1122 §3.2.1.8.
    /// </summary>
    public ReadOnlySpan<byte> Options { get; init; }

    /// <summary>True when every router on the way is asked to look at the packet. RFC 2113.</summary>
    public bool HasRouterAlert { get; init; }

    /// <summary>Where from.</summary>
    public InetAddress Source => Packet.Source;

    /// <summary>Where to.</summary>
    public InetAddress Destination => Packet.Destination;

    /// <summary>What it carries.</summary>
    public ReadOnlySpan<byte> Payload => Packet.Payload;

    /// <summary>True when more hosts than this one may have got it: no error is sent about it. RFC 1122 §3.2.2.</summary>
    public bool IsToMany =>
        Role is not (AddressRole.Local or AddressRole.Foreign) || Cast is LinkCast.Broadcast or LinkCast.Multicast;
}
