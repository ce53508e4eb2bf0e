namespace UserNet.Tests.Drill.Duel;

// How connections end, and what marks of congestion do to them meanwhile.
internal static partial class DuelThemes
{
    // An open connection: descriptor 4, of a listener 3 or of a connect.
    private static DuelPeer Open(DuelScript script, Action? beforeAccept = null)
    {
        script.Option("--tcp_ts_ecr_scaled");
        var peer = new DuelPeer(script) { EchoesSyn = true };
        if (script.Chance(0.25))
        {
            script.Know("socket(..., SOCK_STREAM|SOCK_NONBLOCK, IPPROTO_TCP) = 4");
            script.Call("connect(4, ..., ...)");
            script.Wait(20_000);
            string answer = Typical(script, out bool hasStamps);
            peer.Stamps = hasStamps;
            script.In($"S. 0:0(0) ack 1 win 32792 <{answer.Replace("ecr 0", "ecr 100", StringComparison.Ordinal)}>");
        }
        else
        {
            Server(script);
            string options = Typical(script, out bool stamps);
            peer.Stamps = stamps;
            peer.Syn(options);
            script.Wait(20_000);
            peer.Send();
            beforeAccept?.Invoke();
            TakeUp(script);
        }

        script.Wait(10_000);
        peer.EchoesSyn = false;
        return peer;
    }

    // An open connection with some traffic behind it; how much it has sent.
    private static DuelPeer Used(DuelScript script)
    {
        DuelPeer peer = Open(script);
        if (script.Chance(0.3))
        {
            script.Call("write(4, ..., 500)");
            script.Wait(20_000);
            peer.Ack += 500;
            peer.Send();
            script.Wait(12_000);
        }

        if (script.Chance(0.3))
        {
            peer.Send(200, "P.");
            script.Wait(12_000);
            if (script.Chance(0.7)) script.Call("read(4, ..., 1000)");
            script.Wait(12_000);
        }

        return peer;
    }

    /// <summary>Closes, shutdowns, resets, FINs and data in any order.</summary>
    private static void Close(DuelScript script)
    {
        VersionOf(script);
        if (script.Chance(0.4)) script.Knob($"net.ipv4.tcp_invalid_ratelimit={script.Pick(0, 50)}");
        if (script.Chance(0.3)) script.Knob($"net.ipv4.tcp_fin_timeout={script.Pick(1, 2)}");
        if (script.Chance(0.2)) script.Knob($"net.ipv4.tcp_orphan_retries={script.Pick(1, 2)}");
        if (script.Chance(0.15)) script.Knob("net.ipv4.tcp_rfc1337=1");
        script.Tolerance = 100_000;
        DuelPeer peer = Used(script);
        if (script.Chance(0.15)) script.Know($"setsockopt(4, SOL_TCP, TCP_LINGER2, [{script.Pick(-1, 1, 2, 5)}], 4) = 0");
        if (script.Chance(0.15)) script.Know("setsockopt(4, SOL_SOCKET, SO_LINGER, {onoff=1, linger=0}, 8) = 0");
        long sent = peer.Ack;
        bool isEnded = false;
        for (int i = 0; i < script.Random.Next(3, 10); i++)
        {
            CloseEvent(script, peer, ref sent, ref isEnded);
            script.Wait(script.Pick(12_000, 12_000, 23_000, 67_000, 131_000, 337_000));
            if (script.Chance(0.5)) LookAround(script, 4);
        }

        if (script.Chance(0.3)) script.Call("close(3)");
        script.Tail = script.Pick(300_000, 1_300_000, 3_300_000);
    }

    private static void CloseEvent(DuelScript script, DuelPeer peer, ref long sent, ref bool isEnded)
    {
        switch (script.Random.Next(20))
        {
            case 0 or 1: script.Call("close(4)"); break;
            case 2: script.Call("shutdown(4, SHUT_WR)"); break;
            case 3: script.Call($"shutdown(4, {script.Pick("SHUT_RD", "SHUT_RDWR")})"); break;
            case 4 or 5:
                int count = script.Pick(10, 500, 1000, 3000);
                script.Call($"write(4, ..., {count})");
                sent += count;
                break;
            case 6: script.Call("read(4, ..., 100000)"); break;
            case 7 or 8: if (!isEnded) peer.Send(script.Pick(1, 100, 500), "P."); break;
            case 9 or 10:
                if (!isEnded) peer.Send(script.Pick(0, 0, 100), "F.");
                isEnded = true;
                break;
            case 11 or 12 or 13:
                peer.Ack = sent + script.Pick(0, 1, 1);
                peer.Put(".", peer.Next);
                break;
            case 14: peer.Put("R", peer.Next + script.Pick(0, 0, 1, 100, -1, 70000)); break;
            case 15: peer.Put("R.", peer.Next + script.Pick(0, 0, 1)); break;
            case 16: peer.Put("S", peer.Next + script.Pick(0, 1, 1000, -100, 200000)); break;
            case 17: peer.Put(".", peer.Next + script.Pick(-1, 1, 1000, 200000), script.Pick(0, 1, 100)); break;
            case 18: peer.Put(script.Pick(".", "F."), peer.Next - script.Pick(0, 1), 0, ack: peer.Ack + script.Pick(-1, 1, 2, 100000, -100000)); break;
            default: peer.Put("S.", script.Pick(0L, peer.Next), 0); break;
        }
    }

