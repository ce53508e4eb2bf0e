namespace UserNet.Tests.Drill.Duel;

/// <content>What a sender does when nothing is lost: windows, small segments, buffers, path MTU.</content>
internal static partial class DuelThemes
{
    // What was written and acknowledged, and how much of it has surely been sent.
    private sealed class Flow(DuelScript script, int mss, long window)
    {
        public int Mss { get; } = mss;

        public long Window { get; set; } = window;

        public long Written { get; private set; }

        public long Acked { get; private set; }

        public long Sent { get; private set; }

        public int Congestion { get; set; } = 10;

        public string Suffix { get; set; } = "";

        public int HeaderWindow { get; set; } = 1000;

        public void Wrote(long octets)
        {
            Written += octets;
            Send();
        }

        public void Write(long octets, string flags = "")
        {
            script.Call(flags.Length == 0 ? $"write(4, ..., {octets})" : $"send(4, ..., {octets}, {flags})");
            Wrote(octets);
        }

        // So many more octets are acknowledged.
        public void Ack(long octets, long seq = 1)
        {
            octets = Math.Min(octets, Sent - Acked);
            if (Sent - Acked >= (long)Congestion * Mss) Congestion += (int)(octets / Mss);
            Acked += octets;
            script.In($". {seq}:{seq}(0) ack {Acked + 1} win {HeaderWindow}{Suffix}");
            Send();
        }

        public void Send()
        {
            long most = Math.Min(Written, Acked + Math.Min(Window, (long)Congestion * Mss));
            if (most < Written) most -= (most - Acked) % Mss;
            Sent = Math.Max(Sent, most);
        }
    }

    private static string Options(DuelScript script, int mss, int scale)
    {
        string sack = script.Chance(0.8) ? $"sackOK,nop,nop,nop,wscale {scale}" : $"nop,wscale {scale}";
        return $"mss {mss},{sack}";
    }

    private static void Route(DuelScript script, string metrics) =>
        script.Command($"ip route change 192.0.2.0/24 via 192.168.0.2 dev tun0 {metrics}");

    private static void SlowStart(DuelScript script)
    {
        int mss = script.Pick(1000, 1000, 1460, 536);
        if (script.Chance(0.4)) script.Knob("net.ipv4.tcp_congestion_control=reno");
        if (script.Chance(0.4)) script.Knob("net.ipv4.tcp_slow_start_after_idle=1");
        if (script.Chance(0.4)) script.Knob("net.ipv4.tcp_early_retrans=0");
        if (script.Chance(0.2)) script.Knob($"net.ipv4.tcp_min_tso_segs={script.Pick(1, 2, 4, 8)}");
        if (script.Chance(0.2)) script.Knob($"net.ipv4.tcp_tso_win_divisor={script.Pick(0, 1, 3, 8)}");
        var flow = new Flow(script, mss, 2_000_000) { HeaderWindow = 15_625 };
        if (script.Chance(0.25))
        {
            int initial = script.Pick(1, 2, 3, 4, 20);
            Route(script, $"initcwnd {initial}");
            flow.Congestion = initial;
        }

        int rtt = script.Pick(60_000, 100_000, 140_000);
        Accept(script, Options(script, mss, 7), rtt, "win 15625");
        if (script.Chance(0.4)) LoseOne(script, flow, rtt);
        for (int round = 0; round < script.Random.Next(2, 7); round++)
        {
            long count = script.Chance(0.6) ? (long)mss * script.Random.Next(1, 41) : script.Random.Next(1, 30_000);
            flow.Write(count);
            script.Wait(script.Chance(0.7) ? rtt : rtt + (rtt / 3));
            int each = script.Pick(1, 1, 2, 2, 3, 4, 100);
            int gap = script.Pick(0, 0, 10_000, 15_000);
            // What left just now is acknowledged only later: round-trip times of less than a millisecond are noise.
            long sent = flow.Sent;
            for (int i = 0; i < 30 && flow.Acked < sent; i++)
            {
                flow.Ack(Math.Min((long)each * mss, sent - flow.Acked));
                if (script.Chance(0.4)) script.Probe("snd_cwnd", "snd_ssthresh", "unacked", "ca_state");
                script.Wait(flow.Acked < sent ? gap : 10_000);
            }

            script.Probe("snd_cwnd", "snd_ssthresh", "unacked", "ca_state", "notsent_bytes");
            if (flow.Acked < flow.Sent)
            {
                script.Wait(rtt - 10_000);
                flow.Ack(long.MaxValue);
            }

            script.Wait(script.Pick(10_000, 20_000, 20_000, 700_000, 1_600_000));
        }
    }

