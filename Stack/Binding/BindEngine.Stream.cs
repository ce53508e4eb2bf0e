using System.Net.NetworkInformation;
using UserNet.Addressing;

namespace UserNet.Binding;

// Streams: connecting, with a port by the connect search where none is held, and being called.
public sealed partial class BindEngine
{
    /// <summary>
    /// Gives a stream socket a peer, in state SYN-SENT; it gets an address by the route, and a port by the connect search,
    /// if it has none.
    /// </summary>
    /// <param name="socket">The socket.</param>
    /// <param name="remote">The peer.</param>
    /// <param name="route">The way to it.</param>
    /// <returns>
    /// Granted, NotSupported (no stream), AlreadyConnected (listening, or it has a peer), BadFamily, NoRoute, HostUnreachable,
    /// RouteProhibited, RouteInvalid, NoScope, NotLocal (a destination that can't be one), TableFull, ExhaustedByConnect, TupleInUse.
    /// </returns>
    public BindOutcome ConnectStream(SocketBinding socket, in InetEndpoint remote, out RouteAnswer route)
    {
        InetAddress name = socket.BoundAddress, chosen = socket.SourceAddress;
        BindRule rule = ResolveStream(socket, remote, out route, out InetEndpoint peer);
        if (rule != BindRule.Granted) return rule;
        // One that is bound to a group or a broadcast address has no source either, and loses that name.
        if (socket.SourceAddress.IsWildcard) socket.BoundAddress = socket.SourceAddress = socket.IsV6 ? route.Source.MapToV6() : route.Source;
        BindOutcome outcome = socket.IsHeld
            ? socket.Ports.Connect(socket, socket.BoundAddress, peer, TcpState.SynSent)
            : socket.Ports.ConnectAny(socket, ClaimFor(socket, name), socket.BoundAddress, peer, RangeOf(socket), socket.RandomizesPort);
        socket.IsPortLocked |= outcome.IsGranted && Personality.KeepsChosenPort;
        if (outcome.IsGranted) return outcome;
        // Linux leaves a socket that bind told an address with the one that it got instead: a group, or ::ffff:0.0.0.0.
        bool keeps = Personality.Sharing == SharingModel.Linux && socket.IsAddressLocked;
        if (!keeps) (socket.BoundAddress, socket.SourceAddress) = (name, chosen);
        else if (socket.IsHeld) socket.Ports.Disconnect(socket, socket.Ports.ClaimAfterConnect(socket, socket.BoundAddress));
        return outcome;
    }

    /// <summary>What <see cref="ConnectStream"/> would answer, without doing it; only a scope id changes the socket.</summary>
    private BindOutcome CheckConnectStream(SocketBinding socket, in InetEndpoint remote, Func<Holder, bool>? mayEnd)
    {
        BindRule rule = ResolveStream(socket, remote, out RouteAnswer route, out InetEndpoint peer);
        if (rule != BindRule.Granted) return rule;
        InetAddress source = socket.IsV6 ? route.Source.MapToV6() : route.Source;
        InetAddress local = socket.SourceAddress.IsWildcard ? source : socket.BoundAddress;
        if (!socket.IsHeld)
            return socket.Ports.WouldConnect(ClaimFor(socket, socket.BoundAddress), local, peer, RangeOf(socket), mayEnd)
                ? BindRule.Granted : BindRule.ExhaustedByConnect;
        BindOutcome outcome = socket.Ports.CheckConnect(socket, local, peer);
        return outcome.Blocker is { } blocker && mayEnd is not null && mayEnd(blocker) ? BindRule.Granted : outcome;
    }

    private BindRule ResolveStream(SocketBinding socket, in InetEndpoint remote, out RouteAnswer route, out InetEndpoint peer)
    {
        route = default;
        peer = default;
        if (!socket.IsStream) return BindRule.NotSupported;
        if (!socket.IsUnconnected) return BindRule.AlreadyConnected;
        bool isForMany = remote.Address.IsMulticast || remote.Address.IsLimitedBroadcast;
        if (isForMany && !Personality.ConnectsToWildcard) return BindRule.NotLocal;      // whether there is a route or not
        BindRule rule = Resolve(socket, remote, out route, out InetAddress destination);
        if (rule == BindRule.BroadcastDenied || (rule == BindRule.Granted && route.Role is AddressRole.Broadcast or AddressRole.Multicast))
            rule = Personality.ConnectsToWildcard ? BindRule.NoRoute : BindRule.NotLocal;      // to Windows it is no destination
        peer = new InetEndpoint(socket.IsV6 ? destination.MapToV6() : destination, remote.Port, remote.ScopeId);
        return rule == BindRule.Granted && IsFullFor(socket) ? BindRule.TableFull : rule;
    }

    /// <summary>Enters a connection that a listener was called for, in state SYN-RECEIVED.</summary>
    /// <param name="listener">Whose port and options it inherits.</param>
    /// <param name="local">The address that was called; IPv4 as IPv4.</param>
    /// <param name="remote">The peer.</param>
    /// <param name="child">The connection's holder.</param>
    /// <returns>Granted, TupleInUse.</returns>
    public static BindOutcome AcceptStream(SocketBinding listener, InetAddress local, in InetEndpoint remote, out SocketBinding child)
    {
        bool isV6 = listener.IsV6;
        InetAddress own = isV6 ? local.MapToV6() : local;
        child = new SocketBinding(listener.Ports, listener.Family, listener.Uid, listener.V6Only, null)
        {
            Sharing = listener.Sharing,
            // Replies to a link-local peer leave where it called.
            Device = listener.Device != 0 || !remote.Address.NeedsScope ? listener.Device : remote.ScopeId,
            MayBroadcast = listener.MayBroadcast,
            FreeBind = listener.FreeBind,
            Transparent = listener.Transparent,
            BoundAddress = own,
            SourceAddress = own,
            IsAddressLocked = listener.IsAddressLocked,      // for when it is disconnected
            BindWasWildcard = listener.BindWasWildcard,
        };
        if (listener.Security is { } security) child.SetSecurity(security);
        return listener.Ports.Accept(child, listener, own, remote with { Address = isV6 ? remote.Address.MapToV6() : remote.Address });
    }

    /// <summary>
    /// A connection goes into TIME-WAIT while its socket is open: it stays in the table for itself, and to the socket it is over, which
    /// may be bound and connect again.
    /// </summary>
    /// <param name="socket">The socket, in state TIME-WAIT.</param>
    /// <param name="owner">What the table hands back from now on when a packet is for the connection.</param>
    /// <returns>The connection's holder.</returns>
    internal static SocketBinding Part(SocketBinding socket, object owner)
    {
        var left = new SocketBinding(socket.Ports, socket.Family, socket.Uid, socket.V6Only, owner)
        {
            Sharing = socket.Sharing,
            Device = socket.Device,
            BoundAddress = socket.BoundAddress,
            SourceAddress = socket.SourceAddress,
        };
        socket.Ports.Inherit(left, socket);
        EndConnection(socket);
        return left;
    }

    /// <summary>
    /// A connection is over whose socket is still open: a port that bind was asked for stays held, as if it were only bound; another
    /// goes, though Linux still names it. The address stays what it was.
    /// </summary>
    internal static void EndConnection(SocketBinding socket)
    {
        if (!socket.IsHeld) return;
        if (socket.IsPortLocked)
        {
            socket.Ports.Disconnect(socket, socket.Claim);
            return;
        }

        socket.StalePort = socket.Port;
        socket.Ports.Release(socket);
    }
}
