using System.Buffers.Binary;
using System.Numerics;
using System.Runtime.CompilerServices;

namespace UserNet.Doors;

/// <summary>SipHash-2-4, a pseudo-random function: who does not know the key learns nothing from one value of the next.</summary>
/// <remarks>
/// By J.-P. Aumasson and D. J. Bernstein. Words are little-endian, as the octets of a message would give them. Any
/// thread.
/// </remarks>
internal readonly struct SipHash(ulong key0, ulong key1)
{
    /// <summary>With a key of its own.</summary>
    public static SipHash FromRandom(RandomBuffer random) => new(random.NextUInt64(), random.NextUInt64());

    /// <summary>The hash of a message.</summary>
    public ulong Of(ReadOnlySpan<byte> octets)
    {
        State state = new(key0, key1);
        int length = octets.Length;
        for (; octets.Length >= sizeof(ulong); octets = octets[sizeof(ulong)..])
            state.Take(BinaryPrimitives.ReadUInt64LittleEndian(octets));
        ulong rest = 0;
        for (int i = 0; i < octets.Length; i++) rest |= (ulong)octets[i] << (8 * i);
        return state.Finish(length, rest);
    }

    /// <summary>The hash of two words.</summary>
    public ulong Of(ulong first, ulong second)
    {
        State state = new(key0, key1);
        state.Take(first);
        state.Take(second);
        return state.Finish(2 * sizeof(ulong));
    }

    /// <summary>The hash of four words.</summary>
    public ulong Of(ulong first, ulong second, ulong third, ulong fourth)
    {
        State state = new(key0, key1);
        state.Take(first);
        state.Take(second);
        state.Take(third);
        state.Take(fourth);
        return state.Finish(4 * sizeof(ulong));
    }

    /// <summary>The hash of five words.</summary>
    public ulong Of(ulong first, ulong second, ulong third, ulong fourth, ulong fifth)
    {
        State state = new(key0, key1);
        state.Take(first);
        state.Take(second);
        state.Take(third);
        state.Take(fourth);
        state.Take(fifth);
        return state.Finish(5 * sizeof(ulong));
    }

    /// <summary>The hash of six words.</summary>
    public ulong Of(ulong first, ulong second, ulong third, ulong fourth, ulong fifth, ulong sixth)
    {
        State state = new(key0, key1);
        state.Take(first);
        state.Take(second);
        state.Take(third);
        state.Take(fourth);
        state.Take(fifth);
        state.Take(sixth);
        return state.Finish(6 * sizeof(ulong));
    }

    private struct State(ulong key0, ulong key1)
    {
        private ulong _a = key0 ^ 0x736F_6D65_7073_6575, _b = key1 ^ 0x646F_7261_6E64_6F6D;
        private ulong _c = key0 ^ 0x6C79_6765_6E65_7261, _d = key1 ^ 0x7465_6462_7974_6573;

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public void Take(ulong word)
        {
            _d ^= word;
            Round();
            Round();
            _a ^= word;
        }

        /// <summary>Takes what is left of the message, less than a word, and how many octets it had; gives the hash.</summary>
        public ulong Finish(int length, ulong rest = 0)
        {
            Take(((ulong)length << 56) | rest);
            _c ^= 0xFF;
            Round();
            Round();
            Round();
            Round();
            return _a ^ _b ^ _c ^ _d;
        }

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        private void Round()
        {
            _a += _b;
            _b = BitOperations.RotateLeft(_b, 13) ^ _a;
            _a = BitOperations.RotateLeft(_a, 32);
            _c += _d;
            _d = BitOperations.RotateLeft(_d, 16) ^ _c;
            _a += _d;
            _d = BitOperations.RotateLeft(_d, 21) ^ _a;
            _c += _b;
            _b = BitOperations.RotateLeft(_b, 17) ^ _c;
            _c = BitOperations.RotateLeft(_c, 32);
        }
    }
}
