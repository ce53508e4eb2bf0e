using UserNet.Doors;
using UserNet.Link;

namespace UserNet.Tests.Tap;

/// <summary>Counts frames, and what their thread allocates between two calls.</summary>
internal sealed class CountingSink : IFrameSink
{
    private readonly List<(long Frames, long Allocated)> _notes = new(1 << 20);
    private readonly Lock _lock = new();
    private long _frames;

    public long Frames => Volatile.Read(ref _frames);

    public void OnFrames(ReadOnlySpan<LinkFrame> frames, Span<DropReason> verdicts)
    {
        Volatile.Write(ref _frames, _frames + frames.Length);
        lock (_lock) _notes.Add((_frames, GC.GetAllocatedBytesForCurrentThread()));
    }

    public void OnWritable()
    {
    }

    public void OnClosed(Exception? failure)
    {
    }

    /// <summary>What the thread allocated since the first call after so many frames.</summary>
    public long AllocatedSince(long frames)
    {
        lock (_lock) return _notes[^1].Allocated - _notes.First(n => n.Frames >= frames).Allocated;
    }
}
