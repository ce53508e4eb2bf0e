using System.Buffers;
using System.Runtime.InteropServices;
using UserNet.Tap.Native;

namespace UserNet.Tap;

/// <summary>Memory that the kernel fills with frames and that is read in place: a TPACKET_V3 ring of an AF_PACKET socket.</summary>
/// <remarks>
/// A block is the kernel's or ours, as its status says. The kernel hands one over when it is full, or a moment after
/// its first frame; we hand it back when all its frames have been seen.
/// </remarks>
internal sealed unsafe class PacketRing : MemoryManager<byte>
{
    /// <summary>A block holds the largest frame that offload makes, 65,536 octets and headers.</summary>
    public const int BlockSize = 128 * 1024;

    private const int FrameSize = 2048;    // counts only for the kernel's checks: in version 3, frames lie packed
    private const int RetireMilliseconds = 1;
    private const int StatusPlace = 8, CountPlace = 12, FirstPlace = 16;    // struct tpacket_block_desc

    private byte* _start;
    private readonly int _length;

    private PacketRing(byte* start, int length)
    {
        _start = start;
        _length = length;
    }

    /// <summary>Blocks in the ring.</summary>
    public int Blocks => _length / BlockSize;

    /// <summary>Where the ring begins.</summary>
    public byte* Start => _start;

    /// <summary>Sets up a ring on a socket and maps it.</summary>
    /// <exception cref="DeviceException">The kernel has no memory for it.</exception>
    public static PacketRing Create(string spec, Descriptor socket, int octets)
    {
        int blocks = octets / BlockSize;
        RingRequest request = new()
        {
            BlockSize = BlockSize,
            BlockCount = (uint)blocks,
            FrameSize = FrameSize,
            FrameCount = (uint)(blocks * (BlockSize / FrameSize)),
            RetireMilliseconds = RetireMilliseconds,
        };
        if (LibC.SetOption(socket, LibC.PacketLevel, PacketSocket.ReceiveRing, &request, (uint)sizeof(RingRequest)) != 0)
            throw DeviceException.From(spec, $"get a ring of {octets} octets", Marshal.GetLastPInvokeError());
        int length = blocks * BlockSize;
        void* start = LibC.Map(null, (nuint)length, LibC.ReadWritePages, LibC.Shared, socket, 0);
        return (nint)start == -1
            ? throw DeviceException.From(spec, $"map a ring of {length} octets", Marshal.GetLastPInvokeError())
            : new PacketRing((byte*)start, length);
    }

    /// <summary>True when a block is ours; then how many frames it holds, and where the first lies in the ring.</summary>
    public bool TryTake(int block, out int frames, out int first)
    {
        byte* header = _start + ((nint)block * BlockSize);
        frames = first = 0;
        if ((Volatile.Read(ref *(uint*)(header + StatusPlace)) & 1) == 0) return false;
        frames = (int)*(uint*)(header + CountPlace);
        first = (block * BlockSize) + (int)*(uint*)(header + FirstPlace);
        return true;
    }

    /// <summary>Gives a block back to the kernel, which may write to it from now on.</summary>
    public void Return(int block) => Volatile.Write(ref *(uint*)(_start + ((nint)block * BlockSize) + StatusPlace), 0);

    /// <inheritdoc/>
    public override Span<byte> GetSpan()
    {
        ObjectDisposedException.ThrowIf(_start is null, this);
        return new Span<byte>(_start, _length);
    }

    /// <inheritdoc/>
    public override MemoryHandle Pin(int elementIndex = 0)
    {
        ObjectDisposedException.ThrowIf(_start is null, this);
        return new MemoryHandle(_start + elementIndex);
    }

    /// <inheritdoc/>
    public override void Unpin()
    {
    }

    /// <summary>Unmaps the memory: whoever kept a frame longer than the call now gets an exception.</summary>
    public void Free() => ((IDisposable)this).Dispose();

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        byte* start = _start;
        _start = null;
        if (start is not null) _ = LibC.Unmap(start, (nuint)_length);
    }
}
