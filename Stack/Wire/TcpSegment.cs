using System.Diagnostics.CodeAnalysis;
using static System.Buffers.Binary.BinaryPrimitives;

namespace UserNet.Wire;

/// <summary>The control bits of a TCP segment. RFC 9293 §3.1, RFC 3168, RFC 9768.</summary>
[Flags]
[SuppressMessage("Naming", "CA1711", Justification = "Everybody calls them flags.")]
public enum TcpFlags : ushort
{
    /// <summary>No bit.</summary>
    None = 0,
    /// <summary>No more octets from the sender.</summary>
    Fin = 0x001,
    /// <summary>Synchronizes sequence numbers.</summary>
    Syn = 0x002,
    /// <summary>Resets the connection.</summary>
    Rst = 0x004,
    /// <summary>Pushes what was sent to the reader.</summary>
    Psh = 0x008,
    /// <summary>The acknowledgment number counts.</summary>
    Ack = 0x010,
    /// <summary>The urgent pointer counts.</summary>
    Urg = 0x020,
    /// <summary>ECN-Echo.</summary>
    Ece = 0x040,
    /// <summary>Congestion window reduced.</summary>
    Cwr = 0x080,
    /// <summary>Accurate ECN.</summary>
    Ae = 0x100,
}

/// <summary>The octets of a TCP segment. RFC 9293 §3.1.</summary>
/// <remarks>Parsed when the header's length holds; options may still contradict themselves.</remarks>
public readonly ref struct TcpSegment : IWireView<TcpSegment>
{
    /// <summary>Octets of a header without options.</summary>
    public const int MinHeaderLength = 20;

    private readonly ReadOnlySpan<byte> _octets;

    private TcpSegment(ReadOnlySpan<byte> octets) => _octets = octets;

    /// <inheritdoc/>
    public static bool TryParse(ReadOnlySpan<byte> octets, out TcpSegment view)
    {
        view = default;
        if (octets.Length < MinHeaderLength) return false;
        int headerLength = (octets[12] >> 4) * 4;
        if (headerLength < MinHeaderLength || headerLength > octets.Length) return false;
        view = new TcpSegment(octets);
        return true;
    }

    /// <summary>All of the segment.</summary>
    public ReadOnlySpan<byte> Octets => _octets;

    /// <summary>The sender's port.</summary>
    public ushort SourcePort => ReadUInt16BigEndian(_octets);

    /// <summary>The port that it is for.</summary>
    public ushort DestinationPort => ReadUInt16BigEndian(_octets[2..]);

    /// <summary>SEG.SEQ: the number of the first octet, or of the SYN.</summary>
    public uint SequenceNumber => ReadUInt32BigEndian(_octets[4..]);

    /// <summary>
    /// SEG.ACK: the next number that the sender expects. Counts with <see cref="TcpFlags.Ack"/> alone.
    /// </summary>
    public uint AckNumber => ReadUInt32BigEndian(_octets[8..]);

    /// <summary>Octets of the header, options included: 20 to 60.</summary>
    public int HeaderLength => (_octets[12] >> 4) * 4;

    /// <summary>The control bits.</summary>
    public TcpFlags Flags => (TcpFlags)(ReadUInt16BigEndian(_octets[12..]) & 0x1FF);

    /// <summary>True when one of the bits is set.</summary>
    public bool Has(TcpFlags flags) => (Flags & flags) != 0;

    /// <summary>SEG.LEN: how many sequence numbers it takes up; SYN and FIN count one each. RFC 9293 §3.4.</summary>
    public int SequenceLength => Payload.Length + (Has(TcpFlags.Syn) ? 1 : 0) + (Has(TcpFlags.Fin) ? 1 : 0);

    /// <summary>SEG.WND as it stands there, not scaled.</summary>
    public ushort Window => ReadUInt16BigEndian(_octets[14..]);

    /// <summary>The checksum as it stands there.</summary>
    public ushort Checksum => ReadUInt16BigEndian(_octets[16..]);

    /// <summary>SEG.UP. Counts with <see cref="TcpFlags.Urg"/> alone.</summary>
    public ushort UrgentPointer => ReadUInt16BigEndian(_octets[18..]);

    /// <summary>The options with their padding, to be walked by <see cref="TcpOptions.Walk"/>.</summary>
    public ReadOnlySpan<byte> Options => _octets[MinHeaderLength..HeaderLength];

    /// <summary>What it carries.</summary>
    public ReadOnlySpan<byte> Payload => _octets[HeaderLength..];
}
