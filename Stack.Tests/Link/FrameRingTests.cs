using UserNet.Buffers;
using UserNet.Link;
using Xunit;

namespace UserNet.Tests.Link;

public sealed class FrameRingTests
{
    // Against a queue that simply copies: frames of all sizes, batches of all sizes, growth, gaps and refusals.
    [Theory]
    [InlineData(8, 4096)]
    [InlineData(1000, 4096)]
    [InlineData(1000, 100_000)]
    [InlineData(3, 131_072)]
    public void Frames_leave_as_they_came_whatever_comes_and_goes(int frameLimit, int octetLimit)
    {
        Random random = TestSettings.Random(frameLimit);
        var ring = new FrameRing(frameLimit, octetLimit);
        var model = new Queue<(byte[] Octets, PacketOffload Offload)>();
        var batch = new LinkFrame[64];
        int refused = 0;
        for (int step = 0; step < TestSettings.Count(20_000, 1_000_000); step++)
        {
            if (random.Next(2) == 0)
            {
                byte[] octets = new byte[random.Next(random.Next(10) == 0 ? octetLimit - 8 : 200)];
                random.NextBytes(octets);
                var offload = new PacketOffload { SegmentSize = (ushort)random.Next(65_536) };
                if (ring.TryAdd(new LinkFrame(octets, offload))) model.Enqueue((octets, offload));
                else refused++;
            }
            else
            {
                int lent = ring.Lend(batch.AsSpan(0, random.Next(batch.Length)));
                int taken = random.Next(lent + 1);
                if (random.Next(4) == 0) ring.TryAdd(new LinkFrame(new byte[1])).ToString();
                while (model.Count < ring.Count) model.Enqueue((new byte[1], default));
                for (int i = 0; i < taken; i++)
                {
                    (byte[] octets, PacketOffload offload) = model.Dequeue();
                    Assert.Equal(octets, batch[i].Octets.ToArray());
                    Assert.Equal(offload, batch[i].Offload);
                }

                ring.Release(taken);
            }

            Assert.Equal(model.Count, ring.Count);
            Assert.True(ring.Count <= frameLimit && ring.Storage <= octetLimit);
        }

        Assert.NotEqual(0, refused);
    }

    [Fact]
    public void A_frame_as_large_as_the_ring_fits_once_the_ring_is_empty()
    {
        var ring = new FrameRing(10, 8192);
        for (int i = 0; i < 7; i++) Assert.True(ring.TryAdd(new LinkFrame(new byte[1000])));
        ring.Release(3);
        Assert.False(ring.TryAdd(new LinkFrame(new byte[8184])));
        ring.Release(4);
        Assert.True(ring.TryAdd(new LinkFrame(new byte[8184])));
        Assert.Throws<ArgumentException>(() => ring.TryAdd(new LinkFrame(new byte[8185])));
    }

    [Fact]
    public void Frames_without_octets_count_as_frames()
    {
        var ring = new FrameRing(100, 8192);
        for (int i = 0; i < 100; i++) Assert.True(ring.TryAdd(default));
        Assert.False(ring.TryAdd(default));
        ring.Release(100);
        Assert.Equal(0, ring.Count);
    }

    [Fact]
    public void Lent_frames_stay_as_they_are_while_the_ring_grows()
    {
        var ring = new FrameRing(10_000, 1024 * 1024);
        ring.TryAdd(new LinkFrame(new byte[] { 1, 2, 3 }));
        var batch = new LinkFrame[1];
        ring.Lend(batch);
        int before = ring.Storage;
        while (ring.Storage == before) ring.TryAdd(new LinkFrame(Enumerable.Repeat((byte)9, 1000).ToArray()));
        Assert.Equal([1, 2, 3], batch[0].Octets.ToArray());
        ring.Release(1);
        ring.Lend(batch);
        Assert.All(batch[0].Octets.ToArray(), octet => Assert.Equal(9, octet));
    }

    [Fact]
    public void It_is_roomy_when_half_of_both_limits_is_free()
    {
        var ring = new FrameRing(4, 8192);
        for (int i = 0; i < 2; i++) ring.TryAdd(new LinkFrame(new byte[2048]));
        Assert.True(ring.IsRoomy);
        ring.TryAdd(default);
        Assert.False(ring.IsRoomy);
        ring.Release(2);
        ring.TryAdd(new LinkFrame(new byte[4096]));
        Assert.False(ring.IsRoomy);
    }
}
