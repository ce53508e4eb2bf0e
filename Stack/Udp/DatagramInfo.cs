using System.Net.Sockets;
using UserNet.Addressing;
using UserNet.Time;

namespace UserNet.Udp;

/// <summary>What a socket learns of a datagram beside its octets.</summary>
/// <remarks>A value: to receive one allocates nothing. Any thread.</remarks>
public readonly record struct DatagramInfo
{
    /// <summary>Who sent it; port 0 where the protocol has no ports.</summary>
    public InetEndpoint Source { get; init; }

    /// <summary>The address that it was sent to: one of this host's, a group or a broadcast address.</summary>
    public InetAddress Destination { get; init; }

    /// <summary>The index of the interface that it arrived on.</summary>
    public uint Device { get; init; }

    /// <summary>Its octets, all of them, however many were asked for.</summary>
    public int Length { get; init; }

    /// <summary>The time to live, of IPv6 the hop limit, that it arrived with.</summary>
    public byte TimeToLive { get; init; }

    /// <summary>DSCP and ECN, once called TOS.</summary>
    public byte TrafficClass { get; init; }

    /// <summary>The flow label of the IPv6 packet, 20 bits; 0 of IPv4 (IPV6_FLOWINFO).</summary>
    public uint FlowLabel { get; init; }

    /// <summary>
    /// How large a packet to <see cref="Source"/> may be, octets, when that is all that is told: a datagram was too long
    /// (IPV6_RECVPATHMTU). Otherwise 0.
    /// </summary>
    public int PathMtu { get; init; }

    /// <summary>
    /// Truncated when there were more octets than room for them; Broadcast or Multicast when it was sent to many.
    /// </summary>
    public SocketFlags Flags { get; init; }

    /// <summary>When it arrived.</summary>
    public Timestamp Arrived { get; init; }

    /// <summary>True when the socket already asked for packet information as it arrived: Linux notes it of IPv4 then alone.</summary>
    internal bool IsPrepared { get; init; }
}