    // The first segment of ten is lost: afterwards the window grows slowly.
    private static void LoseOne(DuelScript script, Flow flow, int rtt)
    {
        flow.Write(10L * flow.Mss);
        script.Wait(rtt);
        for (int i = 0; i < 3; i++)
        {
            script.In($". 1:1(0) ack 1 win 15625 <nop,nop,sack {flow.Mss + 1}:{((i + 2) * flow.Mss) + 1}>");
            script.Wait(10_000);
        }

        script.Wait(rtt - 20_000);
        flow.Ack(10L * flow.Mss);
        flow.Congestion = 2;
        script.Probe("snd_cwnd", "snd_ssthresh", "unacked", "ca_state");
        script.Wait(20_000);
    }

    private static void Nagle(DuelScript script)
    {
        int mss = script.Pick(1000, 1460, 536);
        if (script.Chance(0.9)) script.Knob("net.ipv4.tcp_early_retrans=0");
        script.Tail = 500_000;
        int rtt = script.Pick(20_000, 30_000, 40_000);
        Accept(script, Options(script, mss, 7), rtt);
        var flow = new Flow(script, mss, 128_000);
        for (int i = 0; i < script.Random.Next(6, 18); i++)
        {
            int action = script.Random.Next(12);
            switch (action)
            {
                case 0:
                    script.Know($"setsockopt(4, SOL_TCP, TCP_NODELAY, [{script.Random.Next(2)}], 4) = 0");
                    break;
                case 1:
                    script.Know($"setsockopt(4, SOL_TCP, TCP_CORK, [{script.Random.Next(2)}], 4) = 0");
                    break;
                case 2:
                    flow.Write(SmallOrLarge(script, mss), "MSG_MORE");
                    break;
                case 3:
                    flow.Write(SmallOrLarge(script, mss), "MSG_EOR");
                    break;
                case 4 or 5 or 6 or 7:
                    flow.Write(SmallOrLarge(script, mss));
                    break;
                case 8:
                    flow.Ack(script.Random.Next(1, 3 * mss));
                    break;
                default:
                    flow.Ack(script.Chance(0.5) ? long.MaxValue : script.Random.Next(0, 4) * (long)mss);
                    break;
            }

            script.Probe("unacked", "notsent_bytes", "snd_cwnd", "ca_state");
            script.Wait(script.Pick(10_000, 10_000, 12_000, 25_000, 90_000));
        }
    }

    private static int SmallOrLarge(DuelScript script, int mss) => script.Random.Next(6) switch
    {
        0 => mss,
        1 => mss * script.Random.Next(2, 5),
        2 => (mss * script.Random.Next(1, 4)) + script.Random.Next(1, mss),
        _ => script.Random.Next(1, mss),
    };

    private static void PeerWindow(DuelScript script)
    {
        int mss = script.Pick(88, 536, 1000, 1000, 1460), scale = script.Pick(0, 0, 2, 7);
        script.Knob("net.ipv4.tcp_early_retrans=0");
        int first = script.Pick(200, 500, 1000, 2000, 4000, 8000, 20_000) >> scale << scale;
        if (first == 0) first = 1 << scale;
        int rtt = script.Pick(20_000, 30_000, 40_000);
        string options = script.Chance(0.15) ? $"sackOK,nop,nop,nop,wscale {scale}" : Options(script, mss, scale);
        if (!options.StartsWith("mss", StringComparison.Ordinal)) mss = 536;
        Accept(script, options, rtt, $"win {first >> scale}");
        var flow = new Flow(script, mss, first) { HeaderWindow = first >> scale };
        for (int i = 0; i < script.Random.Next(4, 12); i++)
        {
            switch (script.Random.Next(7))
            {
                case 0 or 1:
                    flow.Write(script.Chance(0.5) ? script.Random.Next(1, 12) * mss : script.Random.Next(1, 6000));
                    break;
                case 2:
                    SetWindow(script, flow, script.Pick(0, 0, 1, 100, mss / 2, mss, mss + 1), scale);
                    flow.Ack(script.Chance(0.5) ? 0 : long.MaxValue);
                    break;
                case 3:
                    SetWindow(script, flow, script.Pick(2 * mss, 3 * mss, 3333, 10 * mss, 20_000), scale);
                    flow.Ack(script.Chance(0.3) ? 0 : long.MaxValue);
                    break;
                default:
                    flow.Ack(script.Chance(0.6) ? long.MaxValue : script.Random.Next(1, 4) * (long)mss);
                    break;
            }

            script.Probe("unacked", "notsent_bytes", "snd_cwnd", "probes", "backoff", "ca_state", "snd_mss");
            script.Wait(flow.Acked == flow.Sent ? script.Pick(10_000, 30_000, 100_000, 1_000_000) : script.Pick(10_000, 15_000, 20_000));
        }
    }

