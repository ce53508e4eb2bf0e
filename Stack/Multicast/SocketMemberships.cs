using UserNet.Addressing;
using UserNet.Binding;
using UserNet.Time;

namespace UserNet.Multicast;

/// <summary>The groups that one socket is a member of, and which sources it hears in each. RFC 3376 §3.1, RFC 3810 §4.1, RFC 3678.</summary>
/// <remarks>
/// What it refuses, and in which order it looks, is as Linux does it, oddities included: a second join by another name
/// of the interface is the same join, a source that is there already is AddressNotAvailable, and a list that was emptied
/// keeps its mode. The two families differ in how an interface is named and a membership found. Gate held.
/// </remarks>
/// <param name="routes">Interfaces, and where groups lead.</param>
/// <param name="groups">What the host listens to; null where it has no links.</param>
/// <param name="isLinux">True to find IPv6 memberships as Linux does: whatever interface a packet came by.</param>
internal sealed partial class SocketMemberships(IRoutes routes, MulticastGroups? groups, bool isLinux = true)
{
    private readonly List<SocketMembership> _joined = [];      // in the order in which they were joined
    private int _memory;      // taken by them, octets

    /// <summary>How many groups it is a member of, counted per interface.</summary>
    public int Count => _joined.Count;

    /// <summary>How many sources may be listed for a group.</summary>
    public int MaxSources(bool isV6) => isV6
        ? groups?.MaxSourcesPerFilterV6 ?? MulticastGroups.DefaultMaxSourcesV6
        : groups?.MaxSourcesPerFilter ?? MulticastGroups.DefaultMaxSources;

    /// <summary>How much memory its options may take, octets.</summary>
    public int MaxMemory => groups?.MaxOptionMemoryPerSocket ?? MulticastGroups.DefaultMaxOptionMemory;

    /// <summary>Joins a group, all of its sources: IP_ADD_MEMBERSHIP, IPV6_JOIN_GROUP, MCAST_JOIN_GROUP.</summary>
    /// <returns>Granted, InvalidOption (no group), NoDevice, AlreadyJoined, TooManyGroups (IPv4), NoOptionMemory (IPv6).</returns>
    public BindRule Join(in GroupRequest request, Timestamp now) => Join(request, SourceFilter.Everyone, now);

    /// <summary>Leaves a group: IP_DROP_MEMBERSHIP, IPV6_LEAVE_GROUP, MCAST_LEAVE_GROUP.</summary>
    /// <returns>
    /// Granted, NotJoined, NoDevice (IPv4: no interface is named, and no route leads to the group), InvalidOption (IPv6: no group).
    /// </returns>
    public BindRule Leave(in GroupRequest request, Timestamp now)
    {
        if (request.Group.IsV6 && !MulticastGroups.IsGroupV6(request.Group)) return BindRule.InvalidOption;
        SocketMembership? membership;
        if (request.Group.IsV6) membership = FindV6(request.Group, request.Device);
        else if (FindToLeaveV4(request, out membership) is var rule && rule != BindRule.Granted) return rule;
        if (membership is null) return BindRule.NotJoined;
        _joined.Remove(membership);
        _memory -= membership.Charge;
        groups?.Change(membership.Device, membership.Group, membership.Filter, null, now);
        return BindRule.Granted;
    }

    /// <summary>Joins a group for one source, or one source more: IP_ADD_SOURCE_MEMBERSHIP, MCAST_JOIN_SOURCE_GROUP.</summary>
    /// <returns>
    /// Granted, InvalidOption (no group; joined for all but some sources), NoDevice, NotJoined (the source is there), TooManyGroups,
    /// NoOptionMemory.
    /// </returns>
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
    /// <returns>Granted, InvalidOption (no group, not a member, joined for some sources only), NoDevice, NotJoined (blocked already), TooManyGroups (sources, or their memory).</returns>
    public BindRule Block(in GroupRequest request, InetAddress source, Timestamp now) =>
        ChangeSource(request, source, FilterMode.Exclude, isAdded: true, now);

    /// <summary>Hears a blocked source again: IP_UNBLOCK_SOURCE, MCAST_UNBLOCK_SOURCE.</summary>
    /// <returns>As <see cref="Block"/>; NotJoined when it is not blocked.</returns>
    public BindRule Unblock(in GroupRequest request, InetAddress source, Timestamp now) =>
        ChangeSource(request, source, FilterMode.Exclude, isAdded: false, now);

