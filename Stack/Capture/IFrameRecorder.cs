using UserNet.Buffers;
using UserNet.Doors;
using UserNet.Link;

namespace UserNet.Capture;

/// <summary>Takes down what passes the points of a network, in order. A <see cref="PcapngWriter"/> is one.</summary>
/// <remarks>Is called in the middle of a delivery: it must not call the network, nor a stack of it.</remarks>
public interface IFrameRecorder
{
    /// <summary>Describes a point and returns its number, by which its frames are recorded.</summary>
    /// <param name="name">What it is called.</param>
    /// <param name="medium">What its frames are.</param>
    int AddInterface(string name, LinkMedium medium);

    /// <summary>Takes down a frame, which is lent for the time of the call.</summary>
    void Record(in RecordedFrame frame);

    /// <summary>
    /// Takes down that something happened which is no frame, such as the crash of a host. Who does not care has no
    /// method.
    /// </summary>
    /// <param name="nanoseconds">When, since 1970.</param>
    /// <param name="who">Where.</param>
    /// <param name="what">What.</param>
    void Note(long nanoseconds, string who, string what)
    {
    }
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

    /// <summary>The same at a point with another number.</summary>
    internal RecordedFrame At(int number) => new()
    {
        Interface = number,
        Nanoseconds = Nanoseconds,
        Octets = Octets,
        Direction = Direction,
        Verdict = Verdict,
        Remark = Remark,
        Offload = Offload,
    };
}