    /// <summary>What comes to a connection in TIME-WAIT.</summary>
    private static void TimeWait(DuelScript script)
    {
        VersionOf(script);
        if (script.Chance(0.5)) script.Knob($"net.ipv4.tcp_invalid_ratelimit={script.Pick(0, 50)}");
        if (script.Chance(0.3)) script.Knob("net.ipv4.tcp_rfc1337=1");
        DuelPeer peer = Open(script);
        bool isClosing = script.Chance(0.3);
        script.Call(script.Pick("close(4)", "shutdown(4, SHUT_WR)", "shutdown(4, SHUT_RDWR)"));
        script.Wait(20_000);
        if (!isClosing)
        {
            peer.Ack = 2;
            peer.Send();
            script.Wait(script.Pick(12_000, 100_000));
        }

        peer.Send(script.Pick(0, 0, 100), "F.");
        script.Wait(13_000);
        if (isClosing)
        {
            peer.Ack = 2;
            peer.Send();
            script.Wait(12_000);
        }

        for (int i = 0; i < script.Random.Next(1, 6); i++)
        {
            TimeWaitEvent(script, peer);
            script.Wait(script.Pick(12_000, 60_000, 300_000, 1_100_000));
            LookAround(script, 4);
        }

        script.Tail = 500_000;
    }

    private static void TimeWaitEvent(DuelScript script, DuelPeer peer)
    {
        switch (script.Random.Next(11))
        {
            case 0: peer.Put("F.", peer.Next - 1); break;
            case 1: peer.Put(".", peer.Next); break;
            case 2: peer.Put("P.", peer.Next + script.Pick(-1, 0, 100, 100000), script.Pick(1, 100)); break;
            case 3: peer.Put("R", peer.Next + script.Pick(0, 1, -1, 100, 100000)); break;
            case 4: peer.Put("R.", peer.Next + script.Pick(0, 1)); break;
            case 5: peer.Put("S", peer.Next + script.Pick(0, 1, 100, 100000, -1, -1000), 0, more: "mss 1000"); break;
            case 6: peer.Put("S.", peer.Next + script.Pick(0, 1, -1)); break;
            case 7: peer.Put("-", peer.Next, script.Pick(0, 10)); break;
            case 8: peer.Put(".", peer.Next, 0, ack: script.Pick(0, 1, 3, 1000)); break;
            case 9: script.Call($"write(4, ..., 100)"); break;
            default:
                script.Call("close(4)");
                break;
        }
    }

