using UserNet.Tcp;
using UserNet.Time;

namespace UserNet.Tests.Tcp;

/// <summary>A sender of full segments of 1,000 octets, numbered from 0, whose ACKs a test writes by hand.</summary>
internal sealed class SenderRig
{
    public const int Mss = 1000;

    private static readonly SequenceNumber First = new(0xFFFF_F000);      // so that numbers wrap soon

    public SenderRig(RecoverySettings? settings = null, bool sack = true, bool timestamps = false,
        CongestionAlgorithm algorithm = CongestionAlgorithm.Cubic, int rtt = 100, int window = 0)
    {
        Recovery = new LossRecovery(settings ?? new RecoverySettings(), new SentQueuePool());
        var options = new RecoveryOptions
        {
            Sack = sack,
            Timestamps = timestamps,
            Mss = Mss,
            Algorithm = algorithm,
            InitialWindow = window,
        };
        Recovery.Start(options, First, Now);
        if (rtt > 0) Recovery.SampleHandshake(TimeSpan.FromMilliseconds(rtt), Now);
    }

    public LossRecovery Recovery { get; }

    public Timestamp Now { get; private set; } = Timestamp.FromStart(TimeSpan.FromSeconds(10));

    /// <summary>How many segments were sent, ever.</summary>
    public int Sent { get; private set; }

    public int Acked { get; private set; }

    /// <summary>When a timer is due, ms from now; -1 for never.</summary>
    public double DueIn => Recovery.Due == Timestamp.Never ? -1 : (Recovery.Due - Now).TotalMilliseconds;

    public static SequenceNumber At(int segment) => First + (segment * Mss);

    public static SackBlock Block(int from, int to) => new(At(from), At(to));

    public void Wait(double milliseconds) => Now += TimeSpan.FromMilliseconds(milliseconds);

    /// <summary>Sends new segments, as many as the quota lets, or so many.</summary>
    public int Send(int count = -1)
    {
        int segments = count < 0 ? Recovery.Quota : count;
        if (segments == 0) return 0;
        Recovery.OnSent(At(Sent), segments * Mss, Now);
        Sent += segments;
        return segments;
    }

    /// <summary>Sends again what is lost, within the quota; the numbers of the segments.</summary>
    public List<int> SendAgain()
    {
        var again = new List<int>();
        while (Recovery.Quota > 0 && Recovery.TryNextRetransmission(out SequenceNumber seq, out int length))
        {
            Recovery.OnRetransmitted(seq, length, Now);
            again.Add((seq - First) / Mss);
        }

        return again;
    }

    public AckSummary Ack(int segment, params SackBlock[] sacks) => Ack(segment, false, null, sacks);

    public AckSummary Ack(int segment, bool ece, Timestamp? echoed, params SackBlock[] sacks)
    {
        var ack = new AckArrival
        {
            Now = Now,
            Ack = At(segment),
            Una = At(Acked),
            Sacks = sacks,
            MostOffered = int.MaxValue,
            Ece = ece,
            EchoedAt = echoed,
            NewDataReady = true,
        };
        AckSummary summary = Recovery.OnAck(ack);
        Acked = Math.Max(Acked, segment);
        return summary;
    }

    public LossTimerAction Expire()
    {
        Now = Recovery.Due;
        return Recovery.OnTimer(Now);
    }
}
