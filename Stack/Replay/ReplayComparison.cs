using System.Globalization;
using UserNet.Addressing;
using UserNet.Doors;
using UserNet.Link;
using UserNet.Wire;

namespace UserNet.Replay;

/// <summary>Compares what a stack sent in a replay with what was recorded, conversation by conversation.</summary>
internal sealed partial class ReplayComparison(
    RecordedSession session, ReplayFlows recorded, ReplayFlows replayed, List<ReplayAnswer> answers, ReplayStrictness strictness)
{
    // How far one frame is looked for behind another that does not match.
    private const int LookAhead = 32;

    private readonly bool _isEthernet = session.Medium == LinkMedium.Ethernet;
    private readonly long _end = session.Frames[^1].Nanoseconds;
    private readonly List<ReplayDifference> _differences = [];
    private int _matched, _missing, _unexpected, _different, _late, _equal, _otherVerdicts;
    private string? _firstOtherVerdict;
    private ReplayCounts _neighborRequests;

    private bool IsExact => strictness == ReplayStrictness.Exact;

    /// <summary>Compares all.</summary>
    public void Run()
    {
        foreach (ReplayFlow flow in recorded.All)
            if (flow.Outbound.Count > 0 || flow.Other is { Outbound.Count: > 0 }) Compare(flow.Key, flow, flow.Other);
        foreach (ReplayFlow flow in replayed.All)
            if (flow.Other is null && flow.Outbound.Count > 0) Compare(flow.Key, null, flow);
    }

    /// <summary>
    /// Counts the frames that were dropped otherwise than recorded. Of information alone: many drops follow from what
    /// else was under way.
    /// </summary>
    public void CompareVerdicts(DropReason?[] verdicts)
    {
        for (int i = 0; i < verdicts.Length; i++)
        {
            SessionFrame frame = session.Frames[i];
            if (verdicts[i] is not { } verdict || verdict == frame.Verdict) continue;
            _otherVerdicts++;
            _firstOtherVerdict ??= string.Create(
                CultureInfo.InvariantCulture, $"the first is number {frame.Number}: {verdict} in the replay, {frame.Verdict} in the recording");
        }
    }

    public ReplayReport Report(ReplayFeed feed)
    {
        // A stable order: those of one instant stay as they were found.
        ReplayDifference[] inOrder = [.. _differences.OrderBy(static one => one.Time)];
        int shown = Math.Min(inOrder.Length, ReplayReport.MostDifferences);
        return new ReplayReport(session, strictness, inOrder[..shown])
        {
            Matched = _matched,
            Missing = _missing,
            Unexpected = _unexpected,
            Different = _different,
            Late = _late,
            MoreDifferences = _differences.Count - shown,
            Frames = new ReplayCounts(session.OutboundCount, answers.Count),
            EqualFrames = _equal,
            Segments = _segments,
            PureAcknowledgments = _pureAcknowledgments,
            RepeatedOctets = _repeatedOctets,
            NeighborRequests = _neighborRequests,
            OtherVerdicts = _otherVerdicts,
            FirstOtherVerdict = _firstOtherVerdict,
            Feed = feed,
        };
    }

    private void Compare(ReplayKey key, ReplayFlow? then, ReplayFlow? now)
    {
        List<int> a = then?.Outbound ?? [], b = now?.Outbound ?? [];
        _equal += Align(a.Count, b.Count, (i, j) => OctetsThen(a[i]).Span.SequenceEqual(OctetsNow(b[j]).Span), static (_, _) => { });
        if (key.Kind == ReplayFlowKind.Tcp) CountSegments(then, now);
        if (IsExact) CompareFrames(key, a, b, (i, j) => OctetsThen(a[i]).Span.SequenceEqual(OctetsNow(b[j]).Span));
        else if (key.Kind == ReplayFlowKind.Tcp) CompareConnection(key, then, now);
        else if (key.Kind == ReplayFlowKind.Arp) CompareArp(key, then, now);
        else CompareNormalized(key, then, now, a, b);
    }

    private void CompareNormalized(ReplayKey key, ReplayFlow? then, ReplayFlow? now, List<int> a, List<int> b)
    {
        byte[][] normalThen = new byte[a.Count][], normalNow = new byte[b.Count][];
        for (int i = 0; i < a.Count; i++) normalThen[i] = ReplayFields.Normalize(OctetsThen(a[i]).Span, _isEthernet, then!);
        for (int j = 0; j < b.Count; j++) normalNow[j] = ReplayFields.Normalize(OctetsNow(b[j]).Span, _isEthernet, now!);
        CompareFrames(key, a, b, (i, j) => normalThen[i].AsSpan().SequenceEqual(normalNow[j]));
    }

    // How often a neighbor is asked follows from chance and from timers; that it is asked at all, from what is to be sent.
    private void CompareArp(ReplayKey key, ReplayFlow? then, ReplayFlow? now)
    {
        List<int> a = [], b = [];
        int askedThen = -1, askedNow = -1;
        foreach (int place in then?.Outbound ?? [])
        {
            if (!IsQuestion(OctetsThen(place), out bool isBroadcast)) a.Add(place);
            else if (Count(isNow: false) && isBroadcast && askedThen < 0) askedThen = place;
        }

        foreach (int place in now?.Outbound ?? [])
        {
            if (!IsQuestion(OctetsNow(place), out bool isBroadcast)) b.Add(place);
            else if (Count(isNow: true) && isBroadcast && askedNow < 0) askedNow = place;
        }

        if (askedThen >= 0) a.Insert(0, askedThen);
        if (askedNow >= 0) b.Insert(0, askedNow);
        CompareNormalized(key, then, now, a, b);

        bool Count(bool isNow)
        {
            (long counted, long countedNow) = (_neighborRequests.Recorded, _neighborRequests.Replayed);
            _neighborRequests = isNow ? new ReplayCounts(counted, countedNow + 1) : new ReplayCounts(counted + 1, countedNow);
            return true;
        }
    }

    // Announcements and probes are no questions (RFC 5227 §1.1).
    private bool IsQuestion(ReadOnlyMemory<byte> octets, out bool isBroadcast)
    {
        var view = new FrameView(octets.Span, _isEthernet);
        isBroadcast = view.IsArp && view.Ethernet.Destination.IsMulticast;
        return view.IsArp && view.Arp.Operation == ArpOperation.Request && view.Arp.SenderProtocol != view.Arp.TargetProtocol
            && view.Arp.SenderProtocol != InetAddress.AnyV4;
    }

    private void CompareFrames(ReplayKey key, List<int> a, List<int> b, Func<int, int, bool> equals) =>
        _matched += Align(a.Count, b.Count, equals, (i, j) => Tell(key, i < 0 ? -1 : a[i], j < 0 ? -1 : b[j]));

    private void Tell(ReplayKey key, int then, int now)
    {
        if (then < 0)
        {
            if (IsLate(now)) _late++;
            else Add(ref _unexpected, ReplayDifferenceKind.Unexpected, key, "a frame that was not recorded", then, now);
        }
        else if (now < 0)
        {
            Add(ref _missing, ReplayDifferenceKind.Missing, key, "a frame that was recorded", then, now);
        }
        else
        {
            string what = ReplayFields.FirstDifference(OctetsThen(then).Span, OctetsNow(now).Span, _isEthernet, IsExact);
            Add(ref _different, ReplayDifferenceKind.Different, key, what, then, now);
        }
    }

    private void Add(ref int count, ReplayDifferenceKind kind, ReplayKey key, string what, int then, int now)
    {
        count++;
        Add(kind, key, what, then, now);
    }

    private void Add(ReplayDifferenceKind kind, ReplayKey key, string what, int then, int now) => _differences.Add(new ReplayDifference(
        kind, key.ToString(), what,
        then < 0 ? null : new ReplayedFrame(session.Frames[then].Time, OctetsThen(then)),
        now < 0 ? null : new ReplayedFrame(ReplayTime.At(answers[now].Nanoseconds), OctetsNow(now))));

    private ReadOnlyMemory<byte> OctetsThen(int place) => session.Frames[place].Octets;

    private ReadOnlyMemory<byte> OctetsNow(int place) => answers[place].Octets;

    // What comes when the recording has ended would perhaps have been recorded.
    private bool IsLate(int place) => answers[place].Nanoseconds >= _end;

    /// <summary>Puts two rows side by side, in order; answers how many pairs are equal.</summary>
    /// <param name="countA">How many there are in one.</param>
    /// <param name="countB">How many there are in the other.</param>
    /// <param name="equals">Whether two are equal.</param>
    /// <param name="tell">Told of pairs that are not; with -1 where one has no counterpart.</param>
    private static int Align(int countA, int countB, Func<int, int, bool> equals, Action<int, int> tell)
    {
        int i = 0, j = 0, equal = 0;
        while (i < countA && j < countB)
        {
            if (equals(i, j))
            {
                (i, j, equal) = (i + 1, j + 1, equal + 1);
                continue;
            }

            (int skipA, int skipB) = FindNext(i, j, countA, countB, equals);
            if (skipA == 0 && skipB == 0)
            {
                tell(i, j);
                (i, j) = (i + 1, j + 1);
                continue;
            }

            for (; skipA > 0; skipA--, i++) tell(i, -1);
            for (; skipB > 0; skipB--, j++) tell(-1, j);
        }

        for (; i < countA; i++) tell(i, -1);
        for (; j < countB; j++) tell(-1, j);
        return equal;
    }

    private static (int SkipA, int SkipB) FindNext(int i, int j, int countA, int countB, Func<int, int, bool> equals)
    {
        for (int distance = 1; distance <= LookAhead; distance++)
        {
            if (i + distance < countA && j + distance < countB && equals(i + distance, j + distance)) return (0, 0);
            if (j + distance < countB && equals(i, j + distance)) return (0, distance);
            if (i + distance < countA && equals(i + distance, j)) return (distance, 0);
        }

        return (0, 0);
    }
}
