using System.Net.NetworkInformation;
using UserNet.Doors;
using UserNet.Errors;
using UserNet.Time;
using UserNet.Wire;
using static System.Net.NetworkInformation.TcpState;

namespace UserNet.Tcp;

// SEGMENT ARRIVES, in the steps of RFC 9293 §3.10.7.4.
internal sealed partial class Tcb
{
    public ReceiveSequenceSpace Rcv;

    /// <summary>A segment with a right checksum arrived.</summary>
    /// <returns>None, or why it went no further.</returns>
    public DropReason OnSegment(in TcpSegment segment, byte ecn, Timestamp now)
    {
        TcpOptionValues.Read(segment.Options, out TcpOptionValues options);
        if (options.HasMd5) return DropReason.TcpUnexpectedSignature;      // no key was agreed on. RFC 2385 §2.0
        _context.Touch(this);
        if (State == SynSent) return OnSegmentInSynSent(segment, options, now);
        _lastHeard = now;

        if (IsOutdated(segment, options)) return OnOutdated(segment, now);                      // PAWS, RFC 7323 §5.3
        var seq = new SequenceNumber(segment.SequenceNumber);
        if (!IsAcceptable(seq, segment.SequenceLength)) return OnUnacceptable(segment, now);    // first: SEG.SEQ
        if (segment.Has(TcpFlags.Rst)) return OnReset(seq, now);                                // second: RST
        if (segment.Has(TcpFlags.Syn)) return OnSyn(segment, seq, now);                         // fourth: SYN
        if (!segment.Has(TcpFlags.Ack)) return DropReason.TcpNoAck;                             // fifth: ACK
        DropReason reason = OnAck(segment, options, now);
        if (reason != DropReason.None || IsGone) return reason;
        TakeEcn(segment, ecn);
        if (segment.Has(TcpFlags.Urg)) OnUrgent(segment, seq);                                  // sixth: URG
        reason = OnText(segment, seq, now);                                                     // seventh: text
        if (segment.Has(TcpFlags.Fin) && !IsGone) OnFin(seq + segment.Payload.Length, now);     // eighth: FIN
        return reason;
    }

    /// <summary>The four cases of the RFC's acceptability table, §3.4, one line each.</summary>
    private bool IsAcceptable(SequenceNumber seq, int length) => (length, Rcv.Wnd) switch
    {
        (0, 0) => seq == Rcv.Nxt,
        (0, _) => seq.IsIn(Rcv.Nxt, Rcv.Wnd),
        (_, 0) => false,
        _ => seq.IsIn(Rcv.Nxt, Rcv.Wnd) || (seq + (length - 1)).IsIn(Rcv.Nxt, Rcv.Wnd) || (seq < Rcv.Nxt && seq + length > Rcv.Nxt),
    };

    private DropReason OnUnacceptable(in TcpSegment segment, Timestamp now)
    {
        if (segment.Has(TcpFlags.Rst)) return DropReason.TcpUnacceptableReset;
        if (State == SynReceived && segment.Has(TcpFlags.Syn) && new SequenceNumber(segment.SequenceNumber) == Rcv.Irs)
        {
            _isSynDue = true;      // our SYN-ACK was lost
            return DropReason.None;
        }

        if (State == TcpState.TimeWait && segment.Has(TcpFlags.Fin)) _timers[TcpTimer.State] = now + _context.Settings.TimeWait;
        // What was sent again says that an acknowledgment was lost.
        AckAtOnce(now);
        return DropReason.TcpOutOfWindow;
    }

    /// <summary>RFC 5961 §3: only the exact number resets; another in the window is asked to prove itself.</summary>
    private DropReason OnReset(SequenceNumber seq, Timestamp now)
    {
        if (seq != Rcv.Nxt)
        {
            SendChallengeAck(now);
            return DropReason.TcpUnacceptableReset;
        }

        _context.Counters.Count(Counter.TcpEstabResets);
        switch (State)
        {
            case SynReceived when _pendingIn is not null:
                Leave();
                break;
            case SynReceived:
                Fail(Errno.ECONNREFUSED);
                break;
            case CloseWait:
                Fail(Errno.EPIPE);
                break;
            case TcpState.TimeWait:
                break;      // RFC 1337
            default:
                Fail(Errno.ECONNRESET);
                break;
        }

        return DropReason.None;
    }

    /// <summary>RFC 5961 §4: a SYN in a connection proves nothing.</summary>
    private DropReason OnSyn(in TcpSegment segment, SequenceNumber seq, Timestamp now)
    {
        if (State == SynReceived && seq == Rcv.Irs && !segment.Has(TcpFlags.Ack))
        {
            _isSynDue = true;
            return DropReason.None;
        }

        SendChallengeAck(now);
        return DropReason.TcpUnacceptableSyn;
    }

    /// <summary>The eighth step: the peer has sent all that it had.</summary>
    private void OnFin(SequenceNumber fin, Timestamp now)
    {
        if (_isReadEnded || fin != Rcv.Nxt) return;      // it comes again when the hole before it is filled
        Rcv.Nxt += 1;
        Rcv.Edge = SequenceNumber.Max(Rcv.Edge, Rcv.Nxt);
        _isReadEnded = true;
        _ackNow = true;
        Happened(TcpEvent.FinArrived);
        if (State == TcpState.TimeWait) EnterTimeWait(now);
        Tell(TcpNews.Readable);
    }
}
