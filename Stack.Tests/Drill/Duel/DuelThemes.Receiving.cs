namespace UserNet.Tests.Drill.Duel;

/// <content>What a receiver does: what it takes, what it answers, and when.</content>
internal static partial class DuelThemes
{
    // Data in order and out of order, with holes, overlaps and repetitions; FIN at any place.
    private static void Arrivals(DuelScript script)
    {
        var peer = new DuelSender(script);
        peer.Choose();
        if (script.Chance(0.08)) script.Knob("net.ipv4.tcp_sack=0");
        if (script.Chance(0.15)) script.Knob("net.ipv4.tcp_dsack=0");
        peer.Open();
        int count = script.Random.Next(4, 16), finAt = 0;
        for (int i = 0; i < count; i++)
        {
            Arrive(script, peer, ref finAt);
            if (script.Chance(0.25)) script.Call($"read(4, ..., {script.Pick(100, 1000, 5000, 100_000)})");
            if (script.Chance(0.4)) script.Probe("rcv_mss", "rcv_ooopack", "rcv_ssthresh", "rcv_wnd", "state", "bytes_received");
            if (script.Chance(0.1) && finAt == 0)
            {
                peer.Written("write(4, ...", script.Pick(100, 1000));
            }

            script.Wait(script.Pick(11_000, 13_000, 17_000, 23_000, 90_000, 140_000, 330_000, 700_000));
        }
    }

    private static void Arrive(DuelScript script, DuelSender peer, ref int finAt)
    {
        int size = script.Pick(peer.Size, peer.Size, peer.Size, script.Random.Next(1, peer.Size + 1), peer.Size / 2);
        string flags = script.Pick(".", ".", "P.");
        int full = peer.Size, back = script.Random.Next(0, 6) * full;
        switch (script.Random.Next(0, 20))
        {
            case < 6: peer.Send(size, flags); break;
            case < 10:      // a hole
                peer.Next += script.Random.Next(1, 4) * full;
                peer.Send(size, flags);
                break;
            case < 15:      // what may fill one, overlap, or be old
                peer.Segment(flags, Math.Max(1, peer.Next - back), size);
                break;
            case 15: peer.Segment(flags, Math.Max(1, peer.Next - back - script.Random.Next(0, full)), script.Random.Next(1, 3 * full)); break;
            case 16: peer.Segment(flags, script.Pick(1, 1 + full, -full), size); break;
            case 17: peer.Segment(flags, peer.Next + script.Pick(60_000, 64_000, 65_535, 70_000, 200_000), size); break;
            case 18: peer.Segment(".", peer.Next + script.Pick(0, 0, -1, 1, full), 0); break;
            default:
                int from = script.Pick(peer.Next, peer.Next, Math.Max(1, peer.Next - full));
                if (finAt == 0) finAt = peer.Next + script.Pick(0, 0, size);
                if (from <= finAt) peer.Segment("F" + flags, from, finAt - from);
                break;
        }
    }
}
