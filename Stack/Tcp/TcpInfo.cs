using System.Buffers.Binary;
using System.Net.NetworkInformation;

namespace UserNet.Tcp;

/// <summary>What was agreed on, and what happened, at a connection's beginning: the bits of tcpi_options.</summary>
[Flags]
public enum TcpInfoOptions : byte
{
    /// <summary>Nothing.</summary>
    None = 0,
    /// <summary>TCPI_OPT_TIMESTAMPS.</summary>
    Timestamps = 1,
    /// <summary>TCPI_OPT_SACK.</summary>
    Sack = 2,
    /// <summary>TCPI_OPT_WSCALE.</summary>
    WindowScale = 4,
    /// <summary>TCPI_OPT_ECN: both ends speak ECN.</summary>
    Ecn = 8,
    /// <summary>TCPI_OPT_ECN_SEEN: a packet came with an ECN mark.</summary>
    EcnSeen = 16,
    /// <summary>TCPI_OPT_SYN_DATA: the peer acknowledged data that went with the SYN.</summary>
    SynData = 32,
    /// <summary>TCPI_OPT_USEC_TS.</summary>
    MicrosecondTimestamps = 64,
    /// <summary>TCPI_OPT_TFO_CHILD: data came with the SYN.</summary>
    FastOpenChild = 128,
}

/// <summary>How a connection does, as TCP_INFO tells it on Linux: counts in segments, sizes in octets. With FreeBSD's rules windows are in octets too.</summary>
/// <remarks>A snapshot; any thread.</remarks>
public sealed record TcpInfo
{
    /// <summary>sizeof(struct tcp_info), as <see cref="Write"/> lays it out.</summary>
    public const int Length = 280;

    /// <summary>tcpi_state.</summary>
    public TcpState State { get; init; } = TcpState.Closed;

    /// <summary>tcpi_state as Linux counts: TCP_ESTABLISHED is 1, TCP_CLOSE 7, TCP_CLOSING 11.</summary>
    public int StateNumber => State switch
    {
        TcpState.Established => 1,
        TcpState.SynSent => 2,
        TcpState.SynReceived => 3,
        TcpState.FinWait1 => 4,
        TcpState.FinWait2 => 5,
        TcpState.TimeWait => 6,
        TcpState.CloseWait => 8,
        TcpState.LastAck => 9,
        TcpState.Listen => 10,
        TcpState.Closing => 11,
        _ => 7,
    };

    /// <summary>tcpi_ca_state: 0 open, 1 disorder, 2 reduced by ECN, 3 recovery, 4 loss.</summary>
    public int CongestionState { get; init; }

    /// <summary>tcpi_retransmits: timeouts since something was last acknowledged.</summary>
    public int Retransmits { get; init; }

    /// <summary>tcpi_probes: of a zero window or a silent peer, not answered.</summary>
    public int Probes { get; init; }

    /// <summary>tcpi_backoff: how often the timeout was doubled.</summary>
    public int Backoff { get; init; }

    /// <summary>tcpi_options.</summary>
    public TcpInfoOptions Options { get; init; }

    /// <summary>tcpi_snd_wscale: by how much the peer's windows are shifted. RFC 7323 §2.</summary>
    public int SendWindowScale { get; init; }

    /// <summary>tcpi_rcv_wscale: by how much our windows are shifted.</summary>
    public int ReceiveWindowScale { get; init; }

    /// <summary>
    /// tcpi_fastopen_client_fail: why no data went with the SYN, or went in vain: 0 it did not, 1 there was no cookie, 2 the SYN-ACK did not
    /// acknowledge it, 3 the SYN was sent again without it.
    /// </summary>
    public int FastOpenFailure { get; init; }

    /// <summary>tcpi_rto: the retransmission timeout; microseconds in the struct.</summary>
    public TimeSpan RetransmissionTimeout { get; init; }

    /// <summary>tcpi_ato: how long an acknowledgment may be delayed; microseconds in the struct.</summary>
    public TimeSpan AckTimeout { get; init; }

    /// <summary>tcpi_snd_mss.</summary>
    public int SendMss { get; init; }

    /// <summary>tcpi_rcv_mss: the largest segments that the peer seems to send.</summary>
    public int ReceiveMss { get; init; }

    /// <summary>tcpi_unacked: segments in flight; of a listener, how many connections wait.</summary>
    public int Unacked { get; init; }

    /// <summary>tcpi_sacked: segments that arrived beyond a hole; of a listener, its backlog.</summary>
    public int Sacked { get; init; }

    /// <summary>tcpi_lost: segments that are taken to be lost.</summary>
    public int Lost { get; init; }

    /// <summary>tcpi_retrans: segments that were sent again and are in flight.</summary>
    public int Retrans { get; init; }

    /// <summary>tcpi_last_data_sent: how long ago; milliseconds in the struct.</summary>
    public TimeSpan LastDataSent { get; init; }

    /// <summary>tcpi_last_data_recv: how long ago; milliseconds in the struct.</summary>
    public TimeSpan LastDataReceived { get; init; }

