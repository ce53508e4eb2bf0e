using UserNet.Time;
using UserNet.Wire;

namespace UserNet.Tcp;

// What FreeBSD's sender does while something is missing: fast retransmit, limited transmit, partial ACKs. RFC 5681, RFC 6582, RFC 6675,
// RFC 6937, RFC 3042.
internal sealed partial class Tcb
{
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
        // After a timeout sending goes on far before where the recovery ends: the sum is below zero then, and FreeBSD, whose windows have no
        // sign, takes the threshold.
        int window = sender.Holes.SentAgain + (sender.Next - sender.Recover) + (count * segment);
        sender.Window = (int)Math.Min((uint)window, (uint)sender.Threshold);
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
}
