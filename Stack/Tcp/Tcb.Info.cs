using System.Net.NetworkInformation;
using UserNet.Time;

namespace UserNet.Tcp;

// What can be seen of a connection from outside.
internal sealed partial class Tcb
{
    private ReceiveAccounts _received;

    /// <summary>TCP_INFO.</summary>
    public TcpInfo Snapshot(Timestamp now) => new()
    {
        State = State,
        CongestionState = (int)_recovery.State,
        Retransmits = State is TcpState.SynSent or TcpState.SynReceived ? _synRetries : _recovery.Timeouts,
        Probes = _probes,
        Backoff = Backoff,
        Options = InfoOptions,
        SendWindowScale = _agreed.SendScale,
        ReceiveWindowScale = _agreed.ReceiveScale,
        RetransmissionTimeout = _recovery.Rtt.Timeout,
        AckTimeout = _acks.Wait,
        SendMss = Mss,
        ReceiveMss = _acks.SegmentSize,
        Unacked = _recovery.SegmentsOut,
        Sacked = _recovery.SegmentsSacked,
        Lost = _recovery.SegmentsLost,
        Retrans = _recovery.SegmentsRetransmitted,
        LastDataSent = Since(_recovery.LastSentAt, now),
        LastDataReceived = Since(_acks.LastData, now),
        LastAckReceived = Since(_lastHeard, now),
        PathMtu = _path.MtuAt(now),
        ReceiveThreshold = _tuning.Threshold,
        RoundTripTime = _recovery.Rtt.Smoothed,
        RoundTripVariation = _recovery.Rtt.Deviation,
        SlowStartThreshold = _recovery.SlowStartThreshold,
        CongestionWindow = _recovery.Window,
        AdvertisedMss = Offer.Mss,
        Reordering = _recovery.Reordering,
        TotalRetrans = (int)_recovery.TotalRetransmissions,
        BytesAcked = _accounts.OctetsAcked,
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
        ReceiveWindow = IsSynchronized ? Offered : 0,
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
