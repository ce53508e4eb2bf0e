using UserNet.Addressing;
using UserNet.Ip;
using UserNet.Time;
using UserNet.Wire;

namespace UserNet.Discovery;

/// <summary>A route that a router advertised for itself, the default route among them, and its line of the table. RFC 4191.</summary>
internal sealed class AdvertisedRoute(InetPrefix prefix, InetAddress router)
{
    public InetPrefix Prefix { get; } = prefix;

    public InetAddress Router { get; } = router;

    public bool IsDefault => Prefix.Length == 0;

    public RouterPreference Preference { get; set; }

    public Timestamp Until { get; set; }

    /// <summary>True while the router does not answer: others come first. RFC 4861 §6.3.6.</summary>
    public bool IsUnreachable { get; set; }

    public Route? Line { get; set; }

    /// <summary>Its place among routes of one metric.</summary>
    public int Rank => (IsUnreachable ? 8 : 0) - (int)Preference;
}

/// <summary>A prefix that is on the link, and its line of the table.</summary>
internal sealed class OnLinkPrefix(InetPrefix prefix, Route line)
{
    public InetPrefix Prefix { get; } = prefix;

    public Route Line { get; } = line;

    public Timestamp Until { get; set; }
}

/// <summary>A prefix of which the interface makes itself addresses. RFC 4862 §5.5.</summary>
internal sealed class AutonomousPrefix(InetPrefix prefix)
{
    public InetPrefix Prefix { get; } = prefix;

    public Timestamp PreferredUntil { get; set; }

    public Timestamp ValidUntil { get; set; }

    /// <summary>The public address; null while it had turned out to be somebody else's.</summary>
    public InterfaceAddress? Address { get; set; }

    /// <summary>How many turned out so. RFC 7217 §6.</summary>
    public int Duplicates { get; set; }

    /// <summary>When another one is tried.</summary>
    public Timestamp RetryAt { get; set; } = Timestamp.Never;
}

/// <summary>A temporary address. RFC 8981.</summary>
internal sealed class TemporaryAddress(InterfaceAddress address, AutonomousPrefix prefix)
{
    public InterfaceAddress Address { get; } = address;

    public AutonomousPrefix Prefix { get; } = prefix;

    /// <summary>No advertisement has it be preferred, or live, for longer.</summary>
    public Timestamp LatestPreferred { get; init; }

    /// <inheritdoc cref="LatestPreferred"/>
    public Timestamp LatestValid { get; init; }

    /// <summary>When the next one is made.</summary>
    public Timestamp RenewAt { get; set; }

    /// <summary>True once that has been.</summary>
    public bool HasSuccessor { get; set; }

    /// <summary>How many before it turned out to be somebody else's.</summary>
    public int Duplicates { get; init; }
}

/// <summary>A name server that a router advertised. RFC 8106.</summary>
internal struct AdvertisedServer
{
    public InetAddress Address;
    public Timestamp Until;
}
