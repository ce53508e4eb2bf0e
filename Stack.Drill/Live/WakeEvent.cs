using System.Runtime.InteropServices;
using UserNet.Tap.Native;

namespace UserNet.Drill.Live;

/// <summary>Something that one thread waits for beside a descriptor, and others set.</summary>
internal sealed unsafe class WakeEvent : IDisposable
{
    private readonly Descriptor _event;

    public WakeEvent()
    {
        _event = LibC.EventDescriptor(0, LibC.NonBlocking | LibC.CloseOnExec);
        if (_event.IsInvalid) throw new LiveException("make an event", Marshal.GetLastPInvokeError());
    }

    /// <summary>Ends the wait that is, or the next. Any thread.</summary>
    public void Set()
    {
        long one = 1;
        _ = LibC.Write(_event, &one, sizeof(long));
    }

    /// <summary>Waits until it is set, or time is up.</summary>
    public void Wait(long microseconds) => Wait(-1, microseconds);

    /// <summary>Waits until it is set, the descriptor is readable, or time is up.</summary>
    public void Wait(int descriptor, long microseconds)
    {
        PollEntry* entries = stackalloc PollEntry[2];
        entries[0] = new PollEntry { Descriptor = descriptor, Wanted = LibC.PollIn };
        entries[1] = new PollEntry { Descriptor = _event.Number, Wanted = LibC.PollIn };
        var time = new TimeValue { Seconds = microseconds / 1_000_000, Nanoseconds = microseconds % 1_000_000 * 1000 };
        if (LiveLibC.Poll(entries, 2, &time, null) <= 0 || entries[1].Happened == 0) return;
        long count;
        _ = LibC.Read(_event, &count, sizeof(long));
    }

    public void Dispose() => _event.Dispose();
}
