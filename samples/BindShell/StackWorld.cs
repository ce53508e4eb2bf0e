using System.Net.Sockets;
using UserNet.Addressing;
using UserNet.Binding;
using UserNet.Ip;
using UserNet.Link;
using UserNet.Simulation;
using UserNet.Sockets;

namespace UserNet.Samples.BindShell;

/// <summary>The two hosts of <see cref="GoldenTopology"/> as stacks of UserNet, with the two wires between them.</summary>
/// <remarks>
/// A world has a clock of its own, which moves by a millisecond a step, and by <see cref="Sleep"/>. All that is sent flies as packets; who
/// would receive what no socket can send, since its source is foreign or another's, is asked of the tables.
/// </remarks>
public sealed class StackWorld : IScriptWorld
{
    // A step takes time, as a call does: two connections of one moment could not be told apart.
    private static readonly TimeSpan StepTime = TimeSpan.FromMilliseconds(1);

    private readonly VirtualNetwork _lab;
    private readonly LinkPair[] _wires;
    private readonly FaceHost _a, _b;

    /// <summary>Both hosts, fresh.</summary>
    /// <param name="personality">Whose rules hold.</param>
    /// <param name="seed">Where chance begins.</param>
    /// <param name="face">What calls go through; null for POSIX.</param>
    public StackWorld(Personality personality, int seed, Face? face = null)
    {
        face ??= Face.Posix;
        HostModel model = personality.StrongHost ? HostModel.Strong : HostModel.Weak;
        _lab = new VirtualNetwork((ulong)seed);
        _a = face.Open(GoldenTopology.HostA(model), personality, seed, _lab);
        _b = face.Open(GoldenTopology.HostB(), personality, seed + 1, _lab);
        _wires = [Connect("v0", "w0", 0), Connect("v1", "w1", 1)];
    }

    /// <inheritdoc/>
    public IScriptHost this[char name] => Host(name);

    /// <inheritdoc/>
    public void Settle() => _lab.RunFor(StepTime);

    /// <inheritdoc/>
    public void Sleep(TimeSpan time) => _lab.RunFor(time);

    /// <inheritdoc/>
    public Delivery? Deliver(char from, InetEndpoint source, InetEndpoint destination)
    {
        FaceHost sender = Host(from);
        bool isOwn = sender.Addressing.RoleOf(destination.Address.Unmap(), 0) == AddressRole.Local;
        char to = isOwn ? from : from == 'A' ? 'B' : 'A';
        if (TrySend(sender, source, destination, to, out List<int> receivers)) return Together(to, receivers);
        return DeliverByTables(from, to, isOwn, source, destination);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (LinkPair wire in _wires) wire.Dispose();
        _a.Dispose();
        _b.Dispose();
    }

    private FaceHost Host(char name) => name == 'A' ? _a : _b;

    private LinkPair Connect(string atA, string atB, byte number)
    {
        LinkPair wire = _lab.AddCable();
        Attach(_a, atA, wire.A, 0x0200_0000_0A00u + number);
        Attach(_b, atB, wire.B, 0x0200_0000_0B00u + number);
        return wire;
    }

    // Linux does not announce addresses unless it is told to.
    private static void Attach(FaceHost host, string name, ILink link, ulong station) => host.Stack.Attach(
        name, link, new InterfaceOptions { Address = MacAddress.FromBits(station), ConflictDetection = ConflictDetection.None });

    /// <summary>The interface at the other end of the wire: v0 and w0, v1 and w1.</summary>
    private uint PeerOf(char from, uint device)
    {
        string name = Host(from).Addressing.NameOf(device)!;
        return from == 'A' ? _b.Addressing.IndexOf("w" + name[1..]) : _a.Addressing.IndexOf("v" + name[1..]);
    }

    /// <summary>
    /// Sends from a socket made for it, and sees whose queues grew; false when no socket can have that source, since it
    /// is foreign or another socket's.
    /// </summary>
    private bool TrySend(FaceHost sender, in InetEndpoint source, in InetEndpoint destination, char to, out List<int> receivers)
    {
        receivers = [];
        AddressFamily family = destination.Address.Unmap().Family;
        using NetworkSocket probe = sender.Stack.OpenSocket(family, SocketType.Dgram, ProtocolType.Udp, Caller.Root);
        probe.EnableBroadcast = true;
        if (!probe.TryBind(source with { Address = source.Address.Unmap() }).IsGranted) return false;
        FaceHost host = Host(to);
        int[] before = QueuesOf(host);
        TransferResult sent = probe.TrySendTo([0], destination with { Address = destination.Address.Unmap() });
        Settle();
        int[] after = QueuesOf(host);
        for (int i = 0; sent.IsDone && i < after.Length; i++)
            if (after[i] > before[i]) receivers.Add(i);
        return true;
    }

    private static int[] QueuesOf(FaceHost host) =>
        [.. Enumerable.Range(0, host.DescriptorEnd).Select(descriptor => host.SocketOf(descriptor)?.QueuedDatagrams ?? 0)];

    /// <summary>Of sockets that share a load one got it; any of them might have.</summary>
    private Delivery Together(char to, List<int> receivers)
    {
        if (receivers.Count != 1) return new Delivery(to, receivers);
        NetworkSocket receiver = Host(to).SocketOf(receivers[0])!;
        List<int> group = Descriptors(Host(to), other => other == receiver || SharesLoad(other, receiver));
        return new Delivery(to, group, IsByChance: group.Count > 1);
    }

    private Delivery DeliverByTables(char from, char to, bool isOwn, in InetEndpoint source, in InetEndpoint destination)
    {
        HostAddressing addressing = Host(from).Addressing;
        uint device;
        AddressRole role = AddressRole.Local;
        if (isOwn)
        {
            // What a host sends to itself counts as arriving on the interface that has the address.
            device = addressing.DeviceOf(destination.Address);
            if (device == 0) device = HostAddressing.LoopbackIndex;
        }
        else
        {
            RouteAnswer route = addressing.FindRoute(new RouteQuery(destination.Address, source.Address));
            if (route.Rule != BindRule.Granted) return new Delivery(to, []);
            device = PeerOf(from, route.Device);
            role = Host(to).Addressing.RoleOf(destination.Address, device);
        }

        return role switch
        {
            AddressRole.Local => DeliverToOne(to, source, destination, device),
            AddressRole.Broadcast or AddressRole.Multicast => DeliverToAll(to, source, destination, device),
            _ => new Delivery(to, []),
        };
    }

    private Delivery DeliverToOne(char to, in InetEndpoint source, in InetEndpoint destination, uint device)
    {
        FaceHost host = Host(to);
        NetworkSocket? receiver = host.Stack.FindReceiver(ProtocolType.Udp, destination, source, device);
        if (receiver is null) return new Delivery(to, []);
        return Together(to, Descriptors(host, other => other == receiver));
    }

    private Delivery DeliverToAll(char to, in InetEndpoint source, in InetEndpoint destination, uint device)
    {
        FaceHost host = Host(to);
        IReadOnlyList<NetworkSocket> receivers = host.Stack.FindReceivers(destination, source, device);
        return new Delivery(to, Descriptors(host, receivers.Contains));
    }

    private static List<int> Descriptors(FaceHost host, Func<NetworkSocket, bool> isWanted)
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
        socket.LocalName == receiver.LocalName && socket.ProtocolType == receiver.ProtocolType && receiver.PeerName is null && socket.PeerName is null &&
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
