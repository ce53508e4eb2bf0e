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
    private byte _probes;                                  // of a zero window, or of a silent peer, not answered

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
        if (_timers.Expired(TcpTimer.Retransmission, now)) OnRetransmissionTimer(now);
        if (!IsGone && _timers.Expired(TcpTimer.Persist, now)) OnPersist(now);
        if (!IsGone && _timers.Expired(TcpTimer.DelayedAck, now)) OnDelayedAck();
        if (!IsGone && _timers.Expired(TcpTimer.KeepAlive, now)) OnKeepAlive(now);
        if (!IsGone && _timers.Expired(TcpTimer.State, now)) OnStateTimer();
        if (!IsGone && _timers.Expired(TcpTimer.Cork, now)) _pushEnd = _sendRing.End;
        if (IsGone) return;
        _context.Touch(this);
        Queue();
    }

    private void ArmTimers(Timestamp now)
    {
        if (IsGone) return;
        if (State is not (SynSent or SynReceived)) _timers[TcpTimer.Retransmission] = _recovery.Due;
        bool isStuck = MaySendText && _recovery.IsEmpty && _sendRing.End > Snd.Nxt;
        if (!isStuck) _timers.Stop(TcpTimer.Persist);
        else if (!_timers.IsSet(TcpTimer.Persist)) _timers[TcpTimer.Persist] = now + ProbeInterval;
        Queue();
    }

    private void OnRetransmissionTimer(Timestamp now)
    {
        if (State is SynSent or SynReceived)
        {
            OnSynTimeout(now);
            return;
        }

        switch (_recovery.OnTimer(now))
        {
            case LossTimerAction.TimedOut when HasGivenUp(now):
                Fail(TimeoutError);
                break;
            case LossTimerAction.Probe:
                SendProbe(now);
                break;
        }
    }

    private bool HasGivenUp(Timestamp now)
    {
        return now - _recovery.FirstTimeoutAt >= GiveUpAfter;
    }

    /// <summary>The tail loss probe: new data if there is any, or what was sent last. RFC 8985 §7.3.</summary>
    private void SendProbe(Timestamp now)
    {
        int fresh = Math.Min(Math.Min(_sendRing.End - Snd.Nxt, Snd.Usable), Mss);
        if (fresh > 0) EmitText(Snd.Nxt, fresh, isRetransmission: false, now);
        else if (_recovery.ProbeRange is (var seq, > 0 and var length)) EmitText(seq, length, isRetransmission: true, now);
    }

    private TimeSpan ProbeInterval =>
        TimeSpan.FromTicks(Math.Min(_recovery.Rtt.Timeout.Ticks << Math.Min((int)_probes, 10), _context.Settings.MaxTimeout.Ticks));

    /// <summary>The window stays closed: the peer is asked. RFC 9293 §3.8.6.1.</summary>
    private void OnPersist(Timestamp now)
    {
        if (_probes < byte.MaxValue) _probes++;
        int octets = Math.Min(Math.Min(_sendRing.End - Snd.Nxt, Snd.Usable), Mss);
        if (octets > 0) EmitText(Snd.Nxt, octets, isRetransmission: false, now);
        else SealWithOptions(_context.Packets.Rent(0), Snd.Una - 1, Wire.TcpFlags.Ack, now);
        _timers[TcpTimer.Persist] = now + ProbeInterval;
    }

    private void RestartKeepAlive(Timestamp now) =>
        _timers[TcpTimer.KeepAlive] = Options.KeepAlive ? now + (Options.KeepAliveIdle ?? _context.Settings.KeepAliveIdle) : Timestamp.Never;

    private void OnKeepAlive(Timestamp now)
    {
        TimeSpan idle = Options.KeepAliveIdle ?? _context.Settings.KeepAliveIdle, silent = now - _lastHeard;
        if (silent < idle)
        {
            _probes = 0;
            _timers[TcpTimer.KeepAlive] = _lastHeard + idle;
            return;
        }

        if (_probes >= (Options.KeepAliveCount ?? _context.Settings.KeepAliveCount))
        {
            Abort(now);
            Fail(Errno.ETIMEDOUT);
            return;
        }

        _probes++;
        SealWithOptions(_context.Packets.Rent(0), Snd.Una - 1, Wire.TcpFlags.Ack, now);
        _timers[TcpTimer.KeepAlive] = now + (Options.KeepAliveInterval ?? _context.Settings.KeepAliveInterval);
    }

    private void OnStateTimer()
    {
        Happened(TcpEvent.TwoMslElapsed);
        Leave();
        Tell(TcpNews.Closed);
    }
}
