using UserNet.Binding;
using UserNet.Time;
using UserNet.Wire;

namespace UserNet.Tcp;

// What stays behind: TIME-WAIT, and the wait for a FIN that may never come. RFC 9293 §3.6.1.
internal sealed partial class Tcb
{
    /// <summary>What has the segments and the timer of TIME-WAIT; null before.</summary>
    public OldConnection? Old { get; private set; }

    private void EnterTimeWait(Timestamp now)
    {
        _timers.StopAll();
        Unqueue();
        _sendRing.Clear();
        _recovery.Forget();
        bool hasReader = _user is not null || IsPending;
        if (_user is null) ClearReceived();
        if (_context.Settings.TimeWait > TimeSpan.Zero)
        {
            if (_user is not null)
            {
                _user.OnLeaving();
                Binding = BindEngine.Part(Binding, this);
                _path.Follow(Binding);
            }

            Old = MakeOld();
            Old.Begin(this, _recent, now);
            if (!hasReader) HandOver();
        }
        else
        {
            Leave();
        }

        Tell(TcpNews.Closed);
    }

    // Linux says the window that was offered last, and loses what its field has no room for.
    private OldConnection MakeOld() => new(_context, Binding, _path)
    {
        SendNext = Snd.Nxt,
        ReceiveNext = Rcv.Nxt,
        ReceiveWindow = Rcv.Wnd,
        WindowField = _context.Settings.IsFreeBsd ? RespondWindow : (ushort)(Rcv.Wnd >> _agreed.ReceiveScale),
        Flags = _echoesCe ? TcpFlags.Ack | TcpFlags.Ece : TcpFlags.Ack,
        Timestamps = _agreed.Timestamps,
        TrafficClass = Options.TrafficClass,
        TimestampOffset = _timestampOffset,
        Signatures = Options.Signatures,
    };

    // Linux keeps as little of a connection that waits for a FIN as of one in TIME-WAIT.
    private void WaitForFin(TimeSpan wait, Timestamp now)
    {
        _timers.StopAll();
        Unqueue();
        _sendRing.Clear();
        _recovery.Forget();
        ClearReceived();
        Old = MakeOld();
        Old.BeginHalfClosed(_recent, wait, now);
        HandOver();
    }

    // No socket has it open: what TIME-WAIT needs has the port from now on, and this object can go.
    private void HandOver()
    {
        IsGone = true;
        Old!.Orphan();
        Old = null;
    }

    /// <summary>TIME-WAIT has ended, by itself or by force.</summary>
    public void OnTimeWaitOver()
    {
        Leave();
        Tell(TcpNews.Closed);
    }

    /// <summary>Nobody waits for the peer's FIN: it is given a while. The connection ends at once where TCP_LINGER2 says so.</summary>
    /// <param name="isAcked">The FIN was acknowledged just now; false when the socket is closed later.</param>
    /// <param name="isLast">By the peer's own FIN.</param>
    /// <param name="now">The time.</param>
    private void EnterOrphanWait(bool isAcked, bool isLast, Timestamp now)
    {
        TcpSettings settings = _context.Settings;
        if (settings.IsFreeBsd)
        {
            TimeSpan probed = (Options.KeepAliveInterval ?? settings.KeepAliveInterval) * (Options.KeepAliveCount ?? settings.KeepAliveCount);
            _timers[TcpTimer.State] = now + (settings.FastFinWait2 ? settings.FinTimeout : probed);
            return;
        }

        TimeSpan wait = Options.FinWait2 ?? settings.FinTimeout;
        if (wait < TimeSpan.Zero)
        {
            if (isAcked) SendReset(Snd.Nxt, now);      // the answer to the acknowledgment of the FIN
            else EmitReset(now);
            Leave();
            return;
        }

        TimeSpan least = _recovery.Rtt.Timeout * 3.5;      // a FIN that was lost may come again
        if (wait < least) wait = least;
        if (isLast || wait > settings.TimeWait || _user is not null || IsPending) _timers[TcpTimer.State] = now + wait;
        else WaitForFin(wait, now);
    }
}
