using UserNet.Addressing;
using UserNet.Binding;

namespace UserNet.Tests.Binding.Model;

/// <summary>A host of few words: every address that is asked for is its own, and each family has one source.</summary>
internal sealed class PlainRoutes : IRoutes
{
    public AddressRole RoleOf(InetAddress address, uint device) =>
        address.IsWildcard ? AddressRole.Wildcard : AddressRole.Local;

    public bool HasDevice(uint device) => device is 1 or 2;

    public string? NameOf(uint device) => HasDevice(device) ? $"v{device}" : null;

    public uint IndexOf(string name) => name switch { "v1" => 1, "v2" => 2, _ => 0 };

    public uint DeviceOf(InetAddress address) => 1;

    public RouteAnswer FindRoute(in RouteQuery query) =>
        new(BindRule.Granted, SourceFor(query.Destination, query.Source), query.Device == 0 ? 1 : query.Device);

    public static InetAddress SourceFor(InetAddress destination, InetAddress source)
    {
        if (!source.IsWildcard) return source;
        if (destination.IsLoopback) return destination;
        return destination.IsV6 ? InetAddress.Parse("2001:db8:1::1") : InetAddress.Parse("10.1.0.1");
    }
}
