using System.Net.NetworkInformation;
using UserNet.Time;
using static System.Net.NetworkInformation.TcpState;

namespace UserNet.Tcp;

// FreeBSD's timers of what is sent: retransmission, and probes of a closed window. RFC 6298 §5, RFC 9293 §3.8.6.1.
internal sealed partial class Tcb
{
    private bool IsClosedByUser => State is FinWait1 or FinWait2 or Closing or LastAck;

    private static readonly TimeSpan s_patienceWhileProbing = TimeSpan.FromHours(2);      // tcp_maxpersistidle
    private static readonly TimeSpan s_patienceOfOrphan = TimeSpan.FromSeconds(60);       // TCPTV_PERSMAX

    private const int SumOfFactors = 2559;      // tcp_totbackoff

    /// <summary>TCP_MAXUNACKTIME: so long may nothing that was sent make any progress; zero for any time.</summary>
    private bool IsStalledTooLong(Timestamp now) =>
        UserTimeout > TimeSpan.Zero && _octets!.StalledSince is { } since && now - since >= UserTimeout;

    private Timestamp NoLaterThanStall(Timestamp due, Timestamp now)
    {
        if (UserTimeout == TimeSpan.Zero || _octets!.StalledSince is not { } since) return due;
        return Timestamp.Max(now + Tick, Timestamp.Min(due, since + UserTimeout));
    }

    private void ArmRetransmission(Timestamp now) =>
        _timers[TcpTimer.Retransmission] = NoLaterThanStall(now + TimeSpan.FromMilliseconds(_octets!.Rtt.Timeout), now);

    /// <summary>The window closed below what was sent: all of it will go again, once there is room.</summary>
    private void BeginPersist(Timestamp now)
    {
        OctetSender sender = _octets!;
        _timers.Stop(TcpTimer.Retransmission);
        sender.Next = Snd.Una;
        Persist(now);
    }

    private void StopPersist()
    {
        if (!_timers.IsSet(TcpTimer.Persist)) return;
        _timers.Stop(TcpTimer.Persist);
        _octets!.Backoff = 0;
    }

    private void Persist(Timestamp now)
    {
        _octets!.Backoff = 0;
        ArmPersistAsFreeBsd(now);
    }

    /// <summary>Twice as long each time, from about two timeouts on, between persmin and persmax.</summary>
    private void ArmPersistAsFreeBsd(Timestamp now)
    {
        OctetSender sender = _octets!;
        TcpSettings settings = _context.Settings;
        sender.BeforeTimeout = null;
        TimeSpan wait = TimeSpan.FromMilliseconds((long)sender.Rtt.PersistBase * TickEstimator.Factor(sender.Backoff)) + settings.TimeoutSlop;
        if (wait < settings.PersistMin) wait = settings.PersistMin;
        if (wait > settings.PersistMax) wait = settings.PersistMax;
        _timers[TcpTimer.Persist] = NoLaterThanStall(now + wait, now);
        if (sender.Backoff < settings.Retries) sender.Backoff++;
    }

    private void OnPersistAsFreeBsd(Timestamp now)
    {
        OctetSender sender = _octets!;
        TimeSpan silent = now - _lastHeard;
        bool isHopeless = sender.Backoff >= _context.Settings.Retries
            && (silent >= s_patienceWhileProbing || silent >= TimeSpan.FromMilliseconds((long)sender.Rtt.Base * SumOfFactors));
        if (isHopeless || IsStalledTooLong(now) || (IsClosedByUser && silent >= s_patienceOfOrphan))
        {
            GiveUp(now);
            return;
        }

        if (_probes < byte.MaxValue) _probes++;
        ArmPersistAsFreeBsd(now);
        OutputAsFreeBsd(now, isForced: true);
    }

    /// <summary>Nothing was acknowledged for a timeout: sending goes on from the oldest octet, one segment at a time at first.</summary>
    private void OnTimeoutAsFreeBsd(Timestamp now)
    {
        OctetSender sender = _octets!;
        TcpSettings settings = _context.Settings;
        if (++sender.Backoff > settings.Retries || IsStalledTooLong(now))
        {
            GiveUp(now);
            return;
        }

        if (sender.Backoff == 1)
        {
            RememberForUndo(now);
            sender.Holes.Restart();
        }
        else
        {
            sender.BeforeTimeout = null;
            sender.Holes.Clear();
        }

        sender.Rtt.BackOff(sender.Backoff, settings);
        DetectBlackHole(now);
        if (sender.Backoff > 3) _path.Doubt(now);
        sender.Next = Snd.Una;
        sender.Recover = Snd.Nxt;
        sender.TimedAt = null;
        sender.Duplicates = sender.Credit = 0;
        if (sender.Backoff > 1 || !_agreed.Sack || sender.Holes.IsEmpty) sender.ExitRecovery();
        if (_agreed.Ecn) sender.MustSendCwr = true;
        sender.Control.OnTimeout(sender, Math.Min(Snd.Wnd, sender.Pipe(Snd.Una, Snd.Nxt)), Mss, now);
        _ackNow = true;
        OutputAsFreeBsd(now);
    }

    private void RememberForUndo(Timestamp now)
    {
        OctetSender sender = _octets!;
        sender.BeforeTimeout = new OctetSender.Undo
        {
            Window = sender.Window,
            Threshold = sender.Threshold,
            Recover = sender.Recover,
            WasInFastRecovery = sender.IsInFastRecovery,
            WasInCongestionRecovery = sender.IsInCongestionRecovery,
            // Where there are no timestamps, an acknowledgment within half a round trip was under way already.
            Until = _agreed.Timestamps ? null : now + TimeSpan.FromMilliseconds(sender.Rtt.Half),
        };
    }

    /// <summary>The timeout was needless: all is as before. Allman and Paxson's test.</summary>
    private void UndoTimeout()
    {
        OctetSender sender = _octets!;
        if (sender.BeforeTimeout is not { } before) return;
        (sender.Window, sender.Threshold, sender.Recover) = (before.Window, before.Threshold, before.Recover);
        sender.IsInFastRecovery |= before.WasInFastRecovery;
        sender.IsInCongestionRecovery |= before.WasInCongestionRecovery;
        sender.Next = Snd.Nxt;
        sender.BeforeTimeout = null;
        sender.Control.OnTimeoutUndone();
    }

    private bool WasTimeoutNeedless(Timestamp when) =>
        _octets is { Backoff: 1, BeforeTimeout.Until: { } until } && when < until;
}
