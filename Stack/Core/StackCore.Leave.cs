using System.Runtime.ExceptionServices;
using UserNet.Buffers;
using UserNet.Link;
using UserNet.Time;

namespace UserNet.Core;

// What happens after the gate is left: frames go to their links, users wake, the timer is set. One thread at a time does it.
internal sealed partial class StackCore
{
    private const int BatchSize = 64;

    // No timer runs for more than 49 days; one that fires too early is set again.
    private static readonly TimeSpan LongestTimer = TimeSpan.FromDays(40);

    private readonly LinkFrame[] _frames = new LinkFrame[BatchSize];
    private List<IWake> _wakes = [], _waking = [];
    private LinkPort? _port;          // whose frames the batch holds
    private int _batchCount;
    private bool _isDraining;
    private int _drainer;             // the thread that does it
    private ITimer? _timer;
    private Timestamp _armed = Timestamp.Never, _arming = Timestamp.Never;
    private TimeSpan _armIn;

    /// <summary>
    /// True on the thread that is handing out frames and wake-ups: it runs a user's continuation inline, which must not wait.
    /// </summary>
    public bool IsDrainedByCurrentThread => Volatile.Read(ref _drainer) == Environment.CurrentManagedThreadId;

    /// <summary>Has somebody woken once the gate is left. Gate held.</summary>
    public void Wake(IWake who) => _wakes.Add(who);

    /// <summary>Leaves the gate, and drains unless somebody else does.</summary>
    private void Leave()
    {
        if (Tcp is { HasTouched: true } tcp) tcp.Flush(Now);
        DeliverLooped();
        if (_isDraining || !HasWork)
        {
            _gate.Leave();
            return;
        }

        _isDraining = true;
        Volatile.Write(ref _drainer, Environment.CurrentManagedThreadId);
        Take();
        _gate.Leave();
        Drain();
    }

    private bool HasWork => Context.Outbox.HasWork || _wakes.Count > 0 || Context.Deadlines.Next < _armed;

    /// <summary>Hands out what was taken, and what has come up meanwhile, until there is no more.</summary>
    /// <remarks>
    /// What a scheduler, a continuation that it runs at once, or the clock throws comes out of the call that happens to
    /// drain, but only once all else is done: nobody else's frames and wake-ups are lost by it, and the next may drain.
    /// </remarks>
    private void Drain()
    {
        ExceptionDispatchInfo? thrown = null;
        while (true)
        {
            int sent = SendBatch(out Exception? failure);
            HandOut(ref thrown);
            _gate.Enter();
            Settle(sent, failure);
            if (Tcp is { HasWaiting: true } tcp) tcp.Resume(Now);
            if (!HasWork)
            {
                _isDraining = false;
                Volatile.Write(ref _drainer, 0);
                _gate.Leave();
                thrown?.Throw();
                return;
            }

            Take();
            _gate.Leave();
        }
    }

#pragma warning disable CA1031 // it is thrown later
    private void HandOut(ref ExceptionDispatchInfo? thrown)
    {
        for (int i = 0; i < _waking.Count; i++)
        {
            try
            {
                _waking[i].Wake(Scheduler);
            }
            catch (Exception e)
            {
                thrown ??= ExceptionDispatchInfo.Capture(e);
            }
        }

        if (_arming == Timestamp.Never) return;
        try
        {
            SetTimer();
        }
        catch (Exception e)
        {
            thrown ??= ExceptionDispatchInfo.Capture(e);
        }
    }
#pragma warning restore CA1031

    /// <summary>Takes work over from those inside. Gate held.</summary>
    private void Take()
    {
        (_wakes, _waking) = (_waking, _wakes);
        _arming = Timestamp.Never;
        if (Context.Deadlines.Next < _armed)
        {
            _armed = _arming = Context.Deadlines.Next;
            _armIn = _armed - Now;
        }

        if (!Context.Outbox.HasWork) return;
        _port = Context.Outbox.Take();
        _port.Unlist();
        _batchCount = 0;
        while (_batchCount < BatchSize && _port.Queue.Count > _batchCount)
        {
            PacketBuffer packet = _port.Queue[_batchCount];
            _frames[_batchCount++] = new LinkFrame(packet.Memory, packet.Offload);
        }
    }

    private int SendBatch(out Exception? failure)
    {
        failure = null;
        if (_port is null || _batchCount == 0) return 0;
        try
        {
            int sent = _port.Link.Send(_frames.AsSpan(0, _batchCount));
            if ((uint)sent <= (uint)_batchCount) return sent;
            failure = new InvalidOperationException($"The link says that it took {sent} of {_batchCount} frames.");
            return 0;
        }
#pragma warning disable CA1031 // a link that breaks takes its own interface down, not the caller who happens to drain it
        catch (Exception e)
#pragma warning restore CA1031
        {
            failure = e;
            return 0;
        }
    }

    /// <summary>Gives back what was sent, and keeps what was not. Gate held.</summary>
    private void Settle(int sent, Exception? failure)
    {
        _waking.Clear();
        if (_port is not { } port) return;
        _port = null;
        if (failure is not null || port.IsClosing)
        {
            port.Close(failure ?? port.Failure);
            return;
        }

        for (int i = 0; i < sent; i++)
        {
            PacketBuffer packet = port.Queue.Take();
            port.Counters.FramesOut++;
            port.Counters.OctetsOut += packet.Length;
            packet.Return();
        }

        if (sent < _batchCount && !port.HasRoomAgain) port.IsBlocked = true;
        port.HasRoomAgain = false;
        if (port.Queue.Count > 0) port.List();
    }

    private void SetTimer()
    {
        _timer ??= Clock.CreateTimer(static core => ((StackCore)core!).OnTimer(), this, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        TimeSpan due = _armIn < TimeSpan.Zero ? TimeSpan.Zero : _armIn < LongestTimer ? _armIn : LongestTimer;
        // Such a timer would fire too early, again and again.
        if (_timerCountsMilliseconds) due = TimeSpan.FromMilliseconds(Math.Ceiling(due.TotalMilliseconds));
        _timer.Change(due, Timeout.InfiniteTimeSpan);
        Interlocked.MemoryBarrier();
        if (_isDisposed) _timer.Dispose();      // whoever disposed of the stack may have seen no timer
    }

    private void OnTimer()
    {
        using (Enter())
        {
            _armed = Timestamp.Never;
            Expire(Now);
        }
    }

    /// <summary>Does what is due. Gate held.</summary>
    private void Expire(Timestamp now)
    {
        while (Context.Deadlines.TryTake(now, out IExpires? what)) what.OnExpired(now);
    }
}
