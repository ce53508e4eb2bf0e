using UserNet.Doors;
using UserNet.Errors;
using UserNet.Time;
using UserNet.Wire;
using static System.Net.NetworkInformation.TcpState;

namespace UserNet.Tcp;

// SEGMENT ARRIVES, in the steps of RFC 9293 §3.10.7.4 with RFC 5961.
internal sealed partial class Tcb
{
    public ReceiveSequenceSpace Rcv;

    /// <summary>A segment with a right checksum arrived.</summary>
    /// <param name="segment">The segment.</param>
    /// <param name="ecn">The ECN field of its IP header.</param>
    /// <param name="now">The time.</param>
    /// <returns>None, or why it went no further.</returns>
    public DropReason OnSegment(in TcpSegment segment, byte ecn, Timestamp now)
    {
        if (IsGone || Old is not null) return DropReason.TcpUnexpected;
        TcpOptionValues.Read(segment.Options, out TcpOptionValues options);
        if (options.HasMd5 || Options.Signatures is not null)
        {
            DropReason unproven = CheckSignature(segment, options);
            if (unproven != DropReason.None) return unproven;
        }

        _mayPush |= State == SynSent;
        _context.Touch(this);
        _received.Segments++;
        if (!segment.Payload.IsEmpty && !_context.Settings.IsFreeBsd) _received.DataSegments++;
        DropReason reason = State switch
        {
            SynSent => OnSegmentInSynSent(segment, options, ecn, now),
            _ when _context.Settings.IsFreeBsd => OnSegmentAsFreeBsd(segment, options, ecn, now),
            _ => OnSegmentInSteps(segment, options, ecn, now),
        };
        CheckInvariants();
        return reason;
    }

    private DropReason OnSegmentInSteps(in TcpSegment segment, in TcpOptionValues options, byte ecn, Timestamp now)
    {
        _lastHeard = now;
        if (State == SynReceived && IsRequest)
        {
            if (segment.Has(TcpFlags.Syn) && !segment.Has(TcpFlags.Rst) && !OnEcnOfOtherSyn(segment, options, ecn)) return OnContradiction(segment, now);
            if (OnSegmentOfRequest(segment, options, now) is { } reason) return reason;
        }

        return OnSegmentInOrder(segment, options, ecn, now);
    }

    private DropReason OnSegmentInOrder(in TcpSegment segment, in TcpOptionValues options, byte ecn, Timestamp now)
    {
        if (SaysNothing(segment)) return DropReason.TcpNoAck;
        if (IsOutdated(segment, options, now)) return OnOutdated(segment, now);                 // PAWS, RFC 7323 §5.3
        var seq = new SequenceNumber(segment.SequenceNumber);
        if (segment.Has(TcpFlags.Syn) && !segment.Has(TcpFlags.Rst) && !OnEcnOfOtherSyn(segment, options, ecn)) return OnContradiction(segment, now);
        if (!IsAcceptable(seq, segment.SequenceLength) || EndsBeyond(seq + segment.Payload.Length)) return OnUnacceptable(segment, seq, now);    // first: SEG.SEQ
        if (segment.Has(TcpFlags.Rst)) return OnReset(seq, now);                                // second: RST
        bool isCrossed = segment.Has(TcpFlags.Syn);                                             // fourth: SYN
        if (isCrossed)
        {
            if (!IsCrossedAnswer(segment, seq)) return OnSyn(segment, seq, now);
            seq += 1;
        }

        if (!segment.Has(TcpFlags.Ack)) return DropReason.TcpNoAck;                             // fifth: ACK
        bool isLastOfHandshake = State == SynReceived;
        Predict(segment, seq);
        DropReason reason = OnAck(segment, options, now);
        if (reason != DropReason.None || IsGone) return reason;
        _mayPush = true;
        _softError = Errno.Success;
        OnEcn(segment, ecn, isLastOfHandshake);
        if (isCrossed) AnswerSynAgain(seq);
        return OnContent(segment, options, seq, ecn, now);                                           // sixth to eighth: URG, text, FIN
    }

    // Neither ACK nor RST nor SYN: Linux drops it before it looks at its number; the listener's half-open children look first, as RFC 9293 has it.
    private bool SaysNothing(in TcpSegment segment) =>
        (segment.Flags & (TcpFlags.Ack | TcpFlags.Rst | TcpFlags.Syn)) == 0 && (State != SynReceived || _pendingIn is null);

    /// <summary>Whether some of it may be new, or its acknowledgment: §3.4.</summary>
    /// <remarks>
    /// A little wider than the RFC's four cases, as in Linux: what ends no earlier than where the last acknowledgment stood
    /// was on its way when that left, and a segment without text at the right edge follows a full window. Text and resets are
    /// held to the exact window after this.
    /// </remarks>
    private bool IsAcceptable(SequenceNumber seq, int length) => seq + length >= Rcv.LastAckSent && seq <= Rcv.End;

    // Linux takes text that ends beyond the window whole when nothing waits to be read, and else nothing of it; a FIN counts nothing.
    private bool EndsBeyond(SequenceNumber end) => end > Rcv.End && _context.Settings.Profile.TakesSegmentsWhole && _receiveRing.Count > 0;

