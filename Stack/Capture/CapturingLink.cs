using UserNet.Addressing;
using UserNet.Doors;
using UserNet.Link;

namespace UserNet.Capture;

/// <summary>
/// A link that has taken down what passes: what the inner link took, and what arrived with the reason why it was dropped.
/// </summary>
/// <remarks>
/// The recorder hears of frames in the order in which their calls began: a frame that arrives comes before the answer that is
/// sent from inside its delivery, a frame that is sent comes before what a loopback makes of it. A frame stays
/// unwritten until its call, and those before it, are over. A recorder that fails, or a file that is closed, ends the capture and
/// nothing else: <see cref="Failure"/> tells. Any thread, as <see cref="ILink"/> allows.
/// </remarks>
public sealed class CapturingLink : ILink
{
    private readonly ILink _inner;
    private readonly FrameOrder _order;
    private readonly PcapngWriter? _file;
    private readonly TimeProvider _time;
    private readonly int _number;
    private Exception? _failureAtEnd;

    /// <summary>Puts a capture before a link that was not started yet.</summary>
    /// <param name="inner">The link; is disposed with this one.</param>
    /// <param name="writer">Where to; is flushed, not disposed, with this one.</param>
    /// <param name="name">What the interface is called in the file.</param>
    /// <param name="timeProvider">Tells when a frame passed.</param>
    /// <exception cref="ArgumentOutOfRangeException">The clock stands before 1970, of which the file can't tell.</exception>
    public CapturingLink(ILink inner, PcapngWriter writer, string name, TimeProvider timeProvider)
        : this(inner, OrderFor(writer, timeProvider), Described(inner, writer, name), timeProvider) => _file = writer;

    /// <summary>Puts a recorder before a link that was not started yet.</summary>
    /// <param name="inner">The link; is disposed with this one.</param>
    /// <param name="recorder">Who hears of the frames.</param>
    /// <param name="number">The interface's number there: one may be that of many links, one after the other.</param>
    /// <param name="timeProvider">Tells when a frame passed.</param>
    /// <exception cref="ArgumentOutOfRangeException">The clock stands before 1970, of which recordings can't tell.</exception>
    public CapturingLink(ILink inner, IFrameRecorder recorder, int number, TimeProvider timeProvider)
        : this(inner, OrderFor(recorder, timeProvider), number, timeProvider)
    {
    }

    /// <summary>Puts one of many points before a link, all of which have one order.</summary>
    internal CapturingLink(ILink inner, FrameOrder order, int number, TimeProvider timeProvider)
    {
        ArgumentNullException.ThrowIfNull(inner);
        (_inner, _order, _number, _time) = (inner, order, number, timeProvider);
    }

    /// <summary>What ended the capture; null while it goes on.</summary>
    public Exception? Failure => _order.Failure ?? _failureAtEnd;

    /// <inheritdoc/>
    public LinkMedium Medium => _inner.Medium;

    /// <inheritdoc/>
    public int Mtu => _inner.Mtu;

    /// <inheritdoc/>
    public LinkFeatures Features => _inner.Features;

    /// <inheritdoc/>
    public int LargestBurst => _inner.LargestBurst;

    /// <inheritdoc/>
    public MacAddress? Address => _inner.Address;

    /// <inheritdoc/>
    public void Start(IFrameSink sink)
    {
        ArgumentNullException.ThrowIfNull(sink);
        _inner.Start(new CapturingSink(this, sink));
    }

    /// <inheritdoc/>
    public int Send(ReadOnlySpan<LinkFrame> frames)
    {
        FrameBatch batch = _order.Begin(_number, PacketDirection.Outbound, _time);
        int taken = 0;
        try
        {
            taken = _inner.Send(frames);
        }
        finally
        {
            _order.Complete(batch, frames[..taken]);
        }

        return taken;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _inner.Dispose();
        try
        {
            _file?.Flush();
        }
        catch (IOException failure)
        {
            _failureAtEnd = failure;
        }
    }

    private static int Described(ILink inner, PcapngWriter writer, string name)
    {
        ArgumentNullException.ThrowIfNull(inner);
        return writer.AddInterface(name, inner.Medium);
    }

    private static FrameOrder OrderFor(IFrameRecorder recorder, TimeProvider timeProvider)
    {
        ArgumentNullException.ThrowIfNull(recorder);
        ArgumentNullException.ThrowIfNull(timeProvider);
        PcapngWriter.NanosecondsOf(timeProvider.GetUtcNow());
        return new FrameOrder(recorder);
    }

    private void Deliver(IFrameSink sink, ReadOnlySpan<LinkFrame> frames, Span<DropReason> verdicts)
    {
        FrameBatch batch = _order.Begin(_number, PacketDirection.Inbound, _time, verdicts.IsEmpty ? frames.Length : 0);
        if (verdicts.IsEmpty) verdicts = batch.Verdicts(frames.Length);
        try
        {
            sink.OnFrames(frames, verdicts);
        }
        finally
        {
            _order.Complete(batch, frames, verdicts);
        }
    }

    private sealed class CapturingSink(CapturingLink link, IFrameSink sink) : IFrameSink
    {
        public void OnFrames(ReadOnlySpan<LinkFrame> frames, Span<DropReason> verdicts) => link.Deliver(sink, frames, verdicts);

        public void OnWritable() => sink.OnWritable();

        public void OnClosed(Exception? failure) => sink.OnClosed(failure);
    }
}
