using UserNet.Doors;
using UserNet.Link;

namespace UserNet.Tests.Link;

/// <summary>
/// A sink that keeps what it is told, and does what it is asked to on the way. One thread at a time, which it checks.
/// </summary>
internal sealed class RecordingSink : IFrameSink
{
    private int _inside;

    public List<byte[]> Frames { get; } = [];

    public List<LinkFrame> Facts { get; } = [];

    public List<int> Batches { get; } = [];

    public int Writable { get; private set; }

    public int Closed { get; private set; }

    public Exception? Failure { get; private set; }

    /// <summary>True when two deliveries overlapped.</summary>
    public bool Overlapped { get; private set; }

    public Action? WhenFrames { get; set; }

    public Action? WhenWritable { get; set; }

    public void OnFrames(ReadOnlySpan<LinkFrame> frames, Span<DropReason> verdicts)
    {
        Overlapped |= Interlocked.Increment(ref _inside) != 1;
        Batches.Add(frames.Length);
        foreach (LinkFrame frame in frames)
        {
            Frames.Add(frame.Octets.ToArray());
            Facts.Add(frame with { Octets = default });
        }

        WhenFrames?.Invoke();
        Interlocked.Decrement(ref _inside);
    }

    public void OnWritable()
    {
        Writable++;
        WhenWritable?.Invoke();
    }

    public void OnClosed(Exception? failure)
    {
        Closed++;
        Failure = failure;
    }
}
