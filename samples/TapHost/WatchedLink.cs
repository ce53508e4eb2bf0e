using UserNet.Addressing;
using UserNet.Doors;
using UserNet.Link;

namespace UserNet.Samples.TapHost;

/// <summary>A link that tells when it is lost, so that the program need not outlive its device.</summary>
internal sealed class WatchedLink(ILink inner) : ILink
{
    private readonly TaskCompletionSource<Exception?> _end = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Ends when the link does, with the reason; null when it was closed.</summary>
    public Task<Exception?> End => _end.Task;

    public LinkMedium Medium => inner.Medium;

    public int Mtu => inner.Mtu;

    public LinkFeatures Features => inner.Features;

    public int LargestBurst => inner.LargestBurst;

    public MacAddress? Address => inner.Address;

    public void Start(IFrameSink sink) => inner.Start(new Sink(sink, _end));

    public int Send(ReadOnlySpan<LinkFrame> frames) => inner.Send(frames);

    public void Dispose() => inner.Dispose();

    private sealed class Sink(IFrameSink sink, TaskCompletionSource<Exception?> end) : IFrameSink
    {
        public void OnFrames(ReadOnlySpan<LinkFrame> frames, Span<DropReason> verdicts) => sink.OnFrames(frames, verdicts);

        public void OnWritable() => sink.OnWritable();

        public void OnClosed(Exception? failure)
        {
            sink.OnClosed(failure);
            end.TrySetResult(failure);
        }
    }
}
