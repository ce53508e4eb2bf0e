using System.Globalization;
using System.Text;
using UserNet.Link;
using UserNet.Wire;

namespace UserNet.Replay;

/// <summary>Which differences between recorded and replayed answers count.</summary>
public enum ReplayStrictness : byte
{
    /// <summary>
    /// What is said: of ARP, ICMP and UDP the octets but for the identification of IPv4 and of IPv6's fragments, numbers that the host chose
    /// and checksums; of TCP the stream, its beginning and end, the options and what was acknowledged in the end. How
    /// the stream was cut, how often was acknowledged, and how often a neighbor was asked may differ.
    /// </summary>
    Semantic,
    /// <summary>Every octet, in order within each conversation. Only with the recorded host's seed, clock and calls.</summary>
    Exact,
}

/// <summary>How a replayed answer differs.</summary>
public enum ReplayDifferenceKind : byte
{
    /// <summary>It was recorded, and did not come.</summary>
    Missing,
    /// <summary>It came, and was not recorded.</summary>
    Unexpected,
    /// <summary>Another one came.</summary>
    Different,
}

/// <summary>A frame that a difference is about.</summary>
/// <param name="Time">When it was sent, UTC.</param>
/// <param name="Octets">All of it.</param>
public readonly record struct ReplayedFrame(DateTimeOffset Time, ReadOnlyMemory<byte> Octets);

/// <summary>One difference between a session and its replay.</summary>
/// <param name="Kind">Which way they differ.</param>
/// <param name="Conversation">Whose frames they are.</param>
/// <param name="What">What differs, in words.</param>
/// <param name="Recorded">The recorded frame, where there is one.</param>
/// <param name="Replayed">The replayed frame, where there is one.</param>
public sealed record ReplayDifference(
    ReplayDifferenceKind Kind, string Conversation, string What, ReplayedFrame? Recorded, ReplayedFrame? Replayed)
{
    internal DateTimeOffset Time => Recorded is { } recorded && Replayed is { } replayed && replayed.Time < recorded.Time
        ? replayed.Time : (Recorded ?? Replayed)?.Time ?? default;
}

/// <summary>What may differ between a session and its replay, counted on both sides.</summary>
/// <param name="Recorded">In the session.</param>
/// <param name="Replayed">In the replay.</param>
public readonly record struct ReplayCounts(long Recorded, long Replayed)
{
    /// <summary>Both, with separators of thousands.</summary>
    public override string ToString() =>
        string.Create(CultureInfo.InvariantCulture, $"{Recorded:N0} recorded, {Replayed:N0} replayed");
}

/// <summary>How a stack's answers in a replay compare with the recorded ones. <see cref="ReplayLink.Compare"/>.</summary>
/// <remarks>
/// A connection counts as one answer of the recording in <see cref="ReplayStrictness.Semantic"/>; any other frame, and in <see
/// cref="ReplayStrictness.Exact"/> each frame, is one. It never changes. Any thread.
/// </remarks>
public sealed class ReplayReport
{
    /// <summary>How many differences are kept: the first ones.</summary>
    public const int MostDifferences = 20;

    internal ReplayReport(RecordedSession session, ReplayStrictness strictness, IReadOnlyList<ReplayDifference> differences) =>
        (Session, Strictness, Differences) = (session, strictness, differences);

    /// <summary>The session.</summary>
    public RecordedSession Session { get; }

    /// <summary>Which differences counted.</summary>
    public ReplayStrictness Strictness { get; }

    /// <summary>True when nothing is missing, unexpected or different.</summary>
    public bool Agrees => Missing + Unexpected + Different == 0;

    /// <summary>Recorded answers that came.</summary>
    public int Matched { get; internal init; }

    /// <summary>Recorded answers that did not come.</summary>
    public int Missing { get; internal init; }

    /// <summary>Answers that were not recorded.</summary>
    public int Unexpected { get; internal init; }

    /// <summary>Recorded answers in whose place others came.</summary>
    public int Different { get; internal init; }

    /// <summary>Frames that came when the recording had ended, and were not looked for in it.</summary>
    public int Late { get; internal init; }

    /// <summary>The first differences, in order of time; <see cref="MostDifferences"/> at most.</summary>
    public IReadOnlyList<ReplayDifference> Differences { get; }

    /// <summary>How many differences there are beyond those.</summary>
    public int MoreDifferences { get; internal init; }

