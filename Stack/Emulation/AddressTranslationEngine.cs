using UserNet.Addressing;
using UserNet.Binding;
using UserNet.Buffers;
using UserNet.Doors;
using UserNet.Time;
using UserNet.Wire;

namespace UserNet.Emulation;

/// <summary>What an <see cref="AddressTranslationEngine"/> did to a frame.</summary>
internal enum TranslationWay : byte
{
    /// <summary>Nothing: it goes on as it was.</summary>
    Untouched,
    /// <summary>It goes on with other addresses.</summary>
    Translated,
    /// <summary>From inside, and back there.</summary>
    Hairpinned,
    /// <summary>It goes nowhere.</summary>
    Dropped,
}

/// <summary>Decides what becomes of a packet, and rewrites it. RFC 4787, RFC 5382, RFC 5508.</summary>
/// <remarks>
/// Pure but for its tables. To have the same frame from inside twice, since its link did not take it, does no harm.
/// Lock of the link held.
/// </remarks>
internal sealed partial class AddressTranslationEngine
{
    private readonly AddressTranslationOptions _options;
    private readonly AddressTranslationFragments _fragments;
    private readonly (uint Address, uint Mask)[] _inside;
    private readonly uint _outer;
    private DropReason _reason;      // of the packet at hand

    public AddressTranslationEngine(AddressTranslationOptions options, FillRandom randomness)
    {
        _options = options;
        _outer = options.OuterAddress.V4Bits;
        _inside = new (uint, uint)[options.InsidePrefixes.Count];
        for (int i = 0; i < _inside.Length; i++)
        {
            InetPrefix prefix = options.InsidePrefixes[i];
            _inside[i] = (prefix.Address.V4Bits, prefix.Length == 0 ? 0 : uint.MaxValue << (32 - prefix.Length));
        }

        _fragments = new AddressTranslationFragments(options);
        Table = new AddressTranslationTable(options, randomness);
    }

    /// <summary>The mappings.</summary>
    public AddressTranslationTable Table { get; }

    /// <summary>
    /// True for a packet from inside, or of the router, that may need to be rewritten; another one goes on as it is.
    /// </summary>
    /// <param name="packet">What may be an IPv4 packet.</param>
    public bool ConcernsOutbound(ReadOnlySpan<byte> packet)
    {
        if (packet.Length < Ipv4Header.Length) return false;
        uint source = System.Buffers.Binary.BinaryPrimitives.ReadUInt32BigEndian(packet[12..]);
        return source == _outer || IsInside(source) || packet[9] == (byte)IpProtocol.Icmp;
    }

    /// <summary>True for a packet to the outer address; another one goes on as it is.</summary>
    /// <param name="packet">What may be an IPv4 packet.</param>
    public bool ConcernsInbound(ReadOnlySpan<byte> packet) =>
        packet.Length >= Ipv4Header.Length && System.Buffers.Binary.BinaryPrimitives.ReadUInt32BigEndian(packet[16..]) == _outer;

    /// <summary>Rewrites a packet that leaves.</summary>
    /// <param name="frame">A copy of the frame, written to.</param>
    /// <param name="start">Where its packet begins.</param>
    /// <param name="offload">What is still to be done to it.</param>
    /// <param name="now">The time.</param>
    /// <param name="reason">Why it was dropped, if it was.</param>
    public TranslationWay Outbound(Span<byte> frame, int start, in PacketOffload offload, Timestamp now, out DropReason reason)
    {
        _reason = AddressTranslationPacket.Parse(frame, start, offload, out AddressTranslationPacket packet);
        TranslationWay way = _reason == DropReason.None ? Outbound(packet, now) : TranslationWay.Dropped;
        if (way == TranslationWay.Translated && packet.Destination == _outer) way = TurnRound(packet, now);
        reason = way == TranslationWay.Dropped ? _reason : DropReason.None;
        return way;
    }

    /// <summary>Rewrites a packet that arrives.</summary>
    /// <inheritdoc cref="Outbound(Span{byte}, int, in PacketOffload, Timestamp, out DropReason)"/>
    public TranslationWay Inbound(Span<byte> frame, int start, in PacketOffload offload, Timestamp now, out DropReason reason)
    {
        // What can't be read is for the router to drop.
        _reason = AddressTranslationPacket.Parse(frame, start, offload, out AddressTranslationPacket packet);
        TranslationWay way = _reason == DropReason.None ? Inbound(packet, now) : TranslationWay.Untouched;
        reason = way == TranslationWay.Dropped ? _reason : DropReason.None;
        return way;
    }

    /// <summary>Forgets all mappings and fragments, as a router does that starts anew.</summary>
    public void Clear()
    {
        Table.Clear();
        _fragments.Clear();
    }

    // RFC 4787 REQ-9: the other host sees the outer address and port of the one that sent it.
    private TranslationWay TurnRound(in AddressTranslationPacket packet, Timestamp now)
    {
        TranslationWay way = Inbound(packet, now);
        return way == TranslationWay.Translated ? TranslationWay.Hairpinned : way == TranslationWay.Untouched ? TranslationWay.Translated : way;
    }

    private bool IsInside(uint address)
    {
        foreach ((uint prefix, uint mask) in _inside)
            if ((address & mask) == prefix) return true;
        return false;
    }

    private TranslationWay Drop(DropReason reason)
    {
        _reason = reason;
        return TranslationWay.Dropped;
    }

    // Errors about another packet; a redirect or a source quench is for the next hop alone. RFC 5508 REQ-10.
    private static bool IsError(Icmpv4Type type) =>
        type is Icmpv4Type.DestinationUnreachable or Icmpv4Type.TimeExceeded or Icmpv4Type.ParameterProblem;

    private static bool IsQuery(Icmpv4Type type) => type is Icmpv4Type.EchoRequest or Icmpv4Type.TimestampRequest;

    private static bool IsReply(Icmpv4Type type) => type is Icmpv4Type.EchoReply or Icmpv4Type.TimestampReply;

    private TimeSpan TimeoutOf(AddressTranslationSession session) => session.Mapping.Protocol switch
    {
        IpProtocol.Udp => _options.UdpTimeout,
        IpProtocol.Icmp => _options.IcmpTimeout,
        _ => AddressTranslationTracking.IsTransitory(session.Seen) ? _options.TcpTransitoryTimeout : _options.TcpEstablishedTimeout,
    };
}
