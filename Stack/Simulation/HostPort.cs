using UserNet.Addressing;
using UserNet.Doors;
using UserNet.Link;

namespace UserNet.Simulation;

/// <summary>
/// Where a link ends at a virtual host: what the host's stack has for a link, one boot after the other. While the host
/// is paused frames wait here, as many as a card's ring holds; while it is down they are lost, both ways.
/// </summary>
internal sealed class HostPort(ILink wire, VirtualHost host) : ILink, IFrameSink
{
    private const int RingSize = 512, RingOctets = 512 * 2048;

    private readonly FrameRing _held = new(RingSize, RingOctets);
    private readonly LinkFrame[] _batch = new LinkFrame[64];
    private IFrameSink? _sink;      // of the stack that is up
    private bool _isStarted;

    /// <summary>True while the host is paused.</summary>
    public bool IsHeld { get; set; }

    /// <summary>What it is called in recordings.</summary>
    public string Point { get; set; } = "";

    public LinkMedium Medium => wire.Medium;

    public int Mtu => wire.Mtu;

    public LinkFeatures Features => wire.Features;

    public int LargestBurst => wire.LargestBurst;

    public MacAddress? Address => wire.Address;

    public void Start(IFrameSink sink)
    {
        _sink = sink;
        if (_isStarted) return;
        _isStarted = true;
        wire.Start(this);
    }

    public int Send(ReadOnlySpan<LinkFrame> frames) => _sink is null ? frames.Length : wire.Send(frames);

    /// <summary>The stack is gone; the wire stays.</summary>
    public void Dispose() => Detach();

    /// <summary>Nothing is sent or received any more until another stack starts it.</summary>
    public void Detach()
    {
        _sink = null;
        IsHeld = false;
        _held.Clear();
    }

    /// <summary>Delivers what came while the host was paused.</summary>
    public void Release()
    {
        IsHeld = false;
        while (_sink is not null && _held.Lend(_batch) is var count and > 0)
        {
            _sink.OnFrames(_batch.AsSpan(0, count), Span<DropReason>.Empty);
            _held.Release(count);
        }
    }

    void IFrameSink.OnFrames(ReadOnlySpan<LinkFrame> frames, Span<DropReason> verdicts)
    {
        if (_sink is null)
        {
            foreach (ref readonly LinkFrame frame in frames) host.Miss(this, frame, "lost: the host is down");
            return;
        }

        if (!IsHeld)
        {
            _sink.OnFrames(frames, verdicts);
            return;
        }

        foreach (ref readonly LinkFrame frame in frames)
        {
            if (_held.TryAdd(frame)) continue;
            host.FramesMissed++;
            host.Miss(this, frame, "lost: the host is paused and its ring is full");
        }
    }

    void IFrameSink.OnWritable() => _sink?.OnWritable();

    void IFrameSink.OnClosed(Exception? failure) => _sink?.OnClosed(failure);
}
