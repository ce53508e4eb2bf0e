using System.Runtime.InteropServices;
using UserNet.Addressing;
using UserNet.Doors;
using UserNet.Ip;
using UserNet.Time;
using UserNet.Wire;

namespace UserNet.Multicast;

// Queries and the answers to them. RFC 3376 §5.2, RFC 2236 §3.
internal sealed partial class IgmpInterface
{
    private Timer? _generalTimer;
    private Deadline _generalDeadline;
    private Timestamp _generalDue;

    private DropReason OnQuery(in IgmpQuery query, in IpArrival arrival, Timestamp now)
    {
        // A query of version 1 is about all groups, whatever it says. RFC 1112, appendix I.
        bool isGeneral = query.IsGeneral || query.Version == 1;
        if (query.Version > 1 && !HasRouterAlert(arrival.Packet.Options)) return DropReason.IgmpIgnored;      // RFC 3376 §9.1
        if (isGeneral && arrival.Destination.IsMulticast && arrival.Destination != MulticastGroups.AllHosts) return DropReason.IgmpIgnored;
        if (!isGeneral && !query.Group.IsMulticast) return DropReason.IgmpMalformed;
        Learn(query, isGeneral, now);
        if (Version(now) < 3) return OnQueryAsOld(query, isGeneral, now);

        Timestamp due = now + Draw(query.MaxResponseTime);
        bool generalWaits = context.Deadlines.Waits(_generalDeadline);
        if (isGeneral)
        {
            if (!HasStateToReport) return DropReason.IgmpIgnored;
            if (generalWaits && _generalDue < due) return DropReason.None;      // rule 1
            _generalDue = due;
            Schedule(ref _generalDeadline, _generalTimer ??= new Timer(this, isOfChanges: false), due);      // rule 2
            return DropReason.None;
        }

        if (Find(query.Group) is not { } group || !IsReported(group)) return DropReason.IgmpIgnored;
        if (!generalWaits || _generalDue >= due) Plan(group, query, due);
        return DropReason.None;
    }

    /// <summary>Rules 3 to 5: an answer about one group, perhaps about some of its sources only.</summary>
    private void Plan(IgmpGroup group, in IgmpQuery query, Timestamp due)
    {
        bool waits = context.Deadlines.Waits(group.Response);
        if (!waits) group.Asked.Clear();
        bool isAboutAll = query.SourceCount == 0 || (waits && group.Asked.Count == 0);
        for (int i = 0; i < query.SourceCount && !isAboutAll; i++)
        {
            group.Ask(query.Source(i));
            isAboutAll = group.IsAskedTooMuch;
        }

        if (isAboutAll) group.Asked.Clear();
        if (!waits || due < group.ResponseDue) Respond(group, due);
    }

    /// <summary>In version 2 each group is answered for at a time of its own, so that one host's report saves the others theirs.</summary>
    private DropReason OnQueryAsOld(in IgmpQuery query, bool isGeneral, Timestamp now)
    {
        bool concerns = false;
        if (!isGeneral)
        {
            if (Find(query.Group) is { } group) concerns = PlanAsOld(group, query.MaxResponseTime, now);
            return concerns ? DropReason.None : DropReason.IgmpIgnored;
        }

        foreach (IgmpGroup group in _groups) concerns |= PlanAsOld(group, query.MaxResponseTime, now);
        return concerns ? DropReason.None : DropReason.IgmpIgnored;
    }

    private bool PlanAsOld(IgmpGroup group, TimeSpan longest, Timestamp now)
    {
        if (!IsReported(group)) return false;
        if (!context.Deadlines.Waits(group.Response) || group.ResponseDue > now + longest) Respond(group, now + Draw(longest));
        return true;
    }

    /// <summary>Another host reported a group: this one need not, where routers keep no more than groups in mind. RFC 2236 §3.</summary>
    private DropReason OnForeignReport(InetAddress address, Timestamp now)
    {
        if (Version(now) == 3 || Find(address) is not { } group || !context.Deadlines.Waits(group.Response)) return DropReason.IgmpIgnored;
        context.Deadlines.Cancel(group.Response);
        group.OldReportsLeft = 0;
        group.IsLastReporter = false;
        return DropReason.None;
    }

    /// <summary>What a query says of the routers: their version, how often they ask, how much may be lost. RFC 3376 §7.2.1, §8.</summary>
    private void Learn(in IgmpQuery query, bool isGeneral, Timestamp now)
    {
        if (query.Version == 3)
        {
            _robustness = query.RobustnessVariable == 0 ? DefaultRobustness : query.RobustnessVariable;
            _queryInterval = query.QueryInterval == TimeSpan.Zero ? DefaultQueryInterval : query.QueryInterval;
            return;
        }

        if (!isGeneral) return;
        // The older version querier present timeout, RFC 3376 §8.12.
        Timestamp until = now + (_robustness * _queryInterval) + query.MaxResponseTime;
        if (query.Version == 1) _version1Until = until;
        else _version2Until = until;
    }

    /// <summary>The answer to a general query is due: every group's state. RFC 3376 §5.2.</summary>
    private void OnGeneralDue(Timestamp now)
    {
        if (!MayReport || Version(now) < 3) return;
        var batch = new ReportBatch(this, now);
        foreach (IgmpGroup group in _groups)
            if (IsReported(group)) AppendState(group, ref batch);
        batch.Flush();
    }

    /// <summary>The answer about a group is due, or a report of an older version.</summary>
    public void OnResponseDue(IgmpGroup group, Timestamp now)
    {
        int before = _version;
        if (!MayReport || Version(now) != before || !IsReported(group)) return;
        if (before < 3)
        {
            ReportAsOld(group, now);
            return;
        }

        var batch = new ReportBatch(this, now);
        if (group.Asked.Count == 0) AppendState(group, ref batch);
        else AppendHeardOfAsked(group, ref batch);
        group.Asked.Clear();
        batch.Flush();
    }

    private static void AppendState(IgmpGroup group, ref ReportBatch batch) => batch.Append(
        group.Filter.Mode == FilterMode.Include ? IgmpRecordType.ModeIsInclude : IgmpRecordType.ModeIsExclude,
        group.Address, group.Filter.Sources);

    /// <summary>Of the sources that were asked for, those that are heard; no answer when there is none.</summary>
    private void AppendHeardOfAsked(IgmpGroup group, ref ReportBatch batch)
    {
        _listed.Clear();
        foreach (InetAddress source in group.Asked)
            if (group.Filter.Accepts(source)) _listed.Add(source);
        if (_listed.Count > 0)
            batch.Append(IgmpRecordType.ModeIsInclude, group.Address, CollectionsMarshal.AsSpan(_listed));
    }

    private void Respond(IgmpGroup group, Timestamp due)
    {
        context.Deadlines.Cancel(group.Response);
        group.ResponseDue = due;
        group.Response = context.Deadlines.Add(due, group);
    }

    private bool HasStateToReport
    {
        get
        {
            foreach (IgmpGroup group in _groups)
                if (IsReported(group)) return true;
            return false;
        }
    }

    private static bool IsReported(IgmpGroup group) => !group.Filter.HearsNobody && group.Address != MulticastGroups.AllHosts;

    private static bool HasRouterAlert(ReadOnlySpan<byte> options)
    {
        Ipv4Options.Enumerator walk = Ipv4Options.Walk(options);
        while (walk.MoveNext())
            if (walk.Current.Type == Ipv4OptionType.RouterAlert) return true;
        return false;
    }
}
