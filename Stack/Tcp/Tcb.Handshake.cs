using System.Net.NetworkInformation;
using UserNet.Addressing;
using UserNet.Buffers;
using UserNet.Doors;
using UserNet.Errors;
using UserNet.Time;
using UserNet.Wire;
using static System.Net.NetworkInformation.TcpState;

namespace UserNet.Tcp;

// Opening: active, passive, and both at once. RFC 9293 §3.5.
internal sealed partial class Tcb
{
    private static readonly TimeSpan AgainAfterOldAck = TimeSpan.FromMilliseconds(2);      // TCP_TIMEOUT_MIN

    private AgreedOptions _agreed;
    private HandshakeNotes? _notes;       // as long as the handshake lasts
    private byte _synRetries, _synsSentAgain;      // timeouts; and how often a SYN or SYN-ACK was sent again, for whatever reason
    private bool _isSynDue;               // a SYN or SYN-ACK is to be sent

    /// <summary>What both sides agreed on.</summary>
    public ref readonly AgreedOptions Agreed => ref _agreed;

    /// <summary>Active open: the bind table has both ends already, in state SYN-SENT. RFC 9293 §3.10.1.</summary>
    /// <remarks>With TCP_FASTOPEN_CONNECT and a cookie for the peer, the SYN waits for the first write: RFC 7413 §4.2.</remarks>
    public void Connect(Timestamp now)
    {
        ChooseIss(now);
        _isSynDue = true;
        if (_context.Settings.IsFreeBsd) PrepareFastOpen(0, now);
        else if (Options.FastOpenConnect) PrepareDeferred(now);
        _context.Touch(this);
    }

    private void ChooseIss(Timestamp now)
    {
        Snd.Iss = _context.TakeReopening() ?? _context.Isns.Next(LocalEnd, RemoteEnd, now);
        Snd.Una = Snd.Nxt = Snd.Up = Snd.Iss;
        Snd.SmallEnd = Snd.Iss;
        Snd.PushEnd = Snd.Iss + 1;
        _sendRing.Start(Snd.Iss + 1);
        Mss = SmallestMss;
        TuneSendBuffer();
        _timestampOffset = _context.Isns.TimestampOffset(LocalEnd, RemoteEnd);
        ChooseWindow();
    }

    /// <summary>Takes the peer's initial number and options.</summary>
    private void TakeSyn(SequenceNumber isn, in SynOffer offer, in TcpOptionValues options, Timestamp now)
    {
        Rcv.Irs = isn;
        Rcv.Nxt = Rcv.Irs + 1;
        Rcv.Up = Rcv.Nxt;
        Rcv.Edge = Rcv.Nxt + FirstWindow;
        Rcv.LastAckSent = Rcv.Nxt;
        _receiveRing.Limit = int.MaxValue;      // what exceeds the window is cut off before
        _receiveRing.Start(Rcv.Nxt);
        Notes.PeerOffer = offer;
        bool mayAgree = !_context.Settings.IsFreeBsd || Offer.Timestamps;
        if (options.HasTimestamps && mayAgree) _recent.Take(options.TimestampValue, now);
    }

    private HandshakeNotes Notes => _notes ??= new HandshakeNotes();

    private SynOffer AnswerTo(HandshakeNotes notes) =>
        Offer.AnswerTo(notes.PeerOffer) with { FastOpen = BringsCookie ? notes.GrantedKind : FastOpenKind.None, Cookie = notes.Granted };

    // Linux tells of a cookie once: its SYN-ACK may have been lost for it.
    private bool BringsCookie => Snd.Nxt == Snd.Iss || _context.Settings.IsFreeBsd;

    // Linux says again all that its SYN did, whatever the other SYN had.
    private SynOffer CrossedAnswer(HandshakeNotes notes) =>
        AnswerTo(notes) with { WindowScale = Offer.WindowScale, Sack = Offer.Sack, Timestamps = Offer.Timestamps };

