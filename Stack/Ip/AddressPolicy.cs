using System.Numerics;
using UserNet.Addressing;

namespace UserNet.Ip;

/// <summary>
/// What source selection wants to know of the bits of an IPv6 address: its scope, its label, what it has in common
/// with another.
/// </summary>
internal static class AddressPolicy
{
    private const int LinkLocalScope = 2, SiteLocalScope = 5, GlobalScope = 14;

    /// <summary>
    /// The scope of an address on the scale of multicast scopes; ::1 counts as link-local. RFC 6724 §3.1.
    /// </summary>
    public static int ScopeOf(InetAddress address)
    {
        if (address.IsMulticast && !address.IsV4Mapped) return address.MulticastScope;
        if (address.IsV4Mapped) return GlobalScope;
        if (address.IsLinkLocal || address.IsLoopback) return LinkLocalScope;
        return IsSiteLocal(address) ? SiteLocalScope : GlobalScope;
    }

    /// <summary>
    /// The label of the longest prefix of the policy table that matches; only equality of labels matters. RFC 6724
    /// §2.1.
    /// </summary>
    /// <remarks>2001:10::/28 is not in the RFC's table, but in Linux's.</remarks>
    public static int LabelOf(InetAddress address) => (address.High, address.Low) switch
    {
        (0, 1) => 0,      // ::1/128
        (0, var low) when low >> 32 == 0xFFFF => 4,      // ::ffff:0:0/96
        (0, var low) when low >> 32 == 0 => 3,      // ::/96
        var (high, _) when IsOrchid(high) => 7,      // 2001:10::/28
        var (high, _) when high >> 32 == 0x2001_0000 => 5,  // 2001::/32
        var (high, _) when high >> 48 == 0x2002 => 2,      // 2002::/16
        var (high, _) when high >> 48 == 0x3FFE => 12,     // 3ffe::/16
        var (high, _) when high >> 57 == 0xFC >> 1 => 13,   // fc00::/7
        _ when IsSiteLocal(address) => 11,     // fec0::/10
        _ => 1,      // ::/0
    };

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
