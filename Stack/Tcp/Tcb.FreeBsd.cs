using UserNet.Doors;
using UserNet.Errors;
using UserNet.Time;
using UserNet.Wire;
using static System.Net.NetworkInformation.TcpState;

namespace UserNet.Tcp;

// SEGMENT ARRIVES in FreeBSD's order: RST, SYN, timestamps, what lies outside of the window, ACK, text. RFC 9293 §3.10.7.4, RFC 5961.
internal sealed partial class Tcb
{
    /// <summary>Octets that may still come, whatever was offered: what the buffer has room for, or what was offered if that is more.</summary>
    private int ReceiveSpace => Math.Max(Math.Max(0, ReceiveRoom), Rcv.Wnd);

    /// <summary>Octets that the buffer has room for; none of a socket that was shut for reading, whose buffer is given back.</summary>
    private int ReceiveRoom => _isReadShut ? 0 : _tuning.Space - Unread;

    /// <summary>A peer with an unusually small MSS could make SACK costly: FreeBSD takes none from it. net.inet.tcp.mssdflt.</summary>
    private bool IgnoresSacks => _context.Settings.IsFreeBsd && WholeSegment < AgreedOptions.DefaultMssV4;

    private DropReason OnSegmentAsFreeBsd(in TcpSegment segment, in TcpOptionValues options, byte ecn, Timestamp now)
    {
        TcpSettings settings = _context.Settings;
        if (segment.Has(TcpFlags.Syn) && segment.Has(TcpFlags.Fin) && settings.DropsSynFin) return DropReason.TcpUnexpected;
        if (IsHalfOpenChild && !PassesSynCache(segment, options, ecn, now, out DropReason refused)) return refused;
        _lastHeard = now;
        if (IsSynchronized && _timers.IsSet(TcpTimer.KeepAlive)) RestartKeepAlive(now);      // whatever comes shows that the peer is there
        OnEcnAsFreeBsd(segment, ecn);
        if (LacksTimestamps(segment, options)) return DropReason.TcpOutdated;
        DropReason reason = JudgeAsFreeBsd(segment, options, ecn, now);
        if ((_ackNow || _octets!.IsAsked) && !IsGone && Old is null) Output(now);      // each segment is answered for itself
        return reason;
    }

    private DropReason JudgeAsFreeBsd(in TcpSegment segment, in TcpOptionValues options, byte ecn, Timestamp now)
    {
        var seq = new SequenceNumber(segment.SequenceNumber);
        if (State == SynReceived && !segment.Has(TcpFlags.Rst) && RefusesInSynReceived(segment, now)) return DropReason.TcpUnacceptableAck;
        if (segment.Has(TcpFlags.Rst)) return OnResetAsFreeBsd(seq, now);
        if (segment.Has(TcpFlags.Syn) && State != SynReceived) return OnSynAsFreeBsd(segment, seq, now);
        if (options.HasTimestamps && _recent.IsBehind(options.TimestampValue, 0, now))      // even if they were not agreed on
        {
            if (!segment.Payload.IsEmpty) _ackNow = true;      // RFC 7323 §5.3 R1
            return DropReason.TcpOutdated;
        }

        if (State == SynReceived && seq < Rcv.Irs)
        {
            if (segment.Has(TcpFlags.Ack)) EmitRefusal(new SequenceNumber(segment.AckNumber), now);
            else RefuseWith(segment, now);
            return DropReason.TcpOutOfWindow;
        }

        SequenceNumber first = seq;
        bool isPredicted = IsPredicted(segment, seq);
        ReadOnlySpan<byte> text = segment.Payload;
        bool hasFin = segment.Has(TcpFlags.Fin);
        if (Rcv.Nxt > seq) CutOld(segment, ref seq, ref text, ref hasFin);
        if (NobodyReads && !text.IsEmpty) return OnUnwanted(segment, now);
        if (!CutExcess(seq, ref text, ref hasFin)) return DropReason.TcpOutOfWindow;
        TakeTimestamp(options, seq, text.Length + (hasFin ? 1 : 0), now);
        if (segment.Has(TcpFlags.Ack))
        {
            DropReason reason = OnAckAsFreeBsd(segment, options, (seq, text.Length, hasFin), now);
            if (reason != DropReason.None || IsGone || Old is not null) return reason;
            if (_agreed.AccurateEcn) OnEcn(segment, ecn, isLastOfHandshake: false);
        }
        else if (State != SynReceived)
        {
            return DropReason.TcpNoAck;
        }

        if (segment.Has(TcpFlags.Urg)) OnUrgent(segment, first);
        return OnTextAsFreeBsd(segment, seq, text, hasFin, isPredicted, now);
    }

