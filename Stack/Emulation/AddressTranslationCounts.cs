namespace UserNet.Emulation;

/// <summary>What an <see cref="AddressTranslation"/> did to the frames that passed, and what it knows now.</summary>
public readonly record struct AddressTranslationCounts
{
    /// <summary>Frames that left with the outer address.</summary>
    public long Outbound { get; init; }

    /// <summary>Frames that came in with an inside address.</summary>
    public long Inbound { get; init; }

    /// <summary>Frames from inside that went back inside. RFC 4787 REQ-9.</summary>
    public long Hairpinned { get; init; }

    /// <summary>Frames that passed as they were, whichever way: the router's own, ARP, IPv6.</summary>
    public long Untouched { get; init; }

    /// <summary>Frames that were dropped, for whatever reason: <see cref="AddressTranslation.DropsOf"/>.</summary>
    public long Dropped { get; init; }

    /// <summary>Mappings there are: an inside address and port, and their outer port.</summary>
    public int Mappings { get; init; }

    /// <summary>Sessions there are: a mapping and a peer.</summary>
    public int Sessions { get; init; }
}