    /// <summary>All frames that were sent.</summary>
    public ReplayCounts Frames { get; internal init; }

    /// <summary>Frames that came as they were recorded, octet for octet and in order within their conversations.</summary>
    public int EqualFrames { get; internal init; }

    /// <summary>Segments of TCP.</summary>
    public ReplayCounts Segments { get; internal init; }

    /// <summary>Segments that do nothing but acknowledge.</summary>
    public ReplayCounts PureAcknowledgments { get; internal init; }

    /// <summary>Octets of streams that were sent again.</summary>
    public ReplayCounts RepeatedOctets { get; internal init; }

    /// <summary>ARP requests for neighbors.</summary>
    public ReplayCounts NeighborRequests { get; internal init; }

    /// <summary>
    /// Frames that arrived and were dropped for another reason than recorded, or were dropped and had not been, or the
    /// reverse.
    /// </summary>
    public int OtherVerdicts { get; internal init; }

    /// <summary>The first of them, in words; null when there are none.</summary>
    public string? FirstOtherVerdict { get; internal init; }

    /// <summary>What was fed, and how.</summary>
    public ReplayFeed Feed { get; internal init; }

    /// <summary>The report in words, with both frames of each difference.</summary>
    public override string ToString()
    {
        var text = new StringBuilder();
        Line(text, $"replay of {Session.Name}: {Session.Frames.Count - Session.OutboundCount:N0} frames arrived in {(Session.End - Session.Start).TotalSeconds:0.0##} s, {Feed.Frames:N0} were fed");
        Line(text, $"answers {(Agrees ? "agree" : "differ")} ({Name(Strictness)}): {Matched:N0} matched, {Missing:N0} missing, {Unexpected:N0} unexpected, {Different:N0} different");
        for (int i = 0; i < Differences.Count; i++) Print(text, i + 1, Differences[i]);
        if (MoreDifferences > 0) Line(text, $"and {MoreDifferences:N0} more differences");
        Line(text, $"frames: {Frames}; {EqualFrames:N0} octet for octet; {Late:N0} after the recording's end");
        if (Segments != default)
            Line(text, $"segments: {Segments}; pure acknowledgments: {PureAcknowledgments}; octets sent again: {RepeatedOctets}");
        if (NeighborRequests.Recorded != NeighborRequests.Replayed) Line(text, $"requests for neighbors: {NeighborRequests}");
        Line(text, $"translated: {Feed.Translated:N0} frames; held back: {Feed.Held:N0}, for {Feed.LongestHold.TotalMilliseconds:0.###} ms at most; fed in part before: {Feed.Parts:N0}");
        if (Feed.Forced > 0) Line(text, $"fed too early, since what they answer was not sent in time: {Feed.Forced:N0} frames, the first is number {Feed.FirstForced}");
        if (Feed.Waiting > 0) Line(text, $"held back still: {Feed.Waiting:N0} frames");
        if (Session.BentTimes > 0)
            Line(text, $"frames recorded with an earlier time than those before them: {Session.BentTimes:N0}");
        if (OtherVerdicts > 0) Line(text, $"frames dropped otherwise than recorded: {OtherVerdicts:N0}; {FirstOtherVerdict}");
        return text.ToString();
    }

    private static string Name(ReplayStrictness strictness) => strictness == ReplayStrictness.Exact ? "exact" : "semantic";

    private static void Line(StringBuilder text, FormattableString line) =>
        text.Append(line.ToString(CultureInfo.InvariantCulture)).Append('\n');

    private void Print(StringBuilder text, int number, ReplayDifference difference)
    {
        string kind = difference.Kind switch
        {
            ReplayDifferenceKind.Missing => "missing",
            ReplayDifferenceKind.Unexpected => "unexpected",
            _ => "different",
        };
        Line(text, $"{number,3}. {difference.Conversation}: {kind}: {difference.What}");
        if (difference.Recorded is { } recorded) Line(text, $"     recorded {Print(recorded)}");
        if (difference.Replayed is { } replayed) Line(text, $"     replayed {Print(replayed)}");
    }

    private string Print(in ReplayedFrame frame)
    {
        string time = ReplayTime.Print((frame.Time - Session.Start).Ticks * 100);
        return Session.Medium == LinkMedium.Ethernet
            ? $"{time} {PacketPrinter.PrintEthernet(frame.Octets.Span)}" : $"{time} {PacketPrinter.PrintIp(frame.Octets.Span)}";
    }
}
