using UserNet.Addressing;

namespace UserNet.Binding;

/// <summary>Both ends of a connection, as packets of it carry them; mapped addresses count as IPv4.</summary>
internal readonly record struct TupleKey(InetAddress Local, ushort LocalPort, InetAddress Remote, ushort RemotePort)
{
    public bool Matches(Holder holder) =>
        holder.Port == LocalPort && holder.RemotePort == RemotePort &&
        holder.LocalAddress.HasSameOctets(Local) && holder.RemoteAddress.HasSameOctets(Remote);
}

/// <summary>
/// Where a connect goes to and from which address: connections of one destination need different local ports.
/// </summary>
internal readonly record struct DestinationKey(InetAddress Local, InetAddress Remote, ushort RemotePort);
