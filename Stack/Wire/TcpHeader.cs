using UserNet.Buffers;
using static System.Buffers.Binary.BinaryPrimitives;

namespace UserNet.Wire;

/// <summary>What a TCP header says, apart from its octets and options; the only way to write one. RFC 9293 §3.1.</summary>
/// <param name="SourcePort">The sender's port.</param>
/// <param name="DestinationPort">The port that it is for.</param>
/// <param name="SequenceNumber">SEG.SEQ.</param>
/// <param name="AckNumber">SEG.ACK; 0 where <see cref="TcpFlags.Ack"/> is not set.</param>
/// <param name="Flags">The control bits.</param>
/// <param name="Window">SEG.WND as it is to stand there, scaled already.</param>
/// <param name="UrgentPointer">SEG.UP; 0 where <see cref="TcpFlags.Urg"/> is not set.</param>
public readonly record struct TcpHeader(
    ushort SourcePort, ushort DestinationPort, uint SequenceNumber, uint AckNumber, TcpFlags Flags, ushort Window,
    ushort UrgentPointer = 0)
{
    /// <summary>Octets of a header without options.</summary>
    public const int Length = TcpSegment.MinHeaderLength;

    /// <summary>Octets of a header with as many options as fit.</summary>
    public const int MaxLength = 60;

    /// <summary>Where the checksum stands in the header.</summary>
    public const int ChecksumOffset = 16;

    /// <summary>Puts the header in front of the payload and seals it with its checksum.</summary>
    /// <param name="packet">The payload.</param>
    /// <param name="options">The options, padded to a multiple of 4 octets; 40 at most.</param>
    /// <param name="pseudo">Both addresses; its length is not looked at.</param>
    /// <exception cref="ArgumentException">The options are too long, or no multiple of 4 octets.</exception>
    public void PrependTo(PacketBuffer packet, ReadOnlySpan<byte> options, in PseudoHeader pseudo)
    {
        Write(packet, options);
        ushort checksum = InternetChecksum.Of(packet.Span, pseudo with { Length = packet.Length });
        WriteUInt16BigEndian(packet.Span[ChecksumOffset..], checksum);
    }

    /// <summary>
    /// Puts the header in front of the payload and leaves the checksum to whoever sends the frame: the field holds the
    /// sum of the pseudo-header, and the packet says where the checksum is wanted.
    /// </summary>
    /// <param name="packet">
    /// The payload, that of many segments where its <see cref="PacketOffload.SegmentSize"/> is set: the sum then counts
    /// the octets of all, as links that cut expect it.
    /// </param>
    /// <param name="options">The options, padded to a multiple of 4 octets; 40 at most.</param>
    /// <param name="pseudo">Both addresses; its length is not looked at.</param>
    /// <remarks>
    /// <see cref="PacketOffload.ChecksumStart"/> is 0 then, the start of the segment; whoever puts a header in front
    /// moves it.
    /// </remarks>
    /// <exception cref="ArgumentException">The options are too long, or no multiple of 4 octets.</exception>
    public void PrependUnsealed(PacketBuffer packet, ReadOnlySpan<byte> options, in PseudoHeader pseudo)
    {
        Write(packet, options);
        ushort sum = InternetChecksum.Fold((pseudo with { Length = packet.Length }).Sum);
        WriteUInt16BigEndian(packet.Span[ChecksumOffset..], sum);
        packet.Offload = packet.Offload with { NeedsChecksum = true, ChecksumStart = 0, ChecksumOffset = ChecksumOffset };
    }

    private void Write(PacketBuffer packet, ReadOnlySpan<byte> options)
    {
        ArgumentNullException.ThrowIfNull(packet);
        if (options.Length > TcpOptionWriter.MaxLength || (options.Length & 3) != 0)
            throw new ArgumentException($"{options.Length} octets of options do not fit a TCP header.", nameof(options));
        Span<byte> header = packet.Prepend(Length + options.Length);
        WriteUInt16BigEndian(header, SourcePort);
        WriteUInt16BigEndian(header[2..], DestinationPort);
        WriteUInt32BigEndian(header[4..], SequenceNumber);
        WriteUInt32BigEndian(header[8..], AckNumber);
        int words = (Length + options.Length) / 4;
        WriteUInt16BigEndian(header[12..], (ushort)((words << 12) | ((int)Flags & 0x1FF)));
        WriteUInt16BigEndian(header[14..], Window);
        WriteUInt16BigEndian(header[16..], 0);
        WriteUInt16BigEndian(header[18..], UrgentPointer);
        options.CopyTo(header[Length..]);
    }
}
