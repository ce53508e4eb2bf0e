using UserNet.Drill.Language;
using UserNet.Wire;

namespace UserNet.Drill.Running;

/// <summary>
/// Segments of the stack that follow each other and together are what a line of a script expects: a stack cuts what a kernel hands
/// to its device in one piece.
/// </summary>
internal sealed class Aggregation
{
    private const TcpFlags Same = TcpFlags.Syn | TcpFlags.Rst | TcpFlags.Ack | TcpFlags.Urg | TcpFlags.Ece;

    private readonly SeenPacket _first;
    private SeenPacket _last;
    private int _length;

    private Aggregation(SeenPacket first)
    {
        _first = _last = first;
        _length = first.Tcp!.PayloadLength;
    }

    /// <summary>Begins with a segment that carries less than the line; null where that can't be the first of several.</summary>
    /// <param name="expected">The line.</param>
    /// <param name="first">What came.</param>
    public static Aggregation? Begin(PacketSpec expected, SeenPacket first)
    {
        bool mayBe = expected.Body is TcpSpec line && first.Tcp is { PayloadLength: > 0 } segment
            && segment.PayloadLength < line.Length && !segment.Has(TcpFlags.Syn) && (line.Flags & TcpFlags.Syn) == 0;
        return mayBe ? new Aggregation(first) : null;
    }

    /// <summary>True when there is as much as the line has, or more.</summary>
    public bool IsComplete(TcpSpec line) => _length >= line.Length;

    /// <summary>Takes one more segment.</summary>
    /// <returns>What of it does not fit those before; null when all does.</returns>
    public string? Add(SeenPacket packet)
    {
        if (packet.Tcp is not { } segment) return "protocol";
        SeenSegment first = _first.Tcp!, last = _last.Tcp!;
        if (last.PayloadLength != first.PayloadLength || segment.PayloadLength > first.PayloadLength || segment.PayloadLength == 0)
            return "length";
        if (segment.Sequence != last.Sequence + (uint)last.PayloadLength) return "sequence number";
        if (segment.Ack != first.Ack) return "ack";
        if (segment.Window != first.Window) return "window";
        if (((segment.Flags ^ first.Flags) & Same) != 0) return "flags";
        if (!HasSameLayout(segment.Options, first.Options)) return "options";
        if (!IsSound(last) || !_last.IpChecksumIsRight) return "checksum";
        if (last.Has(TcpFlags.Fin)) return "flags";      // nothing follows a FIN
        _last = packet;
        _length += segment.PayloadLength;
        return null;
    }

    /// <summary>The segments as one: sequence number and CWR of the first, all else of the last.</summary>
    public SeenPacket Merge()
    {
        SeenSegment first = _first.Tcp!, last = _last.Tcp!;
        SeenSegment segment = last with
        {
            Sequence = first.Sequence, PayloadLength = _length,
            Flags = (last.Flags & ~TcpFlags.Cwr) | (first.Flags & TcpFlags.Cwr),
        };
        return _last with { Tcp = segment, TotalLength = _last.TotalLength + _length - last.PayloadLength };
    }

    private static bool IsSound(SeenSegment segment) =>
        segment.PayloadIsZero && segment.ChecksumIsRight && segment.Reserved == 0;

    private static bool HasSameLayout(byte[] one, byte[] other)
    {
        if (one.Length != other.Length) return false;
        TcpOptions.Enumerator a = TcpOptions.Walk(one), b = TcpOptions.Walk(other);
        while (a.MoveNext())
        {
            if (!b.MoveNext() || a.Current.Kind != b.Current.Kind || a.Current.Octets.Length != b.Current.Octets.Length) return false;
        }
        return !b.MoveNext();
    }
}