    /// <summary>tcpi_last_ack_recv: how long ago; milliseconds in the struct.</summary>
    public TimeSpan LastAckReceived { get; init; }

    /// <summary>tcpi_pmtu: the path's MTU, octets.</summary>
    public int PathMtu { get; init; }

    /// <summary>tcpi_rcv_ssthresh: how far the window may grow now.</summary>
    public int ReceiveThreshold { get; init; }

    /// <summary>tcpi_rtt: the smoothed round-trip time; microseconds in the struct.</summary>
    public TimeSpan RoundTripTime { get; init; }

    /// <summary>tcpi_rttvar; microseconds in the struct.</summary>
    public TimeSpan RoundTripVariation { get; init; }

    /// <summary>tcpi_snd_ssthresh, segments.</summary>
    public int SlowStartThreshold { get; init; } = int.MaxValue;

    /// <summary>tcpi_snd_cwnd, segments.</summary>
    public int CongestionWindow { get; init; }

    /// <summary>tcpi_advmss: what we told the peer that we take.</summary>
    public int AdvertisedMss { get; init; }

    /// <summary>tcpi_reordering: by how many segments the path seems to reorder.</summary>
    public int Reordering { get; init; }

    /// <summary>tcpi_total_retrans: segments sent again, in all.</summary>
    public int TotalRetrans { get; init; }

    /// <summary>tcpi_bytes_acked.</summary>
    public long BytesAcked { get; init; }

    /// <summary>tcpi_bytes_received.</summary>
    public long BytesReceived { get; init; }

    /// <summary>tcpi_segs_out.</summary>
    public int SegmentsOut { get; init; }

    /// <summary>tcpi_segs_in.</summary>
    public int SegmentsIn { get; init; }

    /// <summary>tcpi_notsent_bytes.</summary>
    public int NotSent { get; init; }

    /// <summary>tcpi_min_rtt; microseconds in the struct.</summary>
    public TimeSpan MinRoundTripTime { get; init; }

    /// <summary>tcpi_data_segs_in.</summary>
    public int DataSegmentsIn { get; init; }

    /// <summary>tcpi_data_segs_out.</summary>
    public int DataSegmentsOut { get; init; }

    /// <summary>tcpi_busy_time: for how long something was to be sent or in flight; microseconds in the struct.</summary>
    public TimeSpan BusyTime { get; init; }

    /// <summary>tcpi_rwnd_limited: for how long the peer's window held sending up; microseconds in the struct.</summary>
    public TimeSpan ReceiveWindowLimited { get; init; }

    /// <summary>tcpi_sndbuf_limited: for how long SO_SNDBUF held sending up; microseconds in the struct.</summary>
    public TimeSpan SendBufferLimited { get; init; }

    /// <summary>tcpi_delivered: segments that arrived.</summary>
    public int Delivered { get; init; }

    /// <summary>tcpi_delivered_ce: those that arrived marked.</summary>
    public int DeliveredCe { get; init; }

    /// <summary>tcpi_bytes_sent, those sent again included.</summary>
    public long BytesSent { get; init; }

    /// <summary>tcpi_bytes_retrans.</summary>
    public long BytesRetrans { get; init; }

    /// <summary>tcpi_dsack_dups: segments that the peer says it got twice.</summary>
    public int DuplicateSacks { get; init; }

    /// <summary>tcpi_reord_seen: how often the path was seen to reorder.</summary>
    public int ReorderingSeen { get; init; }

    /// <summary>tcpi_rcv_ooopack: segments that came out of order.</summary>
    public int OutOfOrder { get; init; }

    /// <summary>tcpi_snd_wnd: the window that the peer offers.</summary>
    public int SendWindow { get; init; }

    /// <summary>tcpi_rcv_wnd: the window that is offered to the peer.</summary>
    public int ReceiveWindow { get; init; }

    /// <summary>tcpi_rcv_rtt: the round-trip time as the receiver sees it; microseconds in the struct.</summary>
    public TimeSpan ReceiveRoundTripTime { get; init; }

    /// <summary>tcpi_rcv_space: octets that the user took in a round trip.</summary>
    public int ReceiveSpace { get; init; }

    /// <summary>tcpi_pacing_rate: what a paced connection would send by, octets a second; all bits set for no limit.</summary>
    public ulong PacingRate { get; init; } = ulong.MaxValue;

    /// <summary>tcpi_max_pacing_rate: SO_MAX_PACING_RATE, octets a second; all bits set for no limit.</summary>
    public ulong MaxPacingRate { get; init; } = ulong.MaxValue;

    /// <summary>tcpi_received_ce: segments that came marked CE. RFC 9768.</summary>
    public uint ReceivedCe { get; init; }

    /// <summary>tcpi_delivered_e1_bytes: octets that arrived as ECT(1), as the peer says.</summary>
    public uint DeliveredEct1Bytes { get; init; }

    /// <summary>tcpi_delivered_e0_bytes: octets that arrived as ECT(0), as the peer says.</summary>
    public uint DeliveredEct0Bytes { get; init; }

