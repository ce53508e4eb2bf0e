using System.Diagnostics;

namespace UserNet.Buffers;

/// <summary>A stack's packet buffers, in three sizes: for a frame, for a large one or a short burst, and for the largest packet there is.</summary>
/// <remarks>Grows as far as it is asked to; keeps some for later. Gate held.</remarks>
public sealed class PacketPool
{
    /// <summary>Payload and headers that fit a small buffer behind its headroom, octets.</summary>
    public const int SmallSize = 2048;

    /// <summary>What fits a buffer of middle size behind its headroom, octets: a frame of 9,000, or ten segments.</summary>
    public const int MediumSize = 16_384;

    /// <summary>What fits a large buffer behind its headroom, octets: an IP packet of 65,535 and its link header.</summary>
    public const int LargeSize = 65_536 + PacketBuffer.Headroom;

    private const int SmallKept = 4096, MediumKept = 256, LargeKept = 64;      // 8, 4 and 4 MiB

    private readonly Stack<PacketBuffer> _small = new(), _medium = new(), _large = new();

    /// <summary>How many buffers are out.</summary>
    public int Outstanding { get; private set; }

    /// <summary>An empty buffer that has room for so many octets behind its headroom.</summary>
    /// <exception cref="ArgumentOutOfRangeException">No packet is that large.</exception>
    public PacketBuffer Rent(int octets)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(octets, LargeSize);
        int size = octets <= SmallSize ? SmallSize : octets <= MediumSize ? MediumSize : LargeSize;
        if (!FreeOf(size).TryPop(out PacketBuffer? buffer))
            buffer = new PacketBuffer(GC.AllocateUninitializedArray<byte>(PacketBuffer.Headroom + size), this);
        buffer.IsRented = true;
        Outstanding++;
        return buffer;
    }

    /// <summary>A buffer that holds a copy of the octets.</summary>
    /// <exception cref="ArgumentOutOfRangeException">No packet is that large.</exception>
    public PacketBuffer RentCopy(ReadOnlySpan<byte> octets)
    {
        PacketBuffer buffer = Rent(octets.Length);
        octets.CopyTo(buffer.Append(octets.Length));
        return buffer;
    }

    internal void TakeBack(PacketBuffer buffer)
    {
        Debug.Assert(buffer.IsRented, "A packet buffer was returned twice.");
        buffer.IsRented = false;
        buffer.Reset();
        Outstanding--;
        int size = buffer.Capacity - PacketBuffer.Headroom;
        Stack<PacketBuffer> free = FreeOf(size);
        int kept = size == SmallSize ? SmallKept : size == MediumSize ? MediumKept : LargeKept;
        if (free.Count < kept) free.Push(buffer);
    }

    private Stack<PacketBuffer> FreeOf(int size) => size switch
    {
        SmallSize => _small,
        MediumSize => _medium,
        _ => _large,
    };
}
