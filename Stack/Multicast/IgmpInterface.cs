using UserNet.Addressing;
using UserNet.Doors;
using UserNet.Ip;
using UserNet.Link;
using UserNet.Time;
using UserNet.Wire;

namespace UserNet.Multicast;

/// <summary>
/// The host's side of IGMP on one interface: says what changes, answers queries, and speaks an older version as long as
/// a router on the link does. RFC 3376 §5 and §7; RFC 2236 §3; RFC 1112, appendix I.
/// </summary>
/// <remarks>Gate held. Reads no clock: what is to be done later waits in the stack's deadlines.</remarks>
internal sealed partial class IgmpInterface(
    InterfaceEntry entry, InterfaceTable interfaces, Ipv4Output output, LinkContext context)
{
    /// <summary>How many messages may be lost, where no router says otherwise. RFC 3376 §8.1.</summary>
    public const int DefaultRobustness = 2;

    /// <summary>Groups that were left and are still to be reported; beyond, the oldest is forgotten.</summary>
    public const int MaxDeparted = 1024;

    private static readonly TimeSpan DefaultQueryInterval = TimeSpan.FromSeconds(125);      // RFC 3376 §8.2

    private readonly List<IgmpGroup> _groups = [];      // in the order in which they were joined
    private readonly Dictionary<InetAddress, IgmpGroup> _byAddress = [];
    private int _departed;
    private int _robustness = DefaultRobustness;
    private TimeSpan _queryInterval = DefaultQueryInterval;
    private Timestamp _version1Until, _version2Until;
    private int _version = 3;

    private bool MayReport => entry is { IsUp: true, IsLoopback: false, Port.IsClosed: false };

    /// <summary>The group's state, or null when nobody joined it and nothing is left to be said of it.</summary>
    public IgmpGroup? Find(InetAddress group) => _byAddress.GetValueOrDefault(group);

    /// <summary>How many groups it has a state of.</summary>
    public int Count => _groups.Count;

    /// <summary>The version to speak now. When it changes, all that waits is dropped. RFC 3376 §7.2.1.</summary>
    public int Version(Timestamp now)
    {
        int version = now < _version1Until ? 1 : now < _version2Until ? 2 : 3;
        if (version == _version) return version;
        _version = version;
        ForgetPending();
        return version;
    }

    /// <summary>A socket's filter for a group is another one now.</summary>
    public void Change(InetAddress address, SourceFilter? before, SourceFilter? after, Timestamp now)
    {
        Version(now);      // may forget what waits, this group included
        if (!_byAddress.TryGetValue(address, out IgmpGroup? group))
        {
            if (after is null) return;
            group = new IgmpGroup(this, address);
            _byAddress.Add(address, group);
            _groups.Add(group);
        }

        bool had = group.Members > 0, wasDeparted = group.IsDeparted;
        SourceFilter old = group.Apply(before, after);
        bool has = group.Members > 0;
        if (has && !had) (entry.Port as EthernetPort)?.Join(EthernetPort.GroupOf(address));
        if (had && !has) (entry.Port as EthernetPort)?.Leave(EthernetPort.GroupOf(address));
        if (!old.Equals(group.Filter) && address != MulticastGroups.AllHosts && MayReport) OnChanged(group, old, now);
        if (group.IsDeparted != wasDeparted) _departed += wasDeparted ? -1 : 1;
        RemoveIfDone(group);
        if (_departed > MaxDeparted) ForgetOldestDeparted();
    }

    /// <summary>The interface has got a link: it is to let all groups through.</summary>
    public void JoinAllOnLink()
    {
        if (entry.Port is not EthernetPort port) return;
        foreach (IgmpGroup group in _groups)
            if (group.Members > 0) port.Join(EthernetPort.GroupOf(group.Address));
    }

    /// <summary>The interface went up: all groups are reported as if they were joined now.</summary>
    public void OnUp()
    {
        _version1Until = _version2Until = Timestamp.Zero;
        _version = 3;
        _robustness = DefaultRobustness;
        _queryInterval = DefaultQueryInterval;
        ForgetPending();
        _announces = true;
        Schedule(ref _changesDeadline, _changesTimer ??= new Timer(this, isOfChanges: true), Timestamp.Zero);
    }

    /// <summary>The interface went down: nothing more is said.</summary>
    public void OnDown() => ForgetPending();

    /// <summary>An IGMP message arrived, which is well formed as far as all versions go.</summary>
    public DropReason Receive(in IpArrival arrival, in IgmpMessage message, Timestamp now)
    {
        if (!MayReport) return DropReason.IgmpIgnored;
        switch (message.Type)
        {
            case IgmpType.MembershipQuery:
                if (!IgmpQuery.TryParse(arrival.Payload, out IgmpQuery query)) return DropReason.IgmpMalformed;
                return OnQuery(query, arrival, now);
            case IgmpType.MembershipReportV1 or IgmpType.MembershipReportV2:
                return OnForeignReport(message.Group, now);
            default:
                return DropReason.IgmpIgnored;      // what hosts say of version 3, and to routers, is not for hosts
        }
    }

    /// <summary>Drops answers and repetitions that wait.</summary>
    private void ForgetPending()
    {
        context.Deadlines.Cancel(_changesDeadline);
        context.Deadlines.Cancel(_generalDeadline);
        _announces = false;
        for (int i = _groups.Count - 1; i >= 0; i--)
        {
            IgmpGroup group = _groups[i];
            context.Deadlines.Cancel(group.Response);
            group.Asked.Clear();
            group.OldReportsLeft = 0;
            if (group.IsDeparted) _departed--;
            group.ForgetChanges();
            RemoveIfDone(group);
        }
    }

    private void RemoveIfDone(IgmpGroup group)
    {
        if (group.Members > 0 || group.HasChanges) return;
        context.Deadlines.Cancel(group.Response);
        _byAddress.Remove(group.Address);
        _groups.Remove(group);
    }

    private void ForgetOldestDeparted()
    {
        foreach (IgmpGroup group in _groups)
        {
            if (!group.IsDeparted) continue;
            _departed--;
            group.ForgetChanges();
            RemoveIfDone(group);
            return;
        }
    }

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
    private sealed class Timer(IgmpInterface owner, bool isOfChanges) : IExpires
    {
        public void OnExpired(Timestamp now)
        {
            if (isOfChanges) owner.OnChangesDue(now);
            else owner.OnGeneralDue(now);
        }
    }
}
