namespace UserNet.Drill.Live;

/// <summary>Has threads that keep to a clock run before those that do not.</summary>
/// <remarks>
/// The highest of the ordinary priorities, not one of the real-time ones: the runtime waits for its own locks in part by yielding,
/// and a real-time thread yields to no ordinary one, so that it can wait for ever for a lock that such a one holds. sched(7).
/// </remarks>
internal static class Urgency
{
    private const int Process = 0, Most = -20;    // PRIO_PROCESS, which on Linux is a thread

    /// <summary>The thread runs before ordinary ones from now on, where the process may ask for that.</summary>
    /// <param name="thread">Its number.</param>
    /// <returns>What <see cref="Lower"/> is to be told.</returns>
    public static int Raise(int thread)
    {
        int before = LiveLibC.GetPriority(Process, thread);
        _ = LiveLibC.SetPriority(Process, thread, Most);
        return before;
    }

    /// <summary>The thread is as it was.</summary>
    public static void Lower(int thread, int before) => _ = LiveLibC.SetPriority(Process, thread, before);
}