    private void Agree()
    {
        SynOffer own = Offer;
        // FreeBSD takes an answer that speaks of ECN as one, whether it asked or not.
        if (_context.Settings is { IsFreeBsd: true, Ecn: not TcpEcnMode.Off } && State == SynSent) own = own with { Ecn = true };
        _agreed = AgreedOptions.Of(own, Notes.PeerOffer, DefaultMss);
        if (!_context.Settings.IsFreeBsd && Options.MaxSegment > 0 && Notes.PeerOffer.Mss != 0 && CookieMss == 0)
            _agreed = _agreed with { Mss = Math.Min(_agreed.Mss, Options.MaxSegment) };
        Mss = SegmentLimit(default);
        // Without scaling the header can't say how much room there is; as much is taken all the same, as in Linux.
        int most = CountsPackets ? int.MaxValue : ushort.MaxValue << _agreed.ReceiveScale;
        Rcv.Edge = Rcv.Nxt + Math.Min(InitialRoom, most);
    }

    /// <summary>SEGMENT ARRIVES in SYN-SENT. RFC 9293 §3.10.7.3.</summary>
    private DropReason OnSegmentInSynSent(in TcpSegment segment, in TcpOptionValues options, byte ecn, Timestamp now)
    {
        var ack = new SequenceNumber(segment.AckNumber);
        bool hasAck = segment.Has(TcpFlags.Ack), isFreeBsd = _context.Settings.IsFreeBsd;
        if (isFreeBsd && _context.Settings.DropsSynFin && segment.Has(TcpFlags.Syn) && segment.Has(TcpFlags.Fin)) return DropReason.TcpUnexpected;
        if (hasAck && (ack <= Snd.Iss || ack > Snd.Nxt))
        {
            if (!segment.Has(TcpFlags.Rst)) SendReset(ack, now);
            // An old connection's end answered, as in TIME-WAIT, and is gone by the reset: Linux does not wait to try again.
            if (_synRetries == 0 && _context.Settings.Profile.SynBackoff == TcpSynBackoff.LinearFirst) _timers[TcpTimer.Retransmission] = now + AgainAfterOldAck;
            return DropReason.TcpUnacceptableAck;
        }

        if (segment.Has(TcpFlags.Rst))
        {
            if (!hasAck) return DropReason.TcpUnacceptableReset;
            Fail(Errno.ECONNREFUSED);
            return DropReason.None;
        }

        if (!segment.Has(TcpFlags.Syn)) return DropReason.TcpUnexpected;
        if (_octets is not null) _octets.HasUnknownMss = options.Mss is null;
        TakeSyn(new SequenceNumber(segment.SequenceNumber), SynOffer.From(options, segment.Flags), options, now);
        Agree();
        Snd.Wnd = Snd.MaxWnd = segment.Window;      // never scaled in a SYN
        (Snd.Wl1, Snd.Wl2) = (Rcv.Irs, ack);
        if (!hasAck)
        {
            OnEcnOfSyn(segment, ecn);
            // Linux scales its own windows from then on, whatever the other SYN had.
            if (!isFreeBsd) _agreed = _agreed with { ReceiveScale = Offer.WindowScale ?? 0 };
            Happened(TcpEvent.SynArrived);
            _isSynDue = true;
            if (!isFreeBsd) _synRetries = 0;
            return DropReason.None;
        }

        OnEcnOfSynAck(segment, options, ecn);
        SequenceNumber sent = Snd.Nxt;
        bool takesText = (_synOption != FastOpenKind.None || _synData > 0) && ack == Snd.Nxt;
        OnFastOpenAnswer(ack, now);
        Snd.Una = ack;
        _accounts.ControlsAcked++;
        bool isWritePending = Notes.IsWritePending, wasLost = _synRetries > 0;
        Happened(TcpEvent.SynAckArrived);
        Establish(options, now);
        if (!isFreeBsd) BeginAfterLoss(wasLost, ack, sent);
        if (_isFinQueued) Happened(TcpEvent.UserClosed);      // shut before it was connected, as in FreeBSD
        AckSynAck(isWritePending, now);
        if (isFreeBsd) return OnTextOfSynAck(segment, now);
        // Linux takes what comes with the SYN-ACK where it has spoken of Fast Open, and all that it has sent got through.
        if (!takesText) return DropReason.None;
        IsSynDataAcknowledged |= !segment.Payload.IsEmpty;
        return OnContent(segment, options, Rcv.Nxt, ecn, now);
    }

