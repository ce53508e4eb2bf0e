using UserNet.Doors;
using UserNet.Time;
using UserNet.Wire;
using static System.Net.NetworkInformation.TcpState;

namespace UserNet.Tcp;

// The sixth to eighth step: urgent pointer, text, and the peer's FIN.
internal sealed partial class Tcb
{
    private ReceiveRing _receiveRing;
    private SackBlock _duplicate;             // what came in vain, before RCV.NXT, and is still to be told
    private bool _hasFin;                     // that is known
    private bool _isReadEnded;                // the peer's FIN, or an error, came
    private bool _isReadShut;                 // the user wants no more

    /// <summary>What was received and not yet read.</summary>
    public ref ReceiveRing Received => ref _receiveRing;

    /// <summary>True when nothing more will come once <see cref="Received"/> is empty.</summary>
    public bool IsReadEnded => _isReadEnded || _isReadShut;

    /// <summary>True once the peer's FIN came, with all before it: whatever happens to the connection then, the stream was whole.</summary>
    public bool HasPeerEnded { get; private set; }

    /// <summary>True while the peer's FIN is known, and not all that comes before it.</summary>
    private bool HasFinBeyond => _hasFin && !_isReadEnded;

    private bool TakesText => State is Established or FinWait1 or FinWait2;

    /// <summary>What comes after the acknowledgment was looked at.</summary>
    /// <param name="segment">It lies in the window, at least in part.</param>
    /// <param name="options">Its options.</param>
    /// <param name="seq">The number of its first octet.</param>
    /// <param name="now">The time.</param>
    private DropReason OnContent(in TcpSegment segment, in TcpOptionValues options, SequenceNumber seq, Timestamp now)
    {
        if (segment.Has(TcpFlags.Urg)) OnUrgent(segment, seq);
        int length = segment.Payload.Length;
        bool hasFin = segment.Has(TcpFlags.Fin);
        if (length == 0 && !hasFin) return DropReason.None;
        SequenceNumber end = seq + length, endWithFin = hasFin ? end + 1 : end;
        if (endWithFin <= Rcv.Nxt)
        {
            AnswerOld(segment, now);      // it came before: the acknowledgment was lost, or is late
            return DropReason.TcpOutOfWindow;
        }

        if (!TakesText) return DropReason.TcpUnexpected;      // text behind the FIN: the RFC has it ignored
        if (end > Rcv.Nxt && NobodyReads) return OnUnwanted(segment, now);
        if (length > 0 && TextWithin(segment, seq) is var text)
        {
            if (text.IsEmpty)
            {
                AnswerOld(segment, now);
                return DropReason.TcpOutOfWindow;
            }

            if (text.Length < length) hasFin = false;      // it lies beyond the window
            if (hasFin) NoteFin(end);
            TakeText(segment, options, seq, text, now);
        }
        else if (hasFin)
        {
            NoteFin(end);
            if (end > Rcv.Nxt) EmitAck(now);
            else if (!HasMemory()) _isOutOfMemory = _ackNow = true;
        }

        if (HasFinBeyond && Rcv.Nxt == Rcv.Fin) TakeFin(hasFilledGap: !hasFin, now);
        return DropReason.None;
    }

    /// <summary>True when the socket is closed, or closed for reading after its own FIN: what comes will never be read.</summary>
    private bool NobodyReads => State is FinWait1 or FinWait2
        && ((_isReadShut && !_context.Settings.IsFreeBsd) || (!HasUser && _pendingIn is null));

    /// <summary>The peer must know that its data is lost. RFC 9293 §3.6.1 (SHLD-3), RFC 2525 §2.17.</summary>
    private DropReason OnUnwanted(in TcpSegment segment, Timestamp now)
    {
        if (_context.Settings.IsFreeBsd) RefuseWith(segment, now);
        else SendReset(new SequenceNumber(segment.AckNumber), now);
        Fail(Errors.Errno.ECONNRESET);
        return DropReason.TcpNobodyReads;
    }

    /// <summary>The part of the text that does not lie beyond the window.</summary>
    private ReadOnlySpan<byte> TextWithin(in TcpSegment segment, SequenceNumber seq)
    {
        ReadOnlySpan<byte> text = segment.Payload;
        if (HasFinBeyond && seq + text.Length > Rcv.Fin) text = text[..Math.Max(0, Rcv.Fin - seq)];      // nothing follows a FIN
        int excess = seq + text.Length - Rcv.Edge;
        if (excess <= 0) return text;
        if (!_context.Settings.Profile.TakesSegmentsWhole) return text[..Math.Max(0, text.Length - excess)];
        if (Rcv.Wnd > 0 && seq < Rcv.Edge) return text;      // the rest was judged before: nothing waits to be read
        if (seq <= Rcv.Nxt) _context.Counters.Count(Counter.TcpZeroWindowDrop);
        return default;
    }

    private void ClearReceived()
    {
        _receiveRing.Clear();
        _memory?.Clear();
        ReleaseMemory();
    }

