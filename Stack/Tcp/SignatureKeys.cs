using UserNet.Addressing;

namespace UserNet.Tcp;

/// <summary>The keys by which a socket's segments are signed. RFC 2385. Gate held.</summary>
internal abstract class SignatureKeys
{
    /// <summary>True when a segment without a key can't be sent, nor taken.</summary>
    public abstract bool AreRequired { get; }

    /// <summary>The key for segments from one address to another; null for none.</summary>
    /// <param name="source">The sender's.</param>
    /// <param name="destination">The receiver's.</param>
    /// <param name="isLeaving">The sender is this host.</param>
    public abstract byte[]? Find(InetAddress source, InetAddress destination, bool isLeaving);

    /// <summary>True when what leaves for a peer is to be signed.</summary>
    public bool Sign(InetAddress local, InetAddress remote) => AreRequired || Find(local, remote, isLeaving: true) is not null;
}

/// <summary>The keys that a socket has for its peers: Linux's TCP_MD5SIG. It does not change, as children share it with their listener.</summary>
internal sealed class PeerKeys : SignatureKeys
{
    private readonly (InetPrefix Peers, byte[] Key)[] _keys;      // the longest prefix first

    private PeerKeys((InetPrefix, byte[])[] keys) => _keys = keys;

    public override bool AreRequired => false;

    /// <summary>These keys and one more, in place of what was for the same peers.</summary>
    public static PeerKeys With(PeerKeys? before, InetPrefix peers, byte[] key) =>
        new([.. Others(before, peers).Append((peers, key)).OrderByDescending(static entry => entry.Item1.Length)]);

    /// <summary>These keys without that of some peers.</summary>
    /// <param name="before">The keys until now.</param>
    /// <param name="peers">As they were named when the key was added.</param>
    /// <param name="after">What is left; null for nothing.</param>
    /// <returns>False when there is none.</returns>
    public static bool TryRemove(PeerKeys? before, InetPrefix peers, out PeerKeys? after)
    {
        (InetPrefix, byte[])[] left = [.. Others(before, peers)];
        after = left.Length > 0 ? new PeerKeys(left) : null;
        return before is not null && left.Length < before._keys.Length;
    }

    public override byte[]? Find(InetAddress source, InetAddress destination, bool isLeaving)
    {
        InetAddress peer = (isLeaving ? destination : source).Unmap();
        foreach ((InetPrefix peers, byte[] key) in _keys)
            if (peers.Contains(peer)) return key;
        return null;
    }

    private static IEnumerable<(InetPrefix Peers, byte[] Key)> Others(PeerKeys? before, InetPrefix peers) =>
        before is null ? [] : before._keys.Where(entry => entry.Peers != peers);
}

/// <summary>The keys that a host has for pairs of addresses, of which its sockets use those that fit: FreeBSD's setkey(8), tcp(4) TCP_MD5SIG.</summary>
internal sealed class HostKeys : SignatureKeys
{
    private readonly List<(InetAddress Source, InetAddress Destination, byte[] Key)> _keys = [];

    public override bool AreRequired => true;

    /// <summary>Adds a key for one direction.</summary>
    /// <returns>False when there is one.</returns>
    public bool TryAdd(InetAddress source, InetAddress destination, byte[] key)
    {
        if (Find(source, destination, isLeaving: true) is not null) return false;
        _keys.Add((source.Unmap(), destination.Unmap(), key));
        return true;
    }

    /// <summary>Forgets the key of one direction.</summary>
    /// <returns>False when there is none.</returns>
    public bool Remove(InetAddress source, InetAddress destination)
    {
        (source, destination) = (source.Unmap(), destination.Unmap());
        return _keys.RemoveAll(entry => entry.Source == source && entry.Destination == destination) > 0;
    }

    /// <summary>Forgets all.</summary>
    public void Clear() => _keys.Clear();

    public override byte[]? Find(InetAddress source, InetAddress destination, bool isLeaving)
    {
        (source, destination) = (source.Unmap(), destination.Unmap());
        foreach ((InetAddress from, InetAddress to, byte[] key) in _keys)
            if (from == source && to == destination) return key;
        return null;
    }
}
