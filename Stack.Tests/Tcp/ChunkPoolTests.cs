using UserNet.Tcp;
using UserNet.Tests.Infrastructure;
using Xunit;

namespace UserNet.Tests.Tcp;

public sealed class ChunkPoolTests
{
    private readonly ChunkPool _pool = new();

    [Fact]
    public void Chunks_that_are_out_are_counted()
    {
        byte[] first = _pool.Rent();
        _pool.Rent();
        Assert.Equal(2, _pool.Outstanding);
        _pool.Return(first);
        Assert.Equal(1, _pool.Outstanding);
        _pool.Abandon();
        Assert.Equal(0, _pool.Outstanding);
        Assert.Same(first, _pool.Rent());
    }

    [Fact]
    public void What_is_kept_for_later_is_bounded()
    {
        byte[][] chunks = [.. Enumerable.Range(0, 1100).Select(_ => _pool.Rent())];
        foreach (byte[] chunk in chunks) _pool.Return(chunk);
        HashSet<byte[]> kept = [.. Enumerable.Range(0, 1100).Select(_ => _pool.Rent())];
        Assert.Equal(1024, kept.Count(chunks.Contains));
    }

    [Theory]
    [InlineData(1, 8)]
    [InlineData(8, 8)]
    [InlineData(9, 16)]
    [InlineData(1024, 1024)]
    [InlineData(65537, 131072)]
    public void A_table_has_the_next_power_of_two(int asked, int given)
    {
        byte[]?[] table = _pool.RentTable(asked);
        Assert.Equal(given, table.Length);
        _pool.Return(table);
        Assert.Same(table, _pool.RentTable(asked));
    }

    [Fact]
    public void A_chain_of_links_comes_back_whole()
    {
        ChunkLink[] links = [_pool.RentLink(), _pool.RentLink(), _pool.RentLink()];
        links[0].Set(new byte[1], 0, links[1]);
        links[1].Set(new byte[1], 1, links[2]);
        _pool.Return(links[0]);
        ChunkLink[] again = [_pool.RentLink(), _pool.RentLink(), _pool.RentLink()];
        Assert.Equal([.. links.Reverse()], again);
        Assert.DoesNotContain(_pool.RentLink(), links);
        Assert.All(again, link => Assert.True(link.Memory.IsEmpty));
    }

    [Fact]
    public void Steady_use_allocates_nothing() => Assert.Equal(0, Allocation.Of(() =>
    {
        for (int i = 1; i < 1000; i++)
        {
            _pool.Return(_pool.Rent());
            _pool.Return(_pool.RentTable(i));
            _pool.Return(_pool.RentLink());
            _pool.Return(_pool.RentHeld());
        }
    }));
}