    // Without SACK the loss of a SYN lasts until more than that is acknowledged; data of the SYN that was not goes again as what was lost.
    private void BeginAfterLoss(bool wasLost, SequenceNumber ack, SequenceNumber sent)
    {
        if (ack != sent || (wasLost && !_agreed.Sack)) _recovery.BeginInLoss(wasLost ? ack : sent);
        if (ack == sent) return;
        Began.SynDataAgain = sent - ack;
        _synsSentAgain += (byte)SegmentsIn(sent - ack, Mss);
    }

    /// <summary>
    /// Data that is about to follow takes the acknowledgment of the SYN-ACK along, as in Linux: where a call waits to write, where
    /// TCP_DEFER_ACCEPT says so, where TCP_QUICKACK is off.
    /// </summary>
    private void AckSynAck(bool isWritePending, Timestamp now)
    {
        bool mayWait = !_context.Settings.IsFreeBsd && (isWritePending || Options.DeferAccept > TimeSpan.Zero || _acks.IsInteractive);
        if (!mayWait)
        {
            _ackNow = true;
            return;
        }

        _acks.OnOther();
        _acks.BeginQuick(Rcv.Wnd, _context.Settings.Profile);
        _timers[TcpTimer.DelayedAck] = now + _context.Settings.Profile.DelayedAckMax;
    }

    /// <summary>A call waits for the handshake to send what it has.</summary>
    public bool IsWritePending
    {
        set => Notes.IsWritePending = value;
    }

    /// <summary>The handshake is over: data may flow.</summary>
    private void Establish(in TcpOptionValues options, Timestamp now)
    {
        _timers.Stop(TcpTimer.Retransmission);
        if (_path.Metrics?.ShortestTimeout is { } shortest) _recovery.Tune(RecoveryFor(_context.Settings, Options, shortest));
        if (!_isFastOpened)
        {
            // Linux finds the size of who was called before it begins to search, and again only when there is a reason.
            bool wasCalled = _pendingIn is not null;
            if (!wasCalled) BeginMtuSearch(now);
            Mss = SegmentLimit(now);
            _followedMtu = _path.MtuAt(now);
            if (wasCalled) BeginMtuSearch(now);
            bool isOriginal = _synRetries > 0 && WhenSent(options, now) is { } sent && sent < Notes.SynSentAt && sent - _probingSince < Tick;
            isOriginal |= IsSynDataAcknowledged && !_context.Settings.IsFreeBsd;      // the first SYN alone had it
            _recovery.Start(RecoveryOptionsOf(isOriginal), Snd.Una, now);
        }
        else if (!_context.Settings.IsFreeBsd)
        {
            FollowPath(now);
        }

        if (_octets is not null) StartSending(now);

        _recovery.OnZeroWindow(Snd.Wnd == 0);
        if (_context.Settings.IsFreeBsd) SampleAsFreeBsd(options, now);
        else if (_synsSentAgain == 0 && !Notes.IsRestored) _recovery.SampleHandshake(now - Notes.SynSentAt, now);
        else if (WhenSent(options, now) is { } echoed) _recovery.SampleHandshake(now - echoed, now);
        else _recovery.Rtt.FallBack();
        if (_pendingIn is null && SynBackoff > 0 && !_recovery.Rtt.HasSample) Began.SynBackoff = (byte)SynBackoff;
        (_synRetries, _probingSince, _softError) = (0, default, Errno.Success);
        _notes = null;
        TuneSendBuffer();
        StartReceiving(now);
        _path.Confirm(now);
        RestartKeepAlive(now);
        Tell(TcpNews.Connected | TcpNews.Writable);
    }

