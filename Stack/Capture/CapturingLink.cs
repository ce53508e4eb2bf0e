using UserNet.Addressing;
using UserNet.Doors;
using UserNet.Link;

namespace UserNet.Capture;

/// <summary>
/// A link that writes down what passes: what the inner link took, and what arrived with the reason why it was dropped.
/// </summary>
/// <remarks>
/// The file has frames in the order in which their calls began: a frame that arrives comes before the answer that is
/// sent from inside its delivery, a frame that is sent comes before what a loopback makes of it. A frame stays
/// unwritten until its call, and those before it, are over. A writer that fails, or is closed, ends the capture and
/// nothing else: <see cref="Failure"/> tells. Any thread, as <see cref="ILink"/> allows.
/// </remarks>
public sealed class CapturingLink : ILink
{
    private readonly Lock _lock = new();
    private readonly ILink _inner;
    private readonly PcapngWriter _writer;
    private readonly TimeProvider _time;
    private readonly int _number;
    private readonly Queue<FrameBatch> _unwritten = new();
    private readonly Stack<FrameBatch> _spare = new();

    /// <summary>Puts a capture before a link that was not started yet.</summary>
    /// <param name="inner">The link; is disposed with this one.</param>
    /// <param name="writer">Where to; is flushed, not disposed, with this one.</param>
    /// <param name="name">What the interface is called in the file.</param>
    /// <param name="timeProvider">Tells when a frame passed.</param>
    /// <exception cref="ArgumentOutOfRangeException">The clock stands before 1970, of which the file can't tell.</exception>
    public CapturingLink(ILink inner, PcapngWriter writer, string name, TimeProvider timeProvider)
    {
        ArgumentNullException.ThrowIfNull(inner);
        ArgumentNullException.ThrowIfNull(writer);
        ArgumentNullException.ThrowIfNull(timeProvider);
        PcapngWriter.NanosecondsOf(timeProvider.GetUtcNow());
        _inner = inner;
        _writer = writer;
        _time = timeProvider;
        _number = writer.AddInterface(name, inner.Medium);
    }

    /// <summary>What ended the capture; null while it goes on.</summary>
    public Exception? Failure { get; private set; }

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
        FrameBatch batch = Begin(PacketDirection.Outbound, 0);
        int taken = 0;
        try
        {
            taken = _inner.Send(frames);
        }
        finally
        {
            Complete(batch, frames[..taken], default);
        }

        return taken;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _inner.Dispose();
        lock (_lock)
        {
            try
            {
                _writer.Flush();
            }
            catch (IOException failure)
            {
                Failure ??= failure;
            }
        }
    }

    private void Deliver(IFrameSink sink, ReadOnlySpan<LinkFrame> frames, Span<DropReason> verdicts)
    {
        FrameBatch batch = Begin(PacketDirection.Inbound, verdicts.IsEmpty ? frames.Length : 0);
        if (verdicts.IsEmpty) verdicts = batch.Verdicts(frames.Length);
        try
        {
            sink.OnFrames(frames, verdicts);
        }
        finally
        {
            Complete(batch, frames, verdicts);
        }
    }

    private FrameBatch Begin(PacketDirection direction, int verdicts)
    {
        lock (_lock)
        {
            FrameBatch batch = _spare.TryPop(out FrameBatch? spare) ? spare : new FrameBatch();
            batch.Begin(direction, PcapngWriter.NanosecondsOf(_time.GetUtcNow()), verdicts);
            _unwritten.Enqueue(batch);
            return batch;
        }
    }

    // The first batch is written from the lent frames themselves; one that must wait is copied.
    private void Complete(FrameBatch batch, ReadOnlySpan<LinkFrame> frames, ReadOnlySpan<DropReason> verdicts)
    {
        lock (_lock)
        {
            bool isFirst = _unwritten.Peek() == batch;
            for (int i = 0; i < frames.Length; i++)
            {
                DropReason verdict = i < verdicts.Length ? verdicts[i] : DropReason.None;
                if (isFirst) Write(batch, frames[i].Octets.Span, frames[i].Offload, verdict);
                else batch.Keep(frames[i], verdict);
            }

            batch.IsOver = true;
            while (_unwritten.TryPeek(out FrameBatch? first) && first.IsOver)
            {
                for (int i = 0; i < first.Count; i++)
                {
                    FrameBatch.Kept kept = first[i];
                    Write(first, first.OctetsOf(kept), kept.Offload, kept.Verdict);
                }

                _unwritten.Dequeue();
                first.Clear();
                _spare.Push(first);
            }
        }
    }

    private void Write(FrameBatch batch, ReadOnlySpan<byte> octets, in Buffers.PacketOffload offload, DropReason verdict)
    {
        if (Failure is not null) return;
        Span<char> text = stackalloc char[128];
        int length = 0;
        if (verdict != DropReason.None && text.TryWrite($"dropped: {verdict}", out int written)) length = written;
        if (offload.SegmentSize != 0
            && text[length..].TryWrite(
                $"{(length > 0 ? "; " : "")}{offload.SegmentKind}, stands for segments of {offload.SegmentSize} octets", out written))
        {
            length += written;
        }

        try
        {
            _writer.Write(_number, batch.Nanoseconds, octets, batch.Direction, text[..length], offload);
        }
        catch (Exception failure) when (failure is IOException or ObjectDisposedException or NotSupportedException)
        {
            Failure = failure;
        }
    }

    private sealed class CapturingSink(CapturingLink link, IFrameSink sink) : IFrameSink
    {
        public void OnFrames(ReadOnlySpan<LinkFrame> frames, Span<DropReason> verdicts) => link.Deliver(sink, frames, verdicts);

        public void OnWritable() => sink.OnWritable();

        public void OnClosed(Exception? failure) => sink.OnClosed(failure);
    }
}
