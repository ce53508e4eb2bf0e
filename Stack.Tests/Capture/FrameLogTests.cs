using UserNet.Capture;
using UserNet.Doors;
using UserNet.Link;
using Xunit;

namespace UserNet.Tests.Capture;

/// <summary>One log, many who hear of it.</summary>
public sealed class FrameLogTests
{
    private readonly List<Exception> _failures = [];
    private readonly FrameLog _log;

    public FrameLogTests() => _log = new FrameLog(_failures.Add);

    [Fact]
    public void A_subscriber_hears_of_the_points_he_wants_under_his_own_numbers()
    {
        Hearer all = new(), some = new() { FirstNumber = 100 };
        _log.AddInterface("a", LinkMedium.Ethernet);
        _log.Subscribe(all);
        _log.AddInterface("b", LinkMedium.Ip);
        _log.Subscribe(some, static name => name != "b");
        _log.AddInterface("c", LinkMedium.Ethernet);
        for (int i = 0; i < 3; i++) Pass(i);
        _log.Note(5, "a", "crashed");
        Assert.Equal(["point a", "point b", "point c", "frame 0", "frame 1", "frame 2", "note a crashed"], all.Heard);
        Assert.Equal(["point a", "point c", "frame 100", "frame 101", "note a crashed"], some.Heard);
    }

    [Fact]
    public void A_name_that_is_known_keeps_its_number_and_is_described_once()
    {
        var hearer = new Hearer();
        _log.Subscribe(hearer);
        Assert.Equal(0, _log.AddInterface("a", LinkMedium.Ethernet));
        Assert.Equal(1, _log.AddInterface("b", LinkMedium.Ethernet));
        Assert.Equal(0, _log.AddInterface("a", LinkMedium.Ethernet));
        Assert.Equal(["point a", "point b"], hearer.Heard);
    }

    [Fact]
    public void Who_ends_his_subscription_inside_a_call_hears_no_more_and_the_others_do()
    {
        Hearer first = new(), last = new();
        _log.AddInterface("a", LinkMedium.Ethernet);
        IDisposable subscription = _log.Subscribe(first);
        _log.Subscribe(last);
        first.WhenHeard = subscription.Dispose;
        Pass(0);
        Pass(0);
        Assert.Equal(["point a", "frame 0"], first.Heard);
        Assert.Equal(["point a", "frame 0", "frame 0"], last.Heard);
    }

    [Fact]
    public void Who_throws_hears_no_more_and_the_others_do()
    {
        Hearer first = new() { WhenHeard = static () => throw new NotSupportedException("no more") }, last = new();
        _log.Subscribe(first);
        _log.Subscribe(last);
        _log.AddInterface("a", LinkMedium.Ethernet);
        Pass(0);
        Assert.Equal(["point a"], first.Heard);
        Assert.Equal(["point a", "frame 0"], last.Heard);
        Assert.Equal("no more", Assert.Single(_failures).Message);
    }

    [Fact]
    public void All_that_is_known_of_a_frame_is_in_the_digest()
    {
        RecordedFrame frame = Frame();
        string[] digests =
        [
            Of(Frame()),
            Of(new RecordedFrame { Interface = 1, Nanoseconds = frame.Nanoseconds, Octets = frame.Octets }),
            Of(new RecordedFrame { Interface = 0, Nanoseconds = 2, Octets = frame.Octets }),
            Of(new RecordedFrame { Interface = 0, Nanoseconds = 1, Octets = [1, 3] }),
            Of(new RecordedFrame { Interface = 0, Nanoseconds = 1, Octets = [1, 2, 0] }),
            Of(new RecordedFrame { Interface = 0, Nanoseconds = 1, Octets = frame.Octets, Direction = PacketDirection.Inbound }),
            Of(new RecordedFrame { Interface = 0, Nanoseconds = 1, Octets = frame.Octets, Verdict = DropReason.UdpNoPort }),
            Of(new RecordedFrame { Interface = 0, Nanoseconds = 1, Octets = frame.Octets, Remark = "UdpNoPort" }),
            Of(new RecordedFrame { Interface = 0, Nanoseconds = 1, Octets = frame.Octets, Offload = new() { NeedsChecksum = true } }),
            Of(new RecordedFrame { Interface = 0, Nanoseconds = 1, Octets = frame.Octets, Offload = new() { SegmentSize = 1 } }),
        ];
        Assert.Distinct(digests);
        Assert.Equal(digests[0], Of(Frame()));

        static RecordedFrame Frame() => new() { Interface = 0, Nanoseconds = 1, Octets = new byte[] { 1, 2 } };

        static string Of(in RecordedFrame frame)
        {
            using var digest = new RunDigest();
            digest.Record(frame);
            return digest.ToString();
        }
    }

