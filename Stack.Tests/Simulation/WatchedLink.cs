using UserNet.Addressing;
using UserNet.Link;
using UserNet.Simulation;
using UserNet.Tests.Infrastructure;
using UserNet.Time;
using UserNet.Wire;

namespace UserNet.Tests.Simulation;

/// <summary>Sees each frame that a host sends, before anything happens to it.</summary>
internal delegate void SeeFrame(in LinkFrame frame, Timestamp now);

/// <summary>A link that shows what is sent over it.</summary>
internal sealed class WatchedLink(ILink inner, VirtualNetwork lab, SeeFrame see) : ILink
{
    public LinkMedium Medium => inner.Medium;

    public int Mtu => inner.Mtu;

    public LinkFeatures Features => inner.Features;

    public int LargestBurst => inner.LargestBurst;

    public MacAddress? Address => inner.Address;

    public void Start(IFrameSink sink) => inner.Start(sink);

    public int Send(ReadOnlySpan<LinkFrame> frames)
    {
        int taken = inner.Send(frames);
        foreach (ref readonly LinkFrame frame in frames[..taken]) see(frame, lab.Clock.Now);
        return taken;
    }

    public void Dispose() => inner.Dispose();

    /// <summary>What a frame says, in a line.</summary>
    public static string Describe(in LinkFrame frame)
    {
        ReadOnlySpan<byte> octets = frame.Octets.Span;
        if (!IpFamily.V4.TryGetSegment(octets, out TcpSegment segment) && !IpFamily.V6.TryGetSegment(octets, out segment))
            return $"{frame.Octets.Length} octets";
        TcpOptionValues.Read(segment.Options, out TcpOptionValues options);
        string sacks = "";
        for (int i = 0; i < options.SackCount; i++)
        {
            options.SackBlock(i, out uint left, out uint right);
            sacks += $" sack {left}-{right}";
        }

        return $"{segment.Flags} {segment.SequenceNumber}+{segment.Payload.Length} ack {segment.AckNumber} win {segment.Window}{sacks}"
            + (frame.Offload.SegmentSize > 0 ? $" of {frame.Offload.SegmentSize}" : "");
    }
}
