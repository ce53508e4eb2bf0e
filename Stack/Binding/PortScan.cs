using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace UserNet.Binding;

/// <summary>The inner loops of <see cref="PortSearch"/>: how many words of several bitmaps, laid over each other, are full.</summary>
/// <remarks>
/// Two vectors a step, since most searches of a full range go through long runs; the two bitmaps that nearly every search has are
/// loaded straight, any others in a loop. Any thread.
/// </remarks>
internal static class PortScan
{
    /// <summary>How many of the words are full before the first that is not; less than a vector's words are left to the caller.</summary>
    /// <param name="first">One bitmap.</param>
    /// <param name="second">Another, or the same again.</param>
    /// <param name="others">Whole pages of further bitmaps.</param>
    /// <param name="index">Where in their pages the first two begin.</param>
    /// <param name="pattern">The bits of a word that count.</param>
    public static int SkipTaken512(
        ReadOnlySpan<ulong> first, ReadOnlySpan<ulong> second, ReadOnlySpan<ulong[]?> others, int index, ulong pattern)
    {
        int step = Vector512<ulong>.Count, length = first.Length, word = 0;
        Vector512<ulong> wanted = Vector512.Create(pattern);
        ref ulong a = ref MemoryMarshal.GetReference(first), b = ref MemoryMarshal.GetReference(second);
        for (; word <= length - (2 * step); word += 2 * step)
        {
            Vector512<ulong> near = Taken512(ref a, ref b, others, index, word);
            Vector512<ulong> far = Taken512(ref a, ref b, others, index, word + step);
            if (Vector512.AndNot(wanted, near & far) == Vector512<ulong>.Zero) continue;
            int free = FirstFree512(wanted, near);
            return word + (free < step ? free : step + FirstFree512(wanted, far));
        }

        for (; length >= step && word < length; word += step)
        {
            word = Math.Min(word, length - step);      // the last vector may see some words again
            int free = FirstFree512(wanted, Taken512(ref a, ref b, others, index, word));
            if (free < step) return word + free;
        }

        return word;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<ulong> Taken512(
        ref ulong first, ref ulong second, ReadOnlySpan<ulong[]?> others, int index, int word)
    {
        Vector512<ulong> taken = Vector512.LoadUnsafe(ref first, (nuint)word) | Vector512.LoadUnsafe(ref second, (nuint)word);
        foreach (ulong[]? other in others)
            taken |= Vector512.LoadUnsafe(ref MemoryMarshal.GetArrayDataReference(other!), (nuint)(index + word));
        return taken;
    }

    /// <summary>The first word of the vector with a free bit; one past the last when all are full.</summary>
    private static int FirstFree512(Vector512<ulong> wanted, Vector512<ulong> taken)
    {
        ulong full = Vector512.Equals(Vector512.AndNot(wanted, taken), Vector512<ulong>.Zero).ExtractMostSignificantBits();
        return BitOperations.TrailingZeroCount(~full);
    }

    /// <summary>As <see cref="SkipTaken512"/>, for machines with half the width.</summary>
    public static int SkipTaken256(
        ReadOnlySpan<ulong> first, ReadOnlySpan<ulong> second, ReadOnlySpan<ulong[]?> others, int index, ulong pattern)
    {
        int step = Vector256<ulong>.Count, length = first.Length, word = 0;
        Vector256<ulong> wanted = Vector256.Create(pattern);
        ref ulong a = ref MemoryMarshal.GetReference(first), b = ref MemoryMarshal.GetReference(second);
        for (; word <= length - (2 * step); word += 2 * step)
        {
            Vector256<ulong> near = Taken256(ref a, ref b, others, index, word);
            Vector256<ulong> far = Taken256(ref a, ref b, others, index, word + step);
            if (Vector256.AndNot(wanted, near & far) == Vector256<ulong>.Zero) continue;
            int free = FirstFree256(wanted, near);
            return word + (free < step ? free : step + FirstFree256(wanted, far));
        }

        for (; length >= step && word < length; word += step)
        {
            word = Math.Min(word, length - step);      // the last vector may see some words again
            int free = FirstFree256(wanted, Taken256(ref a, ref b, others, index, word));
            if (free < step) return word + free;
        }

        return word;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<ulong> Taken256(
        ref ulong first, ref ulong second, ReadOnlySpan<ulong[]?> others, int index, int word)
    {
        Vector256<ulong> taken = Vector256.LoadUnsafe(ref first, (nuint)word) | Vector256.LoadUnsafe(ref second, (nuint)word);
        foreach (ulong[]? other in others)
            taken |= Vector256.LoadUnsafe(ref MemoryMarshal.GetArrayDataReference(other!), (nuint)(index + word));
        return taken;
    }

    /// <summary>The first word of the vector with a free bit; one past the last when all are full.</summary>
    private static int FirstFree256(Vector256<ulong> wanted, Vector256<ulong> taken)
    {
        ulong full = Vector256.Equals(Vector256.AndNot(wanted, taken), Vector256<ulong>.Zero).ExtractMostSignificantBits();
        return BitOperations.TrailingZeroCount(~full);
    }
}
