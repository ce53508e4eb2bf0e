using UserNet.Addressing;
using UserNet.Wire;

namespace UserNet.Replay;

/// <summary>What kind of conversation frames belong to.</summary>
internal enum ReplayFlowKind : byte
{
    /// <summary>Frames that are not understood, or of other protocols.</summary>
    Other,
    /// <summary>ARP with one address.</summary>
    Arp,
    /// <summary>A connection.</summary>
    Tcp,
    /// <summary>Datagrams between two ports.</summary>
    Udp,
    /// <summary>Echo requests of one identifier and their replies, which stands for the port of who asks.</summary>
    Echo,
    /// <summary>Other packets between two addresses: other ICMP, IGMP, fragments.</summary>
    Ip,
}

/// <summary>Between whom frames pass, seen from the host.</summary>
internal readonly record struct ReplayKey(ReplayFlowKind Kind, ushort Protocol, InetEndpoint Local, InetEndpoint Remote)
{
    /// <summary>The same from any port of the host.</summary>
    public ReplayKey FromAnyPort => this with { Local = Local with { Port = 0 } };

    /// <summary>Finds out what a frame belongs to.</summary>
    public static ReplayKey Of(in FrameView view, bool isOutbound)
    {
        if (view.IsArp)
        {
            InetAddress other = isOutbound ? view.Arp.TargetProtocol : view.Arp.SenderProtocol;
            return new ReplayKey(ReplayFlowKind.Arp, (ushort)EtherType.Arp, default, new InetEndpoint(other, 0));
        }

        if (!view.IsIpv4 && !view.IsIpv6)
            return new ReplayKey(ReplayFlowKind.Other, view.IsEthernet && view.Octets.Length >= EthernetHeader.Length ? (ushort)view.Ethernet.Type : (ushort)0, default, default);
        (InetEndpoint local, InetEndpoint remote) = isOutbound ? (view.Source, view.Destination) : (view.Destination, view.Source);
        ReplayFlowKind kind = view.IsTcp ? ReplayFlowKind.Tcp : view.IsUdp ? ReplayFlowKind.Udp : ReplayFlowKind.Ip;
        if (TryEcho(view, out ushort identifier, out bool isRequest))
        {
            kind = ReplayFlowKind.Echo;
            if (isRequest == isOutbound) local = local with { Port = identifier };
            else remote = remote with { Port = identifier };
        }

        return new ReplayKey(kind, (ushort)view.Protocol, local, remote);
    }

    public override string ToString() => Kind switch
    {
        ReplayFlowKind.Arp => $"arp {Remote.Address}",
        ReplayFlowKind.Tcp or ReplayFlowKind.Udp => $"{(Kind == ReplayFlowKind.Tcp ? "tcp" : "udp")} {Local} - {Remote}",
        ReplayFlowKind.Echo => $"echo {Local.Address} - {Remote.Address}, id {(Local.Port != 0 ? Local.Port : Remote.Port)}",
        ReplayFlowKind.Ip => $"ip protocol {Protocol} {Local.Address} - {Remote.Address}",
        _ => $"frames of type 0x{Protocol:x4}",
    };

    private static bool TryEcho(in FrameView view, out ushort identifier, out bool isRequest)
    {
        if (view.IsIcmpv4)
        {
            (identifier, isRequest) = (view.Icmpv4.Identifier, view.Icmpv4.Type == Icmpv4Type.EchoRequest);
            return isRequest || view.Icmpv4.Type == Icmpv4Type.EchoReply;
        }

        const byte request = 128, reply = 129;      // RFC 4443 §4
        (identifier, isRequest) = (0, false);
        if (!view.IsIcmpv6) return false;
        ReadOnlySpan<byte> octets = view.Icmpv6.Octets;
        if (octets.Length < 8 || octets[0] is not (request or reply)) return false;
        (identifier, isRequest) = ((ushort)((octets[4] << 8) | octets[5]), octets[0] == request);
        return true;
    }
}

/// <summary>One conversation, of a recording or of a replay; a connection from its SYN on.</summary>
/// <remarks>Its owner's lock held.</remarks>
internal sealed class ReplayFlow(ReplayKey key, bool beganHere)
{
    public ReplayKey Key => key;

    /// <summary>True when the host sent its first frame.</summary>
    public bool BeganHere => beganHere;

    /// <summary>What the host sent: the places of frames.</summary>
    public List<int> Outbound { get; } = [];

    /// <summary>What arrives in it and waits to be fed; of a recording.</summary>
    public Queue<HeldFrame> Held { get; } = new();

    /// <summary>
    /// Up to where the host was told, without a recorded frame, that the peer has its octets, and up to where it has room for more; of a replay.
    /// </summary>
    public (uint Acknowledged, uint Edge)? Told { get; set; }

    /// <summary>Up to where the host was given octets of a frame that had to wait; of a replay.</summary>
    public uint? FilledUpTo { get; set; }

    /// <summary>The same conversation of the replay, or of the recording.</summary>
    public ReplayFlow? Other { get; private set; }

    /// <summary>The first number of the host's stream, once its SYN was seen.</summary>
    public uint? OurIsn { get; private set; }

    /// <summary>The first number of the peer's stream.</summary>
    public uint? PeerIsn { get; private set; }

    /// <summary>The peer's number in a SYN that does not belong to the connection, but may begin the next one.</summary>
    public uint? NextPeerIsn { get; private set; }

    /// <summary>Behind the last number that the host sent. With <see cref="OurIsn"/> alone.</summary>
    public uint SentUpTo { get; private set; }