    private static void SetWindow(DuelScript script, Flow flow, int octets, int scale)
    {
        int header = Math.Min(octets >> scale, 65_535);
        if (octets > 0 && header == 0) header = 1;
        (flow.HeaderWindow, flow.Window) = (header, (long)header << scale);
        _ = script;
    }

    private static void SendFin(DuelScript script)
    {
        int mss = script.Pick(1000, 1000, 1460), scale = script.Pick(0, 7);
        int first = script.Pick(500, 1000, 2000, 3000, 5000, 40_000) >> scale << scale;
        script.Knob("net.ipv4.tcp_early_retrans=0");
        int rtt = script.Pick(20_000, 30_000, 40_000);
        Accept(script, Options(script, mss, scale), rtt, $"win {first >> scale}");
        var flow = new Flow(script, mss, first) { HeaderWindow = first >> scale };
        if (script.Chance(0.3)) script.Know($"setsockopt(4, SOL_TCP, {script.Pick("TCP_NODELAY", "TCP_CORK")}, [1], 4) = 0");
        for (int i = 0; i < script.Random.Next(1, 4); i++)
        {
            flow.Write(script.Chance(0.5) ? script.Random.Next(1, 12) * mss : script.Random.Next(1, 6000));
            script.Wait(script.Pick(0, 10_000, 20_000));
            if (script.Chance(0.3)) flow.Ack(script.Chance(0.5) ? long.MaxValue : mss);
            script.Wait(10_000);
        }

        int peer = 1;
        script.Know(script.Pick("close(4) = 0", "shutdown(4, SHUT_WR) = 0", "shutdown(4, SHUT_RDWR) = 0"));
        for (int i = 0; i < script.Random.Next(3, 9); i++)
        {
            script.Wait(script.Pick(10_000, 15_000, 20_000));
            switch (script.Random.Next(7))
            {
                case 0:
                    SetWindow(script, flow, script.Pick(0, 1, 500, 999, 1000, 1001), scale);
                    flow.Ack(script.Chance(0.5) ? 0 : long.MaxValue, peer);
                    break;
                case 1:
                    SetWindow(script, flow, script.Pick(2000, 10_000), scale);
                    flow.Ack(script.Chance(0.5) ? 0 : long.MaxValue, peer);
                    break;
                case 2 when script.Chance(0.3):
                    script.In($"F. {peer}:{peer}(0) ack {flow.Acked + 1} win {flow.HeaderWindow}");
                    peer++;
                    script.Wait(10_000);
                    break;
                case 3 when flow.Acked == flow.Written:
                    script.In($". {peer}:{peer}(0) ack {flow.Acked + 2} win {flow.HeaderWindow}");
                    break;
                default:
                    flow.Ack(script.Chance(0.6) ? long.MaxValue : script.Random.Next(1, 4) * (long)mss, peer);
                    break;
            }

        }
    }

