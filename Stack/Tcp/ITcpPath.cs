using UserNet.Binding;
using UserNet.Buffers;
using UserNet.Errors;
using UserNet.Time;

namespace UserNet.Tcp;

/// <summary>The way from a connection to its peer, as far as TCP has to know it.</summary>
/// <remarks>Gate held.</remarks>
internal interface ITcpPath
{
    /// <summary>The largest IP packet that is known to get through, octets.</summary>
    int MtuAt(Timestamp now);

    /// <summary>
    /// True when the link's queue has room for a burst. A sender that waits for it loses nothing at its own host, and learns of losses
    /// on the way alone.
    /// </summary>
    bool HasRoom { get; }

    /// <summary>True when the host itself drops all that is sent, and says so: the queue of the interface has no place at all.</summary>
    bool DropsAll => false;

    /// <summary>True when the interface's queue spreads what a connection sends over time, as Linux's fq does.</summary>
    bool IsPaced => false;

    /// <summary>Octets of the IP header, without options: 20 or 40.</summary>
    int IpHeaderLength { get; }

    /// <summary>The largest packet that is taken to be cut into segments on its way, octets with its IP header; at most 65,535.</summary>
    int LargestBurst { get; }

    /// <summary>What an administrator has said of the route; null for nothing.</summary>
    RouteMetrics? Metrics => null;

    /// <summary>How many routers may forward what is sent from now on; null for the host's. RFC 9293 §3.9.2 (MUST-49).</summary>
    byte? TimeToLive { set; }

    /// <summary>True when packets are to carry no flow label. RFC 6437.</summary>
    bool SendsNoFlowLabel { set; }

    /// <summary>The peer's port of the datagrams that segments travel in; 0 when they need none. FreeBSD's TCP over UDP.</summary>
    ushort UdpPort { get; set; }

    /// <summary>True when packets may be cut up on their way: IP_MTU_DISCOVER. Otherwise IPv4's have the DF bit.</summary>
    bool MayBeFragmented
    {
        set
        {
        }
    }

    /// <summary>The connection has another place in the bind table, with the same ends.</summary>
    void Follow(SocketBinding place);

    /// <summary>Sends a segment, which becomes the path's in any case.</summary>
    /// <param name="segment">With its TCP header; perhaps many segments in one, as its offload says.</param>
    /// <param name="trafficClass">DSCP, and the ECN field of its IP header: 0, or 2 for ECT(0). RFC 3168 §5.</param>
    /// <param name="now">The time.</param>
    Errno Send(PacketBuffer segment, byte trafficClass, Timestamp now);

    /// <summary>The peer has answered: the next hop works. RFC 4861 §7.3.1.</summary>
    void Confirm(Timestamp now);

    /// <summary>Segments are lost over and over: the next hop, or the path MTU, may be wrong. RFC 1122 §3.3.1.4.</summary>
    void Doubt(Timestamp now);
}
