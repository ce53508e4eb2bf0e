using UserNet.Time;
using static System.Net.NetworkInformation.TcpState;

namespace UserNet.Tcp;

// What can be seen of a connection from outside.
internal sealed partial class Tcb
{
    private TcpTally _tally;

    /// <summary>TCP_INFO.</summary>
    public TcpInfo Snapshot(Timestamp now) => new()
    {
        State = State,
        Probes = _probes,
        CongestionState = (int)_recovery.State,
        Retransmits = State is SynSent or SynReceived ? _synRetries : _recovery.Timeouts,
        Backoff = Backoff,
        Options = (_agreed.Timestamps ? TcpInfoOptions.Timestamps : 0) | (_agreed.Sack ? TcpInfoOptions.Sack : 0)
            | (_agreed.Scaling ? TcpInfoOptions.WindowScale : 0) | (_agreed.Ecn ? TcpInfoOptions.Ecn : 0),
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
        RoundTripTime = _recovery.Rtt.Smoothed,
        RoundTripVariation = _recovery.Rtt.Variation,
        MinRoundTripTime = _recovery.MinRtt ?? default,
        SlowStartThreshold = _recovery.SlowStartThreshold,
        CongestionWindow = _recovery.Window,
        Reordering = _recovery.Reordering,
        ReorderingSeen = _recovery.ReorderingSeen,
        Delivered = (int)_recovery.Delivered,
        DeliveredCe = (int)_recovery.DeliveredMarked,
        DuplicateSacks = (int)_recovery.DsackDuplicates,
        BusyTime = _accounts.Busy(now),
        ReceiveWindowLimited = _accounts.PeerWindowLimited(now),
        SendBufferLimited = _accounts.SendBufferLimited(now),
        AdvertisedMss = Math.Max(0, _path.MtuAt(now) - _path.IpHeaderLength - Wire.TcpHeader.Length),
        PathMtu = _path.MtuAt(now),
        LastDataSent = _accounts.DataSegments == 0 ? default : now - _recovery.LastSentAt,
        LastDataReceived = _tally.LastDataIn == default ? default : now - _tally.LastDataIn,
        LastAckReceived = _lastHeard == default ? default : now - _lastHeard,
        TotalRetrans = (int)_recovery.TotalRetransmissions,
        BytesAcked = _accounts.OctetsAcked,
        BytesReceived = _tally.OctetsIn,
        BytesSent = _accounts.OctetsSent,
        BytesRetrans = _recovery.RetransmittedOctets,
        SegmentsOut = (int)_accounts.Segments,
        SegmentsIn = _tally.SegmentsIn,
        DataSegmentsIn = _tally.DataIn,
        DataSegmentsOut = (int)_accounts.DataSegments,
        NotSent = IsSynchronized && !IsGone ? Math.Max(0, _sendRing.End - Snd.Nxt) : 0,
        SendWindow = Snd.Wnd,
        ReceiveWindow = IsSynchronized ? Rcv.Wnd : 0,
    };

    /// <summary>IP_MTU: what fits the path in one packet.</summary>
    public int PathMtu(Timestamp now) => _path.MtuAt(now);

    /// <summary>TCP_TIMESTAMP: what a segment's timestamp would say now.</summary>
    public uint TimestampAt(Timestamp now) => Clock(now);
}

/// <summary>What a connection has received: of TCP_INFO what nothing else needs to know.</summary>
internal struct TcpTally
{
    public long OctetsIn;
    public int SegmentsIn, DataIn;
    public Timestamp LastDataIn;

    public void Received(int octets, Timestamp now)
    {
        DataIn++;
        OctetsIn += octets;
        LastDataIn = now;
    }
}
