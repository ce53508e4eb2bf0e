using System.Numerics;
using UserNet.Addressing;

namespace UserNet.Binding;

/// <summary>
/// Finds holders by what a packet says: the connected ones by both ends, the others by local address and port. A hash
/// table whose chains are links in the holders.
/// </summary>
/// <remarks>The order of a chain means nothing: who looks compares <see cref="Holder.Sequence"/>. Gate held.</remarks>
internal sealed class LookupIndex(ulong seed)
{
    private const ulong PortSpread = 0xC2B2_AE3D_27D4_EB4F;      // odd: ports stay apart in the upper bits

    private readonly ulong _seed = seed | 1;      // not 0, whatever the door to chance says
    private readonly ulong _otherSeed = BitOperations.RotateLeft(seed, 29) * 0x9E37_79B9_7F4A_7C15;
    private Bucket[] _buckets = new Bucket[64];

    public int Count { get; private set; }

    public void Add(Holder holder)
    {
        if (Count * 2 >= _buckets.Length) Grow();
        Count++;
        Link(holder, HashOf(holder));
    }

    public void Remove(Holder holder)
    {
        Count--;
        if (holder.PreviousInBucket is { } previous) previous.NextInBucket = holder.NextInBucket;
        else _buckets[holder.Hash & (uint)(_buckets.Length - 1)].First = holder.NextInBucket;
        if (holder.NextInBucket is { } next) next.PreviousInBucket = holder.PreviousInBucket;
        holder.NextInBucket = holder.PreviousInBucket = null;
    }

    /// <summary>The chain in which holders of this pair of ends are, among others.</summary>
    public Holder? Connected(in TupleKey tuple) => _buckets[Hash(tuple) & (uint)(_buckets.Length - 1)].First;

    /// <summary>The chain in which unconnected holders of this local address and port are, among others.</summary>
    public Holder? Unconnected(InetAddress local, ushort port) =>
        _buckets[Hash(local, port) & (uint)(_buckets.Length - 1)].First;

    /// <summary>A hash of both ends for other uses, such as spreading load.</summary>
    public uint Hash(in TupleKey tuple)
    {
        ulong hash = Mix(tuple.Local.High, tuple.Local.Low ^ (tuple.LocalPort * PortSpread));
        return Fold(Mix(hash ^ tuple.Remote.High, tuple.Remote.Low ^ (tuple.RemotePort * PortSpread)));
    }

    private uint Hash(InetAddress local, ushort port) => Fold(Mix(local.High, local.Low ^ (port * PortSpread)));

    private uint HashOf(Holder holder) =>
        holder.IsConnected ? Hash(holder.Tuple) : Hash(holder.Claim.Address, holder.Port);

    private static uint Fold(ulong hash) => (uint)(hash ^ (hash >> 32));

    /// <summary>A product of both, folded. Either factor is hidden by the seed, so that no peer can choose one that is 0.</summary>
    private ulong Mix(ulong first, ulong second)
    {
        ulong high = Math.BigMul(first ^ _seed, second ^ _otherSeed, out ulong low);
        return high ^ low;
    }

    private void Link(Holder holder, uint hash)
    {
        holder.Hash = hash;
        ref Holder? head = ref _buckets[hash & (uint)(_buckets.Length - 1)].First;
        holder.NextInBucket = head;
        holder.PreviousInBucket = null;
        if (head is not null) head.PreviousInBucket = holder;
        head = holder;
    }

    private void Grow()
    {
        Bucket[] old = _buckets;
        _buckets = new Bucket[old.Length * 2];
        foreach (Bucket bucket in old)
        {
            for (Holder? holder = bucket.First; holder is not null;)
            {
                Holder? next = holder.NextInBucket;
                Link(holder, holder.Hash);
                holder = next;
            }
        }
    }

    /// <summary>One chain: a struct, so that writing one needs no type check.</summary>
    private struct Bucket
    {
        public Holder? First;
    }
}
