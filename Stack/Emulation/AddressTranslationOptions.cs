using UserNet.Addressing;
using UserNet.Binding;

namespace UserNet.Emulation;

/// <summary>Who outside may send to a mapping. RFC 4787 §5, RFC 5382 §5.</summary>
public enum TranslationFiltering : byte
{
    /// <summary>Whoever, from any port: what the RFCs recommend, so that peers can find each other.</summary>
    EndpointIndependent,
    /// <summary>The addresses that the inside host sent to, from any of their ports.</summary>
    AddressDependent,
    /// <summary>The addresses and ports that the inside host sent to, and no others.</summary>
    AddressAndPortDependent,
}

/// <summary>What an <see cref="AddressTranslation"/> translates, and how long it remembers.</summary>
/// <remarks>
/// <see cref="Ports"/> must lie apart from the ports that the router itself uses on its outer address: the default lies
/// behind the ephemeral ports of Linux, 32768 to 60999. A router with other ones
/// (<see cref="BindSettings.EphemeralPorts"/>), or one that listens in that range, needs another range here.
/// </remarks>
public sealed record AddressTranslationOptions
{
    /// <summary>The address that inside hosts have outside.</summary>
    public required InetAddress OuterAddress { get; init; }

    /// <summary>Packets from these are translated. The outer address lies in none of them.</summary>
    public required IReadOnlyList<InetPrefix> InsidePrefixes { get; init; }

    /// <summary>
    /// True where the outer address is the router's own, as behind most home routers: what is for no mapping and no
    /// port of the range is for the router. False for an address that the network outside routes to the router and that
    /// nobody else has: what is for no mapping is dropped, and inside hosts reach each other by it (hairpinning).
    /// </summary>
    public bool OuterAddressIsRouters { get; init; } = true;

    /// <summary>The outer ports, and identifiers of echo requests, that mappings get: 61000-65535.</summary>
    public PortRange Ports { get; init; } = new(61_000, 65_535);

    /// <summary>How the next one is chosen among those that are free.</summary>
    public PortAlgorithm PortAlgorithm { get; init; } = PortAlgorithm.SimpleRandom;

    /// <summary>What becomes of a port whose mapping is over.</summary>
    public ReleasedPort ReleasedPort { get; init; } = ReleasedPort.Last;

    /// <summary>What <see cref="PortAlgorithm.Scripted"/> hands out, for all protocols in turn.</summary>
    public IReadOnlyList<ushort> PortScript { get; init; } = [];

    /// <summary>A mapping has the same port outside as inside, where the range has it and it is free. RFC 4787 §4.2.1.</summary>
    public bool PreservesPorts { get; init; }

    /// <summary>Who outside may send to a mapping. RFC 4787 REQ-8, RFC 5382 REQ-3.</summary>
    public TranslationFiltering Filtering { get; init; }

    /// <summary>How long a UDP mapping lasts after the last datagram: five minutes. RFC 4787 REQ-5 wants two at least.</summary>
    public TimeSpan UdpTimeout { get; init; } = TimeSpan.FromMinutes(5);

    /// <summary>Datagrams and queries from outside make a mapping last as well. RFC 4787 REQ-6.</summary>
    public bool InboundRefreshes { get; init; }

    /// <summary>How long an open TCP connection may be silent: 2 h 4 min. RFC 5382 REQ-5.</summary>
    public TimeSpan TcpEstablishedTimeout { get; init; } = TimeSpan.FromMinutes(124);

    /// <summary>
    /// How long one may be that is being opened, was closed by both sides, or reset: 4 min. RFC 5382 REQ-5, RFC 7857
    /// §2.
    /// </summary>
    public TimeSpan TcpTransitoryTimeout { get; init; } = TimeSpan.FromMinutes(4);

    /// <summary>How long an echo request waits for replies: a minute. RFC 5508 REQ-2.</summary>
    public TimeSpan IcmpTimeout { get; init; } = TimeSpan.FromMinutes(1);

    /// <summary>How long the fragments of a packet may come after its first one.</summary>
    public TimeSpan FragmentTimeout { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>How many mappings there may be: inside address and port, per protocol.</summary>
    public int MappingLimit { get; init; } = 65_536;

    /// <summary>How many sessions there may be: a mapping and a peer outside.</summary>
    public int SessionLimit { get; init; } = 262_144;

    /// <summary>How many fragmented packets are followed at once; the one longest not seen makes place.</summary>
    public int FragmentLimit { get; init; } = 1024;

    /// <summary>Refuses what can't be.</summary>
    /// <exception cref="ArgumentException">
    /// An IPv6 or wildcard outer address, prefixes with it in them or of IPv6, or port 0.
    /// </exception>
    /// <exception cref="ArgumentOutOfRangeException">
    /// A timeout that is not positive, or longer than a year; a limit below 1.
    /// </exception>
    internal void Check()
    {
        if (OuterAddress.IsV6 || OuterAddress.IsWildcard || OuterAddress.IsMulticast || OuterAddress.IsLimitedBroadcast)
            throw new ArgumentException($"{OuterAddress} is not the IPv4 address of a host.", nameof(OuterAddress));
        ArgumentNullException.ThrowIfNull(InsidePrefixes);
        foreach (InetPrefix prefix in InsidePrefixes)
        {
            if (prefix.Address.IsV6) throw new ArgumentException($"{prefix} is not of IPv4.", nameof(InsidePrefixes));
            if (prefix.Contains(OuterAddress))
                throw new ArgumentException($"The outer address {OuterAddress} lies inside, in {prefix}.", nameof(InsidePrefixes));
        }

        if (Ports.First == 0) throw new ArgumentException("Port 0 can't be handed out.", nameof(Ports));
        foreach (TimeSpan timeout in
            (ReadOnlySpan<TimeSpan>)[UdpTimeout, TcpEstablishedTimeout, TcpTransitoryTimeout, IcmpTimeout, FragmentTimeout])
        {
            ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(timeout, TimeSpan.Zero);
            ArgumentOutOfRangeException.ThrowIfGreaterThan(timeout, TimeSpan.FromDays(366));
        }

        ArgumentOutOfRangeException.ThrowIfLessThan(MappingLimit, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(SessionLimit, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(FragmentLimit, 1);
    }
}
