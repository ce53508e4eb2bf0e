using System.Net.NetworkInformation;
using UserNet.Doors;
using UserNet.Time;
using UserNet.Wire;
using static System.Net.NetworkInformation.TcpState;

namespace UserNet.Tcp;

// The fifth step: what the peer acknowledges, and how much it takes.
internal sealed partial class Tcb
{
    private readonly LossRecovery _recovery;

    public LossRecovery Recovery => _recovery;

    private DropReason OnAck(in TcpSegment segment, in TcpOptionValues options, Timestamp now)
    {
        var ack = new SequenceNumber(segment.AckNumber);
        if (State == SynReceived)
        {
            if (ack <= Snd.Una || ack > Snd.Nxt)
            {
                SendReset(ack, now);
                return DropReason.TcpUnacceptableAck;
            }

            if (OnHandshakeAck(segment, ack, now) is var reason and not DropReason.None) return reason;
        }

        if (ack > Snd.Nxt)
        {
            SendChallengeAck(now);
            return DropReason.TcpUnacceptableAck;
        }

        if (ack < Snd.Una - Snd.MaxWnd)      // RFC 5961 §5.2
        {
            SendChallengeAck(now);
            return DropReason.TcpUnacceptableAck;
        }

        if (options.HasTimestamps && new SequenceNumber(segment.SequenceNumber) <= _lastAckSent) TakeTimestamp(options.TimestampValue, now);
        bool windowChanged = UpdateWindow(segment, ack);
        TakeAck(segment, options, ack, windowChanged, now);
        return DropReason.None;
    }

    private void TakeAck(in TcpSegment segment, in TcpOptionValues options, SequenceNumber ack, bool windowChanged, Timestamp now)
    {
        if (ack < Snd.Una) ack = Snd.Una;      // an old one: its SACK blocks may still say something
        Span<SackBlock> blocks = stackalloc SackBlock[MaxSackBlocks];
        int count = _agreed.Sack ? options.SackCount : 0;
        for (int i = 0; i < count; i++)
        {
            options.SackBlock(i, out uint left, out uint right);
            blocks[i] = new SackBlock(new SequenceNumber(left), new SequenceNumber(right));
        }

        AckSummary summary = _recovery.OnAck(new AckArrival
        {
            Ack = ack,
            Una = Snd.Una,
            Sacks = blocks[..count],
            EchoAge = _agreed.Timestamps && options.HasTimestamps ? AgeOf(options.TimestampEcho, now) : null,
            CarriesData = segment.SequenceLength > 0,
            WindowChanged = windowChanged,
            Ece = _agreed.Ecn && segment.Has(TcpFlags.Ece),
            Now = now,
        });
        if (ack == Snd.Una) return;
        _tally.OctetsAcked += Math.Min(ack - Snd.Una, _sendRing.Count);
        Snd.Una = ack;
        bool finIsAcked = _isFinSent && ack == Snd.Nxt && ack > _sendRing.End;
        _sendRing.Acknowledge(SequenceNumber.Min(ack, _sendRing.End));
        _probes = 0;
        if (summary.Acked > 0) Tell(TcpNews.Writable);
        if (finIsAcked) OnAckOfFin(now);
    }

    /// <summary>The peer's window, from the newest segment only. RFC 9293 §3.10.7.4.</summary>
    private bool UpdateWindow(in TcpSegment segment, SequenceNumber ack)
    {
        var seq = new SequenceNumber(segment.SequenceNumber);
        int window = segment.Window << _agreed.SendScale;
        bool isNewer = ack > Snd.Una || Snd.Wl1 < seq || (Snd.Wl1 == seq && (Snd.Wl2 < ack || (Snd.Wl2 == ack && window > Snd.Wnd)));
        if (!isNewer) return false;
        (Snd.Wl1, Snd.Wl2) = (seq, ack);
        bool changed = window != Snd.Wnd;
        Snd.Wnd = window;
        Snd.MaxWnd = Math.Max(Snd.MaxWnd, window);
        return changed;
    }

    private DropReason OnHandshakeAck(in TcpSegment segment, SequenceNumber ack, Timestamp now)
    {
        if (_pendingIn?.Admits(this, segment.Payload.Length > 0, now) is { } reason and not DropReason.None) return reason;
        Snd.Una = Snd.Iss + 1;
        Establish(now);
        Snd.Wnd = Snd.MaxWnd = segment.Window << _agreed.SendScale;
        (Snd.Wl1, Snd.Wl2) = (new SequenceNumber(segment.SequenceNumber), ack);
        Happened(TcpEvent.AckOfSynArrived);
        if (_pendingIn is not { } listener) return DropReason.None;
        if (HasUser) _pendingIn = null;
        listener.OnEstablished(this);
        return DropReason.None;
    }

    private void OnAckOfFin(Timestamp now)
    {
        Happened(TcpEvent.AckOfFinArrived);
        if (State == TcpState.TimeWait) EnterTimeWait(now);
        else if (State == FinWait2 && !HasUser) EnterOrphanWait(now);
        Tell(IsGone ? TcpNews.SentOff | TcpNews.Closed : TcpNews.SentOff);
    }
}
