using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace UserNet.Binding;

/// <summary>A bitmap of all ports: a struct, so that writing one into an array needs no type check.</summary>
internal readonly record struct Bitmap(ulong[] Words);

/// <summary>
/// The inner loops of <see cref="PortSearch"/>, 512 ports a vector: how many words are full before the first that is not. Two vectors a
/// step for one bitmap and for two, which are what nearly every search has.
/// </summary>
/// <remarks>
/// What counts of a word is its bits in the pattern. The answer may be short of the first free word by less than a vector, where
/// there are fewer words than that. Any thread.
/// </remarks>
internal static partial class PortScan
{
    /// <summary>How many words of a bitmap are full before the first that is not.</summary>
    public static int SkipTaken512(ReadOnlySpan<ulong> bitmap, ulong pattern)
    {
        int step = Vector512<ulong>.Count, length = bitmap.Length, word = 0;
        Vector512<ulong> wanted = Vector512.Create(pattern);
        ref ulong a = ref MemoryMarshal.GetReference(bitmap);
        for (; word <= length - (2 * step); word += 2 * step)
        {
            Vector512<ulong> near = Vector512.LoadUnsafe(ref a, (nuint)word), far = Vector512.LoadUnsafe(ref a, (nuint)(word + step));
            if (Vector512.AndNot(wanted, near & far) == Vector512<ulong>.Zero) continue;
            int free = FirstFree(wanted, near);
            return word + (free < step ? free : step + FirstFree(wanted, far));
        }

        for (; length >= step && word < length; word += step)
        {
            word = Math.Min(word, length - step);      // the last vector may see some words again
            int free = FirstFree(wanted, Vector512.LoadUnsafe(ref a, (nuint)word));
            if (free < step) return word + free;
        }

        return word;
    }

    /// <summary>The same of two bitmaps, laid over each other.</summary>
    public static int SkipTaken512(ReadOnlySpan<ulong> bitmap, ReadOnlySpan<ulong> other, ulong pattern)
    {
        int step = Vector512<ulong>.Count, length = bitmap.Length, word = 0;
        Vector512<ulong> wanted = Vector512.Create(pattern);
        ref ulong a = ref MemoryMarshal.GetReference(bitmap), b = ref MemoryMarshal.GetReference(other);
        for (; word <= length - (2 * step); word += 2 * step)
        {
            Vector512<ulong> near = Vector512.LoadUnsafe(ref a, (nuint)word) | Vector512.LoadUnsafe(ref b, (nuint)word);
            Vector512<ulong> far =
                Vector512.LoadUnsafe(ref a, (nuint)(word + step)) | Vector512.LoadUnsafe(ref b, (nuint)(word + step));
            if (Vector512.AndNot(wanted, near & far) == Vector512<ulong>.Zero) continue;
            int free = FirstFree(wanted, near);
            return word + (free < step ? free : step + FirstFree(wanted, far));
        }

        for (; length >= step && word < length; word += step)
        {
            word = Math.Min(word, length - step);
            int free = FirstFree(wanted, Vector512.LoadUnsafe(ref a, (nuint)word) | Vector512.LoadUnsafe(ref b, (nuint)word));
            if (free < step) return word + free;
        }

        return word;
    }

    /// <summary>The same of any number of bitmaps, from <paramref name="index"/> on for <paramref name="length"/> words.</summary>
    public static int SkipTaken512(ReadOnlySpan<Bitmap> bitmaps, int index, int length, ulong pattern)
    {
        int step = Vector512<ulong>.Count, word = 0;
        Vector512<ulong> wanted = Vector512.Create(pattern);
        for (; length >= step && word < length; word += step)
        {
            word = Math.Min(word, length - step);
            Vector512<ulong> taken = Vector512<ulong>.Zero;
            foreach (Bitmap bitmap in bitmaps)
                taken |= Vector512.LoadUnsafe(ref MemoryMarshal.GetArrayDataReference(bitmap.Words), (nuint)(index + word));
            int free = FirstFree(wanted, taken);
            if (free < step) return word + free;
        }

        return word;
    }

    /// <summary>The first word of the vector with a free bit; one past the last when all are full.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static int FirstFree(Vector512<ulong> wanted, Vector512<ulong> taken)
    {
        ulong full = Vector512.Equals(Vector512.AndNot(wanted, taken), Vector512<ulong>.Zero).ExtractMostSignificantBits();
        return BitOperations.TrailingZeroCount(~full);
    }
}