    private static void PathMtu(DuelScript script)
    {
        bool isV6 = script.Chance(0.3);
        if (isV6) script.Option("--ip_version=ipv6");
        int mss = script.Pick(1000, 1460, 1460), header = isV6 ? 60 : 40;
        if (isV6) script.Option("--mtu=1520");
        if (script.Chance(0.3)) script.Knob("net.ipv4.tcp_congestion_control=reno");
        if (script.Chance(0.3)) script.Knob("net.ipv4.tcp_early_retrans=0");
        int rtt = script.Pick(60_000, 100_000);
        Accept(script, Options(script, mss, 7), rtt);
        var flow = new Flow(script, mss, 128_000);
        if (script.Chance(0.2)) script.Know("setsockopt(4, SOL_TCP, TCP_NODELAY, [1], 4) = 0");
        for (int i = 0; i < script.Random.Next(1, 3); i++)
        {
            flow.Write(script.Chance(0.6) ? script.Random.Next(1, 16) * mss : script.Random.Next(1, 12_000));
            script.Wait(20_000, 40_000);
        }

        for (int i = 0; i < script.Random.Next(3, 10); i++)
        {
            int action = i == 0 ? 0 : script.Random.Next(10);
            if (action == 0) TellMtu(script, flow, isV6, header);
            else if (action < 3) flow.Write(script.Chance(0.6) ? script.Random.Next(1, 8) * mss : script.Random.Next(1, 6000));
            else if (action < 7) flow.Ack(script.Chance(0.4) ? long.MaxValue : script.Random.Next(1, 5) * (long)mss);
            else flow.Ack(script.Random.Next(1, 4) * 560L);
            script.Probe("unacked", "lost", "retrans", "snd_cwnd", "snd_ssthresh", "ca_state", "snd_mss", "pmtu", "notsent_bytes");
            script.Wait(script.Pick(10_000, 15_000, 30_000));
        }
    }

    private static void TellMtu(DuelScript script, Flow flow, bool isV6, int header)
    {
        int mtu = script.Pick(600, 1000, 1040, 1200, 1300, 1400, flow.Mss + header - 1);
        if (isV6) mtu = Math.Max(mtu, 1280);
        long seq = script.Chance(0.85) ? flow.Acked + 1 : flow.Acked + 1 + (script.Random.Next(0, 3) * flow.Mss);
        string kind = isV6 ? "packet_too_big" : "unreachable frag_needed";
        script.In($"icmp {kind} mtu {mtu} [{seq}:{seq + flow.Mss}({flow.Mss})]");
    }

    private static void MtuProbing(DuelScript script)
    {
        int mss = script.Pick(1000, 1460, 1460);
        script.Knob($"net.ipv4.tcp_mtu_probing={script.Pick(1, 2, 2, 2, 2)}");
        if (script.Chance(0.5)) script.Knob($"net.ipv4.tcp_base_mss={script.Pick(512, 536, 700, 1000)}");
        if (script.Chance(0.2)) script.Knob($"net.ipv4.tcp_mtu_probe_floor={script.Pick(48, 600)}");
        if (script.Chance(0.2)) script.Knob($"net.ipv4.tcp_probe_threshold={script.Pick(8, 100)}");
        if (script.Chance(0.2)) script.Knob($"net.ipv4.tcp_probe_interval={script.Pick(1, 2)}");
        if (script.Chance(0.3)) script.Knob("net.ipv4.tcp_congestion_control=reno");
        if (script.Chance(0.3)) script.Knob("net.ipv4.tcp_retries1=2");
        int rtt = script.Pick(60_000, 100_000);
        Accept(script, Options(script, mss, 7), rtt, "win 2000");
        if (script.Chance(0.3)) script.Know("setsockopt(4, SOL_TCP, TCP_NODELAY, [1], 4) = 0");
        var flow = new Flow(script, 512, 256_000) { HeaderWindow = 2000 };
        for (int i = 0; i < script.Random.Next(5, 14); i++)
        {
            int action = script.Random.Next(10);
            if (action < 4) flow.Write(script.Chance(0.6) ? script.Random.Next(1, 30) * mss : script.Random.Next(1, 16_000));
            else if (action < 7) flow.Ack(script.Chance(0.7) ? long.MaxValue : script.Random.Next(1, 5) * (long)mss);
            else flow.Ack(script.Random.Next(1, 6) * 512L);
            script.Probe("unacked", "snd_cwnd", "snd_ssthresh", "ca_state", "snd_mss", "pmtu", "notsent_bytes");
            script.Wait(script.Pick(10_000, 15_000, 30_000, 60_000));
        }
    }