    /// <summary>tcpi_delivered_ce_bytes: octets that arrived marked CE, as the peer says.</summary>
    public uint DeliveredCeBytes { get; init; }

    /// <summary>tcpi_received_e1_bytes: octets that came as ECT(1).</summary>
    public uint ReceivedEct1Bytes { get; init; }

    /// <summary>tcpi_received_e0_bytes: octets that came as ECT(0).</summary>
    public uint ReceivedEct0Bytes { get; init; }

    /// <summary>tcpi_received_ce_bytes: octets that came marked CE.</summary>
    public uint ReceivedCeBytes { get; init; }

    /// <summary>tcpi_ecn_mode: 0 none, 1 classic, 2 accurate, 3 accurate was asked for.</summary>
    public int EcnMode { get; init; }

    /// <summary>tcpi_accecn_opt_seen: of the peer's options of Accurate ECN, 0 none came, 1 only empty ones, 2 one with counters, 3 a zeroed one.</summary>
    public int EcnOptionSeen { get; init; }

    /// <summary>tcpi_accecn_fail_mode, bits: 1 the bits had to be left out, 2 those that came cannot be, 4 options are lost, 8 options come zeroed.</summary>
    public int EcnFailures { get; init; }

    /// <summary>Writes it as Linux's struct tcp_info; a field that is not known is 0.</summary>
    /// <exception cref="ArgumentOutOfRangeException">There is no room for <see cref="Length"/> octets.</exception>
    public void Write(Span<byte> target)
    {
        Span<byte> info = target[..Length];
        info.Clear();
        info[0] = (byte)StateNumber;
        info[1] = (byte)CongestionState;
        info[2] = (byte)Retransmits;
        info[3] = (byte)Probes;
        info[4] = (byte)Backoff;
        info[5] = (byte)Options;
        info[6] = (byte)(SendWindowScale | ReceiveWindowScale << 4);
        info[7] = (byte)(FastOpenFailure << 1);      // its lowest bit is that of a rate, which is not measured
        ReadOnlySpan<int> first =
        [
            Micros(RetransmissionTimeout), Micros(AckTimeout), SendMss, ReceiveMss, Unacked, Sacked, Lost, Retrans, 0,
            Millis(LastDataSent), 0, Millis(LastDataReceived), Millis(LastAckReceived), PathMtu, ReceiveThreshold, Micros(RoundTripTime),
            Micros(RoundTripVariation), SlowStartThreshold, CongestionWindow, AdvertisedMss, Reordering, Micros(ReceiveRoundTripTime), ReceiveSpace, TotalRetrans,
        ];
        WriteAll(info[8..], first);
        ReadOnlySpan<long> octets = [(long)PacingRate, (long)MaxPacingRate, BytesAcked, BytesReceived];
        WriteAll(info[104..], octets);
        ReadOnlySpan<int> segments = [SegmentsOut, SegmentsIn, NotSent, Micros(MinRoundTripTime), DataSegmentsIn, DataSegmentsOut];
        WriteAll(info[136..], segments);
        ReadOnlySpan<long> times = [0, WholeMicros(BusyTime), WholeMicros(ReceiveWindowLimited), WholeMicros(SendBufferLimited)];
        WriteAll(info[160..], times);
        ReadOnlySpan<int> delivered = [Delivered, DeliveredCe];
        WriteAll(info[192..], delivered);
        ReadOnlySpan<long> sent = [BytesSent, BytesRetrans];
        WriteAll(info[200..], sent);
        ReadOnlySpan<int> last = [DuplicateSacks, ReorderingSeen, OutOfOrder, SendWindow, ReceiveWindow];
        WriteAll(info[216..], last);
        ReadOnlySpan<int> marks =
        [
            (int)ReceivedCe, (int)DeliveredEct1Bytes, (int)DeliveredEct0Bytes, (int)DeliveredCeBytes,
            (int)ReceivedEct1Bytes, (int)ReceivedEct0Bytes, (int)ReceivedCeBytes,
            EcnMode | (EcnOptionSeen << 2) | (EcnFailures << 4),
        ];
        WriteAll(info[248..], marks);
    }

    private static void WriteAll(Span<byte> target, ReadOnlySpan<int> numbers)
    {
        for (int i = 0; i < numbers.Length; i++) BinaryPrimitives.WriteInt32LittleEndian(target[(sizeof(int) * i)..], numbers[i]);
    }

    private static void WriteAll(Span<byte> target, ReadOnlySpan<long> numbers)
    {
        for (int i = 0; i < numbers.Length; i++) BinaryPrimitives.WriteInt64LittleEndian(target[(sizeof(long) * i)..], numbers[i]);
    }

    private static int Micros(TimeSpan time) => (int)Math.Min(WholeMicros(time), uint.MaxValue);

    private static int Millis(TimeSpan time) => (int)Math.Min(time.Ticks / TimeSpan.TicksPerMillisecond, uint.MaxValue);

    private static long WholeMicros(TimeSpan time) => time.Ticks / TimeSpan.TicksPerMicrosecond;
}
