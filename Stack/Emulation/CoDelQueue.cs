using UserNet.Time;

namespace UserNet.Emulation;

/// <summary>
/// The state of Controlled Delay: what becomes of each frame that leaves the queue. RFC 8289 §5. Lock of its owner
/// held.
/// </summary>
/// <remarks>
/// The RFC's dequeue takes frames in a loop until one is left to be sent; here the owner asks about one after the other, at the
/// same instant, until one passes, and tells when none was left.
/// </remarks>
internal sealed class CoDelQueue(CoDelDiscipline discipline)
{
    private Step _step;      // what the frame before it, dropped at this instant, has left to do
    private Timestamp _firstAbove = Timestamp.Never;      // until when all have to have waited too long; Never while they have not
    private Timestamp _dropNext;
    private int _lastCount, _longest;

    private enum Step
    {
        None,
        Entered,       // the drop that began a time of drops
        Dropped,       // one within it
    }

    /// <summary>True in a time of drops.</summary>
    public bool IsDropping { get; private set; }

    /// <summary>How many frames were dropped in it, as the control law counts them.</summary>
    public int Count { get; private set; }

    /// <summary>A frame leaves the queue.</summary>
    /// <param name="now">The instant.</param>
    /// <param name="waited">How long it was in the queue.</param>
    /// <param name="octets">Its length.</param>
    /// <param name="behind">The octets that are in the queue behind it.</param>
    /// <param name="canMark">The frame may be marked.</param>
    public QueueVerdict OnDeparture(Timestamp now, TimeSpan waited, int octets, long behind, bool canMark)
    {
        _longest = Math.Max(_longest, octets);
        bool isTooLong = HasWaitedTooLong(now, waited, behind);
        Step step = _step;
        _step = Step.None;
        canMark &= discipline.Ecn;
        if (step == Step.Entered) return QueueVerdict.Pass;
        if (IsDropping)
        {
            if (!isTooLong)
            {
                IsDropping = false;
                return QueueVerdict.Pass;
            }

            if (step == Step.Dropped) _dropNext = ControlLaw(_dropNext, Count);
            if (now < _dropNext) return QueueVerdict.Pass;
            Count++;
            if (canMark) _dropNext = ControlLaw(_dropNext, Count);
            else _step = Step.Dropped;
        }
        else
        {
            if (!isTooLong) return QueueVerdict.Pass;
            Enter(now);
            if (!canMark) _step = Step.Entered;
        }

        return canMark ? QueueVerdict.Mark : QueueVerdict.Drop;
    }

    /// <summary>No frame was left to be sent.</summary>
    public void OnEmpty()
    {
        _firstAbove = Timestamp.Never;
        IsDropping = false;
        _step = Step.None;
    }

    // A queue that keeps less than a frame behind cannot be shorter.
    private bool HasWaitedTooLong(Timestamp now, TimeSpan waited, long behind)
    {
        if (waited < discipline.Target || behind <= _longest)
        {
            _firstAbove = Timestamp.Never;
            return false;
        }

        if (_firstAbove != Timestamp.Never) return now >= _firstAbove;
        _firstAbove = now + discipline.Interval;
        return false;
    }

    // Soon after the last time of drops it goes on with the rate that this one came to.
    private void Enter(Timestamp now)
    {
        IsDropping = true;
        int more = Count - _lastCount;
        Count = more > 1 && now - _dropNext < 16 * discipline.Interval ? more : 1;
        _dropNext = ControlLaw(now, Count);
        _lastCount = Count;
    }

    private Timestamp ControlLaw(Timestamp time, int count) =>
        time + TimeSpan.FromTicks((long)(discipline.Interval.Ticks / Math.Sqrt(count)));
}
