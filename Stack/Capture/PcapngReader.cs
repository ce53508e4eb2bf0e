using System.Buffers.Binary;
using System.Text;
using static UserNet.Capture.PcapngFormat;

namespace UserNet.Capture;

/// <summary>Reads the packets of a pcapng file in their order. draft-ietf-opsawg-pcapng.</summary>
/// <remarks>
/// Takes both orders of octets, several sections, and simple packet blocks; steps over blocks and options that it does
/// not know. One thread at a time.
/// </remarks>
public sealed class PcapngReader : IDisposable
{
    /// <summary>The longest block that is read, octets.</summary>
    public const int MaxBlock = 16 * 1024 * 1024;

    private const int Step = 64 * 1024;

    private readonly Stream _stream;
    private readonly bool _leaveOpen;
    private readonly List<CapturedInterface> _interfaces = [];

    private byte[] _buffer = new byte[Step];
    private long _offset;            // of the block that is being read
    private long _next;              // of the one behind it
    private bool _isBigEndian;
    private bool _isInSection;

    /// <summary>Reads from a stream, which need not be seekable.</summary>
    /// <param name="stream">Where from.</param>
    /// <param name="leaveOpen">True to leave the stream open at the end.</param>
    public PcapngReader(Stream stream, bool leaveOpen = false)
    {
        ArgumentNullException.ThrowIfNull(stream);
        _stream = stream;
        _leaveOpen = leaveOpen;
    }

    /// <summary>The interfaces of the present section that were described so far.</summary>
    public IReadOnlyList<CapturedInterface> Interfaces => _interfaces;

    /// <summary>
    /// All packets of a file, read one by one as they are asked for; the file is closed behind the last.
    /// </summary>
    /// <exception cref="IOException">
    /// The file can't be opened; a <see cref="PcapngException"/> when it is no such file.
    /// </exception>
    public static IEnumerable<CapturedPacket> ReadFile(string path)
    {
        using var reader = new PcapngReader(File.OpenRead(path));
        while (reader.TryRead(out CapturedPacket packet)) yield return packet;
    }

    /// <summary>Goes on to the next packet; false at the end of the file.</summary>
    /// <exception cref="PcapngException">It is no such file, or it ends within a block, or contradicts itself.</exception>
    /// <exception cref="IOException">The stream failed.</exception>
    public bool TryRead(out CapturedPacket packet)
    {
        while (TryReadBlock(out uint type, out Block body))
        {
            switch (type)
            {
                case SectionHeader:
                    OnSection(body);
                    break;
                case InterfaceDescription:
                    _interfaces.Add(ReadInterface(body));
                    break;
                case EnhancedPacket:
                    packet = ReadEnhanced(body, (int)Math.Min(body.Read32(0), int.MaxValue));
                    return true;
                case ObsoletePacket:
                    packet = ReadEnhanced(body, body.Read16(0));
                    return true;
                case SimplePacket:
                    packet = ReadSimple(body);
                    return true;
            }
        }

        packet = default;
        return false;
    }

    /// <summary>Closes the stream, unless it was to be left open.</summary>
    public void Dispose()
    {
        if (!_leaveOpen) _stream.Dispose();
    }

    private bool TryReadBlock(out uint type, out Block body)
    {
        type = 0;
        body = default;
        _offset = _next;
        int got = _stream.ReadAtLeast(_buffer.AsSpan(0, 8), 8, throwOnEndOfStream: false);
        if (got == 0) return false;
        if (got < 8) throw Fault("The file ends within a block.");
        type = Read32(_buffer);
        if (type == SectionHeader) ReadByteOrder();
        else if (!_isInSection) throw Fault("This is no pcapng file: it does not begin with a section header.");
        uint length = Read32(_buffer.AsSpan(4));
        if (length < BlockOverhead || length % 4 != 0) throw Fault($"A block can't have {length} octets.");
        if (length > MaxBlock) throw Fault($"A block of {length} octets is too long; {MaxBlock} are read.");
        Fill(type == SectionHeader ? 12 : 8, (int)length);
        if (Read32(_buffer.AsSpan((int)length - 4)) != length) throw Fault("The two lengths of a block differ.");
        _next = _offset + length;
        body = new Block(this, _buffer.AsSpan(8, (int)length - BlockOverhead));
        return true;
    }

    // The magic number stands behind the length, in the order in which all is to be read.
    private void ReadByteOrder()
    {
        _stream.ReadAtLeast(_buffer.AsSpan(8, 4), 4, throwOnEndOfStream: false);
        uint magic = BinaryPrimitives.ReadUInt32LittleEndian(_buffer.AsSpan(8));
        if (magic != ByteOrderMagic && magic != BinaryPrimitives.ReverseEndianness(ByteOrderMagic))
            throw Fault("This is no pcapng section: its byte-order magic is wrong.");
        _isBigEndian = magic != ByteOrderMagic;
        if (Read32(_buffer.AsSpan(4)) < 28) throw Fault("The section header is too short.");
        _isInSection = true;
    }

