namespace UserNet.Tests.Drill.Duel;

// How connections begin: passive open, active open.
internal static partial class DuelThemes
{
    private static readonly string[] s_look =
        ["state", "ca_state", "options", "snd_mss", "advmss", "rcv_wnd", "snd_wnd", "snd_cwnd", "unacked", "retransmits", "backoff", "probes", "total_retrans"];

    // An option of a SYN, and how long it is.
    private static readonly (string Text, int Length)[] s_strangeOptions =
    [
        ("0xfd04abcd", 4), ("0xfd03ab", 3), ("0xc802", 2), ("0x0203ff", 3), ("0x02060102ffff", 6), ("0x0403aa", 3), ("0x030407ff", 4),
        ("0x080611223344", 6), ("0x4c02", 2), ("0x1c040102", 4), ("0x0e03aa", 3), ("0x1e08ab0011223344", 8),
        ("0xfe04abcd", 4), ("0xfd00", 2), ("0xfd01", 2), ("0xfd28", 2), ("0x2204abcd", 4), ("0x2202", 2), ("0x22050102ab", 5),
    ];

    private static void VersionOf(DuelScript script)
    {
        if (script.Chance(0.2)) script.Option("--ip_version=" + script.Pick("ipv6", "ipv4-mapped-ipv6"));
    }

    private static void HandshakeKnobs(DuelScript script)
    {
        script.Knob("net.ipv4.tcp_fastopen=3");
        if (script.Chance(0.12)) script.Knob("net.ipv4.tcp_sack=0");
        if (script.Chance(0.25)) script.Knob("net.ipv4.tcp_timestamps=0");
        if (script.Chance(0.12)) script.Knob("net.ipv4.tcp_window_scaling=0");
        if (script.Chance(0.1)) script.Knob($"net.ipv4.tcp_rmem=\"4096 {script.Pick(20000, 87380, 131072, 1000000)} {script.Pick(200000, 1048576, 6291456, 33554432)}\"");
    }

    private static void BufferOptions(DuelScript script, int descriptor)
    {
        if (script.Chance(0.15)) script.Know($"setsockopt({descriptor}, SOL_TCP, TCP_MAXSEG, [{script.Pick(88, 500, 536, 1000, 1400, 1460)}], 4) = 0");
        if (script.Chance(0.15)) script.Know($"setsockopt({descriptor}, SOL_SOCKET, SO_RCVBUF, [{script.Pick(2000, 5000, 8000, 20000, 65535, 200000)}], 4) = 0");
        if (script.Chance(0.1)) script.Know($"setsockopt({descriptor}, SOL_TCP, TCP_WINDOW_CLAMP, [{script.Pick(1000, 5000, 20000, 65535, 100000)}], 4) = 0");
        if (script.Chance(0.08)) script.Know($"setsockopt({descriptor}, SOL_TCP, TCP_NODELAY, [1], 4) = 0");
    }

    private static void Server(DuelScript script, int backlog = 1, Action? beforeListen = null)
    {
        script.Know("socket(..., SOCK_STREAM|SOCK_NONBLOCK, IPPROTO_TCP) = 3");
        script.Know("setsockopt(3, SOL_SOCKET, SO_REUSEADDR, [1], 4) = 0");
        script.Know("bind(3, ..., ...) = 0");
        beforeListen?.Invoke();
        script.Know($"listen(3, {backlog}) = 0");
        script.Wait(10_000);
    }

    private static void TakeUp(DuelScript script, int descriptor = 4)
    {
        script.Know($"accept(3, ..., ...) = {descriptor}");
        script.Know($"fcntl({descriptor}, F_SETFL, O_RDWR|O_NONBLOCK) = 0");
    }

    /// <summary>Options of a SYN in any order, some of them strange; filled to four octets.</summary>
    private static string AnyOptions(DuelScript script, out bool stamps, double strangeness = 0.3)
    {
        var options = new List<(string Text, int Length)>();
        if (script.Chance(0.9)) options.Add(($"mss {script.Pick(0, 1, 40, 64, 88, 100, 536, 1000, 1000, 1460, 1460, 1400, 8960, 65535)}", 4));
        if (script.Chance(0.7)) options.Add(("sackOK", 2));
        stamps = script.Chance(0.4);
        if (stamps) options.Add(($"TS val {1000 + (script.Now / 1000)} ecr 0", 10));
        if (script.Chance(0.7)) options.Add(($"wscale {script.Pick(0, 1, 5, 7, 7, 8, 14, 15, 255)}", 3));
        if (script.Chance(0.5)) options = [.. options.OrderBy(_ => script.Random.Next())];
        while (script.Chance(strangeness))
        {
            (string Text, int Length) strange = script.Pick<(string, int)>(s_strangeOptions);
            if (strange.Length > 0) options.Insert(script.Random.Next(options.Count + 1), strange);
        }

        if (script.Chance(0.05)) options.Insert(script.Random.Next(options.Count + 1), ("eol", 1));
        return Filled(script, options);
    }

