using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;
using UserNet.Doors;
using UserNet.Link;

namespace UserNet.Capture;

/// <summary>
/// A SHA-256 of all that it is told: points, frames with all that is known of them, and notes. It depends on nothing
/// else, so that equal runs have equal digests on every machine.
/// </summary>
/// <remarks>
/// Reasons and remarks go in by their names: a new reason changes no digest. Once warm, recording allocates nothing.
/// One thread at a time.
/// </remarks>
internal sealed class RunDigest : IFrameRecorder, IDisposable
{
    private const int BufferSize = 64 * 1024, FrameHead = 24;

    private byte[] _buffer = [];
    private int _length, _points;
    private IncrementalHash? _hash;
    private string? _last;      // once it is over

    /// <inheritdoc/>
    public int AddInterface(string name, LinkMedium medium)
    {
        ArgumentNullException.ThrowIfNull(name);
        Head(Kind.Point, (byte)medium);
        AppendText(name);
        return _points++;
    }

    /// <inheritdoc/>
    /// <exception cref="ObjectDisposedException">It is over.</exception>
    public void Record(in RecordedFrame frame)
    {
        string? verdict = frame.Verdict == DropReason.None ? null : Enum.GetName(frame.Verdict);
        Head(Kind.Frame, (byte)frame.Direction);
        Span<byte> head = Room(FrameHead);
        BinaryPrimitives.WriteInt64LittleEndian(head, frame.Nanoseconds);
        BinaryPrimitives.WriteInt32LittleEndian(head[8..], frame.Interface);
        BinaryPrimitives.WriteInt32LittleEndian(head[12..], frame.Octets.Length);
        BinaryPrimitives.WriteUInt16LittleEndian(head[16..], frame.Offload.SegmentSize);
        BinaryPrimitives.WriteUInt16LittleEndian(head[18..], frame.Offload.ChecksumStart);
        BinaryPrimitives.WriteUInt16LittleEndian(head[20..], frame.Offload.ChecksumOffset);
        head[22] = (byte)frame.Offload.SegmentKind;
        head[23] = frame.Offload.NeedsChecksum ? (byte)1 : (byte)0;
        AppendText(verdict);
        AppendText(frame.Remark);
        Append(frame.Octets);
    }

    /// <inheritdoc/>
    /// <exception cref="ObjectDisposedException">It is over.</exception>
    public void Note(long nanoseconds, string who, string what)
    {
        Head(Kind.Note, 0);
        BinaryPrimitives.WriteInt64LittleEndian(Room(sizeof(long)), nanoseconds);
        AppendText(who);
        AppendText(what);
    }

    /// <summary>The digest of all that was recorded so far, which may go on: 64 hexadecimal digits, lower case.</summary>
    public override string ToString()
    {
        if (_last is not null) return _last;
        Drain();
        return Convert.ToHexStringLower(_hash!.GetCurrentHash());
    }

    /// <summary>Ends it; it can still be read.</summary>
    public void Dispose()
    {
        if (_last is not null) return;
        _last = ToString();
        _hash!.Dispose();
        _buffer = [];
    }

    private void Head(Kind kind, byte detail)
    {
        ObjectDisposedException.ThrowIf(_last is not null, this);
        if (_buffer.Length == 0) _buffer = new byte[BufferSize];
        Span<byte> head = Room(2);
        (head[0], head[1]) = ((byte)kind, detail);
    }

    private void AppendText(ReadOnlySpan<char> text)
    {
        int octets = text.IsEmpty ? 0 : Encoding.UTF8.GetByteCount(text);
        BinaryPrimitives.WriteInt32LittleEndian(Room(sizeof(int)), octets);
        if (octets == 0) return;
        if (octets <= BufferSize) Encoding.UTF8.GetBytes(text, Room(octets));
        else Append(Encoding.UTF8.GetBytes(text.ToString()));
    }

    private void Append(ReadOnlySpan<byte> octets)
    {
        if (octets.Length <= BufferSize)
        {
            octets.CopyTo(Room(octets.Length));
            return;
        }

        Drain();
        _hash!.AppendData(octets);
    }

    private Span<byte> Room(int length)
    {
        if (_length + length > BufferSize) Drain();
        _length += length;
        return _buffer.AsSpan(_length - length, length);
    }

    private void Drain()
    {
        _hash ??= IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        _hash.AppendData(_buffer.AsSpan(0, _length));
        _length = 0;
    }

    private enum Kind : byte
    {
        Point = 1,
        Frame = 2,
        Note = 3,
    }
}
