using UserNet.Addressing;
using UserNet.Binding;
using UserNet.Ip;
using UserNet.Time;

namespace UserNet.Multicast;

/// <summary>The groups that one socket is a member of, and which sources it hears in each. RFC 3376 §3.1, RFC 3678.</summary>
/// <remarks>
/// What it refuses, and in which order it looks, is as Linux does it, oddities included: a second join by another name
/// of the interface is the same join, a source that is there already is AddressNotAvailable, and a list that was emptied
/// keeps its mode. IPv4 groups only. Gate held.
/// </remarks>
internal sealed class SocketMemberships(IRoutes routes, MulticastGroups? groups)
{
    private readonly List<Membership> _joined = [];

    /// <summary>How many groups it is a member of, counted per interface.</summary>
    public int Count => _joined.Count;

    /// <summary>How many sources may be listed for a group.</summary>
    public int MaxSources => groups?.MaxSourcesPerFilter ?? MulticastGroups.DefaultMaxSources;

    private int MaxGroups => groups?.MaxMembershipsPerSocket ?? MulticastGroups.DefaultMaxMemberships;

    /// <summary>Joins a group, all of its sources: IP_ADD_MEMBERSHIP, MCAST_JOIN_GROUP.</summary>
    /// <returns>Granted, InvalidOption (no group), NoDevice, AlreadyJoined, TooManyGroups.</returns>
    public BindRule Join(in GroupRequest request, Timestamp now) => Join(request, SourceFilter.Everyone, now);

    /// <summary>Leaves a group: IP_DROP_MEMBERSHIP, MCAST_LEAVE_GROUP.</summary>
    /// <returns>Granted, NotJoined, NoDevice (no interface is named, and no route leads to the group).</returns>
    public BindRule Leave(in GroupRequest request, Timestamp now)
    {
        uint device = Resolve(request);
        if (device == 0 && request.Device == 0 && request.LocalAddress.IsWildcard) return BindRule.NoDevice;
        if (device == 0) device = request.Device;      // an interface that is gone may still have members
        for (int i = 0; i < _joined.Count; i++)
        {
            Membership membership = _joined[i];
            if (membership.Group != request.Group) continue;
            if (device != 0 ? membership.Device != device : membership.LocalAddress != request.LocalAddress) continue;
            _joined.RemoveAt(i);
            groups?.Change(membership.Device, membership.Group, membership.Filter, null, now);
            return BindRule.Granted;
        }

        return BindRule.NotJoined;
    }

    /// <summary>Joins a group for one source, or one source more: IP_ADD_SOURCE_MEMBERSHIP, MCAST_JOIN_SOURCE_GROUP.</summary>
    /// <returns>Granted, InvalidOption (no group; joined for all but some sources), NoDevice, NotJoined (the source is there), TooManyGroups.</returns>
    public BindRule JoinSource(in GroupRequest request, InetAddress source, Timestamp now)
    {
        BindRule rule = Join(request, SourceFilter.Nobody, now);
        return rule is BindRule.Granted or BindRule.AlreadyJoined
            ? ChangeSource(request, source, FilterMode.Include, isAdded: true, now) : rule;
    }

    /// <summary>Hears one source less, and leaves the group with the last one: IP_DROP_SOURCE_MEMBERSHIP, MCAST_LEAVE_SOURCE_GROUP.</summary>
    /// <returns>Granted, InvalidOption (no group, not a member, joined for all but some sources), NoDevice, NotJoined (no such source).</returns>
    public BindRule LeaveSource(in GroupRequest request, InetAddress source, Timestamp now) =>
        ChangeSource(request, source, FilterMode.Include, isAdded: false, now);

    /// <summary>Hears a source of a group no longer: IP_BLOCK_SOURCE, MCAST_BLOCK_SOURCE.</summary>
    /// <returns>Granted, InvalidOption (no group, not a member, joined for some sources only), NoDevice, NotJoined (blocked already), TooManyGroups (sources).</returns>
    public BindRule Block(in GroupRequest request, InetAddress source, Timestamp now) =>
        ChangeSource(request, source, FilterMode.Exclude, isAdded: true, now);

    /// <summary>Hears a blocked source again: IP_UNBLOCK_SOURCE, MCAST_UNBLOCK_SOURCE.</summary>
    /// <returns>As <see cref="Block"/>; NotJoined when it is not blocked.</returns>
    public BindRule Unblock(in GroupRequest request, InetAddress source, Timestamp now) =>
        ChangeSource(request, source, FilterMode.Exclude, isAdded: false, now);

    /// <summary>Gives a group another filter; INCLUDE of nobody leaves it: IP_MSFILTER, MCAST_MSFILTER.</summary>
    /// <returns>Granted, InvalidOption (no group, not a member), NoDevice, TooManyGroups (sources), NotJoined (nothing to leave).</returns>
    public BindRule SetFilter(in GroupRequest request, SourceFilter filter, Timestamp now)
    {
        if (filter.Sources.Length > MaxSources) return BindRule.TooManyGroups;
        if (!IsGroup(request.Group)) return BindRule.InvalidOption;
        uint device = Resolve(request);
        if (device == 0) return BindRule.NoDevice;
        if (filter.HearsNobody) return Leave(request, now);
        if (Find(request.Group, device) is not { } membership) return BindRule.InvalidOption;
        membership.HasList = filter.Sources.Length > 0;
        Change(membership, filter, now);
        return BindRule.Granted;
    }

