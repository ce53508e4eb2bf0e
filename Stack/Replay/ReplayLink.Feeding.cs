using UserNet.Addressing;
using UserNet.Buffers;
using UserNet.Wire;

namespace UserNet.Replay;

// Who is who in the replay, and frames in its numbers.
public sealed partial class ReplayLink
{
    // Of the recording: those that the host began, by all but its port, and where those may begin that are not matched
    // yet; and all connections of a key.
    private readonly Dictionary<ReplayKey, Beginnings> _begun = [], _connections = [];
    private readonly Dictionary<(ReplayFlowKind Kind, ushort Port), ushort> _ports = [];

    private void AddBeginning(ReplayFlow flow)
    {
        ReplayKey key = flow.Key;
        if (flow.BeganHere) Add(_begun, key.FromAnyPort, flow);
        if (key.Kind is not ReplayFlowKind.Echo) Add(_connections, key, flow);

        static void Add(Dictionary<ReplayKey, Beginnings> table, ReplayKey key, ReplayFlow flow)
        {
            if (!table.TryGetValue(key, out Beginnings? all)) table.Add(key, all = new Beginnings());
            if (all.Flows.Count == 0 || all.Flows[^1] != flow) all.Flows.Add(flow);
        }
    }

    /// <summary>The stack sent a frame: finds out which recorded conversation it is of.</summary>
    private void MatchOutbound(ReplayFlow flow, in FrameView view)
    {
        if (flow.Other is not null) return;
        ReplayFlow? same = null;
        if (_connections.TryGetValue(flow.Key, out Beginnings? all))
        {
            foreach (ReplayFlow one in all.Unmatched)
            {
                if (one.Other is not null || (view.IsTcp && !flow.BeganHere && one.PeerIsn != flow.PeerIsn)) continue;
                if (view.IsTcp && flow.BeganHere && !one.BeganHere) continue;
                same = one;
                break;
            }
        }

        if (same is null && flow.BeganHere && _begun.TryGetValue(flow.Key.FromAnyPort, out all))
        {
            foreach (ReplayFlow one in all.Unmatched)
            {
                same = one;
                break;
            }
        }

        if (same is null) return;
        same.Match(flow);
        if (same.Key.Local.Port != flow.Key.Local.Port) _ports[(same.Key.Kind, same.Key.Local.Port)] = flow.Key.Local.Port;
    }

    /// <summary>Puts a frame of the session into the batch, in the numbers of the replay.</summary>
    private void Take(int place, bool isForced)
    {
        SessionFrame frame = _session.Frames[place];
        byte[] copy = frame.Octets.ToArray();
        FrameView view = ViewOf(copy);
        bool isTranslated = Translate(copy, view, _flowOf[place]);
        if (isForced && view.IsTcp && view.Tcp.Has(TcpFlags.Ack) && _flowOf[place].Other is { OurIsn: not null } replayed)
            ReplayRewriting.Limit(copy.AsSpan(ReplayRewriting.PlaceOf(copy, view.Tcp.Octets)), replayed.SentUpTo);
        _feed = _feed with
        {
            Frames = _feed.Frames + 1,
            Translated = _feed.Translated + (isTranslated ? 1 : 0),
            Forced = _feed.Forced + (isForced ? 1 : 0),
            FirstForced = _feed.FirstForced == 0 && isForced ? frame.Number : _feed.FirstForced,
        };
        _flowOf[place].Match(_replayed.Add(ViewOf(copy), isOutbound: false, -1));
        _batch.Add(new BatchedFrame(place, copy, frame.Offload));
    }

    /// <summary>
    /// Of segments that have to wait, acknowledges what the stack has sent, offers it the room that they offer, and
    /// gives it the octets of the first that it has offered room for: the peer did have the one and sent the other, and
    /// without a word of it the stack might wait for ever.
    /// </summary>
    private void TakePart(ReplayFlow flow)
    {
        int place = flow.Held.Peek().Place;
        FrameView view = ViewOf(_session.Frames[place].Octets);
        if (flow.Other is not { OurIsn: { } isn } replayed || flow.OurIsn is not { } recordedIsn || !view.IsTcp) return;
        if (view.Tcp.Has(TcpFlags.Syn | TcpFlags.Rst)) return;
        (uint acknowledged, uint edge) = SaidByHeld(flow, recordedIsn);      // both from the beginning of our stream on
        uint upTo = isn + Math.Min(acknowledged, replayed.SentUpTo - isn), from = view.Tcp.SequenceNumber;
        bool saysTooMuch = ReplayRewriting.Greatest(view.Tcp) - recordedIsn > replayed.SentUpTo - isn;
        int length = saysTooMuch || replayed.RoomUpTo is not { } room ? 0 : Math.Clamp((int)(room - from), 0, view.Tcp.Payload.Length);
        bool isFilled = length == 0 || replayed.FilledUpTo == from + (uint)length;
        if (isFilled && replayed.Told == (upTo, edge)) return;
        replayed.Told = (upTo, edge);
        if (length > 0) replayed.FilledUpTo = from + (uint)length;
        byte[] copy = _session.Frames[place].Octets.ToArray();
        Translate(copy, ViewOf(copy), flow);
        if (ReplayRewriting.MakePart(copy, ViewOf(copy), upTo, length, isn + edge, replayed.PeerScale) is not { } made) return;
        PacketOffload offload = _session.Frames[place].Offload;
        _feed = _feed with { Parts = _feed.Parts + 1 };
        _batch.Add(new BatchedFrame(-1, made, length > offload.SegmentSize ? offload : default));
    }

