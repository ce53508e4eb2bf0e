using System.IO.Pipelines;

namespace UserNet.Link;

/// <summary>A cable in memory: what is sent at one end arrives at the other, complete, in order and once.</summary>
/// <remarks>
/// <para>
/// Sending copies the frame into the other end's inbox, and no more: who receives is called by the scheduler, in
/// batches, one call at a time for each end. Frames sent before the other end started wait for it.
/// </para>
/// <para>
/// When an inbox is full, <see cref="ILink.Send"/> takes fewer frames, and the sender's
/// <see cref="IFrameSink.OnWritable"/> is called when half of it is free again: nothing is lost. That call may come
/// on another thread before <see cref="ILink.Send"/> has returned.
/// </para>
/// <para>
/// Disposing an end pulls the cable. The other end still gets what was sent before; then both hear
/// <see cref="IFrameSink.OnClosed"/>. What is sent afterwards is taken and lost. Any thread.
/// </para>
/// </remarks>
public sealed class LinkPair : IDisposable
{
    private readonly LinkPairEnd _a, _b;

    /// <summary>A cable for Ethernet frames, delivered by the thread pool.</summary>
    public LinkPair()
        : this(new LinkPairOptions())
    {
    }

    /// <summary>A cable for Ethernet frames.</summary>
    /// <param name="scheduler">Where frames are delivered.</param>
    /// <exception cref="ArgumentException">The scheduler is <see cref="PipeScheduler.Inline"/>.</exception>
    public LinkPair(PipeScheduler scheduler)
        : this(new LinkPairOptions { Scheduler = scheduler })
    {
    }

    /// <summary>A cable.</summary>
    /// <exception cref="ArgumentException">The scheduler is <see cref="PipeScheduler.Inline"/>.</exception>
    /// <exception cref="ArgumentOutOfRangeException">The MTU or a limit is too small.</exception>
    public LinkPair(LinkPairOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        ArgumentNullException.ThrowIfNull(options.Scheduler);
        if (options.Scheduler == PipeScheduler.Inline)
            throw new ArgumentException("An inline scheduler would call the receiver inside Send.", nameof(options));
        ArgumentOutOfRangeException.ThrowIfLessThan(options.Mtu, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(options.FrameLimit, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(options.OctetLimit, LinkPairOptions.LeastOctetLimit);
        _a = new LinkPairEnd(options, options.AddressA);
        _b = new LinkPairEnd(options, options.AddressB);
        _a.Attach(_b);
        _b.Attach(_a);
    }

    /// <summary>One end.</summary>
    public ILink A => _a;

    /// <summary>The other end.</summary>
    public ILink B => _b;

    /// <summary>Pulls the cable out of both ends: what is still on the way is lost.</summary>
    public void Dispose()
    {
        _a.Dispose();
        _b.Dispose();
    }
}
