using System.Net.NetworkInformation;
using UserNet.Time;
using UserNet.Wire;
using static System.Net.NetworkInformation.TcpState;

namespace UserNet.Tcp;

// What FreeBSD makes of an acknowledgment: RFC 5681, RFC 6582, RFC 6675, RFC 6937, RFC 3042, as its sender has them.
internal sealed partial class Tcb
{
    /// <summary>An acknowledgment of something that was sent, or of nothing new.</summary>
    /// <param name="segment">Its segment.</param>
    /// <param name="options">Its options.</param>
    /// <param name="ack">SEG.ACK.</param>
    /// <param name="content">What of the segment is new and fits the window: a FIN makes an acknowledgment no duplicate.</param>
    /// <param name="endsHandshake">It acknowledged the SYN-ACK.</param>
    /// <param name="now">The time.</param>
    private void TakeAckAsFreeBsd(
        in TcpSegment segment, in TcpOptionValues options, SequenceNumber ack,
        (SequenceNumber Seq, int Octets, bool HasFin) content, bool endsHandshake, Timestamp now)
    {
        _probes = 0;
        int window = segment.Window << _agreed.SendScale;
        TakeMarks(segment, ack, now);
        Timestamp? echoed = WhenSent(options, now);
        if (echoed is { } original && WasTimeoutNeedless(original)) UndoTimeout();
        SackNews news = TakeSacksAsFreeBsd(options, ack, now);
        bool needsOutput = false;
        if (ack <= Snd.Una && !endsHandshake)
        {
            bool isRepeated = content.Octets == 0 && (window == Snd.Wnd || _agreed.Sack);
            if (isRepeated && OnDuplicateAsFreeBsd(options, ack, content.HasFin, news, now)) return;
        }
        else
        {
            if (ack > Snd.Una && BeginsRecovery(options, ack, news)) EnterRecoveryAsFreeBsd(options, ack, now);
            if (ack > Snd.Una && _octets!.IsInRecovery) GoOnRecovering(options, ack, news, now);
            needsOutput = OnProgress(segment, echoed, ack, window, now);
        }

        if (IsGone || Old is not null) return;
        if (UpdateWindowAsFreeBsd(content.Seq, ack, window) || needsOutput) AskOutput();
    }

    /// <summary>RFC 3168 §6.1.2, RFC 9768 §3.2.2: once in a round trip marks are as a loss, without anything to send again.</summary>
    private void TakeMarks(in TcpSegment segment, SequenceNumber ack, Timestamp now)
    {
        OctetSender sender = _octets!;
        bool isMarked = _agreed.Ecn && (segment.Flags & (TcpFlags.Syn | TcpFlags.Ece)) == TcpFlags.Ece;
        if (_agreed.AccurateEcn && _ecn is { } marks && !segment.Has(TcpFlags.Syn)) isMarked = CountAccurateMarks(marks, segment, ack) > 0;
        if (!isMarked) return;
        if (!sender.IsInCongestionRecovery || ack >= sender.Recover)
        {
            sender.IsInCongestionRecovery = false;
            sender.Recover = Snd.Nxt + 1;
            sender.MustSendCwr = _agreed.Ecn;
        }

        sender.Control.OnMark(sender, Mss, _context.Settings, now);
    }

    private uint CountAccurateMarks(EcnCounters marks, in TcpSegment segment, SequenceNumber ack)
    {
        int acked = Math.Max(0, ack - Snd.Una);
        return marks.OnFeedback(new EcnFeedback
        {
            Ace = EcnCodes.Ace(segment.Flags),
            Delivered = (acked + Mss - 1) / Mss,
            DeliveredOctets = acked,
            IsNewer = acked > 0 || marks.HasNewTimestamp,
            IsExact = true,
            IsFirstOfData = _accounts.OctetsAcked == 0 && acked > 0,
            Sent = _accounts.OctetsSent,
            Mss = Mss,
        });
    }

