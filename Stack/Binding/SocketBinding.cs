using System.Net.NetworkInformation;
using System.Net.Sockets;
using UserNet.Addressing;

namespace UserNet.Binding;

/// <summary>A socket as the bind engine sees it: the options that touch binding, and what it is bound to.</summary>
/// <remarks>Only <see cref="BindEngine"/> changes it. Gate held.</remarks>
public sealed class SocketBinding : Holder
{
    private readonly byte _number;      // a raw socket's protocol
    private RareOptions? _rare;         // made by the first option that asks for them: few do

    internal SocketBinding(PortSpace ports, AddressFamily family, uint uid, bool v6Only, object? owner, byte number = 0) : base(owner)
    {
        Ports = ports;
        _number = number;
        IsV6 = family == AddressFamily.InterNetworkV6;
        Uid = uid;
        V6Only = IsV6 && v6Only;
        BoundAddress = AnyAddress;
        SourceAddress = AnyAddress;
    }

    /// <summary>InterNetwork or InterNetworkV6.</summary>
    public AddressFamily Family => IsV6 ? AddressFamily.InterNetworkV6 : AddressFamily.InterNetwork;

    /// <summary>Tcp, Udp, Icmp or IcmpV6, or another protocol that the table has; a raw socket's is whichever it was opened for.</summary>
    public ProtocolType Protocol => IsRaw ? (ProtocolType)_number : IsEcho && IsV6 ? ProtocolType.IcmpV6 : Ports.Protocol;

    /// <summary>True for a TCP socket.</summary>
    public bool IsStream => Ports.Kind == PortSpaceKind.Stream;

    /// <summary>True for a raw socket, whose port is its protocol.</summary>
    public bool IsRaw => Ports.Kind == PortSpaceKind.Raw;

    /// <summary>True for an ICMP or ICMPv6 socket, whose port is the identifier of its echo requests.</summary>
    public bool IsEcho => Ports.Kind == PortSpaceKind.Identifier;

    /// <summary>True where peers have ports.</summary>
    internal bool HasPorts => Ports.Kind <= PortSpaceKind.Datagram;

    /// <summary>The socket's owner: the caller's uid when it was made, unless it was given away.</summary>
    public uint Uid { get; internal set; }

    /// <summary>The sharing options as they are set now.</summary>
    public Sharing Sharing { get; internal set; }

    /// <summary>IPV6_V6ONLY.</summary>
    public bool V6Only { get; internal set; }

    /// <summary>SO_BINDTODEVICE as an interface index, 0 for none.</summary>
    public uint Device { get; internal set; }

    /// <summary>SO_WSK_SECURITY: whom else the owner lets share its ports; null for nobody.</summary>
    public override SecurityDescriptor? Security => _rare?.Security;

    /// <summary>SO_RANDOMIZE_PORT: ports are chosen at random, whatever the settings say.</summary>
    public bool RandomizesPort
    {
        get => _rare is { RandomizesPort: true };
        internal set => Rare.RandomizesPort = value;
    }

    /// <summary>SO_BROADCAST.</summary>
    public bool MayBroadcast { get; internal set; }

    /// <summary>IP_FREEBIND.</summary>
    public bool FreeBind { get; internal set; }

    /// <summary>IP_TRANSPARENT.</summary>
    public bool Transparent { get; internal set; }

    /// <summary>IP_BIND_ADDRESS_NO_PORT.</summary>
    public bool BindAddressNoPort { get; internal set; }

    /// <summary>IP_LOCAL_PORT_RANGE: the lower and upper bound, 0 for unset.</summary>
    public (ushort Low, ushort High) LocalPortRange { get; internal set; }

    /// <summary>IP_MULTICAST_IF as an interface index, 0 for none.</summary>
    public uint MulticastDevice
    {
        get => _rare?.MulticastDevice ?? 0;
        internal set => Rare.MulticastDevice = value;
    }

    /// <summary>IP_MULTICAST_IF as the address that it was set by; the wildcard for none.</summary>
    public InetAddress MulticastSource
    {
        get => _rare?.MulticastSource ?? default;
        internal set => Rare.MulticastSource = value;
    }

    /// <summary>IP_UNICAST_IF as an interface index, 0 for none.</summary>
    public uint UnicastDevice
    {
        get => _rare?.UnicastDevice ?? 0;
        internal set => Rare.UnicastDevice = value;
    }

