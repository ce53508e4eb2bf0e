using UserNet.Addressing;
using UserNet.Doors;

namespace UserNet.Link;

/// <summary>What is sent here comes back at once: the link of 127/8, of ::1, and of a host's own addresses.</summary>
/// <remarks>Delivers from inside <see cref="Send"/>, on the frames as they were lent: nothing is copied.</remarks>
public sealed class LoopbackLink : ILink
{
    private IFrameSink? _sink;

    /// <inheritdoc/>
    public LinkMedium Medium => LinkMedium.Ip;

    /// <summary>65,536 octets, as in Linux.</summary>
    public int Mtu => 65_536;

    /// <summary>All: nothing needs a checksum, or to be cut, that does not leave the host.</summary>
    public LinkFeatures Features => LinkFeatures.All;

    /// <inheritdoc/>
    public MacAddress? Address => null;

    /// <inheritdoc/>
    public void Start(IFrameSink sink)
    {
        if (_sink is not null) throw new InvalidOperationException("The link was started before.");
        _sink = sink;
    }

    /// <inheritdoc/>
    public int Send(ReadOnlySpan<LinkFrame> frames)
    {
        _sink?.OnFrames(frames, Span<DropReason>.Empty);
        return frames.Length;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
    }
}