    private SackNews TakeSacksAsFreeBsd(in TcpOptionValues options, SequenceNumber ack, Timestamp now)
    {
        OctetSender sender = _octets!;
        if (!IsSackRecovery(options))
        {
            sender.Holes.Sacked = 0;
            return SackNews.None;
        }

        if (IgnoresSacks) return SackNews.None;
        Span<SackBlock> blocks = stackalloc SackBlock[MaxSackBlocks];
        int count = Math.Min(options.SackCount, MaxSackBlocks);
        for (int i = 0; i < count; i++)
        {
            options.SackBlock(i, out uint left, out uint right);
            blocks[i] = new SackBlock(new SequenceNumber(left), new SequenceNumber(right));
        }

        SackNews news = sender.Holes.Take(Snd.Una, Snd.Nxt, ack, blocks[..count], WholeSegment, LostAgainAt);
        if (news != SackNews.None && _context.Settings.DetectsLostRetransmissions) DetectLostAgain(now);
        return news;
    }

    // A peer that had SACK blocks and has none any more did not take them back: what is missing is still known.
    private bool IsSackRecovery(in TcpOptionValues options) => _agreed.Sack && (options.SackCount > 0 || !_octets!.Holes.IsEmpty);

    /// <summary>Something that was sent after the recovery began has arrived, and what was sent again before it has not.</summary>
    private void DetectLostAgain(Timestamp now)
    {
        OctetSender sender = _octets!;
        SackHoles holes = sender.Holes;
        if (!sender.IsInRecovery || holes.IsEmpty || holes.Highest <= sender.Recover) return;
        if (holes.First.Again < holes.First.End || holes.Highest < holes.First.Again) return;
        holes.RestartOvertaken();
        sender.Window = sender.Threshold;
        sender.ExitRecovery();
        SignalLoss(now);
        sender.Window = SegmentNow;
        sender.PrrFlight = Snd.Nxt - Snd.Una - sender.PrrFlight;
    }

    private void SignalLoss(Timestamp now)
    {
        OctetSender sender = _octets!;
        if (!sender.IsInFastRecovery)
        {
            sender.Recover = Snd.Nxt;
            if (_agreed.Ecn) sender.MustSendCwr = true;
        }

        sender.Control.OnLoss(sender, Mss, _context.Settings, now);
    }

    /// <summary>Nothing new is acknowledged.</summary>
    /// <returns>True when no more is made of the segment: its window does not count.</returns>
    private bool OnDuplicateAsFreeBsd(in TcpOptionValues options, SequenceNumber ack, bool hasFin, SackNews news, Timestamp now)
    {
        OctetSender sender = _octets!;
        if (hasFin && TakesText)
        {
            sender.Duplicates = 0;      // a simultaneous close
            return false;
        }

        if (ack != Snd.Una || (IsSackRecovery(options) && news == SackNews.None)) return false;
        if (!_timers.IsSet(TcpTimer.Retransmission))
        {
            sender.Duplicates = 0;
            return false;
        }

        sender.Duplicates++;
        if (sender.Duplicates > SackHoles.Enough || sender.IsInFastRecovery)
        {
            OnDuplicateWhileRecovering(options, ack, news, now);
            return true;
        }

        bool isEnough = sender.Duplicates == SackHoles.Enough || (_agreed.Sack && HasLostBySacks);
        if (isEnough) return EnterRecoveryAsFreeBsd(options, ack, now);
        if (!_context.Settings.LimitedTransmit) return false;
        TransmitLimited(now);
        return true;
    }

    // RFC 6675 §5, step 2.
    private bool HasLostBySacks => _context.Settings.RevisedSack && _octets!.Holes.Sacked > (SackHoles.Enough - 1) * SegmentNow;

    private void OnDuplicateWhileRecovering(in TcpOptionValues options, SequenceNumber ack, SackNews news, Timestamp now)
    {
        OctetSender sender = _octets!;
        sender.Control.OnDuplicate(sender, now);
        if (_context.Settings.ProportionalReduction && sender.IsInFastRecovery && _agreed.Sack)
        {
            ReduceProportionally(options, news);
        }
        else if (IsSackRecovery(options) && sender.IsInFastRecovery)
        {
            if (OctetsInNetwork < sender.Threshold) sender.Window = Math.Min(sender.Window + SegmentNow, sender.Threshold);
        }
        else
        {
            sender.Window += SegmentNow;      // a segment has left the network
        }

        OutputAsFreeBsd(now);
    }

    private int OctetsInNetwork => _context.Settings.RevisedSack
        ? _octets!.Pipe(Snd.Una, Snd.Nxt)
        : _octets!.Next - _octets.Holes.Highest + _octets.Holes.SentAgain;

