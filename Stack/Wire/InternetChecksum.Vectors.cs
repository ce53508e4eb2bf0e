using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace UserNet.Wire;

// The sum in the machine's own order of octets, as wide as the machine can: the sum of swapped words is the swapped
// sum (RFC 1071 §2 B).
// A lane of 64 bits takes 2^32 numbers of 32 bits, more than any packet has.
public static partial class InternetChecksum
{
    private const ulong LowHalf = uint.MaxValue;
    private const int ShortLength = 64;

    internal static ulong SumVectors512(ref ReadOnlySpan<byte> octets)
    {
        ReadOnlySpan<Vector512<ulong>> vectors = MemoryMarshal.Cast<byte, Vector512<ulong>>(octets);
        Vector512<ulong> low = default, high = default, mask = Vector512.Create(LowHalf);
        foreach (Vector512<ulong> vector in vectors)
        {
            low += vector & mask;
            high += vector >>> 32;
        }

        octets = octets[(vectors.Length * Vector512<byte>.Count)..];
        return Vector512.Sum(low + high);
    }

    internal static ulong SumVectors256(ref ReadOnlySpan<byte> octets)
    {
        ReadOnlySpan<Vector256<ulong>> vectors = MemoryMarshal.Cast<byte, Vector256<ulong>>(octets);
        Vector256<ulong> low = default, high = default, mask = Vector256.Create(LowHalf);
        foreach (Vector256<ulong> vector in vectors)
        {
            low += vector & mask;
            high += vector >>> 32;
        }

        octets = octets[(vectors.Length * Vector256<byte>.Count)..];
        return Vector256.Sum(low + high);
    }

    internal static ulong SumVectors128(ref ReadOnlySpan<byte> octets)
    {
        ReadOnlySpan<Vector128<ulong>> vectors = MemoryMarshal.Cast<byte, Vector128<ulong>>(octets);
        Vector128<ulong> low = default, high = default, mask = Vector128.Create(LowHalf);
        foreach (Vector128<ulong> vector in vectors)
        {
            low += vector & mask;
            high += vector >>> 32;
        }

        octets = octets[(vectors.Length * Vector128<byte>.Count)..];
        return Vector128.Sum(low + high);
    }

    /// <summary>The rest, after which nothing is left: less than a vector, or all of it where there are none.</summary>
    internal static ulong SumScalars(ReadOnlySpan<byte> octets)
    {
        ReadOnlySpan<uint> words = MemoryMarshal.Cast<byte, uint>(octets);
        ulong sum = 0;
        foreach (uint word in words) sum += word;
        octets = octets[(words.Length * sizeof(uint))..];
        if (octets.Length >= 2)
        {
            sum += MemoryMarshal.Read<ushort>(octets);
            octets = octets[2..];
        }

        if (octets.IsEmpty) return sum;
        return sum + (BitConverter.IsLittleEndian ? octets[0] : (ulong)octets[0] << 8);
    }

    // A header: no vector is worth its while.
    private static ulong SumShort(ReadOnlySpan<byte> octets)
    {
        ulong sum = 0;
        while (octets.Length >= 4)
        {
            sum += BinaryPrimitives.ReadUInt32BigEndian(octets);
            octets = octets[4..];
        }

        if (octets.Length >= 2)
        {
            sum += BinaryPrimitives.ReadUInt16BigEndian(octets);
            octets = octets[2..];
        }

        return octets.IsEmpty ? sum : sum + ((ulong)octets[0] << 8);
    }

    private static ulong SumVectors(ReadOnlySpan<byte> octets)
    {
        ulong sum = 0;
        if (Vector512.IsHardwareAccelerated && octets.Length >= 2 * Vector512<byte>.Count) sum = SumVectors512(ref octets);
        if (Vector256.IsHardwareAccelerated && octets.Length >= Vector256<byte>.Count) sum += SumVectors256(ref octets);
        if (Vector128.IsHardwareAccelerated && octets.Length >= Vector128<byte>.Count) sum += SumVectors128(ref octets);
        return sum + SumScalars(octets);
    }

    // Folded to 16 bits first: only then do swapped octets make the swapped sum.
    private static ulong InWireOrder(ulong sum) =>
        BitConverter.IsLittleEndian ? BinaryPrimitives.ReverseEndianness(Fold(sum)) : Fold(sum);
}
