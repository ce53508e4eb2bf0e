using System.Net.NetworkInformation;
using UserNet.Errors;
using UserNet.Time;
using UserNet.Wire;
using static System.Net.NetworkInformation.TcpState;

namespace UserNet.Tcp;

// The ends: closing in order and by force. RFC 9293 §3.6.
internal sealed partial class Tcb
{
    /// <summary>The user sends no more: a FIN follows what was written. RFC 9293 §3.10.4.</summary>
    public void ShutdownSend()
    {
        if (_isFinQueued || IsGone || (State == SynSent && !_context.Settings.IsFreeBsd)) return;
        if (_isFastOpened && State == SynReceived && _notes is not null && !_context.Settings.IsFreeBsd) return;      // once the handshake is over
        QueueFin();
        AskOutput();
    }

    /// <summary>The user wants to read no more; what comes is acknowledged all the same, as in Linux.</summary>
    /// <remarks>In FreeBSD what was not read is gone, and what comes is acknowledged and thrown away.</remarks>
    public void ShutdownReceive()
    {
        _isReadShut = true;
        if (_context.Settings.IsFreeBsd) _receiveRing.Discard();
        Tell(TcpNews.Readable);
    }

    /// <summary>The user is gone: what was written is still sent, then the connection ends by itself. RFC 9293 §3.10.4.</summary>
    /// <remarks>Octets that nobody has read, and SO_LINGER with zero, make it a reset: RFC 2525 §2.17.</remarks>
    public void Close(Timestamp now)
    {
        _user = null;
        if (IsGone || Old is not null)
        {
            ClearReceived();
            if (Old is not null) HandOver();
            return;
        }

        bool isFreeBsd = _context.Settings.IsFreeBsd;
        bool isFastOpening = isFreeBsd && (_isFastOpened || _synOption != FastOpenKind.None);      // what went with the SYN is still to arrive
        if ((State == SynSent || (isFreeBsd && State == SynReceived)) && !isFastOpening)
        {
            Leave();
            return;
        }

        if (isFreeBsd) _receiveRing.Discard();      // what nobody has read is no reason for a reset there
        if (_receiveRing.Count > 0 || Options.Linger == TimeSpan.Zero)
        {
            Abort(now);
            return;
        }

        QueueFin();
        if (State == FinWait2) EnterOrphanWait(isAcked: false, isLast: false, now);
        if (!IsGone) AskOutput();
    }

    private void QueueFin()
    {
        if (_isFinQueued) return;
        _isFinQueued = _mayPush = true;
        if (IsSynchronized) Happened(TcpEvent.UserClosed);      // one in SYN-RECEIVED closes once it is established
    }

    /// <summary>Ends the connection by a reset, where the peer does not know of its end yet. RFC 9293 §3.10.5.</summary>
    public void Abort(Timestamp now)
    {
        if (IsGone) return;
        bool isHalfClosed = State is Closing or LastAck && !(_isFinSent && Snd.Nxt == _sendRing.End + 1);
        bool isKnown = _context.Settings.IsFreeBsd && State is >= SynReceived and not TcpState.TimeWait;
        if (isKnown || isHalfClosed || State is SynReceived or Established or FinWait1 or FinWait2 or CloseWait) EmitReset(now);
        Leave();
    }

    /// <summary>Ends the connection by a reset for which nobody asked; what has no user any more has none to tell.</summary>
    private void Break(Errno errno, Timestamp now)
    {
        Abort(now);
        Fail(errno);
    }

    /// <summary>A reset that the peer believes, as it has the number that comes next.</summary>
    private void EmitReset(Timestamp now)
    {
        _context.Counters.Count(Doors.Counter.TcpOutRsts);
        if (_context.Settings.IsFreeBsd)
            Respond(_timers.IsSet(TcpTimer.Persist) ? SendNext : Snd.Nxt, TcpFlags.Rst | TcpFlags.Ack, 0, now);
        else if (_context.Settings.Profile.ResetWindowIsZero)
            SealBare(Snd.Nxt, TcpFlags.Rst | TcpFlags.Ack, now);
        else
            SealWithOptions(_context.Packets.Rent(0), Snd.Nxt, TcpFlags.Rst | TcpFlags.Ack, now);
    }

    /// <summary>A reset for a segment that acknowledges what was never sent. RFC 9293 §3.5.2.</summary>
    private void SendReset(SequenceNumber seq, Timestamp now)
    {
        _context.Counters.Count(Doors.Counter.TcpOutRsts);
        SealBare(seq, TcpFlags.Rst, now);
    }

    private void SealBare(SequenceNumber seq, TcpFlags flags, Timestamp now)
    {
        Span<byte> options = stackalloc byte[SegmentSignature.Length];
        var writer = new TcpOptionWriter(options);
        AddSignature(ref writer);
        Seal(_context.Packets.Rent(0), seq, flags, 0, writer.Written, now);
    }
}
