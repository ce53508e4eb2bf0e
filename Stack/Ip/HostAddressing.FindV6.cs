using UserNet.Addressing;
using UserNet.Binding;

namespace UserNet.Ip;

// The way to an IPv6 destination, as Linux finds it: a given source is not asked about, and a device without a route has none.
public sealed partial class HostAddressing
{
    private RouteAnswer FindV6(in RouteQuery query)
    {
        InetAddress destination = query.Destination, source = query.Source;
        if (query.Device == 0 && destination.NeedsScope && !query.MayLackScope) return new RouteAnswer(BindRule.RouteInvalid);
        Route? route = Routes.Find(destination, query.Device);
        if (source.IsWildcard)
        {
            if ((route?.PreferredSource ?? SelectV6(route, destination, query.PrefersTemporary)) is not { } chosen)
                return new RouteAnswer(BindRule.NotLocal);
            source = chosen;
        }

        if (route is null) return new RouteAnswer(BindRule.NoRoute);
        if (route.Refuses) return new RouteAnswer(RuleOf(route.Type));
        if (route.Type == RouteType.Local)
            return new RouteAnswer(BindRule.Granted, source, LoopbackIndex, AddressRole.Local);
        InetAddress nextHop = route.Gateway ?? InetAddress.AnyV6;
        if (Redirects.Count != 0 && route.Gateway is { } router)
            nextHop = Redirects.NextHopOf(destination, route.Device, router);
        return new RouteAnswer(BindRule.Granted, source, route.Device,
            destination.IsMulticast ? AddressRole.Multicast : AddressRole.Foreign, nextHop, route.Metrics);
    }

    // The last answer of SelectV6: packets go in runs, and the rules look at every address.
    private SourceQuestion _asked;
    private InetAddress? _selected;
    private int _selectedVersion = -1;

    private InetAddress? SelectV6(Route? route, InetAddress destination, bool? prefersTemporary)
    {
        bool onlyOutgoing = _model == HostModel.Strong && route is { Type: not RouteType.Local };
        InetAddress? nextHop = PrefersAdvertisedPrefixes ? route?.Gateway : null;
        var question = new SourceQuestion(
            destination, route?.Device ?? 0, nextHop ?? destination, prefersTemporary ?? (PrefersTemporaryAddresses ? true : null), onlyOutgoing, Policy);
        if (_selectedVersion == Interfaces.Version && question == _asked) return _selected;
        (_asked, _selectedVersion) = (question, Interfaces.Version);
        InterfaceEntry? outgoing = route is null ? null : Interfaces.Find(route.Device);
        return _selected = SourceSelection.SelectV6(Interfaces, destination, outgoing, question.PrefersTemporary, onlyOutgoing, nextHop, Policy);
    }

    private readonly record struct SourceQuestion(
        InetAddress Destination, uint Device, InetAddress NextHop, bool? PrefersTemporary, bool OnlyOutgoing, PolicyTable Policy);
}
