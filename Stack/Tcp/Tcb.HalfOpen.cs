using UserNet.Doors;
using UserNet.Errors;
using UserNet.Time;
using UserNet.Wire;

namespace UserNet.Tcp;

// A listener's child before its handshake is over, as Linux has it: a request, which few segments get past. RFC 9293 §3.10.7.4, SYN-RECEIVED.
internal sealed partial class Tcb
{
    private bool IsRequest => _pendingIn is not null && _notes is { IsRestored: false } && !_context.Settings.IsFreeBsd;

    /// <summary>Looks at a segment for a child in SYN-RECEIVED.</summary>
    /// <returns>Null when it may end the handshake; else what became of it.</returns>
    private DropReason? OnSegmentOfRequest(in TcpSegment segment, in TcpOptionValues options, Timestamp now)
    {
        const TcpFlags Control = TcpFlags.Syn | TcpFlags.Ack | TcpFlags.Rst;
        var seq = new SequenceNumber(segment.SequenceNumber);
        bool isReset = segment.Has(TcpFlags.Rst), isOutdated = _context.Settings.Timestamps && options.HasTimestamps && _recent.IsBehind(options.TimestampValue, 0, now);
        if (seq == Rcv.Irs && (segment.Flags & Control) == TcpFlags.Syn && !isOutdated)
        {
            if (MayAnswerOdd(segment, ref Notes.LastOddAnswer, now)) _isSynDue = true;      // our SYN-ACK was lost
            return DropReason.None;
        }

        if (segment.Has(TcpFlags.Ack) && !isReset && !_isFastOpened && segment.AckNumber != (Snd.Iss + 1).Value)
        {
            RefuseWith(segment, now);      // as the listener answers it
            return DropReason.TcpUnacceptableAck;
        }

        if (isOutdated || EchoesNothing(options) || !IsInRequestWindow(seq, segment.SequenceLength))
        {
            if (!isReset && MayAnswerOdd(segment, ref Notes.LastOddAnswer, now)) EmitRequestAck(now);
            return isOutdated ? DropReason.TcpOutdated : DropReason.TcpOutOfWindow;
        }

        if (isReset && seq != Rcv.Nxt)
        {
            if (MayAnswerOdd(segment, ref Notes.LastOddAnswer, now)) EmitRequestAck(now);      // RFC 5961 §3: it is asked to prove itself
            return DropReason.TcpUnacceptableReset;
        }

        if (options.HasTimestamps && !_isFastOpened && seq <= Rcv.Nxt) _recent.Take(options.TimestampValue, now);
        return isReset || (segment.Has(TcpFlags.Syn) && seq != Rcv.Irs) ? OnRequestBroken(segment, now) : OnRequestAck(segment, seq, now);
    }

    /// <summary>The peer ends it, or begins anew: so may the listener.</summary>
    private DropReason OnRequestBroken(in TcpSegment segment, Timestamp now)
    {
        bool isReset = segment.Has(TcpFlags.Rst);
        if (!isReset) RefuseWith(segment, now);
        if (!_isFastOpened) Leave();
        else if (isReset) Fail(Errno.ECONNRESET);      // what was taken early is open already
        return isReset ? DropReason.None : DropReason.TcpUnacceptableSyn;
    }

    private DropReason? OnRequestAck(in TcpSegment segment, SequenceNumber seq, Timestamp now)
    {
        if (!segment.Has(TcpFlags.Ack)) return DropReason.TcpNoAck;
        if (_isFastOpened || _pendingIn is not { } listener) return null;
        if (_synRetries < DeferredTries && seq + segment.SequenceLength == Rcv.Irs + 1)
        {
            Notes.IsAcknowledged = true;
            return DropReason.TcpDeferred;
        }

        if (!listener.IsFull) return null;
        if (_context.Settings.AbortsOnOverflow)
        {
            RefuseWith(segment, now);
            Leave();
        }
        else
        {
            Notes.IsAcknowledged = true;
        }

        return DropReason.TcpAcceptQueueFull;
    }

    // What it echoes was in no SYN-ACK.
    private bool EchoesNothing(in TcpOptionValues options)
    {
        if (!_agreed.Timestamps || _isFastOpened || !options.HasTimestamps || options.TimestampEcho == 0) return false;
        return options.TimestampEcho - Notes.FirstStamp > Notes.LastStamp - Notes.FirstStamp;
    }

    // The window that the SYN-ACK has offered.
    private bool IsInRequestWindow(SequenceNumber seq, int length)
    {
        SequenceNumber edge = Rcv.Nxt + FirstWindow;
        return seq == Rcv.Nxt || (seq + length > Rcv.Nxt && seq < edge) || (seq == edge && length == 0);
    }

    /// <summary>An acknowledgment of a request says the window of its SYN-ACK, and nothing of SACK.</summary>
    private void EmitRequestAck(Timestamp now)
    {
        Span<byte> octets = stackalloc byte[TcpOptionWriter.MaxLength];
        var writer = new TcpOptionWriter(octets);
        AddSignature(ref writer);
        if (_agreed.Timestamps && _recent.Value != 0) writer.AddAlignedTimestamps(Clock(now), _recent.Value);
        writer.FillTo(0);
        Seal(_context.Packets.Rent(0), Snd.Nxt, TcpFlags.Ack, (ushort)(FirstWindow >> _agreed.ReceiveScale), writer.Written, now);
    }

    /// <summary>TCP_DEFER_ACCEPT as timeouts of the SYN-ACK: 1, 2, 4 seconds and so on.</summary>
    private int DeferredTries
    {
        get
        {
            int tries = 0;
            for (TimeSpan left = Options.DeferAccept; left > TimeSpan.Zero && tries < byte.MaxValue; tries++) left -= _context.Settings.SynTimeout(tries, isAnswer: true);
            return tries;
        }
    }

    /// <summary>The SYN-ACK was not answered, or no data came where the listener waits for some.</summary>
    private void OnRequestTimeout(ListenQueue listener, Timestamp now)
    {
        int most = listener.TriesWhenCrowded(Options.SynRetries ?? _context.Settings.SynAckRetries), deferred = DeferredTries;
        bool hasAck = Notes.IsAcknowledged;
        if (_synRetries >= most && (deferred == 0 || !hasAck || _synRetries >= deferred))
        {
            Leave();
            return;
        }

        bool isSilent = deferred > 0 && hasAck && _synRetries < deferred - 1;
        _synRetries++;
        if (isSilent) _timers[TcpTimer.Retransmission] = SynDue(now, isAnswer: true);
        else _isSynDue = true;
    }
}
