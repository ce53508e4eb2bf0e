namespace UserNet.Tests.Drill.Duel;

// Connections that this side opens, with Fast Open and without.
internal static partial class DuelThemes
{
    /// <summary>A connect, and what may answer it.</summary>
    private static void Active(DuelScript script)
    {
        VersionOf(script);
        script.Option("--tcp_ts_ecr_scaled");
        HandshakeKnobs(script);
        if (script.Chance(0.3)) script.Knob($"net.ipv4.tcp_syn_retries={script.Pick(1, 2, 3)}");
        if (script.Chance(0.4)) script.Knob($"net.ipv4.tcp_syn_linear_timeouts={script.Pick(0, 1, 2)}");
        script.Know("socket(..., SOCK_STREAM|SOCK_NONBLOCK, IPPROTO_TCP) = 4");
        BufferOptions(script, 4);
        if (script.Chance(0.2)) script.Know($"setsockopt(4, SOL_TCP, TCP_SYNCNT, [{script.Pick(1, 2, 3)}], 4) = 0");
        if (script.Chance(0.15)) script.Know($"setsockopt(4, SOL_TCP, TCP_USER_TIMEOUT, [{script.Pick(400, 1500, 2500)}], 4) = 0");
        if (script.Chance(0.1)) script.Know("setsockopt(4, SOL_TCP, TCP_QUICKACK, [0], 4) = 0");
        if (script.Chance(0.1)) script.Know("setsockopt(4, SOL_TCP, TCP_DEFER_ACCEPT, [1], 4) = 0");
        script.Call("connect(4, ..., ...)");
        var peer = new DuelPeer(script);
        bool isOver = false;
        for (int i = 0; i < script.Random.Next(0, 4); i++)
        {
            Pause(script);
            SynSentEvent(script, peer, ref isOver);
            script.Wait(33_000);      // what answers a bad acknowledgment waits for a tick or two
            LookAround(script, 4);
        }

        Pause(script);
        string options = AnyOptions(script, out bool stamps, 0.15);
        if (stamps) options = options.Replace("ecr 0", "ecr 100", StringComparison.Ordinal);
        peer.Stamps = stamps;
        int length = script.Chance(0.1) ? 100 : 0;
        script.In($"{script.Pick("S.", "S.", "S.", "SP.", "SF.")} 0:{length}({length}) ack 1 win {script.Pick(0, 20000, 32792, 65535)} <{options}>");
        peer.Next = 1 + length;
        script.Wait(12_000);
        LookAround(script, 4);
        script.Call("getsockopt(4, SOL_TCP, TCP_MAXSEG, [@], [4]) = 0");
        if (script.Chance(0.3)) script.Call("connect(4, ..., ...)");
        Exchange(script, peer, 2);
        script.Tail = script.Pick(300_000, 1_300_000, 3_300_000);
    }

    private static void SynSentEvent(DuelScript script, DuelPeer peer, ref bool isOver)
    {
        switch (script.Random.Next(14))
        {
            case 0: script.In($"S. 0:0(0) ack {script.Pick(0, 2, 1000, -5)} win 1000 <mss 1000>"); break;
            case 1: script.In($"R. 0:0(0) ack {script.Pick(0, 2, 1000)} win 0"); break;
            case 2: if (script.Chance(0.4)) script.In("R. 0:0(0) ack 1 win 0"); break;
            case 3: script.In("R 0:0(0) win 0"); break;
            case 4: script.In($". 0:0(0) ack {script.Pick(0, 1, 2)} win 1000"); break;
            case 5: script.In($"P. 1:101(100) ack {script.Pick(0, 1, 2)} win 1000"); break;
            case 6: script.In($"F. 1:1(0) ack {script.Pick(0, 1, 2)} win 1000"); break;
            case 7: script.In("F 0:0(0) win 1000"); break;
            case 8: script.In($"- 0:{script.Pick("0(0)", "10(10)")} win 1000"); break;
            case 9: if (!isOver) Crossed(script, peer); isOver = true; break;
            case 10: script.Call("connect(4, ..., ...)"); break;
            case 11: script.Call("write(4, ..., 100)"); break;
            case 12: script.Call($"shutdown(4, {script.Pick("SHUT_RD", "SHUT_WR", "SHUT_RDWR")})"); break;
            default: break;
        }
    }

    // The peer's SYN crosses ours.
    private static void Crossed(DuelScript script, DuelPeer peer)
    {
        script.In($"S 0:0(0) win 32792 <{Typical(script, out bool stamps)}>");
        peer.Stamps = stamps;
        Pause(script);
        if (script.Chance(0.5)) script.In("S. 0:0(0) ack 1 win 32792 <mss 1000>");
        else peer.Send();
    }

