using System.Net.Sockets;
using UserNet.Binding;

namespace UserNet.Bench.Ports;

/// <summary>How a range comes to be full.</summary>
public enum Fill
{
    /// <summary>Named ports, in random order.</summary>
    Random,
    /// <summary>By bind to port 0, as programs do it.</summary>
    Natural,
}

/// <summary>What the holders of the ports claim, and what the newcomer asks for.</summary>
public enum Variant
{
    /// <summary>0.0.0.0 all of them.</summary>
    Wildcard,
    /// <summary>127.0.0.1 all of them.</summary>
    Specific,
    /// <summary>:: without IPV6_V6ONLY all of them.</summary>
    DualStack,
    /// <summary>0.0.0.0 with SO_REUSEADDR all of them.</summary>
    ReuseAddress,
    /// <summary>
    /// Even ports by 0.0.0.0, odd ones by 127.0.0.1; 127.0.0.1 is asked for. Each set alone is half empty.
    /// </summary>
    SplitAddresses,
    /// <summary>
    /// Even ports by 0.0.0.0, odd ones by :: with IPV6_V6ONLY; a dual-stack :: is asked for. Each set alone is half
    /// empty.
    /// </summary>
    SplitFamilies,
    /// <summary>
    /// 0.0.0.0 with SO_REUSEPORT by 64 owners in turn, each with a set of its own; 0.0.0.0 is asked for without it.
    /// </summary>
    ManyOwners,
    /// <summary>
    /// 0.0.0.0 all of them, who come and go: each release is a random holder's, and each bind takes its place.
    /// </summary>
    Churn,
}

/// <summary>A table to be filled and measured.</summary>
internal sealed record Scenario(ProtocolType Protocol, Fill Fill, Variant Variant = Variant.Wildcard)
{
    /// <summary>The shares of a range, in percent, at which everything is measured.</summary>
    public static IReadOnlyList<double> Occupancies { get; } = [0, 50, 90, 99, 99.9, 99.99];

    public Personality Personality { get; init; } = Personality.Linux;

    /// <summary>Null for the personality's.</summary>
    public PortAlgorithm? Algorithm { get; init; }

    /// <summary>True when Linux can be asked the same.</summary>
    public bool IsLinuxToo => Personality == Personality.Linux && Algorithm is null && Variant <= Variant.ReuseAddress;

    /// <summary>How many ports are held at this occupancy.</summary>
    public static int HeldAt(double occupancy, int range) => (int)(range * (decimal)occupancy / 100);

    /// <summary>The ports of a range in an order that is the same in each run.</summary>
    public static ushort[] Shuffle(int first, int count)
    {
        ushort[] ports = new ushort[count];
        for (int i = 0; i < count; i++) ports[i] = (ushort)(first + i);
        new Random(7).Shuffle(ports);
        return ports;
    }
}
