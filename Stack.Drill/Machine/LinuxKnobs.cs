using System.Buffers.Binary;
using System.Globalization;
using UserNet.Binding;
using UserNet.Tcp;

namespace UserNet.Drill.Machine;

/// <summary>Linux's sysctls, as far as they have an effect on a machine of one interface and one peer, or none at all.</summary>
/// <remarks>Documentation/networking/ip-sysctl.rst.</remarks>
internal static class LinuxKnobs
{
    private const string Module = "/sys/module/tcp_cubic/parameters/";

    private static readonly TimeSpan Second = TimeSpan.FromSeconds(1), Millisecond = TimeSpan.FromMilliseconds(1), Microsecond = TimeSpan.FromMicroseconds(1);

    /// <summary>What suites set before each script: the rows of a table, name and value.</summary>
    public static readonly IReadOnlyList<(string Name, string Value)> Defaults =
    [
        ("net.ipv4.tcp_rmem", "4096 540000 15728640"), ("net.ipv4.tcp_wmem", "4096 262144 4194304"),
        ("net.ipv4.tcp_timestamps", "1"), ("net.ipv4.tcp_sack", "1"), ("net.ipv4.tcp_dsack", "1"), ("net.ipv4.tcp_fack", "0"),
        ("net.ipv4.tcp_syn_retries", "5"), ("net.ipv4.tcp_synack_retries", "5"),
        ("net.ipv4.tcp_reordering", "3"), ("net.ipv4.tcp_early_retrans", "4"), ("net.ipv4.tcp_recovery", "1"), ("net.ipv4.tcp_frto", "2"),
        ("net.ipv4.tcp_congestion_control", "cubic"), ("net.ipv4.tcp_slow_start_after_idle", "0"),
        ("net.ipv4.tcp_tso_win_divisor", "3"), ("net.ipv4.tcp_min_tso_segs", "2"),
        ("net.ipv4.tcp_pacing_ss_ratio", "200"), ("net.ipv4.tcp_pacing_ca_ratio", "120"),
        ("net.ipv4.tcp_ecn", "0"), ("net.ipv4.tcp_notsent_lowat", "4294967295"), ("net.ipv4.tcp_syncookies", "1"),
        ("net.ipv4.tcp_fastopen_key", "a1a1a1a1-b2b2b2b2-c3c3c3c3-d4d4d4d4"),
    ];

    /// <summary>The knobs, by name.</summary>
    public static Dictionary<string, Knob> Make()
    {
        var knobs = new Dictionary<string, Knob>();
        foreach ((string name, Knob knob) in Options()) knobs.Add("net.ipv4.tcp_" + name, knob);
        foreach ((string name, Knob knob) in Times()) knobs.Add("net.ipv4.tcp_" + name, knob);
        foreach ((string name, Knob knob) in Sender()) knobs.Add("net.ipv4.tcp_" + name, knob);
        foreach ((string name, Knob knob) in Host()) knobs.Add(name, knob);
        foreach ((string name, string first) in IdleOnes()) knobs.Add(name, Knob.Idle(name, first));
        return knobs;
    }