    private void TakeText(in TcpSegment segment, in TcpOptionValues options, SequenceNumber seq, ReadOnlySpan<byte> text, Timestamp now)
    {
        if (!HasMemory() && !IsTakenAnyway(seq, now)) return;
        InsertResult result = _receiveRing.Insert(seq, text);
        _marks?.Received?.Add(seq, text.Length, now);
        _received.DataSegments++;
        int cost = CostOf(segment, out int room);
        if (CountsPackets && result.Taken > 0) Charge(seq, seq + text.Length, result.Advanced > 0, cost, room);
        Rcv.Nxt = _receiveRing.Next;
        if (Rcv.Edge < Rcv.Nxt) Rcv.Edge = Rcv.Nxt;
        if (result.Advanced == 0)
        {
            _acks.OnOther();
            if (result.Taken > 0) OnBeyond(segment, cost, now);
            if (result.Taken == 0) _acks.BeginQuick(Offered, _context.Settings.Profile);
            EmitAck(now);      // RFC 5681 §4.2: the sender counts them
            return;
        }

        _received.Octets += result.Advanced;
        MeasureSegment(text.Length, cost);
        NotePace(segment, now);
        TuneWindow(segment, options, cost, now);
        if (_receiveRing.HasGap || (HasFinBeyond && Rcv.Nxt != Rcv.Fin)) EmitAck(now);
        else if (result.HasFilledGap || result.Duplicate.Length > 0) _ackNow = true;
        else OnInOrder(now);
        Tell(TcpNews.Readable);
    }

    /// <summary>A packet for which the buffer has no room is taken all the same where nothing waits to be read: else the stream would stand still.</summary>
    private bool IsTakenAnyway(SequenceNumber seq, Timestamp now)
    {
        if (seq > Rcv.Nxt)
        {
            _context.Counters.Count(Counter.TcpOutOfOrderDrop);
            return false;
        }

        _isOutOfMemory = true;
        _acks.OnOther();
        if (_memory is not { HasUnread: true })
        {
            _ackNow = true;
            return true;
        }

        _context.Counters.Count(Counter.TcpReceiveQueueDrop);
        EmitAck(now);
        return false;
    }

    private void Charge(SequenceNumber left, SequenceNumber right, bool isInOrder, int cost, int room)
    {
        _memory ??= _context.SentQueues.RentMemory();
        if (isInOrder) _memory.Add(SequenceNumber.Max(left, _receiveRing.First), right, cost, room);
        else _memory.AddBeyond(left, right, cost, room);
    }

    /// <summary>Octets came that wait beyond a gap.</summary>
    private void OnBeyond(in TcpSegment segment, int cost, Timestamp now)
    {
        _received.OutOfOrder++;
        if (!CountsPackets) return;
        MeasureSegment(segment.Payload.Length, cost);
        _acks.MeasureBeyond(ArrivalOf(segment));
        if (_agreed.Sack) GrowWindow(segment.Payload.Length, cost);
        if (HasUser) _tuning.GrowBuffer(_context.Settings, MayGrowBuffer, _tuning.PerTrip, _receiveRing.LastHeld - _receiveRing.Next);
    }

    private void NotePace(in TcpSegment segment, Timestamp now) => _acks.OnData(ArrivalOf(segment), _context.Settings.Profile, now);

    // Octets in the peer's segments, of which the link may have made one.
    private int SizeOf(int length) => _context.MergedSize is > 0 and var size && size < length ? size : length;

    private DataArrival ArrivalOf(in TcpSegment segment) => new()
    {
        Length = SizeOf(segment.Payload.Length),
        IsPushed = segment.Has(TcpFlags.Psh),
        LargestSegment = _ownMss,
        Window = Offered,
        Timeout = _recovery.Rtt.Timeout,
    };

    /// <summary>The sixth step: the pointer counts from the segment's number, and the octet before it is the urgent one. RFC 6093.</summary>
    private void OnUrgent(in TcpSegment segment, SequenceNumber seq)
    {
        SequenceNumber up = seq + segment.UrgentPointer;
        if (!TakesText || up <= Rcv.Up || up <= Rcv.Nxt) return;
        Rcv.Up = up;
        Tell(TcpNews.Urgent);
    }

    /// <summary>The eighth step: where the peer's data ends. It may come before what it follows.</summary>
    private void NoteFin(SequenceNumber at)
    {
        if (at > Rcv.Edge || (_hasFin && Rcv.Fin <= at)) return;
        (_hasFin, Rcv.Fin) = (true, at);
        _acks.OnOther();
        if (State == Established && !_receiveRing.HasGap) _acks.OnFin(_context.Settings.Profile);
    }

    /// <summary>The peer has sent all that it had, and all of it is here.</summary>
    /// <param name="hasFilledGap">The FIN came before what it follows.</param>
    /// <param name="now">The time.</param>
    private void TakeFin(bool hasFilledGap, Timestamp now)
    {
        Rcv.Nxt += 1;
        Rcv.Edge = SequenceNumber.Max(Rcv.Edge, Rcv.Nxt);
        _isReadEnded = HasPeerEnded = true;
        _receiveRing.ForgetBeyond();
        _memory?.ForgetBeyond();
        ReleaseMemory();
        if (State != Established) EmitAck(now);
        else if (hasFilledGap) _ackNow = true;      // RFC 5681 §4.2
        else AckFin(now);
        Happened(TcpEvent.FinArrived);
        if (State == TimeWait) EnterTimeWait(now);
        Tell(TcpNews.Readable);
    }
}
