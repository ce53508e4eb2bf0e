using System.Buffers.Binary;
using UserNet.Addressing;
using UserNet.Doors;

namespace UserNet.Tcp;

/// <summary>Grants Fast Open cookies and knows them again: a keyed hash of both addresses. RFC 7413 §4.1.2.</summary>
/// <remarks>
/// The same octets as Linux makes with the same key, so that several hosts can serve one address. A second key is for
/// the time of a change: cookies made with it are still taken. Gate held.
/// </remarks>
internal sealed class FastOpenCookies
{
    /// <summary>Octets of a key.</summary>
    public const int KeyLength = 16;

    private SipHash _hash;
    private SipHash? _previous;
    private byte[] _keys = [];

    /// <summary>With a key that nobody knows.</summary>
    public FastOpenCookies(RandomBuffer random) => _hash = SipHash.FromRandom(random);

    /// <summary>With a key: net.ipv4.tcp_fastopen_key, each of its four words little-endian.</summary>
    /// <param name="key">The key of cookies that are granted.</param>
    /// <param name="previous">One whose cookies are still taken; empty for none.</param>
    /// <exception cref="ArgumentException">A key has not 16 octets.</exception>
    public FastOpenCookies(ReadOnlySpan<byte> key, ReadOnlySpan<byte> previous = default) => SetKey(key, previous);

    /// <summary>The keys that were set, the previous one last; empty when nobody knows the key.</summary>
    public ReadOnlySpan<byte> Keys => _keys;

    /// <summary>Changes the key.</summary>
    /// <param name="key">The key of cookies that are granted from now on.</param>
    /// <param name="previous">One whose cookies are still taken; empty for none.</param>
    /// <exception cref="ArgumentException">A key has not 16 octets.</exception>
    public void SetKey(ReadOnlySpan<byte> key, ReadOnlySpan<byte> previous = default)
    {
        _hash = Keyed(key);
        _previous = previous.IsEmpty ? null : Keyed(previous);
        _keys = [.. key, .. previous];
    }

    /// <summary>The cookie for a peer.</summary>
    public FastOpenCookie Grant(InetAddress peer, InetAddress local) => Make(_hash, peer, local);

    /// <summary>True when the cookie was granted to this peer.</summary>
    /// <param name="cookie">What came.</param>
    /// <param name="peer">Where from.</param>
    /// <param name="local">Where to.</param>
    /// <param name="isOld">True when it was made with the previous key: the peer is to get a new one.</param>
    public bool IsGood(in FastOpenCookie cookie, InetAddress peer, InetAddress local, out bool isOld)
    {
        isOld = false;
        if (cookie.Length != sizeof(ulong)) return false;
        if (cookie == Make(_hash, peer, local)) return true;
        isOld = _previous is { } previous && cookie == Make(previous, peer, local);
        return isOld;
    }

    private static FastOpenCookie Make(in SipHash hash, InetAddress peer, InetAddress local)
    {
        Span<byte> octets = stackalloc byte[32];
        int length = peer.Unmap().WriteOctets(octets);
        length += local.Unmap().WriteOctets(octets[length..]);
        return new FastOpenCookie(hash.Of(octets[..length]));
    }

    private static SipHash Keyed(ReadOnlySpan<byte> key) => key.Length == KeyLength
        ? new SipHash(BinaryPrimitives.ReadUInt64LittleEndian(key), BinaryPrimitives.ReadUInt64LittleEndian(key[8..]))
        : throw new ArgumentException($"A Fast Open key has {KeyLength} octets, not {key.Length}.", nameof(key));
}