    private RecoveryOptions RecoveryOptionsOf(bool firstSynArrived) => new()
    {
        Sack = _agreed.Sack,
        Timestamps = _agreed.Timestamps,
        Mss = Mss,
        Algorithm = Options.Congestion ?? _context.Settings.Congestion,
        // More than one SYN was lost, and the peer does not say that it had the first: RFC 5681 §3.1, as Linux does it.
        InitialWindow = _synsSentAgain > 1 && _synRetries > 0 && !firstSynArrived ? 1 : _path.Metrics?.InitialWindow ?? _context.Settings.InitialWindow,
    };

    private void EmitSyn(Timestamp now)
    {
        _isSynDue = false;
        bool isAnswer = State == SynReceived;
        if (_isSynHeld)
        {
            _isSynHeld = false;
            PrepareFastOpen(_sendRing.Count, now);
        }

        bool isCrossed = isAnswer && _pendingIn is null;      // the time that a connect may take has begun with the SYN
        if (_synRetries == 0 && !(isCrossed && _context.Settings.IsFreeBsd)) _probingSince = now;
        Notes.SynSentAt = now;
        Span<byte> options = stackalloc byte[TcpOptionWriter.MaxLength];
        SynOffer answer = isCrossed && !_context.Settings.IsFreeBsd ? CrossedAnswer(Notes) : isAnswer ? AnswerTo(Notes) : default;
        SynOffer offer = WithEcn(isAnswer ? answer : WithFastOpen(Offer, now), isAnswer);
        int length = offer.Write(options, _context.Settings.Profile, Clock(now), isAnswer ? _recent.Value : 0);
        Notes.LastStamp = Clock(now);
        if (!isAnswer) (Notes.ExpectedMss, _ownMss) = ((ushort)ExpectedMss(now), OwnMss);
        if (Snd.Nxt == Snd.Iss) Notes.FirstStamp = Notes.LastStamp;
        else if (IsRequest || _synRetries > 0) _synsSentAgain++;
        int octets = isAnswer || _synRetries > 0 ? 0 : _synData;
        PacketBuffer packet = _context.Packets.Rent(octets);
        if (octets > 0) _sendRing.Copy(Snd.Iss + 1, packet.Append(octets));
        TcpFlags flags = (isAnswer ? TcpFlags.Syn | TcpFlags.Ack : TcpFlags.Syn) | offer.EcnFlags(isAnswer, _ecn?.SeenOnSyn ?? EcnCodes.NotEct);
        if (isAnswer && _context.Settings.IsFreeBsd) Notes.GrantedKind = FastOpenKind.None;      // said once
        Snd.Nxt = SequenceNumber.Max(Snd.Nxt, Snd.Iss + 1 + octets);
        Seal(packet, Snd.Iss, flags, FirstWindow, options[..length], now);
        if (octets > 0) _marks?.OnSent(Snd.Iss + 1, octets, octets, _path.IpHeaderLength + TcpHeader.Length + options.Length, _user, now);
        _isTooBig = false;
        bool keepsTimer = _isFastOpened && IsRequest && _timers.IsSet(TcpTimer.Retransmission);      // another SYN moves it not, where text may be in flight
        if (!keepsTimer) _timers[TcpTimer.Retransmission] = SynDue(now, isAnswer);
    }

    private Timestamp SynDue(Timestamp now, bool isAnswer)
    {
        Timestamp due = now + _context.Settings.SynTimeout(_synRetries, isAnswer, MaxTimeout);
        if (SynTimeLimit is { } limit) due = Timestamp.Min(due, _probingSince + limit);
        if (UserTimeout == TimeSpan.Zero || (_synRetries == 0 && _octets is null) || _pendingIn is not null) return due;
        return Timestamp.Min(due, Timestamp.Max(_probingSince + UserTimeout, now + Tick));
    }

