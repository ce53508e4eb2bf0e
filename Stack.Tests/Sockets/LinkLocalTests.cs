using System.Net.Sockets;
using UserNet.Addressing;
using UserNet.Errors;
using UserNet.Ip;
using UserNet.Link;
using UserNet.Simulation;
using UserNet.Sockets;
using UserNet.Udp;
using Xunit;

namespace UserNet.Tests.Sockets;

/// <summary>A host with one link-local address on two links, and on each a neighbor with one and the same other.</summary>
public sealed class LinkLocalTests : IDisposable
{
    private static readonly InetAddress Own = InetAddress.Parse("fe80::1"), Neighbor = InetAddress.Parse("fe80::9");

    private readonly VirtualNetwork _network = new(7);
    private readonly NetworkStack _host;
    private readonly NetworkStack[] _neighbors;

    public LinkLocalTests()
    {
        HostAddressing addressing = new HostAddressing().AddInterface("e0").AddInterface("e1").AddAddress("e0", "fe80::1/64").AddAddress("e1", "fe80::1/64");
        _host = Open(addressing);
        _neighbors = new NetworkStack[2];
        for (int i = 0; i < 2; i++)
        {
            LinkPair wire = _network.AddCable();
            _neighbors[i] = Open(new HostAddressing().AddInterface("e0").AddAddress("e0", "fe80::9/64"));
            Attach(_host, $"e{i}", wire.A, 0x0200_0000_0A00u + (ulong)i);
            Attach(_neighbors[i], "e0", wire.B, 0x0200_0000_0B00u + (ulong)i);
        }

        _network.RunFor(TimeSpan.FromSeconds(3));
    }