    /// <summary>Gives a group another filter; INCLUDE of nobody leaves it: IP_MSFILTER, MCAST_MSFILTER.</summary>
    /// <returns>Granted, InvalidOption (no group, not a member), NoDevice, TooManyGroups (sources, or their memory), NotJoined (nothing to leave).</returns>
    public BindRule SetFilter(in GroupRequest request, SourceFilter filter, Timestamp now)
    {
        if (filter.Sources.Length > MaxSources(request.Group.IsV6)) return BindRule.TooManyGroups;
        if (!IsGroup(request.Group)) return BindRule.InvalidOption;
        uint device = Resolve(request);
        if (device == 0) return BindRule.NoDevice;
        if (filter.HearsNobody) return Leave(request, now);
        // Of an IPv6 group Linux takes the index here at its word, and no interface has index 0.
        SocketMembership? membership = request.Group.IsV6 && isLinux ? FindExact(request.Group, request.Device) : FindExact(request.Group, device);
        if (membership is null) return BindRule.InvalidOption;
        int places = filter.Sources.Length;
        if (!HasMemory(membership.ChargeOfList(places))) return BindRule.TooManyGroups;
        SetPlaces(membership, places);
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
        if (FindExact(request.Group, device) is not { } membership) return BindRule.NotJoined;
        filter = membership.Filter;
        return BindRule.Granted;
    }

    /// <summary>The filter of an IPv6 group on exactly this interface, or null when it is not joined there.</summary>
    public SourceFilter? FilterOf(InetAddress group, uint device) => FindExact(group, device)?.Filter;

    /// <summary>
    /// True when a datagram for a group is for the socket, as far as membership says. Allocates nothing. RFC 3376 §2.
    /// </summary>
    /// <param name="group">Where to.</param>
    /// <param name="source">Where from.</param>
    /// <param name="device">The interface that it arrived on. Of an IPv6 group Linux does not ask: what was joined last decides.</param>
    /// <param name="hearsAll">IP_MULTICAST_ALL, IPV6_MULTICAST_ALL: what holds where the socket is no member.</param>
    public bool Accepts(InetAddress group, InetAddress source, uint device, bool hearsAll)
    {
        SocketMembership? membership = group.IsV6 ? FindV6(group, isLinux ? 0 : device) : FindExact(group, device);
        return membership?.Filter.Accepts(source) ?? hearsAll;
    }

    /// <summary>Leaves all groups, as a socket does that is closed.</summary>
    public void LeaveAll(Timestamp now)
    {
        foreach (SocketMembership membership in _joined)
            groups?.Change(membership.Device, membership.Group, membership.Filter, null, now);
        _joined.Clear();
        _memory = 0;
    }

    private BindRule Join(in GroupRequest request, SourceFilter filter, Timestamp now)
    {
        BindRule rule = request.Group.IsV6 ? MayJoinV6(request, out uint device) : MayJoinV4(request, out device);
        if (rule != BindRule.Granted) return rule;
        var membership = new SocketMembership(request.Group, device, request.LocalAddress) { Filter = filter };
        _joined.Add(membership);
        _memory += membership.Charge;
        groups?.Change(device, request.Group, null, filter, now);
        return BindRule.Granted;
    }

    private BindRule ChangeSource(in GroupRequest request, InetAddress source, FilterMode mode, bool isAdded, Timestamp now)
    {
        if (!IsGroup(request.Group)) return BindRule.InvalidOption;
        uint device = Resolve(request);
        if (device == 0) return BindRule.NoDevice;
        SocketMembership? found = request.Group.IsV6 ? FindV6(request.Group, request.Device) : FindExact(request.Group, device);
        if (found is not { } membership) return BindRule.InvalidOption;
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

    private BindRule AddSource(SocketMembership membership, SourceFilter filter, InetAddress source, Timestamp now)
    {
        if (filter.Sources.Length >= MaxSources(membership.Group.IsV6) || !HasMemory(membership.ChargeOfAnother))
        {
            if (filter.Mode != membership.Filter.Mode) Change(membership, filter, now);
            return BindRule.TooManyGroups;
        }

        SetPlaces(membership, membership.PlacesForAnother);
        if (filter.Lists(source)) return BindRule.NotJoined;
        Change(membership, filter.With(source), now);
        return BindRule.Granted;
    }

    private void Change(SocketMembership membership, SourceFilter filter, Timestamp now)
    {
        SourceFilter before = membership.Filter;
        membership.Filter = filter;
        groups?.Change(membership.Device, membership.Group, before, filter, now);
    }

    private bool HasMemory(int octets) => octets == 0 || _memory + octets < MaxMemory;

    private void SetPlaces(SocketMembership membership, int places)
    {
        _memory -= membership.Charge;
        membership.Places = places;
        _memory += membership.Charge;
    }

    private SocketMembership? FindExact(InetAddress group, uint device)
    {
        foreach (SocketMembership membership in _joined)
            if (membership.Device == device && membership.Group == group) return membership;
        return null;
    }

    /// <summary>The interface that is meant, or 0.</summary>
    private uint Resolve(in GroupRequest request) => request.Group.IsV6 ? ResolveV6(request) : ResolveV4(request);

    private static bool IsGroup(InetAddress group) => group.IsV6 ? MulticastGroups.IsGroupV6(group) : group.IsMulticast;
}
