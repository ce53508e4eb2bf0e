using System.Numerics;
using UserNet.Addressing;

namespace UserNet.Ip;

/// <summary>
/// What address selection wants to know of the bits of an address: its scope, and what it has in common with another.
/// </summary>
internal static class AddressPolicy
{
    private const int LinkLocalScope = 2, SiteLocalScope = 5, GlobalScope = 14;

    /// <summary>
    /// The scope of an address on the scale of multicast scopes; ::1 counts as link-local. RFC 6724 §3.1, §3.2.
    /// </summary>
    public static int ScopeOf(InetAddress address)
    {
        if (address.IsMulticast && !address.IsV4Mapped) return address.MulticastScope;
        if (address.IsV4OrMapped) return address.V4Bits >> 24 == 127 || address.V4Bits >> 16 == 0xA9FE ? LinkLocalScope : GlobalScope;
        if (address.IsLinkLocal || address.IsLoopback) return LinkLocalScope;
        return IsSiteLocal(address) ? SiteLocalScope : GlobalScope;
    }

    /// <summary>
    /// True for a cryptographic hash identifier, 2001:10::/28, which goes with its like before all else. RFC 4843.
    /// </summary>
    public static bool IsOrchid(InetAddress address) => IsOrchid(address.High);

    /// <summary>How many leading bits two IPv6 addresses have in common.</summary>
    public static int CommonPrefixLength(InetAddress a, InetAddress b)
    {
        ulong high = a.High ^ b.High;
        return high != 0 ? BitOperations.LeadingZeroCount(high) : 64 + BitOperations.LeadingZeroCount(a.Low ^ b.Low);
    }

    private static bool IsOrchid(ulong high) => high >> 36 == 0x2001_001;

    private static bool IsSiteLocal(InetAddress address) => address.High >> 54 == 0xFEC0 >> 6;
}