    [Fact]
    public void Connections_of_two_peers_with_one_name_are_told_apart_by_their_links()
    {
        using NetworkSocket listener = Stream(_host);
        listener.Bind(new InetEndpoint(InetAddress.AnyV6, 80));
        listener.Listen();
        NetworkSocket[] callers = [Call(0, 80), Call(1, 80)];
        _network.RunFor(TimeSpan.FromSeconds(1));
        var scopes = new List<uint>();
        for (int i = 0; i < 2; i++)
        {
            Assert.True(callers[i].Connected);
            using NetworkSocket child = listener.Accept();
            Assert.Equal(Neighbor, child.PeerName!.Value.Address);
            Assert.Equal(Own, child.LocalName.Address);
            Assert.Equal(child.PeerName.Value.ScopeId, child.LocalName.ScopeId);
            scopes.Add(child.PeerName.Value.ScopeId);
            child.Send([(byte)child.PeerName.Value.ScopeId]);
            child.Shutdown(SocketShutdown.Send);
        }

        _network.RunFor(TimeSpan.FromSeconds(1));
        Assert.Equal(2, scopes.Distinct().Count());
        for (int i = 0; i < 2; i++)
        {
            byte[] octet = new byte[2];
            Assert.Equal(1, callers[i].Receive(octet));
            Assert.Equal(i == 0 ? "e0" : "e1", NameOf(octet[0]));
            callers[i].Dispose();
        }

        // And so it is through TIME-WAIT: both may call again at once.
        _network.RunFor(TimeSpan.FromSeconds(1));
        NetworkSocket[] again = [Call(0, 80), Call(1, 80)];
        _network.RunFor(TimeSpan.FromSeconds(1));
        Assert.All(again, static caller => Assert.True(caller.Connected));
        Array.ForEach(again, static caller => caller.Dispose());
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    public void A_reset_leaves_where_the_call_came_from(int link)
    {
        using NetworkSocket caller = Call(link, 81);
        _network.RunFor(TimeSpan.FromMilliseconds(100));
        Assert.Equal(Errno.ECONNREFUSED, caller.TryConnect(new InetEndpoint(Own, 81, 2)).Errno);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    public void So_does_a_cookie(int link)
    {
        using NetworkSocket listener = Stream(_host);
        _host.Configure(static s => s.Tcp.SynCookies = true);
        listener.Bind(new InetEndpoint(InetAddress.AnyV6, 80));
        listener.Listen(0);
        NetworkSocket[] callers = [.. Enumerable.Range(5000, 3).Select(port => Call(link, 80, (ushort)port))];
        _network.RunFor(TimeSpan.FromMilliseconds(100));
        using NetworkSocket child = listener.Accept();
        Assert.Equal(link == 0 ? "e0" : "e1", NameOf(child.PeerName!.Value.ScopeId));
        Array.ForEach(callers, static caller => caller.Dispose());
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    public void A_datagram_says_where_it_came_from_and_is_answered_there(int link)
    {
        using NetworkSocket service = Datagrams(_host, 53), asker = Datagrams(_neighbors[link], 5000), other = Datagrams(_neighbors[1 - link], 5000);
        asker.TrySendTo([1], new InetEndpoint(Own, 53, 2));
        _network.RunFor(TimeSpan.FromMilliseconds(100));
        Assert.True(service.TryReceiveFrom(new byte[10], out DatagramInfo info).IsDone);
        Assert.Equal(link == 0 ? "e0" : "e1", NameOf(info.Source.ScopeId));
        service.TrySendTo([2, 3], info.Source);
        _network.RunFor(TimeSpan.FromMilliseconds(100));
        Assert.Equal(2, asker.TryReceiveFrom(new byte[10], out _).Octets);
        Assert.True(other.TryReceiveFrom(new byte[10], out _).WouldWait);
    }

    [Fact]
    public void A_datagram_may_name_its_interface_and_its_source()
    {
        using NetworkSocket sender = Datagrams(_host, 53);
        NetworkSocket[] receivers = [Datagrams(_neighbors[0], 5000), Datagrams(_neighbors[1], 5000)];
        uint second = 3;
        var options = new DatagramSendOptions { Source = Own, Device = second, HopLimit = 7, TrafficClass = 0x20, FlowLabel = 0x12345 };
        Assert.True(sender.TrySendMessageTo([1], new InetEndpoint(Neighbor, 5000), options).IsDone);
        _network.RunFor(TimeSpan.FromMilliseconds(100));
        Assert.True(receivers[1].TryReceiveFrom(new byte[10], out DatagramInfo info).IsDone);
        Assert.Equal((7, 0x20, 0x12345u, Own), (info.TimeToLive, info.TrafficClass, info.FlowLabel, info.Source.Address));
        Assert.True(receivers[0].TryReceiveFrom(new byte[10], out _).WouldWait);
        Assert.Equal(Errno.EINVAL, sender.TrySendMessageTo([1], new InetEndpoint(Neighbor, 5000, 2), options with { Source = Neighbor }).Errno);
        Assert.Equal(Errno.ENODEV, sender.TrySendMessageTo([1], new InetEndpoint(Neighbor, 5000), options with { Device = 99 }).Errno);
        Assert.Equal(Errno.EINVAL, sender.TrySendMessageTo([1], new InetEndpoint(Neighbor, 5000, 2), options with { HopLimit = 256 }).Errno);
        Array.ForEach(receivers, static receiver => receiver.Dispose());
    }

    [Fact]
    public void Flows_have_labels_of_their_own_that_stay()
    {
        using NetworkSocket one = Datagrams(_host, 53), two = Datagrams(_host, 54), receiver = Datagrams(_neighbors[0], 5000);
        var labels = new List<uint>();
        foreach (NetworkSocket sender in (NetworkSocket[])[one, one, two])
        {
            sender.TrySendTo([1], new InetEndpoint(Neighbor, 5000, 2));
            _network.RunFor(TimeSpan.FromMilliseconds(100));
            Assert.True(receiver.TryReceiveFrom(new byte[10], out DatagramInfo info).IsDone);
            labels.Add(info.FlowLabel);
        }

        Assert.DoesNotContain(0u, labels);
        Assert.Equal(labels[0], labels[1]);
        Assert.NotEqual(labels[0], labels[2]);
        one.SetRawSocketOption(RawOptionLevel.IpV6, RawOption.V6AutoFlowLabel, new byte[4]);
        one.TrySendTo([1], new InetEndpoint(Neighbor, 5000, 2));
        _network.RunFor(TimeSpan.FromMilliseconds(100));
        Assert.True(receiver.TryReceiveFrom(new byte[10], out DatagramInfo without).IsDone);
        Assert.Equal(0u, without.FlowLabel);
    }

    [Fact]
    public void A_stream_does_not_hear_who_is_too_far_away()
    {
        using NetworkSocket listener = Stream(_host);
        listener.SetRawSocketOption(RawOptionLevel.IpV6, RawOption.V6MinHopLimit, BitConverter.GetBytes(255));
        listener.Bind(new InetEndpoint(InetAddress.AnyV6, 80));
        listener.Listen();
        using NetworkSocket far = Call(0, 80);
        _network.RunFor(TimeSpan.FromMilliseconds(100));
        Assert.False(far.Connected);
        using NetworkSocket near = Stream(_neighbors[1]);
        near.SetRawSocketOption(RawOptionLevel.IpV6, RawOption.V6UnicastHops, BitConverter.GetBytes(255));
        near.TryConnect(new InetEndpoint(Own, 80, 2));
        _network.RunFor(TimeSpan.FromMilliseconds(100));
        Assert.True(near.Connected);
    }

    [Fact]
    public void What_was_too_long_is_told_by_a_receive()
    {
        using NetworkSocket sender = Datagrams(_host, 53);
        foreach (int name in (int[])[RawOption.V6DontFragment, RawOption.V6ReceivePathMtu])
            sender.SetRawSocketOption(RawOptionLevel.IpV6, name, BitConverter.GetBytes(1));
        Assert.Equal(Errno.EMSGSIZE, sender.TrySendTo(new byte[1453], new InetEndpoint(Neighbor, 5000, 2)).Errno);
        Assert.Equal(0, sender.TryReceiveFrom(new byte[10], out DatagramInfo info).Octets);
        Assert.Equal((1500, Neighbor), (info.PathMtu, info.Source.Address));
        Assert.True(sender.TryReceiveFrom(new byte[10], out _).WouldWait);
        Assert.True(sender.TrySendTo(new byte[1452], new InetEndpoint(Neighbor, 5000, 2)).IsDone);
    }

    public void Dispose()
    {
        _host.Dispose();
        Array.ForEach(_neighbors, static neighbor => neighbor.Dispose());
    }

    private NetworkStack Open(HostAddressing addressing) => new(new NetworkStackOptions
    {
        Routes = addressing,
        Randomness = new Random(1).NextBytes,
        TimeProvider = _network.Clock,
        Scheduler = _network.Scheduler,
    });

    private static void Attach(NetworkStack stack, string name, ILink link, ulong station) => stack.Attach(
        name, link, new InterfaceOptions { Address = MacAddress.FromBits(station), ConflictDetection = ConflictDetection.None });

    private static NetworkSocket Stream(NetworkStack stack)
    {
        NetworkSocket socket = stack.CreateSocket(AddressFamily.InterNetworkV6, SocketType.Stream);
        socket.Blocking = false;
        return socket;
    }

    private static NetworkSocket Datagrams(NetworkStack stack, ushort port)
    {
        NetworkSocket socket = stack.CreateSocket(AddressFamily.InterNetworkV6, SocketType.Dgram);
        socket.Bind(new InetEndpoint(InetAddress.AnyV6, port));
        return socket;
    }

    /// <summary>A neighbor calls, always from the same port unless another is given.</summary>
    private NetworkSocket Call(int link, ushort port, ushort from = 5000)
    {
        NetworkSocket socket = Stream(_neighbors[link]);
        socket.ReuseAddress = true;
        socket.Bind(new InetEndpoint(InetAddress.AnyV6, from));
        socket.TryConnect(new InetEndpoint(Own, port, 2));
        return socket;
    }

    private string? NameOf(uint index)
    {
        string? name = null;
        _host.Configure(s => name = s.Host.NameOf(index));
        return name;
    }
}
