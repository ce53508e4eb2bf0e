using System.Buffers.Binary;

namespace UserNet.Doors;

/// <summary>
/// Random numbers drawn from a <see cref="FillRandom"/> door a buffer at a time, since one call of the door may cost
/// microseconds.
/// </summary>
/// <remarks>Gate held. The numbers depend on the octets of the door alone, on every machine.</remarks>
public sealed class RandomBuffer(FillRandom fill)
{
    private const int Size = 4096;

    private readonly byte[] _octets = new byte[Size];
    private int _next = Size;

    /// <summary>The next four octets as a number.</summary>
    public uint NextUInt32()
    {
        if (_next > Size - sizeof(uint)) Refill();
        uint value = BinaryPrimitives.ReadUInt32LittleEndian(_octets.AsSpan(_next));
        _next += sizeof(uint);
        return value;
    }

    /// <summary>The next eight octets as a number.</summary>
    public ulong NextUInt64() => NextUInt32() | ((ulong)NextUInt32() << 32);

    /// <summary>A number from [0, <paramref name="bound"/>), each as likely as the other.</summary>
    /// <param name="bound">How many numbers to choose from, at least 1.</param>
    /// <remarks>
    /// Lemire's method: one multiplication, and a second draw only where the first would favour some number.
    /// </remarks>
    public uint Below(uint bound)
    {
        ulong product = (ulong)NextUInt32() * bound;
        if ((uint)product < bound)
        {
            uint threshold = (0u - bound) % bound;
            while ((uint)product < threshold) product = (ulong)NextUInt32() * bound;
        }

        return (uint)(product >> 32);
    }

    private void Refill()
    {
        fill(_octets);
        _next = 0;
    }
}
