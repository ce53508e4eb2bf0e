using UserNet.Binding;
using UserNet.Emulation;
using UserNet.Link;
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

    /// <summary>
    /// Whether its addresses are probed for before they are used, and announced. None, as Linux has it: a host says
    /// nothing until it has something to say.
    /// </summary>
    public ConflictDetection ConflictDetection { get; init; } = ConflictDetection.None;

    /// <summary>
    /// How many probes are sent for each IPv6 address before it is used, as <see cref="InterfaceOptions.DuplicateTransmits"/>. 0, so that a
    /// host can speak from its first moment on.
    /// </summary>
    public int DuplicateTransmits { get; init; }

    /// <summary>
    /// True to configure IPv6 by what routers of its links advertise; then it may be connected with an empty text instead of addresses.
    /// <see cref="InterfaceOptions.Autoconfigures"/>.
    /// </summary>
    public bool Autoconfigures { get; init; }

    /// <summary>True for a router: what arrives for other hosts is forwarded.</summary>
    public bool Forwards { get; init; }

    /// <summary>
    /// Network address translation on one interface: the one that is connected with the outer address, or
    /// <see cref="TranslatedInterface"/>. Null for none. <see cref="VirtualHost.Translation"/>.
    /// </summary>
    public AddressTranslationOptions? Translation { get; init; }

    /// <summary>
    /// The interface towards the world, as in eth1, where the outer address of <see cref="Translation"/> is not the
    /// router's own.
    /// </summary>
    public string? TranslatedInterface { get; init; }

    /// <summary>By how many parts in a million its clock goes too fast. <see cref="HostClock.Skew"/>.</summary>
    public double ClockSkew { get; init; }

    /// <summary>How much later it believes it is. <see cref="HostClock.Offset"/>.</summary>
    public TimeSpan ClockOffset { get; init; }
}
