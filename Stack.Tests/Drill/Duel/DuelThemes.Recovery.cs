namespace UserNet.Tests.Drill.Duel;

/// <content>What a sender does when segments are lost, late or doubled.</content>
internal static partial class DuelThemes
{
    private static readonly string[] RecoveryKnobs =
    [
        "net.ipv4.tcp_early_retrans=0", "net.ipv4.tcp_frto=0", "net.ipv4.tcp_reordering=5", "net.ipv4.tcp_reordering=2",
        "net.ipv4.tcp_dsack=0", "net.ipv4.tcp_sack=0", "net.ipv4.tcp_congestion_control=reno", "net.ipv4.tcp_retries2=3", "net.ipv4.tcp_thin_linear_timeouts=1",
        "net.ipv4.tcp_recovery=3", "net.ipv4.tcp_recovery=5", "net.ipv4.tcp_max_reordering=4",
    ];

    private static void ProbeRecovery(DuelScript script) => script.Probe(
        "ca_state", "snd_cwnd", "snd_ssthresh", "unacked", "sacked", "lost", "retrans", "reordering", "total_retrans", "dsack_dups", "reord_seen", "backoff", "retransmits");

    private static DuelReceiver OpenSender(DuelScript script, double sack = 1, double timestamps = 0.35, double knobs = 0.2)
    {
        if (script.Chance(knobs)) script.Knob(script.Pick(RecoveryKnobs.AsSpan()));
        script.HasRoundTrips = true;
        script.Tail = script.Pick(400_000, 1_000_000, 2_000_000);
        var receiver = new DuelReceiver(script);
        receiver.Open(sack, timestamps);
        return receiver;
    }

    // A flight, of which some is lost, some late; and what the holes are filled with.
    private static void Losses(DuelScript script) => Flights(script, OpenSender(script), lost: 0.25, late: 0.05);

    private static void Sackless(DuelScript script) => Flights(script, OpenSender(script, sack: 0), lost: 0.2, late: 0.1);

    private static void Reordered(DuelScript script) => Flights(script, OpenSender(script), lost: 0.05, late: 0.35);

    private static void Flights(DuelScript script, DuelReceiver receiver, double lost, double late)
    {
        int rounds = script.Random.Next(1, 4);
        for (int round = 0; round < rounds; round++)
        {
            int first = receiver.Written;
            receiver.Write(script.Random.Next(2, 11));
            if (script.Chance(0.2))
            {
                script.Wait(1_000, 10_000);
                receiver.Write(script.Random.Next(1, 4));
            }

            script.Wait(receiver.RoundTrip);
            ArriveSome(script, receiver, first, lost, late);
            FillHoles(script, receiver);
            if (script.Chance(0.5)) script.Wait(20_000, 500_000);
        }

        ProbeRecovery(script);
    }

    private static void ArriveSome(DuelScript script, DuelReceiver receiver, int first, double lost, double late)
    {
        List<int> order = [];
        for (int i = Math.Max(first, receiver.Acked); i < receiver.Written; i++)
        {
            if (receiver.Has(i) || script.Chance(lost)) continue;
            order.Insert(script.Chance(late) ? script.Random.Next(0, order.Count + 1) : order.Count, i);
        }

        int gap = script.Pick(0, 0, 3_000, 5_000, 9_000);
        double probes = script.Pick(0, 0.2, 1);
        for (int i = 0; i < order.Count; i++)
        {
            // An acknowledgment in two is enough as long as all is in order; some are lost.
            bool isPlain = receiver.FirstHole < 0 && order[i] == receiver.Acked && i + 1 < order.Count && order[i + 1] == order[i] + 1;
            receiver.Arrive(order[i], isTold: !script.Chance(isPlain ? 0.5 : 0.05));
            if (script.Chance(probes)) ProbeRecovery(script);
            script.Wait(gap);
        }

        if (script.Chance(0.7)) ProbeRecovery(script);
    }

    private static void FillHoles(DuelScript script, DuelReceiver receiver)
    {
        while (receiver.FirstHole is >= 0 and var hole)
        {
            switch (script.Random.Next(0, 10))
            {
                case 0:
                    return;
                case 1:
                    script.Wait(200_000, 700_000);      // it was lost again
                    receiver.Arrive(hole, isAgain: true);
                    break;
                case 2:
                    script.Wait(2_000, 10_000);         // it was only late
                    receiver.Arrive(hole);
                    if (receiver.HasSack && script.Chance(0.7))
                    {
                        script.Wait(receiver.RoundTrip, receiver.RoundTrip * 3 / 2);
                        receiver.Arrive(hole, isAgain: true);      // and again
                    }

                    break;
                case 3 when receiver.Written - receiver.Acked < 8:
                    receiver.Write(script.Random.Next(1, 4));
                    script.Wait(5_000, 20_000);
                    break;
                case 4:
                    script.Wait(1_000, 20_000);
                    if (receiver.HasSack) receiver.Arrive(hole, isAgain: true);
                    else receiver.Tell();
                    break;
                default:
                    script.Wait(receiver.RoundTrip, receiver.RoundTrip * 3 / 2);
                    receiver.Arrive(hole, isAgain: true);
                    break;
            }

            if (script.Chance(0.6)) ProbeRecovery(script);
        }
    }