    private static string Filled(DuelScript script, List<(string Text, int Length)> options)
    {
        while (options.Sum(static option => option.Length) > 40) options.RemoveAt(options.Count - 1);
        while (options.Sum(static option => option.Length) % 4 != 0) options.Insert(script.Random.Next(options.Count + 1), ("nop", 1));
        return string.Join(',', options.Select(static option => option.Text));
    }

    /// <summary>Any options in a SYN, and what comes of them once the connection is open.</summary>
    private static void Passive(DuelScript script)
    {
        VersionOf(script);
        script.Option("--tcp_ts_ecr_scaled");
        HandshakeKnobs(script);
        bool saves = script.Chance(0.2);
        Server(script, 1, () =>
        {
            BufferOptions(script, 3);
            if (saves) script.Know($"setsockopt(3, SOL_TCP, TCP_SAVE_SYN, [{script.Pick(1, 2)}], 4) = 0");
            if (script.Chance(0.15)) script.Know($"setsockopt(3, SOL_IP, IP_TOS, [{script.Pick(4, 16, 0x20, 0xb8)}], 4) = 0");
        });
        string options = AnyOptions(script, out bool stamps);
        var peer = new DuelPeer(script) { Stamps = stamps, Window = script.Pick(10000, 30000, 65535), EchoesSyn = true };
        peer.Syn(options);
        script.Wait(20_000, 60_000);
        peer.Send();
        peer.EchoesSyn = false;
        script.Wait(10_000);
        TakeUp(script);
        script.Probe(s_look);
        if (saves) script.Call("getsockopt(4, SOL_TCP, TCP_SAVED_SYN, [@], [200]) = 0");
        script.Call("getsockopt(4, SOL_TCP, TCP_MAXSEG, [@], [4]) = 0");
        Exchange(script, peer, 3);
    }

    // Some data both ways.
    private static void Exchange(DuelScript script, DuelPeer peer, int rounds)
    {
        for (int i = 0; i < rounds; i++)
        {
            script.Wait(15_000, 60_000);
            switch (script.Random.Next(3))
            {
                case 0:
                    int count = script.Pick(10, 500, 1000, 1460, 3000);
                    script.Call($"write(4, ..., {count})");
                    script.Wait(15_000, 40_000);
                    peer.Ack += count;
                    peer.Send();
                    break;
                case 1:
                    peer.Send(script.Pick(1, 100, 500, 1000), "P.");
                    script.Wait(11_000);
                    script.Call("read(4, ..., 100000)");
                    break;
                default:
                    peer.Send(script.Pick(1, 100, 500, 1000), "P.");
                    break;
            }

            script.Wait(11_000);
            script.Probe(s_look);
        }
    }

    /// <summary>What may happen to a connection that is not open yet.</summary>
    private static void HalfOpen(DuelScript script)
    {
        VersionOf(script);
        script.Option("--tcp_ts_ecr_scaled");
        script.Knob("net.ipv4.tcp_fastopen=3");
        if (script.Chance(0.3)) script.Knob($"net.ipv4.tcp_synack_retries={script.Pick(0, 1, 2)}");
        if (script.Chance(0.2)) script.Knob("net.ipv4.tcp_abort_on_overflow=1");
        if (script.Chance(0.5)) script.Knob($"net.ipv4.tcp_invalid_ratelimit={script.Pick(0, 50)}");
        int backlog = script.Pick(0, 1, 5);
        Server(script, backlog, () =>
        {
            if (script.Chance(0.2)) script.Know($"setsockopt(3, SOL_TCP, TCP_DEFER_ACCEPT, [{script.Pick(1, 2, 3, 5)}], 4) = 0");
            if (script.Chance(0.1)) script.Know($"setsockopt(3, SOL_TCP, TCP_SYNCNT, [{script.Pick(1, 2)}], 4) = 0");
            if (script.Chance(0.1)) script.Know($"setsockopt(3, SOL_TCP, TCP_USER_TIMEOUT, [{script.Pick(500, 1500, 2500)}], 4) = 0");
        });
        string options = Typical(script, out bool stamps);
        var peer = new DuelPeer(script) { Stamps = stamps, EchoesSyn = script.Chance(0.8) };
        peer.Syn(options);
        int most = script.Random.Next(1, 5);
        for (int i = 0; i < most; i++)
        {
            Pause(script);
            HalfOpenEvent(script, peer, options);
        }

        Pause(script);
        if (script.Chance(0.8)) peer.Send(script.Pick(0, 0, 100), script.Pick(".", ".", "P.", "F."));
        script.Wait(15_000);
        script.Poll(3);
        TakeUp(script);
        script.Probe(s_look);
        script.Wait(15_000);
        if (script.Chance(0.5)) peer.Send(script.Pick(0, 100), script.Pick(".", "P.", "F."));
        script.Wait(15_000);
        script.Poll(4);
        script.Call("read(4, ..., 1000)");
        if (script.Chance(0.4)) TakeUp(script, 5);
        script.Call("write(4, ..., 100)");
        script.Tail = script.Pick(300_000, 2_500_000);
    }