    /// <summary>True for the next octets of a stream that goes one way, with nothing else to be said: FreeBSD looks at no more of them.</summary>
    private bool IsPredicted(in TcpSegment segment, SequenceNumber seq) =>
        State == Established && seq == Rcv.Nxt && !segment.Payload.IsEmpty
        && (segment.Flags & (TcpFlags.Syn | TcpFlags.Fin | TcpFlags.Rst | TcpFlags.Urg | TcpFlags.Ack)) == TcpFlags.Ack
        && segment.Window << _agreed.SendScale == Snd.Wnd && Snd.Wnd > 0 && _octets!.Next == Snd.Nxt
        && !_receiveRing.HasGap && !HasFinBeyond && new SequenceNumber(segment.AckNumber) == Snd.Una
        && segment.Payload.Length <= ReceiveRoom;

    /// <summary>RFC 7323 §3.2: where timestamps were agreed on, a segment without them is not the peer's. A reset is looked at all the same.</summary>
    private bool LacksTimestamps(in TcpSegment segment, in TcpOptionValues options) =>
        _agreed.Timestamps && !options.HasTimestamps && !segment.Has(TcpFlags.Rst) && !_context.Settings.ToleratesMissingTimestamps;

    private bool RefusesInSynReceived(in TcpSegment segment, Timestamp now)
    {
        var ack = new SequenceNumber(segment.AckNumber);
        bool hasAck = segment.Has(TcpFlags.Ack);
        bool isWrong = hasAck && (ack <= Snd.Una || ack > Snd.Nxt);
        if (isWrong || (_isFastOpened && hasAck && segment.Has(TcpFlags.Syn)))
        {
            EmitRefusal(ack, now);
            return true;
        }

        if (!_isFastOpened || hasAck) return false;
        return segment.Has(TcpFlags.Syn) || !segment.Has(TcpFlags.Fin);      // the SYN again: the SYN-ACK's timer runs
    }

    /// <summary>RFC 5961 §3, where the number counts that was acknowledged last, and not RCV.NXT.</summary>
    private DropReason OnResetAsFreeBsd(SequenceNumber seq, Timestamp now)
    {
        int space = ReceiveSpace;
        bool isExact = seq == Rcv.LastAckSent;
        if (!(seq.IsIn(Rcv.LastAckSent, space) || (space == 0 && isExact))) return DropReason.TcpUnacceptableReset;
        if (!isExact && !_context.Settings.TrustsResetsInWindow)
        {
            EmitChallenge(now);
            return DropReason.TcpUnacceptableReset;
        }

        if (State is Established or CloseWait) _context.Counters.Count(Counter.TcpEstabResets);
        if (State == SynReceived && _pendingIn is not null && !HasUser) Leave();
        else Fail(State == SynReceived ? Errno.ECONNREFUSED : Errno.ECONNRESET);
        return DropReason.None;
    }

