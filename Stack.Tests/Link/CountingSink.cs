using UserNet.Doors;
using UserNet.Link;

namespace UserNet.Tests.Link;

/// <summary>A sink that counts, and allocates nothing.</summary>
internal sealed class CountingSink : IFrameSink
{
    public long Frames { get; private set; }

    public long Octets { get; private set; }

    public void OnFrames(ReadOnlySpan<LinkFrame> frames, Span<DropReason> verdicts)
    {
        Frames += frames.Length;
        foreach (LinkFrame frame in frames) Octets += frame.Octets.Length;
    }

    public void OnWritable()
    {
    }

    public void OnClosed(Exception? failure)
    {
    }
}