    private static void HalfOpenEvent(DuelScript script, DuelPeer peer, string options)
    {
        switch (script.Random.Next(15))
        {
            case 0: peer.Syn(options); break;
            case 1: peer.Put("S", 0, 0, more: ""); break;
            case 2: peer.Put("S.", 0, 0, ack: script.Pick(0, 1, 2)); break;
            case 3: peer.Put(".", script.Pick(0, 1, 1, 2, 70000), 0, ack: script.Pick(-1000, 0, 2, 1000)); break;
            case 4: peer.Put("R", script.Pick(0, 1, 1, 2, 100, 70000)); break;
            case 5: peer.Put("R.", script.Pick(0, 1, 1, 2, 100), 0, ack: script.Pick(0, 1, 2)); break;
            case 6: peer.Put("F.", script.Pick(1, 2)); break;
            case 7: peer.Put("P.", script.Pick(1, 1, 101, 70000), 100); break;
            case 8: peer.Put("P.", 1, 100, ack: script.Pick(0, 2)); break;
            case 9: peer.Put("-", script.Pick(0, 1, 2, 70000), script.Pick(0, 100)); break;
            case 10: peer.Put("P", 1, 100); break;
            case 11: peer.Put("F", 1); break;
            case 12: peer.Put("S", script.Pick(1, 500, 70000)); break;
            case 13: peer.Put(".", 0, script.Pick(0, 1)); break;
            default: Pause(script); break;
        }
    }

    /// <summary>A listener that keeps nothing of a SYN: what comes back with the cookie.</summary>
    private static void Cookies(DuelScript script)
    {
        VersionOf(script);
        script.Option("--tcp_ts_ecr_scaled");
        script.Knob("net.ipv4.tcp_fastopen=3");
        script.Knob("net.ipv4.tcp_syncookies=2");
        script.Knob($"net.ipv4.tcp_ecn={script.Pick(0, 1, 2)}");
        if (script.Chance(0.2)) script.Knob("net.ipv4.tcp_timestamps=0");
        if (script.Chance(0.1)) script.Knob("net.ipv4.tcp_sack=0");
        if (script.Chance(0.1)) script.Knob("net.ipv4.tcp_window_scaling=0");
        Server(script, 1, () => BufferOptions(script, 3));
        bool stamps = script.Chance(0.6);
        string stamp = stamps ? "TS val 1010 ecr 0," : "";
        string options = $"mss {script.Pick(100, 536, 1000, 1300, 1440, 1460, 8960)},{script.Pick("", "sackOK,")}{stamp}{script.Pick("", "nop,wscale 7,", "wscale 14,nop,", "nop,wscale 0,")}";
        var peer = new DuelPeer(script) { Stamps = stamps, EchoesSyn = true };
        peer.Syn(Padded(options), script.Pick("S", "S", "SEW"), script.Chance(0.1) ? 100 : 0);
        script.Wait(20_000);
        if (script.Chance(0.2)) peer.Put(".", 1, 0, ack: script.Pick(0, 2, 1000));
        if (script.Chance(0.1)) peer.Put("R", 1);
        if (script.Chance(0.1)) peer.Put("P.", 100, 10);
        script.Wait(20_000);
        peer.Send(script.Pick(0, 0, 100), script.Pick(".", ".", "P.", "F."));
        script.Wait(12_000);
        TakeUp(script);
        peer.EchoesSyn = false;
        script.Probe(s_look);
        Exchange(script, peer, 2);
    }

    // Never about as long as a timer of whole seconds.
    private static void Pause(DuelScript script) => script.Wait(script.Pick(15_000, 41_000, 107_000, 313_000, 569_000, 1_231_000, 2_477_000));

    /// <summary>Options of a SYN as systems have them.</summary>
    private static string Typical(DuelScript script, out bool stamps)
    {
        stamps = script.Chance(0.4);
        int mss = script.Pick(1000, 1460, 1460, 536);
        if (!stamps) return script.Pick($"mss {mss},sackOK,nop,nop,nop,wscale 7", $"mss {mss},nop,wscale 6", $"mss {mss}", $"mss {mss},nop,nop,sackOK");
        string stamp = $"TS val {1000 + (script.Now / 1000)} ecr 0";
        return script.Pick($"mss {mss},sackOK,{stamp},nop,wscale 7", $"mss {mss},nop,nop,{stamp}", $"mss {mss},sackOK,{stamp}");
    }
}
