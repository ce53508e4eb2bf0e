using UserNet.Tcp;
using UserNet.Tests.Infrastructure;
using Xunit;

namespace UserNet.Tests.Tcp;

public sealed class SendRingTests
{
    private const int ChunkSize = ChunkPool.ChunkSize;

    private readonly ChunkPool _pool = new();
    private SendRing _ring;

    public SendRingTests()
    {
        _ring = new SendRing(_pool) { Capacity = 100_000 };
        _ring.Start(new SequenceNumber(0xFFFF_F000));
    }

    [Fact]
    public void It_takes_what_fits_and_a_change_of_capacity_counts_at_once()
    {
        Assert.Equal(100_000, _ring.Write(Octets(0, 120_000)));
        Assert.Equal(0, _ring.Room);
        _ring.Capacity = 50_000;
        Assert.Equal(0, _ring.Room);
        _ring.Acknowledge(_ring.Una + 60_000);
        Assert.Equal(10_000, _ring.Room);
        Assert.Equal(10_000, _ring.Write(Octets(100_000, 20_000)));
        Assert.Equal(Octets(60_000, 50_000), Copy(0, 50_000));
    }

    [Fact]
    public void What_is_not_there_cannot_be_copied()
    {
        _ring.Write(Octets(0, 100));
        _ring.Acknowledge(_ring.Una + 50);
        Assert.Equal(Octets(50, 50), Copy(0, 50));
        Assert.Throws<ArgumentOutOfRangeException>(() => Copy(0, 51));
        Assert.Throws<ArgumentOutOfRangeException>(() => Copy(-1, 2));
        Assert.Throws<ArgumentOutOfRangeException>(() => Copy(50, 1));
        Assert.Throws<ArgumentOutOfRangeException>(() => Copy(int.MinValue, 1));
        Assert.Empty(Copy(50, 0));
    }

    [Fact]
    public void A_number_beyond_the_end_lets_go_of_all_and_an_old_one_of_nothing()
    {
        _ring.Write(Octets(0, 100));
        SequenceNumber end = _ring.End;
        _ring.Acknowledge(_ring.Una - 1);
        Assert.Equal(100, _ring.Count);
        _ring.Acknowledge(end + 1);
        Assert.Equal((end, 0, 0), (_ring.Una, _ring.Count, _pool.Outstanding));
    }

    [Fact]
    public void Chunks_go_back_as_they_are_acknowledged()
    {
        _ring.Write(Octets(0, 5 * ChunkSize));
        Assert.Equal(5, _pool.Outstanding);
        _ring.Acknowledge(_ring.Una + ChunkSize - 1);
        Assert.Equal(5, _pool.Outstanding);
        _ring.Acknowledge(_ring.Una + 1);
        Assert.Equal(4, _pool.Outstanding);
        _ring.Acknowledge(_ring.Una + (3 * ChunkSize) + 7);
        Assert.Equal(1, _pool.Outstanding);
        Assert.Equal(Octets((4 * ChunkSize) + 7, 100), Copy(0, 100));
        _ring.Clear();
        Assert.Equal((0, 0), (_ring.Count, _pool.Outstanding));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(ChunkSize - 10)]
    [InlineData(ChunkSize)]
    public void Lent_memory_is_as_long_as_asked_and_what_was_written_there_follows(int before)
    {
        _ring.Write(Octets(0, before));
        foreach (int hint in (int[])[0, 10, 11, ChunkSize])
        {
            Memory<byte> memory = _ring.GetMemory(hint);
            Assert.True(memory.Length >= Math.Max(hint, 1));
            Octets(_ring.Count, 9).CopyTo(memory);
            _ring.Advance(Math.Min(9, memory.Length));
        }

        Assert.Equal(Octets(0, _ring.Count), Copy(0, _ring.Count));
        Assert.Throws<ArgumentOutOfRangeException>(() => _ring.GetMemory(ChunkSize + 1));
        _ring.Acknowledge(_ring.End);
        Assert.Equal(0, _pool.Outstanding);
    }

    [Fact]
    public void More_than_was_lent_cannot_be_taken()
    {
        _ring.Write(Octets(0, 100));
        _ring.GetMemory(0);
        Assert.Throws<ArgumentOutOfRangeException>(() => _ring.Advance(ChunkSize - 99));
        Assert.Throws<ArgumentOutOfRangeException>(() => _ring.Advance(-1));
        _ring.Advance(0);
        _ring.Advance(1);
        Assert.Equal(100, _ring.Count);
    }

