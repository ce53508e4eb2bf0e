using UserNet.Addressing;
using UserNet.Ip;

namespace UserNet.Multicast;

/// <summary>A group, and the interface on which it is to be joined, filtered or left. RFC 3678 §4, §5.</summary>
/// <param name="Group">The group.</param>
/// <param name="Device">The interface's index; 0 to go by the local address.</param>
/// <param name="LocalAddress">
/// An address of the interface, as IP_ADD_MEMBERSHIP takes it; the wildcard for the interface that a route to the group
/// leads over. Looked at only where there is no index.
/// </param>
public readonly record struct GroupRequest(InetAddress Group, uint Device = 0, InetAddress LocalAddress = default);
