using System.Runtime.ExceptionServices;

namespace UserNet.Lab;

/// <summary>Work that threads share: each takes the next piece when it is done with one, in their order.</summary>
internal static class WorkInOrder
{
    /// <summary>Does pieces of work until all are done, or one says that none after it is needed.</summary>
    /// <param name="count">How many there are.</param>
    /// <param name="parallelism">How many threads do it.</param>
    /// <param name="isLast">
    /// Does a piece; true when none after it is needed. All before it are done all the same, so that the first which
    /// says so is always the same one.
    /// </param>
    /// <param name="cancellation">Ends it between two pieces.</param>
    /// <returns>The first piece that said so; -1 for none.</returns>
    /// <remarks>What a piece throws comes out here, that of the first piece which threw.</remarks>
    public static int Run(int count, int parallelism, Func<int, bool> isLast, CancellationToken cancellation = default)
    {
        var state = new State(count, isLast, cancellation);
        Thread[] threads = new Thread[Math.Min(parallelism, count)];
        for (int i = 0; i < threads.Length; i++)
        {
            threads[i] = new Thread(state.Work) { IsBackground = true, Name = $"UserNet.Lab {i + 1}" };
            threads[i].Start();
        }

        foreach (Thread thread in threads) thread.Join();
        state.Failure?.Throw();
        cancellation.ThrowIfCancellationRequested();
        return state.Last < count ? state.Last : -1;
    }

    private sealed class State(int count, Func<int, bool> isLast, CancellationToken cancellation)
    {
        private readonly Lock _lock = new();
        private int _next;

        /// <summary>None after it is needed.</summary>
        public int Last { get; private set; } = int.MaxValue;

        public ExceptionDispatchInfo? Failure { get; private set; }

        public void Work()
        {
            while (!cancellation.IsCancellationRequested)
            {
                int piece;
                lock (_lock)
                {
                    if (_next >= count || _next > Last) return;
                    piece = _next++;
                }

                Do(piece);
            }
        }

        private void Do(int piece)
        {
            ExceptionDispatchInfo? failure = null;
            try
            {
                if (!isLast(piece)) return;
            }
#pragma warning disable CA1031 // it comes out of the call that waits for the threads
            catch (Exception exception)
#pragma warning restore CA1031
            {
                failure = ExceptionDispatchInfo.Capture(exception);
            }

            lock (_lock)
            {
                if (piece >= Last) return;
                (Last, Failure) = (piece, failure);
            }
        }
    }
}
