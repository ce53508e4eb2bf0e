using System.Net.NetworkInformation;
using System.Net.Sockets;
using UserNet.Addressing;

namespace UserNet.Binding;

/// <summary>
/// Bind, listen, connect and release in the steps of the system that is modelled: which check comes before which, what
/// is reserved, and what the socket's name is afterwards.
/// </summary>
/// <remarks>
/// Gate held. A call that is not granted changes nothing, but for what <see cref="Personality.Linux"/> is known to
/// change: the device, by a scope id, the port of a datagram socket that was bound on the way, and the address of a stream that
/// was bound to none that it could connect from.
/// </remarks>
public sealed partial class BindEngine
{
    private readonly IRoutes _routes;

    /// <summary>An engine over a table and the routes of a host.</summary>
    /// <exception cref="ArgumentNullException">The table or the routes are null.</exception>
    public BindEngine(BindTable table, IRoutes routes)
    {
        ArgumentNullException.ThrowIfNull(table);
        ArgumentNullException.ThrowIfNull(routes);
        Table = table;
        _routes = routes;
    }

    /// <summary>Who holds which port.</summary>
    public BindTable Table { get; }

    /// <summary>The addresses and routes of the host.</summary>
    public IRoutes Routes => _routes;

    private Personality Personality => Table.Personality;

    private BindSettings Settings => Table.Settings;

    /// <summary>A new, unbound socket.</summary>
    /// <param name="ports">The port space of its protocol.</param>
    /// <param name="family">InterNetwork or InterNetworkV6.</param>
    /// <param name="caller">Whose it will be.</param>
    /// <param name="owner">What the table hands back when the socket is looked up.</param>
    public SocketBinding Open(PortSpace ports, AddressFamily family, in Caller caller, object? owner) =>
        new(ports, family, caller.Uid, Settings.V6OnlyByDefault, owner);

    /// <summary>
    /// Binds a socket to a local address and port, or to a port of the engine's choice where it is 0.
    /// </summary>
    /// <returns>
    /// Granted, or the first step that refused: BadFamily, MulticastStream, NotLocal, BroadcastDenied, Privileged,
    /// AlreadyBound, AlreadyConnected (POSIX), MappedOnV6Only, NoScope, NoDevice, NotSupported (a raw socket, POSIX), TableFull, InUse, SharingDenied, Exhausted.
    /// </returns>
    public BindOutcome Bind(SocketBinding socket, in InetEndpoint endpoint, in Caller caller)
    {
        uint device = socket.Device;
        BindRule rule = CheckBind(socket, endpoint, caller, out AddressRole role);
        BindOutcome outcome = rule == BindRule.Granted ? Reserve(socket, endpoint) : rule;
        if (outcome.IsGranted) Commit(socket, endpoint, role);
        else if (Personality.Sharing != SharingModel.Linux && !socket.IsHeld) socket.Device = device; // a scope id set it
        return outcome;
    }

    private BindOutcome Reserve(SocketBinding socket, in InetEndpoint endpoint)
    {
        if (endpoint.Port == 0 && socket.BindAddressNoPort && socket.HasPorts) return BindRule.Granted;
        Claim claim = ClaimFor(socket, endpoint.Address);
        if (socket.IsRaw)
        {
            if (socket.IsHeld) socket.Ports.Disconnect(socket, claim);
            return BindRule.Granted;
        }

        if (IsFullFor(socket)) return BindRule.TableFull;
        BindOutcome outcome = endpoint.Port == 0
            ? socket.Ports.BindAny(socket, claim, RangeOf(socket), socket.RandomizesPort)
            : socket.Ports.Bind(socket, claim, endpoint.Port);
        if (outcome.IsGranted) socket.IsPortLocked = endpoint.Port != 0 || Personality.KeepsChosenPort;
        // Linux sets the address before it asks for the port, and clears it where there is none.
        else if (Personality.Sharing == SharingModel.Linux) SetAddress(socket, socket.AnyAddress, socket.AnyAddress);
        return outcome;
    }

    /// <summary>Gives an unbound datagram socket a port, as its first send does.</summary>
    /// <returns>Granted, TableFull, ExhaustedByDatagram.</returns>
    public BindOutcome AutoBind(SocketBinding socket)
    {
        if (socket.IsHeld || socket.IsRaw) return BindRule.Granted;
        if (IsFullFor(socket)) return BindRule.TableFull;
        BindOutcome outcome = socket.Ports.BindAny(socket, ClaimFor(socket, socket.BoundAddress), RangeOf(socket), socket.RandomizesPort);
        socket.IsPortLocked |= outcome.IsGranted && Personality.KeepsChosenPort;
        return outcome.IsGranted ? outcome : BindRule.ExhaustedByDatagram;
    }

