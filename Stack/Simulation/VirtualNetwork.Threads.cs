using System.Diagnostics;
using System.Runtime.CompilerServices;
using System.Runtime.ExceptionServices;

namespace UserNet.Simulation;

// Whose network it is, and what is thrown out of its runs.
public sealed partial class VirtualNetwork
{
    private int _thread;
    private int _runs;      // that are under way on that thread, one within the other
    private ForeignThreadException? _foreign;
    private ExceptionDispatchInfo? _fault;
    private Exception? _told;      // came out of a run

    /// <summary>
    /// How much real time may pass while user code blocks the thread without a limit, as Task.Wait does, before it
    /// counts as a wait that never ends; 30 s. It is no part of what happens: a run in which it passes fails.
    /// </summary>
    internal TimeSpan LongestWait { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>Refuses a thread that is not the network's. Any thread.</summary>
    /// <exception cref="ForeignThreadException">It is not.</exception>
    internal void CheckThread()
    {
        if (Environment.CurrentManagedThreadId != Volatile.Read(ref _thread)) throw NoteForeignThread();
    }

    /// <summary>True on the network's own thread; else the fault is noted, and comes out of the run. Any thread.</summary>
    /// <param name="work">What the thread brings, such as the continuation of an await; null where there is none.</param>
    internal bool IsOwnThread(object? work = null)
    {
        if (Environment.CurrentManagedThreadId == Volatile.Read(ref _thread)) return true;
        NoteForeignThread(work);
        return false;
    }

    /// <summary>Has an exception of a program come out of the run.</summary>
    internal void NoteFault(Exception exception)
    {
        if (ReferenceEquals(exception, _told)) return;      // a program that awaited another one throws what that did
        _fault ??= ExceptionDispatchInfo.Capture(exception);
    }

    /// <summary>
    /// Called before anything is added or changed: who does so while the network does not run owns it from then on.
    /// </summary>
    /// <exception cref="ForeignThreadException">Another thread has it run.</exception>
    /// <exception cref="ObjectDisposedException">The network is over.</exception>
    internal void Enter()
    {
        ObjectDisposedException.ThrowIf(_isDisposed, this);
        if (_runs > 0) CheckThread();
        else TakeOver();
    }

    /// <summary>Called before what is there is changed.</summary>
    /// <exception cref="ForeignThreadException">The thread is not the network's.</exception>
    /// <exception cref="ObjectDisposedException">The network is over.</exception>
    internal void CheckCall()
    {
        ObjectDisposedException.ThrowIf(_isDisposed, this);
        CheckThread();
    }

    // Who has the network run owns it from then on.
    private void TakeOver()
    {
        int thread = Environment.CurrentManagedThreadId;
        if (_thread == thread) return;
        if (_runs > 0) throw new InvalidOperationException("The network is being run by another thread.");
        Volatile.Write(ref _thread, thread);
    }

    // What is between it and the call may be inlined: no more than itself can be left out of the trace.
    [MethodImpl(MethodImplOptions.NoInlining)]
    private ForeignThreadException NoteForeignThread(object? work = null)
    {
        var exception = new ForeignThreadException(
            Seed, Volatile.Read(ref _thread), Environment.CurrentManagedThreadId, new StackTrace(1, fNeedFileInfo: true), work);
        Interlocked.CompareExchange(ref _foreign, exception, null);
        return exception;
    }
}
