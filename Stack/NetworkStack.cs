using System.Net.Sockets;
using UserNet.Addressing;
using UserNet.Binding;
using UserNet.Core;
using UserNet.Ip;
using UserNet.Sockets;
using UserNet.Tcp;

namespace UserNet;

/// <summary>A host: its addresses, its routes, its ports, and the sockets that are opened on it.</summary>
/// <remarks>
/// Any thread: each call enters the stack's gate and runs to completion. A process may have thousands of stacks.
/// </remarks>
#pragma warning disable CA1711 // it is a protocol stack, not a collection
public sealed partial class NetworkStack : IDisposable
#pragma warning restore CA1711
{
    /// <summary>A stack with the given doors and manners.</summary>
    /// <param name="options">Null for Linux's manners and the machine's own chance.</param>
    public NetworkStack(NetworkStackOptions? options = null)
    {
        options ??= new NetworkStackOptions();
        Caller = options.Caller;
        var settings = new BindSettings(options.Personality);
        options.Settings?.Invoke(settings);
        var table = new BindTable(options.Personality, options.Randomness, settings);
        IRoutes routes = options.Routes ?? new HostAddressing(options.Personality.StrongHost ? HostModel.Strong : HostModel.Weak);
        Core = new StackCore(new BindEngine(table, routes), options.Randomness, options.TimeProvider,
            options.TimeProvider == TimeProvider.System, options.Scheduler, new TcpSettings(options.Tcp));
    }

    /// <summary>Which system's rules and defaults hold.</summary>
    public Personality Personality => Core.Engine.Table.Personality;

    /// <summary>Port ranges, privileges and the choice of ports. Change them inside <see cref="Configure"/>.</summary>
    public BindSettings Settings => Core.Engine.Table.Settings;

    /// <summary>
    /// The host's addresses and routes, as they were given. Change them inside <see cref="Configure"/>.
    /// </summary>
    public IRoutes Routes => Core.Engine.Routes;

    /// <summary>Who makes the calls that name no caller.</summary>
    public Caller Caller { get; }

    /// <summary>How many sockets and connections hold a port.</summary>
    public int HolderCount
    {
        get
        {
            using (Core.Enter()) return Core.Engine.Table.Count;
        }
    }

    internal StackCore Core { get; }

    /// <summary>Runs a change of settings, addresses or routes while no call is under way.</summary>
    /// <param name="change">Must not call the stack or its sockets.</param>
    /// <exception cref="ArgumentNullException"><paramref name="change"/> is null.</exception>
    public void Configure(Action<NetworkStack> change)
    {
        ArgumentNullException.ThrowIfNull(change);
        using (Core.Enter())
        {
            change(this);
            Core.FollowForwarding();
        }
    }

    /// <summary>Opens a socket.</summary>
    /// <param name="family">InterNetwork or InterNetworkV6.</param>
    /// <param name="type">Stream, Dgram or Raw.</param>
    /// <param name="protocol">
    /// Tcp, Udp, or Unspecified for the one that goes with the type; Icmp with Dgram for a socket that sends echo requests and
    /// receives their replies; with Raw any number from 1 to 255, where Raw (255) means that the sender writes the IP header.
    /// </param>
    /// <param name="caller">Who opens and uses it; null for the stack's caller.</param>
    /// <exception cref="NetworkException">
    /// AddressFamilyNotSupported (another family), SocketNotSupported (another type), ProtocolNotSupported (protocol,
    /// type and family do not go together), AccessDenied (the caller lacks the right to open raw sockets; or
    /// <see cref="IcmpSettings.AllowsSockets"/> is off).
    /// </exception>
    public NetworkSocket CreateSocket(
        AddressFamily family, SocketType type, ProtocolType protocol = ProtocolType.Unspecified, Caller? caller = null) =>
        OpenSocket(family, type, protocol, caller ?? Caller).AsDotNet();

    /// <summary>Opens an IPv6 socket that takes IPv4 too: what .NET's constructor of two arguments makes.</summary>
    /// <inheritdoc cref="CreateSocket(AddressFamily, SocketType, ProtocolType, Caller?)"/>
    public NetworkSocket CreateSocket(SocketType socketType, ProtocolType protocolType)
    {
        NetworkSocket socket = CreateSocket(AddressFamily.InterNetworkV6, socketType, protocolType);
        socket.DualMode = true;
        return socket;
    }

    /// <summary>Opens a socket as the system itself does, without what .NET adds: for those who study the system's own rules.</summary>
    /// <param name="family">InterNetwork or InterNetworkV6.</param>
    /// <param name="type">Stream, Dgram or Raw.</param>
    /// <param name="protocol">As <see cref="CreateSocket(AddressFamily, SocketType, ProtocolType, Caller?)"/>.</param>
    /// <param name="caller">Who opens and uses it.</param>
    /// <exception cref="NetworkException">As <see cref="CreateSocket(AddressFamily, SocketType, ProtocolType, Caller?)"/>.</exception>
    /// <remarks>
    /// Bind sets no SO_REUSEADDR, ReuseAddress is SO_REUSEADDR alone, IPV6_V6ONLY is as the system has it, and ExclusiveAddressUse exists on
    /// Windows only. Any thread.
    /// </remarks>
    public NetworkSocket OpenSocket(AddressFamily family, SocketType type, ProtocolType protocol, in Caller caller) =>
        new(Core, family, type, protocol, caller);

    /// <summary>All holders as they are now, to be printed as <c>ss -tulpan</c> does.</summary>
    public TableSnapshot Snapshot()
    {
        using (Core.Enter()) return new TableSnapshot(Core.Engine.Table, Core.Engine.Routes);
    }

    /// <summary>The socket that a segment or unicast datagram would be given to now, or null.</summary>
    /// <param name="protocol">Tcp, Udp, or another that the table has.</param>
    /// <param name="local">The packet's destination.</param>
    /// <param name="remote">The packet's source.</param>
    /// <param name="device">The interface that it arrives on, 0 for whichever.</param>
    /// <exception cref="ArgumentException">The table does not have the protocol.</exception>
    /// <remarks>
    /// Whether the host would take the packet at all (address, interface, host model) is not looked at. Any thread.
    /// </remarks>
    public NetworkSocket? FindReceiver(
        ProtocolType protocol, in InetEndpoint local, in InetEndpoint remote, uint device = 0)
    {
        using (Core.Enter())
        {
            Holder? holder = Core.Engine.Table[protocol].Find(local.Address, local.Port, remote.Address, remote.Port, device);
            return holder?.Owner as NetworkSocket;
        }
    }

    /// <summary>
    /// All sockets that a multicast or broadcast datagram would be given to now, oldest first: for a group, those that hear
    /// the source there, and with IP_MULTICAST_ALL those that joined nothing while somebody on this host did.
    /// </summary>
    /// <param name="local">The packet's destination: a group, or a broadcast address.</param>
    /// <param name="remote">The packet's source.</param>
    /// <param name="device">The interface that it arrives on.</param>
    /// <remarks>Any thread.</remarks>
    public IReadOnlyList<NetworkSocket> FindReceivers(in InetEndpoint local, in InetEndpoint remote, uint device)
    {
        var holders = new List<Holder>();
        using (Core.Enter()) Core.FindReceivers(local, remote, device, holders);
        return [.. holders.Select(static holder => holder.Owner).OfType<NetworkSocket>()];
    }
}
