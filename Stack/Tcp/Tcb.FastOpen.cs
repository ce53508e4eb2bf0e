using UserNet.Addressing;
using UserNet.Time;

namespace UserNet.Tcp;

// Data with the SYN, the caller's half. RFC 7413 §4.2.
internal sealed partial class Tcb
{
    private int _synData;              // octets of text that the first SYN had
    private FastOpenKind _synOption;   // the option that it had
    private bool _carriesData;         // the SYN may have text, whether there is any or not
    private bool _isSynHeld;           // the SYN waits for the first write

    /// <summary>True while connect has returned and the SYN waits for data to take along: TCP_FASTOPEN_CONNECT.</summary>
    public bool IsConnectDeferred => _isSynHeld && !_isSynDue && !IsGone;

    /// <summary>Octets that went with the SYN and were acknowledged with it.</summary>
    public bool IsSynDataAcknowledged { get; private set; }

    /// <summary>Active open with data. sendto with MSG_FASTOPEN.</summary>
    /// <param name="octets">What is to be sent.</param>
    /// <param name="now">The time.</param>
    /// <returns>How many octets were taken: those that go with the SYN, none where it asks for a cookie first.</returns>
    public int ConnectWithData(ReadOnlySpan<byte> octets, Timestamp now)
    {
        ChooseIss(now);
        PrepareFastOpen(Math.Min(octets.Length, _sendRing.Room), now);
        if (_context.Settings.IsFreeBsd) return BeginAsFreeBsd(octets);
        _synData = _sendRing.Write(octets[.._synData]);
        Snd.PushEnd = _sendRing.End;
        _isSynDue = true;
        _context.Touch(this);
        return _synData;
    }

    /// <summary>What the SYN does not take along follows it: FreeBSD takes all that there is room for.</summary>
    private int BeginAsFreeBsd(ReadOnlySpan<byte> octets)
    {
        int taken = _sendRing.Write(octets[..Math.Min(octets.Length, _sendRing.Room)]);
        Snd.PushEnd = _sendRing.End;
        _isSynDue = true;
        _context.Touch(this);
        return taken;
    }

    /// <summary>Why no data went with the SYN, or went in vain: tcpi_fastopen_client_fail.</summary>
    public FastOpenFailure FastOpenFailure { get; private set; }

    private bool MayFastOpen => (_context.Settings.FastOpen & TcpFastOpenModes.Client) != 0
        && (!_context.Settings.IsFreeBsd || (Options.FastOpenQueue > 0 && !Options.NoOptions));

    private bool NeedsNoCookie => Options.FastOpenNoCookie || (_context.Settings.FastOpen & TcpFastOpenModes.ClientWithoutCookie) != 0;

    /// <summary>Connect of a socket with TCP_FASTOPEN_CONNECT: with a cookie the SYN waits for data, without one it asks for one.</summary>
    private void PrepareDeferred(Timestamp now)
    {
        if (!MayFastOpen || IsHoleSuspected(now)) return;
        FastOpenPeer known = _context.FastOpenPeers.Find(PeerAddress, now);
        if (known.Kind != FastOpenKind.None && (!known.Cookie.IsEmpty || NeedsNoCookie))
        {
            (_isSynHeld, _isSynDue) = (true, false);
            Notes.DeferredRoom = SynRoom(known, now);
            return;
        }

        FastOpenFailure = FastOpenFailure.CookieUnavailable;
        _synOption = known.Kind;
    }

    /// <summary>Chooses what the first SYN takes along.</summary>
    private void PrepareFastOpen(int octets, Timestamp now)
    {
        if (!MayFastOpen || IsHoleSuspected(now)) return;
        FastOpenPeer known = _context.FastOpenPeers.Find(PeerAddress, now);
        if (known.Kind == FastOpenKind.None) return;
        bool mayCarry = !known.Cookie.IsEmpty || NeedsNoCookie;
        _synOption = known.Cookie.IsEmpty && NeedsNoCookie ? FastOpenKind.None : known.Kind;
        _carriesData = mayCarry;
        if (mayCarry) _synData = Math.Min(octets, SynRoom(known, now));
        else FastOpenFailure = FastOpenFailure.CookieUnavailable;
    }

    // Linux takes the peer's MSS for as large as its own until it has said otherwise.
    private int SynRoom(in FastOpenPeer known, Timestamp now)
    {
        int largest = LinkMss(now);
        int mss = known.Mss > 0 ? Math.Min(largest, known.Mss) : _context.Settings.IsFreeBsd ? Math.Min(largest, AgreedOptions.DefaultMssV4) : largest;
        return Math.Max(0, mss - RoomForOptions(now));
    }

    /// <summary>The path takes no packet as large as the SYN was: it goes again at once, without its data. RFC 7413 §4.2.1.</summary>
    private void LightenSyn(Timestamp now)
    {
        if (_synData == 0 || _synRetries > 0 || _context.Settings.IsFreeBsd || LinkMss(now) - RoomForOptions(now) >= _synData) return;
        _synRetries++;
        _context.Counters.Count(Doors.Counter.TcpRetransSegs);
        _isSynDue = true;
        _context.Touch(this);
    }