    private static IEnumerable<(string, Knob)> Options() =>
    [
        ("timestamps", Knob.Number(s => s.Timestamps ? 1 : 0, (s, v) => s.Timestamps = v != 0, most: 2, mostHere: 1)),
        ("sack", Knob.Flag(s => s.Sack, (s, v) => s.Sack = v)),
        ("dsack", Knob.Flag(s => s.DuplicateSack, (s, v) => s.DuplicateSack = v)),
        ("window_scaling", Knob.Flag(s => s.WindowScaling, (s, v) => s.WindowScaling = v)),
        ("ecn", Knob.Number(s => (long)s.Ecn, (s, v) => s.Ecn = (TcpEcnMode)v, most: 5)),
        ("ecn_fallback", Knob.Flag(s => s.EcnFallback, (s, v) => s.EcnFallback = v)),
        ("ecn_option", Knob.Number(s => (long)s.EcnOption, (s, v) => s.EcnOption = (TcpEcnOptionUse)v, most: 3)),
        ("ecn_option_beacon", Knob.Number(s => s.EcnOptionBeacon, (s, v) => s.EcnOptionBeacon = (int)v, most: 255)),
        ("fastopen", Knob.Number(s => (long)s.FastOpen, (s, v) => s.FastOpen = (TcpFastOpenModes)v)),
        ("fastopen_key", new Knob(machine => machine.Notes.GetValueOrDefault("fastopen_key", "00000000-00000000-00000000-00000000"), SetFastOpenKeys)),
        ("fastopen_blackhole_timeout_sec", Knob.Time(s => s.FastOpenHoleTime, (s, v) => s.FastOpenHoleTime = v, Second)),
        ("rmem", Knob.Sizes(s => s.ReceiveBuffer, (s, v) => s.ReceiveBuffer = v)),
        ("wmem", Knob.Sizes(s => s.SendBuffer, (s, v) => s.SendBuffer = v)),
        ("moderate_rcvbuf", Knob.Flag(s => s.TunesReceiveBuffer, (s, v) => s.TunesReceiveBuffer = v)),
        ("shrink_window", Knob.Flag(s => s.MayShrinkWindow, (s, v) => s.MayShrinkWindow = v)),
        ("syncookies", Knob.Number(s => s.SynCookies ? s.SynCookiesOnly ? 2 : 1 : 0, (s, v) => (s.SynCookies, s.SynCookiesOnly) = (v != 0, v == 2), most: 2)),
        ("max_syn_backlog", Knob.Number(s => s.MaxSynBacklog, (s, v) => s.MaxSynBacklog = (int)v)),
        ("abort_on_overflow", Knob.Flag(s => s.AbortsOnOverflow, (s, v) => s.AbortsOnOverflow = v)),
        ("rfc1337", Knob.Flag(s => s.TimeWaitIgnoresResets, (s, v) => s.TimeWaitIgnoresResets = v)),
        ("tw_reuse", Knob.Number(s => (long)s.TimeWaitReuse, (s, v) => s.TimeWaitReuse = (TcpTimeWaitReuse)v, most: 2)),
        ("challenge_ack_limit", Knob.Number(s => s.ChallengeAcksPerSecond, (s, v) => s.ChallengeAcksPerSecond = (int)v)),
        ("reflect_tos", Knob.Fixed("0")),
        ("migrate_req", Knob.Fixed("0")),
        ("stdurg", Knob.Flag(s => s.UrgentPointerIsLast, (s, v) => s.UrgentPointerIsLast = v)),
        ("workaround_signed_windows", Knob.Fixed("0")),
        ("app_win", Knob.Number(s => s.AppWindow, (s, v) => s.AppWindow = (int)v, most: 31)),
        ("plb_enabled", Knob.Fixed("0")),
    ];

    private static IEnumerable<(string, Knob)> Times() =>
    [
        ("rto_min_us", Knob.Time(s => s.MinTimeout, (s, v) => s.MinTimeout = v, Microsecond, least: 1)),
        ("rto_max_ms", Knob.Time(s => s.MaxTimeout, (s, v) => s.MaxTimeout = v, Millisecond, least: 1000, most: 120_000)),
        ("syn_retries", Knob.Number(s => s.SynRetries, (s, v) => s.SynRetries = (int)v, least: 1, most: 127)),
        ("synack_retries", Knob.Number(s => s.SynAckRetries, (s, v) => s.SynAckRetries = (int)v, most: 255)),
        ("syn_linear_timeouts", Knob.Number(s => s.SynLinearTimeouts, (s, v) => s.SynLinearTimeouts = (int)v, most: 127)),
        ("retries1", Knob.Number(s => s.RouteRetries, (s, v) => s.RouteRetries = (int)v, most: 255)),
        ("retries2", Knob.Number(s => s.Retries, (s, v) => s.Retries = (int)v, most: 255)),
        ("orphan_retries", Knob.Number(s => s.OrphanRetries, (s, v) => s.OrphanRetries = (int)v, most: 255)),
        ("keepalive_time", Knob.Time(s => s.KeepAliveIdle, (s, v) => s.KeepAliveIdle = v, Second)),
        ("keepalive_intvl", Knob.Time(s => s.KeepAliveInterval, (s, v) => s.KeepAliveInterval = v, Second)),
        ("keepalive_probes", Knob.Number(s => s.KeepAliveCount, (s, v) => s.KeepAliveCount = (int)v, most: 255)),
        ("fin_timeout", Knob.Time(s => s.FinTimeout, (s, v) => s.FinTimeout = v, Second)),
        ("invalid_ratelimit", Knob.Time(s => s.InvalidInterval, (s, v) => s.InvalidInterval = v, Millisecond)),
        ("comp_sack_delay_ns", Knob.Number(s => s.AckCompression.Ticks * 100, (s, v) => s.AckCompression = TimeSpan.FromTicks(v / 100))),
        ("comp_sack_nr", Knob.Number(s => s.CompressedAcks, (s, v) => s.CompressedAcks = (int)v, most: 255)),
        ("probe_interval", Knob.Time(s => s.MtuProbeInterval, (s, v) => s.MtuProbeInterval = v, Second)),
        ("tw_reuse_delay", Knob.Fixed("1000")),
        ("pingpong_thresh", Knob.Fixed("1")),
        ("min_rtt_wlen", Knob.Fixed("300")),
    ];

