using System.Globalization;
using System.Runtime.InteropServices;
using System.Text;
using UserNet.Buffers;
using UserNet.Doors;
using UserNet.Link;
using UserNet.Time;
using UserNet.Wire;

namespace UserNet.Capture;

/// <summary>
/// What happened in a run, octets aside: a frame passed a point, something was noted, or a point was described.
/// </summary>
internal readonly record struct RunEvent
{
    private static readonly SipHash Hash = new(0x0706_0504_0302_0100, 0x0F0E_0D0C_0B0A_0908);

    /// <summary>When, since 1970; 0 for a point that was described.</summary>
    public long Nanoseconds { get; init; }

    /// <summary>The point's number; -1 for what happened at none.</summary>
    public int Point { get; init; }

    /// <summary>Which way the frame went.</summary>
    public PacketDirection Direction { get; init; }

    /// <summary>Why it was dropped where it arrived.</summary>
    public DropReason Verdict { get; init; }

    /// <summary>What is still to be done to it.</summary>
    public PacketOffload Offload { get; init; }

    /// <summary>Of a frame, what was remarked; of a note, what happened where; of a point, its name.</summary>
    public string? Text { get; init; }

    /// <summary>How many octets the frame has; -1 for what is no frame.</summary>
    public int Length { get; init; }

    /// <summary>A hash of all of it, the same in any run.</summary>
    /// <param name="text">Its text, which is not looked for in <see cref="Text"/>.</param>
    /// <param name="octets">The frame's.</param>
    public ulong HashWith(ReadOnlySpan<char> text, ReadOnlySpan<byte> octets)
    {
        ulong facts = ((ulong)(uint)Point << 32) | ((ulong)Direction << 16) | ((ulong)Verdict << 8) | (Offload.NeedsChecksum ? 1u : 0);
        ulong sizes = ((ulong)(uint)Length << 32) | ((ulong)Offload.SegmentKind << 16) | Offload.SegmentSize;
        return Hash.Of((ulong)Nanoseconds, facts, sizes, text.IsEmpty ? 0 : Hash.Of(MemoryMarshal.AsBytes(text)), Hash.Of(octets));
    }

    /// <summary>A line: when, where, which way, what.</summary>
    /// <param name="points">Names and media of the points.</param>
    /// <param name="epoch">Since when time is counted in it, nanoseconds since 1970.</param>
    /// <param name="octets">The frame's; fewer than it has when they were not kept.</param>
    public string Describe(IReadOnlyList<RunPoint> points, long epoch, ReadOnlySpan<byte> octets)
    {
        if (Length < 0) return Point < 0 ? $"{TimeOf(epoch)} {Text}" : $"a point is described: {Text} ({points[Point].Medium})";
        RunPoint point = points[Point];
        var line = new StringBuilder();
        line.Append(CultureInfo.InvariantCulture, $"{TimeOf(epoch)} {point.Name} {WordOf(Direction),-8} ");
        if (octets.Length < Length) line.Append(CultureInfo.InvariantCulture, $"{Length} octets, which were not kept");
        else if (point.Medium == LinkMedium.Ethernet) line.Append(PacketPrinter.PrintEthernet(octets));
        else line.Append(PacketPrinter.PrintIp(octets));
        Span<char> comment = stackalloc char[PcapngWriter.CommentRoom];
        int length = PcapngWriter.CommentOf(
            new RecordedFrame { Interface = Point, Nanoseconds = Nanoseconds, Octets = octets, Verdict = Verdict, Remark = Text, Offload = Offload }, comment);
        if (length > 0) line.Append(CultureInfo.InvariantCulture, $" ({comment[..length]})");
        return line.ToString();
    }

    private string TimeOf(long epoch) => new Timestamp((Nanoseconds - epoch) / 100).ToString();

    // What a wire does is recorded with the direction in the remark.
    private string WordOf(PacketDirection direction) => direction switch
    {
        _ when Text is not null => "",
        PacketDirection.Inbound => "received",
        PacketDirection.Outbound => "sent",
        _ => "",
    };
}

/// <summary>A point of a run.</summary>
internal readonly record struct RunPoint(string Name, LinkMedium Medium);

/// <summary>Takes what is recorded event by event, whatever it is.</summary>
internal abstract class EventRecorder : IFrameRecorder
{
    private readonly List<RunPoint> _points = [];

    /// <summary>What was described so far.</summary>
    protected IReadOnlyList<RunPoint> Points => _points;

    /// <inheritdoc/>
    public int AddInterface(string name, LinkMedium medium)
    {
        ArgumentNullException.ThrowIfNull(name);
        _points.Add(new RunPoint(name, medium));
        Take(new RunEvent { Point = _points.Count - 1, Direction = (PacketDirection)medium, Length = -1, Text = name }, name, default);
        return _points.Count - 1;
    }

    /// <inheritdoc/>
    public void Record(in RecordedFrame frame)
    {
        var one = new RunEvent
        {
            Nanoseconds = frame.Nanoseconds,
            Point = frame.Interface,
            Direction = frame.Direction,
            Verdict = frame.Verdict,
            Offload = frame.Offload,
            Length = frame.Octets.Length,
        };
        Take(one, frame.Remark, frame.Octets);
    }

    /// <inheritdoc/>
    public void Note(long nanoseconds, string who, string what)
    {
        string text = $"{who}: {what}";
        Take(new RunEvent { Nanoseconds = nanoseconds, Point = -1, Length = -1, Text = text }, text, default);
    }

    /// <summary>The next event.</summary>
    /// <param name="one">Without the text of a remark.</param>
    /// <param name="text">Its text.</param>
    /// <param name="octets">The frame's; lent.</param>
    protected abstract void Take(in RunEvent one, ReadOnlySpan<char> text, ReadOnlySpan<byte> octets);
}
