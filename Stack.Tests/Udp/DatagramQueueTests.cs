using System.Net.Sockets;
using UserNet.Udp;
using Xunit;

namespace UserNet.Tests.Udp;

public sealed class DatagramQueueTests
{
    private static bool Add(DatagramQueue queue, byte[] octets, int limit = int.MaxValue) =>
        queue.TryAdd(new DatagramInfo { Length = octets.Length }, octets, limit);

    [Fact]
    public void What_goes_in_comes_out_in_order_whatever_the_sizes()
    {
        Random random = TestSettings.Random();
        var queue = new DatagramQueue();
        var model = new Queue<byte[]>();
        byte[] buffer = new byte[65_536];
        for (int i = 0; i < 20_000; i++)
        {
            // Phases of growth and of emptying, so that both rings wrap, grow and are given back.
            if (random.Next(100) < (i / 500 % 2 == 0 ? 60 : 40))
            {
                byte[] octets = new byte[random.Next(10) switch { 0 => 0, 1 => random.Next(65_508), _ => random.Next(300) }];
                random.NextBytes(octets);
                if (Add(queue, octets, 1 << 20)) model.Enqueue(octets);
            }
            else if (model.TryDequeue(out byte[]? expected))
            {
                if (random.Next(2) == 0)
                {
                    Assert.Equal(expected.Length, queue.FirstLength);
                    Assert.Equal(expected, buffer[..queue.Read(buffer, peek: true, out _)]);
                }

                int copied = queue.Read(buffer, peek: false, out DatagramInfo info);
                Assert.Equal(expected, buffer[..copied]);
                Assert.Equal((expected.Length, SocketFlags.None), (info.Length, info.Flags));
            }

            Assert.Equal(model.Count, queue.Count);
            Assert.Equal(model.Sum(static octets => octets.Length + DatagramQueue.Overhead), queue.Held);
        }
    }

    [Fact]
    public void A_datagram_is_charged_with_its_overhead_and_taken_while_the_sum_stays_within_the_limit()
    {
        var queue = new DatagramQueue();
        Assert.True(Add(queue, new byte[100], 2000));
        Assert.True(Add(queue, new byte[2000 - (2 * DatagramQueue.Overhead) - 100], 2000));
        Assert.Equal(2000, queue.Held);
        Assert.False(Add(queue, [], 2000));
        Assert.Equal((2, 1L), (queue.Count, queue.Drops));
    }

    [Fact]
    public void The_largest_datagram_fits_an_empty_queue_whatever_the_limit()
    {
        var queue = new DatagramQueue();
        Assert.True(Add(queue, new byte[65_507], 2304));
        Assert.False(Add(queue, [1], 2304));
        byte[] buffer = new byte[65_507];
        Assert.Equal(65_507, queue.Read(buffer, false, out _));
        Assert.True(Add(queue, [1], 2304));
    }

    [Fact]
    public void A_datagram_that_is_cut_off_says_how_long_it_was_and_its_rest_is_lost()
    {
        var queue = new DatagramQueue();
        Add(queue, [1, 2, 3, 4]);
        Add(queue, [5]);
        byte[] buffer = new byte[2];
        Assert.Equal(2, queue.Read(buffer, false, out DatagramInfo info));
        Assert.Equal([1, 2], buffer);
        Assert.Equal((4, SocketFlags.Truncated), (info.Length, info.Flags));
        Assert.Equal(1, queue.Read(buffer, false, out info));
        Assert.Equal((5, SocketFlags.None), (buffer[0], info.Flags));
    }

    [Fact]
    public void An_idle_queue_holds_no_memory_and_one_that_was_emptied_little()
    {
        var queue = new DatagramQueue();
        Assert.Equal(0, queue.StoreSize);
        for (int i = 0; i < 10; i++) Add(queue, new byte[60_000]);
        Assert.InRange(queue.StoreSize, 600_000, 1 << 20);
        while (queue.Count > 0) queue.Read([], false, out _);
        Assert.InRange(queue.StoreSize, 0, 4096);
        Add(queue, [1]);
        queue.Clear();
        Assert.Equal((0, 0, 0), (queue.StoreSize, queue.Count, queue.Held));
    }
}
