namespace UserNet.Drill.Live;

/// <summary>Knobs of the network namespace of the thread that asks.</summary>
internal static class Sysctls
{
    private const string Root = "/proc/sys/";

    /// <summary>What the Linux profile assumes, set before anything of a script's own.</summary>
    /// <remarks>ip-sysctl.rst tells what each is.</remarks>
    public static IReadOnlyList<(string Name, string Value)> Defaults { get; } =
    [
        ("net.ipv4.tcp_rmem", "4096 540000 15728640"),
        ("net.ipv4.tcp_wmem", "4096 262144 4194304"),
        ("net.ipv4.tcp_timestamps", "1"),
        ("net.ipv4.tcp_sack", "1"),
        ("net.ipv4.tcp_dsack", "1"),
        ("net.ipv4.tcp_fack", "0"),
        ("net.ipv4.tcp_syn_retries", "5"),
        ("net.ipv4.tcp_synack_retries", "5"),
        ("net.ipv4.tcp_reordering", "3"),
        ("net.ipv4.tcp_early_retrans", "4"),
        ("net.ipv4.tcp_recovery", "1"),
        ("net.ipv4.tcp_frto", "2"),
        ("net.ipv4.tcp_congestion_control", "cubic"),
        ("net.ipv4.tcp_slow_start_after_idle", "0"),
        ("net.ipv4.tcp_tso_win_divisor", "3"),
        ("net.ipv4.tcp_min_tso_segs", "2"),
        ("net.ipv4.tcp_pacing_ss_ratio", "200"),
        ("net.ipv4.tcp_pacing_ca_ratio", "120"),
        ("net.ipv4.tcp_ecn", "0"),
        ("net.ipv4.tcp_ecn_option", "2"),
        ("net.ipv4.tcp_notsent_lowat", "4294967295"),
        ("net.ipv4.tcp_syncookies", "1"),
        ("net.ipv4.tcp_fastopen", "3"),
        ("net.ipv4.tcp_fastopen_key", "a1a1a1a1-b2b2b2b2-c3c3c3c3-d4d4d4d4"),
        ("net.ipv4.tcp_fastopen_blackhole_timeout_sec", "0"),
    ];

    /// <summary>Has an interface keep quiet, and take packets whatever their source.</summary>
    /// <param name="name">Its name, or "all", or "default".</param>
    public static void Quieten(string name)
    {
        _ = TrySet($"net.ipv4.conf.{name}.rp_filter", "0");
        _ = TrySet($"net.ipv6.conf.{name}.accept_dad", "0");
        _ = TrySet($"net.ipv6.conf.{name}.dad_transmits", "0");
        _ = TrySet($"net.ipv6.conf.{name}.router_solicitations", "0");
        _ = TrySet($"net.ipv6.conf.{name}.accept_ra", "0");
        _ = TrySet($"net.ipv6.conf.{name}.addr_gen_mode", "1");
    }

    /// <summary>The file of a knob, or null when this namespace has no such knob.</summary>
    /// <param name="name">As in "net.ipv4.tcp_sack"; with slashes where a part has dots in it.</param>
    public static string? PathOf(string name)
    {
        string path = Path.GetFullPath(Root + (name.Contains('/', StringComparison.Ordinal) ? name : name.Replace('.', '/')));
        return path.StartsWith(Root + "net/", StringComparison.Ordinal) && File.Exists(path) ? path : null;
    }

    /// <summary>The value of a knob, or null when there is none.</summary>
    public static string? Get(string name) => PathOf(name) is { } path ? File.ReadAllText(path).Trim() : null;

    /// <summary>Sets a knob.</summary>
    /// <returns>Null when that succeeded, else why it did not.</returns>
    public static string? TrySet(string name, string value)
    {
        if (PathOf(name) is not { } path) return $"{name}: there is no such knob";
        try
        {
            File.WriteAllText(path, value);
            return null;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return $"{name}: {e.Message}";
        }
    }
}
