using UserNet.Addressing;
using UserNet.Time;

namespace UserNet.Link;

/// <summary>What a host does to find out whether somebody else uses its IPv4 addresses. RFC 5227.</summary>
public enum ConflictDetection : byte
{
    /// <summary>Announces nothing and defends nothing; what is seen is counted.</summary>
    None,
    /// <summary>Uses an address at once, and announces it when it is added or the interface comes up. §2.3, §2.4.</summary>
    Announce,
    /// <summary>Asks for an address before it is used, which takes four to nine seconds; then announces it. §2.1.</summary>
    Probe,
}

/// <summary>What a host does when somebody else uses an address of its own. RFC 5227 §2.4.</summary>
public enum ConflictDefense : byte
{
    /// <summary>Defends it with one announcement in ten seconds at most, for ever. Case (c).</summary>
    KeepDefending,
    /// <summary>Defends it once, and gives it up at a second conflict within ten seconds. Case (b).</summary>
    DefendOnce,
    /// <summary>Gives it up at once. Case (a).</summary>
    GiveUp,
}

/// <summary>What came of a conflict.</summary>
public enum ConflictOutcome : byte
{
    /// <summary>The address was being probed: it is not used.</summary>
    Refused,
    /// <summary>The address was announced anew, and is still used.</summary>
    Defended,
    /// <summary>Nothing was sent, since there was an announcement not long ago or none is wanted; it is still used.</summary>
    Tolerated,
    /// <summary>The address was taken from the interface.</summary>
    GivenUp,
}

/// <summary>Somebody else on a link used an address of this host, or wanted to at the same time.</summary>
/// <param name="Address">The address.</param>
/// <param name="Other">The other station; of an IPv6 probe, the one that its frame came from.</param>
/// <param name="Device">The interface's index.</param>
/// <param name="At">When.</param>
/// <param name="Outcome">What came of it.</param>
public readonly record struct AddressConflict(
    InetAddress Address, MacAddress Other, uint Device, Timestamp At, ConflictOutcome Outcome);
