using UserNet.Addressing;

namespace UserNet.Multicast;

/// <summary>What a query asks for, and what it says of the routers, whichever protocol and version it is of. RFC 3376 §4.1, RFC 3810 §5.1.</summary>
internal readonly ref struct MembershipQuery
{
    /// <summary>The version that it is of.</summary>
    public int Version { get; init; }

    /// <summary>True when all groups are asked for.</summary>
    public bool IsGeneral { get; init; }

    /// <summary>The group that is asked for.</summary>
    public InetAddress Group { get; init; }

    /// <summary>Within what time to answer.</summary>
    public TimeSpan MaxResponseTime { get; init; }

    /// <summary>How many messages may be lost; 0 where it is not said.</summary>
    public int Robustness { get; init; }

    /// <summary>The time between general queries; 0 where it is not said.</summary>
    public TimeSpan QueryInterval { get; init; }

    /// <summary>The addresses of the sources that are asked for, one after the other.</summary>
    public ReadOnlySpan<byte> Sources { get; init; }

    /// <summary>How many sources are asked for; 0 for all.</summary>
    public int SourceCount => Sources.Length / AddressLength;

    /// <summary>The address of a source.</summary>
    public InetAddress Source(int index) => InetAddress.FromOctets(Sources.Slice(index * AddressLength, AddressLength));

    private int AddressLength => Group.IsV6 ? 16 : 4;
}
