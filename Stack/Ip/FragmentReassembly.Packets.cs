using System.Diagnostics;
using System.Numerics;
using UserNet.Binding;
using UserNet.Doors;
using UserNet.Time;
using UserNet.Wire;

namespace UserNet.Ip;

// Which packets wait: how they are found, who makes place, and when they are given up.
public sealed partial class FragmentReassembly
{
    private const int SourceGroups = 1024;
    private const int MostBuckets = 1 << 16;

    private readonly FragmentStore _store = new();
    private FragmentedPacket?[] _buckets = [];      // made with the first fragment: most hosts never see one
    private Group[] _groups = [];
    private KeyedHash _hash;
    private FragmentedPacket? _oldest, _newest;
    private FragmentedPacket? _unused;              // chained by NextInBucket
    private byte[] _quote = [];
    private Deadline _deadline;

    private FragmentedPacket? Find(in FragmentKey key, out int bucket)
    {
        if (_buckets.Length == 0) MakeTables();
        bucket = (int)_hash.Of(key.Addresses, key.Rest) & (_buckets.Length - 1);
        FragmentedPacket? target = _buckets[bucket];
        while (target is not null && target.Key != key)
        {
            Steps++;
            target = target.NextInBucket;
        }

        return target;
    }

    private FragmentedPacket Begin(in FragmentKey key, int bucket, Timestamp now)
    {
        int sourceGroup = (int)_hash.Of(key.Source, 0) & (SourceGroups - 1);
        while (Count >= _settings.MaxFragmentedPackets) Evict(_oldest!);
        while (_groups[sourceGroup].Count >= _settings.MaxFragmentedPacketsPerSource) Evict(_groups[sourceGroup].Oldest!);
        FragmentedPacket target = _unused ?? new FragmentedPacket();
        _unused = target.NextInBucket;
        target.Begin(key, bucket, sourceGroup, now + _settings.FragmentTimeout);
        target.NextInBucket = _buckets[bucket];
        _buckets[bucket] = target;
        Link(target);
        Count++;
        Held += FragmentedPacket.Cost;
        MakeRoom(target, 0);
        Arm();
        return target;
    }

    /// <summary>Lets the oldest others go until so many more octets of memory may be used.</summary>
    private void MakeRoom(FragmentedPacket target, int octets)
    {
        while (Held + octets > _settings.FragmentMemory)
        {
            FragmentedPacket? oldest = _oldest != target ? _oldest : target.Newer;
            if (oldest is null) return;      // the largest packet alone needs less than the least that may be set
            Evict(oldest);
        }
    }

    private void Evict(FragmentedPacket target)
    {
        if (!target.IsDiscarded) _context.Drops.Count(DropReason.FragmentNoRoom);
        Remove(target);
    }

    /// <summary>Drops what has come, and goes on to know what still comes.</summary>
    private void GiveUp(FragmentedPacket target)
    {
        target.IsDiscarded = true;
        ReturnChunks(target);
        target.Port = null;
    }

    private void Expire(FragmentedPacket target, Timestamp now)
    {
        if (target.IsDiscarded)
        {
            Remove(target);
            return;
        }

        _context.Drops.Count(DropReason.FragmentTimeout);
        if (target.HeaderLength == 0)
        {
            Remove(target);
            return;
        }

        var first = new IpArrival
        {
            Packet = QuoteFirst(target),
            Port = target.Port!,
            Cast = target.Cast,
            Role = target.Role,
        };
        Remove(target);
        _host.OnFragmentTimeout(first, now);
    }

    /// <summary>The first fragment as it came, or as much of it as an error quotes.</summary>
    private Ipv4Packet QuoteFirst(FragmentedPacket target)
    {
        if (_quote.Length == 0) _quote = new byte[Quoted];
        ((ReadOnlySpan<byte>)target.Header)[..target.HeaderLength].CopyTo(_quote);
        int length = Math.Min((_quote[2] << 8) | _quote[3], Quoted);
        _store.Octets(target.Chunks[0])[..(length - target.HeaderLength)].CopyTo(_quote.AsSpan(target.HeaderLength));
        bool isRight = Ipv4Packet.TryParseQuoted(_quote.AsSpan(0, length), out Ipv4Packet first);
        Debug.Assert(isRight, "The first fragment was kept wrongly.");
        return first;
    }

    private void Remove(FragmentedPacket target)
    {
        ReturnChunks(target);
        Unlink(target);
        ref FragmentedPacket? place = ref _buckets[target.Bucket];
        while (place != target) place = ref place!.NextInBucket;
        place = target.NextInBucket;
        target.NextInBucket = _unused;
        target.Port = null;
        _unused = target;
        Count--;
        Held -= FragmentedPacket.Cost;
    }

    private void ReturnChunks(FragmentedPacket target)
    {
        for (int i = 0; i < FragmentedPacket.MaxChunks && target.ChunkCount > 0; i++)
        {
            if (target.Chunks[i] == 0) continue;
            _store.Return(target.Chunks[i]);
            target.Chunks[i] = 0;
            target.ChunkCount--;
            Held -= FragmentStore.ChunkCost;
        }
    }

    private void Link(FragmentedPacket target)
    {
        target.Older = _newest;
        target.Newer = null;
        if (_newest is null) _oldest = target;
        else _newest.Newer = target;
        _newest = target;

        ref Group group = ref _groups[target.SourceGroup];
        target.OlderOfGroup = group.Newest;
        target.NewerOfGroup = null;
        if (group.Newest is null) group.Oldest = target;
        else group.Newest.NewerOfGroup = target;
        group.Newest = target;
        group.Count++;
    }

    private void Unlink(FragmentedPacket target)
    {
        if (target.Older is null) _oldest = target.Newer;
        else target.Older.Newer = target.Newer;
        if (target.Newer is null) _newest = target.Older;
        else target.Newer.Older = target.Older;

        ref Group group = ref _groups[target.SourceGroup];
        if (target.OlderOfGroup is null) group.Oldest = target.NewerOfGroup;
        else target.OlderOfGroup.NewerOfGroup = target.NewerOfGroup;
        if (target.NewerOfGroup is null) group.Newest = target.OlderOfGroup;
        else target.NewerOfGroup.OlderOfGroup = target.OlderOfGroup;
        group.Count--;
        target.Older = target.Newer = target.OlderOfGroup = target.NewerOfGroup = null;
    }

    /// <summary>One deadline stands for all: that of the oldest, or of one that is gone.</summary>
    private void Arm()
    {
        if (_oldest is not null && !_context.Deadlines.Waits(_deadline)) _deadline = _context.Deadlines.Add(_oldest.Due, this);
    }

    private void MakeTables()
    {
        int buckets = (int)BitOperations.RoundUpToPowerOf2((uint)Math.Clamp(_settings.MaxFragmentedPackets, 16, MostBuckets));
        _hash = KeyedHash.FromRandom(_context.Random);
        _groups = new Group[SourceGroups];
        _buckets = new FragmentedPacket?[buckets];
    }

    /// <summary>Packets from sources whose hashes begin alike, oldest first.</summary>
    private struct Group
    {
        public FragmentedPacket? Oldest, Newest;
        public int Count;
    }
}
