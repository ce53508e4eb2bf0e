namespace UserNet.Tests.Drill.Duel;

/// <content>When a receiver answers, what it offers, and what it does about what can't be.</content>
internal static partial class DuelThemes
{
    // Quick and delayed acknowledgments: pauses, answers, TCP_QUICKACK, segments of other sizes.
    private static void DelayedAcks(DuelScript script)
    {
        script.Tolerance = 10_000;
        var peer = new DuelSender(script);
        peer.Choose();
        peer.Open();
        int quick = script.Random.Next(0, 4) * 6;
        for (int i = 0; i < quick; i++)      // the young connection's acknowledgments are used up
        {
            peer.Send(peer.Size);
            script.Wait(12_000);
        }

        if (quick > 0 && script.Chance(0.8)) script.Call("read(4, ..., 100000)");
        int count = script.Random.Next(4, 14);
        for (int i = 0; i < count; i++)
        {
            int size = script.Pick(peer.Size, peer.Size, peer.Size, peer.Size / 2, script.Random.Next(1, peer.Size), 1);
            string flags = script.Pick(".", "P.", "P.");
            switch (script.Random.Next(0, 12))
            {
                case < 6: peer.Send(size, flags); break;
                case < 8:
                    for (int k = script.Random.Next(2, 5); k > 0; k--) peer.Send(size, k == 1 ? flags : ".");
                    break;
                case < 10: peer.Written("write(4, ...", script.Pick(1, 100, 1000)); break;
                case 10: script.Know($"setsockopt(4, IPPROTO_TCP, TCP_QUICKACK, [{script.Pick(0, 0, 1)}], 4) = 0"); break;
                default: script.Call($"read(4, ..., {script.Pick(100, 1000, 100000)})"); break;
            }

            if (script.Chance(0.2)) script.Probe("rcv_mss", "rcv_ssthresh", "rcv_wnd");
            if (script.Chance(0.1)) script.Call("getsockopt(4, IPPROTO_TCP, TCP_QUICKACK, [@], [4]) = 0");
            script.Wait(script.Pick(11_000, 17_000, 65_000, 120_000, 280_000, 500_000));
        }
    }

    // What is offered: buffers of all sizes, shifts, clamps, late readers, zero windows.
    private static void Windows(DuelScript script)
    {
        var peer = new DuelSender(script);
        peer.Choose(scale: 0.7);
        if (script.Chance(0.15)) script.Knob("net.ipv4.tcp_shrink_window=1");
        if (script.Chance(0.1)) script.Knob("net.ipv4.tcp_moderate_rcvbuf=0");
        if (script.Chance(0.3)) script.Knob($"net.ipv4.tcp_rmem=\"4096 {script.Pick(16384, 87380, 131072, 32768, 1000000)} {script.Pick(131072, 6291456, 1000000, 16000000)}\"");
        if (script.Chance(0.05)) script.Knob("net.ipv4.tcp_window_scaling=0");
        string? early = script.Chance(0.4) ? Buffer(script, script.Pick("SO_RCVBUF", "SO_RCVBUF", "TCP_WINDOW_CLAMP")) : null;
        peer.Open(descriptor =>
        {
            if (early is not null) script.Know($"setsockopt({descriptor}, {early}, 4) = 0");
        });
        int count = script.Random.Next(4, 20);
        for (int i = 0; i < count; i++)
        {
            switch (script.Random.Next(0, 24))
            {
                case < 12:
                    for (int k = script.Pick(1, 1, 1, 2, 4, 8); k > 0; k--) peer.Send(script.Pick(peer.Size, peer.Size, peer.Size, script.Random.Next(1, peer.Size)), k == 1 ? "P." : ".");
                    break;
                case < 15: peer.Send(script.Pick(2, 4, 8, 16, 30) * Math.Min(peer.Size, 1460), "P."); break;
                case < 20: script.Call($"read(4, ..., {script.Pick(100, 1000, 5000, 20000, 100000)})"); break;
                case 20: script.Know($"setsockopt(4, {Buffer(script, "SO_RCVBUF")}, 4) = 0"); break;
                case 21: script.Know($"setsockopt(4, {Buffer(script, "TCP_WINDOW_CLAMP")}, 4) = 0"); break;
                case 22: peer.Segment(".", peer.Next - 1, 0); break;
                default: peer.Segment(".", peer.Next + script.Pick(1, 2) * peer.Size, peer.Size); break;
            }

            if (script.Chance(0.4)) script.Probe("rcv_ssthresh", "rcv_wnd", "rcv_mss", "rcv_space", "SK_MEMINFO_RCVBUF");
            script.Wait(script.Pick(11_000, 13_000, 21_000, 90_000, 140_000, 330_000));
        }
    }

    private static string Buffer(DuelScript script, string option) =>
        option == "SO_RCVBUF" ? $"SOL_SOCKET, SO_RCVBUF, [{script.Pick(1, 2000, 5000, 10000, 20000, 60000, 200000, 1000000)}]"
            : $"IPPROTO_TCP, TCP_WINDOW_CLAMP, [{script.Pick(500, 3000, 10000, 30000, 65535, 100000, 400000)}]";