    private bool BeginsRecovery(in TcpOptionValues options, SequenceNumber ack, SackNews news)
    {
        OctetSender sender = _octets!;
        sender.Duplicates = 0;
        if (!IsSackRecovery(options) || news == SackNews.None) return false;
        sender.Duplicates++;
        return !sender.IsInFastRecovery && _octets!.Holes.Sacked > (SackHoles.Enough - 1) * SegmentNow;
    }

    /// <summary>Fast retransmit. RFC 5681 §3.2, RFC 6675 §5 step 4, RFC 6582 §3.2.</summary>
    /// <returns>False when recovery is going on already, or may not begin.</returns>
    private bool EnterRecoveryAsFreeBsd(in TcpOptionValues options, SequenceNumber ack, Timestamp now)
    {
        OctetSender sender = _octets!;
        bool isProportional = _context.Settings.ProportionalReduction;
        sender.Duplicates = SackHoles.Enough;
        if (isProportional || _agreed.Sack ? sender.IsInFastRecovery : ack <= sender.Recover)
        {
            sender.Duplicates = 0;
            return false;
        }

        int segment = SegmentNow;
        SequenceNumber next = sender.Next;
        SignalLoss(now);
        sender.Control.OnDuplicate(sender, now);
        _timers.Stop(TcpTimer.Retransmission);
        sender.TimedAt = null;
        if (isProportional)
        {
            // What limited transmit has sent does not count.
            sender.PrrDelivered = IsSackRecovery(options) ? segment : Math.Min(Snd.Nxt - Snd.Una, sender.Duplicates * segment);
            sender.PrrFlight = Math.Max(1, sender.Next - Snd.Una);
        }

        sender.Window = segment;
        if (IsSackRecovery(options))
        {
            sender.Recover = sender.Next;
            OutputAsFreeBsd(now);
            return true;
        }

        sender.Next = ack;
        OutputAsFreeBsd(now);
        sender.Window = sender.Threshold + (segment * (sender.Duplicates - sender.Limited));
        sender.Next = SequenceNumber.Max(sender.Next, next);
        return true;
    }

    /// <summary>The first two duplicates: a segment has left the network for each, and a new one may enter. RFC 3042.</summary>
    private void TransmitLimited(Timestamp now)
    {
        OctetSender sender = _octets!;
        sender.Control.OnDuplicate(sender, now);
        int window = sender.Window, segment = SegmentNow;
        SequenceNumber before = Snd.Nxt;
        if (sender.Duplicates == 1) sender.Limited = 0;
        sender.Window = sender.Next - Snd.Una + ((sender.Duplicates - sender.Limited) * segment);
        if (_ackNow || _sendRing.End >= sender.Next) OutputAsFreeBsd(now);
        int sent = Snd.Nxt - before;
        if (sent > segment) sender.Limited = 2;
        else if (sent > 0) sender.Limited++;
        sender.Window = window;
    }

    /// <summary>Part of what was in flight as the recovery began is acknowledged, or all of it.</summary>
    private void GoOnRecovering(in TcpOptionValues options, SequenceNumber ack, SackNews news, Timestamp now)
    {
        OctetSender sender = _octets!;
        if (ack >= sender.Recover)
        {
            sender.Control.OnRecoveryOver(sender, OctetsInNetworkAfter(ack), Mss);
            sender.Credit = sender.Holes.Delivered = sender.PrrDelivered = sender.PrrOut = 0;
        }
        else if (!sender.IsInFastRecovery)
        {
            if (!_context.Settings.ProportionalReduction) return;
            sender.Holes.Delivered = ack - Snd.Una;
            sender.Holes.Highest = ack;
            ReduceProportionally(options, SackNews.Progress);
            OutputAsFreeBsd(now);
        }
        else if (!_agreed.Sack)
        {
            SendFirstMissing(ack, now);
        }
        else if (_context.Settings.ProportionalReduction && options.SackCount > 0)
        {
            _timers.Stop(TcpTimer.Retransmission);
            sender.TimedAt = null;
            ReduceProportionally(options, news);
            _ackNow = true;
            OutputAsFreeBsd(now);
        }
        else
        {
            SendAfterPartialAck(ack, now);
        }
    }