    private static void LookAround(DuelScript script, int descriptor)
    {
        script.Probe(s_look);
        script.Poll(descriptor);
        if (script.Chance(0.4)) script.SocketError(descriptor);
        if (script.Chance(0.3)) script.Call($"read({descriptor}, ..., 1000)");
    }

    /// <summary>A server that takes data with a SYN, or does not.</summary>
    private static void FastServer(DuelScript script)
    {
        script.Option("--tcp_ts_ecr_scaled");
        script.Knob($"net.ipv4.tcp_fastopen=0x{script.Pick(1, 2, 3, 3, 3, 0x202, 0x402, 0x403, 0x603):x}");
        if (script.Chance(0.2)) script.Knob("net.ipv4.tcp_timestamps=0");
        if (script.Chance(0.2)) script.Knob($"net.ipv4.tcp_synack_retries={script.Pick(0, 1, 2)}");
        Server(script, script.Pick(0, 1, 5), () =>
        {
            if (script.Chance(0.85)) script.Call($"setsockopt(3, SOL_TCP, TCP_FASTOPEN, [{script.Pick(0, 1, 5, 5, 5)}], 4)");
            if (script.Chance(0.15)) script.Call("setsockopt(3, SOL_TCP, TCP_FASTOPEN_NO_COOKIE, [1], 4)");
            if (script.Chance(0.15)) script.Call("setsockopt(3, SOL_TCP, TCP_FASTOPEN_KEY, \"0123456789abcdef\", 16)");
            if (script.Chance(0.1)) script.Know("setsockopt(3, SOL_TCP, TCP_DEFER_ACCEPT, [1], 4) = 0");
        });
        int mss = script.Pick(1000, 1460);
        bool stamps = script.Chance(0.3);
        string stamp = stamps ? $"TS val {1000 + (script.Now / 1000)} ecr 0," : "";
        string cookie = script.Pick("FO 3021b9d889017eeb", "FO 3021b9d889017eeb", "FO 3021b9d889017eeb", "FO", "FO 3021b9d889017eec", "FO abcd", "FO abcd1234", "FO 3021b9d889017eeb3021b9d889017eeb", "FOEXP 3021b9d889017eeb", "FOEXP", "");
        string options = Padded($"mss {mss},{stamp}{(script.Chance(0.6) ? "sackOK," : "")}{(script.Chance(0.6) ? "nop,wscale 7," : "")}{cookie}");
        int length = script.Pick(0, 1, 100, 500, 1000, 1460, 2000);
        var peer = new DuelPeer(script) { Stamps = stamps, Next = 1 };
        peer.Syn(options, script.Pick("S", "S", "S", "SP", "SF"), length);
        for (int i = 0; i < script.Random.Next(1, 6); i++)
        {
            Pause(script);
            FastServerEvent(script, peer, options, length);
        }

        script.Tail = script.Pick(300_000, 1_300_000, 3_300_000);
    }

    private static void FastServerEvent(DuelScript script, DuelPeer peer, string options, int length)
    {
        switch (script.Random.Next(14))
        {
            case 0 or 1: TakeUp(script); script.Probe(s_look); break;
            case 2: script.Call("read(4, ..., 5000)"); break;
            case 3: script.Call($"write(4, ..., {script.Pick(100, 1000, 3000, 20000)})"); break;
            case 4: script.Call(script.Pick("close(4)", "shutdown(4, SHUT_WR)", "close(3)")); break;
            case 5: peer.Syn(options, "S", script.Pick(length, 0)); break;
            case 6: peer.Put("R", script.Pick(1, 1 + length)); break;
            case 7: peer.Put("P.", 1 + length, 100); break;
            case 8: peer.Put("F.", 1 + length, 0); break;
            case 9: peer.Put(".", 1 + length, 0, ack: script.Pick(0, 1, 101)); break;
            case 10 or 11: peer.Put(".", 1 + length); break;
            case 12: peer.Put(".", 1); break;
            default:
                peer.Put("P.", 1, Math.Max(1, length));
                break;
        }

        if (!script.Chance(0.5)) return;
        script.Wait(11_000);
        script.Poll(4);
        script.Probe(s_look);
    }

