using UserNet.Time;
using UserNet.Wire;
using static System.Net.NetworkInformation.TcpState;

namespace UserNet.Tcp;

// When what arrived is acknowledged. RFC 9293 §3.8.6.3, RFC 5681 §4.2.
internal sealed partial class Tcb
{
    private AckPacing _acks = new();
    private Timestamp _lastOddAnswer;         // when a segment that can't be taken was answered last; Zero for never
    private ushort _ownMss;                   // no segment of the peer's is larger
    private bool _ackNow;

    /// <summary>The pace of acknowledgments.</summary>
    public ref readonly AckPacing Acks => ref _acks;

    /// <summary>TCP_QUICKACK: acknowledgments leave at once for a while; off: they wait for data that goes the other way.</summary>
    public void SetQuickAck(bool isQuick)
    {
        _acks.SetInteractive(!isQuick);
        if (!isQuick || IsGone || !_acks.IsPending || State is not (Established or CloseWait)) return;
        _ackNow = true;
        _context.Touch(this);
    }

    /// <summary>Data came in order.</summary>
    private void OnInOrder(Timestamp now)
    {
        TcpProfile profile = _context.Settings.Profile;
        if (_ackNow) return;
        int unacked = Rcv.Nxt - Rcv.LastAckSent;
        // Without room for the edge to move, the acknowledgment is left to the reader, or to the timer.
        bool isLarge = unacked > _acks.SegmentSize;
        if (isLarge && IsFilling) _acks.EndQuick();
        bool mayMoveEdge = isLarge && (Unread == 0 || NextWindow >= Offered);
        if (_acks.IsDue(unacked, mayMoveEdge, profile)) _ackNow = true;
        else DelayAck(now);
    }

    /// <summary>
    /// The end of the peer's data waits for its acknowledgment as data does, as in Linux: who reads it is about to close, and that
    /// FIN takes the acknowledgment along. Where no data ever came there is nothing to wait for.
    /// </summary>
    private void AckFin(Timestamp now)
    {
        bool mayMoveEdge = Unread == 0 || NextWindow >= Rcv.Edge - Rcv.LastAckSent;
        if (_acks.Wait == TimeSpan.Zero || _acks.IsDue(Rcv.Nxt - Rcv.LastAckSent, mayMoveEdge, _context.Settings.Profile)
            || _context.Settings.Profile.AckPolicy == TcpAckPolicy.EverySecondSegment) _ackNow = true;
        else if (!_ackNow) DelayAck(now);
    }

    private void DelayAck(Timestamp now)
    {
        TimeSpan delay = _acks.Delay(_recovery.Rtt.Smoothed, _context.Settings.Profile, LongestAckDelay);
        Timestamp due = now + delay;
        if (_timers.IsSet(TcpTimer.DelayedAck))
        {
            if (_timers[TcpTimer.DelayedAck] <= now + (delay / 4)) _ackNow = true;      // it is due soon, and one is enough
            due = Timestamp.Min(due, _timers[TcpTimer.DelayedAck]);
        }

        _timers[TcpTimer.DelayedAck] = due;
    }

    /// <summary>TCP_DELACK_MAX_US; and in Linux an acknowledgment leaves before a sender with the same least timeout as this end's would go again.</summary>
    private TimeSpan LongestAckDelay
    {
        get
        {
            if (_context.Settings.IsFreeBsd) return TimeSpan.MaxValue;
            TimeSpan most = Options.LongestAckDelay ?? _context.Settings.Profile.DelayedAckMax, timeout = Options.ShortestTimeout ?? _context.Settings.MinTimeout;
            TimeSpan before = timeout > Tick + Tick ? timeout - Tick : Tick;
            return most < before ? most : before;
        }
    }

    private void OnDelayedAck()
    {
        if (_acks.IsPending) _acks.OnDelayOver(_recovery.Rtt.Timeout, _context.Settings.Profile);
        _ackNow = true;
    }

    /// <summary>A segment with ACK left.</summary>
    private void OnAckSent()
    {
        _ackNow = false;
        Rcv.LastAckSent = Rcv.Nxt;
        _acks.OnAckSent(_context.Settings.Profile);
        _ecn?.OnAckSent();
        _timers.Stop(TcpTimer.DelayedAck);
    }

    /// <summary>
    /// A segment that has nothing new is answered, since an acknowledgment may have been lost: with SACK the sender is told
    /// what came in vain. RFC 2883 §4.
    /// </summary>
    private void AnswerOld(in TcpSegment segment, Timestamp now)
    {
        var seq = new SequenceNumber(segment.SequenceNumber);
        if (segment.SequenceLength > 0 && seq < Rcv.Nxt)
        {
            _acks.BeginQuick(Offered, _context.Settings.Profile);
            _ecn?.OnOldText(seq);
            SequenceNumber end = SequenceNumber.Min(seq + segment.SequenceLength, Rcv.Nxt);
            if (_agreed.Sack && _context.Settings.DuplicateSack) _duplicate = new SackBlock(seq, end);
        }

        EmitAck(now);
    }

    /// <summary>Answers a segment that can't be taken, though not each of many without data: two hosts could go on so for ever.</summary>
    private void AnswerUnacceptable(in TcpSegment segment, Timestamp now)
    {
        bool isData = segment.SequenceLength > 0 && !segment.Has(TcpFlags.Syn);
        if (isData || _context.ChallengeAcks.TryTakeOwn(ref _lastOddAnswer, now)) AnswerOld(segment, now);
    }

    /// <summary>Asks the peer, if it was the peer, to prove that it knows the connection. RFC 5961.</summary>
    private void SendChallengeAck(Timestamp now)
    {
        if (_context.ChallengeAcks.TryTake(ref _lastOddAnswer, now)) EmitAck(now);
    }

    /// <summary>What SACK tells: what came in vain first, then what is held beyond gaps, the FIN in its place. RFC 2018 §4, RFC 2883 §4.</summary>
    private int CopySackBlocks(Span<SackBlock> blocks)
    {
        int count = 0;
        if (!_receiveRing.TryTakeDuplicate(out SackBlock duplicate)) duplicate = _duplicate;
        _duplicate = default;
        if (duplicate.Length > 0 && _context.Settings.DuplicateSack) blocks[count++] = duplicate;
        int first = count;
        if (_receiveRing.HasGap) count += _receiveRing.CopySackBlocks(blocks[count..]);
        return HasFinBeyond && !_context.Settings.IsFreeBsd ? WithFin(blocks, first, count) : count;      // to FreeBSD they hold octets alone
    }

    private int WithFin(Span<SackBlock> blocks, int first, int count)
    {
        for (int i = first; i < count; i++)
        {
            if (blocks[i].Right != Rcv.Fin) continue;
            blocks[i] = blocks[i] with { Right = Rcv.Fin + 1 };
            return count;
        }

        if (count < blocks.Length) blocks[count++] = new SackBlock(Rcv.Fin, Rcv.Fin + 1);
        return count;
    }
}