    // Grows step by step with what is there, so that a length that lies costs nothing.
    private void Fill(int have, int length)
    {
        while (have < length)
        {
            int until = Math.Min(length, have + Step);
            if (until > _buffer.Length) Array.Resize(ref _buffer, Math.Max(until, Math.Min(2 * _buffer.Length, MaxBlock)));
            int got = _stream.ReadAtLeast(_buffer.AsSpan(have, until - have), until - have, throwOnEndOfStream: false);
            if (got < until - have) throw Fault($"The file ends within a block: it has {have + got} of {length} octets.");
            have = until;
        }
    }

    private void OnSection(Block body)
    {
        if (body.Read16(4) != 1) throw Fault($"Version {body.Read16(4)} of the format is not known.");
        _interfaces.Clear();
    }

    private CapturedInterface ReadInterface(Block body)
    {
        var described = new CapturedInterface(_interfaces.Count, body.Read16(0), body.Read32(4));
        for (int at = 8; body.TryOption(ref at, out ushort code, out ReadOnlySpan<byte> value);)
        {
            if (code == InterfaceName) described.Name = Encoding.UTF8.GetString(value);
            else if (code == TimestampResolution && value.Length == 1) described.Resolution = value[0];
            else if (code == TimestampOffset && value.Length == 8) described.Offset = (long)Read64(value);
        }

        return described;
    }

    private CapturedPacket ReadEnhanced(Block body, int number)
    {
        CapturedInterface seenOn = InterfaceOf(number);
        ulong units = ((ulong)body.Read32(4) << 32) | body.Read32(8);
        long nanoseconds = seenOn.ToNanoseconds(units) ?? throw Fault("The time of a packet lies beyond the year 2262.");
        uint kept = body.Read32(12), length = body.Read32(16);
        byte[] octets = body.Copy(20, kept);
        PacketDirection direction = PacketDirection.Unknown;
        string? comment = null;
        for (int at = 20 + Padded(octets.Length); body.TryOption(ref at, out ushort code, out ReadOnlySpan<byte> value);)
        {
            if (code == Comment) comment = (comment is null ? "" : comment + "\n") + Encoding.UTF8.GetString(value);
            else if (code == PacketFlags && value.Length == 4) direction = (PacketDirection)(Read32(value) & 3);
        }

        return new CapturedPacket(seenOn, nanoseconds, octets, length, Enum.IsDefined(direction) ? direction : default, comment);
    }

    // Has neither time nor a length of what was kept: that is cut off at the first interface's limit.
    private CapturedPacket ReadSimple(Block body)
    {
        CapturedInterface seenOn = InterfaceOf(0);
        uint length = body.Read32(0), kept = seenOn.SnapLength == 0 ? length : Math.Min(length, seenOn.SnapLength);
        return new CapturedPacket(seenOn, null, body.Copy(4, kept), length, PacketDirection.Unknown, null);
    }

    private CapturedInterface InterfaceOf(int number) =>
        number < _interfaces.Count ? _interfaces[number] : throw Fault($"Interface {number} of a packet was not described.");

    private PcapngException Fault(string message) => new(message, _offset);

    private uint Read32(ReadOnlySpan<byte> octets) => _isBigEndian
        ? BinaryPrimitives.ReadUInt32BigEndian(octets) : BinaryPrimitives.ReadUInt32LittleEndian(octets);

    private ushort Read16(ReadOnlySpan<byte> octets) => _isBigEndian
        ? BinaryPrimitives.ReadUInt16BigEndian(octets) : BinaryPrimitives.ReadUInt16LittleEndian(octets);

    private ulong Read64(ReadOnlySpan<byte> octets) => _isBigEndian
        ? BinaryPrimitives.ReadUInt64BigEndian(octets) : BinaryPrimitives.ReadUInt64LittleEndian(octets);

    // The body of a block, in which nothing is read beyond the end.
    private readonly ref struct Block(PcapngReader reader, ReadOnlySpan<byte> octets)
    {
        private readonly ReadOnlySpan<byte> _octets = octets;

        public uint Read32(int at) => reader.Read32(Slice(at, 4));

        public ushort Read16(int at) => reader.Read16(Slice(at, 2));

        public byte[] Copy(int at, uint length) => Slice(at, length).ToArray();

        public bool TryOption(ref int at, out ushort code, out ReadOnlySpan<byte> value)
        {
            code = 0;
            value = default;
            if (at + 4 > _octets.Length) return false;      // the end need not be marked
            code = Read16(at);
            if (code == EndOfOptions) return false;
            value = Slice(at + 4, Read16(at + 2));
            at += 4 + Padded(value.Length);
            return true;
        }

        private ReadOnlySpan<byte> Slice(int at, uint length) =>
            at + (long)length <= _octets.Length
                ? _octets.Slice(at, (int)length)
                : throw reader.Fault($"A block of {_octets.Length + BlockOverhead} octets is too short for what it says it holds.");
    }
}
