using UserNet.Time;
using UserNet.Wire;

namespace UserNet.Tcp;

// Being called: a listener's child, from its SYN until somebody accepts it. RFC 9293 §3.10.7.2.
internal sealed partial class Tcb
{
    private ListenQueue? _pendingIn;      // until the handshake is over and a user has accepted it
    private bool _isCalled;               // it began with the peer's SYN
    private Beginnings? _beginnings;      // what few have
    private bool _isFastOpened;           // text flows before the handshake is over

    /// <summary>Its place among those of its listener that are being opened; -1 when it is not among them.</summary>
    public int PlaceInQueue { get; set; } = -1;

    /// <summary>It is, or was, in the accept queue.</summary>
    public bool IsReady { get; set; }

    /// <summary>True until a user has it.</summary>
    public bool IsPending => PlaceInQueue >= 0 || _pendingIn is not null;

    /// <summary>True when octets may be read and written before the handshake is over: those of a SYN were taken.</summary>
    public bool IsFastOpened => _isFastOpened;

    private Beginnings Began => _beginnings ??= new Beginnings();

    private int CookieMss => _beginnings?.CookieMss ?? 0;

    /// <summary>Its SYN-ACK had no timeout yet.</summary>
    public bool IsYoung => _synRetries == 0;

    /// <summary>When its SYN came.</summary>
    public Timestamp SynArrivedAt => Notes.SynArrivedAt;

    /// <summary>Takes the SYN that made it; a SYN-ACK leaves.</summary>
    public void Accept(ListenQueue listener, in TcpSegment syn, in TcpOptionValues values, byte ecn, Timestamp now)
    {
        (_pendingIn, _isCalled) = (listener, true);
        TakeSignature(values);
        Notes.SynArrivedAt = now;
        ChooseIss(now);
        TakeSyn(new SequenceNumber(syn.SequenceNumber), SynOffer.From(values, syn.Flags), values, now);
        Agree();
        OnEcnOfSyn(syn, ecn);
        _isSynDue = true;
        _context.Touch(this);
    }

    /// <summary>Takes the SYN and its text: the user may read it, and answer, before the handshake is over. RFC 7413 §4.2.</summary>
    public void AcceptFast(ListenQueue listener, in TcpSegment syn, in TcpOptionValues values, byte ecn, Timestamp now)
    {
        Accept(listener, syn, values, ecn, now);
        _isFastOpened = true;
        if (!syn.Payload.IsEmpty)
        {
            _receiveRing.Insert(Rcv.Nxt, syn.Payload[..Math.Min(syn.Payload.Length, Rcv.Wnd)]);
            Rcv.Nxt = _receiveRing.Next;
            if (!_context.Settings.IsFreeBsd)
            {
                Rcv.Edge += Rcv.Nxt - Rcv.Irs - 1;      // the window that the SYN-ACK offers begins behind the text
                IsSynDataAcknowledged = true;
            }
        }

        Snd.Wnd = syn.Window;      // never scaled in a SYN
        Snd.MaxWnd = _context.Settings.IsFreeBsd ? Snd.Wnd : Snd.Wnd << _agreed.SendScale;
        (Snd.Wl1, Snd.Wl2) = (Rcv.Irs, Snd.Una);
        if (!_context.Settings.IsFreeBsd) Mss = SegmentLimit(now);
        _recovery.Start(RecoveryOptionsOf(firstSynArrived: true), Snd.Iss + 1, now);
    }

    /// <summary>Is what it would be had it sent the SYN-ACK that held a cookie. RFC 4987 §3.6.</summary>
    public void Restore(
        ListenQueue listener, SequenceNumber iss, SequenceNumber irs, in SynOffer peer, in TcpOptionValues values, Timestamp now)
    {
        (_pendingIn, _isCalled) = (listener, true);
        TakeSignature(values);
        Notes.SynArrivedAt = now;
        ChooseIss(now);
        Snd.Iss = Snd.Una = Snd.Up = iss;
        Snd.Nxt = iss + 1;
        _sendRing.Start(Snd.Nxt);
        if (!_context.Settings.IsFreeBsd) Began.CookieMss = peer.Mss;
        TakeSyn(irs, peer, values, now);
        Agree();
        Notes.IsRestored = true;      // nobody knows when the SYN-ACK left: no round trip is measured
    }

    /// <summary>Its listener is closed while it is half open: nobody is told, as in FreeBSD.</summary>
    public void Forget() => Leave();

    /// <summary>The SYN-ACK is to bring the caller a cookie. RFC 7413 §4.1.2.</summary>
    public void GrantCookie(FastOpenKind kind, in FastOpenCookie cookie) =>
        (Notes.GrantedKind, Notes.Granted) = (kind, cookie);

    /// <summary>Its user has it: the accept queue has nothing more to say.</summary>
    public void LeaveQueue()
    {
        if (PlaceInQueue < 0) _pendingIn = null;
    }
}

/// <summary>What is to be known for longer than the handshake of how a connection began, where it began in an uncommon way.</summary>
internal sealed class Beginnings
{
    /// <summary>What the cookie says that brought it back, octets; 0 for none.</summary>
    public ushort CookieMss { get; set; }

    /// <summary>How often the SYN's timeout was doubled, where no round trip was measured.</summary>
    public byte SynBackoff { get; set; }

    /// <summary>Octets of the SYN's data that are still to go again.</summary>
    public int SynDataAgain { get; set; }
}
