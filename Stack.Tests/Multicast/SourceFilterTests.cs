using UserNet.Addressing;
using UserNet.Ip;
using UserNet.Multicast;
using Xunit;

namespace UserNet.Tests.Multicast;

public sealed class SourceFilterTests
{
    private static readonly InetAddress[] Universe = [.. Enumerable.Range(1, 8).Select(i => InetAddress.FromV4(0x0A000000u + (uint)i))];
    private static readonly InetAddress Stranger = InetAddress.Parse("192.0.2.1");

    [Fact]
    public void Sources_are_kept_sorted_and_once()
    {
        var filter = new SourceFilter(FilterMode.Include, IgmpRig.All("10.0.0.9", "10.0.0.1", "10.0.0.9"));
        Assert.Equal("INCLUDE {10.0.0.1, 10.0.0.9}", filter.ToString());
        Assert.Equal(filter, SourceFilter.Nobody.With(IgmpRig.At("10.0.0.9")).With(IgmpRig.At("10.0.0.1")).With(IgmpRig.At("10.0.0.1")));
        Assert.Equal(filter.GetHashCode(), filter.With(IgmpRig.At("10.0.0.1")).GetHashCode());
        Assert.Equal("INCLUDE {10.0.0.9}", filter.Without(IgmpRig.At("10.0.0.1")).Without(IgmpRig.At("10.0.0.2")).ToString());
        Assert.True(SourceFilter.Nobody.HearsNobody && !SourceFilter.Everyone.HearsNobody && !filter.HearsNobody);
    }

    [Fact]
    public void Include_hears_those_listed_and_exclude_the_others()
    {
        InetAddress listed = Universe[0];
        Assert.True(SourceFilter.Nobody.With(listed).Accepts(listed));
        Assert.False(SourceFilter.Nobody.With(listed).Accepts(Stranger));
        Assert.False(SourceFilter.Everyone.With(listed).Accepts(listed));
        Assert.True(SourceFilter.Everyone.With(listed).Accepts(Stranger));
    }

    // RFC 3376 §3.2: an interface hears what any socket on it hears, and is in EXCLUDE mode if any of them is.
    [Fact]
    public void What_sockets_hear_together_is_what_any_of_them_hears()
    {
        Random random = TestSettings.Random(1);
        for (int round = 0; round < TestSettings.Count(300, 20_000); round++)
        {
            var counts = new SourceCounts();
            List<SourceFilter> sockets = [];
            for (int step = 0; step < 20; step++)
            {
                if (sockets.Count > 0 && random.Next(3) == 0)
                {
                    int gone = random.Next(sockets.Count);
                    counts.Remove(sockets[gone]);
                    sockets.RemoveAt(gone);
                }
                else
                {
                    InetAddress[] sources = [.. Universe.Where(_ => random.Next(2) == 0)];
                    var filter = new SourceFilter((FilterMode)random.Next(2), sources);
                    counts.Add(filter);
                    sockets.Add(filter);
                }

                SourceFilter merged = counts.Merge();
                Assert.Equal(sockets.Count, counts.Members);
                Assert.Equal(sockets.Any(s => s.Mode == FilterMode.Exclude), merged.Mode == FilterMode.Exclude);
                foreach (InetAddress source in Universe.Append(Stranger))
                    Assert.Equal(sockets.Any(s => s.Accepts(source)), merged.Accepts(source));
            }
        }
    }

    // The examples of RFC 3376 §3.2.
    [Fact]
    public void The_examples_of_the_rfc_merge_as_it_says()
    {
        var counts = new SourceCounts();
        ReadOnlySpan<InetAddress> u = Universe;      // a, b, c, ...
        counts.Add(new SourceFilter(FilterMode.Exclude, u[..4]));
        counts.Add(new SourceFilter(FilterMode.Exclude, u[1..5]));
        counts.Add(new SourceFilter(FilterMode.Include, u[3..6]));
        Assert.Equal(new SourceFilter(FilterMode.Exclude, u[1..3]), counts.Merge());

        counts = new SourceCounts();
        counts.Add(new SourceFilter(FilterMode.Include, u[..3]));
        counts.Add(new SourceFilter(FilterMode.Include, u[1..4]));
        counts.Add(new SourceFilter(FilterMode.Include, u[4..6]));
        Assert.Equal(new SourceFilter(FilterMode.Include, u[..6]), counts.Merge());
    }
}
