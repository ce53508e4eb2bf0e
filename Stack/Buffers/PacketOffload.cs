namespace UserNet.Buffers;

/// <summary>What is still to be done to a frame's octets, or is known of them already.</summary>
/// <remarks>
/// <para>
/// The default value: nothing is to be done and nothing is known. A frame from a local sender may come with its
/// checksum still to be filled in, or as many segments in one; a link that can do both takes such frames.
/// </para>
/// <para>
/// On its way out a packet gets these facts from its transport, once the transport header stands in front:
/// <see cref="ChecksumStart"/> is then 0. The buffer moves it along as headers are prepended and trimmed, so that it
/// counts from the packet's first octet at any time; nobody else touches it. A packet of many segments has its lengths as
/// if it were one, needs its checksum, and carries more than <see cref="SegmentSize"/>; only its last segment may be shorter.
/// </para>
/// </remarks>
public readonly record struct PacketOffload
{
    /// <summary>Where the octets begin that the checksum covers, counted from the start of the frame.</summary>
    public ushort ChecksumStart { get; init; }

    /// <summary>Where the checksum is to be put, counted from <see cref="ChecksumStart"/>.</summary>
    public ushort ChecksumOffset { get; init; }

    /// <summary>
    /// True when the octets from <see cref="ChecksumStart"/> on still need their checksum; its field holds the sum of
    /// the pseudo-header, with the length of the whole.
    /// </summary>
    public bool NeedsChecksum { get; init; }

    /// <summary>True when the transport checksum is known to be right, or never left the machine.</summary>
    public bool ChecksumIsGood { get; init; }

    /// <summary>
    /// Payload octets of each segment when the frame stands for many; 0 for one. Of a frame from a link without a
    /// <see cref="SegmentKind"/>: the link has made one segment of many, which stays one, and tells how large they were.
    /// </summary>
    public ushort SegmentSize { get; init; }

    /// <summary>What the frame is cut into where <see cref="SegmentSize"/> is not 0.</summary>
    public SegmentKind SegmentKind { get; init; }

    /// <summary>
    /// True when CWR stands in each of the segments that a frame of TCP is cut into, and not in the first alone: it is a bit of a
    /// counter then (RFC 9768 §3.2.2). Links that cut do not know of that, and are not given such a frame.
    /// </summary>
    public bool KeepsCwr { get; init; }

    /// <summary>True when the frame stands for many segments.</summary>
    public bool IsMany => SegmentSize != 0 && SegmentKind != SegmentKind.None;

    /// <summary>True when a link that does nothing itself may have the frame.</summary>
    public bool IsComplete => !NeedsChecksum && !IsMany;
}

/// <summary>The transport of a frame that stands for many segments.</summary>
public enum SegmentKind : byte
{
    /// <summary>It is one frame.</summary>
    None,
    /// <summary>TCP over IPv4.</summary>
    TcpV4,
    /// <summary>TCP over IPv6.</summary>
    TcpV6,
    /// <summary>UDP over IPv4 or IPv6, as many datagrams of one flow.</summary>
    Udp,
}
