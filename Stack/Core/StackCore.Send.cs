using UserNet.Addressing;
using UserNet.Binding;
using UserNet.Buffers;
using UserNet.Errors;
using UserNet.Ip;
using UserNet.Time;
using UserNet.Wire;

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
    /// <returns>As <see cref="Ipv4Output.Send"/> or <see cref="Ipv6Output.Send"/>; ENETDOWN: no link can be attached.</returns>
    public Errno SendUnit(
        PacketBuffer unit, in RouteAnswer route, InetAddress destination, in IpSendOptions options, Timestamp now)
    {
        if (OutputV6 is { } outputV6 && destination.IsV6) return outputV6.Send(unit, route, destination, options, now);
        if (Output is { } output && !destination.IsV6) return output.Send(unit, route, destination, options, now);
        unit.Return();
        return Errno.ENETDOWN;
    }

    /// <summary>The largest packet, in octets, that is known to get through to a destination; 0 where there is no way. Gate held.</summary>
    /// <param name="route">The route to it, which was granted.</param>
    /// <param name="destination">Where to.</param>
    /// <param name="now">The time.</param>
    public int MtuOf(in RouteAnswer route, InetAddress destination, Timestamp now) =>
        OutputFor(destination)?.MtuOf(route, destination, now) ?? 0;

    private IpOutput? OutputFor(InetAddress destination) => destination.IsV6 ? OutputV6 : Output;
}
