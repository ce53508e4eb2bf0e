using UserNet.Tcp;
using UserNet.Tests.Infrastructure;
using Xunit;

namespace UserNet.Tests.Tcp;

public sealed class SequenceRangesTests
{
    private readonly SequenceRanges _ranges = new();

    [Fact]
    public void Ranges_that_touch_become_one()
    {
        Assert.Equal(10, _ranges.Add(Range(0xFFFF_FFF0, 10)));
        Assert.Equal(10, _ranges.Add(Range(4, 10)));
        Assert.Equal(2, _ranges.Count);
        Assert.Equal(10, _ranges.Add(Range(0xFFFF_FFFA, 10)));
        Assert.Equal(Range(0xFFFF_FFF0, 30), Assert.Single(All()));
        Assert.Equal(30, _ranges.Octets);
        Assert.Equal(0, _ranges.Add(Range(0, 5)));
        Assert.Equal(0, _ranges.Add(Range(0, 0)));
    }

    [Fact]
    public void More_than_the_most_ranges_are_refused_but_octets_that_touch_one_are_not()
    {
        for (uint i = 0; i < SequenceRanges.MaxCount; i++) Assert.Equal(1, _ranges.Add(Range(i * 3, 1)));
        Assert.Equal(-1, _ranges.Add(Range(SequenceRanges.MaxCount * 3, 1)));
        Assert.Equal(SequenceRanges.MaxCount, _ranges.Count);
        Assert.Equal(SequenceRanges.MaxCount, _ranges.Octets);
        Assert.Equal(2, _ranges.Add(Range(1, 2)));
        Assert.Equal(1, _ranges.Add(Range(SequenceRanges.MaxCount * 3, 1)));
    }

    [Fact]
    public void Any_order_of_additions_and_removals_agrees_with_a_set_of_numbers()
    {
        for (int seed = 0; seed < TestSettings.Count(1_000, 20_000); seed++) Compare(new Random(seed), seed);
    }

    [Fact]
    public void Steady_use_allocates_nothing() => Assert.Equal(0, Allocation.Of(() =>
    {
        for (uint i = 0; i < 500; i++) _ranges.Add(Range(uint.MaxValue - (i * 30), 10));
        _ranges.RemoveUpTo(new SequenceNumber(0x1_0000));
    }));

    private void Compare(Random random, int seed)
    {
        uint origin = random.Next(3) switch { 0 => uint.MaxValue - 99, 1 => 0x7FFF_FF80u, _ => (uint)random.Next() };
        var model = new SortedSet<int>();
        int lowest = 0;
        _ranges.Clear();
        for (int step = 0; step < 60; step++)
        {
            int left = lowest + random.Next(200), length = random.Next(12);
            SackBlock range = Range(origin + (uint)left, length);
            SackBlock overlap = _ranges.FirstOverlap(range);
            int[] known = [.. Enumerable.Range(left, length).Where(model.Contains)];
            int overlapsFrom = overlap.Left - new SequenceNumber(origin);
            Assert.True(known.Length == 0 ? overlap.Length == 0 : overlapsFrom == known[0], $"seed {seed}");
            Assert.Equal(known.TakeWhile((n, i) => n == known[0] + i).Count(), overlap.Length);
            int added = _ranges.Add(range);
            Assert.Equal(Enumerable.Range(left, length).Count(model.Add), added);
            if (random.Next(5) == 0)
            {
                lowest += random.Next(20);
                model.RemoveWhere(n => n < lowest);
                _ranges.RemoveUpTo(new SequenceNumber(origin + (uint)lowest));
            }

            if (step % 4 == 3) Check(model, origin, lowest);
        }
    }

    private void Check(SortedSet<int> model, uint origin, int lowest)
    {
        Assert.Equal(model.Count, _ranges.Octets);
        int[] numbers =
            [.. All().SelectMany(block => Enumerable.Range((int)(block.Left.Value - origin), block.Length))];
        Assert.True(model.SequenceEqual(numbers));
        Assert.True(All().Zip(All().Skip(1)).All(pair => pair.First.Right < pair.Second.Left));
        SequenceNumber probe = new SequenceNumber(origin) + (lowest + 50);
        int found = _ranges.Find(probe);
        Assert.Equal(model.Contains(lowest + 50), found >= 0);
        if (found >= 0) Assert.True(probe.IsIn(_ranges[found].Left, _ranges[found].Length));
    }

    private IEnumerable<SackBlock> All() => Enumerable.Range(0, _ranges.Count).Select(i => _ranges[i]);

    private static SackBlock Range(uint left, int length) =>
        new(new SequenceNumber(left), new SequenceNumber(left) + length);
}