    /// <summary>Makes a stream socket a listener; Linux binds it first if need be.</summary>
    /// <returns>
    /// Granted, NotSupported (no stream), AlreadyBound (connecting or connected), NotBound, TableFull, Exhausted, InUse,
    /// SharingDenied.
    /// </returns>
    public BindOutcome Listen(SocketBinding socket)
    {
        if (!socket.IsStream) return BindRule.NotSupported;
        if (socket.State == TcpState.Listen) return BindRule.Granted;
        if (!socket.IsUnconnected) return BindRule.AlreadyBound;
        if (!socket.IsHeld)
        {
            if (!Personality.ListenBinds) return BindRule.NotBound;
            if (IsFullFor(socket)) return BindRule.TableFull;
            BindOutcome bound = socket.Ports.BindAny(socket, ClaimFor(socket, socket.BoundAddress), RangeOf(socket), socket.RandomizesPort);
            if (!bound.IsGranted) return bound;
        }

        return socket.Ports.Listen(socket);
    }

    /// <summary>Gives back what the socket holds. A socket that holds nothing is left alone.</summary>
    public static void Close(SocketBinding socket)
    {
        if (socket.IsHeld) socket.Ports.Release(socket);
    }

    /// <summary>
    /// Undoes listen or connect: connect with AF_UNSPEC. What bind was told stays, what was chosen goes.
    /// </summary>
    /// <returns>Granted.</returns>
    public BindOutcome Disconnect(SocketBinding socket)
    {
        // Nothing to undo: what is bound stays.
        if (!socket.IsStream || !socket.IsUnconnected) Undo(socket);
        return BindRule.Granted;
    }

    /// <summary>Takes the peer, or what is left of a connection that is over: the address and the port that nobody asked for go.</summary>
    internal void Undo(SocketBinding socket)
    {
        bool copiesLinux = Personality.Sharing == SharingModel.Linux;
        if (!socket.IsStream && copiesLinux) socket.Device = 0;
        if (!socket.IsAddressLocked || (!copiesLinux && socket.BindWasWildcard))
        {
            bool isMapped = socket.BoundAddress.IsV4Mapped && socket.IsAddressLocked;
            InetAddress any = isMapped ? InetAddress.AnyV4.MapToV6() : socket.AnyAddress;
            SetAddress(socket, any, any);
        }

        if (!socket.IsHeld)
        {
            if (socket.IsRaw) SetPeerOfUnheld(socket, default);
            return;
        }

        if (socket.IsPortLocked)
        {
            socket.Ports.Disconnect(socket, HeldClaimAt(socket, socket.BoundAddress));
            return;
        }

        if (socket.IsStream && copiesLinux) socket.StalePort = socket.Port;
        socket.Ports.Release(socket);
    }

    /// <summary>What <see cref="Bind"/> reserves for a socket at an address.</summary>
    internal static Claim ClaimFor(SocketBinding socket, InetAddress address) => new(
        address, socket.V6Only || (address.IsV6 && !address.IsV4OrMapped && !address.IsWildcard), socket.Sharing, socket.Device,
        socket.Uid);

    /// <summary>
    /// What a socket goes on claiming at another address; sharing stays as it was at bind where the system freezes it
    /// then.
    /// </summary>
    private Claim HeldClaimAt(SocketBinding socket, InetAddress address)
    {
        Claim claim = ClaimFor(socket, address);
        return Personality.SharingIsFrozenAtBind ? claim with { Sharing = socket.Claim.Sharing } : claim;
    }

    internal PortRange? RangeOf(SocketBinding socket)
    {
        (ushort low, ushort high) = socket.LocalPortRange;
        if ((low == 0 && high == 0) || !socket.HasPorts) return null;
        PortRange all = Settings.RangeOf(socket.Protocol, socket.IsV6);
        ushort first = all.Contains(low) ? low : all.First;
        return new PortRange(first, high >= first && high <= all.Last ? high : all.Last);
    }

    private void Commit(SocketBinding socket, in InetEndpoint endpoint, AddressRole role)
    {
        InetAddress address = endpoint.Address;
        // Linux takes a mapped group or broadcast address for a source, and then nothing can be sent from it.
        bool isNoSource = role is AddressRole.Multicast or AddressRole.Broadcast &&
            !(address.IsV4Mapped && Personality.Sharing == SharingModel.Linux);
        SetAddress(socket, address, isNoSource ? socket.AnyAddress : address);
        socket.BindWasWildcard = role == AddressRole.Wildcard;
        // An IPv6 socket's ::ffff:0.0.0.0 counts as an address, as it does in Linux.
        // And Linux never forgets that there once was one; but never notes it of a raw socket.
        bool copiesLinux = Personality.Sharing == SharingModel.Linux;
        bool isAddress = address != socket.AnyAddress || (socket.IsAddressLocked && copiesLinux);
        socket.IsAddressLocked = isAddress && !(socket.IsRaw && copiesLinux);
        socket.StalePort = 0;
        if (address.IsV6 && !address.IsV4Mapped && !address.IsWildcard && !socket.IsRaw) socket.V6Only = true;
    }

    /// <summary>Gives a socket a name and a source, and takes what connects chose.</summary>
    private static void SetAddress(SocketBinding socket, InetAddress name, InetAddress source)
    {
        socket.BoundAddress = name;
        socket.SourceAddress = source;
        socket.V4Source = default;
    }
}
