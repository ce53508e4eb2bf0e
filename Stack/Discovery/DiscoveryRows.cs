using UserNet.Addressing;
using UserNet.Ip;
using UserNet.Wire;

namespace UserNet.Discovery;

/// <summary>An address of an interface as it stands now.</summary>
/// <param name="Address">The address.</param>
/// <param name="PrefixLength">How many leading bits its subnet has in common.</param>
/// <param name="Traits">What there is to say of it.</param>
/// <param name="PreferredFor">How long until it is deprecated, zero when it is; <see cref="Timeout.InfiniteTimeSpan"/> for ever.</param>
/// <param name="ValidFor">How long until it is removed; <see cref="Timeout.InfiniteTimeSpan"/> for ever.</param>
public readonly record struct AddressRow(
    InetAddress Address, int PrefixLength, AddressTraits Traits, TimeSpan PreferredFor, TimeSpan ValidFor);

/// <summary>A route by way of a router that advertised it; a default router where the prefix is ::/0.</summary>
/// <param name="Prefix">The destinations.</param>
/// <param name="Router">The router.</param>
/// <param name="Preference">How much the router prefers itself to others.</param>
/// <param name="Lifetime">How long it still holds; <see cref="Timeout.InfiniteTimeSpan"/> for ever.</param>
/// <param name="IsUnreachable">True while the router does not answer.</param>
public readonly record struct AdvertisedRouteRow(
    InetPrefix Prefix, InetAddress Router, RouterPreference Preference, TimeSpan Lifetime, bool IsUnreachable);

/// <summary>A name server that a router advertised. RFC 8106.</summary>
/// <param name="Address">The server; a link-local one is on the interface's link.</param>
/// <param name="Lifetime">How long it may still be used; <see cref="Timeout.InfiniteTimeSpan"/> for ever.</param>
public readonly record struct NameServerRow(InetAddress Address, TimeSpan Lifetime);
