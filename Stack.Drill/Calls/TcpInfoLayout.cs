using System.Buffers.Binary;
using System.Numerics;

namespace UserNet.Drill.Calls;

/// <summary>A field of struct tcp_info.</summary>
/// <param name="Name">As in tcpi_state.</param>
/// <param name="Offset">Where it lies.</param>
/// <param name="Width">How many octets it has: 1, 2, 4 or 8.</param>
/// <param name="Shift">Of a bit field, how many bits come before it.</param>
/// <param name="Bits">Of a bit field, how many it has; else 0.</param>
internal readonly record struct TcpInfoField(string Name, int Offset, int Width, int Shift = 0, int Bits = 0);

/// <summary>struct tcp_info as Linux lays it out: later kernels append to it, so that what is not there has not been given.</summary>
/// <remarks>linux/tcp.h; what lies behind tcpi_rcv_wnd came with Linux 6.2 to 6.18.</remarks>
internal static class TcpInfoLayout
{
    /// <summary>All that is known of it, octets.</summary>
    public const int Length = 280;

    /// <summary>Its fields in their order.</summary>
    public static IReadOnlyList<TcpInfoField> Fields { get; } = [.. Octets(), .. Numbers(), .. Accurate()];

    /// <summary>The value of a field.</summary>
    /// <returns>Null when the struct ends before it.</returns>
    public static BigInteger? Read(in TcpInfoField field, ReadOnlySpan<byte> info)
    {
        if (info.Length < field.Offset + field.Width) return null;
        ReadOnlySpan<byte> octets = info[field.Offset..];
        ulong whole = field.Width switch
        {
            1 => octets[0],
            2 => BinaryPrimitives.ReadUInt16LittleEndian(octets),
            4 => BinaryPrimitives.ReadUInt32LittleEndian(octets),
            _ => BinaryPrimitives.ReadUInt64LittleEndian(octets),
        };
        return field.Bits == 0 ? whole : (whole >> field.Shift) & ((1UL << field.Bits) - 1);
    }

    private static IEnumerable<TcpInfoField> Octets() =>
    [
        .. InARow(0, 1, "state", "ca_state", "retransmits", "probes", "backoff", "options"),
        new("tcpi_snd_wscale", 6, 1, 0, 4), new("tcpi_rcv_wscale", 6, 1, 4, 4),
        new("tcpi_delivery_rate_app_limited", 7, 1, 0, 1), new("tcpi_fastopen_client_fail", 7, 1, 1, 2),
    ];

    private static IEnumerable<TcpInfoField> Numbers() =>
    [
        .. InARow(8, 4, "rto", "ato", "snd_mss", "rcv_mss", "unacked", "sacked", "lost", "retrans", "fackets"),
        .. InARow(44, 4, "last_data_sent", "last_ack_sent", "last_data_recv", "last_ack_recv", "pmtu", "rcv_ssthresh", "rtt", "rttvar"),
        .. InARow(76, 4, "snd_ssthresh", "snd_cwnd", "advmss", "reordering", "rcv_rtt", "rcv_space", "total_retrans"),
        .. InARow(104, 8, "pacing_rate", "max_pacing_rate", "bytes_acked", "bytes_received"),
        .. InARow(136, 4, "segs_out", "segs_in", "notsent_bytes", "min_rtt", "data_segs_in", "data_segs_out"),
        .. InARow(160, 8, "delivery_rate", "busy_time", "rwnd_limited", "sndbuf_limited"),
        .. InARow(192, 4, "delivered", "delivered_ce"),
        .. InARow(200, 8, "bytes_sent", "bytes_retrans"),
        .. InARow(216, 4, "dsack_dups", "reord_seen", "rcv_ooopack", "snd_wnd", "rcv_wnd", "rehash"),
        .. InARow(240, 2, "total_rto", "total_rto_recoveries"),
        .. InARow(244, 4, "total_rto_time"),
    ];

    private static IEnumerable<TcpInfoField> Accurate() =>
    [
        .. InARow(248, 4, "received_ce", "delivered_e1_bytes", "delivered_e0_bytes", "delivered_ce_bytes", "received_e1_bytes", "received_e0_bytes", "received_ce_bytes"),
        .. InARow(276, 2, "accecn_fail_mode", "accecn_opt_seen"),
    ];

    private static IEnumerable<TcpInfoField> InARow(int offset, int width, params IEnumerable<string> names) =>
        names.Select((name, index) => new TcpInfoField($"tcpi_{name}", offset + (index * width), width));
}