    private int OctetsInNetworkAfter(SequenceNumber ack) => _context.Settings.RevisedSack ? _octets!.Pipe(Snd.Una, Snd.Nxt) : Snd.Nxt - ack;

    /// <summary>A partial ACK without SACK: the next segment is missing too. RFC 6582 §3.2, step 3.</summary>
    private void SendFirstMissing(SequenceNumber ack, Timestamp now)
    {
        OctetSender sender = _octets!;
        SequenceNumber next = sender.Next;
        int window = sender.Window, segment = SegmentNow, acked = ack - Snd.Una;
        _timers.Stop(TcpTimer.Retransmission);
        sender.TimedAt = null;
        sender.Next = ack;
        sender.Window = segment + acked;
        _ackNow = true;
        OutputAsFreeBsd(now);
        sender.Next = SequenceNumber.Max(sender.Next, next);
        sender.Window = Math.Max(0, window - acked) + segment;
    }

    /// <summary>A partial ACK that tells of nothing beyond it: at most two segments leave, and the last of what may be lost is one of them.</summary>
    private void SendAfterPartialAck(SequenceNumber ack, Timestamp now)
    {
        OctetSender sender = _octets!;
        int segment = SegmentNow, count = (ack - Snd.Una) / segment >= 2 ? 2 : 1;
        _timers.Stop(TcpTimer.Retransmission);
        sender.TimedAt = null;
        sender.Window = Math.Min(sender.Holes.SentAgain + (sender.Next - sender.Recover) + (count * segment), sender.Threshold);
        _ackNow = true;
        if (_context.Settings.RevisedSack && sender.Holes is { IsEmpty: true, Delivered: > 0 })
        {
            SequenceNumber end = SequenceNumber.Min(_isFinSent ? Snd.Nxt - 1 : Snd.Nxt, sender.Recover);
            if (ack < end)
            {
                sender.Holes.Highest = ack;
                sender.Holes.AddRescue(SequenceNumber.Max(ack, end - segment), end);
            }
        }

        OutputAsFreeBsd(now);
    }

    /// <summary>RFC 6937: while more is in the network than there is to be, what leaves is in proportion to what arrives.</summary>
    private void ReduceProportionally(in TcpOptionValues options, SackNews news)
    {
        OctetSender sender = _octets!;
        int segment = SegmentNow, delivered = 0, pipe;
        bool isSackRecovery = IsSackRecovery(options);
        if (isSackRecovery || (sender.IsInCongestionRecovery && !sender.IsInFastRecovery))
        {
            delivered = sender.Holes.Delivered;
            pipe = OctetsInNetwork;
        }
        else
        {
            if (sender.PrrDelivered < (SackHoles.Enough * segment) + (sender.Recover - Snd.Una)) delivered = segment;
            pipe = Math.Max(0, Snd.Nxt - Snd.Una - (sender.Duplicates * segment));
        }

        sender.PrrDelivered += delivered;
        long room;
        if (pipe >= sender.Threshold)
        {
            if (sender.PrrFlight == 0) sender.PrrFlight = Math.Max(1, sender.Next - Snd.Una);
            room = (((long)sender.PrrDelivered * sender.Threshold) + sender.PrrFlight - 1) / sender.PrrFlight - sender.PrrOut + segment - 1;
        }
        else
        {
            // More is lost, or nothing arrived: what leaves is no more than what arrived.
            int limit = sender.PrrDelivered - sender.PrrOut;
            if (news != SackNews.NewLoss && delivered != 0) limit = Math.Max(limit, delivered) + segment;
            room = Math.Min(sender.Threshold - pipe, limit);
        }

        int count = (int)(Math.Max(0, room) / segment) * segment;
        if (!sender.IsInFastRecovery) count += pipe - delivered;
        else if (isSackRecovery) count += sender.Next - sender.Recover + sender.Holes.SentAgain;
        else count += Snd.Nxt - Snd.Una;
        sender.Window = Math.Max(segment, count);
    }

