using System.Net.NetworkInformation;
using UserNet.Time;

namespace UserNet.Tcp;

// What can be seen of a connection from outside.
internal sealed partial class Tcb
{
    private ReceiveAccounts _received;

    /// <summary>TCP_INFO.</summary>
    public TcpInfo Snapshot(Timestamp now) => _octets is { } sender ? InfoAsFreeBsd(InfoOf(now), sender, now) : InfoOf(now);

    private TcpInfo InfoOf(Timestamp now) => new()
    {
        State = State,
        CongestionState = (int)(HasLostSyn ? Tcp.CongestionState.Loss : _recovery.State),
        Retransmits = State is TcpState.SynSent or TcpState.SynReceived || HasLostSyn ? _synRetries : _recovery.Timeouts,
        Probes = _probes,
        Backoff = HasSynOut ? SynBackoff : IsGone && !_context.Settings.IsFreeBsd ? 0 : Backoff + (_recovery.Rtt.HasSample || _context.Settings.IsFreeBsd ? 0 : _beginnings?.SynBackoff ?? 0),
        Options = InfoOptions,
        SendWindowScale = _agreed.SendScale,
        ReceiveWindowScale = _agreed.ReceiveScale,
        RetransmissionTimeout = _recovery.Rtt.Timeout,
        AckTimeout = _acks.Wait,
        SendMss = MssForInfo,
        ReceiveMss = _acks.SegmentSize,
        Unacked = HasSynOut ? SynSegments : _recovery.SegmentsOut,
        Sacked = _recovery.SegmentsSacked,
        Lost = HasSynOut && HasLostSyn ? SynSegments : _recovery.SegmentsLost,
        Retrans = HasSynOut && HasLostSyn ? 1 : _recovery.SegmentsRetransmitted,
        LastDataSent = Since(_recovery.LastSentAt, now),
        LastDataReceived = Since(_acks.LastData, now),
        LastAckReceived = Since(_lastHeard, now),
        PathMtu = _path.MtuAt(now),
        ReceiveThreshold = _tuning.Threshold,
        RoundTripTime = _recovery.Rtt.Smoothed,
        RoundTripVariation = _recovery.Rtt.Deviation,
        SlowStartThreshold = _recovery.SlowStartThreshold,
        CongestionWindow = HasLostSyn ? 1 : _recovery.Window,
        AdvertisedMss = _ownMss > 0 ? _ownMss : Offer.Mss,
        Reordering = _recovery.Reordering,
        TotalRetrans = (int)_recovery.TotalRetransmissions + _synsSentAgain,
        BytesAcked = _context.Settings.IsFreeBsd ? _accounts.OctetsAcked : _accounts.NumbersAcked,
        BytesReceived = _received.Octets,
        SegmentsOut = (int)_accounts.Segments,
        SegmentsIn = _received.Segments,
        NotSent = IsSynchronized && !IsGone ? Math.Max(0, _sendRing.End - Snd.Nxt) : 0,
        MinRoundTripTime = _recovery.MinRtt ?? TimeSpan.Zero,
        DataSegmentsIn = _received.DataSegments,
        DataSegmentsOut = (int)_accounts.DataSegments,
        BusyTime = _accounts.Busy(now),
        ReceiveWindowLimited = _accounts.PeerWindowLimited(now),
        SendBufferLimited = _accounts.SendBufferLimited(now),
        Delivered = (int)_recovery.Delivered + (IsSynchronized ? 1 : 0),      // the SYN counts
        DeliveredCe = _agreed.AccurateEcn ? (int)(_ecn?.DeliveredCe ?? 0) : (int)_recovery.DeliveredMarked,
        BytesSent = _accounts.OctetsSent,
        BytesRetrans = _recovery.RetransmittedOctets,
        DuplicateSacks = (int)_recovery.DsackDuplicates,
        ReorderingSeen = _recovery.ReorderingSeen,
        OutOfOrder = _received.OutOfOrder,
        SendWindow = Snd.Wnd,
        ReceiveWindow = IsSynchronized || _isFastOpened || (HasMet && !_context.Settings.IsFreeBsd) ? Math.Max(0, Offered) : HasSynLeft && !_context.Settings.IsFreeBsd ? InitialRoom : 0,
        ReceiveRoundTripTime = _tuning.RoundTrip,
        ReceiveSpace = _tuning.PerTrip,
        PacingRate = PacingRate,
        MaxPacingRate = Options.MaxPacingRate,
        ReceivedCe = _ecn?.ReceivedCe ?? 0,
        DeliveredEct1Bytes = _ecn?.DeliveredEct1Octets ?? 0,
        DeliveredEct0Bytes = _ecn?.DeliveredEct0Octets ?? 0,
        DeliveredCeBytes = _ecn?.DeliveredCeOctets ?? 0,
        ReceivedEct1Bytes = _ecn?.ReceivedEct1Octets ?? 0,
        ReceivedEct0Bytes = _ecn?.ReceivedEct0Octets ?? 0,
        ReceivedCeBytes = _ecn?.ReceivedCeOctets ?? 0,
        FastOpenFailure = (int)FastOpenFailure,
        EcnMode = _agreed.AccurateEcn ? 2 : _agreed.Ecn ? 1 : State == TcpState.SynSent && IsEcnAsked ? _context.Settings.Ecn == TcpEcnMode.OfferAccurate ? 3 : 1 : 0,
        EcnOptionSeen = (int)(_ecn?.OptionSeen ?? 0),
        EcnFailures = (int)(_ecn?.Failures ?? 0),
    };