    private DropReason OnUnacceptable(in TcpSegment segment, SequenceNumber seq, Timestamp now)
    {
        if (segment.Has(TcpFlags.Rst)) return IsResetOfFin(seq) ? OnReset(seq, now) : DropReason.TcpUnacceptableReset;
        if (segment.Has(TcpFlags.Syn)) return OnSyn(segment, seq, now);
        if (seq > Rcv.End || EndsBeyond(seq + segment.Payload.Length)) _context.Counters.Count(Counter.TcpBeyondWindow);
        if (segment.Has(TcpFlags.Urg) && seq <= Rcv.End) OnUrgent(segment, seq);      // MUST-66: even if no text is taken
        AnswerUnacceptable(segment, now);
        return DropReason.TcpOutOfWindow;
    }

    /// <summary>RFC 5961 §3: only the exact number resets; another in the window is asked to prove itself.</summary>
    private DropReason OnReset(SequenceNumber seq, Timestamp now)
    {
        bool isInWindow = seq == Rcv.Nxt || seq.IsIn(Rcv.Nxt, Rcv.Wnd), isOfFin = IsResetOfFin(seq);
        // Linux asks back wherever the segment as a whole may be one of the peer's, text and SYN counted in.
        bool isAsked = State != SynReceived && !_context.Settings.IsFreeBsd && !_context.Settings.TrustsResetsInWindow;
        if (!isInWindow && !isOfFin && !isAsked) return DropReason.TcpUnacceptableReset;
        if (!IsExactReset(seq) && !isOfFin)
        {
            SendChallengeAck(now);
            return DropReason.TcpUnacceptableReset;
        }

        switch (State)
        {
            case SynReceived when _isFastOpened && !_context.Settings.IsFreeBsd:
                Fail(Errno.ECONNRESET);
                break;
            case SynReceived when _pendingIn is not null:
                Leave();      // the listener stays
                break;
            case SynReceived:
                Fail(Errno.ECONNREFUSED);
                break;
            default:
                if (State is Established or CloseWait) _context.Counters.Count(Counter.TcpEstabResets);
                Fail(State == CloseWait ? Errno.EPIPE : Errno.ECONNRESET);
                break;
        }

        return DropReason.None;
    }

    // Some peers break off with the number of the FIN that they have just sent, and answer no challenge.
    private bool IsResetOfFin(SequenceNumber seq) => !_context.Settings.IsFreeBsd && seq == Rcv.Nxt - 1 && State is CloseWait or LastAck or Closing;

    // A peer that sent more before it failed resets with the number after that, which SACK has told it of.
    private bool IsExactReset(SequenceNumber seq) =>
        seq == Rcv.Nxt || _context.Settings.TrustsResetsInWindow
        || (_agreed.Sack && _receiveRing.HasGap && seq == _receiveRing.LastHeld);

    /// <summary>The SYN-ACK of a peer whose SYN crossed this host's. RFC 9293 §3.5, figure 8.</summary>
    private bool IsCrossedAnswer(in TcpSegment segment, SequenceNumber seq) =>
        State == SynReceived && _pendingIn is null && seq == Rcv.Irs && segment.Has(TcpFlags.Ack)
        && new SequenceNumber(segment.AckNumber) == Snd.Nxt;

    /// <summary>RFC 5961 §4: a SYN in a connection proves nothing.</summary>
    private DropReason OnSyn(in TcpSegment segment, SequenceNumber seq, Timestamp now)
    {
        bool isInWindow = seq == Rcv.Nxt || seq.IsIn(Rcv.Nxt, Rcv.Wnd);
        if (State == SynReceived)
        {
            if (seq == Rcv.Irs && !segment.Has(TcpFlags.Ack))
            {
                if (_context.ChallengeAcks.TryTakeOwn(ref _lastOddAnswer, now)) _isSynDue = true;      // our SYN-ACK was lost
                return DropReason.None;
            }

            if (_pendingIn is not null && isInWindow)
            {
                RefuseWith(segment, now);      // the peer begins anew: so may the listener
                Leave();
                return DropReason.TcpUnacceptableSyn;
            }
        }

        if (isInWindow && _context.Settings.TrustsResetsInWindow)      // RFC 793
        {
            RefuseWith(segment, now);
            Fail(Errno.ECONNRESET);
            return DropReason.TcpUnacceptableSyn;
        }

        SendChallengeAck(now);
        return DropReason.TcpUnacceptableSyn;
    }

    /// <summary>Two SYNs of one handshake ask for different kinds of ECN: nobody knows which the peer goes by. RFC 9768 §3.1.5.</summary>
    private DropReason OnContradiction(in TcpSegment segment, Timestamp now)
    {
        RefuseWith(segment, now);
        if (_pendingIn is not null) Leave();
        else Fail(Errno.ECONNRESET);
        return DropReason.TcpUnacceptableSyn;
    }

    /// <summary>A reset that the sender of a segment believes. RFC 9293 §3.5.2, group 1.</summary>
    private void RefuseWith(in TcpSegment segment, Timestamp now) =>
        TcpReply.Reset(_context, segment, Binding.LocalAddress.Unmap(), Binding.RemoteAddress.Unmap(), Binding.RemoteAddress.NeedsScope ? Binding.Device : 0, now, Options.Signatures);
}