    /// <summary>The filter of a group that was joined.</summary>
    /// <returns>Granted, InvalidOption (no group), NoDevice, NotJoined.</returns>
    public BindRule GetFilter(in GroupRequest request, out SourceFilter filter)
    {
        filter = SourceFilter.Nobody;
        if (!IsGroup(request.Group)) return BindRule.InvalidOption;
        uint device = Resolve(request);
        if (device == 0) return BindRule.NoDevice;
        if (Find(request.Group, device) is not { } membership) return BindRule.NotJoined;
        filter = membership.Filter;
        return BindRule.Granted;
    }

    /// <summary>
    /// True when a datagram for a group is for the socket, as far as membership says. Allocates nothing. RFC 3376 §2.
    /// </summary>
    /// <param name="group">Where to.</param>
    /// <param name="source">Where from.</param>
    /// <param name="device">The interface that it arrived on.</param>
    /// <param name="hearsAll">IP_MULTICAST_ALL: what holds where the socket is no member.</param>
    public bool Accepts(InetAddress group, InetAddress source, uint device, bool hearsAll) =>
        Find(group, device) is { } membership ? membership.Filter.Accepts(source) : hearsAll;

    /// <summary>Leaves all groups, as a socket does that is closed.</summary>
    public void LeaveAll(Timestamp now)
    {
        foreach (Membership membership in _joined)
            groups?.Change(membership.Device, membership.Group, membership.Filter, null, now);
        _joined.Clear();
    }

    private BindRule Join(in GroupRequest request, SourceFilter filter, Timestamp now)
    {
        if (!IsGroup(request.Group)) return BindRule.InvalidOption;
        uint device = Resolve(request);
        if (device == 0) return BindRule.NoDevice;
        if (Find(request.Group, device) is not null) return BindRule.AlreadyJoined;
        if (_joined.Count >= MaxGroups) return BindRule.TooManyGroups;
        _joined.Add(new Membership(request.Group, device, request.LocalAddress, filter));
        groups?.Change(device, request.Group, null, filter, now);
        return BindRule.Granted;
    }

    private BindRule ChangeSource(in GroupRequest request, InetAddress source, FilterMode mode, bool isAdded, Timestamp now)
    {
        if (!IsGroup(request.Group)) return BindRule.InvalidOption;
        uint device = Resolve(request);
        if (device == 0) return BindRule.NoDevice;
        if (Find(request.Group, device) is not { } membership) return BindRule.InvalidOption;
        SourceFilter filter = membership.Filter;
        // Only a filter that never had a list may change its mode.
        if (filter.Mode != mode && membership.HasList) return BindRule.InvalidOption;
        if (filter.Mode != mode) filter = mode == FilterMode.Include ? SourceFilter.Nobody : SourceFilter.Everyone;
        if (isAdded) return AddSource(membership, filter, source, now);
        if (!filter.Lists(source))
        {
            Change(membership, filter, now);      // the mode changes all the same
            return BindRule.NotJoined;
        }

        if (mode == FilterMode.Include && filter.Sources.Length == 1) return Leave(request, now);
        Change(membership, filter.Without(source), now);
        return BindRule.Granted;
    }

    private BindRule AddSource(Membership membership, SourceFilter filter, InetAddress source, Timestamp now)
    {
        if (filter.Sources.Length >= MaxSources) return BindRule.TooManyGroups;
        if (filter.Lists(source)) return BindRule.NotJoined;
        membership.HasList = true;
        Change(membership, filter.With(source), now);
        return BindRule.Granted;
    }

    private void Change(Membership membership, SourceFilter filter, Timestamp now)
    {
        SourceFilter before = membership.Filter;
        membership.Filter = filter;
        groups?.Change(membership.Device, membership.Group, before, filter, now);
    }

    private Membership? Find(InetAddress group, uint device)
    {
        foreach (Membership membership in _joined)
            if (membership.Device == device && membership.Group == group) return membership;
        return null;
    }

    /// <summary>The interface that is meant, or 0.</summary>
    private uint Resolve(in GroupRequest request)
    {
        if (request.Device != 0) return routes.HasDevice(request.Device) ? request.Device : 0;
        if (!request.LocalAddress.IsWildcard && routes.DeviceOf(request.LocalAddress) is > 0 and var owner) return owner;
        // All of 127/8 is an address of the loopback interface.
        if (!request.LocalAddress.IsWildcard && routes.RoleOf(request.LocalAddress, 0) != AddressRole.Local) return 0;
        InetAddress towards = request.LocalAddress.IsWildcard ? request.Group : request.LocalAddress;
        RouteAnswer route = routes.FindRoute(new RouteQuery(towards, InetAddress.AnyV4));
        return route.Rule == BindRule.Granted ? route.Device : 0;
    }

    private static bool IsGroup(InetAddress group) => !group.IsV6 && group.IsMulticast;

    private sealed class Membership(InetAddress group, uint device, InetAddress localAddress, SourceFilter filter)
    {
        public InetAddress Group { get; } = group;

        public uint Device { get; } = device;

        public InetAddress LocalAddress { get; } = localAddress;

        public SourceFilter Filter { get; set; } = filter;

        /// <summary>True when it has, or had, sources: the mode stays then.</summary>
        public bool HasList { get; set; }
    }
}
