using UserNet.Ip;
using UserNet.Tcp;

namespace UserNet;

// What an administrator can set of IP, ICMP and TCP.
public sealed partial class NetworkStack
{
    /// <summary>What of ICMP is answered, and how many errors are sent. Change it inside <see cref="Configure"/>.</summary>
    /// <exception cref="InvalidOperationException">The stack was made with routes of another kind.</exception>
    public IcmpSettings Icmp => (Core.Icmp ?? throw NoHost()).Settings;

    /// <summary>What of ICMPv6 is answered, and how many errors are sent. Change it inside <see cref="Configure"/>.</summary>
    /// <exception cref="InvalidOperationException">The stack was made with routes of another kind.</exception>
    public IcmpSettings IcmpV6 => (Core.IcmpV6 ?? throw NoHost()).Settings;

    /// <summary>What routers reported of IPv4 paths, and how long it is believed. Use it inside <see cref="Configure"/>.</summary>
    /// <exception cref="InvalidOperationException">The stack was made with routes of another kind.</exception>
    public PathMtuCache PathMtu => (Core.Output ?? throw NoHost()).PathMtu;

    /// <summary>The same of IPv6 paths. Use it inside <see cref="Configure"/>. RFC 8201.</summary>
    /// <exception cref="InvalidOperationException">The stack was made with routes of another kind.</exception>
    public PathMtuCache PathMtuV6 => (Core.OutputV6 ?? throw NoHost()).PathMtu;

    /// <summary>What is set for connections. Change it inside <see cref="Configure"/>.</summary>
    /// <exception cref="InvalidOperationException">The stack was made with routes of another kind.</exception>
    public TcpSettings Tcp => (Core.Tcp ?? throw NoHost()).Settings;

    private InvalidOperationException NoHost() => new(
        $"The stack asks a {Routes.GetType().Name} for its routes; IP needs a {nameof(HostAddressing)}.");
}
