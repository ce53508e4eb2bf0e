using System.Diagnostics;
using System.Numerics;
using UserNet.Binding;
using UserNet.Doors;
using UserNet.Link;
using UserNet.Time;
using UserNet.Wire;
using static System.Buffers.Binary.BinaryPrimitives;

namespace UserNet.Ip;

// Which packets wait: how they are found, who makes place, and when they are given up.
public sealed partial class FragmentReassembly
{
    private const int SourceGroups = 1024;
    private const int MostBuckets = 1 << 16;

    private readonly FragmentStore _store = new();
    private readonly Line[] _lines = new Line[2];   // IPv4 and IPv6 packets, which wait for different times
    private FragmentedPacket?[] _buckets = [];      // made with the first fragment: most hosts never see one
    private Group[] _groups = [];
    private KeyedHash _hash;
    private FragmentedPacket? _unused;              // chained by NextInBucket
    private byte[] _quote = [];

    private FragmentedPacket? Find(in FragmentKey key, out int bucket)
    {
        if (_buckets.Length == 0) MakeTables();
        bucket = (int)key.HashBy(_hash) & (_buckets.Length - 1);
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
        while (Count >= _settings.MaxFragmentedPackets) Evict(OldestBut(null)!);
        while (_groups[sourceGroup].Count >= _settings.MaxFragmentedPacketsPerSource) Evict(_groups[sourceGroup].Oldest!);
        FragmentedPacket target = _unused ?? new FragmentedPacket();
        _unused = target.NextInBucket;
        target.Begin(key, bucket, sourceGroup, now, now + (key.IsV6 ? _settings.FragmentTimeoutV6 : _settings.FragmentTimeout));
        target.NextInBucket = _buckets[bucket];
        _buckets[bucket] = target;
        Link(target);
        Count++;
        Held += FragmentedPacket.Cost;
        MakeRoom(target, 0);
        Arm(ref LineOf(target));
        return target;
    }

    /// <summary>Lets the oldest others go until so many more octets of memory may be used.</summary>
    private void MakeRoom(FragmentedPacket target, int octets)
    {
        while (Held + octets > _settings.FragmentMemory)
        {
            FragmentedPacket? oldest = OldestBut(target);
            if (oldest is null) return;      // the largest packet alone needs less than the least that may be set
            Evict(oldest);
        }
    }

    private ref Line LineOf(FragmentedPacket target) => ref _lines[target.Key.IsV6 ? 1 : 0];

    /// <summary>The packet whose first fragment came first, of both families; not the one that is given.</summary>
    private FragmentedPacket? OldestBut(FragmentedPacket? target)
    {
        FragmentedPacket? a = _lines[0].Oldest, b = _lines[1].Oldest;
        if (target is not null && a == target) a = target.Newer;
        if (target is not null && b == target) b = target.Newer;
        return a is null || (b is not null && b.Began < a.Began) ? b : a;
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

        LinkPort port = target.Port!;
        LinkCast cast = target.Cast;
        AddressRole role = target.Role;
        ReadOnlySpan<byte> octets = QuoteFirst(target);
        IFragmentTimeout? host = target.Key.IsV6 ? HostV6 : _host;
        bool isV6 = target.Key.IsV6;
        Remove(target);
        if (isV6)
        {
            bool isRight = Ipv6Packet.TryParseQuoted(octets, out Ipv6Packet packet);
            Debug.Assert(isRight, "The first fragment was kept wrongly.");
            host?.OnFragmentTimeout(new IpArrival { PacketV6 = packet, Port = port, Cast = cast, Role = role }, now);
        }
        else
        {
            bool isRight = Ipv4Packet.TryParseQuoted(octets, out Ipv4Packet packet);
            Debug.Assert(isRight, "The first fragment was kept wrongly.");
            host?.OnFragmentTimeout(new IpArrival { Packet = packet, Port = port, Cast = cast, Role = role }, now);
        }
    }

    /// <summary>The first fragment as it came, or as much of it as an error quotes.</summary>
    private ReadOnlySpan<byte> QuoteFirst(FragmentedPacket target)
    {
        if (_quote.Length == 0) _quote = new byte[QuotedV6];
        Span<byte> quote = target.Key.IsV6 ? _quote : _quote.AsSpan(0, Quoted);
        Span<byte> headers = HeadersOf(target);
        headers.CopyTo(quote);
        int at = headers.Length;
        if (target.Key.IsV6)
        {
            quote[at] = (byte)target.NextHeader;
            quote[at + 1] = quote[at + 2] = 0;
            quote[at + 3] = 1;      // more of them follow
            WriteUInt32BigEndian(quote[(at + 4)..], (uint)(target.Key.Rest >> 32));
            at += Ipv6FragmentHeader.Length;
        }

        int left = Math.Min(target.FirstLength, quote.Length - at);
        for (int i = 0; left > 0; i++)
        {
            int length = Math.Min(left, FragmentStore.ChunkSize);
            _store.Octets(target.Chunks[i])[..length].CopyTo(quote[at..]);
            at += length;
            left -= length;
        }

        return quote[..at];
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

        if (target.HeaderChunk == 0) return;
        _store.Return(target.HeaderChunk);
        target.HeaderChunk = 0;
        Held -= FragmentStore.ChunkCost;
    }

    private void Link(FragmentedPacket target)
    {
        ref Line line = ref LineOf(target);
        target.Older = line.Newest;
        target.Newer = null;
        if (line.Newest is null) line.Oldest = target;
        else line.Newest.Newer = target;
        line.Newest = target;

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
        ref Line line = ref LineOf(target);
        if (target.Older is null) line.Oldest = target.Newer;
        else target.Older.Newer = target.Newer;
        if (target.Newer is null) line.Newest = target.Older;
        else target.Newer.Older = target.Older;

        ref Group group = ref _groups[target.SourceGroup];
        if (target.OlderOfGroup is null) group.Oldest = target.NewerOfGroup;
        else target.OlderOfGroup.NewerOfGroup = target.NewerOfGroup;
        if (target.NewerOfGroup is null) group.Newest = target.OlderOfGroup;
        else target.NewerOfGroup.OlderOfGroup = target.OlderOfGroup;
        group.Count--;
        target.Older = target.Newer = target.OlderOfGroup = target.NewerOfGroup = null;
    }

    /// <summary>One deadline stands for all of a family: that of the oldest, or of one that is gone.</summary>
    private void Arm(ref Line line)
    {
        if (line.Oldest is { } oldest && !_context.Deadlines.Waits(line.Deadline))
            line.Deadline = _context.Deadlines.Add(oldest.Due, this);
    }

    private void MakeTables()
    {
        int buckets = (int)BitOperations.RoundUpToPowerOf2((uint)Math.Clamp(_settings.MaxFragmentedPackets, 16, MostBuckets));
        _hash = KeyedHash.FromRandom(_context.Random);
        _groups = new Group[SourceGroups];
        _buckets = new FragmentedPacket?[buckets];
    }

    /// <summary>The packets of a family in the order in which they began.</summary>
    private struct Line
    {
        public FragmentedPacket? Oldest, Newest;
        public Deadline Deadline;
    }

    /// <summary>Packets from sources whose hashes begin alike, oldest first.</summary>
    private struct Group
    {
        public FragmentedPacket? Oldest, Newest;
        public int Count;
    }
}
