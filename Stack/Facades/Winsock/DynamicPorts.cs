using System.Net.Sockets;
using UserNet.Binding;
using UserNet.Errors;

namespace UserNet.Facades.Winsock;

/// <summary>
/// The dynamic ports of a host, those that are chosen for bind to port 0 and for connect, as <c>netsh int ipv4 set dynamicport tcp start=49152
/// num=16384</c> sets them: by protocol and family.
/// </summary>
/// <remarks>The old 1025 to 5000 of all protocols is <see cref="BindSettings.MaxUserPort"/>. Any thread.</remarks>
public static class DynamicPorts
{
    /// <summary>The lowest port that the range may begin with.</summary>
    public const int LeastStart = 1025;
    /// <summary>The fewest ports that there may be.</summary>
    public const int LeastNumber = 255;

    private const int LastPort = ushort.MaxValue;

    /// <summary>netsh int ipv4|ipv6 set dynamicport tcp|udp start=... num=...: from the next choice on.</summary>
    /// <param name="stack">The host.</param>
    /// <param name="family">InterNetwork (ipv4), InterNetworkV6 (ipv6).</param>
    /// <param name="protocol">Tcp, Udp.</param>
    /// <param name="start">The first port, 1025 to 65535.</param>
    /// <param name="num">How many ports, 255 or more; the last must not be beyond 65535.</param>
    /// <returns>Success; WSA_INVALID_PARAMETER (another family or protocol, or beyond these limits): nothing is changed.</returns>
    /// <exception cref="ArgumentNullException"><paramref name="stack"/> is null.</exception>
    public static WsaError Set(NetworkStack stack, AddressFamily family, ProtocolType protocol, int start, int num)
    {
        ArgumentNullException.ThrowIfNull(stack);
        bool isKnown = family is AddressFamily.InterNetwork or AddressFamily.InterNetworkV6 && protocol is (ProtocolType.Tcp or ProtocolType.Udp);
        bool isWithin = start is >= LeastStart and <= LastPort && num >= LeastNumber && num <= LastPort - start + 1;
        if (!isKnown || !isWithin) return WsaError.WSA_INVALID_PARAMETER;
        var range = new PortRange((ushort)start, (ushort)(start + num - 1));
        stack.Configure(host => host.Settings.SetEphemeralPorts(protocol, family, range));
        return WsaError.Success;
    }

    /// <summary>netsh int ipv4|ipv6 show dynamicport tcp|udp.</summary>
    /// <exception cref="ArgumentNullException"><paramref name="stack"/> is null.</exception>
    public static PortRange Show(NetworkStack stack, AddressFamily family, ProtocolType protocol)
    {
        ArgumentNullException.ThrowIfNull(stack);
        PortRange range = default;
        stack.Configure(host => range = host.Settings.RangeOf(protocol, family == AddressFamily.InterNetworkV6));
        return range;
    }
}
