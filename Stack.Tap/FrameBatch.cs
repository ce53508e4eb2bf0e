using UserNet.Buffers;
using UserNet.Doors;
using UserNet.Emulation;
using UserNet.Link;

namespace UserNet.Tap;

/// <summary>Room for the frames that are given to the sink at once, allocated once: they lie one behind the other.</summary>
internal sealed unsafe class FrameBatch
{
    /// <summary>Room for one frame: the largest IP packet, an Ethernet header, two tags, and one octet to notice more.</summary>
    public const int FrameRoom = 65_536 + 14 + 8 + 1;

    private const int Octets = 512 * 1024;
    private const int Alignment = 64;

    private readonly byte[] _octets = GC.AllocateUninitializedArray<byte>(Octets, pinned: true);
    private readonly LinkFrame[] _frames;
    private readonly byte* _start;
    private int _used, _count;
    private long _length;

    /// <summary>Room for as many frames.</summary>
    public FrameBatch(int frames)
    {
        _frames = new LinkFrame[frames];
        _start = (byte*)System.Runtime.CompilerServices.Unsafe.AsPointer(ref _octets[0]);
    }

    /// <summary>True when another frame fits, of whatever length.</summary>
    public bool HasRoom => _count < _frames.Length && _used + FrameRoom <= Octets;

    /// <summary>Where the next frame goes: <see cref="FrameRoom"/> octets.</summary>
    public byte* Next => _start + _used;

    /// <summary>Frames in it.</summary>
    public int Count => _count;

    /// <summary>Octets of its frames.</summary>
    public long Length => _length;

    /// <summary>Keeps the frame that was written to <see cref="Next"/>.</summary>
    public void Add(int length, PacketOffload offload)
    {
        _frames[_count++] = new LinkFrame(new ReadOnlyMemory<byte>(_octets, _used, length), offload);
        _length += length;
        _used = (_used + length + Alignment - 1) & -Alignment;
    }

    /// <summary>Gives the frames to the sink, and is empty again.</summary>
    public void Deliver(IFrameSink sink)
    {
        int count = _count;
        _count = _used = 0;
        _length = 0;
        sink.OnFrames(_frames.AsSpan(0, count), Span<DropReason>.Empty);
    }
}
