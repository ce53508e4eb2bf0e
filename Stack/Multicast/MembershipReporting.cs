using UserNet.Addressing;
using UserNet.Ip;
using UserNet.Link;
using UserNet.Time;

namespace UserNet.Multicast;

/// <summary>
/// The host's side of IGMP or MLD on one interface: says what changes, answers queries, and speaks an older version as long as a router
/// on the link does. RFC 3376 §5 and §7, RFC 3810 §6 and §8; RFC 2236 §3, RFC 2710 §4; RFC 1112, appendix I.
/// </summary>
/// <remarks>
/// The two protocols are one machine with other messages: those, and where the versions differ, are a <see cref="MembershipProtocol"/>'s.
/// Gate held. Reads no clock: what is to be done later waits in the stack's deadlines.
/// </remarks>
internal sealed partial class MembershipReporting(InterfaceEntry entry, MembershipProtocol protocol, LinkContext context)
{
    /// <summary>How many messages may be lost, where no router says otherwise. RFC 3376 §8.1, RFC 3810 §9.1.</summary>
    public const int DefaultRobustness = 2;

    /// <summary>Groups that were left and are still to be reported; beyond, the oldest is forgotten.</summary>
    public const int MaxDeparted = 1024;

    private static readonly TimeSpan DefaultQueryInterval = TimeSpan.FromSeconds(125);      // RFC 3376 §8.2, RFC 3810 §9.2
    private static readonly TimeSpan DefaultResponseInterval = TimeSpan.FromSeconds(10);      // RFC 3376 §8.3, RFC 3810 §9.3

    private readonly List<ReportedGroup> _groups = [];      // in the order in which they were joined
    private readonly Dictionary<InetAddress, ReportedGroup> _byAddress = [];
    private int _departed;
    private int _robustness = DefaultRobustness;
    private TimeSpan _queryInterval = DefaultQueryInterval, _responseInterval = DefaultResponseInterval;
    private readonly Timestamp[] _spokenUntil = new Timestamp[protocol.Latest];      // by version: until when a router is taken to speak it
    private int _version = protocol.Latest;

    private bool MayReport => entry is { IsUp: true, IsLoopback: false, Port.IsClosed: false };

    /// <summary>The group's state, or null when nobody joined it and nothing is left to be said of it.</summary>
    public ReportedGroup? Find(InetAddress group) => _byAddress.GetValueOrDefault(group);

    /// <summary>How many groups it has a state of.</summary>
    public int Count => _groups.Count;

    private bool SpeaksLatest => _version == protocol.Latest;

    /// <summary>The version to speak now. When it changes, all that waits is dropped. RFC 3376 §7.2.1, RFC 3810 §8.2.1.</summary>
    public int Version(Timestamp now)
    {
        int version = 1;
        while (version < protocol.Latest && now >= _spokenUntil[version]) version++;
        if (version == _version) return version;
        _version = version;
        ForgetPending();
        return version;
    }

    /// <summary>A socket's filter for a group is another one now.</summary>
    public void Change(InetAddress address, SourceFilter? before, SourceFilter? after, Timestamp now)
    {
        Version(now);      // may forget what waits, this group included
        if (!_byAddress.TryGetValue(address, out ReportedGroup? group))
        {
            if (after is null) return;
            group = new ReportedGroup(this, address);
            _byAddress.Add(address, group);
            _groups.Add(group);
        }

        bool had = group.Members > 0, wasDeparted = group.IsDeparted;
        SourceFilter old = group.Apply(before, after);
        bool has = group.Members > 0;
        if (has && !had) LinkOf(address)?.Join(EthernetPort.GroupOf(address));
        if (had && !has) LinkOf(address)?.Leave(EthernetPort.GroupOf(address));
        if (!old.Equals(group.Filter) && protocol.IsReported(address) && MayReport) OnChanged(group, old, now);
        if (group.IsDeparted != wasDeparted) _departed += wasDeparted ? -1 : 1;
        RemoveIfDone(group);
        if (_departed > MaxDeparted) ForgetOldestDeparted();
    }

    /// <summary>The interface has got a link: it is to let all groups through.</summary>
    public void JoinAllOnLink()
    {
        foreach (ReportedGroup group in _groups)
            if (group.Members > 0) LinkOf(group.Address)?.Join(EthernetPort.GroupOf(group.Address));
    }

    /// <summary>The interface went up: all groups are reported as if they were joined now.</summary>
    public void OnUp()
    {
        Array.Clear(_spokenUntil);
        _version = protocol.Latest;
        _robustness = DefaultRobustness;
        (_queryInterval, _responseInterval) = (DefaultQueryInterval, DefaultResponseInterval);
        _lackedSource = false;
        ForgetPending();
        if (!MayReport) return;
        _announces = true;
        Schedule(ref _changesDeadline, _changesTimer ??= new Timer(this, isOfChanges: true), Timestamp.Zero);
    }

    /// <summary>The interface went down: nothing more is said.</summary>
    public void OnDown() => ForgetPending();

    /// <summary>
    /// The interface has an address now to report from. What was reported from none, which routers ignore, is reported again.
    /// RFC 3590 §4.
    /// </summary>
    public void OnSourceReady(Timestamp now)
    {
        if (!_lackedSource || !MayReport) return;
        _lackedSource = false;
        Announce(now);
    }

    /// <summary>Drops answers and repetitions that wait.</summary>
    private void ForgetPending()
    {
        context.Deadlines.Cancel(_changesDeadline);
        context.Deadlines.Cancel(_generalDeadline);
        _announces = false;
        for (int i = _groups.Count - 1; i >= 0; i--)
        {
            ReportedGroup group = _groups[i];
            context.Deadlines.Cancel(group.Response);
            group.Asked.Clear();
            group.OldReportsLeft = 0;
            if (group.IsDeparted) _departed--;
            group.ForgetChanges();
            RemoveIfDone(group);
        }
    }

    private void RemoveIfDone(ReportedGroup group)
    {
        if (group.Members > 0 || group.HasChanges) return;
        context.Deadlines.Cancel(group.Response);
        _byAddress.Remove(group.Address);
        _groups.Remove(group);
    }

    private void ForgetOldestDeparted()
    {
        foreach (ReportedGroup group in _groups)
        {
            if (!group.IsDeparted) continue;
            _departed--;
            group.ForgetChanges();
            RemoveIfDone(group);
            return;
        }
    }

    /// <summary>The port whose filter is to let a group through; null where there is none, or the group does not leave the host.</summary>
    private EthernetPort? LinkOf(InetAddress group) => protocol.IsOnLink(group) ? entry.Port as EthernetPort : null;

    private void Schedule(ref Deadline deadline, IExpires what, Timestamp due)
    {
        context.Deadlines.Cancel(deadline);
        deadline = context.Deadlines.Add(due, what);
    }

    /// <summary>A time drawn from (0, longest], in milliseconds; 0 where that is 0.</summary>
    private TimeSpan Draw(TimeSpan longest)
    {
        uint milliseconds = (uint)longest.TotalMilliseconds;
        return milliseconds == 0 ? TimeSpan.Zero : TimeSpan.FromMilliseconds(context.Random.Below(milliseconds) + 1);
    }

    /// <summary>What is due for the interface as a whole.</summary>
    private sealed class Timer(MembershipReporting owner, bool isOfChanges) : IExpires
    {
        public void OnExpired(Timestamp now)
        {
            if (isOfChanges) owner.OnChangesDue(now);
            else owner.OnGeneralDue(now);
        }
    }
}
