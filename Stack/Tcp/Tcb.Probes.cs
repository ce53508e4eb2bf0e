using UserNet.Errors;
using UserNet.Time;

namespace UserNet.Tcp;

// Asking a silent peer: whether its window has opened, and whether it is there at all.
internal sealed partial class Tcb
{
    private byte _probes;               // of a closed window, or of a silent peer, not answered
    private bool _probesWindow;         // what leaves now was held back by the window
    private byte _probeBackoff;         // how often the time between probes of the window was doubled
    private Timestamp _probingSince;    // when the window was first found closed; before, when the first SYN left

    /// <summary>How many probes of the window, or of the peer, have had no answer.</summary>
    public int Probes => _probes;

    /// <summary>How often the time of the timer that runs was doubled.</summary>
    public int Backoff => _octets is { } sender ? sender.Backoff : _timers.IsSet(TcpTimer.Persist) ? _probeBackoff : _recovery.Backoff;

    private void ArmPersist(Timestamp now)
    {
        // Only the peer's window keeps it from sending, and nothing is in flight whose acknowledgment would tell of it.
        bool isStuck = MaySendText && _recovery.IsEmpty && HasUnsent && (_hold is SendHold.Window or SendHold.Drop || (_hold == SendHold.Cork && !_context.Settings.IsFreeBsd));
        if (!isStuck)
        {
            if (!_timers.IsSet(TcpTimer.Persist)) return;
            _timers.Stop(TcpTimer.Persist);
            _probeBackoff = 0;
            _probingSince = default;
        }
        else if (!_timers.IsSet(TcpTimer.Persist))
        {
            _timers[TcpTimer.Persist] = now + ProbeInterval;
        }
    }

    private TimeSpan ProbeInterval
    {
        get
        {
            long wait = Math.Max(_recovery.Rtt.Timeout.Ticks, _context.Settings.MinTimeout.Ticks), most = MaxTimeout.Ticks;
            for (int i = 0; i < _probeBackoff && wait < most; i++) wait *= 2;
            return TimeSpan.FromTicks(Math.Min(wait, most));
        }
    }

    // The user's timeout comes first when the next probe would be later.
    private Timestamp NextProbe(Timestamp now)
    {
        Timestamp next = now + ProbeInterval;
        if (UserTimeout == TimeSpan.Zero || _probingSince == default) return next;
        return Timestamp.Min(next, Timestamp.Max(_probingSince + UserTimeout, now + Tick));
    }

    /// <summary>The window stays closed: the peer is asked. RFC 9293 §3.8.6.1: for ever, as long as it answers.</summary>
    private void OnPersist(Timestamp now)
    {
        if (_context.Settings.IsFreeBsd)
        {
            OnPersistAsFreeBsd(now);
            return;
        }

        if (_probingSince == default) _probingSince = now;
        else if (UserTimeout > TimeSpan.Zero && now - _probingSince >= UserTimeout)
        {
            GiveUp(now);
            return;
        }

        int most = _context.Settings.Retries;
        if (!HasUser && _pendingIn is null)
        {
            bool isSlow = ProbeInterval >= MaxTimeout;
            most = _context.Settings.OrphanRetries > 0 ? _context.Settings.OrphanRetries : isSlow ? 0 : OrphanProbes;
            if (isSlow && _probeBackoff >= most) most = 0;
        }

        if (_probes >= most)
        {
            GiveUp(now);
            return;
        }

        SendWindowProbe(now);
    }

    private void SendWindowProbe(Timestamp now)
    {
        CoverWritten();
        bool hasText = _pieces.Count > 0 && Snd.Usable > 0;
        if (hasText && _path.DropsAll)
        {
            if (_probes < byte.MaxValue) _probes++;
            _timers[TcpTimer.Persist] = now + LossRecovery.LocalDropPause;
            return;
        }

        if (hasText)
        {
            // The window is open by less than a segment, or what there is was to be filled up, and has been for a while: what fits leaves.
            _pieces.Head.Marks |= PieceMarks.Push;
            Snd.PushEnd = SequenceNumber.Max(Snd.PushEnd, _pieces.Head.End);
            int whole = _pieces.Head.End - Snd.Nxt, room = Snd.Usable, mss = MssAt(now);
            bool isCut = whole > mss || room < whole + (_pieces.Head.Has(PieceMarks.Fin) ? 1 : 0);
            _probesWindow = true;
            if (isCut) EmitText(Snd.Nxt, Math.Min(room, mss), isRetransmission: false, mss, now, isPushed: true);
            else EmitPiece(whole, mss, now);
            _probesWindow = false;
            (_probes, _probeBackoff, _probingSince) = (0, 0, default);
            return;
        }

        EmitProbe(now);
        if (_probes < byte.MaxValue) _probes++;
        if (_probeBackoff < _context.Settings.Retries) _probeBackoff++;
        _timers[TcpTimer.Persist] = NextProbe(now);
    }

    /// <summary>An acknowledgment while nothing was in flight: perhaps the answer to a probe of the window.</summary>
    private void OnProbeAnswered(Timestamp now)
    {
        if (!_timers.IsSet(TcpTimer.Persist)) return;
        bool isOpen = _context.Settings.IsFreeBsd ? Snd.Usable >= Math.Clamp(Unsent, 1, Mss) : FitsHead;
        if (isOpen)
        {
            (_probeBackoff, _probingSince) = (0, default);
            _timers.Stop(TcpTimer.Persist);
        }
        else
        {
            _timers[TcpTimer.Persist] = NextProbe(now);
        }
    }

    // All of the head, its FIN included, is within the window.
    private bool FitsHead
    {
        get
        {
            CoverWritten();
            return _pieces.Count > 0 && _pieces.Head.End + (_pieces.Head.Has(PieceMarks.Fin) ? 1 : 0) <= Snd.Una + Snd.Wnd;
        }
    }

    private void RestartKeepAlive(Timestamp now) =>
        _timers[TcpTimer.KeepAlive] = Options.KeepAlive || _context.Settings.AlwaysKeepsAlive ? now + KeepAliveIdle : Timestamp.Never;

    private TimeSpan KeepAliveIdle => Options.KeepAliveIdle ?? _context.Settings.KeepAliveIdle;

    /// <summary>The peer was silent for long: it is asked, and given up when it does not answer. RFC 9293 §3.8.4.</summary>
    private void OnKeepAlive(Timestamp now)
    {
        if (_octets is not null)
        {
            OnKeepAliveAsFreeBsd(now);
            return;
        }

        TimeSpan silent = now - _lastHeard;
        if (!_recovery.IsEmpty || HasUnsent)
        {
            _timers[TcpTimer.KeepAlive] = now + KeepAliveIdle;      // other timers watch over what is to be sent
            return;
        }

        if (silent < KeepAliveIdle)
        {
            _timers[TcpTimer.KeepAlive] = _lastHeard + KeepAliveIdle;
            return;
        }

        bool isOver = UserTimeout > TimeSpan.Zero
            ? silent >= UserTimeout && _probes > 0
            : _probes >= (Options.KeepAliveCount ?? _context.Settings.KeepAliveCount);
        if (isOver)
        {
            if (_context.Settings.Profile.KeepAliveEndsInReset) Abort(now);
            GiveUp(now);
            return;
        }

        if (_probes < byte.MaxValue) _probes++;
        EmitProbe(now);
        _timers[TcpTimer.KeepAlive] = now + (Options.KeepAliveInterval ?? _context.Settings.KeepAliveInterval);
    }

    private const int OrphanProbes = 8;
}
