namespace UserNet.Tests.Infrastructure;

/// <summary>What code allocates once it is warm.</summary>
internal static class Allocation
{
    private const int Attempts = 5;

    /// <summary>
    /// Octets that an action allocates on this thread, in the best of some attempts: what the runtime allocates now and then while it
    /// compiles is not the action's, and does not happen in every one of them.
    /// </summary>
    public static long Of(Action action)
    {
        action();
        long least = long.MaxValue;
        for (int i = 0; i < Attempts && least != 0; i++)
        {
            long before = GC.GetAllocatedBytesForCurrentThread();
            action();
            least = Math.Min(least, GC.GetAllocatedBytesForCurrentThread() - before);
        }

        return least;
    }
}
