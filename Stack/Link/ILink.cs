using UserNet.Addressing;
using UserNet.Buffers;
using UserNet.Doors;

namespace UserNet.Link;

/// <summary>What a link carries.</summary>
public enum LinkMedium : byte
{
    /// <summary>Ethernet frames: header, payload, no checksum behind.</summary>
    Ethernet,
    /// <summary>Bare IP packets, as on a TUN device.</summary>
    Ip,
}

/// <summary>What a link does itself, so that it need not be done before.</summary>
[Flags]
public enum LinkFeatures : byte
{
    /// <summary>Nothing: frames come complete.</summary>
    None = 0,
    /// <summary>Fills in transport checksums (<see cref="PacketOffload.NeedsChecksum"/>).</summary>
    Checksum = 1,
    /// <summary>Cuts bursts of TCP segments over IPv4 (<see cref="PacketOffload.SegmentSize"/>). Needs <see cref="Checksum"/>.</summary>
    TcpSegmentation = 2,
    /// <summary>Cuts bursts of TCP segments over IPv6. Needs <see cref="Checksum"/>.</summary>
    TcpSegmentation6 = 4,
    /// <summary>Cuts bursts of UDP datagrams, over both. Needs <see cref="Checksum"/>.</summary>
    UdpSegmentation = 8,
    /// <summary>All of it.</summary>
    All = Checksum | TcpSegmentation | TcpSegmentation6 | UdpSegmentation,
}

/// <summary>Which frames a link takes as they are.</summary>
public static class LinkFeatureRules
{
    /// <summary>True when a link that does this can have the frame; else the work is to be done before.</summary>
    public static bool Take(this LinkFeatures features, in PacketOffload offload)
    {
        if (offload.IsComplete) return true;
        // Who cuts fills in each one's checksum: a burst whose checksum is not open says too little for that.
        if (!offload.NeedsChecksum || (features & LinkFeatures.Checksum) == 0) return false;
        return !offload.IsMany || (!offload.KeepsCwr && (features & FeatureOf(offload.SegmentKind)) != 0);
    }

    private static LinkFeatures FeatureOf(SegmentKind kind) => kind switch
    {
        SegmentKind.TcpV4 => LinkFeatures.TcpSegmentation,
        SegmentKind.TcpV6 => LinkFeatures.TcpSegmentation6,
        SegmentKind.Udp => LinkFeatures.UdpSegmentation,
        _ => LinkFeatures.None,
    };
}

/// <summary>A frame that is lent for the time of a call, and what is to be done to it or known of it.</summary>
/// <param name="Octets">All of the frame.</param>
/// <param name="Offload">What is still to be done.</param>
public readonly record struct LinkFrame(ReadOnlyMemory<byte> Octets, PacketOffload Offload = default);

/// <summary>A wire: frames go out by <see cref="Send"/> and come in through the sink given to <see cref="Start"/>.</summary>
/// <remarks>Calls to <see cref="Send"/> do not overlap; the others come from any thread.</remarks>
public interface ILink : IDisposable
{
    /// <summary>What it carries.</summary>
    LinkMedium Medium { get; }

    /// <summary>Largest IP packet it carries, octets; the Ethernet header and VLAN tags are not counted.</summary>
    int Mtu { get; }

    /// <summary>What it does itself.</summary>
    LinkFeatures Features { get; }

    /// <summary>
    /// The largest IP packet that it takes as one frame where that stands for many, octets; 65,535, which is the largest there is,
    /// unless it says otherwise. Of interest with one of the segmentation features alone.
    /// </summary>
    int LargestBurst => ushort.MaxValue;

    /// <summary>The station address that goes with it, or null when whoever attaches it may choose.</summary>
    MacAddress? Address { get; }

    /// <summary>Begins delivery. Called once.</summary>
    /// <exception cref="InvalidOperationException">It was started before.</exception>
    void Start(IFrameSink sink);

    /// <summary>
    /// Takes frames in order, as many as it can, and says how many: those it is answerable for. When it takes fewer, it
    /// calls <see cref="IFrameSink.OnWritable"/> once it can take more. The frames are lent: whoever keeps them copies
    /// them.
    /// </summary>
    /// <remarks>
    /// Called outside the gate. Must not block, and must not call the sender's sink; only <see cref="LoopbackLink"/>,
    /// whose sender is its receiver, does.
    /// </remarks>
    int Send(ReadOnlySpan<LinkFrame> frames);
}

/// <summary>Where a link's frames go.</summary>
public interface IFrameSink
{
    /// <summary>Frames arrived. They are lent for the time of the call.</summary>
    /// <param name="frames">In order of arrival; as many as came together, since each call enters the gate once.</param>
    /// <param name="verdicts">
    /// Empty, or one place for each frame: why it was dropped, or None when it was taken.
    /// </param>
    /// <remarks>Any thread; calls of one link do not overlap.</remarks>
    void OnFrames(ReadOnlySpan<LinkFrame> frames, Span<DropReason> verdicts);

    /// <summary>The link can take frames again. Any thread, never from inside <see cref="ILink.Send"/>.</summary>
    void OnWritable();

    /// <summary>The link is gone for good: what is sent is lost.</summary>
    /// <param name="failure">What happened; null when it was closed.</param>
    void OnClosed(Exception? failure);
}