    // What can't be: old and wrong timestamps, acknowledgments too old or too new, SYN and RST anywhere, flags that make no sense.
    private static void Validity(DuelScript script)
    {
        var peer = new DuelSender(script);
        peer.Choose(timestamps: 0.5);
        if (script.Chance(0.5)) script.Knob($"net.ipv4.tcp_invalid_ratelimit={script.Pick(0, 0, 500, 100)}");
        if (script.Chance(0.2)) script.Knob($"net.ipv4.tcp_challenge_ack_limit={script.Pick(0, 1000, 2147483647)}");
        peer.Open();
        int written = 0, fin = 0;
        int count = script.Random.Next(3, 12);
        for (int i = 0; i < count; i++)
        {
            switch (script.Random.Next(0, 10))
            {
                case 0:
                    peer.Send(peer.Size);
                    break;
                case < 3:
                    int before = peer.Ack;
                    peer.Ack = 1 + written + fin;
                    if (fin == 0) peer.Written("write(4, ...", 1000);
                    else peer.Segment(".", peer.Next, 0);
                    written = peer.Ack - 1 - fin;
                    if (script.Chance(0.1)) peer.Ack = before;
                    break;
                case 3 when fin == 0 && script.Chance(0.3):
                    script.Know("shutdown(4, SHUT_WR) = 0");
                    fin = 1;
                    break;
                default: Odd(script, peer, 1 + written + fin); break;
            }

            if (script.Chance(0.35)) script.Probe("state", "rcv_wnd", "unacked", "bytes_received", "bytes_acked", "advmss");
            if (script.Chance(0.1)) script.Call("getsockopt(4, SOL_SOCKET, SO_ERROR, [@], [4]) = 0");
            if (script.Chance(0.15)) script.Call("read(4, ..., 100)");
            script.Wait(script.Pick(12_000, 16_000, 90_000, 130_000, 600_000));
        }
    }

    private static void Odd(DuelScript script, DuelSender peer, int next)
    {
        int full = peer.Size, window = script.Pick(0, 1, 100, full, 64_000, 65_535, 100_000, 10_000_000, 30_000_000);
        int seq = script.Chance(0.4) ? peer.Next : peer.Next + (script.Chance(0.5) ? window : -Math.Min(window, 70_000)), ack = peer.Ack;
        int length = script.Pick(0, 0, 0, 1, 100, full);
        string flags = script.Pick("R", "R.", "S", "S.", "SF", "-", "F", "FPU", "SR", "P", "F.", ".", ".", ".", ".", "PU.", "RF.", "SP.");
        if (script.Chance(0.35)) ack = next + script.Pick(1, 1000, -1, -1000, -10_000, -60_000, -200_000, 1_000_000, 2_000_000_000, 0);
        int late = script.Chance(0.5) ? 0 : script.Pick(1, 10, 1000, 2000, -5000, 1_000_000, -2_000_000_000);
        bool hasAck = flags.Contains('.', StringComparison.Ordinal);
        string options = peer.HasTimestamps && (flags.Contains('R', StringComparison.Ordinal) || script.Chance(0.1)) && script.Chance(0.6) ? "" : peer.Options(late: late);
        if (!hasAck) options = options.Length == 0 ? "" : $" <nop,nop,TS val {1000 + (script.Now / 1000) - late} ecr 0>";
        bool isWide = flags[0] == 'S' && options.Length == 0 && script.Chance(0.5);
        if (isWide) options = " <mss 1000>";
        script.In($"{flags} {unchecked((uint)seq)}:{unchecked((uint)(seq + length))}({length}){(hasAck ? $" ack {unchecked((uint)ack)}" : "")} win {script.Pick(peer.Window, peer.Window, 500, 2000)}{options}");
    }

    // Congestion marks, and what the peer says of its own.
    private static void Marks(DuelScript script)
    {
        script.Tolerance = 10_000;
        var peer = new DuelSender(script);
        peer.Choose();
        script.Knob($"net.ipv4.tcp_ecn={script.Pick(1, 1, 2, 0)}");
        peer.SynFlags = script.Chance(0.8) ? "SEW" : "S";
        peer.SynAckFlags = script.Chance(0.8) ? "SE." : "S.";
        peer.Open();
        int count = script.Random.Next(4, 18);
        for (int i = 0; i < count; i++)
        {
            string ip = script.Pick("[ect0] ", "[ect0] ", "[ect0] ", "[ect1] ", "[ce] ", "[ce] ", ""), flags = script.Pick(".", ".", "P.", "W.", "E.", "WP.");
            switch (script.Random.Next(0, 10))
            {
                case < 5: peer.Send(script.Pick(peer.Size, peer.Size, script.Random.Next(1, peer.Size)), flags, ip); break;
                case 5: peer.Segment(flags, peer.Next + peer.Size, peer.Size, ip); break;
                case 6: peer.Segment(flags, Math.Max(1, peer.Next - peer.Size), peer.Size, ip); break;
                case 7: peer.Segment(flags, peer.Next, 0, script.Pick(ip, "")); break;
                case 8: peer.Written("write(4, ...", 1000); break;
                default: peer.Segment(script.Pick(".", "E."), peer.Next, 0); break;
            }

            if (script.Chance(0.3)) script.Probe("options", "snd_cwnd", "snd_ssthresh", "ca_state");
            if (script.Chance(0.1)) script.Call("read(4, ..., 10000)");
            script.Wait(script.Pick(11_000, 17_000, 65_000, 120_000, 280_000, 500_000));
        }
    }
}