    private static void SendBuffer(DuelScript script)
    {
        int mss = script.Pick(1000, 1460);
        if (script.Chance(0.3)) script.Knob($"net.ipv4.tcp_wmem=4096 {script.Pick(8192, 16384, 65536)} {script.Pick(65536, 262144)}".Replace("=", "=\"", StringComparison.Ordinal) + "\"");
        int rtt = script.Pick(40_000, 100_000);
        Accept(script, Options(script, mss, 7), rtt);
        script.Know("fcntl(4, F_SETFL, O_RDWR|O_NONBLOCK) = 0");
        if (script.Chance(0.6)) script.Know($"setsockopt(4, SOL_SOCKET, SO_SNDBUF, [{script.Pick(2000, 5000, 8000, 10_000, 20_000, 50_000)}], 4) = 0");
        if (script.Chance(0.3)) script.Know($"setsockopt(4, SOL_TCP, TCP_NOTSENT_LOWAT, [{script.Pick(1, 1000, 5000, 20_000)}], 4) = 0");
        var flow = new Flow(script, mss, 128_000);
        for (int i = 0; i < script.Random.Next(4, 12); i++)
        {
            int action = script.Random.Next(10);
            if (action < 4) flow.Write(script.Pick(100, 1000, 3000, 10_000, 20_000, 60_000, 200_000));
            else if (action < 7) flow.Ack(script.Random.Next(1, 8) * (long)mss);
            else flow.Ack(script.Random.Next(1, 3) * (long)mss);
            script.Probe("SK_MEMINFO_WMEM_QUEUED", "SK_MEMINFO_SNDBUF");
            script.Know("ioctl(4, SIOCOUTQ, [@]) = 0");
            script.Know("ioctl(4, SIOCOUTQNSD, [@]) = 0");
            script.Wait(script.Pick(10_000, 15_000, 30_000));
        }
    }

    private static void Chat(DuelScript script)
    {
        int mss = script.Pick(1000, 1460);
        int rtt = script.Pick(20_000, 60_000);
        Accept(script, Options(script, mss, 7), rtt);
        var flow = new Flow(script, mss, 128_000);
        int peer = 1;
        if (script.Chance(0.3)) script.Know("setsockopt(4, SOL_TCP, TCP_NODELAY, [1], 4) = 0");
        for (int i = 0; i < script.Random.Next(5, 16); i++)
        {
            int count = script.Chance(0.6) ? script.Random.Next(1, mss) : mss;
            switch (script.Random.Next(5))
            {
                case 0 or 1:
                    script.In($"P. {peer}:{peer + count}({count}) ack {flow.Acked + 1} win 1000");
                    peer += count;
                    break;
                case 2 or 3:
                    flow.Write(SmallOrLarge(script, mss));
                    break;
                case 4:
                    flow.Ack(long.MaxValue, peer);
                    break;
            }

            if (script.Chance(0.4)) script.Call("recv(4, ..., 100000, MSG_DONTWAIT)");
            script.Probe("unacked", "notsent_bytes", "snd_cwnd", "rcv_mss");
            script.Wait(script.Pick(10_000, 10_000, 20_000, 80_000, 300_000));
        }
    }

    private static void Paced(DuelScript script)
    {
        int mss = 1000, rtt = script.Pick(20_000, 60_000, 100_000);
        Accept(script, Options(script, mss, 7), rtt);
        if (script.Chance(0.8)) script.Know($"setsockopt(4, SOL_SOCKET, SO_MAX_PACING_RATE, [{script.Pick(20_000, 50_000, 100_000, 400_000)}], 4) = 0");
        if (script.Chance(0.5)) script.Know($"setsockopt(4, SOL_TCP, TCP_USER_TIMEOUT, [{script.Pick(500, 1000, 2000)}], 4) = 0");
        var flow = new Flow(script, mss, 128_000);
        for (int i = 0; i < script.Random.Next(2, 8); i++)
        {
            if (script.Chance(0.5)) flow.Write(script.Random.Next(1, 15) * mss);
            else flow.Ack(script.Chance(0.5) ? long.MaxValue : script.Random.Next(1, 5) * mss);
            script.Probe("unacked", "notsent_bytes", "snd_cwnd", "ca_state", "state");
            script.Wait(script.Pick(11_000, 33_000, 83_000, 163_000));
        }
    }
}
