using System.Net;
using System.Net.Sockets;
using System.Text.Json.Serialization;

namespace UserNet.Bench.Measuring;

/// <summary>Over which of the two families something is measured.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<IpFamily>))]
internal enum IpFamily
{
    V4,
    V6,
}

/// <summary>The addresses that benchmarks have in each family.</summary>
internal static class IpFamilies
{
    public static IReadOnlyList<IpFamily> Both { get; } = [IpFamily.V4, IpFamily.V6];

    /// <summary>Octets of the largest datagram that one IPv4 packet carries at an MTU of 1500.</summary>
    public const int FullPacket = 1472;

    /// <summary>The same size, or in IPv6 20 octets less where a packet is full: its header is longer.</summary>
    public static int Fit(this IpFamily family, int octets) => family == IpFamily.V6 && octets == FullPacket ? octets - 20 : octets;

    /// <summary>As in tables.</summary>
    public static string Name(this IpFamily family) => family == IpFamily.V6 ? "IPv6" : "IPv4";

    /// <summary>What sockets are opened with.</summary>
    public static AddressFamily Sockets(this IpFamily family) =>
        family == IpFamily.V6 ? AddressFamily.InterNetworkV6 : AddressFamily.InterNetwork;

    public static string Loopback(this IpFamily family) => family == IpFamily.V6 ? "::1" : "127.0.0.1";

    public static string Any(this IpFamily family) => family == IpFamily.V6 ? "::" : "0.0.0.0";

    /// <summary>A host in one of several networks.</summary>
    public static string Host(this IpFamily family, int network, int host) =>
        family == IpFamily.V6 ? FormattableString.Invariant($"fd00:{network}::{host}") : FormattableString.Invariant($"10.{network}.0.{host}");

    /// <summary>The same with the length of the prefix.</summary>
    public static string Prefix(this IpFamily family, int network, int host) => family.Host(network, host) + (family == IpFamily.V6 ? "/64" : "/24");

    /// <summary>An address with a port.</summary>
    public static string Endpoint(string address, int port) =>
        address.Contains(':', StringComparison.Ordinal) ? $"[{address}]:{port}" : $"{address}:{port}";

    /// <summary>The family of what is written as text with a port.</summary>
    public static AddressFamily FamilyOf(string endpoint) => IPEndPoint.Parse(endpoint).AddressFamily;
}
