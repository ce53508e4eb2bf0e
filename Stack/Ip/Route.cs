using System.Globalization;
using System.Text;
using UserNet.Addressing;
using UserNet.Binding;

namespace UserNet.Ip;

/// <summary>What a route does with what it matches.</summary>
public enum RouteType : byte
{
    /// <summary>Sends it, to the gateway or straight to the destination.</summary>
    Unicast,
    /// <summary>Keeps it: the destination is this host.</summary>
    Local,
    /// <summary>Sends it as a broadcast.</summary>
    Broadcast,
    /// <summary>Sends it as a multicast.</summary>
    Multicast,
    /// <summary>Says that the host is unreachable.</summary>
    Unreachable,
    /// <summary>Says that the way is prohibited.</summary>
    Prohibit,
    /// <summary>Discards it.</summary>
    Blackhole,
    /// <summary>Ends the search as if no route had matched.</summary>
    Throw,
}

/// <summary>A line of the route table.</summary>
/// <remarks>Made by <see cref="RouteTable"/> only. Gate held.</remarks>
public sealed class Route
{
    internal Route(InetPrefix prefix, RouteType type, uint device)
    {
        Prefix = prefix;
        Type = type;
        Device = device;
    }

    /// <summary>The destinations that it is for.</summary>
    public InetPrefix Prefix { get; }

    /// <summary>What it does with them.</summary>
    public RouteType Type { get; }

    /// <summary>
    /// The interface that it leads over. Of a route that refuses: 0 for IPv4, the loopback interface for IPv6, as in
    /// Linux.
    /// </summary>
    public uint Device { get; }

    /// <summary>The router that it leads to, or null when the destination itself is on the link.</summary>
    public InetAddress? Gateway { get; internal init; }

    /// <summary>Among routes of one prefix the lowest wins.</summary>
    public uint Metric { get; internal init; }

    /// <summary>
    /// Among routes of one metric the lowest wins: how a router advertises itself, and whether it answers. 0 for all that nobody
    /// advertised. RFC 4191 §3.2.
    /// </summary>
    internal int Rank { get; init; }

    /// <summary>What else was said of it; null for nothing.</summary>
    public RouteMetrics? Metrics { get; internal init; }

    /// <summary>The source that goes with it, or null when one is to be selected.</summary>
    public InetAddress? PreferredSource { get; internal set; }

    /// <summary>The interface address that it came with and goes with; null when it was added by itself.</summary>
    internal InterfaceAddress? Owner { get; set; }

    /// <summary>True when it belongs to the table that is asked first, of what this host is itself.</summary>
    public bool IsInLocalTable => Type is RouteType.Local or RouteType.Broadcast or RouteType.Multicast;

    /// <summary>True when it refuses what it matches.</summary>
    public bool Refuses => Type >= RouteType.Unreachable;

    /// <summary>As the ip command prints it, with the interface's index in place of its name.</summary>
    public override string ToString()
    {
        StringBuilder text = new();
        if (Type != RouteType.Unicast) text.Append(Type.ToString().ToLowerInvariant()).Append(' ');
        text.Append(Prefix);
        if (Gateway is { } gateway) text.Append(" via ").Append(gateway);
        if (Device != 0) text.Append(CultureInfo.InvariantCulture, $" dev {Device}");
        if (PreferredSource is { } source) text.Append(" src ").Append(source);
        if (Metric != 0) text.Append(CultureInfo.InvariantCulture, $" metric {Metric}");
        return text.ToString();
    }
}
