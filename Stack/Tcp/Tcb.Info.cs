using UserNet.Time;

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
        Options = (_agreed.Timestamps ? TcpInfoOptions.Timestamps : 0) | (_agreed.Sack ? TcpInfoOptions.Sack : 0)
            | (_agreed.Scaling ? TcpInfoOptions.WindowScale : 0) | (_agreed.Ecn ? TcpInfoOptions.Ecn : 0),
        SendWindowScale = _agreed.SendScale,
        ReceiveWindowScale = _agreed.ReceiveScale,
        RetransmissionTimeout = _recovery.Rtt.Timeout,
        SendMss = Mss,
        AdvertisedMss = Math.Max(0, _path.MtuAt(now) - _path.IpHeaderLength - Wire.TcpHeader.Length),
        PathMtu = _path.MtuAt(now),
        LastDataSent = _tally.LastDataOut == default ? default : now - _tally.LastDataOut,
        LastDataReceived = _tally.LastDataIn == default ? default : now - _tally.LastDataIn,
        LastAckReceived = _lastHeard == default ? default : now - _lastHeard,
        CongestionState = (int)_recovery.State,
        Retransmits = _recovery.Timeouts,
        Backoff = _recovery.Backoff,
        Unacked = _recovery.SegmentsOut,
        Sacked = _recovery.SegmentsSacked,
        Lost = _recovery.SegmentsLost,
        Retrans = _recovery.SegmentsRetransmitted,
        RoundTripTime = _recovery.Rtt.Smoothed,
        RoundTripVariation = _recovery.Rtt.Variation,
        MinRoundTripTime = _recovery.MinRtt ?? TimeSpan.Zero,
        SlowStartThreshold = _recovery.SlowStartThreshold,
        CongestionWindow = _recovery.Window,
        Reordering = _recovery.Reordering,
        ReorderingSeen = _recovery.ReorderingSeen,
        Delivered = (int)_recovery.Delivered,
        DeliveredCe = (int)_recovery.DeliveredMarked,
        DuplicateSacks = (int)_recovery.DsackDuplicates,
        TotalRetrans = _tally.SegmentsAgain,
        BytesAcked = _tally.OctetsAcked,
        BytesReceived = _tally.OctetsIn,
        BytesSent = _tally.OctetsOut,
        BytesRetrans = _tally.OctetsAgain,
        SegmentsOut = _tally.SegmentsOut,
        SegmentsIn = _tally.SegmentsIn,
        DataSegmentsIn = _tally.DataIn,
        DataSegmentsOut = _tally.DataOut,
        NotSent = IsSynchronized && !IsGone ? Math.Max(0, _sendRing.End - Snd.Nxt) : 0,
        SendWindow = Snd.Wnd,
        ReceiveMss = _acks.SegmentSize,
        ReceiveThreshold = _tuning.Threshold,
        ReceiveWindow = IsSynchronized ? Rcv.Wnd : 0,
    };

    /// <summary>IP_MTU: what fits the path in one packet.</summary>
    public int PathMtu(Timestamp now) => _path.MtuAt(now);

    /// <summary>TCP_TIMESTAMP: what a segment's timestamp would say now.</summary>
    public uint TimestampAt(Timestamp now) => Clock(now);
}

/// <summary>What a connection has counted: of TCP_INFO what nothing else needs to know.</summary>
internal struct TcpTally
{
    public long OctetsIn, OctetsOut, OctetsAgain, OctetsAcked;
    public int SegmentsIn, SegmentsOut, SegmentsAgain, DataIn, DataOut;
    public Timestamp LastDataIn, LastDataOut;

    public void Sent(int octets, int mss, bool isRetransmission, Timestamp now)
    {
        if (octets == 0) return;
        int segments = Math.Max(1, (octets + mss - 1) / mss);
        OctetsOut += octets;
        DataOut += segments;
        LastDataOut = now;
        if (!isRetransmission) return;
        OctetsAgain += octets;
        SegmentsAgain += segments;
    }

    public void Received(int octets, Timestamp now)
    {
        DataIn++;
        OctetsIn += octets;
        LastDataIn = now;
    }
}