    /// <summary>A peer that is silent: retries, orphans, keep-alive, TCP_USER_TIMEOUT.</summary>
    private static void Silence(DuelScript script)
    {
        VersionOf(script);
        if (script.Chance(0.3)) script.Knob($"net.ipv4.tcp_orphan_retries={script.Pick(1, 2, 3)}");
        if (script.Chance(0.3)) script.Knob($"net.ipv4.tcp_retries2={script.Pick(2, 3, 4)}");
        if (script.Chance(0.2)) script.Knob($"net.ipv4.tcp_fin_timeout={script.Pick(1, 2)}");
        script.Tolerance = 150_000;      // timeouts that double are rounded up each time
        DuelPeer peer = Used(script);
        if (script.Chance(0.4)) script.Know($"setsockopt(4, SOL_TCP, TCP_USER_TIMEOUT, [{script.Pick(100, 700, 1500, 3000)}], 4) = 0");
        if (script.Chance(0.5))
        {
            script.Know("setsockopt(4, SOL_SOCKET, SO_KEEPALIVE, [1], 4) = 0");
            script.Know("setsockopt(4, SOL_TCP, TCP_KEEPIDLE, [1], 4) = 0");
            script.Know($"setsockopt(4, SOL_TCP, TCP_KEEPINTVL, [{script.Pick(1, 2)}], 4) = 0");
            script.Know($"setsockopt(4, SOL_TCP, TCP_KEEPCNT, [{script.Pick(1, 2, 3)}], 4) = 0");
        }

        for (int i = 0; i < script.Random.Next(1, 6); i++)
        {
            switch (script.Random.Next(8))
            {
                case 0 or 1: script.Call($"write(4, ..., {script.Pick(100, 1000, 3000)})"); break;
                case 2: script.Call("close(4)"); break;
                case 3: script.Call("shutdown(4, SHUT_WR)"); break;
                case 4: peer.Put(".", peer.Next); break;
                case 5:
                    peer.Window = script.Pick(0, 30000);
                    peer.Put(".", peer.Next);
                    break;
                case 6: peer.Send(10, "P."); break;
                default: break;
            }

            script.Wait(script.Pick(13_000, 157_000, 741_000, 1_467_000, 2_733_000));
            LookAround(script, 4);
        }

        script.Wait(script.Pick(13_000, 1_467_000, 2_733_000));
        LookAround(script, 4);
        script.Tail = script.Pick(300_000, 1_300_000, 5_300_000);
    }

    /// <summary>ECN in handshakes and in what follows them.</summary>
    private static void Ecn(DuelScript script)
    {
        VersionOf(script);
        script.Option("--tcp_ts_ecr_scaled");
        script.Knob($"net.ipv4.tcp_ecn={script.Pick(0, 1, 1, 2, 2)}");
        if (script.Chance(0.2)) script.Knob("net.ipv4.tcp_ecn_fallback=0");
        if (script.Chance(0.3)) script.Knob("net.ipv4.tcp_timestamps=0");
        var peer = new DuelPeer(script) { EchoesSyn = true };
        if (script.Chance(0.4))
        {
            script.Know("socket(..., SOCK_STREAM|SOCK_NONBLOCK, IPPROTO_TCP) = 4");
            script.Call("connect(4, ..., ...)");
            script.Wait(script.Pick(20_000, 20_000, 1_300_000));
            string answer = Typical(script, out bool hasStamps);
            peer.Stamps = hasStamps;
            script.In($"{MarkOf(script, 0.2)}S{script.Pick("E", "E", "E", "")}. 0:0(0) ack 1 win 32792 <{answer.Replace("ecr 0", "ecr 100", StringComparison.Ordinal)}>");
        }
        else
        {
            Server(script);
            string options = Typical(script, out bool stamps);
            peer.Stamps = stamps;
            peer.Marks = MarkOf(script, 0.2);
            peer.Syn(options, "S" + script.Pick("EW", "EW", "EW", "", "E", "W"));
            script.Wait(script.Pick(20_000, 20_000, 1_300_000));
            peer.Marks = MarkOf(script, 0.1);
            peer.Put(script.Pick(".", ".", "E.", "W."), 1);
            TakeUp(script);
        }

        script.Wait(12_000);
        peer.EchoesSyn = false;
        for (int i = 0; i < script.Random.Next(2, 9); i++)
        {
            EcnEvent(script, peer);
            script.Wait(script.Pick(15_000, 30_000, 60_000));
            script.Probe([.. s_look, "snd_ssthresh", "delivered_ce"]);
        }
    }

    private static void EcnEvent(DuelScript script, DuelPeer peer)
    {
        peer.Marks = MarkOf(script, 0.6);
        switch (script.Random.Next(6))
        {
            case 0 or 1 or 2:
                int count = script.Pick(100, 1000, 2000, 5000);
                script.Call($"write(4, ..., {count})");
                script.Wait(20_000);
                peer.Marks = MarkOf(script, 0.1);
                peer.Ack += count;
                peer.Put(script.Pick(".", ".", "E.", "E."), peer.Next);
                break;
            case 3:
                peer.Send(script.Pick(100, 1000), script.Pick("P.", "P.", "PW.", "PE."));
                break;
            case 4:
                peer.Send(script.Pick(100, 1000), "P.");
                script.Wait(12_000);
                script.Call("read(4, ..., 10000)");
                break;
            default:
                peer.Put(script.Pick(".", "E.", "W."), peer.Next);
                break;
        }
    }

    private static string MarkOf(DuelScript script, double often) => script.Chance(often) ? script.Pick("[ect0] ", "[ce] ", "[ect1] ") : "";
}
