using System.Runtime.InteropServices;
using UserNet.Tcp;
using Xunit;

namespace UserNet.Tests.Tcp;

/// <summary>The send ring against a list of octets, under random use.</summary>
public sealed class SendRingModelTests
{
    private readonly ChunkPool _pool = new();
    private readonly List<byte> _model = [];
    private readonly byte[] _noise = new byte[600_000];

    public SendRingModelTests() => new Random(1).NextBytes(_noise);

    [Fact]
    public void Any_use_agrees_with_a_list_of_octets_and_gives_all_chunks_back()
    {
        for (int seed = 0; seed < TestSettings.Count(1_000, 20_000); seed++)
        {
            Use(new Random(seed));
            Assert.True(_pool.Outstanding == 0, $"seed {seed}");
        }
    }

    private void Use(Random random)
    {
        int scale = random.Next(16) == 0 ? 300_000 : 40_000;
        var ring = new SendRing(_pool) { Capacity = random.Next(scale) };
        ring.Start(new SequenceNumber(0u - (uint)random.Next(scale)));
        SequenceNumber una = ring.Una;
        Memory<byte> lent = default;
        _model.Clear();
        for (int step = 0; step < 60; step++)
        {
            switch (random.Next(6))
            {
                case 0 or 1: Write(ref ring, random, scale); break;
                case 2: lent = ring.GetMemory(random.Next(3) == 0 ? random.Next(ChunkPool.ChunkSize + 1) : 0); break;
                case 3: Advance(ref ring, random, ref lent); break;
                case 4:
                    int acknowledged = random.Next(3) == 0 ? _model.Count : random.Next(_model.Count + 1);
                    una += acknowledged;
                    _model.RemoveRange(0, acknowledged);
                    ring.Acknowledge(una);
                    break;
                default: ring.Capacity = random.Next(scale); break;
            }

            Assert.Equal((una, _model.Count, una + _model.Count), (ring.Una, ring.Count, ring.End));
            Compare(ref ring, random);
        }

        if (random.Next(2) == 0) ring.Advance(0);
        ring.Clear();
    }

    private void Write(ref SendRing ring, Random random, int scale)
    {
        ReadOnlySpan<byte> octets = Noise(random, random.Next(scale));
        int expected = Math.Clamp(ring.Capacity - _model.Count, 0, octets.Length);
        Assert.Equal(expected, ring.Write(octets));
        _model.AddRange(octets[..expected]);
    }

    private void Advance(ref SendRing ring, Random random, ref Memory<byte> lent)
    {
        Span<byte> written = lent.Span[..random.Next(lent.Length + 1)];
        Noise(random, written.Length).CopyTo(written);
        _model.AddRange(written);
        ring.Advance(written.Length);
        lent = default;
    }

    private ReadOnlySpan<byte> Noise(Random random, int count) =>
        _noise.AsSpan(random.Next(_noise.Length - count), count);

    private void Compare(ref SendRing ring, Random random)
    {
        int from = random.Next(_model.Count + 1), count = random.Next(Math.Min(_model.Count - from, 70_000) + 1);
        byte[] copy = new byte[count];
        ring.Copy(ring.Una + from, copy);
        Assert.True(copy.AsSpan().SequenceEqual(CollectionsMarshal.AsSpan(_model).Slice(from, count)));
    }
}
