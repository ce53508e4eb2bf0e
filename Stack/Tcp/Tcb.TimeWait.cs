using System.Net.NetworkInformation;
using UserNet.Binding;
using UserNet.Doors;
using UserNet.Time;
using UserNet.Wire;
using static System.Net.NetworkInformation.TcpState;

namespace UserNet.Tcp;

// What stays behind: TIME-WAIT, and the wait for a FIN that may never come. RFC 9293 §3.6.1, RFC 6191, RFC 1337.
internal sealed partial class Tcb
{
    // A sender's clock has ticked since, so that its new timestamps are newer than all old ones, as in Linux.
    private static readonly TimeSpan ReuseAfter = TimeSpan.FromSeconds(1);

    // The number after the old connection's last, and no scaled-down window between them, as in Linux.
    private const int ReopeningGap = 65_537;

    private void EnterTimeWait(Timestamp now)
    {
        _timers.StopAll();
        _sendRing.Clear();
        _recovery.Forget();
        if (_user is null) _receiveRing.Clear();
        if (_context.Settings.TimeWait <= TimeSpan.Zero)
        {
            Leave();
        }
        else
        {
            if (_user is not null) Binding = BindEngine.Part(Binding, this);
            RestartTimeWait(now);
        }

        Tell(TcpNews.Closed);
    }

    private void RestartTimeWait(Timestamp now)
    {
        _timers[TcpTimer.State] = now + _context.Settings.TimeWait;
        _context.Touch(this);
    }

    /// <summary>Nobody waits for the peer's FIN: it is given a while. The connection ends at once where TCP_LINGER2 says so.</summary>
    private void EnterOrphanWait(Timestamp now)
    {
        TimeSpan wait = Options.FinWait2 ?? _context.Settings.FinTimeout;
        if (wait < TimeSpan.Zero)
        {
            Abort(now);
            return;
        }

        TimeSpan least = _recovery.Rtt.Timeout * 3.5;      // a FIN that was lost may come again
        _timers[TcpTimer.State] = now + (wait > least ? wait : least);
    }

    /// <summary>SEGMENT ARRIVES in TIME-WAIT: nothing should but the peer's FIN again.</summary>
    private DropReason OnSegmentInTimeWait(in TcpSegment segment, in TcpOptionValues options, Timestamp now)
    {
        var seq = new SequenceNumber(segment.SequenceNumber);
        bool isOutdated = IsOutdated(segment, options, now);
        if (segment.Has(TcpFlags.Rst)) return OnResetInTimeWait(seq, now);
        if (segment.Has(TcpFlags.Syn))
        {
            SendChallengeAck(now);
            return DropReason.TcpUnacceptableSyn;
        }

        if (!isOutdated && IsAcceptable(seq, segment.SequenceLength) && !segment.Has(TcpFlags.Ack)) return DropReason.TcpNoAck;
        if (isOutdated || segment.Has(TcpFlags.Ack)) RestartTimeWait(now);
        if (!isOutdated && seq == Rcv.Nxt && segment.SequenceLength == 0)      // the peer's ACK of the ACK, as it were
        {
            if (options.HasTimestamps) TakeTimestamp(options.TimestampValue, now);
            return DropReason.None;
        }

        AnswerUnacceptable(segment, now);
        return isOutdated ? DropReason.TcpOutdated : DropReason.TcpOutOfWindow;
    }

    /// <summary>A reset ends TIME-WAIT too early (RFC 1337), which RFC 9293 has it do all the same.</summary>
    private DropReason OnResetInTimeWait(SequenceNumber seq, Timestamp now)
    {
        if (_context.Settings.TimeWaitIgnoresResets || !(seq == Rcv.Nxt || seq.IsIn(Rcv.Nxt, Rcv.Wnd))) return DropReason.TcpUnacceptableReset;
        if (!IsExactReset(seq))
        {
            SendChallengeAck(now);
            return DropReason.TcpUnacceptableReset;
        }

        Leave();
        return DropReason.None;
    }

    /// <summary>True when a SYN opens a new connection where this one is in TIME-WAIT. RFC 6191 §2, RFC 9293 §3.10.7.4 (MAY-2).</summary>
    public bool YieldsTo(in TcpSegment segment, Timestamp now)
    {
        if (State != TcpState.TimeWait || (segment.Flags & (TcpFlags.Syn | TcpFlags.Ack | TcpFlags.Rst)) != TcpFlags.Syn) return false;
        TcpOptionValues.Read(segment.Options, out TcpOptionValues options);
        if (IsOutdated(segment, options, now)) return false;
        bool isNewer = _agreed.Timestamps && options.HasTimestamps && (int)(options.TimestampValue - _recentTimestamp) > 0;
        return isNewer || new SequenceNumber(segment.SequenceNumber) > Rcv.Nxt;
    }

    /// <summary>
    /// True when this host may connect anew between the same ends: the clocks keep old segments from being taken for new ones.
    /// net.ipv4.tcp_tw_reuse, RFC 6191 §2.
    /// </summary>
    /// <param name="isAsked">The port is one that its socket holds; else it is one that the connect search would choose.</param>
    /// <param name="now">The time.</param>
    public bool MayBeReplaced(bool isAsked, Timestamp now) =>
        State == TcpState.TimeWait && _agreed.Timestamps && (isAsked || (IsReusable && now - _recentAt > ReuseAfter));

    private bool IsReusable => _context.Settings.TimeWaitReuse switch
    {
        TcpTimeWaitReuse.Never => false,
        TcpTimeWaitReuse.Always => true,
        _ => Binding.LocalAddress.IsLoopback || Binding.RemoteAddress.IsLoopback,
    };

    /// <summary>Makes room for a new connection between the same ends, whose numbers begin beyond this one's.</summary>
    public void Yield()
    {
        _context.Reopening = Snd.Nxt + ReopeningGap;
        Leave();
    }
}