    [Fact]
    public void A_digest_takes_frames_and_texts_of_any_length()
    {
        using RunDigest digest = new(), again = new();
        foreach (RunDigest one in (RunDigest[])[digest, again])
        {
            foreach (int length in (int[])[0, 1, 65_535, 65_536, 65_537, 200_000])
            {
                one.Record(new RecordedFrame { Interface = 0, Nanoseconds = 1, Octets = new byte[length] });
                one.Note(1, "", new string('a', length));
                if (one == digest) _ = digest.ToString();
            }
        }

        Assert.Equal(digest.ToString(), again.ToString());
    }

    [Fact]
    public void A_journal_keeps_what_its_limits_allow_and_still_finds_what_differs()
    {
        var journal = new RunJournal { EventLimit = 3, OctetLimit = 100, HashLimit = 6 };
        journal.AddInterface("a", LinkMedium.Ethernet);
        for (byte i = 1; i <= 7; i++) journal.Record(Frame(i));
        Assert.Equal(8, journal.Count);
        Assert.Equal("0.0000000 a sent     802.3, length 257", journal.Describe(1));
        Assert.EndsWith("60 octets, which were not kept", journal.Describe(2), StringComparison.Ordinal);
        Assert.Equal("event 4, of which only a hash was kept", journal.Describe(3));
        Assert.Null(Compare(static i => i).Divergence);
        // Behind the hashes only the number of events is known.
        Assert.Null(Compare(static i => i >= 6 ? (byte)99 : i).Divergence);
        RunDivergence divergence = Compare(static i => i >= 4 ? (byte)99 : i).Divergence!;
        Assert.Equal((4, "event 5, of which only a hash was kept"), (divergence.Index, divergence.First));

        RunComparison Compare(Func<byte, byte> octet)
        {
            var comparison = new RunComparison(journal);
            comparison.AddInterface("a", LinkMedium.Ethernet);
            for (byte i = 1; i <= 7; i++) comparison.Record(Frame(octet(i)));
            comparison.End();
            return comparison;
        }

        static RecordedFrame Frame(byte octet)
        {
            byte[] octets = new byte[60];
            octets.AsSpan().Fill(octet);
            return new RecordedFrame { Interface = 0, Nanoseconds = 1, Octets = octets, Direction = PacketDirection.Outbound };
        }
    }

    private void Pass(int point) => _log.Record(new RecordedFrame { Interface = point, Nanoseconds = 1, Octets = default });

    private sealed class Hearer : IFrameRecorder
    {
        private int _points;

        public List<string> Heard { get; } = [];

        public int FirstNumber { get; init; }

        public Action? WhenHeard { get; set; }

        public int AddInterface(string name, LinkMedium medium)
        {
            Heard.Add($"point {name}");
            if (Heard.Count == 1 && WhenHeard is not null) WhenHeard();
            return FirstNumber + _points++;
        }

        public void Record(in RecordedFrame frame)
        {
            Heard.Add($"frame {frame.Interface}");
            WhenHeard?.Invoke();
        }

        public void Note(long nanoseconds, string who, string what) => Heard.Add($"note {who} {what}");
    }
}