    private static IEnumerable<(string, Knob)> Sender() =>
    [
        ("congestion_control", Knob.Choice(s => s.Congestion, (s, v) => s.Congestion = v, ("cubic", CongestionAlgorithm.Cubic), ("reno", CongestionAlgorithm.NewReno))),
        ("available_congestion_control", Knob.Fixed("cubic reno", "reno cubic")),
        ("allowed_congestion_control", Knob.Fixed("cubic reno", "reno cubic")),
        ("slow_start_after_idle", Knob.Flag(s => s.SlowStartAfterIdle, (s, v) => s.SlowStartAfterIdle = v)),
        ("notsent_lowat", Knob.Number(s => s.NotSentLowWater, (s, v) => s.NotSentLowWater = (uint)v, most: uint.MaxValue)),
        ("base_mss", Knob.Number(s => s.BaseMss, (s, v) => s.BaseMss = (int)v)),
        ("min_snd_mss", Knob.Number(s => s.MinSendMss, (s, v) => s.MinSendMss = (int)v, least: 48, most: 65535)),
        ("mtu_probe_floor", Knob.Number(s => s.MtuProbeFloor, (s, v) => s.MtuProbeFloor = (int)v, least: 48)),
        ("probe_threshold", Knob.Number(s => s.MtuProbeThreshold, (s, v) => s.MtuProbeThreshold = (int)v)),
        ("mtu_probing", Knob.Number(s => (long)s.MtuProbing, (s, v) => s.MtuProbing = (TcpMtuProbing)v, most: 2)),
        ("tso_win_divisor", Knob.Number(s => s.BurstWindowDivisor, (s, v) => s.BurstWindowDivisor = (int)v)),
        ("min_tso_segs", Knob.Number(s => s.MinBurst, (s, v) => s.MinBurst = (int)v, least: 1, most: 65535)),
        ("tso_rtt_log", Knob.Fixed("9")),
        ("pacing_ss_ratio", Knob.Number(s => s.PacingInSlowStart, (s, v) => s.PacingInSlowStart = (int)v, most: 1000)),
        ("pacing_ca_ratio", Knob.Number(s => s.PacingInAvoidance, (s, v) => s.PacingInAvoidance = (int)v, most: 1000)),
        ("reordering", Knob.Number(s => s.Reordering, (s, v) => s.Reordering = (int)v, least: 1)),
        ("max_reordering", Knob.Number(s => s.MaxReordering, (s, v) => s.MaxReordering = (int)v, least: 1)),
        // 1 RACK, 2 a reordering window that does not grow, 4 none but time.
        ("recovery", Knob.Number(
            s => (s.Rack ? 1 : 0) + (s.RackWindowIsFixed ? 2 : 0) + (s.RackIgnoresCount ? 4 : 0),
            (s, v) => (s.Rack, s.RackWindowIsFixed, s.RackIgnoresCount) = ((v & 1) != 0, (v & 2) != 0, (v & 4) != 0), most: 255, mostHere: 7)),
        ("early_retrans", EarlyRetransmission()),
        ("frto", Knob.Number(s => s.Frto ? 2 : 0, (s, v) => s.Frto = v != 0, most: 255)),
        ("retrans_collapse", Knob.Fixed("1")),
        ("thin_linear_timeouts", Knob.Flag(s => s.LinearWhenThin, (s, v) => s.LinearWhenThin = v)),
    ];

