using UserNet.Addressing;
using UserNet.Binding;
using UserNet.Buffers;
using UserNet.Errors;
using UserNet.Ip;
using UserNet.Time;

namespace UserNet.Core;

// A transport unit's way out.
internal sealed partial class StackCore
{
    /// <summary>Sends a transport unit by a route, in a packet of its destination's family. Gate held.</summary>
    /// <param name="unit">The unit with its header, sealed; becomes the callee's in any case.</param>
    /// <param name="route">The route, which was granted.</param>
    /// <param name="destination">Where to.</param>
    /// <param name="options">What else the sender says.</param>
    /// <param name="now">The time.</param>
    /// <returns>As <see cref="Ipv4Output.Send"/>; ENETUNREACH: an IPv6 destination; ENETDOWN: no link can be attached.</returns>
    public Errno SendUnit(
        PacketBuffer unit, in RouteAnswer route, InetAddress destination, in IpSendOptions options, Timestamp now)
    {
        if (!destination.IsV6 && Output is { } output) return output.Send(unit, route, destination, options, now);
        unit.Return();
        return destination.IsV6 ? Errno.ENETUNREACH : Errno.ENETDOWN;
    }
}
