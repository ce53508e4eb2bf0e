using UserNet.Addressing;

namespace UserNet.Link;

/// <summary>How sure it is where a neighbor is. RFC 4861 §7.3.2, which Linux follows for ARP too.</summary>
public enum NeighborState : byte
{
    /// <summary>It is being asked for; packets wait.</summary>
    Incomplete,
    /// <summary>It answered, or something else showed that it is there, not long ago.</summary>
    Reachable,
    /// <summary>It was there once; it will be asked again when something is sent to it.</summary>
    Stale,
    /// <summary>Something was sent to it, and it is given time to show that it is there.</summary>
    Delay,
    /// <summary>It is being asked, by its station's address, whether it is still there.</summary>
    Probe,
    /// <summary>It did not answer; what is sent to it fails at once for some time.</summary>
    Failed,
    /// <summary>Its station was given by the user, and is not asked for.</summary>
    Permanent,
}

/// <summary>What is new about an IPv6 neighbor.</summary>
public enum NeighborNews : byte
{
    /// <summary>It answered, after its station was not known or it was in doubt whether it is there.</summary>
    Reachable,
    /// <summary>It was asked as often as it is to be, and did not answer. RFC 4861 §7.3.3.</summary>
    Unreachable,
    /// <summary>It was a router and says that it is none any more. RFC 4861 §7.2.5.</summary>
    NoRouter,
}

/// <summary>A neighbor as it was at an instant.</summary>
/// <param name="Address">Its IP address.</param>
/// <param name="Station">Its station; null where none is known.</param>
/// <param name="State">How sure that is.</param>
/// <param name="Age">Since it was learned or confirmed; of one that does not answer, since it was first asked.</param>
/// <param name="IsRouter">True for an IPv6 neighbor that said that it is a router.</param>
public readonly record struct NeighborRow(
    InetAddress Address, MacAddress? Station, NeighborState State, TimeSpan Age, bool IsRouter = false)
{
    /// <summary>As <c>ip neigh</c> prints it: 10.9.0.1 lladdr 02:00:00:00:00:01 REACHABLE.</summary>
    public override string ToString() =>
        (Station is { } station ? $"{Address} lladdr {station} " : $"{Address} ") + (IsRouter ? "router " : "")
        + State.ToString().ToUpperInvariant();
}