    /// <summary>A SYN or SYN-ACK was not answered.</summary>
    private void OnSynTimeout(Timestamp now)
    {
        if (IsRequest && !_isFastOpened)
        {
            OnRequestTimeout(_pendingIn!, now);
            return;
        }

        bool isLast = IsSynGivenUp(now);
        JudgeTimeout(_synRetries, isLast, now);
        if (isLast)
        {
            if (_pendingIn is null) GiveUp(now);
            else Leave();
            return;
        }

        _synRetries++;
        if (_synRetries > 1) _path.Doubt(now);
        _context.Counters.Count(Counter.TcpRetransSegs);
        _isSynDue = true;
    }

    private bool IsSynGivenUp(Timestamp now)
    {
        TcpSettings settings = _context.Settings;
        int extra = _isFastOpened && !settings.IsFreeBsd ? 1 : 0;      // who was taken early is given one more try
        if (_pendingIn is not null) return _synRetries >= (Options.SynRetries ?? (settings.SynAckRetries + extra));
        int limit = Options.SynRetries ?? settings.SynRetries;
        bool isLinear = State == SynSent && settings.Profile.SynBackoff == TcpSynBackoff.LinearFirst;
        if (_synRetries >= limit + (isLinear ? settings.SynLinearTimeouts : 0)) return true;
        TimeSpan waited = now - _probingSince;
        if (isLinear && waited >= DoublingsLast(limit)) return true;
        if (SynTimeLimit is { } most && waited >= most) return true;
        return UserTimeout > TimeSpan.Zero && (_synRetries > 0 || _octets is not null) && waited >= UserTimeout;
    }

    // Linear timeouts are more tries in the same time, as long as that many doublings take.
    private TimeSpan DoublingsLast(int retries)
    {
        TimeSpan sum = TimeSpan.Zero;
        for (int i = 0; i <= retries; i++) sum += _context.Settings.SynTimeout(i, isAnswer: true);
        return sum;
    }

    // How long a connect may take at most. A listener's child has its tries, and no more.
    private TimeSpan? SynTimeLimit =>
        State == SynSent || (_context.Settings.IsFreeBsd && _pendingIn is null) ? Options.SynTimeLimit ?? _context.Settings.SynTimeLimit : null;

    private InetEndpoint LocalEnd => new(Binding.LocalAddress, Binding.Port);

    private InetEndpoint RemoteEnd => new(Binding.RemoteAddress, Binding.RemotePort);
}

/// <summary>What a connection has to know of the two SYNs until the handshake is over.</summary>
internal sealed class HandshakeNotes
{
    /// <summary>What the peer's SYN said.</summary>
    public SynOffer PeerOffer { get; set; }

    /// <summary>When the peer's SYN came, of a listener's child; when this host's SYN or SYN-ACK left last.</summary>
    public Timestamp SynArrivedAt, SynSentAt;

    /// <summary>Octets that the SYN has room for which waits for the first write.</summary>
    public int DeferredRoom { get; set; }

    /// <summary>A call waits for the handshake to send what it has.</summary>
    public bool IsWritePending { get; set; }

    /// <summary>A cookie brought it back: there was no SYN-ACK that anything is known of.</summary>
    public bool IsRestored { get; set; }

    /// <summary>The SYN-ACK was acknowledged, which was not enough.</summary>
    public bool IsAcknowledged { get; set; }

    /// <summary>What the peer was expected to take when the SYN left, octets.</summary>
    public ushort ExpectedMss { get; set; }

    /// <summary>The timestamps of the first and the last SYN-ACK.</summary>
    public uint FirstStamp, LastStamp;

    /// <summary>When a segment that can't be taken was answered last; Zero for never.</summary>
    public Timestamp LastOddAnswer;

    /// <summary>The SYN-ACK brings the caller a cookie. RFC 7413 §4.1.2.</summary>
    public FastOpenKind GrantedKind { get; set; }

    /// <summary>Which.</summary>
    public FastOpenCookie Granted { get; set; }
}
