using System.Net.NetworkInformation;
using UserNet.Buffers;
using UserNet.Doors;
using UserNet.Time;
using UserNet.Wire;
using static System.Net.NetworkInformation.TcpState;

namespace UserNet.Tcp;

// The ends: closing in order, by force, and what stays behind. RFC 9293 §3.6.
internal sealed partial class Tcb
{
    /// <summary>The user sends no more: a FIN follows what was written. RFC 9293 §3.10.4.</summary>
    public void ShutdownSend()
    {
        if (_isFinQueued || IsGone || State == SynSent) return;
        QueueFin();
        _context.Touch(this);
    }

    /// <summary>The user wants to read no more; what comes is acknowledged all the same, as in Linux.</summary>
    public void ShutdownReceive()
    {
        _isReadShut = true;
        Tell(TcpNews.Readable);
    }

    /// <summary>The user is gone: what was written is still sent, then the connection ends by itself. RFC 9293 §3.10.4.</summary>
    /// <remarks>Octets that nobody has read, and SO_LINGER with zero, make it a reset: RFC 2525 §2.17.</remarks>
    public void Close(Timestamp now)
    {
        _user = null;
        if (IsGone)
        {
            _receiveRing.Clear();
            return;
        }

        if (State == SynSent)
        {
            Leave();
            return;
        }

        if (_receiveRing.Count > 0 || Options.Linger == TimeSpan.Zero)
        {
            Abort(now);
            return;
        }

        QueueFin();
        if (State == FinWait2) EnterOrphanWait(now);
        _context.Touch(this);
    }

    private void QueueFin()
    {
        if (_isFinQueued) return;
        _isFinQueued = true;
        if (IsSynchronized) Happened(TcpEvent.UserClosed);      // one in SYN-RECEIVED closes once it is established
    }

    /// <summary>Ends the connection by a reset. RFC 9293 §3.10.5.</summary>
    public void Abort(Timestamp now)
    {
        if (IsGone) return;
        if (State is SynReceived or Established or FinWait1 or FinWait2 or CloseWait or Closing or LastAck)
            Seal(_context.Packets.Rent(0), Snd.Nxt, TcpFlags.Rst | TcpFlags.Ack, 0, default, now);
        Leave();
    }

    private void EnterTimeWait(Timestamp now)
    {
        _timers.StopAll();
        _timers[TcpTimer.State] = now + _context.Settings.TimeWait;
        _sendRing.Clear();
        _recovery.Forget();
        Tell(TcpNews.Closed);
    }

    /// <summary>Nobody waits for the peer's FIN: it is given a while.</summary>
    private void EnterOrphanWait(Timestamp now) =>
        _timers[TcpTimer.State] = now + (Options.FinWait2 ?? _context.Settings.FinTimeout);

    /// <summary>True when a SYN opens a new connection where this one is in TIME-WAIT. RFC 6191, RFC 9293 §3.10.7.4.</summary>
    public bool YieldsTo(in TcpSegment segment)
    {
        if (State != TcpState.TimeWait || (segment.Flags & (TcpFlags.Syn | TcpFlags.Ack | TcpFlags.Rst)) != TcpFlags.Syn) return false;
        TcpOptionValues.Read(segment.Options, out TcpOptionValues options);
        if (_agreed.Timestamps && options.HasTimestamps) return (int)(options.TimestampValue - _recentTimestamp) > 0;
        return new SequenceNumber(segment.SequenceNumber) > Rcv.Nxt;
    }

    /// <summary>Makes room for a new connection between the same ends.</summary>
    public void Yield() => Leave();

    /// <summary>A reset for a segment that acknowledges what was never sent. RFC 9293 §3.5.2.</summary>
    private void SendReset(SequenceNumber seq, Timestamp now) =>
        Seal(_context.Packets.Rent(0), seq, TcpFlags.Rst, 0, default, now);

    private void SendChallengeAck(Timestamp now) => AckAtOnce(now);
}