    // 0 no probe; 3 and 4 a probe; 1 and 2 are what was there before RACK.
    private static Knob EarlyRetransmission() => new(
        static machine => machine.Stack.Tcp.TailLossProbe ? "3" : "0",
        static (machine, text) =>
        {
            if (!Knob.TryParse(text, out long value) || value is < 0 or > 4) return KnobAnswer.Invalid;
            if (value is 1 or 2) return KnobAnswer.Unsupported;
            machine.Stack.Configure(stack => stack.Tcp.TailLossProbe = value != 0);
            return KnobAnswer.Set;
        });

    private static IEnumerable<(string, Knob)> Host() =>
    [
        ("net.core.rmem_max", Knob.Number(s => s.MaxReceiveBuffer, (s, v) => s.MaxReceiveBuffer = (int)v, least: 2304)),
        ("net.core.wmem_max", Knob.Number(s => s.MaxSendBuffer, (s, v) => s.MaxSendBuffer = (int)v, least: 4608)),
        ("net.core.somaxconn", Knob.Number(s => s.MaxBacklog, (s, v) => s.MaxBacklog = (int)v)),
        ("net.core.default_qdisc", Knob.Fixed("pfifo_fast", "pfifo", "fq_codel")),
        ("net.ipv4.ip_local_port_range", new Knob(static machine => $"{machine.Stack.Settings.EphemeralPorts.First}\t{machine.Stack.Settings.EphemeralPorts.Last}", SetPorts)),
        ("net.ipv4.ip_no_pmtu_disc", Knob.Fixed("0")),
        ("net.ipv4.route.flush", Knob.Trigger(static machine => machine.Stack.ForgetPeers())),
        ("net.ipv6.route.flush", Knob.Trigger(static machine => machine.Stack.ForgetPeers())),
        ("net.ipv4.route.min_pmtu", new Knob(static machine => Text(machine.Stack.PathMtu.Minimum), SetMinPathMtu)),
        ("net.ipv4.route.min_adv_mss", Knob.Fixed("256")),
        ("net.ipv6.bindv6only", Knob.Fixed("0")),
        ("net.ipv6.flowlabel_reflect", Knob.Fixed("0")),
        (Module + "hystart", HyStart(static (exit, value) => value == 0 ? SlowStartExit.None : exit == SlowStartExit.None ? SlowStartExit.HyStart : exit, static exit => exit == SlowStartExit.None ? 0 : 1, 1)),
        (Module + "hystart_detect", HyStart(static (exit, value) => exit == SlowStartExit.None ? exit : value switch { 1 => SlowStartExit.HyStartTrain, 2 => SlowStartExit.HyStartDelay, 3 => SlowStartExit.HyStart, _ => SlowStartExit.None }, static exit => exit switch { SlowStartExit.HyStartTrain => 1, SlowStartExit.HyStartDelay => 2, _ => 3 }, 3)),
        (Module + "hystart_low_window", Knob.Fixed("16")),
        (Module + "hystart_ack_delta_us", Knob.Fixed("2000")),
        (Module + "initial_ssthresh", Knob.Fixed("0")),
        (Module + "beta", Knob.Fixed("717")),
        (Module + "bic_scale", Knob.Fixed("41")),
        (Module + "fast_convergence", Knob.Fixed("1")),
        (Module + "tcp_friendliness", Knob.Fixed("1")),
    ];

    private static Knob HyStart(Func<SlowStartExit, long, SlowStartExit> set, Func<SlowStartExit, int> get, long most) => new(
        machine => Text(get(machine.Stack.Tcp.SlowStartExit)),
        (machine, text) =>
        {
            if (!Knob.TryParse(text, out long value) || value < 0 || value > most) return KnobAnswer.Unsupported;
            machine.Stack.Configure(stack => stack.Tcp.SlowStartExit = set(stack.Tcp.SlowStartExit, value));
            return KnobAnswer.Set;
        });

