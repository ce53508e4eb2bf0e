using UserNet.Addressing;
using UserNet.Wire;

namespace UserNet.Simulation;

/// <summary>The usual questions about packets, in the words of their headers: for watches, and for losses by predicate.</summary>
/// <remarks>
/// Immutable; any thread. What they do not have is a lambda: <c>(in FrameView frame) => frame.Ipv4.TimeToLive == 1</c>.
/// </remarks>
public static class Packets
{
    private const TcpFlags Deciding = TcpFlags.Syn | TcpFlags.Ack | TcpFlags.Fin | TcpFlags.Rst;

    /// <summary>Any packet.</summary>
    public static FramePredicate Any { get; } = static (in FrameView _) => true;

    /// <summary>A TCP segment.</summary>
    public static FramePredicate Tcp() => static (in FrameView frame) => frame.IsTcp;

    /// <summary>
    /// A TCP segment with these of SYN, ACK, FIN and RST and no others; PSH, URG and the bits of ECN must be set where
    /// they are given, and do not matter where they are not. So SYN is not answered by a SYN that acknowledges.
    /// </summary>
    public static FramePredicate Tcp(TcpFlags flags) => (in FrameView frame) =>
        frame.IsTcp && (frame.Tcp.Flags & (Deciding | flags)) == flags;

    /// <summary>A TCP segment that carries octets.</summary>
    public static FramePredicate TcpData() => static (in FrameView frame) => frame.IsTcp && !frame.Tcp.Payload.IsEmpty;

    /// <summary>A UDP datagram.</summary>
    public static FramePredicate Udp() => static (in FrameView frame) => frame.IsUdp;

    /// <summary>A UDP datagram from or to a port.</summary>
    public static FramePredicate Udp(int port) => (in FrameView frame) =>
        frame.IsUdp && (frame.Udp.SourcePort == port || frame.Udp.DestinationPort == port);

    /// <summary>An echo request, ICMP or ICMPv6.</summary>
    public static FramePredicate IcmpEcho() => static (in FrameView frame) =>
        frame.Icmpv4.Type == Icmpv4Type.EchoRequest || frame.Icmpv6.Type == Icmpv6Type.EchoRequest;

    /// <summary>The answer to an echo request.</summary>
    public static FramePredicate IcmpEchoReply() => static (in FrameView frame) =>
        (frame.IsIcmpv4 && frame.Icmpv4.Type == Icmpv4Type.EchoReply) || frame.Icmpv6.Type == Icmpv6Type.EchoReply;

    /// <summary>An ICMP or ICMPv6 message about another packet.</summary>
    public static FramePredicate IcmpError() => static (in FrameView frame) =>
        (frame.IsIcmpv4 && frame.Icmpv4.IsError) || (frame.IsIcmpv6 && frame.Icmpv6.IsError);

    /// <summary>Any ARP packet.</summary>
    public static FramePredicate Arp() => static (in FrameView frame) => frame.IsArp;

    /// <summary>An ARP request for the station of an address, as in 10.0.0.1.</summary>
    /// <exception cref="FormatException">The address can't be read.</exception>
    public static FramePredicate ArpRequest(string address)
    {
        var asked = InetAddress.Parse(address);
        return (in FrameView frame) => frame.IsArp && frame.Arp.Operation == ArpOperation.Request && frame.Arp.TargetProtocol == asked;
    }

    /// <summary>An ARP reply by the station of an address.</summary>
    /// <exception cref="FormatException">The address can't be read.</exception>
    public static FramePredicate ArpReply(string address)
    {
        var asked = InetAddress.Parse(address);
        return (in FrameView frame) => frame.IsArp && frame.Arp.Operation == ArpOperation.Reply && frame.Arp.SenderProtocol == asked;
    }

    /// <summary>A neighbor solicitation: who has an address? RFC 4861 §4.3.</summary>
    public static FramePredicate NeighborSolicitation() => static (in FrameView frame) => frame.IsNeighborSolicitation;

    /// <summary>A neighbor solicitation for the station of an address, as in 2001:db8::1.</summary>
    /// <exception cref="FormatException">The address can't be read.</exception>
    public static FramePredicate NeighborSolicitation(string target)
    {
        var asked = InetAddress.Parse(target);
        return (in FrameView frame) => frame.IsNeighborSolicitation && frame.NeighborSolicitation.Target == asked;
    }

