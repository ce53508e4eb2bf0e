using System.Buffers.Binary;
using UserNet.Doors;
using UserNet.Link;

namespace UserNet.Tests.Link;

/// <summary>
/// Sends numbered frames of many sizes as fast as a link takes them, and checks that those of the other side come in
/// order, whole, once, and in calls that do not overlap, none of them from inside Send.
/// </summary>
internal sealed class StressPeer(ILink link, int count, int seed) : IFrameSink
{
    private readonly TaskCompletionSource _isDone = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly object _writable = new();
    private readonly Random _random = new(seed);
    private int _inside, _sendingThread, _received;
    private bool _isWritable;

    public int Received => Volatile.Read(ref _received);

    public string? Fault { get; private set; }

    public bool WaitForAll() => _isDone.Task.Wait(TimeSpan.FromMinutes(2));

    public void Run()
    {
        link.Start(this);
        int next = 0;
        while (next < count && Fault is null)
        {
            var frames = new LinkFrame[Math.Min(_random.Next(1, 100), count - next)];
            for (int i = 0; i < frames.Length; i++) frames[i] = new LinkFrame(Make(next + i));
            for (int sent = 0; sent < frames.Length;)
            {
                _sendingThread = Environment.CurrentManagedThreadId;
                int taken = link.Send(frames.AsSpan(sent));
                _sendingThread = 0;
                sent += taken;
                if (sent < frames.Length && !WaitUntilWritable()) Fault = "No OnWritable came.";
                if (Fault is not null) return;
            }

            next += frames.Length;
        }
    }

    public void OnFrames(ReadOnlySpan<LinkFrame> frames, Span<DropReason> verdicts)
    {
        if (Interlocked.Increment(ref _inside) != 1) Fault ??= "Two deliveries overlapped.";
        if (_sendingThread == Environment.CurrentManagedThreadId) Fault ??= "Delivered from inside Send.";
        foreach (LinkFrame frame in frames)
        {
            if (!frame.Octets.Span.SequenceEqual(Make(_received))) Fault ??= $"Frame {_received} is not what was sent.";
            Volatile.Write(ref _received, _received + 1);
        }

        Interlocked.Decrement(ref _inside);
        if (_received >= count || Fault is not null) _isDone.TrySetResult();
    }

    public void OnWritable()
    {
        if (_sendingThread == Environment.CurrentManagedThreadId) Fault ??= "OnWritable from inside Send.";
        lock (_writable)
        {
            _isWritable = true;
            Monitor.Pulse(_writable);
        }
    }

    public void OnClosed(Exception? failure) => Fault ??= "Closed.";

    // What comes before the wait is not lost: OnWritable may be faster than the return from Send.
    private bool WaitUntilWritable()
    {
        lock (_writable)
        {
            bool came = _isWritable || Monitor.Wait(_writable, TimeSpan.FromMinutes(1));
            _isWritable = false;
            return came;
        }
    }

    private static byte[] Make(int number)
    {
        byte[] octets = new byte[4 + (number % 97 * (number % 13 == 0 ? 30 : 1))];
        octets.AsSpan().Fill((byte)number);
        BinaryPrimitives.WriteInt32LittleEndian(octets, number);
        return octets;
    }
}