    /// <summary>RFC 5961 §4, or RFC 793 where the settings say so.</summary>
    /// <remarks>A SYN-ACK that comes again may speak of ECN for the first time.</remarks>
    private DropReason OnSynAsFreeBsd(in TcpSegment segment, SequenceNumber seq, Timestamp now)
    {
        bool speaksOfEcn = (segment.Flags & (TcpFlags.Ece | TcpFlags.Cwr)) == TcpFlags.Ece && _context.Settings.Ecn != TcpEcnMode.Off;
        if (_context.Settings.TrustsSynsInWindow && seq.IsIn(Rcv.LastAckSent, ReceiveSpace)) Break(Errno.ECONNRESET, now);
        else EmitChallenge(now);
        if (speaksOfEcn && !IsGone) _agreed = _agreed with { Ecn = true, AccurateEcn = false };
        return DropReason.TcpUnacceptableSyn;
    }

    /// <summary>Takes off what lies before RCV.NXT, and notes what is to be told of it. RFC 2883 §4.</summary>
    private void CutOld(in TcpSegment segment, ref SequenceNumber seq, ref ReadOnlySpan<byte> text, ref bool hasFin)
    {
        if (segment.Has(TcpFlags.Syn)) seq += 1;
        int old = Rcv.Nxt - seq;
        if (old > text.Length || (old == text.Length && !hasFin))
        {
            hasFin = false;
            _ackNow = true;
            old = text.Length;
        }

        if (old <= 0) return;
        if (_agreed.Sack)
        {
            if (_context.Settings.DuplicateSack) _duplicate = new SackBlock(seq, seq + old);
            _ackNow = true;
        }

        seq += old;
        text = text[old..];
    }

    /// <summary>Takes off what lies beyond the window.</summary>
    /// <returns>False when nothing is left: an acknowledgment says so.</returns>
    private bool CutExcess(SequenceNumber seq, ref ReadOnlySpan<byte> text, ref bool hasFin)
    {
        int space = ReceiveSpace, excess = seq + text.Length - (Rcv.Nxt + space);
        if (excess <= 0) return true;
        hasFin = false;
        if (excess < text.Length)
        {
            text = text[..^excess];
            return true;
        }

        _ackNow = true;
        text = default;
        return space == 0 && seq == Rcv.Nxt;      // a probe of the window: its acknowledgment counts
    }

    private void TakeTimestamp(in TcpOptionValues options, SequenceNumber seq, int length, Timestamp now)
    {
        if (!options.HasTimestamps || seq > Rcv.LastAckSent) return;
        if (Rcv.LastAckSent <= seq + length) _recent.Take(options.TimestampValue, now);
    }

    private DropReason OnAckAsFreeBsd(
        in TcpSegment segment, in TcpOptionValues options, (SequenceNumber Seq, int Octets, bool HasFin) content, Timestamp now)
    {
        var ack = new SequenceNumber(segment.AckNumber);
        if (!_context.Settings.TrustsOldAcks && ack < OldestAck)
        {
            EmitChallenge(now);
            return DropReason.TcpUnacceptableAck;
        }

        bool endsHandshake = State == SynReceived;
        if (endsHandshake)
        {
            if (segment.Has(TcpFlags.Syn)) _ackNow = true;      // the SYN-ACK of a peer whose SYN crossed this host's
            if (OnHandshakeAck(segment, options, ack, now) is var reason and not DropReason.None) return reason;
        }
        else if (ack > Snd.Nxt)
        {
            _ackNow = true;
            return DropReason.TcpUnacceptableAck;
        }

        TakeAckAsFreeBsd(segment, options, ack, content, endsHandshake, now);
        return DropReason.None;
    }

    /// <summary>The oldest number whose acknowledgment can be the peer's: of the last window, RFC 5961 §5.2, and of this connection.</summary>
    private SequenceNumber OldestAck
    {
        get
        {
            SequenceNumber oldest = Snd.Una - Snd.MaxWnd;
            _octets!.IsFarFromIss |= Snd.Una >= Snd.Iss + (ushort.MaxValue << _agreed.SendScale);
            return _octets.IsFarFromIss ? oldest : SequenceNumber.Max(oldest, Snd.Iss + 1);
        }
    }
}
