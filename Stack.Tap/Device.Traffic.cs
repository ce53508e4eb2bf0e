using System.Runtime.InteropServices;
using UserNet.Errors;
using UserNet.Link;
using UserNet.Tap.Native;

namespace UserNet.Tap;

/// <summary>The reading thread, waiting for room to send, and the end.</summary>
public abstract unsafe partial class Device
{
    /// <summary>How long to wait before an interface that is down is looked at again, ms.</summary>
    private const int DownPatience = 50;

    /// <summary>How long to wait before a full queue of the interface is tried again, ms.</summary>
    private const int BusyPatience = 1;

    private readonly WakeUp _wakeUp;
    private IFrameSink? _sink;
    private Thread? _reader;
    private int _obstacle, _ended, _released;
    private bool _stopping, _isDown;
    private long _framesReceived, _octetsReceived, _framesSent, _octetsSent, _framesRefused, _framesCutShort, _waits, _busyUntil;

    /// <summary>What keeps frames from being sent.</summary>
    internal enum SendObstacle
    {
        /// <summary>Nothing.</summary>
        None,
        /// <summary>The kernel has no room, or the interface is down, and poll says when that changes.</summary>
        UntilWritable,
        /// <summary>The interface's queue is full; nothing says when that changes.</summary>
        Busy,
        /// <summary>The interface is down or without carrier; nothing says when that changes.</summary>
        Down,
    }

    /// <summary>What is polled; the reading thread's alone.</summary>
    private protected abstract Descriptor Pollable { get; }

    /// <summary>True once it is closed or lost.</summary>
    private protected bool HasEnded => Volatile.Read(ref _ended) != 0;

    /// <inheritdoc/>
    public void Start(IFrameSink sink)
    {
        ArgumentNullException.ThrowIfNull(sink);
        ObjectDisposedException.ThrowIf(HasEnded, this);
        if (Interlocked.CompareExchange(ref _sink, sink, null) is not null)
            throw new InvalidOperationException("The link was started before.");
        _reader = new Thread(Run) { IsBackground = true, Name = $"UserNet {Spec}" };
        _reader.Start();
    }

    /// <inheritdoc/>
    public int Send(ReadOnlySpan<LinkFrame> frames)
    {
        if (HasEnded || frames.IsEmpty) return 0;
        SendObstacle obstacle = SendObstacle.None;
        int taken = 0;
        try
        {
            taken = Write(frames, out obstacle);
        }
        catch (ObjectDisposedException)
        {
            // Closed by another thread meanwhile.
        }

        if (taken < frames.Length && obstacle != SendObstacle.None) Await(obstacle);
        return taken;
    }

    /// <summary>Stops the reading thread at once, waits for it, and lets go of the interface.</summary>
    public void Dispose()
    {
        Dispose(true);
        GC.SuppressFinalize(this);
    }

    /// <summary>As <see cref="Dispose()"/>.</summary>
    /// <param name="disposing">True: there is no finalizer of its own.</param>
    protected virtual void Dispose(bool disposing)
    {
        if (!disposing) return;
        Volatile.Write(ref _ended, 1);
        Volatile.Write(ref _stopping, true);
        if (_reader is { } reader)
        {
            WakeReader();
            if (reader == Thread.CurrentThread) return;    // lets go at its end
            reader.Join();
        }

        Release();
    }

    /// <summary>Takes what is there, gives it to the sink, and says whether there may be more. Does not wait.</summary>
    /// <exception cref="DeviceException">The interface is gone.</exception>
    private protected abstract bool Receive(IFrameSink sink);

    /// <summary>Gives frames to the kernel, in order, and says how many it took and what kept it from the others.</summary>
    private protected abstract int Write(ReadOnlySpan<LinkFrame> frames, out SendObstacle obstacle);

    /// <summary>What poll noticed of the descriptor besides frames: goes on, or throws when the interface is gone.</summary>
    private protected abstract void OnPollError();

    /// <summary>Closes what the kind of device has opened.</summary>
    private protected abstract void Close();

    private protected void CountReceived(int frames, long octets)
    {
        Volatile.Write(ref _framesReceived, _framesReceived + frames);
        Volatile.Write(ref _octetsReceived, _octetsReceived + octets);
    }

