using UserNet.Tcp;
using UserNet.Time;
using Xunit;

namespace UserNet.Tests.Tcp;

/// <summary>What a simulated path is like, and who is at its ends.</summary>
internal sealed record SimulatedPath
{
    public int Seed { get; init; }
    public double Loss { get; init; }            // of segments and, half as often, of ACKs
    public double Reordered { get; init; }       // how many segments are held back by some milliseconds
    public double Duplicated { get; init; }
    public int DelayMs { get; init; } = 25;      // each way
    public double SegmentMs { get; init; } = 0.5;
    public int QueueLimit { get; init; } = 100;
    public bool Sack { get; init; } = true;
    public bool Timestamps { get; init; }
    public int Segments { get; init; } = 500;
    public RecoverySettings Settings { get; init; } = new();
    public CongestionAlgorithm Algorithm { get; init; }
}

/// <summary>
/// One sender, a path with a rate, a queue, delay, loss and reordering, and a receiver that acknowledges every segment,
/// with
/// SACK and DSACK blocks; in virtual time, the same on every run.
/// </summary>
internal sealed class SenderSimulation
{
    private const int Mss = 1000;
    private static readonly SequenceNumber First = new(0xFFFF_0000);

    private readonly SimulatedPath _path;
    private readonly Random _random;
    private readonly PriorityQueue<Action, (long Ticks, long Order)> _events = new();
    private readonly List<int> _recent = [];      // segments that began the latest runs out of order
    private readonly bool[] _got;
    private Timestamp _linkFree;
    private Timestamp _recentStamp;               // TS.Recent
    private long _order;
    private int _cumulative, _next, _queued;
    private long _retransmitted;

    public SenderSimulation(SimulatedPath path, SentQueuePool? pool = null)
    {
        _path = path;
        _random = new Random(path.Seed);
        _got = new bool[path.Segments];
        Recovery = new LossRecovery(path.Settings, pool ?? new SentQueuePool());
        Recovery.Start(
            new RecoveryOptions
            {
                Sack = path.Sack,
                Timestamps = path.Timestamps,
                Mss = Mss,
                Algorithm = path.Algorithm,
            },
            First, Now);
        Recovery.SampleHandshake(TimeSpan.FromMilliseconds(2 * path.DelayMs), Now);
    }

    public LossRecovery Recovery { get; }

    public Timestamp Now { get; private set; } = Timestamp.FromStart(TimeSpan.FromSeconds(1));

    public bool IsDone => Una == _path.Segments;

    public int Una { get; private set; }

    public long Retransmitted => _retransmitted;

    public long MostStepsOfAnAck { get; private set; }

    /// <summary>Runs until all is acknowledged; throws when nothing would ever happen again.</summary>
    public TimeSpan Run(TimeSpan limit)
    {
        Timestamp began = Now;
        Output(newFirst: false);
        while (!IsDone)
        {
            bool waits = _events.TryPeek(out _, out (long Ticks, long Order) key);
            Timestamp next = waits ? new Timestamp(key.Ticks) : Timestamp.Never;
            Timestamp due = Recovery.Due;
            Assert.True(next != Timestamp.Never || due != Timestamp.Never, $"stuck at {Una}, seed {_path.Seed}");
            Now = Timestamp.Max(Now, Timestamp.Min(next, due));
            Assert.True(Now - began < limit, $"at {Una} after {Now - began}, seed {_path.Seed}");
            if (due <= next) OnTimer();
            else _events.Dequeue()();
            Check();
        }

        return Now - began;
    }

    private void OnTimer()
    {
        switch (Recovery.OnTimer(Now))
        {
            case LossTimerAction.Probe when _next < _path.Segments:
                SendNew(1);
                break;
            case LossTimerAction.Probe:
                (SequenceNumber seq, int length) = Recovery.ProbeRange;
                SendOut((seq - First) / Mss, 1);
                Recovery.OnRetransmitted(seq, length, Now);
                break;
            case LossTimerAction.Output or LossTimerAction.TimedOut:
                Output(newFirst: false);
                break;
        }
    }

    private void Output(bool newFirst)
    {
        if (newFirst) SendNew(Math.Min(Recovery.Quota, _path.Segments - _next));
        while (Recovery.Quota > 0
            && Recovery.TryNextRetransmission(Recovery.Quota, out SequenceNumber seq, out int length, out int size))
        {
            Assert.Equal(0, (seq - First) % Mss);
            Assert.Equal(Mss, size);
            SendOut((seq - First) / Mss, length / Mss);
            Recovery.OnRetransmitted(seq, length, Now);
            _retransmitted += length / Mss;
        }

        SendNew(Math.Min(Recovery.Quota, _path.Segments - _next));
        if (_next < _path.Segments) Recovery.OnQuotaExhausted(Now);
    }

