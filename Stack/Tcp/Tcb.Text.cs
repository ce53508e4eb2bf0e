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

    private const int LeastGrowing = 128;

    private bool TakesText => State is Established or FinWait1 or FinWait2;

    /// <summary>What comes after the acknowledgment was looked at.</summary>
    /// <param name="segment">It lies in the window, at least in part.</param>
    /// <param name="options">Its options.</param>
    /// <param name="seq">The number of its first octet.</param>
    /// <param name="ecn">The ECN field of its IP header.</param>
    /// <param name="now">The time.</param>
    private DropReason OnContent(in TcpSegment segment, in TcpOptionValues options, SequenceNumber seq, byte ecn, Timestamp now)
    {
        SampleTrip(segment, options, now);
        if (segment.Has(TcpFlags.Urg) || _urgent.State == UrgentState.Announced) OnUrgent(segment, seq);
        bool hasFin = segment.Has(TcpFlags.Fin);
        SequenceNumber end = seq + segment.Payload.Length;
        if (end == seq && !hasFin)
        {
            if (!_context.Settings.IsFreeBsd && TakesText) OnCwr(segment);
            return DropReason.None;
        }

        if (!TakesText && seq >= Rcv.Nxt) return DropReason.TcpUnexpected;      // text behind the FIN: the RFC has it ignored
        if (end > Rcv.Nxt && NobodyReads) return OnUnwanted(segment, now);
        OnCwr(segment);
        _duplicate = default;      // what nobody was told of in time is told of no more
        DropReason reason = DropReason.None;
        if ((hasFin ? end + 1 : end) <= Rcv.Nxt) OnOld(seq, hasFin ? end + 1 : end, ref reason);
        else if (!HasRoomFor(seq, end, hasFin)) OnBeyondWindow(seq, ref reason);
        else if (seq <= Rcv.Nxt) TakeNext(segment, seq, ecn, now);
        else HoldBeyond(segment, seq, ecn, now);
        if (!IsGone && Old is null) JudgeAck(now);
        return reason;
    }

    /// <summary>True when the socket is closed, or the peer has ended its text, or the user wants no more after its own FIN: what comes will never be read.</summary>
    private bool NobodyReads => _context.Settings.IsFreeBsd
        ? State is FinWait1 or FinWait2 && !HasUser && _pendingIn is null
        : State is not Established && (_isReadShut || _isReadEnded || (!HasUser && _pendingIn is null));

    /// <summary>The peer must know that its data is lost. RFC 9293 §3.6.1 (SHLD-3), RFC 2525 §2.17.</summary>
    private DropReason OnUnwanted(in TcpSegment segment, Timestamp now)
    {
        if (_context.Settings.IsFreeBsd) RefuseWith(segment, now);
        else SendReset(new SequenceNumber(segment.AckNumber), now);
        Fail(State == CloseWait ? Errors.Errno.EPIPE : Errors.Errno.ECONNRESET);
        return DropReason.TcpNobodyReads;
    }

    /// <summary>It came before: the acknowledgment was lost, or is late. The sender is told at once, and with SACK what came in vain. RFC 2883 §4.</summary>
    private void OnOld(SequenceNumber seq, SequenceNumber end, ref DropReason reason)
    {
        _ecn?.OnOldText(seq);
        NoteDuplicate(seq, end);
        AnswerQuickly();
        reason = DropReason.TcpOutOfWindow;
    }

    private void NoteDuplicate(SequenceNumber left, SequenceNumber right)
    {
        if (_agreed.Sack && _context.Settings.DuplicateSack) _duplicate = new SackBlock(left, right);
    }

    private void AnswerQuickly()
    {
        _acks.BeginQuick(Offered, _context.Settings.Profile);
        _acks.OnOther();
    }

    // Where the next text was refused for want of a window, a bare FIN is taken all the same, as in Linux.
    private bool HasRoomFor(SequenceNumber seq, SequenceNumber end, bool hasFin) =>
        seq < Rcv.Nxt ? Rcv.Wnd > 0 : seq < Rcv.Nxt + Rcv.Wnd || (seq == Rcv.Nxt && end == seq && hasFin);

    private void OnBeyondWindow(SequenceNumber seq, ref DropReason reason)
    {
        if (seq <= Rcv.Nxt) _context.Counters.Count(Counter.TcpZeroWindowDrop);
        if (seq < Rcv.Nxt) NoteDuplicate(seq, Rcv.Nxt);
        AnswerQuickly();
        reason = DropReason.TcpOutOfWindow;
    }

    private void ClearReceived()
    {
        _receiveRing.Clear();
        _memory?.Clear();
        ReleaseMemory();
    }

    /// <summary>Text, or the FIN, that comes in order, the first of it perhaps once more.</summary>
    private void TakeNext(in TcpSegment segment, SequenceNumber seq, byte ecn, Timestamp now)
    {
        ReadOnlySpan<byte> text = segment.Payload;
        SequenceNumber end = seq + text.Length;
        int cost = CostOf(segment, out int room);
        if (!(_isPredicted && cost <= _reserved) && !HasMemory(seq, cost) && !IsTakenAnyway(text.IsEmpty)) return;
        Reserve(cost);
        if (_hasFin && Rcv.Fin < end) _hasFin = false;      // it was no end: text follows
        bool hasFin = segment.Has(TcpFlags.Fin);
        if (hasFin) (_hasFin, Rcv.Fin) = (true, end);
        if (!text.IsEmpty)
        {
            SequenceNumber before = Rcv.Nxt;
            InsertResult result = Put(segment, seq, hasFin: false, now);
            int held = Held;
            if (CountsPackets) Memory.Add(SequenceNumber.Max(seq, _receiveRing.First), end, cost, room);
            Settle(held);
            Rcv.Nxt = SequenceNumber.Max(Rcv.Nxt, end);
            OnText(segment, ecn, cost, now);
            if (_hasFin && _receiveRing.Next > Rcv.Fin) _receiveRing.EndAt(Rcv.Fin);
            Rcv.Nxt = _receiveRing.Next;
            _received.Octets += Rcv.Nxt - before;
            if (Rcv.Edge < Rcv.Nxt && !CountsPackets) Rcv.Edge = Rcv.Nxt;
            if (!_isPredicted) BeginPrediction();
            if (result.HasFilledGap && !hasFin && !_receiveRing.HasGap) _ackNow = true;      // RFC 5681 §4.2
            Tell(TcpNews.Readable);
        }

        if (_hasFin && Rcv.Nxt == Rcv.Fin) TakeFin(isAckedNow: false, now);
    }

    private InsertResult Put(in TcpSegment segment, SequenceNumber seq, bool hasFin, Timestamp now)
    {
        InsertResult result = _receiveRing.Insert(seq, segment.Payload, hasFin);
        _receiveRing.TryTakeDuplicate(out _);
        if (result.Duplicate.Length > 0) NoteDuplicate(result.Duplicate.Left, result.Duplicate.Right);
        _marks?.Received?.Add(seq, segment.Payload.Length, now);
        return result;
    }

    /// <summary>Text came in order: what follows from its size and its time (tcp_event_data_recv).</summary>
    private void OnText(in TcpSegment segment, byte ecn, int cost, Timestamp now)
    {
        MeasureSegment(segment.Payload.Length, cost);
        _acks.OnData(ArrivalOf(segment), _context.Settings.Profile, now);
        _tuning.SampleByWindow(Rcv.Nxt, Offered, now);
        OnMark(ecn);
        if (segment.Payload.Length >= LeastGrowing) GrowWindow(segment.Payload.Length, cost);
    }

    /// <summary>A packet for which the buffer has no room is taken all the same where nothing waits to be read: else the stream would stand still.</summary>
    private bool IsTakenAnyway(bool isBare)
    {
        _isOutOfMemory = _ackNow = true;
        _acks.OnOther();
        if (isBare || _memory is not { HasUnread: true }) return true;
        _context.Counters.Count(Counter.TcpReceiveQueueDrop);
        return false;
    }

    /// <summary>Text, or the FIN, that comes before what it follows (tcp_data_queue_ofo).</summary>
    private void HoldBeyond(in TcpSegment segment, SequenceNumber seq, byte ecn, Timestamp now)
    {
        OnMark(ecn);
        int length = segment.Payload.Length, cost = CostOf(segment, out int room);
        if (!HasMemory(seq, cost))
        {
            _context.Counters.Count(Counter.TcpOutOfOrderDrop);
            Tell(TcpNews.Readable);
            return;
        }

        _predicts = false;
        bool hasFin = segment.Has(TcpFlags.Fin);
        MeasureSegment(length, cost);
        _acks.OnDataBeyond(ArrivalOf(segment));
        _received.OutOfOrder++;
        if (hasFin && (!_hasFin || Rcv.Fin > seq + length)) (_hasFin, Rcv.Fin) = (true, seq + length);
        Put(segment, seq, hasFin, now);
        if (!CountsPackets) return;
        int held = Held;
        int? charged = Memory.AddBeyond(seq, seq + length + (hasFin ? 1 : 0), cost, room);
        Settle(held);
        // The window is judged before the packet counts; a bare FIN that another packet takes along costs nothing.
        if (charged is { } paid && _agreed.Sack) GrowWindow(length, length == 0 && paid == 0 ? 0 : cost, paid);
        if (HasUser) _tuning.GrowBuffer(_context.Settings, MayGrowBuffer, _tuning.PerTrip, _receiveRing.LastHeld - _receiveRing.Next);
    }

    // Octets in the peer's segments, of which the link may have made one.
    private int SizeOf(int length) => _context.MergedSize is > 0 and var size && size < length ? size : length;

    private DataArrival ArrivalOf(in TcpSegment segment) => new()
    {
        Length = SizeOf(segment.Payload.Length),
        IsPushed = segment.Has(TcpFlags.Psh),
        EndsSomething = (segment.Flags & (TcpFlags.Psh | TcpFlags.Fin | TcpFlags.Urg | TcpFlags.Syn)) != 0,
        Options = segment.Options.Length,
        ExtraOptions = segment.Options.Length - (_agreed.Timestamps ? TimestampsLength : 0),
        LargestSegment = _ownMss,
        Window = Offered,
        Timeout = _recovery.Rtt.Timeout,
    };

    /// <summary>The eighth step: the peer has sent all that it had, and all of it is here.</summary>
    /// <param name="isAckedNow">Its acknowledgment does not wait.</param>
    /// <param name="now">The time.</param>
    private void TakeFin(bool isAckedNow, Timestamp now)
    {
        Rcv.Nxt += 1;
        if (!CountsPackets) Rcv.Edge = SequenceNumber.Max(Rcv.Edge, Rcv.Nxt);
        if (!_context.Settings.IsFreeBsd) _received.Octets++;
        _isReadEnded = HasPeerEnded = true;
        _receiveRing.ForgetBeyond();
        _memory?.ForgetBeyond();
        ReleaseMemory();
        _acks.OnOther();
        _duplicate = default;
        if (State == Established) _acks.OnFin(_context.Settings.Profile);
        if (State != Established) EmitAck(now);
        else if (isAckedNow) _ackNow = true;
        Happened(TcpEvent.FinArrived);
        if (State == TimeWait) EnterTimeWait(now);
        Tell(TcpNews.Readable | TcpNews.Ended);
    }
}
