using System.Numerics;
using UserNet.Addressing;
using UserNet.Doors;

namespace UserNet.Binding;

/// <summary>A keyed hash of where a connection comes from and goes to: F and G of RFC 6056 §3.3.3 and §3.3.4.</summary>
/// <remarks>SipHash-2-4, a pseudo-random function: without the key, a value says nothing of the next.</remarks>
internal readonly struct KeyedHash(ulong key0, ulong key1)
{
    public static KeyedHash FromRandom(RandomBuffer random) => new(random.NextUInt64(), random.NextUInt64());

    public ulong Of(in DestinationKey key)
    {
        var state = new State(key0, key1);
        state.Take(key.Local.High);
        state.Take(key.Local.Low);
        state.Take(key.Remote.High);
        state.Take(key.Remote.Low);
        state.Take(key.RemotePort);
        return state.Finish(length: 40);
    }

    private struct State(ulong key0, ulong key1)
    {
        private ulong _a = key0 ^ 0x736F_6D65_7073_6575, _b = key1 ^ 0x646F_7261_6E64_6F6D;
        private ulong _c = key0 ^ 0x6C79_6765_6E65_7261, _d = key1 ^ 0x7465_6462_7974_6573;

        public void Take(ulong word)
        {
            _d ^= word;
            Round();
            Round();
            _a ^= word;
        }

        public ulong Finish(ulong length)
        {
            Take(length << 56);
            _c ^= 0xFF;
            Round();
            Round();
            Round();
            Round();
            return _a ^ _b ^ _c ^ _d;
        }

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