    // Filled up behind, as the options of Fast Open are.
    private static string Padded(string options)
    {
        int length = options.TrimEnd(',').Split(',').Sum(static option => option.Split(' ') switch
        {
            ["mss", ..] => 4,
            ["TS", ..] => 10,
            ["sackOK"] => 2,
            ["wscale", ..] => 3,
            ["FO", var octets] => 2 + (octets.Length / 2),
            ["FO"] => 2,
            ["FOEXP", var octets] => 4 + (octets.Length / 2),
            ["FOEXP"] => 4,
            _ => 1,
        });
        return options.TrimEnd(',') + string.Concat(Enumerable.Repeat(",nop", (4 - (length % 4)) % 4));
    }

    /// <summary>A client that sends data with its SYN, once it knows how.</summary>
    private static void FastClient(DuelScript script)
    {
        script.Knob($"net.ipv4.tcp_fastopen=0x{script.Pick(1, 1, 1, 5, 3, 2):x}");
        if (script.Chance(0.3)) script.Knob("net.ipv4.tcp_timestamps=0");
        if (script.Chance(0.3)) script.Knob($"net.ipv4.tcp_fastopen_blackhole_timeout_sec={script.Pick(1, 3600)}");
        if (script.Chance(0.3)) script.Knob($"net.ipv4.tcp_syn_linear_timeouts={script.Pick(0, 1)}");
        for (int i = 0; i < script.Random.Next(1, 4); i++) FastConnect(script, 4 + i);
        script.Tail = script.Pick(300_000, 1_300_000, 2_300_000);
    }

    private static void FastConnect(DuelScript script, int descriptor)
    {
        script.Know($"socket(..., SOCK_STREAM|SOCK_NONBLOCK, IPPROTO_TCP) = {descriptor}");
        if (script.Chance(0.1)) script.Call($"setsockopt({descriptor}, SOL_TCP, TCP_FASTOPEN_NO_COOKIE, [1], 4)");
        bool isDeferred = script.Chance(0.3);
        int length = script.Pick(0, 10, 500, 1000, 1460, 3000);
        if (isDeferred)
        {
            script.Call($"setsockopt({descriptor}, SOL_TCP, TCP_FASTOPEN_CONNECT, [1], 4)");
            script.Call($"connect({descriptor}, ..., ...)");
            script.Wait(script.Pick(0, 12_000));
            script.Poll(descriptor);
            script.Call($"write({descriptor}, ..., {Math.Max(1, length)})");
        }
        else
        {
            script.Call($"sendto({descriptor}, ..., {length}, MSG_FASTOPEN, ..., ...)");
        }

        script.Probe([.. s_look, "fastopen_client_fail"]);
        script.Wait(script.Pick(12_000, 50_000, 200_000, 1_240_000, 2_480_000));
        if (script.Chance(0.15)) script.Call($"write({descriptor}, ..., 100)");
        if (script.Chance(0.1)) script.Call($"connect({descriptor}, ..., ...)");
        if (script.Chance(0.1)) script.Call($"sendto({descriptor}, ..., 100, MSG_FASTOPEN, ..., ...)");
        string answer = Padded($"mss {script.Pick(536, 940, 1000, 1460)}{script.Pick("", ",sackOK", ",nop,nop,sackOK,nop,wscale 7")}{script.Pick("", ",FO abcd1234", ",FO abcd12345678ef00", ",FO", ",FO abcd", ",FO 0123456789abcdef0123456789abcdef", ",FOEXP abcd1234")}");
        int octets = script.Chance(0.15) ? 200 : 0;
        int acked = 1 + script.Pick(0, length, length, length, Math.Min(length, 536), 10);
        if (script.Chance(0.06)) script.In("R. 0:0(0) ack 1 win 0");
        else if (script.Chance(0.85)) script.In($"S. 0:{octets}({octets}) ack {acked} win {script.Pick(20000, 32792, 65535)} <{answer}>");
        script.Wait(13_000);
        script.Probe([.. s_look, "fastopen_client_fail"]);
        script.Poll(descriptor);
        script.SocketError(descriptor);
        script.Call($"read({descriptor}, ..., 1000)");
        script.Call($"write({descriptor}, ..., {script.Pick(100, 1000, 2500)})");
        script.Wait(20_000);
        if (script.Chance(0.8)) script.In($". {1 + octets}:{1 + octets}(0) ack {1 + length} win 30000");
        script.Wait(script.Pick(20_000, 300_000));
        switch (script.Random.Next(3))
        {
            case 0: script.In($"R {1 + octets}:{1 + octets}(0) win 0"); break;
            case 1: script.In($"F. {1 + octets}:{1 + octets}(0) ack {1 + length} win 30000"); break;
            default: break;
        }

        script.Wait(12_000);
        script.Poll(descriptor);
        script.Call($"close({descriptor})");
        script.Wait(20_000);
    }
}
