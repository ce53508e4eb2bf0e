using UserNet.Buffers;
using UserNet.Doors;
using UserNet.Link;

namespace UserNet.Capture;

/// <summary>Takes down what passes the points of a network, in order. A <see cref="PcapngWriter"/> is one.</summary>
public interface IFrameRecorder
{
    /// <summary>Describes a point and returns its number, by which its frames are recorded.</summary>
    /// <param name="name">What it is called.</param>
    /// <param name="medium">What its frames are.</param>
    int AddInterface(string name, LinkMedium medium);

    /// <summary>Takes down a frame, which is lent for the time of the call.</summary>
    void Record(in RecordedFrame frame);
}

/// <summary>A frame that passed a point of a network, with what became of it.</summary>
public readonly ref struct RecordedFrame
{
    /// <summary>The number of the point.</summary>
    public required int Interface { get; init; }

    /// <summary>When, nanoseconds since 1970.</summary>
    public required long Nanoseconds { get; init; }

    /// <summary>All of it.</summary>
    public required ReadOnlySpan<byte> Octets { get; init; }

    /// <summary>Which way it went, seen from the host whose interface the point is.</summary>
    public PacketDirection Direction { get; init; }

    /// <summary>Why the host that it arrived at dropped it; None when it did not.</summary>
    public DropReason Verdict { get; init; }

    /// <summary>What else is to be said of it, such as how a wire lost it; nothing when empty.</summary>
    public ReadOnlySpan<char> Remark { get; init; }

    /// <summary>What is still to be done to it or known of it.</summary>
    public PacketOffload Offload { get; init; }
}
