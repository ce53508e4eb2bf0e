using System.Globalization;
using System.Text;
using UserNet.Doors;
using static UserNet.Capture.PcapngFormat;

namespace UserNet.Capture;

// As a recorder: what else is known of a frame becomes its comment.
public sealed partial class PcapngWriter
{
    internal const int CommentRoom = 256;

    /// <summary>Writes a frame; why it was dropped, what was remarked, and for what it stands, become its comment.</summary>
    /// <inheritdoc cref="Write(int, long, ReadOnlySpan{byte}, PacketDirection, ReadOnlySpan{char}, Buffers.PacketOffload)" path="/exception"/>
    public void Record(in RecordedFrame frame)
    {
        Span<char> text = stackalloc char[CommentRoom];
        int length = CommentOf(frame, text);
        Write(frame.Interface, frame.Nanoseconds, frame.Octets, frame.Direction, text[..length], frame.Offload);
    }

    /// <summary>
    /// Writes a block of the kind that holds entries of a system's journal, which Wireshark shows between the packets;
    /// its time has microseconds.
    /// </summary>
    /// <inheritdoc/>
    public void Note(long nanoseconds, string who, string what)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(nanoseconds);
        ArgumentNullException.ThrowIfNull(who);
        ArgumentNullException.ThrowIfNull(what);
        string entry = string.Create(
            CultureInfo.InvariantCulture,
            $"__CURSOR={nanoseconds}\n__REALTIME_TIMESTAMP={nanoseconds / 1000}\nSYSLOG_IDENTIFIER={Line(who)}\nMESSAGE={Line(what)}\n");
        lock (_lock)
        {
            ObjectDisposedException.ThrowIf(_isClosed, this);
            int octets = Encoding.UTF8.GetByteCount(entry);
            Begin(JournalEntry, Padded(octets));
            Encoding.UTF8.GetBytes(entry, _buffer.AsSpan(_length));
            int padded = Padded(octets);
            _buffer.AsSpan(_length + octets, padded - octets).Clear();
            _length += padded;
            End();
        }
    }

    // An entry has a line for each of its fields.
    private static string Line(string text) => text.ReplaceLineEndings(" ");

    /// <summary>What is to be said of a frame beside its octets; as much of it as there is room for.</summary>
    internal static int CommentOf(in RecordedFrame frame, Span<char> text)
    {
        int length = 0, written;
        if (frame.Verdict != DropReason.None && text.TryWrite($"dropped: {frame.Verdict}", out written)) length = written;
        if (!frame.Remark.IsEmpty && text[length..].TryWrite($"{(length > 0 ? "; " : "")}{frame.Remark}", out written))
            length += written;
        if (frame.Offload.SegmentSize != 0
            && text[length..].TryWrite(
                $"{(length > 0 ? "; " : "")}{frame.Offload.SegmentKind}, stands for segments of {frame.Offload.SegmentSize} octets", out written))
        {
            length += written;
        }

        return length;
    }
}
