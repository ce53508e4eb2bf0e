using UserNet.Buffers;
using UserNet.Link;
using UserNet.Time;

namespace UserNet.Simulation;

/// <summary>What becomes of a frame. Lock held.</summary>
/// <remarks>Each kind draws one number for each frame that reaches the wire, whatever becomes of it.</remarks>
internal sealed partial class ImpairedLane
{
    private readonly SeededRandom _loss, _corruption, _duplication, _reordering, _jitter;
    private LinkConditions _conditions;
    private LinkImpairments _counts;
    private Timestamp _lineFree, _lastArrival;
    private long _lineRemainder;      // of a tick, in parts of BitsPerSecond
    private long _memory;

    // Frames as a wire has them: what happens to one of many segments happens to none of the others.
    private void AddAll(in LinkFrame frame, Timestamp now)
    {
        var frames = new WireFrames(frame, _medium, _room);
        while (frames.TryNext(out LinkFrame one)) Add(one, now);
        if (!frames.IsBad) return;
        _counts = _counts with { Frames = _counts.Frames + 1, Malformed = _counts.Malformed + 1 };
        Tell(frame, WireDrop.Malformed);
    }

    private void Add(in LinkFrame frame, Timestamp now)
    {
        _counts = _counts with { Frames = _counts.Frames + 1 };
        if (_isClosed)
        {
            _counts = _counts with { Discarded = _counts.Discarded + 1 };
            Tell(frame, WireDrop.Closed);
            return;
        }

        if (!CrossLine(frame.Octets.Length, now, out Timestamp left))
        {
            _counts = _counts with { Overflowed = _counts.Overflowed + 1 };
            Tell(frame, WireDrop.QueueFull);
            return;
        }

        bool isLost = Happens(_loss.NextUInt64(), _conditions.Loss);
        ulong corruption = _corruption.NextUInt64();
        bool isDoubled = Happens(_duplication.NextUInt64(), _conditions.Duplication);
        bool isHeldBack = Happens(_reordering.NextUInt64(), _conditions.Reordering);
        Timestamp arrival = left + Travel(_jitter.NextUInt64());
        if (isLost)
        {
            _counts = _counts with { Lost = _counts.Lost + 1 };
            Tell(frame, WireDrop.Lost);
            return;
        }

        WireChanges changes = isHeldBack ? WireChanges.HeldBack : WireChanges.None;
        arrival = Arrival(arrival, isHeldBack);
        PacketBuffer? copy = Keep(frame, arrival);
        if (copy is null)
        {
            _counts = _counts with { Overflowed = _counts.Overflowed + 1 };
            Tell(frame, WireDrop.MemoryFull);
            return;
        }

        if (Happens(corruption, _conditions.Corruption) && Corrupt(copy, (uint)corruption)) changes |= WireChanges.Corrupted;
        // Where there is no memory for it, it is not doubled.
        if (isDoubled && Keep(new LinkFrame(copy.Memory, copy.Offload), arrival) is not null)
        {
            _counts = _counts with { Duplicated = _counts.Duplicated + 1 };
            changes |= WireChanges.Repeated;
        }

        if (changes != WireChanges.None) Observer?.OnFate(frame, WireDrop.None, changes);
    }

    private void Tell(in LinkFrame frame, WireDrop drop) => Observer?.OnFate(frame, drop, WireChanges.None);

    // The upper 32 bits decide; the lower ones are free for more.
    private static bool Happens(ulong random, double chance) => random >> 32 < (ulong)(chance * (1L << 32));

    // When the last bit is on the wire; false when too much waits already.
    private bool CrossLine(int octets, Timestamp now, out Timestamp left)
    {
        left = now;
        long rate = _conditions.BitsPerSecond;
        if (rate == 0) return true;
        if (_lineFree <= now) (_lineFree, _lineRemainder) = (now, 0);
        long waiting = (long)((Int128)(_lineFree - now).Ticks * rate / (8 * TimeSpan.TicksPerSecond));
        if (waiting > 0 && waiting + octets > _conditions.QueueLimit) return false;
        (long ticks, _lineRemainder) = Math.DivRem((octets * 8L * TimeSpan.TicksPerSecond) + _lineRemainder, rate);
        _lineFree += TimeSpan.FromTicks(ticks);
        left = _lineFree;
        return true;
    }

    private TimeSpan Travel(ulong random)
    {
        ulong jitter = Math.BigMul(random, (ulong)_conditions.Jitter.Ticks + 1, out _);
        return _conditions.Delay + TimeSpan.FromTicks((long)jitter);
    }

    // No frame overtakes another but those that are held back.
    private Timestamp Arrival(Timestamp arrival, bool isHeldBack)
    {
        arrival = Timestamp.Max(arrival, _lastArrival);
        if (!isHeldBack)
        {
            _lastArrival = arrival;
            return arrival;
        }

        _counts = _counts with { Reordered = _counts.Reordered + 1 };
        return arrival + _conditions.ReorderDelay;
    }

    private PacketBuffer? Keep(in LinkFrame frame, Timestamp arrival)
    {
        PacketBuffer copy = _pool.RentCopy(frame.Octets.Span);
        if (_memory + copy.Capacity > _conditions.MemoryLimit)
        {
            copy.Return();
            return null;
        }

        _memory += copy.Capacity;
        copy.Offload = frame.Offload;
        _underWay.Add(arrival, copy);
        return copy;
    }

    private bool Corrupt(PacketBuffer copy, uint random)
    {
        if (copy.Length == 0) return false;
        int bit = (int)(((ulong)random * ((uint)copy.Length * 8)) >> 32);
        copy.Span[bit / 8] ^= (byte)(1 << (bit % 8));
        copy.Offload = copy.Offload with { ChecksumIsGood = false };      // nobody knows that any more
        _counts = _counts with { Corrupted = _counts.Corrupted + 1 };
        return true;
    }
}
