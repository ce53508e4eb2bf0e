using System.Net.NetworkInformation;
using System.Net.Sockets;
using UserNet.Addressing;

namespace UserNet.Binding;

// Sockets without ports: raw ones, and those of ICMP echoes. Their rules are Linux's on every personality.
public sealed partial class BindEngine
{
    /// <summary>A new raw socket: it hears its protocol at once, on every address.</summary>
    /// <param name="protocol">The protocol, which is its port.</param>
    /// <param name="caller">Whose it will be.</param>
    /// <param name="owner">What the table hands back when the socket is looked up.</param>
    public SocketBinding OpenRaw(byte protocol, in Caller caller, object? owner)
    {
        var socket = new SocketBinding(Table.Raw, AddressFamily.InterNetwork, caller.Uid, v6Only: false, owner, protocol);
        bool copiesLinux = Personality.Sharing == SharingModel.Linux;
        if (copiesLinux) socket.Sharing = Sharing.ReuseAddress;
        // On Linux a raw socket is found no more, once its peer has been taken from it.
        socket.IsPortLocked = !copiesLinux;
        socket.Ports.Bind(socket, ClaimFor(socket, socket.AnyAddress), protocol);
        return socket;
    }

    /// <summary>A new ICMP socket, without an identifier yet.</summary>
    /// <param name="caller">Whose it will be.</param>
    /// <param name="owner">What the table hands back when the socket is looked up.</param>
    public SocketBinding OpenEcho(in Caller caller, object? owner)
    {
        SocketBinding socket = Open(Table.Icmp, AddressFamily.InterNetwork, caller, owner);
        if (Personality.Sharing == SharingModel.Linux) socket.Sharing = Sharing.ReuseAddress;
        return socket;
    }

    /// <summary>A raw socket may be bound as often as one likes, until it has a peer; the port that it asks for means nothing.</summary>
    private BindRule CheckRaw(SocketBinding socket, in InetEndpoint endpoint, out AddressRole role)
    {
        role = AddressRole.Foreign;
        if (!socket.IsUnconnected) return BindRule.AlreadyBound;
        return MayBindV4(socket, endpoint.Address, out role) ? BindRule.Granted : BindRule.NotLocal;
    }

    /// <summary>No identifier is privileged, and no address is for many.</summary>
    private BindRule CheckEcho(SocketBinding socket, in InetEndpoint endpoint, out AddressRole role)
    {
        bool isLocal = MayBindV4(socket, endpoint.Address, out role);
        if (!isLocal || role is AddressRole.Multicast or AddressRole.Broadcast) return BindRule.NotLocal;
        return socket.Port != 0 ? BindRule.AlreadyBound : BindRule.Granted;
    }

    /// <summary>A raw socket that is not found any more may have a peer all the same, to send to; port 0 of the wildcard for none.</summary>
    private static void SetPeerOfUnheld(SocketBinding socket, in InetEndpoint peer)
    {
        bool isNone = peer == default;
        socket.State = isNone ? TcpState.Closed : TcpState.Established;
        socket.IsConnected = !isNone && peer.Port != 0;
        socket.RemoteAddress = peer.Address;
        socket.RemotePort = peer.Port;
    }
}
