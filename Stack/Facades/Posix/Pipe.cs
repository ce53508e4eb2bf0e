using UserNet.Core;
using UserNet.Errors;
using UserNet.Facades.Posix.Unix;
using UserNet.Sockets;
using static UserNet.Facades.Posix.PosixConstants;

namespace UserNet.Facades.Posix;

/// <summary>What lies between the two ends of a pipe: octets in order, as many as fit.</summary>
/// <remarks>
/// Room is counted in pages, as on Linux: a write begins a page unless the part of it that does not fill one fits behind what was written last. So a
/// pipe may be full with fewer octets than it has room for. pipe(7). Gate held.
/// </remarks>
internal sealed class Pipe(StackCore core)
{
    /// <summary>PIPE_BUF: a write of so many octets is never torn.</summary>
    public const int AtOnce = 4096;

    /// <summary>What fits: 16 pages.</summary>
    public const int UsualCapacity = 65_536;

    private readonly List<(int Offset, int Length)> _pages = [];      // what lies in each, the oldest first
    private byte[] _octets = [];
    private int _start;

    /// <summary>The stack whose time those who wait wait in.</summary>
    public StackCore Core => core;

    /// <summary>F_GETPIPE_SZ.</summary>
    public int Capacity { get; private set; } = UsualCapacity;

    /// <summary>How many octets wait to be read.</summary>
    public int Count { get; private set; }

    /// <summary>How many more fit into pages of their own.</summary>
    public int Room => Math.Max(0, (Capacity / AtOnce) - _pages.Count) * AtOnce;

    /// <summary>The end that is read from, while it is open.</summary>
    public PipeEnd? Reader { get; set; }

    /// <summary>The end that is written to, while it is open.</summary>
    public PipeEnd? Writer { get; set; }

    /// <summary>F_SETPIPE_SZ: whole pages, a power of two of them.</summary>
    public int Resize(int octets)
    {
        const int Most = 1 << 20;      // fs.pipe-max-size
        int wanted = (int)System.Numerics.BitOperations.RoundUpToPowerOf2((uint)Math.Max(octets, AtOnce));
        if (octets < 0) return -(int)Errno.EINVAL;
        if (wanted > Most) return -(int)Errno.EPERM;
        if (wanted / AtOnce < _pages.Count) return -(int)Errno.EBUSY;
        Grow(wanted);
        return Capacity = wanted;
    }

    /// <summary>Copies the oldest octets, which stay.</summary>
    public int Peek(Span<byte> target)
    {
        int count = Math.Min(target.Length, Count);
        int first = Math.Min(count, _octets.Length - _start);
        _octets.AsSpan(_start, first).CopyTo(target);
        _octets.AsSpan(0, count - first).CopyTo(target[first..]);
        return count;
    }

    /// <summary>Takes the oldest octets away.</summary>
    public void Drop(int count)
    {
        if (count == 0) return;
        Count -= count;
        _start = Count == 0 ? 0 : (_start + count) % _octets.Length;
        int read = 0;
        for (; read < _pages.Count && _pages[read].Length <= count; read++) count -= _pages[read].Length;
        _pages.RemoveRange(0, read);
        if (count > 0) _pages[0] = (_pages[0].Offset + count, _pages[0].Length - count);
        Writer?.Wake(ChannelEvents.Output);
    }

    /// <summary>True when so many octets would not have to wait: there is a page for them, or room in the last one.</summary>
    public bool Takes(int octets) => Room > 0 || IsMerged(octets);

    /// <summary>Takes as many octets as there is room for, and says how many.</summary>
    public int Write(ReadOnlySpan<byte> octets)
    {
        int rest = octets.Length % AtOnce, behind = IsMerged(octets.Length) ? rest : 0;
        if (behind > 0)
        {
            _pages[^1] = (_pages[^1].Offset, _pages[^1].Length + behind);
            Append(octets[..behind]);
        }

        int paged = Math.Min(Room, octets.Length - behind);
        Put(octets.Slice(behind, paged));
        return behind + paged;
    }

    /// <summary>Adds octets behind the others, in pages of their own, be it more than there is room for.</summary>
    public void Put(ReadOnlySpan<byte> octets)
    {
        for (int left = octets.Length; left > 0; left -= AtOnce) _pages.Add((0, Math.Min(left, AtOnce)));
        Append(octets);
    }

    private bool IsMerged(int octets) =>
        octets % AtOnce is > 0 and var rest && _pages.Count > 0 && _pages[^1] is var last && last.Offset + last.Length + rest <= AtOnce;

    private void Append(ReadOnlySpan<byte> octets)
    {
        if (octets.IsEmpty) return;
        if (Count + octets.Length > _octets.Length) Grow(Math.Max(Math.Min(Capacity, 2 * (Count + octets.Length)), Count + octets.Length));
        int end = (_start + Count) % _octets.Length, first = Math.Min(octets.Length, _octets.Length - end);
        octets[..first].CopyTo(_octets.AsSpan(end));
        octets[first..].CopyTo(_octets);
        Count += octets.Length;
        Reader?.Wake(ChannelEvents.Input);
    }

    private void Grow(int length)
    {
        byte[] octets = new byte[Math.Max(length, Count)];
        Peek(octets);
        (_octets, _start) = (octets, 0);
    }
}
