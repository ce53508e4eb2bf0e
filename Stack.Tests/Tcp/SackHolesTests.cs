using UserNet.Tcp;
using UserNet.Tests.Infrastructure;
using Xunit;

namespace UserNet.Tests.Tcp;

/// <summary>What a FreeBSD sender knows of holes, beside a model that knows each octet.</summary>
public sealed class SackHolesTests
{
    private const int Segment = 100;

    private readonly SackHoles _holes = new();

    [Fact]
    public void What_arrives_out_of_order_leaves_a_hole_below_it()
    {
        Assert.Equal(SackNews.Progress, Take(ack: 0, (100, 200)));
        Assert.Equal((0, 100), (At(_holes.First.Start), At(_holes.First.End)));
        Assert.Equal((100, 100, 200), (_holes.Sacked, _holes.Delivered, At(_holes.Highest)));
        Assert.Equal(SackNews.None, Take(ack: 0, (100, 200)));
        Assert.Equal(0, _holes.Delivered);
        Assert.Equal(SackNews.None, Take(ack: 300));
        Assert.True(_holes.IsEmpty);
    }

    [Fact]
    public void Three_holes_or_more_than_two_segments_above_make_a_hole_lost()
    {
        Take(ack: 0, (100, 200));
        Take(ack: 0, (100, 300));
        Assert.Equal(0, _holes.Lost);
        Take(ack: 0, (100, 301));
        Assert.Equal(100, _holes.Lost);
        Take(ack: 0, (400, 450), (100, 301));
        Assert.Equal(100, _holes.Lost);
        Take(ack: 0, (500, 510), (400, 450), (100, 301));
        Assert.Equal(100, _holes.Lost);      // the second has only two above it, and 60 octets
        Take(ack: 0, (600, 800), (500, 510), (400, 450));
        Assert.Equal(100 + 99 + 50, _holes.Lost);
    }

    [Fact]
    public void Holes_are_sent_again_in_their_order_each_once()
    {
        Take(ack: 0, (100, 200), (300, 400));
        Assert.Equal(0, _holes.FindNext());
        _holes.OnSentAgain(0, 60, recover: null);
        Assert.Equal(0, _holes.FindNext());
        _holes.OnSentAgain(0, 40, recover: null);
        Assert.Equal(1, _holes.FindNext());
        _holes.OnSentAgain(1, 100, recover: null);
        Assert.Equal(-1, _holes.FindNext());
        Assert.Equal(200, _holes.SentAgain);
        _holes.Restart();
        Assert.Equal((0, 0), (_holes.FindNext(), _holes.SentAgain));
    }

    [Fact]
    public void What_was_sent_again_and_is_overtaken_goes_once_more()
    {
        Take(ack: 0, (100, 400));
        _holes.OnSentAgain(0, 100, Number(500));
        Take(ack: 0, (100, 480));
        _holes.RestartOvertaken();
        Assert.Equal(-1, _holes.FindNext());
        Take(ack: 0, (100, 600));
        _holes.RestartOvertaken();
        Assert.Equal(0, _holes.FindNext());
    }

    [Fact]
    public void Sending_goes_on_after_a_timeout_without_what_has_arrived()
    {
        Take(ack: 0, (100, 200), (300, 400));
        foreach ((int from, int to) in new[] { (0, 0), (50, 50), (100, 200), (150, 200), (250, 250), (300, 400), (450, 450) })
            Assert.Equal(to, At(_holes.Skip(Number(from))));
    }

    [Fact]
    public void Blocks_that_say_nothing_or_lie_are_not_taken()
    {
        Assert.Equal(SackNews.None, Take(ack: 0, (0, 50), (200, 200), (300, 250), (9_000, 20_000)));
        Assert.True(_holes.IsEmpty);
    }

    [Fact]
    public void Whatever_arrives_the_holes_are_what_has_not()
    {
        Random random = TestSettings.Random();
        for (int round = 0; round < TestSettings.Count(200, 5_000); round++) PlayRandom(random);
    }

    private static void PlayRandom(Random random)
    {
        var holes = new SackHoles();
        const int Max = 60;
        bool[] arrived = new bool[Max];
        int una = 0;
        for (int step = 0; step < 40; step++)
        {
            int from = random.Next(una, Max), to = Math.Min(Max, from + random.Next(1, 8));
            for (int i = from; i < to; i++) arrived[i] = true;
            int ack = una;
            while (ack < Max && arrived[ack]) ack++;
            (int Left, int Right)[] blocks = [.. Runs(arrived, ack)];
            random.Shuffle(blocks);      // a receiver names the newest first, and this one any
            holes.Take(Number(una), Number(Max), Number(ack), [.. blocks.Select(b => new SackBlock(Number(b.Left), Number(b.Right)))], 10, recover: null);
            una = ack;
            if (una == Max) return;
            int highest = Array.LastIndexOf(arrived, true) + 1;
            int missing = Enumerable.Range(una, Math.Max(0, highest - una)).Count(i => !arrived[i]);
            Assert.Equal(missing == 0, holes.IsEmpty);
            if (missing == 0) continue;
            Assert.Equal((highest - una - missing, highest), (holes.Sacked, At(holes.Highest)));
            Assert.InRange(holes.Lost, 0, missing);
            for (int next; (next = holes.FindNext()) >= 0;)
            {
                Assert.DoesNotContain(true, arrived[At(holes[next].Start)..At(holes[next].End)]);
                missing -= holes[next].Length;
                holes.OnSentAgain(next, holes[next].Length, recover: null);
            }

            Assert.Equal(0, missing);
            holes.Restart();
        }
    }

    private static IEnumerable<(int Left, int Right)> Runs(bool[] arrived, int from)
    {
        for (int i = from; i < arrived.Length; i++)
        {
            if (!arrived[i]) continue;
            int left = i;
            while (i < arrived.Length && arrived[i]) i++;
            yield return (left, i);
        }
    }

    private int _una;

    private SackNews Take(int ack, params (int Left, int Right)[] blocks)
    {
        SackBlock[] all = [.. blocks.Select(b => new SackBlock(Number(b.Left), Number(b.Right)))];
        SackNews news = _holes.Take(Number(_una), Number(1_000), Number(ack), all, Segment, recover: null);
        _una = ack;
        return news;
    }

    // Near the end of the numbers, so that they wrap.
    private static SequenceNumber Number(int octets) => new(unchecked(uint.MaxValue - 149 + (uint)octets));

    private static int At(SequenceNumber number) => number - Number(0);
}
