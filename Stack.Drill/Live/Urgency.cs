namespace UserNet.Drill.Live;

/// <summary>Has threads that keep to a clock run before those that do not.</summary>
internal static unsafe class Urgency
{
    /// <summary>The thread runs before all ordinary ones from now on; nothing happens where the process may not ask for it.</summary>
    /// <param name="thread">Its number.</param>
    public static bool Raise(int thread)
    {
        int priority = 1;
        return LiveLibC.SetScheduler(thread, LiveLibC.FirstInFirstOut, &priority) == 0;
    }

    /// <summary>The thread is an ordinary one again.</summary>
    public static void Lower(int thread)
    {
        int priority = 0;
        _ = LiveLibC.SetScheduler(thread, LiveLibC.OtherPolicy, &priority);
    }
}