    /// <summary>A neighbor advertisement: whose an address is. RFC 4861 §4.4.</summary>
    public static FramePredicate NeighborAdvertisement() => static (in FrameView frame) => frame.IsNeighborAdvertisement;

    /// <summary>A neighbor advertisement by the station of an address.</summary>
    /// <exception cref="FormatException">The address can't be read.</exception>
    public static FramePredicate NeighborAdvertisement(string target)
    {
        var told = InetAddress.Parse(target);
        return (in FrameView frame) => frame.IsNeighborAdvertisement && frame.NeighborAdvertisement.Target == told;
    }

    /// <summary>A probe for an address that its sender wants to have: a solicitation from nobody. RFC 4862 §5.4.2.</summary>
    /// <exception cref="FormatException">The address can't be read.</exception>
    public static FramePredicate DuplicateAddressProbe(string target)
    {
        FramePredicate asked = NeighborSolicitation(target);
        return (in FrameView frame) => asked(frame) && frame.Ipv6.Source.IsWildcard;
    }

    /// <summary>A router solicitation. RFC 4861 §4.1.</summary>
    public static FramePredicate RouterSolicitation() => static (in FrameView frame) => frame.IsRouterSolicitation;

    /// <summary>A router advertisement. RFC 4861 §4.2.</summary>
    public static FramePredicate RouterAdvertisement() => static (in FrameView frame) => frame.IsRouterAdvertisement;

    /// <summary>An ICMPv6 redirect. RFC 4861 §4.5.</summary>
    public static FramePredicate Redirect() => static (in FrameView frame) => frame.IsRedirect;

    /// <summary>A redirect about a destination, as in 2001:db8::1.</summary>
    /// <exception cref="FormatException">The address can't be read.</exception>
    public static FramePredicate Redirect(string destination)
    {
        var about = InetAddress.Parse(destination);
        return (in FrameView frame) => frame.IsRedirect && frame.Redirect.Destination == about;
    }

    /// <summary>An IP packet from an address, as in 10.0.0.1, or from one of its ports, as in 10.0.0.1:80 and [::1]:80.</summary>
    /// <exception cref="FormatException">The text can't be read.</exception>
    public static FramePredicate From(string address)
    {
        (InetEndpoint end, bool hasPort) = Read(address);
        return (in FrameView frame) => Is(frame, frame.Source, end, hasPort);
    }

    /// <summary>An IP packet to an address, as in 10.0.0.1, or to one of its ports, as in 10.0.0.1:80 and [::1]:80.</summary>
    /// <exception cref="FormatException">The text can't be read.</exception>
    public static FramePredicate To(string address)
    {
        (InetEndpoint end, bool hasPort) = Read(address);
        return (in FrameView frame) => Is(frame, frame.Destination, end, hasPort);
    }

    /// <summary>What the question is answered with no for.</summary>
    public static FramePredicate Not(FramePredicate what)
    {
        ArgumentNullException.ThrowIfNull(what);
        return (in FrameView frame) => !what(in frame);
    }

    /// <summary>Both hold. The second is asked where the first does.</summary>
    public static FramePredicate And(this FramePredicate first, FramePredicate second)
    {
        ArgumentNullException.ThrowIfNull(first);
        ArgumentNullException.ThrowIfNull(second);
        return (in FrameView frame) => first(in frame) && second(in frame);
    }

    /// <summary>One of both holds. The second is asked where the first does not.</summary>
    public static FramePredicate Or(this FramePredicate first, FramePredicate second)
    {
        ArgumentNullException.ThrowIfNull(first);
        ArgumentNullException.ThrowIfNull(second);
        return (in FrameView frame) => first(in frame) || second(in frame);
    }

    private static bool Is(in FrameView frame, InetEndpoint found, InetEndpoint asked, bool hasPort) =>
        (frame.IsIpv4 || frame.IsIpv6) && found.Address == asked.Address && (!hasPort || found.Port == asked.Port);

    private static (InetEndpoint End, bool HasPort) Read(string text) =>
        InetAddress.TryParse(text, out InetAddress address) ? (new InetEndpoint(address, 0), false) : (InetEndpoint.Parse(text), true);
}
