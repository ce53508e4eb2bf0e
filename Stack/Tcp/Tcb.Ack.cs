using System.Net.NetworkInformation;
using UserNet.Doors;
using UserNet.Errors;
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

            if (OnHandshakeAck(segment, options, ack, now) is var reason and not DropReason.None) return reason;
        }

        if (ack > Snd.Nxt)
        {
            SendChallengeAck(now);
            return DropReason.TcpUnacceptableAck;
        }

        if (ack < Snd.Una - HowFarBack)      // RFC 5961 §5.2
        {
            SendChallengeAck(now);
            return DropReason.TcpUnacceptableAck;
        }

        bool isTimely = options.HasTimestamps && new SequenceNumber(segment.SequenceNumber) <= Rcv.LastAckSent && (ack >= Snd.Una || _context.Settings.IsFreeBsd);
        if (_ecn is not null) _ecn.HasNewTimestamp = isTimely && (int)(options.TimestampValue - _recent.Value) > 0;
        if (isTimely) _recent.Take(options.TimestampValue, now);
        bool windowChanged = UpdateWindow(segment, ack, now);
        TakeAck(segment, options, ack, windowChanged, now);
        return DropReason.None;
    }

    // How far back an acknowledgment may lie: Linux believes none of octets that were never sent.
    private int HowFarBack => _context.Settings.IsFreeBsd ? Snd.MaxWnd : (int)Math.Min(Snd.MaxWnd, _accounts.NumbersAcked);

    private void TakeAck(in TcpSegment segment, in TcpOptionValues options, SequenceNumber ack, bool windowChanged, Timestamp now)
    {
        SequenceNumber una = Snd.Una;
        // Text that came as foreseen, with the acknowledgment of before: to Linux there is no acknowledgment in it.
        bool isQuiet = !_context.Settings.IsFreeBsd && ack == una && !windowChanged && !segment.Payload.IsEmpty && segment.SequenceNumber == Rcv.Nxt.Value && !_receiveRing.HasGap;
        if (ack < una) ack = una;      // an old one: its SACK blocks may still say something
        else if (!isQuiet) _probes = 0;      // the peer is alive
        if (_recovery.IsEmpty && ack == una) OnProbeAnswered(now);
        AckSummary summary = Judge(segment, options, ack, windowChanged, now);
        _newDataNow |= summary.NewDataFirst;
        if (ack == una) return;
        if (_recovery.Search is { HasArrived: true } search)
        {
            search.HasArrived = false;
            Resize(now);
        }

        Snd.Una = ack;
        bool finIsAcked = _isFinSent && ack == Snd.Nxt && ack > _sendRing.End;
        SequenceNumber acked = SequenceNumber.Min(ack, _sendRing.End);
        _accounts.OctetsAcked += acked - _sendRing.Una;
        _marks?.OnAcknowledged(acked, _user, now);
        _sendRing.Acknowledge(acked);
        if (Options.SendBuffer is null && (_context.Settings.IsFreeBsd || (_wantsRoom && _recovery.Quota > 0))) TuneSendBuffer();
        if (!finIsAcked) return;
        _accounts.ControlsAcked++;
        OnAckOfFin(segment.Has(TcpFlags.Fin) || !segment.Payload.IsEmpty, now);
    }

    private AckSummary Judge(in TcpSegment segment, in TcpOptionValues options, SequenceNumber ack, bool windowChanged, Timestamp now)
    {
        Span<SackBlock> blocks = stackalloc SackBlock[MaxSackBlocks];
        int count = _agreed.Sack && !IgnoresSacks ? options.SackCount : 0;
        for (int i = 0; i < count; i++)
        {
            options.SackBlock(i, out uint left, out uint right);
            blocks[i] = new SackBlock(new SequenceNumber(left), new SequenceNumber(right));
        }

        return _recovery.OnAck(new AckArrival
        {
            Ack = ack,
            Una = Snd.Una,
            Sacks = blocks[..count],
            MostOffered = Snd.MaxWnd,
            EchoedAt = WhenSent(options, now),
            CarriesData = segment.SequenceLength > 0,
            WindowChanged = windowChanged,
            Ece = _agreed.Ecn && segment.Has(TcpFlags.Ece),
            Marks = _agreed.AccurateEcn && !segment.Has(TcpFlags.Syn) ? _ecn : null,
            Ace = EcnCodes.Ace(segment.Flags),
            EcnOption = _agreed.AccurateEcn ? options.AccurateEcn : default,
            OctetsAcked = _accounts.OctetsAcked,
            OctetsSent = _accounts.OctetsSent,
            NewDataReady = HasUnsent && Snd.Usable > 0,
            Now = now,
        });
    }

    /// <summary>When our clock showed what the peer echoes; null when it echoes nothing.</summary>
    private Timestamp? WhenSent(in TcpOptionValues options, Timestamp now)
    {
        if (!_agreed.Timestamps || !options.HasTimestamps || options.TimestampEcho == 0) return null;
        if (AgeOf(options.TimestampEcho, now) is not { } age) return null;
        long ticks = now.Ticks - (now.Ticks % TimeSpan.TicksPerMillisecond) - age.Ticks;
        return ticks >= 0 ? new Timestamp(ticks) : null;
    }

    /// <summary>The peer's window, from the newest segment only. RFC 9293 §3.10.7.4.</summary>
    private bool UpdateWindow(in TcpSegment segment, SequenceNumber ack, Timestamp now)
    {
        var seq = new SequenceNumber(segment.SequenceNumber);
        int window = segment.Window << _agreed.SendScale;
        bool isNewer = ack > Snd.Una || Snd.Wl1 < seq || (Snd.Wl1 == seq && (Snd.Wl2 < ack || (Snd.Wl2 == ack && (window > Snd.Wnd || window == 0))));
        if (!isNewer || ack < Snd.Una) return false;
        (Snd.Wl1, Snd.Wl2) = (seq, ack);
        bool isUpdate = !_context.Settings.IsFreeBsd;      // Linux takes a newer one for an update, though it be the same
        if (window == Snd.Wnd) return isUpdate;
        if (window == 0 || Snd.Wnd == 0) _recovery.OnZeroWindow(window == 0);
        Snd.Wnd = window;
        _predicts = false;
        BeginPrediction();
        if (window <= Snd.MaxWnd) return true;
        Snd.MaxWnd = window;
        if (!_context.Settings.IsFreeBsd) Resize(now);
        return true;
    }

    private DropReason OnHandshakeAck(in TcpSegment segment, in TcpOptionValues options, SequenceNumber ack, Timestamp now)
    {
        if (!IsRequest && _pendingIn?.Admits(this, segment.Payload.Length > 0, now) is { } reason and not DropReason.None)
        {
            if (_context.Settings.IsFreeBsd) LeaveFullQueue(segment, now);
            return reason;
        }

        Snd.Una = Snd.Iss + 1;
        if (_synData > 0)      // a simultaneous open whose SYN had data: what of it is not acknowledged goes again
        {
            Snd.Una = Snd.Nxt = ack;
            _marks?.OnAcknowledged(ack, _user, now);
            _sendRing.Acknowledge(ack);
        }

        if (_pendingIn is not null && !_isFastOpened) Agree();
        OnEcnOfHandshakeAck(segment, options);
        Snd.Wnd = Snd.MaxWnd = segment.Window << _agreed.SendScale;
        (Snd.Wl1, Snd.Wl2) = (new SequenceNumber(segment.SequenceNumber), ack);
        Establish(options, now);
        Happened(TcpEvent.AckOfSynArrived);
        if (_isFinQueued) Happened(TcpEvent.UserClosed);      // it was closed before
        if (_pendingIn is not { } listener) return DropReason.None;
        if (HasUser) _pendingIn = null;
        listener.OnEstablished(this);
        return DropReason.None;
    }

    private void OnAckOfFin(bool isLast, Timestamp now)
    {
        Happened(TcpEvent.AckOfFinArrived);
        if (State == TcpState.TimeWait) EnterTimeWait(now);
        else if (State == FinWait2 && (!HasUser || (_isReadShut && _context.Settings.IsFreeBsd))) EnterOrphanWait(isAcked: true, isLast, now);
        Tell(IsGone ? TcpNews.SentOff | TcpNews.Closed : TcpNews.SentOff);
    }
}
