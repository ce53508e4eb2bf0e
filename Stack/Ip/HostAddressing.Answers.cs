using UserNet.Addressing;
using UserNet.Binding;

namespace UserNet.Ip;

// The questions of the bind engine.
public sealed partial class HostAddressing
{
    // The last answer of RoleOf: a program binds to the same few addresses over and over.
    private InetAddress _askedAddress;
    private AddressRole _askedRole;
    private int _askedVersion = -1;

    /// <inheritdoc/>
    /// <remarks>Allocates nothing; its cost does not rise with the number of addresses.</remarks>
    public AddressRole RoleOf(InetAddress address, uint device)
    {
        if (address.IsWildcard) return AddressRole.Wildcard;
        if (address.IsMulticast) return AddressRole.Multicast;
        if (address.IsV6) return RoleOfV6(address, device);
        if (address.IsLimitedBroadcast) return AddressRole.Broadcast;
        if (_askedVersion == Routes.VersionV4 && _askedAddress == address) return _askedRole;
        _askedVersion = Routes.VersionV4;
        _askedAddress = address;
        return _askedRole = Routes.Find(address) switch
        {
            { Type: RouteType.Local } => AddressRole.Local,
            { Type: RouteType.Broadcast } => AddressRole.Broadcast,
            _ => AddressRole.Foreign,
        };
    }

    /// <inheritdoc/>
    public bool HasDevice(uint device) => Interfaces.Find(device) is not null;

    /// <inheritdoc/>
    public string? NameOf(uint device) => Interfaces.Find(device)?.Name;

    /// <inheritdoc/>
    public uint IndexOf(string name) => Interfaces.Find(name)?.Index ?? 0;

    /// <inheritdoc/>
    public uint DeviceOf(InetAddress address) => Interfaces.Find(address)?.Interface.Index ?? 0;

    /// <summary>
    /// The interface that a packet counts as arriving on: what this host sends to itself comes to the interface that has the address, as
    /// Linux has it. Of several with one link-local address, to the one that got it last.
    /// </summary>
    public uint DeviceOf(in IpArrival arrival) =>
        arrival.Port.Index == LoopbackIndex && arrival.Role == AddressRole.Local && DeviceOf(arrival.Destination) is > 0 and var owner
            ? owner : arrival.Port.Index;

    /// <inheritdoc/>
    public RouteAnswer FindRoute(in RouteQuery query)
    {
        if (query.Destination.IsWildcard) return ToMyself(query);
        RouteAnswer answer = query.Destination.IsV6 ? FindV6(query) : FindV4(query);
        return _model == HostModel.Weak || IsSourceOnOutgoing(answer, query)
            ? answer
            : new RouteAnswer(BindRule.NoRoute);
    }

    private AddressRole RoleOfV6(InetAddress address, uint device)
    {
        AddressRole role = AddressRole.Foreign;
        bool anywhere = device == 0 || !(address.IsLinkLocal || address.IsLoopback);
        for (InterfaceAddress? twin = Interfaces.Find(address); twin is not null; twin = twin.OlderTwin)
        {
            if (!anywhere && twin.Interface.Index != device) continue;
            if (!twin.Is(AddressTraits.Tentative)) return AddressRole.Local;
            role = AddressRole.Tentative;
        }

        return role;
    }

    /// <summary>
    /// The source that was given; else, in IPv4, the first address of the device that was; else the loopback address.
    /// </summary>
    private RouteAnswer ToMyself(in RouteQuery query)
    {
        InetAddress own = query.Source;
        if (!query.Destination.IsV6 && !own.IsWildcard)
        {
            if (own.IsMulticast || own.IsLimitedBroadcast) return new RouteAnswer(BindRule.RouteInvalid);
            if (!query.MayUseForeignSource && OwnerOf(own) is null) return new RouteAnswer(BindRule.NoRoute);
        }

        if (!query.Destination.IsV6 && query.Device != 0)
        {
            if (Interfaces.Find(query.Device) is not { } device) return new RouteAnswer(BindRule.NoDevice);
            if (!device.IsUp) return new RouteAnswer(BindRule.NoRoute);
            if (own.IsWildcard) own = SelectV4(device, null, AddressScope.Host);
        }

        if (own.IsWildcard) own = query.Destination.IsV6 ? InetAddress.LoopbackV6 : InetAddress.LoopbackV4;
        return new RouteAnswer(BindRule.Granted, own, LoopbackIndex, AddressRole.Local);
    }

    private bool IsSourceOnOutgoing(in RouteAnswer answer, in RouteQuery query) =>
        answer.Rule != BindRule.Granted || answer.Device == LoopbackIndex || query.MayUseForeignSource
        || Interfaces.Find(answer.Source, answer.Device) is not null;

    private static BindRule RuleOf(RouteType refusal) => refusal switch
    {
        RouteType.Unreachable => BindRule.HostUnreachable,
        RouteType.Prohibit => BindRule.RouteProhibited,
        RouteType.Blackhole => BindRule.RouteInvalid,
        _ => BindRule.NoRoute,
    };
}
