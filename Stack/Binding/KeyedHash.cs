using UserNet.Doors;

namespace UserNet.Binding;

/// <summary>
/// A keyed hash of where a connection comes from and goes to: F of RFC 6056 §3.3.3 in the lower half, G of §3.3.4 in
/// the upper.
/// </summary>
/// <remarks>One half of a value says nothing of the other.</remarks>
internal readonly struct KeyedHash(ulong key0, ulong key1)
{
    private readonly SipHash _hash = new(key0, key1);

    public static KeyedHash FromRandom(RandomBuffer random) => new(random.NextUInt64(), random.NextUInt64());

    public ulong Of(in DestinationKey key) =>
        _hash.Of(key.Local.High, key.Local.Low, key.Remote.High, key.Remote.Low, key.RemotePort);

    /// <summary>The hash of two words, for what is keyed by something else than a connection.</summary>
    public ulong Of(ulong first, ulong second) => _hash.Of(first, second);

    /// <summary>The hash of five words.</summary>
    public ulong Of(ulong first, ulong second, ulong third, ulong fourth, ulong fifth) => _hash.Of(first, second, third, fourth, fifth);
}
