using System.Buffers;
using UserNet.Tcp;
using Xunit;

namespace UserNet.Tests.Tcp;

/// <summary>The receive ring against a plain note of which octets of a stream have come, under random use.</summary>
public sealed class ReceiveRingModelTests
{
    private readonly ChunkPool _pool = new();
    private readonly bool[] _come = new bool[600_002];      // by offset in the stream; what is read has come too
    private readonly List<SackBlock> _told = [];
    private readonly byte[] _stream = new byte[600_000];
    private SequenceNumber _irs;
    private int _first, _next, _held;
    private SackBlock? _duplicate;

    public ReceiveRingModelTests() => new Random(1).NextBytes(_stream);

    [Fact]
    public void Any_use_agrees_with_a_note_of_what_has_come_and_gives_all_chunks_back()
    {
        for (int seed = 0; seed < TestSettings.Count(1_000, 20_000); seed++)
        {
            Use(new Random(seed), seed % 16 == 0 ? 60_000 : 3_000);
            Assert.True(_pool.Outstanding == 0, $"seed {seed}");
        }
    }

    private void Use(Random random, int scale)
    {
        _irs = new SequenceNumber(0u - (uint)random.Next(scale * 4));
        (_first, _next, _held, _duplicate) = (0, 0, 0, null);
        _come.AsSpan().Clear();
        _told.Clear();
        var ring = new ReceiveRing(_pool) { Limit = scale };
        ring.Start(_irs);
        for (int step = 0; step < 60; step++)
        {
            switch (random.Next(8))
            {
                case < 3: Insert(ref ring, _next, random.Next(scale / 4)); break;
                case < 6:
                    int offset = Math.Max(0, _next + random.Next(-scale / 8, scale));
                    Insert(ref ring, offset, random.Next(scale / 8));
                    break;
                case 6: Read(ref ring, random); break;
                default: ring.Limit = random.Next(scale / 2, scale * 2); break;
            }

            Assert.Equal((_irs + _first, _irs + _next, _next - _first), (ring.First, ring.Next, ring.Count));
            Assert.Equal(_held, ring.Beyond);
            Assert.Equal(ring.Beyond > 0, ring.HasGap);
            CheckBlocks(ref ring);
        }

        ring.Clear();
    }

    private void Insert(ref ReceiveRing ring, int offset, int count)
    {
        offset = Math.Min(offset, _stream.Length);
        count = Math.Min(count, _stream.Length - offset);
        int end = Math.Min(offset + count, Math.Max(_first + ring.Limit, Math.Min(offset + count, _next)));
        bool hadGap = ring.HasGap;
        int before = _next;
        int first = offset, together = 0, taken = 0;
        while (first < end && !_come[first]) first++;
        while (first + together < end && _come[first + together]) together++;
        for (int n = offset; n < end; n++)
        {
            if (!_come[n]) taken++;
            _come[n] = true;
        }

        while (_come[_next]) _next++;
        _held += taken - (_next - before);

        InsertResult result = ring.Insert(_irs + offset, _stream.AsSpan(offset, count));
        Assert.Equal((_next - before, taken), (result.Advanced, result.Taken));
        Assert.Equal(hadGap && _next > before, result.HasFilledGap);
        if (together > 0) _duplicate = CheckDuplicate(result.Duplicate, first, together, before);
        else Assert.Equal(default, result.Duplicate);
        if (end > Math.Max(offset, _next)) _told.Insert(0, new SackBlock(_irs + offset, _irs + end));
        Assert.Equal(_duplicate is not null, ring.TryTakeDuplicate(out SackBlock duplicate));
        Assert.Equal(_duplicate ?? default, duplicate);
        _duplicate = null;
    }

    // What lies before RCV.NXT and what is held right behind it count as two: they never touch.
    private SackBlock CheckDuplicate(SackBlock duplicate, int first, int together, int next)
    {
        Assert.True(first >= next || first + together <= next);
        Assert.Equal(new SackBlock(_irs + first, _irs + first + together), duplicate);
        return duplicate;
    }

    private void CheckBlocks(ref ReceiveRing ring)
    {
        SackBlock[] blocks = new SackBlock[4];
        blocks = blocks[..ring.CopySackBlocks(blocks)];
        Assert.True(ring.HasGap || blocks.Length == 0);
        Assert.Equal(blocks.Length, blocks.Distinct().Count());
        foreach (SackBlock block in blocks)
        {
            int left = block.Left - _irs, right = block.Right - _irs;
            Assert.True(left > _next);
            Assert.False(_come.AsSpan(left, right - left).Contains(false));
        }

        // The block of the last arrival that is still beyond a gap comes first.
        // The ring remembers four: of what lies further back nothing is asked.
        SequenceNumber next = ring.Next;
        SackBlock last = _told.Take(4).FirstOrDefault(told => told.Right > next);
        if (last.Length == 0) return;
        Assert.True(SequenceNumber.Max(last.Left, next).IsIn(blocks[0].Left, blocks[0].Length));
    }

    private void Read(ref ReceiveRing ring, Random random)
    {
        int asked = random.Next(3) == 0 ? ring.Count : random.Next(ring.Count + 1);
        ReadOnlySpan<byte> expected = _stream.AsSpan(_first, ring.Count);
        byte[] target = new byte[asked];
        Assert.Equal(asked, ring.Read(target, peek: true));
        Assert.True(expected[..asked].SequenceEqual(target));
        if (random.Next(2) == 0)
        {
            ReadOnlySequence<byte> lent = ring.Lend();
            Assert.True(expected.SequenceEqual(lent.ToArray()));
            ring.Consume(asked);
        }
        else
        {
            target.AsSpan().Clear();
            Assert.Equal(asked, ring.Read(target, peek: false));
            Assert.True(expected[..asked].SequenceEqual(target));
        }

        _first += asked;
    }
}