    private protected void CountCutShort() => Volatile.Write(ref _framesCutShort, _framesCutShort + 1);

    private protected void CountSent(int octets)
    {
        Volatile.Write(ref _framesSent, _framesSent + 1);
        Volatile.Write(ref _octetsSent, _octetsSent + octets);
    }

    private protected void CountRefused() => Volatile.Write(ref _framesRefused, _framesRefused + 1);

    /// <summary>The interface went down: from now on it is looked at now and then.</summary>
    private protected void NoteDown() => _isDown = true;

    private static bool IsTransient(int errno) => (Errno)errno is Errno.EINTR or Errno.EAGAIN;

    private void Await(SendObstacle obstacle)
    {
        Volatile.Write(ref _waits, _waits + 1);
        Volatile.Write(ref _busyUntil, Environment.TickCount64 + BusyPatience);
        Volatile.Write(ref _obstacle, (int)obstacle);
        WakeReader();
    }

    private void WakeReader()
    {
        try
        {
            _wakeUp.Signal();
        }
        catch (ObjectDisposedException)
        {
            // Closed meanwhile: nobody waits any more.
        }
    }

    private void Run()
    {
        IFrameSink sink = _sink!;
        Exception? failure = null;
        try
        {
            Pump(sink);
        }
        catch (Exception e)
        {
            failure = e;
        }

        Volatile.Write(ref _ended, 1);
        try
        {
            sink.OnClosed(failure);
        }
        finally
        {
            if (Volatile.Read(ref _stopping)) Release();
        }
    }

    private void Pump(IFrameSink sink)
    {
        PollEntry* entries = stackalloc PollEntry[2];
        entries[0].Descriptor = Pollable.Number;
        entries[1].Descriptor = _wakeUp.Descriptor.Number;
        entries[1].Wanted = LibC.PollIn;
        bool more = true;
        while (!Volatile.Read(ref _stopping))
        {
            var obstacle = (SendObstacle)Volatile.Read(ref _obstacle);
            if (!more || obstacle != SendObstacle.None) Wait(sink, entries, obstacle, more);
            if (Volatile.Read(ref _stopping)) return;
            more = Receive(sink);
        }
    }

    private void Wait(IFrameSink sink, PollEntry* entries, SendObstacle obstacle, bool more)
    {
        entries[0].Wanted = (short)(LibC.PollIn | (obstacle == SendObstacle.UntilWritable ? LibC.PollOut : 0));
        entries[0].Happened = entries[1].Happened = 0;
        int answer = LibC.Poll(entries, 2, more ? 0 : PatienceWith(obstacle));
        if (answer < 0)
        {
            int errno = Marshal.GetLastPInvokeError();
            if (!IsTransient(errno)) throw DeviceException.From(Spec.ToString(), "wait for frames", errno);
            return;
        }

        if (entries[1].Happened != 0) _wakeUp.Reset();
        if ((entries[0].Happened & (LibC.PollError | LibC.PollHangUp | LibC.PollInvalid)) != 0) OnPollError();
        if (_isDown) LookAgain();
        bool canSend = obstacle switch
        {
            SendObstacle.UntilWritable => (entries[0].Happened & LibC.PollOut) != 0,
            SendObstacle.Busy => Environment.TickCount64 >= Volatile.Read(ref _busyUntil),
            SendObstacle.Down => Control.IsRunning,
            _ => false,
        };
        if (canSend && Interlocked.Exchange(ref _obstacle, 0) != 0) sink.OnWritable();
    }

    private int PatienceWith(SendObstacle obstacle)
    {
        if (obstacle == SendObstacle.Busy) return BusyPatience;
        return obstacle == SendObstacle.Down || _isDown ? DownPatience : -1;
    }

    private void LookAgain()
    {
        if (!StillExists()) throw DeviceException.Gone(Spec.ToString());
        _isDown = !Control.IsUp;
    }

    /// <summary>False once the interface is deleted.</summary>
    private protected virtual bool StillExists() => true;

    private void Release()
    {
        if (Interlocked.Exchange(ref _released, 1) != 0) return;
        Close();
        _control.Dispose();
        _wakeUp.Dispose();
    }
}
