using UserNet.Wire;

namespace UserNet.Ip;

/// <summary>Whether DF is set, and whether the path MTU is heeded: IP_MTU_DISCOVER. RFC 1191.</summary>
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
}

/// <summary>What a sender may say of an IP packet beyond its addresses.</summary>
public readonly record struct IpSendOptions()
{
    /// <summary>What it carries.</summary>
    public IpProtocol Protocol { get; init; }

    /// <summary>How many routers may forward it.</summary>
    public byte TimeToLive { get; init; } = 64;

    /// <summary>DSCP and ECN.</summary>
    public byte TrafficClass { get; init; }

    /// <summary>Whether DF is set.</summary>
    public PathMtuDiscovery Discovery { get; init; }

    /// <summary>IP options as they are to stand in the header.</summary>
    public ReadOnlyMemory<byte> Options { get; init; }

    /// <summary>True when what goes to a group also comes back to this host's own members (IP_MULTICAST_LOOP).</summary>
    public bool LoopsBack { get; init; } = true;
}
