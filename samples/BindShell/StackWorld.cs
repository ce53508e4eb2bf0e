using UserNet.Addressing;
using UserNet.Binding;
using UserNet.Ip;
using UserNet.Sockets;

namespace UserNet.Samples.BindShell;

/// <summary>The two hosts of <see cref="GoldenTopology"/> as stacks of UserNet.</summary>
/// <remarks>No packet flies: who would receive is asked of the tables.</remarks>
public sealed class StackWorld : IScriptWorld
{
    private readonly StackHost _a;
    private readonly Lazy<StackHost> _b;

    /// <summary>Both hosts, fresh.</summary>
    /// <param name="personality">Whose rules hold.</param>
    /// <param name="seed">Where chance begins.</param>
    public StackWorld(Personality personality, int seed)
    {
        HostModel model = personality.StrongHost ? HostModel.Strong : HostModel.Weak;
        _a = new StackHost(GoldenTopology.HostA(model), personality, seed);
        _b = new Lazy<StackHost>(() => new StackHost(GoldenTopology.HostB(), personality, seed + 1));
    }

    /// <inheritdoc/>
    public IScriptHost this[char name] => Host(name);

    /// <inheritdoc/>
    public Delivery? Deliver(char from, InetEndpoint source, InetEndpoint destination)
    {
        if (destination.Address.IsMulticast) return null;      // who joined the group decides, and nobody can join yet
        char to = from;
        uint device;
        AddressRole role = Host(from).Addressing.RoleOf(destination.Address, 0);
        if (role == AddressRole.Local)
        {
            // What a host sends to itself counts as arriving on the interface that has the address.
            device = Host(from).Addressing.DeviceOf(destination.Address);
            if (device == 0) device = HostAddressing.LoopbackIndex;
        }
        else
        {
            to = from == 'A' ? 'B' : 'A';
            RouteAnswer route = Host(from).Addressing.FindRoute(new RouteQuery(destination.Address, source.Address));
            if (route.Rule != BindRule.Granted) return new Delivery(to, []);
            device = PeerOf(from, route.Device);
            role = Host(to).Addressing.RoleOf(destination.Address, device);
        }

        return role switch
        {
            AddressRole.Local => DeliverToOne(to, source, destination, device),
            AddressRole.Broadcast => DeliverToAll(to, source, destination, device),
            _ => new Delivery(to, []),
        };
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _a.Dispose();
        if (_b.IsValueCreated) _b.Value.Dispose();
    }

    private StackHost Host(char name) => name == 'A' ? _a : _b.Value;

    /// <summary>The interface at the other end of the wire: v0 and w0, v1 and w1.</summary>
    private uint PeerOf(char from, uint device)
    {
        string name = Host(from).Addressing.NameOf(device)!;
        return from == 'A' ? Host('B').Addressing.IndexOf("w" + name[1..]) : _a.Addressing.IndexOf("v" + name[1..]);
    }

    private Delivery DeliverToOne(char to, in InetEndpoint source, in InetEndpoint destination, uint device)
    {
        StackHost host = Host(to);
        NetworkSocket? receiver = host.Stack.FindReceiver(System.Net.Sockets.ProtocolType.Udp, destination, source, device);
        if (receiver is null) return new Delivery(to, []);
        List<int> group = Descriptors(host, other => other == receiver || SharesLoad(other, receiver));
        return new Delivery(to, group, IsByChance: group.Count > 1);
    }

    private Delivery DeliverToAll(char to, in InetEndpoint source, in InetEndpoint destination, uint device)
    {
        StackHost host = Host(to);
        IReadOnlyList<NetworkSocket> receivers = host.Stack.FindReceivers(destination, source, device);
        return new Delivery(to, Descriptors(host, receivers.Contains));
    }

    private static List<int> Descriptors(StackHost host, Func<NetworkSocket, bool> isWanted)
    {
        var found = new List<int>();
        for (int descriptor = 0; descriptor < host.DescriptorEnd; descriptor++)
            if (host.SocketOf(descriptor) is { } socket && isWanted(socket)) found.Add(descriptor);
        return found;
    }

    /// <summary>
    /// True for unconnected sockets of one name that both have SO_REUSEPORT: a hash chooses between them.
    /// </summary>
    private static bool SharesLoad(NetworkSocket socket, NetworkSocket receiver) =>
        socket.LocalName == receiver.LocalName && socket.ProtocolType == receiver.ProtocolType && !receiver.Connected && !socket.Connected &&
        HasReusePort(socket) && HasReusePort(receiver);

    private static bool HasReusePort(NetworkSocket socket)
    {
        byte[] value = new byte[sizeof(int)];
        try
        {
            socket.GetRawSocketOption(RawOptionLevel.Socket, RawOption.ReusePort, value);
            return value[0] != 0;
        }
        catch (NetworkException)
        {
            return false;      // a personality without the option
        }
    }
}
