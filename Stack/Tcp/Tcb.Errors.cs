using System.Net.NetworkInformation;
using UserNet.Errors;
using UserNet.Time;
using static System.Net.NetworkInformation.TcpState;

namespace UserNet.Tcp;

// What others report of segments that this host sent. RFC 9293 §3.9.2.2, RFC 5927.
internal sealed partial class Tcb
{
    private Errno _softError;      // the last report since the peer was heard: why the connection times out, if it does

    /// <summary>What a connection that times out ends with.</summary>
    private Errno TimeoutError => _softError != Errno.Success ? _softError : Errno.ETIMEDOUT;

    /// <summary>Takes the last report that the connection did not believe: Linux tells of it where SO_ERROR is asked for.</summary>
    public Errno TakeSoftError()
    {
        if (_context.Settings.IsFreeBsd) return Errno.Success;
        Errno error = _softError;
        _softError = Errno.Success;
        return error;
    }

    /// <summary>True when a segment that begins so may be on its way: an error about any other is forged, or late. RFC 5927 §4.1.</summary>
    public bool IsInFlight(SequenceNumber seq) => !IsGone && State != TcpState.TimeWait && seq >= Snd.Una && seq <= Snd.Nxt;

    /// <summary>
    /// A segment did not arrive, an ICMP error says. It ends a connection that is being opened; one that was heard of does
    /// not believe it (MUST-56, RFC 5927 §5.2), but remembers it.
    /// </summary>
    /// <param name="errno">What it comes to.</param>
    /// <param name="isHard">It won't help to try again.</param>
    public void OnUnreachable(Errno errno, bool isHard)
    {
        bool isOpening = State == SynSent || (State == SynReceived && !(_isFastOpened && HasUser));      // one that was accepted is open
        if (isOpening && (isHard || _context.Settings.Profile.SoftErrorsEndOpening))
        {
            Fail(errno);
            return;
        }

        if (!Options.ReportsErrors || isOpening)
        {
            _softError = errno;
            return;
        }

        _error = errno;
        Tell(TcpNews.Failed | TcpNews.Readable | TcpNews.Writable);
    }

    /// <summary>The same, of which a socket whose connection it ends is told all.</summary>
    public void OnUnreachable(in ReportedError error, Timestamp now)
    {
        if (State == SynSent && (error.IsHard || _context.Settings.Profile.SoftErrorsEndOpening)) _user?.OnReported(error, now);
        OnUnreachable(error.Errno, error.IsHard);
    }

    /// <summary>The path carries less than was thought: what was too large goes again, in smaller segments. RFC 1191 §6.4.</summary>
    public void OnMtuReduced(Timestamp now)
    {
        if (IsGone || State == TcpState.TimeWait) return;
        if (State == SynSent) LightenSyn(now);
        if (!IsSynchronized) return;
        int before = Mss;
        ResendSmaller(now);
        if (Mss < before) _context.Touch(this);
    }
}
