using System.Buffers;
using UserNet.Tcp;
using UserNet.Tests.Infrastructure;
using Xunit;

namespace UserNet.Tests.Tcp;

public sealed class ReceiveRingTests
{
    private const int ChunkSize = ChunkPool.ChunkSize;

    private readonly ChunkPool _pool = new();
    private ReceiveRing _ring;
    private readonly SequenceNumber _irs = new(0xFFFF_FE00);

    public ReceiveRingTests()
    {
        _ring = new ReceiveRing(_pool) { Limit = 100_000 };
        _ring.Start(_irs);
    }

    [Fact]
    public void What_comes_in_order_can_be_read()
    {
        Assert.Equal(new InsertResult(1000, 1000, false, default), Insert(0, 1000));
        Assert.Equal((_irs, _irs + 1000), (_ring.First, _ring.Next));
        Assert.Equal((1000, 0, false), (_ring.Count, _ring.Beyond, _ring.HasGap));
        Assert.Equal(Octets(0, 600), Read(600, peek: true));
        Assert.Equal(Octets(0, 600), Read(600));
        Assert.Equal(Octets(600, 400), Read(600));
        Assert.Empty(Read(1));
        Assert.Equal(0, _pool.Outstanding);
    }

    [Fact]
    public void What_fills_a_gap_brings_what_is_held_with_it()
    {
        Assert.Equal(new InsertResult(0, 500, false, default), Insert(1000, 500));
        Assert.Equal(new InsertResult(0, 500, false, default), Insert(2000, 500));
        Assert.Equal((0, 1000, true), (_ring.Count, _ring.Beyond, _ring.HasGap));
        Assert.Equal(new InsertResult(500, 500, true, default), Insert(0, 500));
        Assert.Equal(new InsertResult(1000, 500, true, default), Insert(500, 500));
        Assert.Equal((1500, 500, true), (_ring.Count, _ring.Beyond, _ring.HasGap));
        Assert.Equal(new InsertResult(1000, 500, true, default), Insert(1500, 500));
        Assert.False(_ring.HasGap);
        Assert.Equal(Octets(0, 2500), Read(3000));
        Assert.False(_ring.TryTakeDuplicate(out _));
    }

    [Fact]
    public void Octets_beyond_the_limit_are_refused()
    {
        _ring.Limit = 1000;
        Assert.Equal(400, Insert(600, 1000).Taken);
        Assert.Equal(0, Insert(1000, 1).Taken);
        Assert.Equal(1000, Insert(0, 600).Advanced);
        Assert.Equal(new InsertResult(0, 0, false, default), Insert(1000, 1));
        _ring.Limit = 500;
        Assert.Equal(Octets(0, 300), Read(300));
        Assert.Equal(0, Insert(1000, 1).Taken);
        _ring.Limit = 1000;
        Assert.Equal(300, Insert(1000, 500).Advanced);
        Assert.Equal(Octets(300, 1000), Read(2000));
    }

    [Fact]
    public void A_segment_that_begins_before_the_next_octet_gives_what_is_new_of_it()
    {
        Insert(0, 1000);
        Read(300);
        InsertResult result = Insert(200, 1000);
        Assert.Equal(new InsertResult(200, 200, false, Block(200, 1000)), result);
        Assert.True(_ring.TryTakeDuplicate(out SackBlock duplicate));
        Assert.Equal(Block(200, 1000), duplicate);
        Assert.False(_ring.TryTakeDuplicate(out _));
        Assert.Equal(Octets(300, 900), Read(1000));
    }

    // RFC 2018 7, case 3: 8 segments of 500 octets from 5000 on, of which the 2nd, 4th, 6th and 8th are lost.
    [Fact]
    public void Blocks_are_told_of_as_in_the_example_of_RFC_2018()
    {
        _ring.Start(new SequenceNumber(5000));
        foreach (int place in (int[])[0, 1000, 2000, 3000]) _ring.Insert(_ring.First + place, new byte[500]);
        Assert.Equal([At(8000, 8500), At(7000, 7500), At(6000, 6500)], Blocks(3));
        _ring.Insert(new SequenceNumber(6500), new byte[500]);
        Assert.Equal([At(6000, 7500), At(8000, 8500)], Blocks(3));
        _ring.Insert(new SequenceNumber(5500), new byte[500]);
        Assert.Equal([At(8000, 8500)], Blocks(3));
        Assert.Equal(new SequenceNumber(7500), _ring.Next);
    }

    [Fact]
    public void The_blocks_last_told_of_are_told_of_again_and_none_twice()
    {
        foreach (int place in (int[])[9000, 1000, 3000, 5000, 7000]) Insert(place, 500);
        Assert.Equal([Block(7000, 7500), Block(5000, 5500), Block(3000, 3500), Block(1000, 1500)], Blocks(4));
        Insert(5500, 500);
        Assert.Equal([Block(5000, 6000), Block(7000, 7500), Block(3000, 3500)], Blocks(3));
        Insert(3100, 100);
        Assert.Equal([Block(3000, 3500), Block(5000, 6000)], Blocks(2));
        Insert(0, 1000);
        Assert.Equal([Block(3000, 3500), Block(5000, 6000), Block(7000, 7500)], Blocks(4));      // the fifth was forgotten, as in Linux
    }

