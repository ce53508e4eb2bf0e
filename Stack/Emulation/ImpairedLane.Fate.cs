using UserNet.Doors;
using UserNet.Link;

namespace UserNet.Emulation;

/// <summary>What chance does to a frame. Lock held.</summary>
/// <remarks>Each cause has one number for each frame that is put on the wire, whatever becomes of it.</remarks>
internal sealed partial class ImpairedLane
{
    private readonly SeededRandom _loss, _corruption, _duplication, _reordering, _jitter;
    private readonly FrameChance _truncation, _latency, _queueing;
    private readonly ulong _seed;
    private LinkConditions _conditions = LinkConditions.Perfect;
    private LossProcess? _lossProcess;
    private ulong _lossThreshold, _corruptionThreshold, _truncationThreshold, _duplicationThreshold, _reorderingThreshold;
    private long _number;      // of the next frame

    private static bool Happens(ulong random, ulong threshold) => FrameChance.Happens(random, threshold);

    // What a model remembers goes on while other conditions change.
    private void Use(LinkConditions conditions)
    {
        if (!conditions.Loss.Equals(_conditions.Loss))
            _lossProcess = LossProcess.Begin(conditions.Loss, _seed, out _lossThreshold);
        if (!conditions.Queue.Equals(_conditions.Queue))
        {
            _red = conditions.Queue is RedDiscipline red ? new RedQueue(red) : null;
            _codel = conditions.Queue is CoDelDiscipline codel ? new CoDelQueue(codel) : null;
        }

        _marks = conditions.Queue is RedDiscipline { Ecn: true } or CoDelDiscipline { Ecn: true };
        _queueLimit = conditions.Queue is DropTailDiscipline { Octets: { } octets } ? octets : conditions.QueueLimit;
        _corruptionThreshold = FrameChance.Threshold(conditions.Corruption);
        _truncationThreshold = FrameChance.Threshold(conditions.Truncation);
        _duplicationThreshold = FrameChance.Threshold(conditions.Duplication);
        _reorderingThreshold = FrameChance.Threshold(conditions.Reordering);
        _conditions = conditions;
    }

    private FrameFate Decide(in LinkFrame frame, out long number)
    {
        number = _number++;
        ulong loss = _loss.NextUInt64(), corruption = _corruption.NextUInt64(), duplication = _duplication.NextUInt64();
        ulong reordering = _reordering.NextUInt64(), jitter = _jitter.NextUInt64(), truncation = 0;
        int length = frame.Octets.Length;
        WireChanges changes = WireChanges.None;
        if (Happens(corruption, _corruptionThreshold) && length > 0) changes |= WireChanges.Corrupted;
        if (Happens(duplication, _duplicationThreshold)) changes |= WireChanges.Repeated;
        if (Happens(reordering, _reorderingThreshold)) changes |= WireChanges.HeldBack;
        if (_truncationThreshold > 0)
        {
            truncation = _truncation.Of(number);
            if (Happens(truncation, _truncationThreshold) && length > 1) changes |= WireChanges.Truncated;
        }

        bool isLost = _lossProcess is null ? Happens(loss, _lossThreshold) : _lossProcess.Loses(loss, number, frame, _medium);
        WireDrop drop = Barrier is { } barrier && barrier.Bars(frame) ? WireDrop.Partitioned
            : IsTooLong(frame) ? WireDrop.TooLong
            : isLost ? WireDrop.Lost : WireDrop.None;
        return new FrameFate(drop, changes, Travel(jitter, number), (uint)corruption, (uint)truncation);
    }

    private bool IsTooLong(in LinkFrame frame) =>
        _conditions.LargestPacket is { } largest
        && frame.Octets.Length > largest
        && frame.Octets.Length - WireFrames.NetworkStart(frame.Octets.Span, _medium) > largest;

    private long Travel(ulong jitter, long number)
    {
        long ticks = _conditions.Delay.Ticks + (long)Math.BigMul(jitter, (ulong)_conditions.Jitter.Ticks + 1, out _);
        if (_conditions.Latency is { } latency) ticks += latency.Quantile(FrameChance.Between0And1(_latency.Of(number))).Ticks;
        return ticks;
    }
}