    private bool IsHoleSuspected(Timestamp now)
    {
        if (_context.Settings.IsFreeBsd) return false;
        return _context.FastOpenHoles.IsSuspected(_context.Settings.FastOpenHoleTime, now, out _isFastOpenTrial);
    }

    /// <summary>A connection whose SYN was to open it fast ends: a FIN alone beyond a gap, and no data, says that something on the path ate it.</summary>
    private void JudgeFastOpen()
    {
        if (_context.Settings.IsFreeBsd || (_synOption == FastOpenKind.None && _synData == 0)) return;
        if (_received.DataSegments > 0)
        {
            if (_isFastOpenTrial) _context.FastOpenHoles.Clear();
        }
        else if (IsSynchronized && _hasFin && Rcv.Nxt <= Rcv.Fin)
        {
            _context.FastOpenHoles.Suspect(_lastHeard);
        }
    }

    /// <summary>A timeout: the third in a row, or the last, may mean that the path drops what was opened fast.</summary>
    private void JudgeTimeout(int timeouts, bool isLast, Timestamp now)
    {
        if (_context.Settings.IsFreeBsd || (_synOption == FastOpenKind.None && _synData == 0)) return;
        if (timeouts == MostTimeouts || (timeouts < MostTimeouts && isLast)) _context.FastOpenHoles.Suspect(now);
    }

    private bool _isFastOpenTrial;      // the first that is opened fast after a rest

    private const int MostTimeouts = 2;

    // FreeBSD leaves as much as its own options take.
    private int RoomForOptions(Timestamp now)
    {
        if (!_context.Settings.IsFreeBsd) return MostOptions;
        Span<byte> scratch = stackalloc byte[Wire.TcpOptionWriter.MaxLength];
        return WithFastOpen(Offer, now).Write(scratch, _context.Settings.Profile, 0, 0);
    }

    private SynOffer WithFastOpen(SynOffer offer, Timestamp now)
    {
        if (_synOption == FastOpenKind.None || _synRetries > 0) return offer;
        return offer with { FastOpen = _synOption, Cookie = _context.FastOpenPeers.Find(PeerAddress, now).Cookie };
    }

    /// <summary>The SYN-ACK tells what came of it; text that it does not acknowledge goes again, as if it was new.</summary>
    private void OnFastOpenAnswer(SequenceNumber ack, Timestamp now)
    {
        if (_synOption == FastOpenKind.None && _synData == 0) return;
        bool isAllAcked = ack == Snd.Nxt;
        IsSynDataAcknowledged = _synData > 0 && ack - Snd.Iss > 1 && (isAllAcked || _context.Settings.IsFreeBsd);
        if (_synData > 0 && !isAllAcked) FastOpenFailure = _synRetries > 0 ? FastOpenFailure.SynRetransmitted : FastOpenFailure.DataNotAcknowledged;
        if (_synOption != FastOpenKind.None && _context.Settings.IsFreeBsd)
        {
            LearnAsFreeBsd(now);
        }
        else if (!_context.Settings.IsFreeBsd)
        {
            _context.FastOpenPeers.Learn(
                PeerAddress,
                new FastOpenResult
                {
                    Kind = _synOption,
                    Cookie = Notes.PeerOffer.Cookie,
                    CookieKind = Notes.PeerOffer.FastOpen,
                    Mss = Notes.PeerOffer.Mss,
                    HadData = _synData > 0,
                    SynWasLost = _synRetries > 0,
                });
        }

        _marks?.OnAcknowledged(ack, _user, now);
        _sendRing.Acknowledge(ack);
        Snd.Nxt = ack;
    }

    /// <summary>
    /// A cookie of a length that cookies have is kept; where one was asked for, anything else means plain SYNs for a while. One that is
    /// there already stays, as RFC 7413 has it.
    /// </summary>
    private void LearnAsFreeBsd(Timestamp now)
    {
        SynOffer peer = Notes.PeerOffer;
        bool isGranted = peer.FastOpen == FastOpenKind.Standard && !peer.HasBadCookie && !peer.Cookie.IsEmpty;
        if (isGranted)
        {
            ushort mss = peer.Mss != 0 ? peer.Mss : (ushort)_agreed.Mss;
            _context.FastOpenPeers.Learn(
                PeerAddress, new FastOpenResult { Kind = FastOpenKind.Standard, Cookie = peer.Cookie, CookieKind = FastOpenKind.Standard, Mss = mss });
        }
        else if (_context.FastOpenPeers.Find(PeerAddress, now).Cookie.IsEmpty)
        {
            _context.FastOpenPeers.Disable(PeerAddress, now, _context.Settings.FastOpenRest);
        }
    }

    private InetAddress PeerAddress => Binding.RemoteAddress.Unmap();

    private const int MostOptions = 40;      // room for whatever options something on the way adds
}
