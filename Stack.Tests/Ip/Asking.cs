using System.Net;
using UserNet.Addressing;
using UserNet.Binding;
using UserNet.Ip;

namespace UserNet.Tests.Ip;

/// <summary>Questions and answers as text, for tables: "10.1.0.1 v0 Foreign", or the rule that refused.</summary>
internal static class Asking
{
    public static InetAddress At(string text) => InetAddress.From(IPAddress.Parse(text));

    public static string Route(this HostAddressing host, string to, string? from = null, string? device = null, bool transparent = false)
    {
        InetAddress destination = At(to);
        InetAddress source = from is not null ? At(from) : destination.IsV6 ? InetAddress.AnyV6 : InetAddress.AnyV4;
        uint index = device is null ? 0 : uint.TryParse(device, out uint number) ? number : host.IndexOf(device);
        RouteAnswer answer = host.FindRoute(new RouteQuery(destination, source, index, transparent));
        return answer.Rule == BindRule.Granted
            ? $"{answer.Source} {host.NameOf(answer.Device)} {answer.Role}"
            : answer.Rule.ToString();
    }

    public static AddressRole Role(this HostAddressing host, string address, string? device = null) =>
        host.RoleOf(At(address), device is null ? 0 : host.IndexOf(device));

    public static HostAddressing After(this HostAddressing host, params string[] commands)
    {
        foreach (string command in commands) IpCommand.Run(host, command);
        return host;
    }
}
