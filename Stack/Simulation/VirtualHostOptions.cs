using UserNet.Binding;
using UserNet.Tcp;

namespace UserNet.Simulation;

/// <summary>What a host of a virtual network is.</summary>
public sealed record VirtualHostOptions
{
    /// <summary>Which system's rules and defaults hold.</summary>
    public Personality Personality { get; init; } = Personality.Linux;

    /// <summary>How TCP behaves.</summary>
    public TcpProfile Tcp { get; init; } = TcpProfile.Linux;

    /// <summary>Changes port ranges, privileges and the choice of ports; called at each boot.</summary>
    public Action<BindSettings>? Settings { get; init; }

    /// <summary>True for a router: what arrives for other hosts is forwarded.</summary>
    public bool Forwards { get; init; }

    /// <summary>By how many parts in a million its clock goes too fast. <see cref="HostClock.Skew"/>.</summary>
    public double ClockSkew { get; init; }

    /// <summary>How much later it believes it is. <see cref="HostClock.Offset"/>.</summary>
    public TimeSpan ClockOffset { get; init; }
}
