using UserNet.Addressing;

namespace UserNet.Binding;

/// <summary>What one datagram says of where it leaves from, beside its socket: the ancillary data of sendmsg.</summary>
/// <param name="Source">The source address; the wildcard leaves it to the socket and the route.</param>
/// <param name="Device">The interface, 0 for whichever.</param>
/// <param name="UsualDevice">The interface where neither the call nor the socket's binding names one (IPV6_PKTINFO of the socket), 0 for none.</param>
/// <param name="HasSource">True when an IPv4 source counts that is the wildcard: the route's, and not the socket's.</param>
public readonly record struct SendFrom(InetAddress Source = default, uint Device = 0, uint UsualDevice = 0, bool HasSource = false);
