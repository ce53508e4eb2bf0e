using System.Net.NetworkInformation;
using UserNet.Errors;
using UserNet.Time;
using static System.Net.NetworkInformation.TcpState;

namespace UserNet.Tcp;

// What happens when time passes.
internal sealed partial class Tcb : IExpires
{
    private TcpTimers _timers = new();
    private Deadline _queued;                              // one entry in the stack's queue stands for all timers
    private Timestamp _queuedAt = Timestamp.Never;
    private Timestamp _lastHeard;

    /// <summary>Has the stack's queue wake the connection no later than its first timer; earlier does no harm, and saves work.</summary>
    private void Queue()
    {
        Timestamp next = _timers.Next;
        if (next >= _queuedAt) return;
        if (_queued.IsSet) _context.Deadlines.Cancel(_queued);
        _queued = _context.Deadlines.Add(next, this);
        _queuedAt = next;
    }

    private void Unqueue()
    {
        if (_queued.IsSet) _context.Deadlines.Cancel(_queued);
        _queued = default;
        _queuedAt = Timestamp.Never;
    }

    void IExpires.OnExpired(Timestamp now)
    {
        _queued = default;
        _queuedAt = Timestamp.Never;
        bool hasExpired = false;
        if (Expires(TcpTimer.Retransmission)) OnRetransmissionTimer(now);
        if (Expires(TcpTimer.Persist)) OnPersist(now);
        if (Expires(TcpTimer.DelayedAck)) OnDelayedAck();
        if (Expires(TcpTimer.KeepAlive)) OnKeepAlive(now);
        if (Expires(TcpTimer.State)) OnStateTimer(now);
        _mayPush |= Expires(TcpTimer.Pacing);
        if (IsGone) return;
        if (hasExpired) _context.Touch(this);      // a wake-up for a timer that was moved is none: what was put off stays so
        Queue();

        bool Expires(TcpTimer timer)
        {
            bool expires = !IsGone && _timers.Expired(timer, now);
            hasExpired |= expires;
            return expires;
        }
    }

    private void ArmTimers(Timestamp now)
    {
        if (IsGone || Old is not null) return;
        if (_octets is not null)
        {
            Queue();
            return;
        }

        if (State is not (SynSent or SynReceived)) _timers[TcpTimer.Retransmission] = RetransmissionDue(now);
        ArmPersist(now);
        Queue();
    }

    // A user who gives the peer only so long does not want to wait for a timeout beyond that.
    private Timestamp RetransmissionDue(Timestamp now)
    {
        Timestamp due = _recovery.Due;
        if (UserTimeout == TimeSpan.Zero || _recovery.Timeouts == 0 || _recovery.IsEmpty) return due;
        Timestamp end = Timestamp.Max(_recovery.FirstTimeoutAt + UserTimeout, now + Tick);
        return Timestamp.Min(due, end);
    }

    /// <summary>TCP_RTO_MAX_MS, or the host's.</summary>
    private TimeSpan MaxTimeout => Options.LongestTimeout ?? _context.Settings.MaxTimeout;

    /// <summary>What loss recovery goes by: the host's settings, and what the socket's owner has set otherwise.</summary>
    private static RecoverySettings RecoveryFor(TcpSettings settings, ConnectionOptions options, TimeSpan? shortestOfRoute = null) =>
        shortestOfRoute is null && options is { LongestTimeout: null, ShortestTimeout: null, LinearWhenThin: false }
            ? settings.Recovery
            : settings.Recovery with
            {
                MinTimeout = shortestOfRoute ?? options.ShortestTimeout ?? settings.MinTimeout,
                MaxTimeout = options.LongestTimeout ?? settings.MaxTimeout,
                LinearWhenThin = options.LinearWhenThin || settings.LinearWhenThin,
            };

    private TimeSpan UserTimeout => Options.UserTimeout > TimeSpan.Zero ? Options.UserTimeout : _context.Settings.UserTimeout;

