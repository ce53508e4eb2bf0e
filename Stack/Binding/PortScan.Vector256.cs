using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace UserNet.Binding;

// The same loops, 256 ports a vector.
internal static partial class PortScan
{
    /// <summary>How many words of a bitmap are full before the first that is not.</summary>
    public static int SkipTaken256(ReadOnlySpan<ulong> bitmap, ulong pattern)
    {
        int step = Vector256<ulong>.Count, length = bitmap.Length, word = 0;
        Vector256<ulong> wanted = Vector256.Create(pattern);
        ref ulong a = ref MemoryMarshal.GetReference(bitmap);
        for (; word <= length - (2 * step); word += 2 * step)
        {
            Vector256<ulong> near = Vector256.LoadUnsafe(ref a, (nuint)word), far = Vector256.LoadUnsafe(ref a, (nuint)(word + step));
            if (Vector256.AndNot(wanted, near & far) == Vector256<ulong>.Zero) continue;
            int free = FirstFree(wanted, near);
            return word + (free < step ? free : step + FirstFree(wanted, far));
        }

        for (; length >= step && word < length; word += step)
        {
            word = Math.Min(word, length - step);      // the last vector may see some words again
            int free = FirstFree(wanted, Vector256.LoadUnsafe(ref a, (nuint)word));
            if (free < step) return word + free;
        }

        return word;
    }

    /// <summary>The same of two bitmaps, laid over each other.</summary>
    public static int SkipTaken256(ReadOnlySpan<ulong> bitmap, ReadOnlySpan<ulong> other, ulong pattern)
    {
        int step = Vector256<ulong>.Count, length = bitmap.Length, word = 0;
        Vector256<ulong> wanted = Vector256.Create(pattern);
        ref ulong a = ref MemoryMarshal.GetReference(bitmap), b = ref MemoryMarshal.GetReference(other);
        for (; word <= length - (2 * step); word += 2 * step)
        {
            Vector256<ulong> near = Vector256.LoadUnsafe(ref a, (nuint)word) | Vector256.LoadUnsafe(ref b, (nuint)word);
            Vector256<ulong> far =
                Vector256.LoadUnsafe(ref a, (nuint)(word + step)) | Vector256.LoadUnsafe(ref b, (nuint)(word + step));
            if (Vector256.AndNot(wanted, near & far) == Vector256<ulong>.Zero) continue;
            int free = FirstFree(wanted, near);
            return word + (free < step ? free : step + FirstFree(wanted, far));
        }

        for (; length >= step && word < length; word += step)
        {
            word = Math.Min(word, length - step);
            int free = FirstFree(wanted, Vector256.LoadUnsafe(ref a, (nuint)word) | Vector256.LoadUnsafe(ref b, (nuint)word));
            if (free < step) return word + free;
        }

        return word;
    }

    /// <summary>The same of any number of bitmaps, from <paramref name="index"/> on for <paramref name="length"/> words.</summary>
    public static int SkipTaken256(ReadOnlySpan<Bitmap> bitmaps, int index, int length, ulong pattern)
    {
        int step = Vector256<ulong>.Count, word = 0;
        Vector256<ulong> wanted = Vector256.Create(pattern);
        for (; length >= step && word < length; word += step)
        {
            word = Math.Min(word, length - step);
            Vector256<ulong> taken = Vector256<ulong>.Zero;
            foreach (Bitmap bitmap in bitmaps)
                taken |= Vector256.LoadUnsafe(ref MemoryMarshal.GetArrayDataReference(bitmap.Words), (nuint)(index + word));
            int free = FirstFree(wanted, taken);
            if (free < step) return word + free;
        }

        return word;
    }

    /// <summary>The first word of the vector with a free bit; one past the last when all are full.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static int FirstFree(Vector256<ulong> wanted, Vector256<ulong> taken)
    {
        ulong full = Vector256.Equals(Vector256.AndNot(wanted, taken), Vector256<ulong>.Zero).ExtractMostSignificantBits();
        return BitOperations.TrailingZeroCount(~full);
    }
}
