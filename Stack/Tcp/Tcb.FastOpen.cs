using UserNet.Addressing;
using UserNet.Time;

namespace UserNet.Tcp;

// Data with the SYN, the caller's half. RFC 7413 §4.2.
internal sealed partial class Tcb
{
    private int _synData;              // octets of text that the first SYN had
    private FastOpenKind _synOption;   // the option that it had
    private bool _isSynHeld;           // the SYN waits for the first write

    /// <summary>True while connect has returned and the SYN waits for data to take along: TCP_FASTOPEN_CONNECT.</summary>
    public bool IsConnectDeferred => _isSynHeld && !IsGone;

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

    private bool MayFastOpen => (_context.Settings.FastOpen & TcpFastOpenModes.Client) != 0
        && (!_context.Settings.IsFreeBsd || (Options.FastOpenQueue > 0 && !Options.NoOptions));

    private bool NeedsNoCookie => Options.FastOpenNoCookie || (_context.Settings.FastOpen & TcpFastOpenModes.ClientWithoutCookie) != 0;

    /// <summary>Connect of a socket with TCP_FASTOPEN_CONNECT: with a cookie the SYN waits for data, without one it asks for one.</summary>
    private void PrepareDeferred(Timestamp now)
    {
        FastOpenPeer known = _context.FastOpenPeers.Find(PeerAddress, now);
        bool mayCarry = MayFastOpen && known.Kind != FastOpenKind.None && (!known.Cookie.IsEmpty || NeedsNoCookie);
        if (mayCarry) (_isSynHeld, _isSynDue) = (true, false);
        else if (MayFastOpen) _synOption = known.Kind;
    }

    /// <summary>Chooses what the first SYN takes along.</summary>
    private void PrepareFastOpen(int octets, Timestamp now)
    {
        if (!MayFastOpen) return;
        FastOpenPeer known = _context.FastOpenPeers.Find(PeerAddress, now);
        if (known.Kind == FastOpenKind.None) return;
        bool mayCarry = !known.Cookie.IsEmpty || NeedsNoCookie;
        _synOption = known.Cookie.IsEmpty && NeedsNoCookie ? FastOpenKind.None : known.Kind;
        if (!mayCarry) return;
        int mss = Math.Min(LinkMss(now), known.Mss > 0 ? known.Mss : AgreedOptions.DefaultMssV4);
        _synData = Math.Min(octets, Math.Max(0, mss - RoomForOptions(now)));
    }

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
        IsSynDataAcknowledged = _synData > 0 && ack - Snd.Iss > 1;
        bool isAllAcked = ack == Snd.Nxt;
        if (_synOption != FastOpenKind.None && _context.Settings.IsFreeBsd)
        {
            LearnAsFreeBsd(now);
        }
        else if (_synOption != FastOpenKind.None)
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
                    SynWasLost = _synRetries > 0 && Notes.PeerOffer.Cookie.IsEmpty && _synData > 0 && !isAllAcked,
                },
                now);
            if (Notes.PeerOffer.HasBadCookie) _context.FastOpenPeers.Disable(PeerAddress, now);
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
                PeerAddress, new FastOpenResult { Kind = FastOpenKind.Standard, Cookie = peer.Cookie, CookieKind = FastOpenKind.Standard, Mss = mss }, now);
        }
        else if (_context.FastOpenPeers.Find(PeerAddress, now).Cookie.IsEmpty)
        {
            _context.FastOpenPeers.Disable(PeerAddress, now);
        }
    }

    private InetAddress PeerAddress => Binding.RemoteAddress.Unmap();

    private const int MostOptions = 40;      // room for whatever options something on the way adds
}
