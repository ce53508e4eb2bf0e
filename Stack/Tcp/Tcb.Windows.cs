using UserNet.Time;
using UserNet.Wire;
using static System.Net.NetworkInformation.TcpState;

namespace UserNet.Tcp;

// How many octets may still come. RFC 9293 §3.8.6.
internal sealed partial class Tcb
{
    private ReceiveTuning _tuning = new();
    private bool _hasUnknownMss;      // the peer's SYN-ACK said none: FreeBSD leaves the buffer as it is

    /// <summary>The receive buffer and what follows from it.</summary>
    public ref readonly ReceiveTuning Tuning => ref _tuning;

    /// <summary>What a SYN or SYN-ACK offers, octets: never scaled.</summary>
    private ushort FirstWindow => WindowMath.First(_context.Settings.Profile, _tuning.Buffer, OwnMss, Options.WindowClamp);

    /// <summary>The largest segment that the peer sends, octets: what this host's SYN said.</summary>
    private ushort OwnMss => Offer.Mss;

    /// <summary>Octets in order that wait to be read; what a reader has looked at and waits for more does not count.</summary>
    private int Unread => _receiveRing.Count - _examined;

    /// <summary>What the next acknowledgment would offer, octets.</summary>
    private int NextWindow => WindowMath.Next(_context.Settings, new WindowBasis
    {
        Space = _tuning.Space,
        Free = _tuning.Space - Unread,
        Current = Rcv.Wnd,
        Offered = Rcv.Edge - Rcv.LastAckSent,
        Mss = _context.Settings.IsFreeBsd ? WholeSegment : _acks.SegmentSize,
        Scale = _agreed.ReceiveScale,
        Threshold = _tuning.Threshold,
        Clamp = _tuning.Clamp,
    });

    /// <summary>The buffer is chosen before the first segment is sent.</summary>
    private void ChooseWindow() =>
        _tuning.Begin(_context.Settings.Profile, Options.ReceiveBuffer ?? _context.Settings.ReceiveBuffer.Default, Options.WindowClamp);

    /// <summary>The handshake is over, and both maximum segment sizes are known.</summary>
    private void StartReceiving(Timestamp now)
    {
        _ownMss = OwnMss;
        int mss = _context.Settings.Profile.WindowFormula == TcpWindowFormula.Whole ? Math.Min(_ownMss, _agreed.Mss) : _ownMss;
        if (_hasUnknownMss) mss = 0;
        _acks.Start(Math.Min(_ownMss, Mss), Rcv.Wnd);
        _tuning.Start(_context.Settings, Rcv.Wnd, mss, Options.WindowClamp, Rcv.Nxt, now);
    }

    /// <summary>SO_RCVBUF or TCP_WINDOW_CLAMP was set: a smaller window comes about as data fills it, since its edge never goes back.</summary>
    public void OnReceiveBufferSet()
    {
        if (IsGone || State is SynSent) return;
        int buffer = Options.ReceiveBuffer ?? _tuning.Buffer;
        _tuning.Resize(_context.Settings.Profile, buffer, Options.WindowClamp);
        OnRead();
    }

    /// <summary>The window field of the segment that is sent now; what it says is offered from then on.</summary>
    private ushort OfferWindow()
    {
        if (_tuning.Space - Unread < Math.Min(_tuning.Space, _tuning.Clamp) / 2) _acks.EndQuick();
        byte scale = _agreed.ReceiveScale;
        ushort field = WindowMath.Field(_context.Settings.Profile, NextWindow, scale);
        _saidZero = field == 0;
        SequenceNumber edge = Rcv.Nxt + (field << scale);
        Rcv.Edge = _context.Settings.MayShrinkWindow ? edge : SequenceNumber.Max(Rcv.Edge, edge);
        return field;
    }

    /// <summary>The window follows what arrives and what the user takes of it.</summary>
    private void TuneWindow(in TcpSegment segment, in TcpOptionValues options, Timestamp now)
    {
        int length = segment.Payload.Length;
        if (!_agreed.Timestamps) _tuning.SampleByWindow(Rcv.Nxt, Rcv.Wnd, now);
        else if (options.HasTimestamps && length >= _acks.SegmentSize && AgeOf(options.TimestampEcho, now) is { } age)
            _tuning.SampleByEcho(options.TimestampEcho, age);
        bool mayGrow = _context.Settings.TunesReceiveBuffer && Options.ReceiveBuffer is null;
        _tuning.OnRoundTrip(_context.Settings, mayGrow, _receiveRing.First, _ownMss, Options.WindowClamp, now);
        if (_tuning.Grow(length, Unread, _acks.SegmentSize, _ownMss)) _acks.KeepQuick();
    }

    /// <summary>
    /// The user has read octets: the window may open. It is told when it opens by much, at least to the double, and never
    /// from nothing to little: RFC 9293 §3.8.6.2.2.
    /// </summary>
    public void OnRead()
    {
        if (IsGone || State is not (SynReceived or Established or FinWait1 or FinWait2)) return;
        if (_context.Settings.IsFreeBsd)
        {
            if (State == SynReceived || !OpensWindowAsFreeBsd) return;
            _ackNow = true;
            _context.Touch(this);
            return;
        }

        bool isDue = _context.Settings.Profile.AckPolicy == TcpAckPolicy.QuickThenDelayed
            && _acks.IsDueAfterRead(Rcv.Nxt - Rcv.LastAckSent, _receiveRing.Count == 0);
        if (!isDue && !OpensWindow) return;
        _ackNow = true;
        _context.Touch(this);
    }

    private bool OpensWindow
    {
        get
        {
            int current = Rcv.Wnd;
            if (2L * current > _tuning.Clamp) return false;
            int next = NextWindow;
            return next > 0 && next >= 2 * current && next - current >= Math.Min(_tuning.Space / 2, _acks.SegmentSize);
        }
    }
}
