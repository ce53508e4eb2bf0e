using System.Runtime.InteropServices;
using UserNet.Addressing;
using UserNet.Time;
using UserNet.Wire;

namespace UserNet.Multicast;

// What a host says of itself when its groups change. RFC 3376 §5.1, RFC 3810 §6.1; RFC 2236 §3, RFC 2710 §4.
internal sealed partial class MembershipReporting
{
    private static readonly TimeSpan UnsolicitedInterval = TimeSpan.FromSeconds(1);      // RFC 3376 §8.11, RFC 3810 §9.11
    private static readonly TimeSpan OldUnsolicitedInterval = TimeSpan.FromSeconds(10);      // RFC 2236 §8.10, RFC 2710 §7.10

    private readonly List<InetAddress> _listed = [];      // of the record that is being written
    private Timer? _changesTimer;
    private Deadline _changesDeadline;
    private bool _announces;      // after going up: the next report of changes is about all groups
    private bool _lackedSource;      // something was reported from no address

    private void OnChanged(ReportedGroup group, SourceFilter old, Timestamp now)
    {
        if (!SpeaksLatest)
        {
            // Older versions know of groups, not of sources.
            if (old.HearsNobody) JoinAsOld(group, now);
            else if (group.Filter.HearsNobody) LeaveAsOld(group, now);
            return;
        }

        group.NoteChange(old, _robustness);
        if (!group.HasChanges) return;
        var batch = new ReportBatch(this, now);
        AppendChanges(group, ref batch);
        batch.Flush();
        ScheduleChanges(now);
    }

    /// <summary>Reports of changes are due again: those of all groups in as few messages as they fit.</summary>
    private void OnChangesDue(Timestamp now)
    {
        if (!MayReport) return;
        if (_announces)
        {
            Announce(now);
            return;
        }

        if (Version(now) < protocol.Latest) return;
        SendChanges(now);
    }

    private void SendChanges(Timestamp now)
    {
        var batch = new ReportBatch(this, now);
        for (int i = 0; i < _groups.Count; i++)
        {
            ReportedGroup group = _groups[i];
            if (!group.HasChanges) continue;
            AppendChanges(group, ref batch);
            if (group.HasChanges || group.Members > 0) continue;
            _departed--;
            RemoveIfDone(group);
            i--;
        }

        batch.Flush();
        ScheduleChanges(now);
    }

    private void Announce(Timestamp now)
    {
        _announces = false;
        Version(now);      // may forget what waits
        foreach (ReportedGroup group in _groups)
        {
            if (!IsReported(group)) continue;
            if (SpeaksLatest) group.NoteChange(SourceFilter.Nobody, _robustness);
            else JoinAsOld(group, now);
        }

        if (SpeaksLatest) SendChanges(now);
    }

    private void ScheduleChanges(Timestamp now)
    {
        if (context.Deadlines.Waits(_changesDeadline)) return;
        foreach (ReportedGroup group in _groups)
        {
            if (!group.HasChanges) continue;
            Schedule(ref _changesDeadline, _changesTimer ??= new Timer(this, isOfChanges: true), now + Draw(UnsolicitedInterval));
            return;
        }
    }

    private void AppendChanges(ReportedGroup group, ref ReportBatch batch)
    {
        if (group.TellsMode)
        {
            bool includes = group.Filter.Mode == FilterMode.Include;
            batch.Append(
                includes ? GroupRecordType.ChangeToIncludeMode : GroupRecordType.ChangeToExcludeMode,
                group.Address, group.Filter.Sources);
        }
        else
        {
            AppendChangedSources(GroupRecordType.AllowNewSources, group, ref batch);
            AppendChangedSources(GroupRecordType.BlockOldSources, group, ref batch);
        }

        group.CountReport();
    }

    private void AppendChangedSources(GroupRecordType type, ReportedGroup group, ref ReportBatch batch)
    {
        _listed.Clear();
        group.CollectChanged(heard: type == GroupRecordType.AllowNewSources, _listed);
        if (_listed.Count > 0) batch.Append(type, group.Address, CollectionsMarshal.AsSpan(_listed));
    }

    private void JoinAsOld(ReportedGroup group, Timestamp now)
    {
        group.OldReportsLeft = _robustness;
        ReportAsOld(group, now);
    }

    /// <summary>Sends a report of an older version to the group itself, and plans the next one where one is to follow.</summary>
    private void ReportAsOld(ReportedGroup group, Timestamp now)
    {
        _lackedSource |= !protocol.SendOldReport(_version, group.Address, entry, now);
        group.IsLastReporter = true;
        if (group.OldReportsLeft > 0) group.OldReportsLeft--;
        if (group.OldReportsLeft > 0) Respond(group, now + Draw(OldUnsolicitedInterval));
    }

    private void LeaveAsOld(ReportedGroup group, Timestamp now)
    {
        context.Deadlines.Cancel(group.Response);
        group.OldReportsLeft = 0;
        // IGMP's version 1 knows no leaving; and where another host reported last, the router need not be told.
        if (_version >= protocol.FirstWithLeaving && group.IsLastReporter) protocol.SendLeave(group.Address, entry, now);
        group.IsLastReporter = false;
    }
}
