using System.Net.Sockets;
using UserNet.Addressing;
using UserNet.Buffers;
using UserNet.Wire;

namespace UserNet.Tests.Infrastructure;

/// <summary>What differs between IPv4 and IPv6 in a rig that serves both.</summary>
/// <remarks>
/// A class of tests is of IPv4, and one that derives from it runs the same tests over IPv6: each figure of the one is there for the other.
/// </remarks>
internal sealed class IpFamily
{
    public static readonly IpFamily V4 = new(AddressFamily.InterNetwork, "10.0.0.", "/24", InetAddress.AnyV4, InetAddress.LoopbackV4);

    public static readonly IpFamily V6 = new(AddressFamily.InterNetworkV6, "2001:db8::", "/64", InetAddress.AnyV6, InetAddress.LoopbackV6);

    private readonly string _net, _length;

    private IpFamily(AddressFamily sockets, string net, string length, InetAddress any, InetAddress loopback)
    {
        (Sockets, _net, _length, Any, Loopback) = (sockets, net, length, any, loopback);
        (A, B) = (Host(1), Host(2));
    }

    /// <summary>What sockets of the family are opened with.</summary>
    public AddressFamily Sockets { get; }

    public InetAddress Any { get; }

    public InetAddress Loopback { get; }

    /// <summary>The first of two hosts.</summary>
    public InetAddress A { get; }

    /// <summary>The second of two hosts.</summary>
    public InetAddress B { get; }

    public bool IsV6 => Sockets == AddressFamily.InterNetworkV6;

    /// <summary>The least MTU that a link may have, octets: RFC 791 §3.1, RFC 8200 §5.</summary>
    public int LeastMtu => IsV6 ? 1280 : 68;

    /// <summary>Octets of the IP header, without options.</summary>
    public int HeaderLength => IsV6 ? Ipv6Header.Length : Ipv4Header.Length;

    /// <summary>The prefix of all addresses, as a default route has it.</summary>
    public string Everything => IsV6 ? "::/0" : "0.0.0.0/0";

    public InetAddress Host(int number) => InetAddress.Parse($"{_net}{number:x}");

    /// <summary>An address in one of several networks.</summary>
    public string Host(int network, int host) => IsV6 ? $"2001:db8:{network:x}::{host:x}" : $"10.0.{network}.{host}";

    /// <summary>The same with the length of the prefix.</summary>
    public string Prefix(int network, int host) => Host(network, host) + _length;

    /// <summary>A host's address with the length of the prefix, as an interface takes it.</summary>
    public string Prefix(int host) => $"{_net}{host:x}{_length}";

    /// <summary>The segment that a bare packet carries whole; false for any other.</summary>
    public bool TryGetSegment(ReadOnlySpan<byte> octets, out TcpSegment segment)
    {
        segment = default;
        if (!IsV6) return Ipv4Packet.TryParse(octets, out Ipv4Packet packet) && TcpSegment.TryParse(packet.Payload, out segment);
        return Ipv6Packet.TryParse(octets, out Ipv6Packet packet6) && TcpSegment.TryParse(packet6.Payload, out segment);
    }

    /// <summary>Writes the IP header of a packet from one address to another.</summary>
    public void PrependTo(PacketBuffer buffer, InetAddress from, InetAddress to, IpProtocol protocol, byte trafficClass = 0)
    {
        if (IsV6) new Ipv6Header(from, to, protocol) { TrafficClass = trafficClass }.PrependTo(buffer);
        else new Ipv4Header(from, to, protocol) { TrafficClass = trafficClass }.PrependTo(buffer);
    }

    public override string ToString() => IsV6 ? "IPv6" : "IPv4";
}