    /// <summary>What no script of one connection or a few over one device can see.</summary>
    private static IEnumerable<(string, string)> IdleOnes() =>
    [
        ("net.ipv4.tcp_comp_sack_slack_ns", "100000"), ("net.ipv4.tcp_fack", "0"), ("net.ipv4.tcp_low_latency", "0"), ("net.ipv4.tcp_adv_win_scale", "1"),
        ("net.ipv4.tcp_no_metrics_save", "0"), ("net.ipv4.tcp_no_ssthresh_metrics_save", "1"),      // none are saved
        ("net.ipv4.tcp_limit_output_bytes", "4194304"), ("net.ipv4.tcp_autocorking", "1"),          // the device takes all at once
        ("net.ipv4.tcp_max_orphans", "16384"), ("net.ipv4.tcp_max_tw_buckets", "16384"), ("net.ipv4.tcp_mem", "21780 29042 43560"),
        ("net.ipv4.tcp_l3mdev_accept", "0"), ("net.ipv4.tcp_early_demux", "1"), ("net.ipv4.ip_early_demux", "1"), ("net.ipv4.ip_forward", "0"),
        ("net.ipv4.tcp_backlog_ack_defer", "1"), ("net.ipv4.tcp_child_ehash_entries", "0"), ("net.ipv4.tcp_ehash_entries", "8192"),
        ("net.ipv4.icmp_ratelimit", "1000"), ("net.ipv4.icmp_ratemask", "6168"), ("net.ipv4.icmp_msgs_per_sec", "1000"), ("net.ipv4.icmp_msgs_burst", "50"),
        ("net.ipv4.route.mtu_expires", "600"), ("net.ipv6.route.mtu_expires", "600"), ("net.ipv6.icmp.ratelimit", "1000"),
        ("net.ipv6.auto_flowlabels", "1"), ("net.ipv6.flowlabel_consistency", "1"),
        ("net.core.rmem_default", "212992"), ("net.core.wmem_default", "212992"), ("net.core.optmem_max", "131072"),
        ("net.core.netdev_max_backlog", "1000"), ("net.core.tstamp_allow_data", "1"), ("net.core.busy_poll", "0"), ("net.core.busy_read", "0"),
        ("net.ipv4.conf.*.rp_filter", "0"), ("net.ipv4.conf.*.forwarding", "0"), ("net.ipv4.conf.*.accept_local", "0"), ("net.ipv4.conf.*.log_martians", "0"),
        ("net.ipv6.conf.*.accept_dad", "0"), ("net.ipv6.conf.*.accept_ra", "0"), ("net.ipv6.conf.*.dad_transmits", "0"), ("net.ipv6.conf.*.forwarding", "0"),
        ("net.ipv6.conf.*.optimistic_dad", "0"), ("net.ipv6.conf.*.router_solicitations", "0"),
    ];

    private static string Text(int value) => value.ToString(CultureInfo.InvariantCulture);

    private static KnobAnswer SetPorts(VirtualMachine machine, string text)
    {
        if (Knob.Words(text) is not [var low, var high] || !ushort.TryParse(low, out ushort first) || !ushort.TryParse(high, out ushort last)) return KnobAnswer.Invalid;
        if (first == 0 || first > last) return KnobAnswer.Invalid;
        machine.Stack.Configure(stack => stack.Settings.EphemeralPorts = new PortRange(first, last));
        return KnobAnswer.Set;
    }

    private static KnobAnswer SetMinPathMtu(VirtualMachine machine, string text)
    {
        if (!Knob.TryParse(text, out long value) || value is < 68 or > int.MaxValue) return KnobAnswer.Invalid;
        machine.Stack.Configure(stack => stack.PathMtu.Minimum = (int)value);
        return KnobAnswer.Set;
    }

    // One key or two, each of four words in hexadecimal, with a dash between words and a comma between keys.
    private static KnobAnswer SetFastOpenKeys(VirtualMachine machine, string text)
    {
        string[] keys = text.Trim().Split(',');
        if (keys.Length > 2) return KnobAnswer.Invalid;
        byte[][] octets = new byte[keys.Length][];
        for (int i = 0; i < keys.Length; i++)
        {
            string[] words = keys[i].Split('-');
            if (words.Length != 4) return KnobAnswer.Invalid;
            octets[i] = new byte[16];
            for (int j = 0; j < words.Length; j++)
            {
                if (!uint.TryParse(words[j], NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out uint word)) return KnobAnswer.Invalid;
                BinaryPrimitives.WriteUInt32LittleEndian(octets[i].AsSpan(4 * j), word);
            }
        }

        machine.Stack.SetFastOpenKey(octets[0], octets.Length > 1 ? octets[1] : default);
        machine.Notes["fastopen_key"] = text.Trim();
        return KnobAnswer.Set;
    }
}
