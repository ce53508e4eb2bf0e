using UserNet.Buffers;
using UserNet.Tests.Infrastructure;
using Xunit;

namespace UserNet.Tests.Buffers;

public sealed class PacketPoolTests
{
    private readonly PacketPool _pool = new();

    [Fact]
    public void Buffers_that_are_out_are_counted()
    {
        PacketBuffer[] buffers = [.. Enumerable.Range(0, 10).Select(i => _pool.Rent(i * 1000))];
        Assert.Equal(10, _pool.Outstanding);
        foreach (PacketBuffer buffer in buffers[..4]) buffer.Return();
        Assert.Equal(6, _pool.Outstanding);
        foreach (PacketBuffer buffer in buffers[4..]) buffer.Return();
        Assert.Equal(0, _pool.Outstanding);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(PacketPool.SmallSize)]
    [InlineData(PacketPool.SmallSize + 1)]
    [InlineData(65_535 + 18)]
    [InlineData(PacketPool.LargeSize)]
    public void A_buffer_has_room_for_what_was_asked_for(int octets)
    {
        PacketBuffer buffer = _pool.Rent(octets);
        Assert.True(buffer.RoomBehind >= octets);
        Assert.Equal(PacketBuffer.Headroom, buffer.RoomInFront);
    }

    [Fact]
    public void More_than_the_largest_packet_is_refused()
    {
        Assert.Throws<ArgumentOutOfRangeException>(() => _pool.Rent(PacketPool.LargeSize + 1));
        Assert.Equal(0, _pool.Outstanding);
    }

    [Theory]
    [InlineData(10)]
    [InlineData(10_000)]
    public void A_returned_buffer_comes_again_as_if_new(int octets)
    {
        PacketBuffer buffer = _pool.Rent(octets);
        buffer.Append(octets);
        buffer.Prepend(20);
        buffer.Offload = new PacketOffload { NeedsChecksum = true };
        buffer.Owner = new CountingOwner();
        buffer.Return();
        PacketBuffer again = _pool.Rent(octets);
        Assert.Same(buffer, again);
        Assert.Equal(0, again.Length);
        Assert.Equal(PacketBuffer.Headroom, again.RoomInFront);
        Assert.Equal(default, again.Offload);
        Assert.Null(again.Owner);
    }

    [Fact]
    public void A_small_buffer_never_stands_for_a_large_one()
    {
        _pool.Rent(10).Return();
        Assert.True(_pool.Rent(PacketPool.SmallSize + 1).RoomBehind > PacketPool.SmallSize);
    }

    [Fact]
    public void The_owner_is_told_once_and_after_the_buffer_is_free()
    {
        var owner = new CountingOwner { Pool = _pool };
        PacketBuffer buffer = _pool.RentCopy("x"u8);
        buffer.Owner = owner;
        buffer.Charge = 7;
        buffer.Return();
        Assert.Equal(1, owner.Released);
        Assert.Equal(7, owner.Charge);
        Assert.Equal(0, owner.OutstandingThen);
        _pool.Rent(1).Return();
        Assert.Equal(1, owner.Released);
    }

    [Fact]
    public void The_owner_can_be_given_to_a_buffer_that_stands_for_the_first()
    {
        var owner = new CountingOwner();
        PacketBuffer first = _pool.Rent(1), second = _pool.Rent(1);
        (first.Owner, first.Charge) = (owner, 5);
        first.GiveOwnerTo(second);
        first.Return();
        Assert.Equal(0, owner.Released);
        second.Return();
        Assert.Equal((1, 5), (owner.Released, owner.Charge));
    }

    [Fact]
    public void A_copy_is_a_copy()
    {
        byte[] octets = [1, 2, 3];
        PacketBuffer buffer = _pool.RentCopy(octets);
        octets[0] = 9;
        Assert.Equal([1, 2, 3], buffer.Span.ToArray());
    }

    [Fact]
    public void What_is_kept_for_later_is_bounded()
    {
        PacketBuffer[] buffers = [.. Enumerable.Range(0, 200).Select(_ => _pool.Rent(PacketPool.LargeSize))];
        foreach (PacketBuffer buffer in buffers) buffer.Return();
        PacketBuffer[] again = [.. Enumerable.Range(0, 200).Select(_ => _pool.Rent(PacketPool.LargeSize))];
        Assert.Equal(64, again.Intersect(buffers).Count());
        Assert.Equal(200, _pool.Outstanding);
    }

    [Fact]
    public void Steady_use_allocates_nothing() => Assert.Equal(0, Allocation.Of(() =>
    {
        for (int i = 0; i < 1000; i++) _pool.Rent(i * 60).Return();
    }));

#if DEBUG
    [Fact]
    public void A_buffer_that_is_returned_twice_is_a_fault()
    {
        PacketBuffer buffer = _pool.Rent(1);
        buffer.Return();
        Assert.ThrowsAny<Exception>(buffer.Return);
    }
#endif

    private sealed class CountingOwner : IPacketOwner
    {
        public PacketPool? Pool { get; init; }

        public int Released { get; private set; }

        public int Charge { get; private set; }

        public int OutstandingThen { get; private set; } = -1;

        public void OnPacketReleased(int charge)
        {
            Released++;
            Charge = charge;
            OutstandingThen = Pool?.Outstanding ?? -1;
        }
    }
}