    /// <summary>IP_UNICAST_IF as it was when the way to the peer was found, which Linux keeps then.</summary>
    internal uint PeerUnicastDevice
    {
        get => _rare?.PeerUnicastDevice ?? 0;
        set
        {
            if (_rare is not null || value != 0) Rare.PeerUnicastDevice = value;
        }
    }

    /// <summary>
    /// IPV6_MULTICAST_IF as an interface index, 0 for none: for IPv6 destinations, as IP_MULTICAST_IF is for IPv4 ones.
    /// </summary>
    public uint V6MulticastDevice
    {
        get => _rare?.V6MulticastDevice ?? 0;
        internal set => Rare.V6MulticastDevice = value;
    }

    /// <summary>
    /// IPV6_UNICAST_IF as an interface index, 0 for none: for IPv6 destinations, as IP_UNICAST_IF is for IPv4 ones.
    /// </summary>
    public uint V6UnicastDevice
    {
        get => _rare?.V6UnicastDevice ?? 0;
        internal set => Rare.V6UnicastDevice = value;
    }

    /// <summary>IPV6_ADDR_PREFERENCES: whether temporary addresses are preferred to public ones as sources; null for what the host prefers. RFC 5014.</summary>
    public bool? PrefersTemporary
    {
        get => _rare?.PrefersTemporary;
        internal set => Rare.PrefersTemporary = value;
    }

    /// <summary>IPV6_ADDR_PREFERENCES: whether care-of addresses are preferred to home addresses; kept to be read, since the host has neither.</summary>
    public bool PrefersCareOf
    {
        get => _rare is { PrefersCareOf: true };
        internal set => Rare.PrefersCareOf = value;
    }

    /// <summary>
    /// The address that packets are received on (getsockname's): the bound one, or the one that a connect chose.
    /// </summary>
    public InetAddress BoundAddress { get; internal set; }

    /// <summary>The address that packets are sent from; the wildcard where each route decides.</summary>
    public InetAddress SourceAddress { get; internal set; }

    /// <summary>
    /// The address that IPv4 packets are sent from; the wildcard where each route decides. Where <see cref="SourceAddress"/> is of IPv6,
    /// on Linux the first connect to an IPv4 address chooses this one, which stays beside it.
    /// </summary>
    public InetAddress V4Source
    {
        get => SourceAddress.IsV4OrMapped ? SourceAddress.Unmap() : _rare?.V4Source ?? default;
        internal set
        {
            if (_rare is not null || !value.IsWildcard) Rare.V4Source = value;
        }
    }

    /// <summary>What getsockname shows; the scope id of a link-local address is the device as it is set now.</summary>
    public InetEndpoint LocalEndpoint => new(BoundAddress, Port != 0 ? Port : StalePort, ScopeOf(BoundAddress));

    /// <summary>What getpeername shows; null while unconnected.</summary>
    public InetEndpoint? RemoteEndpoint => IsConnected ? new(RemoteAddress, RemotePort, ScopeOf(RemoteAddress)) : null;

    internal void SetSecurity(SecurityDescriptor? security) => Rare.Security = security;

    internal PortSpace Ports { get; }

    internal bool IsV6 { get; }

    internal ushort StalePort;      // a port that Linux still names after a stream let go of it
    internal bool HasPeerRoute;                       // the way to the peer is known, and kept
    internal bool PeerIsBroadcast;                    // as connect found it, and allowed it
    internal bool IsAddressLocked, IsPortLocked;      // SOCK_BINDADDR_LOCK, SOCK_BINDPORT_LOCK
    internal bool BindWasWildcard;
    internal bool WasShutDown;

    internal InetAddress AnyAddress => IsV6 ? InetAddress.AnyV6 : InetAddress.AnyV4;

    internal bool IsUnconnected => State == TcpState.Closed && !IsConnected;

    private RareOptions Rare => _rare ??= new RareOptions();

    private uint ScopeOf(InetAddress address) => address.NeedsScope ? Device : 0;

    /// <summary>Options that few sockets set; most say where packets leave whose destination does not.</summary>
    private sealed class RareOptions
    {
        public SecurityDescriptor? Security;
        public InetAddress MulticastSource, V4Source;
        public uint MulticastDevice, UnicastDevice, PeerUnicastDevice, V6MulticastDevice, V6UnicastDevice;
        public bool? PrefersTemporary;
        public bool PrefersCareOf, RandomizesPort;
    }
}
