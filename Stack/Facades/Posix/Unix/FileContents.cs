namespace UserNet.Facades.Posix.Unix;

/// <summary>The octets of a plain file. Those that were never written are 0, and take no memory at its end.</summary>
/// <remarks>Gate held.</remarks>
internal sealed class FileContents
{
    /// <summary>How long a file may get: what an array may have.</summary>
    public const long Longest = 0x7FFF_F000;

    private byte[] _octets = [];
    private int _written;      // behind the last octet that was written

    /// <summary>How long it is.</summary>
    public long Length { get; private set; }

    /// <summary>Copies what there is from a place on, and says how much.</summary>
    public int Read(long at, Span<byte> target)
    {
        if (at >= Length) return 0;
        target = target[..(int)Math.Min(target.Length, Length - at)];
        int there = (int)Math.Clamp(_written - at, 0, target.Length);
        if (there > 0) _octets.AsSpan((int)at, there).CopyTo(target);
        target[there..].Clear();
        return target.Length;
    }

    /// <summary>Puts octets at a place, which ends within <see cref="Longest"/>; what lies between it and the end before becomes 0.</summary>
    public void Write(long at, ReadOnlySpan<byte> octets)
    {
        if (octets.IsEmpty) return;
        long end = at + octets.Length;
        if (end > _octets.Length) Array.Resize(ref _octets, (int)Math.Min(Longest, Math.Max(end, 2L * _octets.Length)));
        octets.CopyTo(_octets.AsSpan((int)at));
        _written = (int)Math.Max(_written, end);
        Length = Math.Max(Length, end);
    }

    /// <summary>Cuts it off, or makes it longer by zeros.</summary>
    public void SetLength(long length)
    {
        if (length < _written)
        {
            _octets.AsSpan((int)length, _written - (int)length).Clear();
            _written = (int)length;
        }

        Length = length;
    }
}
