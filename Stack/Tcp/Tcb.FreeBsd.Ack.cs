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