    // What those that wait acknowledge, and where the window ends that they offer, at most: the first may wait for room that the stack can
    // give only when it knows what a later one says.
    private (uint Acknowledged, uint Edge) SaidByHeld(ReplayFlow flow, uint recordedIsn)
    {
        uint acknowledged = 0, edge = 0;
        foreach (HeldFrame held in flow.Held)
        {
            FrameView view = ViewOf(_session.Frames[held.Place].Octets);
            if (!view.IsTcp || !view.Tcp.Has(TcpFlags.Ack) || view.Tcp.Has(TcpFlags.Syn | TcpFlags.Rst)) continue;
            uint number = view.Tcp.AckNumber - recordedIsn;
            if (number > flow.SentUpTo - recordedIsn) continue;      // of what the recorded host never sent
            acknowledged = Math.Max(acknowledged, number);
            edge = Math.Max(edge, number + ((uint)view.Tcp.Window << flow.PeerScale));
        }

        return (acknowledged, edge);
    }

    private bool Translate(Span<byte> copy, in FrameView view, ReplayFlow flow)
    {
        if (view.IsTcp)
        {
            ReplayShift shift = ShiftOf(flow);
            return ReplayRewriting.Shift(copy[ReplayRewriting.PlaceOf(copy, view.Tcp.Octets)..], shift);
        }

        if (view.IsUdp)
        {
            return PortOf(flow) is var port && port != flow.Key.Local.Port
                && ReplayRewriting.SetUdpPort(copy[ReplayRewriting.PlaceOf(copy, view.Udp.Octets)..], port);
        }

        if (flow.Key.Kind == ReplayFlowKind.Echo && flow.BeganHere && view.IsIcmpv4)
        {
            return flow.Other is { } other
                && ReplayRewriting.SetEchoIdentifier(copy[ReplayRewriting.PlaceOf(copy, view.Icmpv4.Octets)..], other.Key.Local.Port);
        }

        return view.IsIcmpv4 && view.Icmpv4.IsError && TranslateQuote(copy, view);
    }

    private ushort PortOf(ReplayFlow flow) => flow.Other?.Key.Local.Port
        ?? (_ports.TryGetValue((flow.Key.Kind, flow.Key.Local.Port), out ushort port) ? port : flow.Key.Local.Port);

    private ReplayShift ShiftOf(ReplayFlow flow)
    {
        ushort port = PortOf(flow);
        if (flow.Other is not { OurIsn: { } isn } replayed || flow.OurIsn is not { } recordedIsn)
            return new ReplayShift(port, 0, 0, null);
        bool bothTellTime = replayed.FirstTimestamp is not null && flow.FirstTimestamp is not null;
        return new ReplayShift(
            port, isn - recordedIsn, bothTellTime ? replayed.FirstTimestamp!.Value - flow.FirstTimestamp!.Value : 0,
            bothTellTime ? replayed.LastTimestamp : null);
    }

    // RFC 792: the header of the packet that the error is about, and eight octets at least of what it carried.
    private bool TranslateQuote(Span<byte> copy, in FrameView view)
    {
        if (!Ipv4Packet.TryParseQuoted(view.Icmpv4.Payload, out Ipv4Packet quoted) || quoted.FragmentOffset != 0) return false;
        ReplayFlowKind kind = quoted.Protocol switch
        {
            IpProtocol.Tcp => ReplayFlowKind.Tcp,
            IpProtocol.Udp => ReplayFlowKind.Udp,
            _ => ReplayFlowKind.Other,
        };
        ReadOnlySpan<byte> transport = quoted.Payload;
        if (kind == ReplayFlowKind.Other || transport.Length < 4) return false;
        var key = new ReplayKey(
            kind, (ushort)quoted.Protocol, new InetEndpoint(quoted.Source, (ushort)((transport[0] << 8) | transport[1])),
            new InetEndpoint(quoted.Destination, (ushort)((transport[2] << 8) | transport[3])));
        ReplayFlow? flow = _connections.TryGetValue(key, out Beginnings? all) ? all.Flows.FindLast(static one => one.Other is not null) : null;
        if (flow is null) return false;
        ReplayShift shift = ShiftOf(flow);
        Span<byte> message = copy[ReplayRewriting.PlaceOf(copy, view.Icmpv4.Octets)..][..view.Icmpv4.Octets.Length];
        return ReplayRewriting.ShiftQuote(message, Icmpv4Header.Length + quoted.HeaderLength, shift.Port, shift.Number, kind == ReplayFlowKind.Tcp);
    }

    /// <summary>Recorded conversations, in order; those in front are matched.</summary>
    private sealed class Beginnings
    {
        private int _first;

        public List<ReplayFlow> Flows { get; } = [];

        public IEnumerable<ReplayFlow> Unmatched
        {
            get
            {
                while (_first < Flows.Count && Flows[_first].Other is not null) _first++;
                for (int i = _first; i < Flows.Count; i++)
                    if (Flows[i].Other is null) yield return Flows[i];
            }
        }
    }
}
