using UserNet.Buffers;
using UserNet.Doors;
using UserNet.Link;

namespace UserNet.Tests.Tap;

/// <summary>Keeps a copy of all frames, and counts the rest.</summary>
internal sealed class RecordingSink(Func<ReadOnlyMemory<byte>, bool>? wanted = null) : IFrameSink
{
    private readonly Lock _lock = new();
    private readonly List<(byte[] Octets, PacketOffload Offload)> _frames = [];
    private int _closings, _writable;

    /// <summary>What is run inside each call, before the frames are kept.</summary>
    public Action? During { get; set; }

    public Exception? Failure { get; private set; }

    public int Closings => Volatile.Read(ref _closings);

    public (byte[] Octets, PacketOffload Offload)[] Frames
    {
        get
        {
            lock (_lock) return [.. _frames];
        }
    }

    public void OnFrames(ReadOnlySpan<LinkFrame> frames, Span<DropReason> verdicts)
    {
        During?.Invoke();
        lock (_lock)
        {
            foreach (LinkFrame frame in frames)
                if (wanted is null || wanted(frame.Octets)) _frames.Add((frame.Octets.ToArray(), frame.Offload));
        }
    }

    public void OnWritable() => Interlocked.Increment(ref _writable);

    public void OnClosed(Exception? failure)
    {
        Failure = failure;
        Interlocked.Increment(ref _closings);
    }

    public bool WaitForEnd() => OwnNamespace.Until(() => Closings > 0);

    /// <summary>Waits until the link is writable, which is then forgotten.</summary>
    public bool WaitForRoom(int milliseconds = 10_000) =>
        OwnNamespace.Until(() => Volatile.Read(ref _writable) > 0, milliseconds) && Interlocked.Decrement(ref _writable) >= 0;

    /// <summary>Waits for a frame of some kind, and returns the first.</summary>
    public (byte[] Octets, PacketOffload Offload) WaitFor(Func<byte[], bool> condition)
    {
        if (!OwnNamespace.Until(() => Array.Exists(Frames, f => condition(f.Octets)))) throw new TimeoutException("The frame did not come.");
        return Array.Find(Frames, f => condition(f.Octets));
    }
}
