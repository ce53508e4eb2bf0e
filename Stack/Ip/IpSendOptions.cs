using UserNet.Wire;

namespace UserNet.Ip;

/// <summary>Whether DF is set, and whether the path MTU is heeded: IP_MTU_DISCOVER, IPV6_MTU_DISCOVER. RFC 1191, RFC 8201.</summary>
/// <remarks>
/// IPv6 has no DF, and no router fragments: there Dont and Want are the same, and Do is what IPV6_DONTFRAG asks for.
/// </remarks>
public enum PathMtuDiscovery : byte
{
    /// <summary>Never sets DF; fragments what is too big (IP_PMTUDISC_DONT).</summary>
    Dont,
    /// <summary>Sets DF on what fits the path, and fragments what does not (IP_PMTUDISC_WANT).</summary>
    Want,
    /// <summary>Always sets DF; what does not fit the path is refused with EMSGSIZE (IP_PMTUDISC_DO).</summary>
    Do,
    /// <summary>Always sets DF and ignores the path MTU (IP_PMTUDISC_PROBE).</summary>
    Probe,
    /// <summary>Never sets DF, and ignores the path MTU; what does not fit the link is refused with EMSGSIZE (IP_PMTUDISC_INTERFACE).</summary>
    Interface,
    /// <summary>Never sets DF, and ignores the path MTU; what does not fit the link is fragmented (IP_PMTUDISC_OMIT).</summary>
    Omit,
}

/// <summary>What a sender may say of an IP packet beyond its addresses.</summary>
public readonly record struct IpSendOptions()
{
    /// <summary>What it carries: the transport, or the first of the IPv6 extension headers that the unit begins with.</summary>
    public IpProtocol Protocol { get; init; }

    /// <summary>How many routers may forward it; null for 64, and in IPv6 for <see cref="InterfaceEntry.HopLimit"/>.</summary>
    public byte? TimeToLive { get; init; }

    /// <summary>DSCP and ECN.</summary>
    public byte TrafficClass { get; init; }

    /// <summary>Whether DF is set.</summary>
    public PathMtuDiscovery Discovery { get; init; }

    /// <summary>The flow label of an IPv6 packet, 20 bits; null for one that the stack chooses. RFC 6437.</summary>
    public uint? FlowLabel { get; init; }

    /// <summary>No packet or fragment is larger, octets; 0 for what the path takes. IPv6 alone (IPV6_MTU).</summary>
    public int LargestPacket { get; init; }

    /// <summary>IP options as they are to stand in an IPv4 header.</summary>
    public ReadOnlyMemory<byte> Options { get; init; }

    /// <summary>True when what goes to a group also comes back to this host's own members (IP_MULTICAST_LOOP).</summary>
    public bool LoopsBack { get; init; } = true;
}