    // FreeBSD tells windows in octets, and of segments how large they are with their options.
    private TcpInfo InfoAsFreeBsd(TcpInfo info, OctetSender sender, Timestamp now) => info with
    {
        CongestionState = sender.IsInFastRecovery ? 3 : sender.IsInCongestionRecovery ? 2 : 0,
        RetransmissionTimeout = TimeSpan.FromMilliseconds(sender.Rtt.Timeout),
        SendMss = IsSynchronized ? WholeSegment : DefaultMss,
        ReceiveMss = IsSynchronized ? WholeSegment : DefaultMss,
        Retransmits = IsSynchronized ? sender.Backoff : _synRetries,
        TotalRetrans = sender.Retransmissions,
        LastDataSent = sender.SentAt is { } sent ? now - sent : default,
        LastDataReceived = Since(_lastHeard, now),
        RoundTripTime = sender.Rtt.Smoothed,
        RoundTripVariation = sender.Rtt.Variation,
        SlowStartThreshold = sender.Threshold,
        CongestionWindow = sender.Window,
        ReceiveSpace = IsSynchronized ? ReceiveSpace : 0,
    };

    /// <summary>TCP_INFO of a socket that has no connection, as Linux has it: what one begins with, and what is left of the one before.</summary>
    public static TcpInfo InfoBefore(TcpSettings? settings, TcpInfo? last) => new()
    {
        State = TcpState.Closed,
        SendMss = last?.SendMss ?? AgreedOptions.DefaultMssV4,
        AdvertisedMss = last?.AdvertisedMss ?? 0,
        ReceiveWindow = last?.ReceiveWindow ?? 0,
        CongestionWindow = settings?.InitialWindow ?? 0,
        SlowStartThreshold = int.MaxValue,
        Reordering = settings?.Reordering ?? 0,
        RetransmissionTimeout = settings?.InitialTimeout ?? TimeSpan.Zero,
    };

    // To Linux a SYN is a segment in flight, and its timeout a loss.
    private bool HasSynOut => State is TcpState.SynSent && HasSynLeft && !_context.Settings.IsFreeBsd;

    private bool HasSynLeft => Snd.Nxt != Snd.Iss;

    // The peer has answered, be it that the connection is over.
    private bool HasMet => Mss != SmallestMss;

    private int SynBackoff => Math.Max(0, _synRetries - _context.Settings.SynLinearTimeouts);

    // Its data, or the room for it, is one of its own.
    private int SynSegments => _carriesData ? 2 : 1;

    private bool HasLostSyn => HasSynLeft && !HasMet && _synRetries > 0 && !_context.Settings.IsFreeBsd;

    /// <summary>What TCP_INFO and TCP_MAXSEG tell as the size of a segment: until the peer has said its own, the least that every host has.</summary>
    public int MssForInfo => _context.Settings.IsFreeBsd || HasMet ? Mss : HasSynLeft && _notes is not null ? _notes.ExpectedMss : AgreedOptions.DefaultMssV4;

    private int ExpectedMss(Timestamp now)
    {
        int most = _path.IpHeaderLength > Wire.Ipv4Header.Length ? AgreedOptions.DefaultMssV6 : AgreedOptions.DefaultMssV4;
        if (Options.MaxSegment > 0) most = Options.MaxSegment;
        if (_carriesData) most = _context.FastOpenPeers.Find(PeerAddress, now).Mss is > 0 and var known ? known : ushort.MaxValue;
        return Math.Min(most, LinkMss(now)) - (Offer.Timestamps ? TimestampsLength : 0);
    }

    // From its SYN on, as in Linux.
    private bool IsEcnAsked => State == TcpState.SynSent && _context.Settings.OffersEcn;

    private TcpInfoOptions InfoOptions =>
        (_agreed.Timestamps ? TcpInfoOptions.Timestamps : 0) | (_agreed.Sack ? TcpInfoOptions.Sack : 0)
        | (_agreed.Scaling ? TcpInfoOptions.WindowScale : 0) | (_agreed.Ecn || _agreed.AccurateEcn || IsEcnAsked ? TcpInfoOptions.Ecn : 0)
        | (_hasSeenEct ? TcpInfoOptions.EcnSeen : 0)
        | (_isFastOpened ? TcpInfoOptions.FastOpenChild : 0) | (IsSynDataAcknowledged ? TcpInfoOptions.SynData : 0);

    /// <summary>IP_MTU: what fits the path in one packet.</summary>
    public int PathMtu(Timestamp now) => _path.MtuAt(now);

    /// <summary>TCP_TIMESTAMP: what a segment's timestamp would say now.</summary>
    public uint TimestampAt(Timestamp now) => Clock(now);

    private static TimeSpan Since(Timestamp then, Timestamp now) => then == default ? default : now - then;
}

/// <summary>What a connection has received: the receiver's part of TCP_INFO.</summary>
internal struct ReceiveAccounts
{
    /// <summary>Octets in order.</summary>
    public long Octets;

    /// <summary>Segments that arrived, those with payload, and those of them that came before their turn.</summary>
    public int Segments, DataSegments, OutOfOrder;
}
