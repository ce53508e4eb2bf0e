using System.Diagnostics;
using UserNet.Capture;
using UserNet.Drill.Machine;

namespace UserNet.Drill.Live;

/// <summary>How time passes, and how a call waits.</summary>
internal sealed partial class LiveMachine
{
    // Before an instant the thread no longer sleeps: waking up takes some time.
    private const long Watchful = 150;

    // How long a call is waited for before it is looked at again whether it waits.
    private const long Glance = 60;

    // How long a call that is not seen to sleep is thought to be about to return.
    private const long Patience = 20_000;

    // How long nobody waits for a packet without asking whether any timer is left that could send one.
    private const long Silence = 500_000;

    /// <inheritdoc/>
    public void WaitUntil(long time, Func<bool> isOver)
    {
        Enter();
        while (!isOver())
        {
            long left = time - Now;
            if (left <= 0)
            {
                NoteLateness(-left);
                break;
            }

            if (left > Watchful) Sleep(left - Watchful);
            Collect();
        }

        Leave();
    }

    /// <inheritdoc/>
    public bool TryTake(long until, Func<bool> isOver, out SentPacket packet)
    {
        Enter();
        bool isThere = Take(until, isOver, out packet);
        Leave();
        return isThere;
    }

    private bool Take(long until, Func<bool> isOver, out SentPacket packet)
    {
        long asked = Now;
        while (true)
        {
            Collect();
            if (_sent.TryDequeue(out packet)) return true;
            if (isOver()) return false;
            long now = Now;
            if (now >= until) return false;
            if (now - asked >= Silence)
            {
                if (until == long.MaxValue && !IsAnythingLeft()) return false;
                asked = now;
            }

            Sleep(Math.Min(until - now, Silence));
        }
    }

    // A call that may wait: on a thread of its own, while others are served.
    private int Call(Func<int> call)
    {
        Enter();
        int answer = 0;
        long began = 0, ended = 0;
        _caller.Start(() =>
        {
            began = Now;
            answer = call();
            ended = Now;
        });
        long given = Now;
        while (!_caller.IsDone && Now - given < Patience)
        {
            if (_caller.IsStuck) break;
            _wake.Wait(Glance);
        }

        bool waits = !_caller.IsDone;
        if (waits)
        {
            Leave();
            Meanwhile?.Invoke(IsCallOver);
            Enter();
        }

        while (!_caller.IsDone) Sleep(Silence);
        _caller.Rethrow();
        NoteLateness(began - given);
        NoteLateness(Now - (waits ? ended : given));
        Leave();
        return answer;
    }

    // What whoever plays takes between two things that it has done here is lateness too: nothing may take any time.
    private void Enter() => NoteLateness(Now - _left);

    private void Leave() => _left = Now;

    // Something was done that was due at a time, or as soon as could be.
    private void NoteLateness(long lateness) => WorstLateness = Math.Max(WorstLateness, lateness);

    private bool IsCallOver() => _caller.IsDone;

    // Until something left, a call returned, or so many microseconds passed.
    private void Sleep(long microseconds) => _wake.Wait(_wire.Pollable, microseconds);

    private void Collect()
    {
        while (_wire.TryRead(out ReadOnlySpan<byte> octets, out long stamp))
        {
            if (!Noise.IsOfInterest(octets)) continue;
            var packet = new SentPacket(octets.ToArray(), _start == 0 ? 0 : ToTime(stamp));
            _recording?.Write(0, Nanoseconds(packet.Time), octets, PacketDirection.Outbound);
            _sent.Enqueue(packet);
        }

        _wire.Drain();
    }

    private bool IsAnythingLeft() => _namespace.Run(KernelTimers.IsAnyRunning);
}
