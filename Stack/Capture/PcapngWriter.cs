using System.Buffers.Binary;
using System.Text;
using UserNet.Buffers;
using UserNet.Link;
using UserNet.Time;
using UserNet.Wire;
using static UserNet.Capture.PcapngFormat;

namespace UserNet.Capture;

/// <summary>
/// Writes packets with nanoseconds, interfaces, directions and comments, for Wireshark to open.
/// draft-ietf-opsawg-pcapng.
/// </summary>
/// <remarks>
/// Any thread: a lock of its own keeps blocks whole. The octets depend on nothing but the calls, so that equal runs
/// make equal files. What is written stays in a buffer until that is full, or until <see cref="Flush"/> or <see
/// cref="Dispose"/>. A failure of the stream comes out of the call that met it.
/// </remarks>
public sealed partial class PcapngWriter : IFrameRecorder, IDisposable
{
    private const int BufferSize = 64 * 1024, MaxComment = ushort.MaxValue;

    private readonly Lock _lock = new();
    private readonly Stream _stream;
    private readonly bool _leaveOpen;
    private readonly long _epoch;

    private byte[] _buffer = new byte[BufferSize];
    private int _length;
    private int _start;                    // of the block that is being written
    private int _interfaces;
    private bool _isClosed;

    /// <summary>Begins a file.</summary>
    /// <param name="stream">Where to.</param>
    /// <param name="epoch">What instant <see cref="Timestamp.Zero"/> stands for; 1970 when not given.</param>
    /// <param name="leaveOpen">True to leave the stream open at the end.</param>
    /// <exception cref="ArgumentOutOfRangeException">The epoch lies before 1970 or after 2261.</exception>
    public PcapngWriter(Stream stream, DateTimeOffset? epoch = null, bool leaveOpen = false)
    {
        ArgumentNullException.ThrowIfNull(stream);
        _stream = stream;
        _leaveOpen = leaveOpen;
        _epoch = NanosecondsOf(epoch ?? DateTimeOffset.UnixEpoch);
        Begin(SectionHeader, 32);
        Append32(ByteOrderMagic);
        Append32(1);                       // version 1.0
        Append32(uint.MaxValue);           // the length of the section is not known
        Append32(uint.MaxValue);
        AppendOption(UserApplication, "UserNet");
        AppendOption(EndOfOptions, "");
        End();
    }

    /// <summary>Begins a file of its own, instead of what is there.</summary>
    /// <exception cref="IOException">The file can't be written.</exception>
    public static PcapngWriter Create(string path, DateTimeOffset? epoch = null) => new(File.Create(path), epoch);

    /// <summary>
    /// Nanoseconds since 1970, as <see cref="Write(int, long, ReadOnlySpan{byte}, PacketDirection, ReadOnlySpan{char},
    /// PacketOffload)"/> takes them.
    /// </summary>
    /// <exception cref="ArgumentOutOfRangeException">The instant lies before 1970 or after 2261.</exception>
    public static long NanosecondsOf(DateTimeOffset instant)
    {
        long ticks = instant.UtcTicks - DateTimeOffset.UnixEpoch.Ticks;
        ArgumentOutOfRangeException.ThrowIfNegative(ticks, nameof(instant));
        ArgumentOutOfRangeException.ThrowIfGreaterThan(ticks, long.MaxValue / 100, nameof(instant));
        return ticks * 100;
    }

    /// <summary>Describes an interface and returns its number, by which its packets are written.</summary>
    public int AddInterface(string name, LinkMedium medium)
    {
        ArgumentNullException.ThrowIfNull(name);
        lock (_lock)
        {
            ObjectDisposedException.ThrowIf(_isClosed, this);
            Begin(InterfaceDescription, 8 + CommentLength(name) + 16);
            Append32(LinkTypeOf(medium));
            Append32(0);                   // packets are whole
            AppendOption(InterfaceName, name);
            Append32(TimestampResolution | (1u << 16));
            Append32(9);                   // 10^-9 s
            AppendOption(EndOfOptions, "");
            End();
            return _interfaces++;
        }
    }

    /// <summary>Writes a packet at an instant of a stack's time.</summary>
    /// <inheritdoc cref="Write(int, long, ReadOnlySpan{byte}, PacketDirection, ReadOnlySpan{char}, PacketOffload)"/>
    public void Write(
        int interfaceNumber, Timestamp at, ReadOnlySpan<byte> octets, PacketDirection direction = PacketDirection.Unknown,
        ReadOnlySpan<char> comment = default, PacketOffload offload = default) =>
        Write(interfaceNumber, checked(_epoch + (at.Ticks * 100)), octets, direction, comment, offload);