    // RFC 2883 4.1 to 4.3: a whole segment again, part of one held beyond a gap, and two parts of which the first is
    // told of.
    [Fact]
    public void A_duplicate_is_told_of_as_in_the_examples_of_RFC_2883()
    {
        Insert(0, 500);
        Assert.Equal(Block(0, 500), Insert(0, 500).Duplicate);
        Insert(1000, 500);
        Assert.Equal(Block(1000, 1500), Insert(1000, 500).Duplicate);
        Assert.Equal([Block(1000, 1500)], Blocks(4));
        Assert.Equal(Block(1000, 1500), Insert(800, 1000).Duplicate);
        Insert(2500, 500);
        InsertResult result = Insert(500, 2600);
        Assert.Equal(new InsertResult(2600, 1100, true, Block(800, 1800)), result);
        Assert.False(_ring.HasGap);
    }

    [Fact]
    public void Too_many_gaps_are_refused_until_some_are_filled()
    {
        for (int i = 0; i < SequenceRanges.MaxCount; i++) Assert.Equal(1, Insert(1 + (i * 2), 1).Taken);
        Assert.Equal(0, Insert(5000, 1).Taken);
        Assert.Equal(2, Insert(0, 1).Advanced);
        Assert.Equal(1, Insert(5000, 1).Taken);
        Insert(0, 5000);
        Assert.Equal(Octets(0, 5001), Read(6000));
        Assert.Equal(0, _pool.Outstanding);
    }

    [Fact]
    public void What_can_be_read_is_lent_where_it_lies()
    {
        Insert(0, 90_000);
        Read(1000);
        Insert(90_100, 50);
        ReadOnlySequence<byte> lent = _ring.Lend();
        Assert.Equal(Octets(1000, 89_000), lent.ToArray());
        _ring.Consume((int)lent.Slice(lent.Start, lent.GetPosition(40_000)).Length);
        lent = _ring.Lend();
        Assert.Equal(Octets(41_000, 49_000), lent.ToArray());
        _ring.Consume(0);
        _ring.Consume(1);
        Assert.Equal(49_000, _ring.Count);
        Insert(90_000, 100);
        _ring.Lend();
        Assert.Throws<ArgumentOutOfRangeException>(() => _ring.Consume(49_151));
        _ring.Consume(49_150);
        Assert.True(_ring.Lend().IsEmpty);
        Assert.Equal(0, _pool.Outstanding);
    }

    [Theory]
    [InlineData(1000, false)]
    [InlineData(90_000, false)]
    [InlineData(1000, true)]
    [InlineData(90_000, true)]
    public void Lent_memory_never_serves_another_before_it_is_given_back(int octets, bool isRead)
    {
        Insert(0, octets);
        ReadOnlySequence<byte> lent = _ring.Lend();
        if (isRead) Read(octets);
        else _ring.Clear();
        var other = new ReceiveRing(_pool) { Limit = 100_000 };
        other.Insert(default, new byte[100_000]);
        other.Lend();
        Assert.Equal(Octets(0, octets), lent.ToArray());
        _ring.Consume(0);
        other.Consume(100_000);
        Assert.Equal(0, _pool.Outstanding);
    }

    [Fact]
    public void Clearing_forgets_all()
    {
        Insert(0, 20_000);
        Insert(30_000, 100);
        Insert(0, 1);
        _ring.Clear();
        Assert.Equal((0, 0, false, 0), (_ring.Count, _ring.Beyond, _ring.HasGap, _pool.Outstanding));
        Assert.Empty(Blocks(4));
        Assert.False(_ring.TryTakeDuplicate(out _));
        _ring.Start(_irs);
        Assert.Equal(10, Insert(0, 10).Advanced);
    }

    [Fact]
    public void A_lone_octet_far_out_holds_one_chunk()
    {
        _ring.Limit = 1 << 30;
        _ring.Insert(_irs + ((1 << 30) - 1), [7]);
        Assert.Equal(1, _pool.Outstanding);
        _ring.Clear();
        Assert.Equal(0, _pool.Outstanding);
    }

    [Fact]
    public void Steady_use_allocates_nothing_in_order_or_out_of_it()
    {
        byte[] octets = Octets(0, 70_000), target = new byte[70_000];
        Assert.Equal(0, Allocation.Of(() =>
        {
            for (int i = 0; i < 100; i++)
            {
                for (int j = 4; j >= 0; j--) _ring.Insert(_ring.First + (j * 4000), octets.AsSpan(0, 3000));
                for (int j = 0; j < 5; j++) _ring.Insert(_ring.First + (j * 4000) + 2000, octets.AsSpan(0, 2000));
                _ring.Insert(_ring.Next, octets);
                _ring.Lend();
                _ring.Consume(i * 800);
                _ring.Read(target, peek: false);
                _ring.Lend();
                _ring.Consume(_ring.Count);
            }
        }));
    }

    private static byte[] Octets(int from, int count) => SendRingTests.Octets(from, count);

    private static SackBlock At(uint left, uint right) => new(new SequenceNumber(left), new SequenceNumber(right));

    private SackBlock Block(int left, int right) => new(_irs + left, _irs + right);

    private InsertResult Insert(int offset, int count) => _ring.Insert(_irs + offset, Octets(offset, count));

    private SackBlock[] Blocks(int most)
    {
        SackBlock[] blocks = new SackBlock[most];
        return blocks[.._ring.CopySackBlocks(blocks)];
    }

    private byte[] Read(int count, bool peek = false)
    {
        byte[] target = new byte[count];
        return target[.._ring.Read(target, peek)];
    }
}
