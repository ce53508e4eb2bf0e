using UserNet.Addressing;
using UserNet.Multicast;

namespace UserNet.Core;

/// <summary>A socket, as who joins groups or does not.</summary>
internal interface IGroupMember
{
    /// <summary>True when a datagram for a group is for the socket, as far as membership says. Gate held; allocates nothing.</summary>
    /// <param name="group">Where to.</param>
    /// <param name="source">Where from.</param>
    /// <param name="device">The interface that it arrived on.</param>
    bool Accepts(InetAddress group, InetAddress source, uint device);
}