    /// <summary>Behind the last number that the host had room for; null while it had not said.</summary>
    public uint? RoomUpTo { get; private set; }

    /// <summary>The first time that the host's options told.</summary>
    public uint? FirstTimestamp { get; private set; }

    /// <summary>The last one.</summary>
    public uint LastTimestamp { get; private set; }

    /// <summary>Either end broke it.</summary>
    public bool IsReset { get; private set; }

    /// <summary>False once it was broken, or both ends have ended.</summary>
    public bool IsOpen => !IsReset && !(_ourFin && _peerFin);

    /// <summary>By how many bits the peer's windows are shifted behind its SYN.</summary>
    public int PeerScale => _ourScale is not null && _peerScale is { } scale ? scale : 0;

    private bool _ourFin, _peerFin;
    private byte? _ourScale, _peerScale;

    /// <summary>Says that two are the same conversation.</summary>
    public void Match(ReplayFlow other)
    {
        if (Other is not null || other.Other is not null) return;
        Other = other;
        other.Other = this;
    }

    /// <summary>True when a segment begins the next connection of the same ports.</summary>
    public bool IsEndedBy(in TcpSegment tcp, bool isOutbound)
    {
        if (!tcp.Has(TcpFlags.Syn) || tcp.Has(TcpFlags.Rst)) return false;
        uint number = tcp.SequenceNumber;
        if (isOutbound)
        {
            if (tcp.Has(TcpFlags.Ack)) return NextPeerIsn is { } next && tcp.AckNumber == next + 1;
            return OurIsn is { } own ? own != number : !IsOpen;
        }

        if (tcp.Has(TcpFlags.Ack)) return false;
        if (PeerIsn is not { } peer) return !IsOpen;
        if (peer == number) return false;
        if (!IsOpen) return true;
        NextPeerIsn = number;
        return false;
    }

    /// <summary>Begins where a SYN that was counted to the connection before had been the first frame of this one.</summary>
    public void BeginWithPeer(uint isn) => PeerIsn = isn;

    /// <summary>A segment of it passed.</summary>
    public void Take(in TcpSegment tcp, bool isOutbound)
    {
        if (tcp.Has(TcpFlags.Rst)) IsReset = true;
        bool isSyn = tcp.Has(TcpFlags.Syn) && !tcp.Has(TcpFlags.Rst), isFin = tcp.Has(TcpFlags.Fin);
        TcpOptionValues.Read(tcp.Options, out TcpOptionValues values);
        if (!isOutbound)
        {
            if (isSyn) (PeerIsn, _peerScale) = (PeerIsn ?? tcp.SequenceNumber, values.WindowScale);
            _peerFin |= isFin;
            return;
        }

        // A second SYN-ACK may have another number where no state was kept for the first: RFC 4987 §3.6.
        if (isSyn && (OurIsn is not { } isn || SentUpTo == isn + 1))
            (OurIsn, SentUpTo, _ourScale) = (tcp.SequenceNumber, tcp.SequenceNumber, values.WindowScale);
        _ourFin |= isFin;
        uint end = tcp.SequenceNumber + (uint)tcp.SequenceLength;
        if (OurIsn is not null && (int)(end - SentUpTo) > 0) SentUpTo = end;
        if (tcp.Has(TcpFlags.Ack) && !tcp.Has(TcpFlags.Rst))
        {
            // RFC 7323 §2.2: the window of a SYN is never scaled, and others only when both ends offered to.
            int scale = !isSyn && _peerScale is not null && _ourScale is { } ours ? ours : 0;
            uint room = tcp.AckNumber + ((uint)tcp.Window << scale);
            if (RoomUpTo is not { } known || (int)(room - known) > 0) RoomUpTo = room;
        }

        if (!values.HasTimestamps) return;
        FirstTimestamp ??= values.TimestampValue;
        LastTimestamp = values.TimestampValue;
    }

    /// <summary>True when the host has offered room for all octets of a segment.</summary>
    public bool HasRoomFor(in TcpSegment tcp) =>
        RoomUpTo is not { } room || (int)(tcp.SequenceNumber + (uint)tcp.Payload.Length - room) <= 0;
}

/// <summary>All conversations of a recording, or of a replay.</summary>
internal sealed class ReplayFlows
{
    private readonly Dictionary<ReplayKey, ReplayFlow> _current = [];
    private readonly List<ReplayFlow> _all = [];

    public IReadOnlyList<ReplayFlow> All => _all;

    /// <summary>Finds, or begins, the conversation that a frame belongs to.</summary>
    /// <param name="view">The frame.</param>
    /// <param name="isOutbound">True when the host sent it.</param>
    /// <param name="place">Where it is kept, when the host sent it.</param>
    public ReplayFlow Add(in FrameView view, bool isOutbound, int place)
    {
        ReplayKey key = ReplayKey.Of(view, isOutbound);
        ReplayFlow? flow = _current.GetValueOrDefault(key);
        if (flow is null || (view.IsTcp && flow.IsEndedBy(view.Tcp, isOutbound)))
        {
            uint? peerIsn = isOutbound ? flow?.NextPeerIsn : null;
            flow = new ReplayFlow(key, isOutbound && peerIsn is null);
            if (peerIsn is { } isn) flow.BeginWithPeer(isn);
            _current[key] = flow;
            _all.Add(flow);
        }

        if (view.IsTcp) flow.Take(view.Tcp, isOutbound);
        if (isOutbound) flow.Outbound.Add(place);
        return flow;
    }

    /// <summary>The conversation that frames of a key belong to now.</summary>
    public ReplayFlow? Find(in ReplayKey key) => _current.GetValueOrDefault(key);
}
