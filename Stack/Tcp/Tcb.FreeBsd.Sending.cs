using System.Net.NetworkInformation;
using UserNet.Time;
using UserNet.Wire;
using static System.Net.NetworkInformation.TcpState;

namespace UserNet.Tcp;

// FreeBSD's sender besides the stream: how it begins, how it looks after silent peers, and after paths that swallow large segments.
internal sealed partial class Tcb
{
    private const int BlackHoleTries = 2;       // timeouts that each size of segments has

    private int DefaultMss => _path.IpHeaderLength > Ipv4Header.Length ? _context.Settings.DefaultMssV6 : _context.Settings.DefaultMss;

    private int BlackHoleMss => _path.IpHeaderLength > Ipv4Header.Length ? _context.Settings.BlackHoleMssV6 : _context.Settings.BlackHoleMss;

    /// <summary>The handshake is over. A SYN or SYN-ACK that was lost leaves one segment for the first window. RFC 5681 §3.1.</summary>
    private void StartSending(Timestamp now)
    {
        OctetSender sender = _octets!;
        TcpSettings settings = _context.Settings;
        bool wasLost = _synRetries > 0 && Notes.SynSentAt != default;
        (sender.Next, sender.Recover) = (Snd.Nxt, Snd.Iss);
        sender.Window = wasLost ? Mss : _path.Metrics?.InitialWindow is { } segments ? segments * Mss : settings.FirstCongestionWindow(Mss);
        sender.Control = OctetControl.Of(Options.Congestion ?? settings.Congestion);
        sender.Control.OnStart(sender, now);
        _lastHeard = now;
    }

    /// <summary>What socket options change at once.</summary>
    private void SetAsFreeBsd(ConnectionOptions old, Timestamp now)
    {
        if (!IsSynchronized) return;
        if (Options.Congestion != old.Congestion)
        {
            _octets!.Control = OctetControl.Of(Options.Congestion ?? _context.Settings.Congestion);
            _octets.Control.OnStart(_octets, now);
        }

        // TCP_KEEPIDLE begins anew; SO_KEEPALIVE counts from when the peer was heard last.
        bool isTurnedOn = Options.KeepAlive && !old.KeepAlive && !_timers.IsSet(TcpTimer.KeepAlive);
        if (Options.KeepAliveIdle != old.KeepAliveIdle) RestartKeepAlive(now);
        else if (isTurnedOn) _timers[TcpTimer.KeepAlive] = Timestamp.Max(_lastHeard + KeepAliveIdle, now + Tick);
        else return;
        _context.Touch(this);
    }

    /// <summary>The peer was silent for long, or something waits for it: it is asked whether it is there. RFC 9293 §3.8.4.</summary>
    private void OnKeepAliveAsFreeBsd(Timestamp now)
    {
        TimeSpan silent = now - _lastHeard, idle = KeepAliveIdle;
        if (silent < idle)
        {
            _timers[TcpTimer.KeepAlive] = _lastHeard + idle;
            return;
        }

        // FreeBSD asks nobody in FIN-WAIT-2 either, and waits for ever where a reader does; here it is asked, so that the wait ends.
        if ((!Options.KeepAlive && !_context.Settings.AlwaysKeepsAlive) || State == LastAck)
        {
            _timers[TcpTimer.KeepAlive] = now + idle;
            return;
        }

        if (silent >= idle + ProbingTime)
        {
            GiveUp(now);
            return;
        }

        if (_probes < byte.MaxValue) _probes++;
        EmitProbe(now);
        _timers[TcpTimer.KeepAlive] = now + (Options.KeepAliveInterval ?? _context.Settings.KeepAliveInterval);
    }

    /// <summary>How long a silent peer is asked.</summary>
    private TimeSpan ProbingTime =>
        (Options.KeepAliveInterval ?? _context.Settings.KeepAliveInterval) * (Options.KeepAliveCount ?? _context.Settings.KeepAliveCount);

    /// <summary>The wait for the peer's FIN is over, unless the peer was heard meanwhile and nobody wants connections to end fast.</summary>
    private bool WaitsOnAsFreeBsd(Timestamp now)
    {
        if (_context.Settings.FastFinWait2 || State != FinWait2 || now - _lastHeard > ProbingTime) return false;
        _timers[TcpTimer.State] = now + (Options.KeepAliveInterval ?? _context.Settings.KeepAliveInterval);
        return true;
    }

    /// <summary>A path that takes packets of so many octets makes segments shorter. Before the peer's SYN these are as large as a silent peer's.</summary>
    public bool IsShortenedBy(int mtu) => mtu < (IsSynchronized ? WholeSegment : DefaultMss) + _path.IpHeaderLength + TcpHeader.Length;

    /// <summary>The path takes no segments as large as those that were sent: all goes again.</summary>
    private void SendAgainAsFreeBsd()
    {
        OctetSender sender = _octets!;
        sender.TimedAt = null;
        sender.Next = Snd.Una;
        sender.Recover = Snd.Nxt;
        sender.Holes.Clear();
        if (_agreed.Sack) sender.IsInFastRecovery = false;
        AskOutput();
    }

    /// <summary>Full segments vanish, and nobody says why: smaller ones may get through, in two steps; else it was not their size. RFC 4821 §7.7.</summary>
    private void DetectBlackHole(Timestamp now)
    {
        TcpSettings settings = _context.Settings;
        bool isV6 = _path.IpHeaderLength > Ipv4Header.Length;
        if (settings.BlackHoleDetection != 1 && settings.BlackHoleDetection != (isV6 ? 3 : 2)) return;
        if (State is not (Established or FinWait1)) return;
        OctetSender sender = _octets!;
        int whole = WholeSegment;
        if (sender.Backoff == 1)
        {
            sender.BlackHoleEnd = BlackHoleTries;
            if (whole > BlackHoleMss) sender.BlackHoleEnd += BlackHoleTries;
            if (whole > DefaultMss && BlackHoleMss > DefaultMss) sender.BlackHoleEnd += BlackHoleTries;
        }

        bool isDue = sender.Backoff >= BlackHoleTries && sender.Backoff < sender.BlackHoleEnd && (sender.Backoff - BlackHoleTries) % BlackHoleTries == 0;
        if (isDue && sender.SentWhole && settings.FindsPathMtu && whole > settings.MinSendMss)
            sender.MssCeiling = whole > BlackHoleMss && BlackHoleMss > DefaultMss ? BlackHoleMss : DefaultMss;
        else if (sender.MssCeiling != 0 && sender.Backoff >= sender.BlackHoleEnd)
            sender.MssCeiling = 0;
        else
            return;
        FollowPath(now);
        sender.Control.OnStart(sender, now);
    }
}
