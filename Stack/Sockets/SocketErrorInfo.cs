using System.Net.Sockets;
using UserNet.Addressing;
using UserNet.Binding;
using UserNet.Errors;
using UserNet.Time;

namespace UserNet.Sockets;

/// <summary>Who found out that a datagram could not be sent or did not arrive, by Linux's numbers (SO_EE_ORIGIN).</summary>
public enum SocketErrorOrigin : byte
{
    /// <summary>This host, before it was sent.</summary>
    Local = 1,
    /// <summary>A host or router, by ICMP; or this host for it, when the next hop does not answer.</summary>
    Icmp = 2,
    /// <summary>A host or router, by ICMPv6.</summary>
    Icmpv6 = 3,
    /// <summary>No error: a moment of what a stream sent, as SO_TIMESTAMPING asks for it.</summary>
    Timestamping = 4,
    /// <summary>No error: what was sent with MSG_ZEROCOPY is given back.</summary>
    ZeroCopy = 5,
}

/// <summary>An error about a datagram that the socket sent: what Linux's sock_extended_err says, and more.</summary>
/// <remarks>A value: to receive one allocates nothing. Any thread.</remarks>
public readonly record struct SocketErrorInfo
{
    /// <summary>The error number.</summary>
    public Errno Errno { get; init; }

    /// <summary>The code that .NET's own sockets show for it.</summary>
    public SocketError SocketError => Errno.ToSocketError();

    /// <summary>Who found it out.</summary>
    public SocketErrorOrigin Origin { get; init; }

    /// <summary>True when another host or a router found it out, or this one for it.</summary>
    internal bool IsRemote => Origin is SocketErrorOrigin.Icmp or SocketErrorOrigin.Icmpv6;

    /// <summary>The type of the ICMP or ICMPv6 message; 0 of local errors.</summary>
    public byte Type { get; init; }

    /// <summary>Its code.</summary>
    public byte Code { get; init; }

    /// <summary>
    /// The MTU, in octets, where the datagram was too long; of a parameter problem, which octet of the header (of an IPv6 packet: of
    /// the packet) is meant; of a time stamp which moment (SCM_TSTAMP_SND 0, SCHED 1, ACK 2); of MSG_ZEROCOPY the first call that is over;
    /// otherwise 0.
    /// </summary>
    public uint Info { get; init; }

    /// <summary>Of a time stamp the octet of the stream, counted from 0, if SOF_TIMESTAMPING_OPT_ID is set; of MSG_ZEROCOPY the last call that is over; otherwise 0.</summary>
    public uint Data { get; init; }

    /// <summary>Who sent the ICMP message; the wildcard of local errors.</summary>
    public InetAddress Offender { get; init; }

    /// <summary>
    /// Where the datagram was to go; port 0 where the protocol has none. Of a local error the port is the peer's, 0 without a peer.
    /// </summary>
    public InetEndpoint Destination { get; init; }

    /// <summary>Octets of the datagram that came back with the error, as many as were quoted; 0 of local errors.</summary>
    public int Length { get; init; }

    /// <summary>True when there was no room for all of them.</summary>
    public bool IsTruncated { get; init; }

    /// <summary>Of the ICMP message's packet, 0 of local errors: its TTL or hop limit, and its traffic class.</summary>
    internal byte HopLimit { get; init; }

    /// <inheritdoc cref="HopLimit"/>
    internal byte TrafficClass { get; init; }

    /// <summary>When it was told.</summary>
    public Timestamp Arrived { get; init; }
}
