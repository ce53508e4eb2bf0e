using UserNet.Buffers;
using Xunit;

namespace UserNet.Tests.Buffers;

public sealed class PacketBufferTests
{
    private readonly PacketPool _pool = new();

    [Fact]
    public void Headers_are_put_in_front_and_payload_behind()
    {
        PacketBuffer packet = _pool.Rent(100);
        "pay"u8.CopyTo(packet.Append(3));
        "load"u8.CopyTo(packet.Append(4));
        "header "u8.CopyTo(packet.Prepend(7));
        Assert.Equal("header payload"u8, packet.Span);
        Assert.Equal("header payload"u8, packet.Memory.Span);
        Assert.Equal(14, packet.Length);
        packet.TrimFront(7);
        packet.TrimBack(4);
        Assert.Equal("pay"u8, packet.Span);
        "a "u8.CopyTo(packet.Prepend(2));
        Assert.Equal("a pay"u8, packet.Span);
    }

    [Fact]
    public void The_headroom_can_be_used_up_and_not_overdrawn()
    {
        PacketBuffer packet = _pool.RentCopy("x"u8);
        packet.Prepend(PacketBuffer.Headroom - 1).Fill(1);
        Assert.Equal(1, packet.RoomInFront);
        Assert.Throws<ArgumentOutOfRangeException>(() => { packet.Prepend(2); });
        Assert.Equal(PacketBuffer.Headroom, packet.Length);
        packet.Prepend(1)[0] = 2;
        Assert.Equal(0, packet.RoomInFront);
        Assert.Equal((byte)'x', packet.Span[^1]);
        Assert.Throws<ArgumentOutOfRangeException>(() => { packet.Prepend(1); });
    }

    [Fact]
    public void The_room_behind_can_be_used_up_and_not_overdrawn()
    {
        PacketBuffer packet = _pool.Rent(10);
        Assert.Equal(PacketPool.SmallSize, packet.RoomBehind);
        packet.Append(PacketPool.SmallSize - 1);
        Assert.Throws<ArgumentOutOfRangeException>(() => { packet.Append(2); });
        packet.Append(1);
        Assert.Equal(0, packet.RoomBehind);
        Assert.Equal(PacketPool.SmallSize, packet.Length);
    }

    [Fact]
    public void No_more_is_taken_away_than_there_is()
    {
        PacketBuffer packet = _pool.RentCopy("abc"u8);
        Assert.Throws<ArgumentOutOfRangeException>(() => packet.TrimFront(4));
        Assert.Throws<ArgumentOutOfRangeException>(() => packet.TrimBack(4));
        packet.TrimFront(2);
        packet.TrimBack(1);
        Assert.Equal(0, packet.Length);
    }
}
