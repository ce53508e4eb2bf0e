using System.Buffers.Binary;
using System.Numerics;

namespace UserNet.Doors;

/// <summary>Numbers that look random and follow from a seed: the same on every machine and in every version.</summary>
/// <remarks>
/// xoshiro256**, started by SplitMix64; both by Blackman and Vigna. Fast, and well spread; but who sees a few numbers
/// can work out the rest, so it is for simulations alone. One thread.
/// </remarks>
public sealed class SeededRandom
{
    private const ulong Golden = 0x9E37_79B9_7F4A_7C15;

    private ulong _a, _b, _c, _d;

    /// <summary>Numbers that follow from a seed.</summary>
    public SeededRandom(ulong seed)
    {
        _a = SplitMix(ref seed);
        _b = SplitMix(ref seed);
        _c = SplitMix(ref seed);
        _d = SplitMix(ref seed);
    }

    internal SeededRandom(ulong a, ulong b, ulong c, ulong d) => (_a, _b, _c, _d) = (a, b, c, d);

    /// <summary>
    /// Numbers that follow from a seed and a name: those of two names have nothing to do with each other.
    /// </summary>
    public static SeededRandom Named(ulong seed, string name, int ordinal = 0)
    {
        ArgumentNullException.ThrowIfNull(name);
        ulong hash = 0xCBF2_9CE4_8422_2325;      // FNV-1a, a character at a time
        foreach (char character in name) hash = (hash ^ character) * 0x0000_0100_0000_01B3;
        ulong place = hash + ((ulong)ordinal * Golden);
        return new SeededRandom(SplitMix(ref seed) ^ SplitMix(ref place));
    }

    /// <summary>Numbers whose seed comes from a door.</summary>
    public static SeededRandom From(FillRandom door)
    {
        ArgumentNullException.ThrowIfNull(door);
        Span<byte> seed = stackalloc byte[sizeof(ulong)];
        door(seed);
        return new SeededRandom(BinaryPrimitives.ReadUInt64LittleEndian(seed));
    }

    /// <summary>The next 64 bits.</summary>
    public ulong NextUInt64()
    {
        ulong result = BitOperations.RotateLeft(_b * 5, 7) * 9;
        ulong shifted = _b << 17;
        _c ^= _a;
        _d ^= _b;
        _b ^= _c;
        _a ^= _d;
        _c ^= shifted;
        _d = BitOperations.RotateLeft(_d, 45);
        return result;
    }

    /// <summary>
    /// Fills all of the octets; a <see cref="FillRandom"/>. What is left of the last number is not used.
    /// </summary>
    public void Fill(Span<byte> destination)
    {
        for (; destination.Length >= sizeof(ulong); destination = destination[sizeof(ulong)..])
            BinaryPrimitives.WriteUInt64LittleEndian(destination, NextUInt64());
        if (destination.IsEmpty) return;
        ulong last = NextUInt64();
        for (int i = 0; i < destination.Length; i++) destination[i] = (byte)(last >> (8 * i));
    }

    internal static ulong SplitMix(ref ulong state)
    {
        state += Golden;
        ulong mixed = (state ^ (state >> 30)) * 0xBF58_476D_1CE4_E5B9;
        mixed = (mixed ^ (mixed >> 27)) * 0x94D0_49BB_1331_11EB;
        return mixed ^ (mixed >> 31);
    }
}
