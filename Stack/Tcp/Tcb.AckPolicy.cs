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

    private const int AnswersOneByOne = 3;

    private static readonly TimeSpan CompressionSlack = TimeSpan.FromMicroseconds(50);      // what a timer takes of tcp_comp_sack_slack_ns

    /// <summary>The pace of acknowledgments.</summary>
    public ref readonly AckPacing Acks => ref _acks;

    /// <summary>TCP_QUICKACK: acknowledgments leave at once, for a while where the value is odd; 0: they wait for data that goes the other way.</summary>
    public void SetQuickAck(int value)
    {
        _acks.SetInteractive(value == 0);
        if (value == 0 || IsGone || !_acks.IsPending || State is not (Established or CloseWait)) return;
        _acks.OnPushed();
        AckAfterRead();
        _acks.SetInteractive((value & 1) == 0);
    }

    /// <summary>Whether what came is acknowledged at once, after a while, or together with what follows (__tcp_ack_snd_check).</summary>
    private void JudgeAck(Timestamp now)
    {
        if (_ackNow || !_acks.IsPending) return;
        int unacked = Rcv.Nxt - Rcv.LastAckSent;
        // Without room for the edge to move, the acknowledgment is left to the reader, or to the timer.
        bool isLarge = unacked > _acks.SegmentSize;
        bool mayMoveEdge = isLarge && (Unread < Options.ReceiveLowWater || MayMoveEdge);
        if (_acks.IsDue(unacked, mayMoveEdge, _context.Settings.Profile) || _path.Metrics is { AcksAtOnce: true }) _ackNow = true;
        else if (_receiveRing.Held is not { } held) DelayAck(now);
        else if (!MayWaitForMore(held, now)) _ackNow = true;
    }

    private bool MayMoveEdge
    {
        get
        {
            if (IsFilling) _acks.EndQuick();
            return WindowWanted >= Offered;
        }
    }

    /// <summary>
    /// While something is missing each segment is acknowledged, so that the sender learns of it; but once it has heard that often enough,
    /// several are acknowledged together (tcp_comp_sack_delay_ns).
    /// </summary>
    private bool MayWaitForMore(HeldOctets held, Timestamp now)
    {
        TcpSettings settings = _context.Settings;
        if (!_agreed.Sack || held.Unanswered >= settings.CompressedAcks) return false;
        if (held.AnswersFrom != Rcv.Nxt) (held.AnswersFrom, held.Answers) = (Rcv.Nxt, 0);
        if (held.Answers < AnswersOneByOne)
        {
            held.Answers++;
            return false;
        }

        TimeSpan trip = _tuning.RoundTrip, sent = _recovery.Rtt.Smoothed;
        if (sent > TimeSpan.Zero && sent < trip) trip = sent;
        TimeSpan delay = trip / 20 < settings.AckCompression ? trip / 20 : settings.AckCompression;
        if (held.Unanswered++ == 0) _timers[TcpTimer.DelayedAck] = now + delay + CompressionSlack;
        return true;
    }

    private void DelayAck(Timestamp now)
    {
        TimeSpan delay = _acks.Delay(_recovery.Rtt.Smoothed, _context.Settings.Profile, LongestAckDelay);
        Timestamp due = now + (delay > Tick ? delay : Tick);
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
        if (_acks.IsPending && _receiveRing.Held is not { Unanswered: > 0 }) _acks.OnDelayOver(_recovery.Rtt.Timeout, _context.Settings.Profile);
        _ackNow = true;
    }

    /// <summary>A segment with ACK left.</summary>
    private void OnAckSent()
    {
        _ackNow = false;
        if (_receiveRing.Held is { } held) held.Unanswered = 0;
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

    /// <summary>The SYN of a SYN-ACK came before, by itself: it is old, as text would be.</summary>
    private void AnswerSynAgain(SequenceNumber first)
    {
        _acks.BeginQuick(Offered, _context.Settings.Profile);
        if (_agreed.Sack && _context.Settings.DuplicateSack) _duplicate = new SackBlock(first - 1, first);
        _ackNow = true;
    }

    /// <summary>Answers a segment that can't be taken, though not each of many without data: two hosts could go on so for ever.</summary>
    private void AnswerUnacceptable(in TcpSegment segment, Timestamp now)
    {
        if (MayAnswerOdd(segment, ref _lastOddAnswer, now)) AnswerOld(segment, now);
    }

    private bool MayAnswerOdd(in TcpSegment segment, ref Timestamp last, Timestamp now)
    {
        bool isData = segment.SequenceLength > 0 && !segment.Has(TcpFlags.Syn);
        return isData || _context.ChallengeAcks.TryTakeOwn(ref last, now);
    }

    /// <summary>Asks the peer, if it was the peer, to prove that it knows the connection. RFC 5961.</summary>
    private void SendChallengeAck(Timestamp now)
    {
        if (_context.ChallengeAcks.TryTake(ref _lastOddAnswer, now)) EmitAck(now);
    }

    /// <summary>What SACK tells: what came in vain first, then what is held beyond gaps. RFC 2018 §4, RFC 2883 §4.</summary>
    private int CopySackBlocks(Span<SackBlock> blocks)
    {
        int count = 0;
        bool isHeldTwice = _receiveRing.TryTakeDuplicate(out SackBlock duplicate);
        // Of a segment that has octets from before RCV.NXT and from beyond a gap FreeBSD tells the former.
        if (!isHeldTwice || (_duplicate.Length > 0 && _context.Settings.IsFreeBsd)) duplicate = _duplicate;
        _duplicate = default;
        if (duplicate.Length > 0 && _context.Settings.DuplicateSack) blocks[count++] = duplicate;
        if (_receiveRing.HasGap) count += _receiveRing.CopySackBlocks(blocks[count..]);
        return count;
    }
}
