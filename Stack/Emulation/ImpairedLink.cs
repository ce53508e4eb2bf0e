using UserNet.Addressing;
using UserNet.Doors;
using UserNet.Link;

namespace UserNet.Emulation;

/// <summary>
/// A link made worse: it loses, doubles, corrupts, reorders, delays and slows down what goes over another one.
/// </summary>
/// <remarks>
/// <para>
/// What happens follows from the octets of the door, which is asked once, and from the order of the frames; with a
/// clock that is moved by hand it happens again in every run. Frames keep what is known of them, but that a corrupted
/// one has a good checksum.
/// </para>
/// <para>
/// What a wire does it does to frames as they are on it: checksums that were left open are filled in before, and a frame that
/// stands for many segments is cut, whichever way it goes. While the other link is
/// full it takes none, and calls <see cref="IFrameSink.OnWritable"/> when it is not; what its own conditions have no
/// room for is lost and counted. Frames under way when the link is closed are lost. Any thread.
/// </para>
/// </remarks>
public sealed class ImpairedLink : ILink
{
    private readonly ILink _inner;
    private readonly ImpairedLane _outgoing, _incoming;
    private readonly Lock _lock = new();
    private IFrameSink? _sink;
    private Exception? _failure;
    private bool _senderWaits;

    /// <summary>A link made worse.</summary>
    /// <param name="inner">The other link, not started; this one owns it.</param>
    /// <param name="time">The clock, whose timers deliver.</param>
    /// <param name="randomness">Where the seed comes from.</param>
    /// <param name="outgoing">What happens to what is sent.</param>
    /// <param name="incoming">What happens to what arrives; null for nothing.</param>
    public ImpairedLink(
        ILink inner, TimeProvider time, FillRandom randomness, LinkConditions outgoing, LinkConditions? incoming = null)
    {
        ArgumentNullException.ThrowIfNull(inner);
        ArgumentNullException.ThrowIfNull(time);
        ArgumentNullException.ThrowIfNull(outgoing);
        _inner = inner;
        SeededRandom random = SeededRandom.From(randomness);
        _outgoing = new ImpairedLane(time, random, outgoing, inner.Medium, inner.Send);
        _incoming = new ImpairedLane(time, random, incoming ?? LinkConditions.Perfect, inner.Medium, Deliver)
        {
            WhenClosed = () => _sink!.OnClosed(_failure),
        };
    }

    /// <inheritdoc/>
    public LinkMedium Medium => _inner.Medium;

    /// <inheritdoc/>
    public int Mtu => _inner.Mtu;

    /// <summary>None.</summary>
    public LinkFeatures Features => LinkFeatures.None;

    /// <inheritdoc/>
    public MacAddress? Address => _inner.Address;

    /// <summary>What happens to what is sent from now on.</summary>
    public LinkConditions Outgoing
    {
        get => _outgoing.Conditions;
        set => _outgoing.Conditions = value;
    }

    /// <summary>What happens to what arrives from now on.</summary>
    public LinkConditions Incoming
    {
        get => _incoming.Conditions;
        set => _incoming.Conditions = value;
    }

    /// <summary>What happened to what was sent.</summary>
    public LinkImpairments OutgoingCounts => _outgoing.Counts;

    /// <summary>What happened to what arrived.</summary>
    public LinkImpairments IncomingCounts => _incoming.Counts;

    /// <inheritdoc/>
    public void Start(IFrameSink sink)
    {
        ArgumentNullException.ThrowIfNull(sink);
        lock (_lock)
        {
            if (_sink is not null) throw new InvalidOperationException("The link was started before.");
            _sink = sink;
        }

        _inner.Start(new InnerSink(this));
    }

    /// <inheritdoc/>
    public int Send(ReadOnlySpan<LinkFrame> frames)
    {
        if (_outgoing.TryAdd(frames)) return frames.Length;
        lock (_lock) _senderWaits = true;
        // The other link may have become writable in between, and have found nobody waiting.
        if (!_outgoing.TryAdd(frames)) return 0;
        lock (_lock) _senderWaits = false;
        return frames.Length;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _outgoing.Close();
        _inner.Dispose();
        _outgoing.Dispose();
    }

    private int Deliver(ReadOnlySpan<LinkFrame> frames)
    {
        _sink!.OnFrames(frames, Span<DropReason>.Empty);
        return frames.Length;
    }

    private void OnWritable()
    {
        if (!_outgoing.OnWritable()) return;
        lock (_lock)
        {
            if (!_senderWaits) return;
            _senderWaits = false;
        }

        _sink!.OnWritable();
    }

    private void OnClosed(Exception? failure)
    {
        _failure = failure;
        _outgoing.Close();
        _outgoing.Dispose();
        _incoming.Close();
        _incoming.Dispose();
    }

    private sealed class InnerSink(ImpairedLink link) : IFrameSink
    {
        // What becomes of a frame later is for the counters: None is all that can be said of it here.
        public void OnFrames(ReadOnlySpan<LinkFrame> frames, Span<DropReason> verdicts)
        {
            verdicts.Clear();
            link._incoming.TryAdd(frames);
        }

        public void OnWritable() => link.OnWritable();

        public void OnClosed(Exception? failure) => link.OnClosed(failure);
    }
}
