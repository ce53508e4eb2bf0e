using UserNet.Capture;
using UserNet.Emulation;
using UserNet.Link;
using UserNet.Replay;
using UserNet.Simulation;
using UserNet.Tests.Infrastructure;
using Xunit;

namespace UserNet.Tests.Replay;

/// <summary>A session of two hosts of a lab, replayed into a fresh one of them.</summary>
public sealed class ReplayTests
{
    private static readonly LinkConditions Bad = new()
    {
        Loss = 0.02,
        Duplication = 0.02,
        Corruption = 0.01,
        Reordering = 0.03,
        ReorderDelay = TimeSpan.FromMilliseconds(7),
        Delay = TimeSpan.FromMilliseconds(12),
        Jitter = TimeSpan.FromMilliseconds(3),
    };

    [Theory]
    [InlineData(LinkMedium.Ethernet)]
    [InlineData(LinkMedium.Ip)]
    public void With_the_same_seed_every_octet_is_the_same(LinkMedium medium)
    {
        RecordedSession session = ReplayRig.Record(42, medium: medium);
        ReplayReport report = ReplayRig.Replay(session, 42, strictness: ReplayStrictness.Exact);
        Print(report);
        Assert.True(report.Agrees, report.ToString());
        Assert.Equal(session.OutboundCount, report.EqualFrames);
        Assert.Equal((0, 0, 0), (report.Feed.Held, report.Feed.Translated, report.OtherVerdicts));
    }

    [Theory]
    [InlineData(LinkMedium.Ethernet)]
    [InlineData(LinkMedium.Ip)]
    public void With_another_seed_the_same_is_said_in_other_numbers(LinkMedium medium)
    {
        RecordedSession session = ReplayRig.Record(42, medium: medium);
        ReplayReport report = ReplayRig.Replay(session, 43);
        Print(report);
        Assert.True(report.Agrees, report.ToString());
        Assert.True(report.Matched > 20, report.ToString());
        Assert.True(report.Feed.Translated > 100, report.ToString());
        Assert.Equal(0, report.Feed.Forced);
        Assert.False(ReplayRig.Replay(session, 43, strictness: ReplayStrictness.Exact).Agrees);
    }

    [Fact]
    public void Over_a_bad_wire_it_is_the_same_too()
    {
        for (ulong seed = 1; seed <= 5; seed++)
        {
            RecordedSession session = ReplayRig.Record(seed, Bad);
            ReplayReport exact = ReplayRig.Replay(session, seed, strictness: ReplayStrictness.Exact), other = ReplayRig.Replay(session, seed + 100);
            Print(exact);
            Print(other);
            Assert.True(exact.Agrees, exact.ToString());
            Assert.True(other.Agrees, other.ToString());
        }
    }