    /// <summary>Writes a packet.</summary>
    /// <param name="interfaceNumber">Its interface.</param>
    /// <param name="nanoseconds">When, since 1970.</param>
    /// <param name="octets">All of it.</param>
    /// <param name="direction">Which way it went.</param>
    /// <param name="comment">What else is to be said; nothing when empty.</param>
    /// <param name="offload">
    /// A checksum that is still to be filled in is filled in here, so that it does not look wrong; of a packet that
    /// stands for many, as if it were one.
    /// </param>
    /// <exception cref="ArgumentOutOfRangeException">There is no such interface, or the time lies before 1970.</exception>
    /// <exception cref="ArgumentException">The comment has more than 65,535 octets.</exception>
    /// <exception cref="ObjectDisposedException">The file was closed.</exception>
    public void Write(
        int interfaceNumber, long nanoseconds, ReadOnlySpan<byte> octets, PacketDirection direction = PacketDirection.Unknown,
        ReadOnlySpan<char> comment = default, PacketOffload offload = default)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(nanoseconds);
        lock (_lock)
        {
            ObjectDisposedException.ThrowIf(_isClosed, this);
            ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual((uint)interfaceNumber, (uint)_interfaces, nameof(interfaceNumber));
            Begin(EnhancedPacket, 20 + Padded(octets.Length) + CommentLength(comment) + 12);
            Append32((uint)interfaceNumber);
            Append32((uint)(nanoseconds >> 32));
            Append32((uint)nanoseconds);
            Append32((uint)octets.Length);
            Append32((uint)octets.Length);
            Span<byte> copy = AppendPadded(octets);
            OpenChecksums.TryFill(copy, offload);
            AppendOptions(direction, comment);
            End();
        }
    }

    /// <summary>Hands to the stream what is in the buffer, and flushes the stream.</summary>
    /// <exception cref="IOException">The stream failed.</exception>
    public void Flush()
    {
        lock (_lock)
        {
            if (_isClosed) return;
            Drain();
            _stream.Flush();
        }
    }

    /// <summary>Flushes, and closes the stream unless it was to be left open.</summary>
    /// <exception cref="IOException">The stream failed.</exception>
    public void Dispose()
    {
        lock (_lock)
        {
            if (_isClosed) return;
            _isClosed = true;
            try
            {
                Drain();
                _stream.Flush();
            }
            finally
            {
                if (!_leaveOpen) _stream.Dispose();
            }
        }
    }

    private static int CommentLength(ReadOnlySpan<char> text)
    {
        int octets = Encoding.UTF8.GetByteCount(text);
        if (octets > MaxComment) throw new ArgumentException($"A text of {octets} octets is too long; {MaxComment} fit.");
        return 4 + Padded(octets);
    }

    // The field holds the sum of the pseudo-header. For UDP, which has it at 6, zero would mean that there is none.
    // RFC 768.
    private void AppendOptions(PacketDirection direction, ReadOnlySpan<char> comment)
    {
        if (comment.IsEmpty && direction == PacketDirection.Unknown) return;
        if (!comment.IsEmpty) AppendOption(Comment, comment);
        if (direction != PacketDirection.Unknown)
        {
            Append32(PacketFlags | (4u << 16));
            Append32((uint)direction);
        }

        AppendOption(EndOfOptions, "");
    }

    // Makes room for a whole block, so that one that can't be written leaves nothing behind; its length is known at
    // its end.
    private void Begin(uint type, int maxBody)
    {
        int needed = maxBody + BlockOverhead;
        if (_length + needed > _buffer.Length) Drain();
        if (needed > _buffer.Length) Array.Resize(ref _buffer, needed);
        _start = _length;
        Append32(type);
        Append32(0);
    }

    private void End()
    {
        Append32((uint)(_length - _start + 4));
        BinaryPrimitives.WriteUInt32LittleEndian(_buffer.AsSpan(_start + 4), (uint)(_length - _start));
    }

    private void Append32(uint value)
    {
        BinaryPrimitives.WriteUInt32LittleEndian(_buffer.AsSpan(_length), value);
        _length += 4;
    }

    private Span<byte> AppendPadded(ReadOnlySpan<byte> octets)
    {
        Span<byte> copy = _buffer.AsSpan(_length, octets.Length);
        octets.CopyTo(copy);
        int padded = Padded(octets.Length);
        _buffer.AsSpan(_length + octets.Length, padded - octets.Length).Clear();
        _length += padded;
        return copy;
    }

    private void AppendOption(ushort code, ReadOnlySpan<char> text)
    {
        int octets = Encoding.UTF8.GetBytes(text, _buffer.AsSpan(_length + 4));
        Append32(code | ((uint)octets << 16));
        int padded = Padded(octets);
        _buffer.AsSpan(_length + octets, padded - octets).Clear();
        _length += padded;
    }

    // What a failed write leaves behind is not written again.
    private void Drain()
    {
        int length = _length;
        _length = 0;
        if (length > 0) _stream.Write(_buffer, 0, length);
    }
}
