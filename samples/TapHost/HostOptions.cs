using UserNet.Addressing;
using UserNet.Link;

namespace UserNet.Samples.TapHost;

/// <summary>An address and how many bits of it are the network's, as in 10.9.0.2/24 or 2001:db8::2/64.</summary>
public readonly record struct HostAddress(InetAddress Address, int PrefixLength)
{
    /// <summary>Reads an address of either family and a prefix length.</summary>
    public static bool TryParse(string text, out HostAddress address)
    {
        address = default;
        int slash = text.IndexOf('/', StringComparison.Ordinal);
        if (slash < 0 || !InetAddress.TryParse(text.AsSpan(0, slash), out InetAddress it)
            || !byte.TryParse(text.AsSpan(slash + 1), out byte length) || length > (it.IsV6 ? 128 : 32))
        {
            return false;
        }

        address = new HostAddress(it, length);
        return true;
    }

    /// <summary>As it is read.</summary>
    public override string ToString() => $"{Address}/{PrefixLength}";
}

/// <summary>What the command line said.</summary>
/// <param name="Device">The device, as in tap:tap0.</param>
/// <param name="Addresses">The host's addresses.</param>
/// <param name="Gateway">The IPv4 router for everything else, or null.</param>
/// <param name="GatewayV6">The IPv6 router for everything else, or null.</param>
/// <param name="Autoconfigures">True to have IPv6 addresses by what routers advertise.</param>
/// <param name="Mac">The station address, or null for one of the host's own choosing.</param>
/// <param name="Conflicts">Whether addresses are asked for before they are used, and announced.</param>
/// <param name="Capture">Where frames are recorded, or null.</param>
/// <param name="Seed">Where chance begins; null for the machine's own.</param>
/// <param name="ShowsCounters">True to show counters while it runs.</param>
/// <param name="Replay">A recording to be replayed instead of a device, or null.</param>
/// <param name="IsExact">True when every octet has to be as recorded.</param>
public sealed record HostOptions(
    string Device, HostAddress[] Addresses, InetAddress? Gateway, InetAddress? GatewayV6, bool Autoconfigures, MacAddress? Mac, ConflictDetection Conflicts, string? Capture, int? Seed,
    bool ShowsCounters, string? Replay = null, bool IsExact = false);
