using System.Numerics;
using System.Runtime.CompilerServices;
using UserNet.Addressing;
using UserNet.Doors;

namespace UserNet.Binding;

/// <summary>
/// A keyed hash of where a connection comes from and goes to: F of RFC 6056 §3.3.3 in the lower half, G of §3.3.4 in
/// the upper.
/// </summary>
/// <remarks>
/// SipHash-2-4, a pseudo-random function: without the key, a value says nothing of the next, nor one half of the other.
/// </remarks>
internal readonly struct KeyedHash(ulong key0, ulong key1)
{
    private const ulong Length = 40, PairLength = 16;      // octets that are hashed

    public static KeyedHash FromRandom(RandomBuffer random) => new(random.NextUInt64(), random.NextUInt64());

    public ulong Of(in DestinationKey key)
    {
        ulong a = key0 ^ 0x736F_6D65_7073_6575, b = key1 ^ 0x646F_7261_6E64_6F6D;
        ulong c = key0 ^ 0x6C79_6765_6E65_7261, d = key1 ^ 0x7465_6462_7974_6573;
        Take(key.Local.High, ref a, ref b, ref c, ref d);
        Take(key.Local.Low, ref a, ref b, ref c, ref d);
        Take(key.Remote.High, ref a, ref b, ref c, ref d);
        Take(key.Remote.Low, ref a, ref b, ref c, ref d);
        Take(key.RemotePort, ref a, ref b, ref c, ref d);
        return Finish(Length, a, b, c, d);
    }

    /// <summary>The hash of two words, for what is keyed by something else than a connection.</summary>
    public ulong Of(ulong first, ulong second)
    {
        ulong a = key0 ^ 0x736F_6D65_7073_6575, b = key1 ^ 0x646F_7261_6E64_6F6D;
        ulong c = key0 ^ 0x6C79_6765_6E65_7261, d = key1 ^ 0x7465_6462_7974_6573;
        Take(first, ref a, ref b, ref c, ref d);
        Take(second, ref a, ref b, ref c, ref d);
        return Finish(PairLength, a, b, c, d);
    }

    private static ulong Finish(ulong length, ulong a, ulong b, ulong c, ulong d)
    {
        Take(length << 56, ref a, ref b, ref c, ref d);
        c ^= 0xFF;
        Round(ref a, ref b, ref c, ref d);
        Round(ref a, ref b, ref c, ref d);
        Round(ref a, ref b, ref c, ref d);
        Round(ref a, ref b, ref c, ref d);
        return a ^ b ^ c ^ d;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Take(ulong word, ref ulong a, ref ulong b, ref ulong c, ref ulong d)
    {
        d ^= word;
        Round(ref a, ref b, ref c, ref d);
        Round(ref a, ref b, ref c, ref d);
        a ^= word;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Round(ref ulong a, ref ulong b, ref ulong c, ref ulong d)
    {
        a += b;
        b = BitOperations.RotateLeft(b, 13) ^ a;
        a = BitOperations.RotateLeft(a, 32);
        c += d;
        d = BitOperations.RotateLeft(d, 16) ^ c;
        a += d;
        d = BitOperations.RotateLeft(d, 21) ^ a;
        c += b;
        b = BitOperations.RotateLeft(b, 17) ^ c;
        c = BitOperations.RotateLeft(c, 32);
    }
}
