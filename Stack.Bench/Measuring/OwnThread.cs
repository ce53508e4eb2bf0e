namespace UserNet.Bench.Measuring;

/// <summary>Work on a thread of its own: one that blocks, or that is in a network namespace, which belongs to a thread.</summary>
internal static class OwnThread
{
    /// <summary>Runs it there and waits for what it answers.</summary>
    /// <exception cref="InvalidOperationException">It failed; the message says how.</exception>
    public static T Run<T>(Func<T> work)
        where T : class
    {
        T? answer = null;
        Exception? fault = null;
        var thread = new Thread(() =>
        {
            try
            {
                answer = work();
            }
            catch (Exception e)
            {
                fault = e;      // it is thrown again on the caller's thread
            }
        });
        thread.Start();
        thread.Join();
        return answer ?? throw new InvalidOperationException("A measurement failed: " + fault!.Message, fault);
    }

    /// <summary>Begins it there.</summary>
    public static Task Start(Action work) =>
        Task.Factory.StartNew(work, CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);
}