    // Nothing is heard for a while; what is heard then tells more or less of it.
    private static void Timeouts(DuelScript script)
    {
        DuelReceiver receiver = OpenSender(script, sack: 0.7);
        if (script.Chance(0.4))
        {
            receiver.Write(script.Random.Next(1, 5));
            script.Wait(receiver.RoundTrip);
            receiver.AckTo(receiver.Written);
            script.Wait(10_000, 50_000);
        }

        receiver.Write(script.Random.Next(1, 11));
        int events = script.Random.Next(2, 7);
        for (int i = 0; i < events; i++)
        {
            script.Wait(script.Pick(20_000, 60_000, 250_000, 300_000, 500_000), script.Pick(500_000, 700_000, 1_000_000, 1_500_000));
            HearSome(script, receiver);
            if (script.Chance(0.8)) ProbeRecovery(script);
            if (script.Chance(0.3)) receiver.Write(script.Random.Next(1, 4));
        }

        ProbeRecovery(script);
    }

    private static void HearSome(DuelScript script, DuelReceiver receiver)
    {
        int left = receiver.Written - receiver.Acked;
        if (left == 0)
        {
            receiver.Tell();
            return;
        }

        switch (script.Random.Next(0, 8))
        {
            case 0:
                receiver.Tell();
                break;
            case 1 or 2:
                receiver.AckTo(receiver.Acked + 1, isAgain: script.Chance(0.7));
                break;
            case 3:
                receiver.AckTo(receiver.Written, isAgain: script.Chance(0.5));
                break;
            case 4 when left > 1:
                receiver.Arrive(receiver.Acked + script.Random.Next(1, Math.Min(left, 8)));
                break;
            case 5 when receiver.Acked > 0:
                receiver.Tell(script.Random.Next(Math.Max(0, receiver.Acked - 3), receiver.Acked));
                break;
            default:
                receiver.AckTo(receiver.Acked + script.Random.Next(1, left + 1), isAgain: script.Chance(0.5));
                break;
        }

        script.Wait(script.Pick(0, 2_000, 20_000));
    }

    // A short flight whose end is lost, or is answered late.
    private static void Tails(DuelScript script)
    {
        DuelReceiver receiver = OpenSender(script, sack: 0.9);
        int flights = script.Random.Next(1, 4);
        for (int flight = 0; flight < flights; flight++)
        {
            receiver.Write(script.Random.Next(1, 5));
            if (script.Chance(0.3))
            {
                script.Wait(2_000, 30_000);
                receiver.Write(1);
            }

            int last = receiver.Written - 1;
            script.Wait(receiver.RoundTrip);
            if (script.Chance(0.5) && receiver.Acked < last) receiver.AckTo(script.Random.Next(receiver.Acked, last + 1));
            if (script.Chance(0.3)) ProbeRecovery(script);
            script.Wait(receiver.RoundTrip, receiver.RoundTrip * 4);      // the probe may leave meanwhile
            if (script.Chance(0.2)) receiver.Write(1);
            if (script.Chance(0.6) && receiver.Acked < last) receiver.Arrive(last, isAgain: script.Chance(0.5));
            if (script.Chance(0.3)) ProbeRecovery(script);
            script.Wait(10_000, receiver.RoundTrip * 2);
            if (script.Chance(0.3)) receiver.Arrive(last, isAgain: true);
            ProbeRecovery(script);
            if (script.Chance(0.8))
            {
                script.Wait(receiver.RoundTrip / 2, receiver.RoundTrip * 2);
                receiver.AckTo(receiver.Written, isAgain: script.Chance(0.5));
                if (script.Chance(0.3)) receiver.Tell(last);
                ProbeRecovery(script);
            }

            script.Wait(10_000, 300_000);
        }
    }

    // A window that has grown, and more losses at once.
    private static void Stretches(DuelScript script)
    {
        DuelReceiver receiver = OpenSender(script, sack: 0.85, knobs: 0.1);
        for (int flight = 10; flight <= script.Pick(10, 20, 20); flight *= 2)
        {
            receiver.Write(flight);
            script.Wait(receiver.RoundTrip);
            receiver.AckTo(receiver.Written);
            script.Wait(10_000, 40_000);
        }

        int first = receiver.Written;
        receiver.Write(script.Random.Next(10, 21));
        script.Wait(receiver.RoundTrip);
        ArriveSome(script, receiver, first, lost: script.Pick(0.05, 0.2, 0.5), late: script.Pick(0, 0, 0.2));
        FillHoles(script, receiver);
        if (script.Chance(0.3)) receiver.Write(script.Random.Next(1, 6));
        ProbeRecovery(script);
    }

    // The last data and the FIN are lost, or answered late.
    private static void Fins(DuelScript script)
    {
        DuelReceiver receiver = OpenSender(script, sack: 0.7);
        receiver.Write(script.Random.Next(1, 6));
        if (script.Chance(0.5)) script.Wait(5_000, receiver.RoundTrip);
        if (script.Chance(0.7)) receiver.Fin();
        else receiver.Write(1);
        int events = script.Random.Next(1, 6);
        for (int i = 0; i < events; i++)
        {
            script.Wait(script.Pick(20_000, 60_000, 250_000), script.Pick(300_000, 500_000, 800_000));
            HearSome(script, receiver);
        }
    }
}
