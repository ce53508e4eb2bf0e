using System.Runtime.InteropServices;

namespace UserNet.Drill.Live;

/// <summary>Has threads that keep to a clock run before those that do not.</summary>
/// <remarks>
/// The highest of the ordinary priorities and the shortest slice of time, which lets a thread that wakes up go first; no real-time
/// priority: the runtime waits for its own locks in part by yielding, and a real-time thread yields to no ordinary one, so that it
/// can wait for ever for a lock that such a one holds. sched(7), sched_setattr(2).
/// </remarks>
internal static unsafe class Urgency
{
    private const int Process = 0, Most = -20;    // PRIO_PROCESS, which on Linux is a thread
    private const ulong ShortestSlice = 100_000;    // nanoseconds; of Linux 6.12

    /// <summary>The thread runs before ordinary ones from now on, where the process may ask for that.</summary>
    /// <param name="thread">Its number.</param>
    /// <returns>What <see cref="Lower"/> is to be told.</returns>
    public static int Raise(int thread)
    {
        int before = LiveLibC.GetPriority(Process, thread);
        Set(thread, Most, ShortestSlice);
        return before;
    }

    /// <summary>The thread is as it was.</summary>
    public static void Lower(int thread, int before) => Set(thread, before, 0);

    private static void Set(int thread, int priority, ulong slice)
    {
        nint setAttributes = RuntimeInformation.ProcessArchitecture == Architecture.Arm64 ? 274 : 314;
        var attributes = new SchedulingAttributes { Size = (uint)sizeof(SchedulingAttributes), Nice = priority, Slice = slice };
        if (LiveLibC.SystemCall(setAttributes, thread, &attributes, 0) != 0) _ = LiveLibC.SetPriority(Process, thread, priority);
    }

    /// <summary>struct sched_attr, of an ordinary thread.</summary>
    [StructLayout(LayoutKind.Sequential)]
    private struct SchedulingAttributes
    {
        public uint Size, Policy;
        public ulong Flags;
        public int Nice;
        public uint Priority;
        public ulong Slice, Deadline, Period;
    }
}
