using System.Text;
using UserNet.Wire;

namespace UserNet.Replay;

/// <summary>What a host sent in one connection: its stream, however it was cut and repeated, its beginning and its end.</summary>
internal sealed class ReplayStream
{
    private readonly List<Piece> _pieces = [];      // in order, none over another
    private readonly uint _first;                   // the number of the first octet
    private long _high;                             // behind the last octet so far; a stream may be longer than 4 GiB

    public ReplayStream(ReplayFlow flow, uint? firstNumber) => _first = (flow.OurIsn + 1) ?? firstNumber ?? 0;

    /// <summary>The first segment with SYN; -1 when there is none.</summary>
    public int Syn { get; private set; } = -1;

    /// <summary>The options of the SYN in words.</summary>
    public string SynOptions { get; private set; } = "";

    /// <summary>The first segment with FIN, and after how many octets; -1 when there is none.</summary>
    public int Fin { get; private set; } = -1;

    public long FinAt { get; private set; }

    /// <summary>The first reset; -1 when there is none.</summary>
    public int Reset { get; private set; } = -1;

    /// <summary>The greatest acknowledgment, and the segment that had it first; null and -1 when there is none.</summary>
    public uint? Acknowledged { get; private set; }

    public int Acknowledging { get; private set; } = -1;

    /// <summary>The greatest one before the end of the recording.</summary>
    public uint? AcknowledgedInTime { get; private set; }

    /// <summary>Whether segments behind the SYN have timestamps; null when there are none.</summary>
    public bool? TellsTime { get; private set; }

    public int Segments { get; private set; }

    public int PureAcknowledgments { get; private set; }

    public long RepeatedOctets { get; private set; }

    /// <summary>A segment that repeats a place with another octet; -1 when there is none.</summary>
    public int Contradiction { get; private set; } = -1;

    /// <summary>All octets that were sent.</summary>
    public IReadOnlyList<Piece> Pieces => _pieces;

    /// <summary>The host sent a segment.</summary>
    /// <param name="tcp">The segment.</param>
    /// <param name="octets">What it carries, in memory that stays.</param>
    /// <param name="place">Where it is kept.</param>
    /// <param name="isLate">True when the recording had ended.</param>
    public void Add(in TcpSegment tcp, ReadOnlyMemory<byte> octets, int place, bool isLate)
    {
        Segments++;
        bool isSyn = tcp.Has(TcpFlags.Syn), isReset = tcp.Has(TcpFlags.Rst);
        if (tcp.SequenceLength == 0 && !isReset) PureAcknowledgments++;
        if (tcp.Has(TcpFlags.Ack)) TakeAcknowledgment(tcp.AckNumber, place, isLate);
        if (isReset)
        {
            if (Reset < 0) Reset = place;
            return;
        }

        TcpOptionValues.Read(tcp.Options, out TcpOptionValues values);
        if (!isSyn) TellsTime = (TellsTime ?? false) | values.HasTimestamps;
        if (isSyn && Syn < 0) (Syn, SynOptions) = (place, Describe(tcp));
        long start = _high + (int)(tcp.SequenceNumber + (isSyn ? 1u : 0) - (_first + (uint)_high));
        if (tcp.Has(TcpFlags.Fin) && Fin < 0) (Fin, FinAt) = (place, start + octets.Length);
        if (start < 0 || octets.IsEmpty) return;      // a probe of the window may lie in front of all
        Insert(new Piece(start, octets, place, isLate));
        _high = Math.Max(_high, start + octets.Length);
    }

    private void TakeAcknowledgment(uint number, int place, bool isLate)
    {
        if (Acknowledged is not { } last || (int)(number - last) > 0) (Acknowledged, Acknowledging) = (number, place);
        if (!isLate) AcknowledgedInTime = Acknowledged;
    }

    // What was sent first counts.
    private void Insert(Piece piece)
    {
        int at = _pieces.Count;
        while (at > 0 && _pieces[at - 1].End > piece.Start) at--;
        while (at < _pieces.Count && piece.Length > 0)
        {
            Piece there = _pieces[at];
            if (there.Start > piece.Start)
            {
                int before = (int)Math.Min(piece.Length, there.Start - piece.Start);
                _pieces.Insert(at++, piece.Part(0, before));
                piece = piece.Part(before, piece.Length - before);
                continue;
            }

            int common = (int)Math.Min(piece.Length, there.End - piece.Start);
            ReadOnlySpan<byte> known = there.Octets.Span.Slice((int)(piece.Start - there.Start), common);
            if (!known.SequenceEqual(piece.Octets.Span[..common]) && Contradiction < 0) Contradiction = piece.Place;
            RepeatedOctets += common;
            piece = piece.Part(common, piece.Length - common);
            at++;
        }

        if (piece.Length > 0) _pieces.Insert(at, piece);
    }

    private static string Describe(in TcpSegment tcp)
    {
        var text = new StringBuilder();
        TcpOptions.Enumerator options = TcpOptions.Walk(tcp.Options);
        while (options.MoveNext())
        {
            TcpOption option = options.Current;
            if (option.Kind == TcpOptionKind.NoOperation) continue;
            if (text.Length > 0) text.Append(", ");
            text.Append(option.Kind switch
            {
                TcpOptionKind.MaximumSegmentSize => "mss",
                TcpOptionKind.WindowScale => "wscale",
                TcpOptionKind.SackPermitted => "sackOK",
                TcpOptionKind.Timestamps => "TS",
                _ => $"{option.Kind}",
            });
            if (option.Kind == TcpOptionKind.MaximumSegmentSize && option.Data.Length == 2)
                text.Append(' ').Append((option.Data[0] << 8) | option.Data[1]);
            if (option.Kind == TcpOptionKind.WindowScale && option.Data.Length == 1) text.Append(' ').Append(option.Data[0]);
        }

        return text.Length == 0 ? "none" : text.ToString();
    }

    /// <summary>Octets of the stream that came in one segment.</summary>
    internal readonly record struct Piece(long Start, ReadOnlyMemory<byte> Octets, int Place, bool IsLate)
    {
        public int Length => Octets.Length;

        public long End => Start + Octets.Length;

        public Piece Part(int from, int length) => new(Start + from, Octets.Slice(from, length), Place, IsLate);
    }
}