    /// <summary>Something new is acknowledged: a round trip is measured, timers are set anew, the window grows.</summary>
    /// <returns>True when there may be something to send.</returns>
    private bool OnProgress(in TcpSegment segment, Timestamp? echoed, SequenceNumber ack, int window, Timestamp now)
    {
        OctetSender sender = _octets!;
        int acked = ack - Snd.Una, written = Math.Max(0, _sendRing.End - Snd.Una);
        if (acked == 0)
        {
            if (ack == Snd.Nxt) _timers.Stop(TcpTimer.Retransmission);
            return true;
        }

        bool isPredicted = echoed is null && State == Established && sender.Next == Snd.Nxt && window == Snd.Wnd && !sender.IsInRecovery && sender.Holes.IsEmpty;
        if (isPredicted && segment.Payload.IsEmpty && WasTimeoutNeedless(now)) UndoTimeout();
        if (echoed is { } then) SampleOctets(now - then, 1, now);
        else if (sender.TimedAt is { } timed && ack > sender.TimedSeq) SampleOctets(now - timed, 0, now);
        if (acked > written || (acked == written && !IsClosedByUser)) sender.StalledSince = null;
        else if (acked > 1) sender.StalledSince = now;
        bool needsOutput = ack == Snd.Nxt;
        if (needsOutput) _timers.Stop(TcpTimer.Retransmission);
        else if (!_timers.IsSet(TcpTimer.Persist)) ArmRetransmission(now);
        GrowCongestionWindow(acked, ack, now);
        Snd.Wnd = Math.Max(0, Snd.Wnd - acked);
        TakeOffAcked(ack, now);
        return needsOutput;
    }

    private void GrowCongestionWindow(int acked, SequenceNumber ack, Timestamp now)
    {
        OctetSender sender = _octets!;
        sender.HasWindowOfCredit &= sender.Window > sender.Threshold;
        sender.Credit = sender.Window > sender.Threshold ? sender.Credit + acked : 0;
        if (sender.Credit >= sender.Window && sender.Window > sender.Threshold)
        {
            sender.Credit -= sender.Window;
            sender.HasWindowOfCredit = true;
        }

        sender.Control.OnAck(
            sender,
            new OctetAck
            {
                Acked = acked,
                Mss = Mss,
                Most = ushort.MaxValue << _agreed.SendScale,
                IsAtEnd = sender.Next == Snd.Nxt,
                IsLimiting = sender.Window <= Snd.Wnd,
                Now = now,
            },
            _context.Settings);
        if (sender.IsInRecovery && ack >= sender.Recover) sender.ExitRecovery();
    }

    private void TakeOffAcked(SequenceNumber ack, Timestamp now)
    {
        OctetSender sender = _octets!;
        bool isFinAcked = _isFinSent && ack > _sendRing.End;
        Snd.Una = ack;
        if (_agreed.Sack) sender.Recover = SequenceNumber.Max(sender.Recover, ack);
        sender.Next = SequenceNumber.Max(sender.Next, ack);
        SequenceNumber acked = SequenceNumber.Min(ack, _sendRing.End);
        _accounts.OctetsAcked += acked - _sendRing.Una;
        _marks?.OnAcknowledged(acked, _user, now);
        _sendRing.Acknowledge(acked);
        if (isFinAcked) OnAckOfFin(isLast: false, now);
    }

    private void SampleOctets(TimeSpan time, int more, Timestamp now)
    {
        OctetSender sender = _octets!;
        sender.Rtt.Sample((int)(time.Ticks / TimeSpan.TicksPerMillisecond) + more, sender.Backoff, _context.Settings);
        _recovery.SampleHandshake(time, now);
        sender.TimedAt = null;
        sender.Backoff = 0;
        _softError = Errors.Errno.Success;
    }

    /// <summary>
    /// The peer's window, where the segment is newer than the one that told of it last, as RFC 9293 §3.10.7.4 has it. One of the same
    /// numbers may only open it.
    /// </summary>
    /// <returns>True when it is believed.</returns>
    private bool UpdateWindowAsFreeBsd(SequenceNumber seq, SequenceNumber ack, int window)
    {
        bool isNewer = Snd.Wl1 < seq || (Snd.Wl1 == seq && (Snd.Wl2 < ack || (Snd.Wl2 == ack && window > Snd.Wnd)));
        if (!isNewer) return false;
        (Snd.Wl1, Snd.Wl2) = (seq, ack);
        Snd.Wnd = window;
        Snd.MaxWnd = Math.Max(Snd.MaxWnd, window);
        return true;
    }
}
