using UserNet.Buffers;
using UserNet.Link;
using UserNet.Time;

namespace UserNet.Emulation;

/// <summary>A frame's way: the queue, the line, the wire. Lock held.</summary>
/// <remarks>
/// The line is brought up to date before anything else happens, at its own instants: a timer that comes late, or for another
/// reason, changes nothing. So it wants a timer of its own only while nothing is under way that arrives before what waits.
/// </remarks>
internal sealed partial class ImpairedLane
{
    private readonly LineQueue _waiting = new();
    private RedQueue? _red;
    private CoDelQueue? _codel;
    private bool _marks;
    private int _queueLimit;
    private Timestamp _lineFree, _lastArrival;
    private long _lineRate, _lineRemainder;      // of a tick, in parts of the rate
    private long _memory;

    // When the lane has something to do.
    private Timestamp NextEvent
    {
        get
        {
            Timestamp next = _underWay.Next;
            if (_waiting.Count == 0 || (_conditions.KeepsOrder && next <= _lastArrival)) return next;
            return Timestamp.Min(next, _lineFree);
        }
    }

    // Frames as a wire has them: what happens to one of many segments happens to none of the others.
    private void AddAll(in LinkFrame frame, Timestamp now)
    {
        if (frame.Offload.IsComplete)
        {
            Add(frame, now);
            return;
        }

        var frames = new WireFrames(frame, _medium, _room);
        while (frames.TryNext(out LinkFrame one)) Add(one, now);
        if (!frames.IsBad) return;
        _frames++;
        Drop(frame, WireDrop.Malformed);
    }

    private void Add(in LinkFrame frame, Timestamp now)
    {
        _frames++;
        if (_isClosed)
        {
            Drop(frame, WireDrop.Closed);
            return;
        }

        FrameFate fate = Decide(frame, out long number);
        bool isFree = _waiting.Count == 0 && _lineFree <= now;
        WireDrop drop = _conditions.IsDown ? WireDrop.Down : isFree && _red is null ? WireDrop.None : Admit(frame, now, number, ref fate);
        if (drop == WireDrop.None && isFree)
        {
            _codel?.OnDeparture(now, TimeSpan.Zero, frame.Octets.Length, 0, canMark: false);
            // What goes right on the wire, and is lost there, need not be kept.
            if (fate.Drop != WireDrop.None) Cross(frame.Octets.Length, now);
            drop = fate.Drop;
        }

        if (drop != WireDrop.None)
        {
            Drop(frame, drop);
            return;
        }

        PacketBuffer? buffer = Keep(frame);
        if (buffer is null) Drop(frame, WireDrop.MemoryFull);
        else if (isFree) GoOn(buffer, fate, now);
        else _waiting.Add(new WaitingFrame(buffer, fate, now));
    }

    private WireDrop Admit(in LinkFrame frame, Timestamp now, long number, ref FrameFate fate)
    {
        long waiting = Backlog(now);
        if (_red is not null && _conditions.BitsPerSecond > 0)
        {
            TimeSpan idle = waiting == 0 && now > _lineFree ? now - _lineFree : TimeSpan.Zero;
            bool canMark = _marks && EcnField.IsCapable(frame.Octets.Span, _medium);
            switch (_red.OnArrival(waiting, idle, _conditions.BitsPerSecond, _queueing.Of(number), canMark))
            {
                case QueueVerdict.Drop: return WireDrop.QueueManaged;
                case QueueVerdict.Mark: fate = fate with { Changes = fate.Changes | WireChanges.Marked }; break;
            }
        }

        return waiting > 0 && waiting + frame.Octets.Length > _queueLimit ? WireDrop.QueueFull : WireDrop.None;
    }

    // The octets that are not yet on the wire.
    private long Backlog(Timestamp now)
    {
        long left = _lineFree <= now ? 0 : (_lineFree - now).Ticks * _lineRate / (8 * TimeSpan.TicksPerSecond);
        return left + _waiting.Octets;
    }

    // Brings the line up to date.
    private void RunLine(Timestamp now)
    {
        while (_waiting.Count > 0 && _lineFree <= now)
        {
            WaitingFrame next = _waiting.Take();
            switch (_codel is null ? QueueVerdict.Pass : LeaveQueue(next))
            {
                case QueueVerdict.Pass:
                    GoOn(next.Buffer, next.Fate, _lineFree);
                    break;
                case QueueVerdict.Mark:
                    GoOn(next.Buffer, next.Fate with { Changes = next.Fate.Changes | WireChanges.Marked }, _lineFree);
                    break;
                case QueueVerdict.Drop:
                    Discard(next.Buffer, WireDrop.QueueManaged);
                    break;
            }
        }
    }