    [Fact]
    public void A_port_that_is_closed_now_is_the_first_difference()
    {
        RecordedSession session = ReplayRig.Record(42);
        ReplayReport report = ReplayRig.Replay(session, 42, new ReplayHost { Serves = false });
        Print(report);
        Assert.False(report.Agrees);
        Assert.Equal(1, report.Different);
        ReplayDifference first = report.Differences[0];
        Assert.Equal((ReplayDifferenceKind.Missing, "SYN"), (first.Kind, first.What));
        Assert.StartsWith("tcp 192.0.2.1:7 - 192.0.2.2:", first.Conversation, StringComparison.Ordinal);
        Assert.Contains(report.Differences, static one => one is { Kind: ReplayDifferenceKind.Unexpected, What: "RST" });
        Assert.Contains("recorded +0.1", report.ToString(), StringComparison.Ordinal);
        Assert.Contains("Flags [S.]", report.ToString(), StringComparison.Ordinal);
        Assert.Contains("Flags [R.]", report.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void An_octet_that_is_another_now_is_named_with_its_place()
    {
        RecordedSession session = ReplayRig.Record(42);
        long seen = 0;
        ReplayReport report = ReplayRig.Replay(session, 43, new ReplayHost
        {
            Change = octets =>
            {
                if (seen <= 123_456 && 123_456 < seen + octets.Length) octets[123_456 - seen] ^= 0xFF;
                seen += octets.Length;
            },
        });
        Print(report);
        Assert.Equal((0, 0, 1), (report.Missing, report.Unexpected, report.Different));
        ReplayDifference only = Assert.Single(report.Differences);
        Assert.StartsWith("octet 123,456 of the stream is 0x", only.What, StringComparison.Ordinal);
        Assert.NotNull(only.Recorded);
        Assert.NotNull(only.Replayed);
    }

    [Fact]
    public void Another_profile_shows_in_the_options()
    {
        RecordedSession session = ReplayRig.Record(42);
        ReplayReport report = ReplayRig.Replay(session, 42, new ReplayHost { Settings = static settings => settings.Timestamps = false });
        Print(report);
        ReplayDifference first = report.Differences[0];
        Assert.Equal(ReplayDifferenceKind.Different, first.Kind);
        Assert.Matches("^the SYN's options are mss 1460, sackOK, wscale [0-9]+, not mss 1460, sackOK, TS, wscale [0-9]+$", first.What);
        Assert.Contains(report.Differences, static one => one.What == "segments have no timestamps");
    }

    [Fact]
    public void A_program_that_is_not_there_is_missed_and_what_it_would_hear_is_held_back_and_fed_in_the_end()
    {
        RecordedSession session = ReplayRig.Record(42);
        ReplayReport report = ReplayRig.Replay(session, 42, new ReplayHost { Asks = false });
        Print(report);
        Assert.Equal(0, report.Feed.Waiting);
        Assert.Equal(session.Frames.Count - session.OutboundCount, report.Feed.Frames);
        Assert.True(report.Feed.Forced > 0);
        Assert.Contains(report.Differences, static one => one.Kind == ReplayDifferenceKind.Missing && one.Conversation.StartsWith("echo", StringComparison.Ordinal));
        Assert.Contains(report.Differences, static one => one is { Kind: ReplayDifferenceKind.Missing, What: "the connection" });
    }

    [Fact]
    public void A_recording_that_ends_within_a_transfer_agrees_as_far_as_it_goes()
    {
        RecordedSession whole = ReplayRig.Record(42);
        for (int count = 1; count < whole.Frames.Count; count += 37)
        {
            using MemoryStream file = new();
            using (PcapngWriter writer = new(file, leaveOpen: true))
            {
                int eth0 = writer.AddInterface("eth0", whole.Medium);
                foreach (SessionFrame frame in whole.Frames.Take(count)) writer.Write(eth0, frame.Nanoseconds, frame.Octets.Span, frame.Direction);
            }

            file.Position = 0;
            ReplayReport report = ReplayRig.Replay(RecordedSession.Read(file), 43);
            Assert.True(report.Agrees, $"{count} frames: {report}");
        }
    }

    [Fact]
    public void Octets_at_random_and_times_at_random_are_replayed_without_harm()
    {
        RecordedSession real = ReplayRig.Record(42);
        Random random = TestSettings.Random(20);
        for (int run = 0; run < TestSettings.Count(60, 3000); run++)
        {
            LinkMedium medium = random.Next(3) == 0 ? LinkMedium.Ip : LinkMedium.Ethernet;
            using MemoryStream file = new();
            using (PcapngWriter writer = new(file, leaveOpen: true))
            {
                int number = writer.AddInterface("eth0", medium);
                long start = real.Frames[0].Nanoseconds;
                foreach (SessionFrame frame in real.Frames)
                {
                    byte[] octets = frame.Octets.ToArray();
                    long time = frame.Nanoseconds;
                    PacketDirection direction = frame.Direction;
                    int harm = random.Next(12);
                    if (harm == 0) octets = octets[..random.Next(octets.Length)];
                    if (harm == 1) random.NextBytes(octets.AsSpan(random.Next(octets.Length)));
                    if (harm == 2) octets[random.Next(Math.Min(octets.Length, 74))] ^= (byte)(1 << random.Next(8));
                    if (harm == 3) time = start + random.NextInt64(-1_000_000_000, 20_000_000_000);
                    if (harm == 4) direction = direction == PacketDirection.Inbound ? PacketDirection.Outbound : PacketDirection.Inbound;
                    string comment = harm == 5 ? $"TcpV4, stands for segments of {random.Next(70_000)} octets" : "";
                    if (harm != 6) writer.Write(number, time, octets, direction, comment);
                }
            }

            file.Position = 0;
            RecordedSession session = RecordedSession.Read(file);
            foreach (ReplayStrictness strictness in (ReplayStrictness[])[ReplayStrictness.Semantic, ReplayStrictness.Exact])
            {
                ReplayReport report = ReplayRig.Replay(session, (ulong)run, new ReplayHost { Checks = false }, strictness);
                Assert.False(report.Agrees);
                Assert.NotEmpty(report.ToString());
                Assert.Equal(session.Frames.Count - session.OutboundCount, report.Feed.Frames);
                Assert.True(report.Differences.Count <= ReplayReport.MostDifferences);
            }
        }
    }

    private static void Print(ReplayReport report) => TestContext.Current.TestOutputHelper?.WriteLine(report.ToString());
}
