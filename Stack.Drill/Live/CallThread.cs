using System.Runtime.ExceptionServices;
using Microsoft.Win32.SafeHandles;

namespace UserNet.Drill.Live;

/// <summary>A thread that does one thing at a time for somebody else, who can see whether it is stuck in a call.</summary>
internal sealed class CallThread : IDisposable
{
    // futex, sched_yield, nanosleep, clock_nanosleep: where the runtime itself waits. Numbers of x86-64 and of arm64.
    private static readonly string[] OwnWaits = System.Runtime.InteropServices.RuntimeInformation.ProcessArchitecture
        == System.Runtime.InteropServices.Architecture.Arm64 ? ["98 ", "124 ", "101 ", "115 "] : ["202 ", "24 ", "35 ", "230 "];

    private readonly Thread _thread;
    private readonly SemaphoreSlim _begin = new(0);
    private readonly ManualResetEventSlim _done = new(true);
    private readonly bool _isUrgent;
    private readonly byte[] _text = new byte[256];
    private SafeFileHandle? _syscall;
    private Action? _work;
    private Exception? _error;
    private volatile bool _isInside, _isOver;
    private int _id;

    /// <summary>Starts the thread.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="isUrgent">It is to run before all ordinary threads.</param>
    public CallThread(string name, bool isUrgent)
    {
        _isUrgent = isUrgent;
        _thread = new Thread(Loop, 256 * 1024) { IsBackground = true, Name = name };
        _thread.Start();
        Run(() => { });
    }

    /// <summary>True when nothing is being done.</summary>
    public bool IsDone => _done.IsSet;

    /// <summary>Called on the thread after each thing that was done; set before anything is begun.</summary>
    public Action? Finished { get; set; }

    /// <summary>Begins something; <see cref="IsDone"/> tells the end.</summary>
    public void Start(Action work)
    {
        if (!IsDone) throw new InvalidOperationException("The thread is in another call.");
        _work = work;
        _error = null;
        _isInside = false;
        _done.Reset();
        _begin.Release();
    }

    /// <summary>Does something on the thread, and waits for its end.</summary>
    public void Run(Action work)
    {
        Start(work);
        _done.Wait();
        Rethrow();
    }

    /// <summary>Does something on the thread, and waits for its answer.</summary>
    public T Run<T>(Func<T> work)
    {
        T answer = default!;
        Run(() => { answer = work(); });
        return answer;
    }

    /// <summary>Throws what the last thing threw.</summary>
    public void Rethrow()
    {
        if (_error is { } error) ExceptionDispatchInfo.Throw(error);
    }

    /// <summary>True when the thread sleeps in a call of the system that it was told to make.</summary>
    public bool IsStuck
    {
        get
        {
            if (!_isInside || IsDone) return false;
            try
            {
                _syscall ??= File.OpenHandle($"/proc/self/task/{_id}/syscall");
                int length = RandomAccess.Read(_syscall, _text, 0);
                string text = System.Text.Encoding.ASCII.GetString(_text, 0, length);
                if (text.Length == 0 || !char.IsAsciiDigit(text[0])) return false;
                foreach (string number in OwnWaits)
                {
                    if (text.StartsWith(number, StringComparison.Ordinal)) return false;
                }

                return !IsDone;
            }
            catch (IOException)
            {
                return false;
            }
        }
    }

    /// <summary>Ends the thread once it is done with what it does; waits a second for that.</summary>
    public void Dispose()
    {
        _isOver = true;
        _begin.Release();
        if (!_thread.Join(TimeSpan.FromSeconds(1))) return;    // stuck for good: the process's end ends it
        _syscall?.Dispose();
        _begin.Dispose();
        _done.Dispose();
    }

    private void Loop()
    {
        _id = LiveLibC.ThreadId();
        if (_isUrgent) Urgency.Raise(_id);
        while (true)
        {
            _begin.Wait();
            if (_isOver) return;
            try
            {
                _isInside = true;
                _work!();
            }
            catch (Exception e) when (e is not OutOfMemoryException)
            {
                _error = e;
            }

            _work = null;
            _isInside = false;
            _done.Set();
            Finished?.Invoke();
        }
    }
}