    private QueueVerdict LeaveQueue(in WaitingFrame frame)
    {
        bool canMark = _marks && EcnField.IsCapable(frame.Buffer.Span, _medium);
        QueueVerdict verdict = _codel!.OnDeparture(_lineFree, _lineFree - frame.Since, frame.Buffer.Length, _waiting.Octets, canMark);
        if (verdict == QueueVerdict.Drop && _waiting.Count == 0) _codel.OnEmpty();
        return verdict;
    }

    // Onto the line, and from there onto the wire.
    private void GoOn(PacketBuffer buffer, in FrameFate fate, Timestamp now)
    {
        Timestamp left = Cross(buffer.Length, now);
        if (fate.Drop != WireDrop.None) Discard(buffer, fate.Drop);
        else Send(buffer, fate, left);
    }

    // When the last bit is on the wire of a frame that begins now: when the line becomes free, or after it has been.
    private Timestamp Cross(int octets, Timestamp now)
    {
        long rate = _conditions.BitsPerSecond;
        if (rate == 0) return now;
        if (now != _lineFree || rate != _lineRate) _lineRemainder = 0;
        (long ticks, _lineRemainder) = Math.DivRem((octets * 8L * TimeSpan.TicksPerSecond) + _lineRemainder, rate);
        (_lineFree, _lineRate) = (now + TimeSpan.FromTicks(ticks), rate);
        return _lineFree;
    }

    private void Send(PacketBuffer buffer, in FrameFate fate, Timestamp left)
    {
        Timestamp arrival = Arrival(left + TimeSpan.FromTicks(fate.Travel), (fate.Changes & WireChanges.HeldBack) != 0);
        if (fate.Changes == WireChanges.None)
        {
            _underWay.Add(arrival, buffer);
            return;
        }

        WireChanges changes = fate.Changes;
        // Where there is no memory for it, it is not doubled.
        if (_memory + buffer.Capacity > _conditions.MemoryLimit) changes &= ~WireChanges.Repeated;
        if (changes != WireChanges.None) Observer?.OnFate(new LinkFrame(buffer.Memory, buffer.Offload), WireDrop.None, changes);
        Change(buffer, fate, changes);
        _underWay.Add(arrival, buffer);
        if ((changes & WireChanges.Repeated) != 0) _underWay.Add(arrival, Keep(new LinkFrame(buffer.Memory, buffer.Offload))!);
    }

    // No frame overtakes another but those that are held back, or all as it happens.
    private Timestamp Arrival(Timestamp arrival, bool isHeldBack)
    {
        if (_conditions.KeepsOrder) arrival = Timestamp.Max(arrival, _lastArrival);
        if (isHeldBack) return arrival + _conditions.ReorderDelay;
        _lastArrival = Timestamp.Max(arrival, _lastArrival);
        return arrival;
    }

    // Null when there is no memory for it.
    private PacketBuffer? Keep(in LinkFrame frame)
    {
        PacketBuffer copy = _pool.RentCopy(frame.Octets.Span);
        if (_memory + copy.Capacity > _conditions.MemoryLimit)
        {
            copy.Return();
            return null;
        }

        _memory += copy.Capacity;
        copy.Offload = frame.Offload;
        return copy;
    }

    private void Drop(in LinkFrame frame, WireDrop why)
    {
        _drops[(int)why]++;
        Observer?.OnFate(frame, why, WireChanges.None);
    }

    private void Discard(PacketBuffer buffer, WireDrop why)
    {
        Drop(new LinkFrame(buffer.Memory, buffer.Offload), why);
        Free(buffer);
    }

    // All that waits for the line and that is under way.
    private void DropAll(WireDrop why)
    {
        while (_underWay.TryTake(Timestamp.Never, out PacketBuffer? buffer)) Discard(buffer, why);
        while (_waiting.Count > 0) Discard(_waiting.Take().Buffer, why);
    }

    private void Free(PacketBuffer buffer)
    {
        _memory -= buffer.Capacity;
        buffer.Return();
    }
}
