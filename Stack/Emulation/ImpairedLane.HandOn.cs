using UserNet.Buffers;
using UserNet.Link;
using UserNet.Time;

namespace UserNet.Emulation;

/// <summary>Who hands on what is due, and when.</summary>
internal sealed partial class ImpairedLane
{
    private void OnTimer()
    {
        lock (_lock)
        {
            _timerIsCoarse |= Now() < _armedFor && _armedFor != Timestamp.Never;
            _armedFor = Timestamp.Never;
        }

        HandOnDue();
    }

    private void OnTurn() => HandOnDue(isTurn: true);

    private void HandOnDue(bool isTurn = false)
    {
        bool isDone = false, isClosed;
        try
        {
            bool isMore;
            lock (_lock)
            {
                if (isTurn) _isScheduled = false;
                if (_isHandingOn || _isBlocked)
                {
                    isDone = true;
                    return;
                }

                _isHandingOn = true;
                isMore = TakeDue(out isClosed);
            }

            while (isMore) isMore = HandOn(out isClosed);
            isDone = true;
        }
        finally
        {
            if (!isDone) RestAfterFailure();
        }

        if (isClosed) WhenClosed?.Invoke();
    }

    // False when nothing is due, or the target is full: then others may hand on. Lock held.
    private bool TakeDue(out bool isClosed)
    {
        isClosed = false;
        if (_isClosed) Empty();
        Timestamp now = Now();
        RunLine(now);
        if (_dueCount == 0)
        {
            _dueFirst = 0;
            while (_dueCount < BatchSize && _underWay.TryTake(now, out PacketBuffer? buffer))
                _due[_dueCount++] = buffer;
        }

        if (_dueCount > 0 && !_isBlocked)
        {
            for (int i = 0; i < _dueCount; i++)
                _batch[i] = new LinkFrame(_due[_dueFirst + i].Memory, _due[_dueFirst + i].Offload);
            _becameWritable = false;
            return true;
        }

        _isHandingOn = false;
        isClosed = _isClosed && !_isCloseTold;
        _isCloseTold |= isClosed;
        if (_isBlocked) ArmLine(now);
        else Arm(now);
        return false;
    }

    // Hands on what was taken, and takes what is due then.
    private bool HandOn(out bool isClosed)
    {
        int count = _dueCount, taken;
        bool hasFailed = true;
        try
        {
            taken = _target(_batch.AsSpan(0, count));
            hasFailed = false;
        }
        finally
        {
            // A target that fails loses its batch.
            if (hasFailed)
            {
                lock (_lock) Settle(count, count);
            }
        }

        lock (_lock)
        {
            Settle(taken, count);
            return TakeDue(out isClosed);
        }
    }

    // Lock held.
    private void Settle(int taken, int count)
    {
        for (int i = 0; i < taken; i++) Free(_due[_dueFirst + i]);
        _delivered += taken;
        _dueFirst += taken;
        _dueCount -= taken;
        // The target may say that it can take more before it has said that it took fewer.
        _isBlocked = taken < count && !_becameWritable && !_isClosed;
    }

    private void RestAfterFailure()
    {
        lock (_lock)
        {
            _isHandingOn = false;
            Arm(Now());
        }
    }

    private void OnLineTimer()
    {
        lock (_lock)
        {
            _lineArmedFor = Timestamp.Never;
            Timestamp now = Now();
            RunLine(now);
            ArmLine(now);
        }
    }

    // Lock held.
    private void Arm(Timestamp now)
    {
        ArmLine(now);
        Arm(_timer, NextEvent, ref _armedFor, now);
    }

    // Lock held. Only who is watched has to be on time with what nobody else notices.
    private void ArmLine(Timestamp now)
    {
        if (Observer is not null) Arm(_lineTimer!, _waiting.Count > 0 ? _lineFree : Timestamp.Never, ref _lineArmedFor, now);
    }

    // A timer that came too early is one that counts milliseconds: it is given whole ones.
    private void Arm(ITimer timer, Timestamp next, ref Timestamp armedFor, Timestamp now)
    {
        if (next == armedFor) return;
        TimeSpan wait = Timeout.InfiniteTimeSpan;
        armedFor = next;
        if (next != Timestamp.Never)
        {
            wait = next > now ? next - now : TimeSpan.Zero;
            if (wait > TimeSpan.FromDays(1)) wait = TimeSpan.FromDays(1);
            if (_timerIsCoarse) wait = TimeSpan.FromMilliseconds(Math.Ceiling(wait.TotalMilliseconds));
            armedFor = now + wait;
        }

        timer.Change(wait, Timeout.InfiniteTimeSpan);
    }
}
