using UserNet.Buffers;
using UserNet.Time;
using UserNet.Wire;
using static System.Net.NetworkInformation.TcpState;

namespace UserNet.Tcp;

// FreeBSD asks whether a closed window has opened by an octet of what waits, which the peer may take. RFC 9293 §3.8.6.1.
internal sealed partial class Tcb
{
    private const int MostBackoff = 12;      // TCP_MAXRXTSHIFT

    private static readonly TimeSpan s_patienceWhileProbing = TimeSpan.FromHours(2);      // tcp_maxpersistidle

    /// <summary>Twice as long each time, from half of what a timeout would be on, between persmin and persmax.</summary>
    private TimeSpan ProbeIntervalAsFreeBsd
    {
        get
        {
            TcpSettings settings = _context.Settings;
            RttEstimator rtt = _recovery.Rtt;
            long wait = rtt.Smoothed == TimeSpan.Zero ? 2 * settings.InitialTimeout.Ticks : (4 * rtt.Smoothed.Ticks) + (8 * rtt.Variation.Ticks);
            for (int i = 0; i < _probeBackoff && wait < settings.PersistMax.Ticks; i++) wait *= 2;
            wait = Math.Max(wait + settings.TimeoutSlop.Ticks, settings.PersistMin.Ticks);
            return TimeSpan.FromTicks(Math.Min(wait, settings.PersistMax.Ticks));
        }
    }

    private void OnPersistAsFreeBsd(Timestamp now)
    {
        TimeSpan silent = now - _lastHeard;
        bool isHopeless = _probeBackoff >= MostBackoff && silent >= s_patienceWhileProbing;
        if (isHopeless || (State > CloseWait && silent >= _context.Settings.PersistMax))
        {
            GiveUp(now);
            return;
        }

        if (Snd.Usable > 0)
        {
            SendWindowProbe(now);
            return;
        }

        if (_probes < byte.MaxValue) _probes++;
        if (_probeBackoff < MostBackoff) _probeBackoff++;
        _timers[TcpTimer.Persist] = now + ProbeInterval;
        if (_sendRing.End - Snd.Nxt <= 0) return;
        _probingSince = now;      // when the octet at SND.NXT left; SND.NXT stays before it is acknowledged
        PacketBuffer packet = _context.Packets.Rent(1);
        _sendRing.Copy(Snd.Nxt, packet.Append(1));
        TcpFlags flags = Snd.Nxt + 1 == _sendRing.End ? TcpFlags.Ack | TcpFlags.Psh : TcpFlags.Ack;
        SealWithOptions(packet, Snd.Nxt, flags, now, room: Mss - 1);
    }

    /// <summary>The peer has taken the octet that asked: it counts as sent.</summary>
    private void TakeProbedOctet(SequenceNumber ack)
    {
        if (!_timers.IsSet(TcpTimer.Persist) || _probingSince == default || ack != Snd.Nxt + 1 || !_recovery.IsEmpty) return;
        _recovery.OnSent(Snd.Nxt, 1, _probingSince, segmentSize: Mss);
        Snd.Nxt = ack;
    }
}