    private void OnRetransmissionTimer(Timestamp now)
    {
        if (State is SynSent or SynReceived)
        {
            OnSynTimeout(now);
            return;
        }

        if (_octets is not null)
        {
            OnTimeoutAsFreeBsd(now);
            return;
        }

        if (UserTimeout > TimeSpan.Zero && _recovery.Timeouts > 0 && now - _recovery.FirstTimeoutAt >= UserTimeout)
        {
            GiveUp(now);
            return;
        }

        if (!HasUser) _recovery.OnZeroWindow(closed: false);      // nobody waits for it to open
        switch (_recovery.OnTimer(now))
        {
            case LossTimerAction.TimedOut:
                OnTimedOut(now);
                if (!IsGone && _path.DropsAll) _recovery.OnTimeoutInVain(now);
                break;
            case LossTimerAction.Probe:
                SendProbe(now);
                break;
        }
    }

    /// <summary>The retransmission timeout: R1 and R2 of RFC 9293 §3.8.3, counted as time in Linux.</summary>
    private void OnTimedOut(Timestamp now)
    {
        TimeSpan trouble = now - _recovery.FirstTimeoutAt;
        if (Snd.Wnd == 0 && HasUser)
        {
            // The window shrank below what is in flight: retransmissions are probes now, and an answer to them is patience enough.
            TimeSpan most = 2 * MaxTimeout;
            if (UserTimeout > TimeSpan.Zero && UserTimeout < most) most = UserTimeout;
            if (now - _lastHeard > most && trouble > most) GiveUp(now);
            return;
        }

        bool isHopeless = trouble >= Patience(_recovery.Rtt.Timeout >= MaxTimeout);
        bool isLast = _recovery.Timeouts > 1 && isHopeless;
        JudgeTimeout(_recovery.Timeouts - 1, isLast, now);
        if (_recovery.Timeouts <= 1) return;      // nothing was sent again yet
        if (trouble >= _context.Settings.TimeLimit(_context.Settings.RouteRetries, MaxTimeout))
        {
            SuspectBlackHole(now);
            _path.Doubt(now);
        }

        if (isLast) GiveUp(now);
    }

    /// <summary>How long nothing gets through before the connection is given up; less when nobody has it open. RFC 5482.</summary>
    private TimeSpan Patience(bool isSlow)
    {
        TcpSettings settings = _context.Settings;
        if (UserTimeout > TimeSpan.Zero) return UserTimeout;
        if (HasUser || _pendingIn is not null) return settings.GiveUpAfter(MaxTimeout);
        return isSlow && settings.OrphanRetries == 0 ? TimeSpan.Zero : settings.OrphanGivesUpAfter(MaxTimeout);
    }

    /// <summary>The peer is out of reach: what was said of it last tells why.</summary>
    /// <remarks>FreeBSD tells the peer by a reset, should it hear one.</remarks>
    private void GiveUp(Timestamp now)
    {
        if (_context.Settings.IsFreeBsd && State != SynSent) Break(TimeoutError, now);
        else Fail(TimeoutError);
    }

    /// <summary>The tail loss probe: new data if there is any, or what was sent last. RFC 8985 §7.3.</summary>
    private void SendProbe(Timestamp now)
    {
        CoverWritten();
        int mss = MssAt(now), fresh = _pieces.Count > 0 ? Math.Min(_pieces.Head.End - Snd.Nxt, mss) : 0;
        if (_path.DropsAll)
        {
            (SequenceNumber seq, int length) = fresh > 0 && fresh <= Snd.Usable ? (Snd.Nxt, 0) : _recovery.ProbeRange;
            _recovery.OnDropped(seq, length, now);
        }
        else if (fresh > 0 && fresh <= Snd.Usable)
        {
            if (WaitsForPace(now))
            {
                _recovery.OnProbeHeld();
                return;
            }

            SendPieces(SmallSegments.Leave, isOne: true, isProbe: true, now);
        }
        else if (_recovery.ProbeRange is (var last, > 0 and var octets))
        {
            EmitText(last, octets, isRetransmission: true, Mss, now);
        }
    }

    private void OnStateTimer(Timestamp now)
    {
        if (_octets is not null && WaitsOnAsFreeBsd(now)) return;
        Leave();
        Tell(TcpNews.Closed);
    }

    private static readonly TimeSpan Tick = TimeSpan.FromMilliseconds(1);
}