    private void SendNew(int count)
    {
        if (count <= 0) return;
        SendOut(_next, count);
        Recovery.OnSent(First + (_next * Mss), count * Mss, Now);
        _next += count;
    }

    private void SendOut(int segment, int count)
    {
        for (int i = segment; i < segment + count; i++) SendOne(i);
    }

    private void SendOne(int segment)
    {
        if (_queued >= _path.QueueLimit) return;
        Timestamp stamp = new(Now.Ticks / TimeSpan.TicksPerMillisecond * TimeSpan.TicksPerMillisecond);
        _linkFree = Timestamp.Max(_linkFree, Now) + TimeSpan.FromMilliseconds(_path.SegmentMs);
        _queued++;
        At(_linkFree, () => _queued--);
        if (_random.NextDouble() < _path.Loss) return;
        Timestamp arrival = _linkFree + TimeSpan.FromMilliseconds(_path.DelayMs);
        if (_random.NextDouble() < _path.Reordered) arrival += TimeSpan.FromMilliseconds(_random.Next(1, 60));
        At(arrival, () => Receive(segment, stamp));
        if (_random.NextDouble() < _path.Duplicated) At(arrival, () => Receive(segment, stamp));
    }

    private void Receive(int segment, Timestamp stamp)
    {
        if (segment <= _cumulative) _recentStamp = Timestamp.Max(_recentStamp, stamp);
        var blocks = new List<SackBlock>();
        if (_got[segment]) blocks.Add(Block(segment, segment + 1));      // DSACK
        _got[segment] = true;
        while (_cumulative < _path.Segments && _got[_cumulative]) _cumulative++;
        _recent.RemoveAll(start => start < _cumulative || start == segment);
        if (segment >= _cumulative) _recent.Insert(0, segment);
        AddRuns(blocks);
        if (_random.NextDouble() < _path.Loss / 2) return;
        (int ack, Timestamp echo, SackBlock[] sacks) = (_cumulative, _recentStamp, blocks.ToArray());
        At(Now + TimeSpan.FromMilliseconds(_path.DelayMs), () => Acknowledge(ack, echo, sacks));
    }

    private void AddRuns(List<SackBlock> blocks)
    {
        foreach (int member in _recent)
        {
            if (blocks.Count == 3) break;
            (int from, int to) = (member, member + 1);
            while (from > _cumulative && _got[from - 1]) from--;
            while (to < _path.Segments && _got[to]) to++;
            SackBlock run = Block(from, to);
            if (blocks.IndexOf(run) < 0) blocks.Add(run);
        }

        if (_recent.Count > 64) _recent.RemoveRange(64, _recent.Count - 64);
    }

    private void Acknowledge(int ack, Timestamp echo, SackBlock[] sacks)
    {
        long steps = Recovery.Steps;
        int room = _path.Segments - _next;
        AckSummary summary = Recovery.OnAck(new AckArrival
        {
            Now = Now,
            Ack = First + (ack * Mss),
            Una = First + (Una * Mss),
            Sacks = _path.Sack ? sacks : [],
            MostOffered = int.MaxValue,
            EchoedAt = _path.Timestamps ? echo : null,
            NewDataReady = room > 0,
        });
        MostStepsOfAnAck = Math.Max(MostStepsOfAnAck, Recovery.Steps - steps);
        Assert.Equal(Math.Max(0, ack - Una) * Mss, summary.Acked);
        Una = Math.Max(Una, ack);
        Output(summary.NewDataFirst);
    }

    private void Check()
    {
        Assert.Equal(_next - Una, Recovery.SegmentsOut);
        Assert.InRange(Recovery.SegmentsSacked, 0, Recovery.SegmentsOut);
        Assert.InRange(Recovery.SegmentsSacked + Recovery.SegmentsLost, 0, Recovery.SegmentsOut);
        Assert.True(Recovery.InFlight >= 0);
        Assert.True(Recovery.Window >= 1 && Recovery.SlowStartThreshold >= 2);
        Assert.Equal(Recovery.SegmentsOut > 0, Recovery.Due != Timestamp.Never);
    }

    private static SackBlock Block(int from, int to) => new(First + (from * Mss), First + (to * Mss));

    private void At(Timestamp time, Action action) => _events.Enqueue(action, (time.Ticks, _order++));
}