    [Fact]
    public void A_loan_may_go_beyond_the_capacity_and_then_there_is_no_room()
    {
        _ring.Capacity = 10;
        Octets(0, 100).CopyTo(_ring.GetMemory(100));
        _ring.Advance(100);
        Assert.Equal((100, 0), (_ring.Count, _ring.Room));
        Assert.Equal(0, _ring.Write(Octets(0, 1)));
    }

    [Fact]
    public void Octets_written_while_memory_is_lent_come_before_those_written_there()
    {
        _ring.Write(Octets(0, 100));
        Memory<byte> memory = _ring.GetMemory(10);
        _ring.Write(Octets(100, ChunkSize));
        Octets(100 + ChunkSize, 50).CopyTo(memory);
        _ring.Advance(50);
        Assert.Equal(Octets(0, 150 + ChunkSize), Copy(0, 150 + ChunkSize));
        _ring.Acknowledge(_ring.End);
        Assert.Equal(0, _pool.Outstanding);
    }

    [Fact]
    public void Lent_memory_stays_the_writers_when_all_is_acknowledged()
    {
        _ring.Write(Octets(0, 100));
        Memory<byte> memory = _ring.GetMemory(0);
        _ring.Acknowledge(_ring.End);
        Assert.Equal(1, _pool.Outstanding);
        Octets(0, 100).CopyTo(memory);
        _ring.Advance(100);
        Assert.Equal(Octets(0, 100), Copy(0, 100));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Memory_that_is_lent_when_the_ring_is_cleared_never_serves_another(bool isBeside)
    {
        _ring.Write(Octets(0, 100));
        Memory<byte> memory = _ring.GetMemory(isBeside ? ChunkSize : 10);
        _ring.Clear();
        Assert.Equal(0, _pool.Outstanding);
        var others = new SendRing(_pool) { Capacity = 100_000 };
        others.Write(Octets(0, 100_000));
        memory.Span.Fill(0xEE);
        _ring.Advance(10);
        Assert.Equal(0, _ring.Count);
        byte[] copy = new byte[100_000];
        others.Copy(others.Una, copy);
        Assert.Equal(Octets(0, 100_000), copy);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(100)]
    [InlineData(ChunkSize)]
    public void Lent_memory_shows_nothing_of_other_connections(int before)
    {
        byte[][] chunks = [.. Enumerable.Range(0, 8).Select(_ => _pool.Rent())];
        foreach (byte[] chunk in chunks) _pool.Return(chunk);
        foreach (byte[] chunk in chunks) chunk.AsSpan().Fill(0xEE);
        _ring.Write(new byte[before]);
        for (int i = 0; i < 3; i++)
        {
            Assert.Equal(-1, _ring.GetMemory(10).Span.IndexOf((byte)0xEE));
            _ring.Advance(20);
            _ring.Write(new byte[ChunkSize / 2]);
            Assert.Equal(-1, _ring.GetMemory(ChunkSize).Span.IndexOf((byte)0xEE));
            _ring.Write(new byte[ChunkSize / 2]);
            _ring.Advance(20);
        }
    }

    [Fact]
    public void Steady_use_allocates_nothing()
    {
        byte[] octets = Octets(0, 70_000), target = new byte[70_000];
        Assert.Equal(0, Allocation.Of(() =>
        {
            for (int i = 0; i < 100; i++)
            {
                _ring.Write(octets);
                _ring.Copy(_ring.Una, target.AsSpan(0, 1460 + i));
                _ring.GetMemory(1000);
                _ring.Advance(1000);
                _ring.Acknowledge(_ring.Una + (i % 7 == 0 ? _ring.Count : 65_000));
            }
        }));
    }

    internal static byte[] Octets(int from, int count)
    {
        byte[] octets = new byte[count];
        for (int i = 0; i < count; i++) octets[i] = (byte)((from + i) * 31 % 251);
        return octets;
    }

    private byte[] Copy(int offset, int count)
    {
        byte[] target = new byte[count];
        _ring.Copy(_ring.Una + offset, target);
        return target;
    }
}
