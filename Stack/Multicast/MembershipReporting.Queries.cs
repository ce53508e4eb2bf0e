using System.Runtime.InteropServices;
using UserNet.Addressing;
using UserNet.Time;
using UserNet.Wire;

namespace UserNet.Multicast;

// Queries and the answers to them. RFC 3376 §5.2, RFC 3810 §6.2; RFC 2236 §3, RFC 2710 §4.
internal sealed partial class MembershipReporting
{
    private Timer? _generalTimer;
    private Deadline _generalDeadline;
    private Timestamp _generalDue;

    /// <summary>A router asks; false when this host has nothing to answer.</summary>
    public bool OnQuery(in MembershipQuery query, Timestamp now)
    {
        if (!MayReport) return false;
        Learn(query, now);
        if (Version(now) < protocol.Latest) return OnQueryAsOld(query, now);

        Timestamp due = now + Draw(query.MaxResponseTime);
        bool generalWaits = context.Deadlines.Waits(_generalDeadline);
        if (query.IsGeneral)
        {
            if (!HasStateToReport) return false;
            if (generalWaits && _generalDue < due) return true;      // rule 1
            _generalDue = due;
            Schedule(ref _generalDeadline, _generalTimer ??= new Timer(this, isOfChanges: false), due);      // rule 2
            return true;
        }

        if (Find(query.Group) is not { } group || !IsReported(group)) return false;
        if (!generalWaits || _generalDue >= due) Plan(group, query, due);
        return true;
    }

    /// <summary>Rules 3 to 5: an answer about one group, perhaps about some of its sources only.</summary>
    private void Plan(ReportedGroup group, in MembershipQuery query, Timestamp due)
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

    /// <summary>In older versions each group is answered for at a time of its own, so that one host's report saves the others theirs.</summary>
    private bool OnQueryAsOld(in MembershipQuery query, Timestamp now)
    {
        if (!query.IsGeneral) return Find(query.Group) is { } asked && PlanAsOld(asked, query.MaxResponseTime, now);
        bool concerns = false;
        foreach (ReportedGroup group in _groups) concerns |= PlanAsOld(group, query.MaxResponseTime, now);
        return concerns;
    }

    private bool PlanAsOld(ReportedGroup group, TimeSpan longest, Timestamp now)
    {
        if (!IsReported(group)) return false;
        if (!context.Deadlines.Waits(group.Response) || group.ResponseDue > now + longest) Respond(group, now + Draw(longest));
        return true;
    }

    /// <summary>
    /// Another host reported a group: this one need not, where routers keep no more than groups in mind. False when it changes nothing.
    /// RFC 2236 §3, RFC 2710 §4.
    /// </summary>
    public bool OnForeignReport(InetAddress address, Timestamp now)
    {
        if (!MayReport || Version(now) == protocol.Latest) return false;
        if (Find(address) is not { } group || !context.Deadlines.Waits(group.Response)) return false;
        context.Deadlines.Cancel(group.Response);
        group.OldReportsLeft = 0;
        group.IsLastReporter = false;
        return true;
    }

    /// <summary>
    /// What a query says of the routers: their version, how often they ask, how much may be lost. RFC 3376 §7.2.1, §8; RFC 3810 §8.2.1, §9.
    /// </summary>
    private void Learn(in MembershipQuery query, Timestamp now)
    {
        if (query.IsGeneral) _responseInterval = query.MaxResponseTime;
        if (query.Version == protocol.Latest)
        {
            _robustness = query.Robustness == 0 ? DefaultRobustness : query.Robustness;
            _queryInterval = query.QueryInterval == TimeSpan.Zero ? DefaultQueryInterval : query.QueryInterval;
            return;
        }

        if (!query.IsGeneral && !protocol.AnyQueryTellsVersion) return;
        // The older version querier present timeout, RFC 3376 §8.12, RFC 3810 §9.12.
        _spokenUntil[query.Version] = now + (_robustness * _queryInterval) + _responseInterval;
    }

    /// <summary>The answer to a general query is due: every group's state. RFC 3376 §5.2, RFC 3810 §6.2.</summary>
    private void OnGeneralDue(Timestamp now)
    {
        if (!MayReport || Version(now) < protocol.Latest) return;
        var batch = new ReportBatch(this, now);
        foreach (ReportedGroup group in _groups)
            if (IsReported(group)) AppendState(group, ref batch);
        batch.Flush();
    }

    /// <summary>The answer about a group is due, or a report of an older version.</summary>
    public void OnResponseDue(ReportedGroup group, Timestamp now)
    {
        int before = _version;
        if (!MayReport || Version(now) != before || !IsReported(group)) return;
        if (before < protocol.Latest)
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

    private static void AppendState(ReportedGroup group, ref ReportBatch batch) => batch.Append(
        group.Filter.Mode == FilterMode.Include ? GroupRecordType.ModeIsInclude : GroupRecordType.ModeIsExclude,
        group.Address, group.Filter.Sources);

    /// <summary>Of the sources that were asked for, those that are heard; no answer when there is none.</summary>
    private void AppendHeardOfAsked(ReportedGroup group, ref ReportBatch batch)
    {
        _listed.Clear();
        foreach (InetAddress source in group.Asked)
            if (group.Filter.Accepts(source)) _listed.Add(source);
        if (_listed.Count > 0)
            batch.Append(GroupRecordType.ModeIsInclude, group.Address, CollectionsMarshal.AsSpan(_listed));
    }

    private void Respond(ReportedGroup group, Timestamp due)
    {
        context.Deadlines.Cancel(group.Response);
        group.ResponseDue = due;
        group.Response = context.Deadlines.Add(due, group);
    }

    private bool HasStateToReport
    {
        get
        {
            foreach (ReportedGroup group in _groups)
                if (IsReported(group)) return true;
            return false;
        }
    }

    private bool IsReported(ReportedGroup group) => !group.Filter.HearsNobody && protocol.IsReported(group.Address);
}
