namespace UserNet.Tests.Infrastructure;

/// <summary>What code allocates once it is warm.</summary>
internal static class Allocation
{
    private const int Attempts = 5, PatientAttempts = 30;

    /// <summary>
    /// Octets that an action allocates on this thread, in the best of some attempts: what the runtime allocates now and then while it
    /// compiles is not the action's, and does not happen in every one of them.
    /// </summary>
    /// <remarks>
    /// Code that was not optimized yet boxes where optimized code does not, and on a busy machine optimizing may take a while: when
    /// the first attempts all allocated, others follow with pauses between them.
    /// </remarks>
    public static long Of(Action action)
    {
        action();
        long least = long.MaxValue;
        for (int i = 0; i < PatientAttempts && least != 0; i++)
        {
            if (i >= Attempts) Thread.Sleep(50);
            long before = GC.GetAllocatedBytesForCurrentThread();
            action();
            least = Math.Min(least, GC.GetAllocatedBytesForCurrentThread() - before);
        }

        return least;
    }
}
