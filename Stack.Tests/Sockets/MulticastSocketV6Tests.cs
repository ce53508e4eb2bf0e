using System.Net;
using System.Net.Sockets;
using UserNet.Addressing;
using UserNet.Binding;
using UserNet.Doors;
using UserNet.Errors;
using UserNet.Link;
using UserNet.Multicast;
using UserNet.Sockets;
using UserNet.Tests.Infrastructure;
using UserNet.Tests.Multicast;
using UserNet.Udp;
using UserNet.Wire;
using Xunit;

namespace UserNet.Tests.Sockets;

/// <summary>IPv6 groups by the names and shapes of .NET's sockets, and whom a datagram for a group is given to.</summary>
public sealed class MulticastSocketV6Tests : IDisposable
{
    private const string G = "ff05::1:1", L = "ff02::1:1", Peer = "fe80::1";

    private readonly MldRig _rig = new();

    public void Dispose() => _rig.Dispose();

    [Fact]
    public void A_group_is_joined_and_left_as_NET_does_it()
    {
        using NetworkSocket socket = _rig.Socket();
        var option = new IPv6MulticastOption(IPAddress.Parse(G), _rig.Device);
        socket.SetSocketOption(SocketOptionLevel.IPv6, SocketOptionName.AddMembership, option);
        Assert.Equal([$"TO_EX {G} {{}}"], _rig.Said());
        Assert.Equal(SourceFilter.Everyone, socket.GetGroupFilter(new GroupRequest(At(G), _rig.Device)));
        Assert.Equal(SocketError.AddressAlreadyInUse, Assert.Throws<NetworkException>(
            () => socket.SetSocketOption(SocketOptionLevel.IPv6, SocketOptionName.AddMembership, option)).SocketErrorCode);
        socket.SetSocketOption(SocketOptionLevel.IPv6, SocketOptionName.DropMembership, option);
        Assert.Equal([$"TO_IN {G} {{}}"], _rig.Said());
        Assert.Throws<ArgumentException>(() => socket.SetSocketOption(SocketOptionLevel.IPv6, SocketOptionName.AddMembership, new MulticastOption(IPAddress.Parse("224.1.1.1"))));
        Assert.Throws<ArgumentException>(() => socket.SetSocketOption(SocketOptionLevel.IP, SocketOptionName.AddMembership, option));
    }

    [Fact]
    public void A_dual_stack_socket_joins_groups_of_both_families()
    {
        _rig.Stack.Configure(stack => stack.Host.AddAddress("eth0", "10.9.0.2/24"));
        using NetworkSocket socket = _rig.Socket();
        socket.JoinGroup(At("224.1.1.1"), _rig.Device);
        socket.JoinGroup(At(G), _rig.Device);
        Assert.True(_rig.Stack.Groups.IsJoined(At("224.1.1.1"), _rig.Device) && _rig.Stack.Groups.IsJoined(At(G), _rig.Device));
        Assert.Equal(Errno.EINVAL, Refusal(() => socket.JoinGroup(At("::ffff:224.1.1.2"), _rig.Device)));
        using NetworkSocket old = _rig.Stack.CreateSocket(AddressFamily.InterNetwork, SocketType.Dgram);
        Assert.Equal(Errno.ENOPROTOOPT, Refusal(() => old.JoinGroup(At(G), _rig.Device)));
        _rig.Settle();
    }

    [Fact]
    public void Refusals_say_which_and_why()
    {
        using NetworkSocket socket = _rig.Socket();
        using NetworkSocket stream = _rig.Stack.CreateSocket(AddressFamily.InterNetworkV6, SocketType.Stream);
        Assert.Equal(Errno.EINVAL, Refusal(() => socket.JoinGroup(At("2001:db8::1"), _rig.Device)));
        Assert.Equal(Errno.ENODEV, Refusal(() => socket.JoinGroup(At(G), 77)));
        Assert.Equal(Errno.EADDRNOTAVAIL, Refusal(() => socket.LeaveGroup(At(G), _rig.Device)));
        Assert.Equal(Errno.EPROTO, Refusal(() => stream.JoinGroup(At(G), _rig.Device)));
        _rig.Stack.Configure(stack => stack.Groups.MaxOptionMemoryPerSocket = 1000);
        for (int i = 0; i < 17; i++) socket.JoinGroup(At($"ff05::2:{i:x}"), _rig.Device);      // 56 octets each
        NetworkException refused = Assert.Throws<NetworkException>(() => socket.JoinGroup(At("ff05::3:1"), _rig.Device));
        Assert.Equal((Errno.ENOMEM, SocketError.NoBufferSpaceAvailable), (refused.Errno, refused.SocketErrorCode));
        Assert.Equal(Errno.ENOBUFS, Refusal(() => socket.BlockSource(new GroupRequest(At("ff05::2:1"), _rig.Device), At("2001:db8::1"))));
        _rig.Settle();
    }

    [Fact]
    public void Numbers_are_read_as_they_were_set()
    {
        using NetworkSocket socket = _rig.Socket();
        Assert.Equal((1, true, true), (socket.MulticastTimeToLive, socket.MulticastLoopback, socket.HearsAllGroups));
        socket.MulticastTimeToLive = 255;
        socket.MulticastLoopback = socket.HearsAllGroups = false;
        Assert.Equal((255, false, false), (socket.MulticastTimeToLive, socket.MulticastLoopback, socket.HearsAllGroups));
        Assert.Equal(Errno.EINVAL, Refusal(() => socket.MulticastTimeToLive = 256));
        socket.SetSocketOption(SocketOptionLevel.IPv6, SocketOptionName.MulticastInterface, (int)_rig.Device);
        Assert.Equal((int)_rig.Device, socket.GetSocketOption(SocketOptionLevel.IPv6, SocketOptionName.MulticastInterface));
        Assert.Equal(_rig.Device, socket.Binding.V6MulticastDevice);
        Assert.Equal(Errno.ENODEV, Refusal(() => socket.SetSocketOption(SocketOptionLevel.IPv6, SocketOptionName.MulticastInterface, 77)));
        // The options of IPv4 are others.
        Assert.Equal(1, socket.GetSocketOption(SocketOptionLevel.IP, SocketOptionName.MulticastTimeToLive));
        Assert.Equal(1, socket.GetSocketOption(SocketOptionLevel.IP, SocketOptionName.MulticastLoopback));
    }

    [Fact]
    public void What_is_sent_to_a_group_goes_out_and_comes_back_to_members()
    {
        using NetworkSocket sender = Sender(), member = Bound("::"), stranger = Bound("::");
        stranger.HearsAllGroups = false;
        member.JoinGroup(At(G), _rig.Device);
        _rig.Settle();
        sender.MulticastTimeToLive = 7;
        sender.SendTo([1, 2, 3], new InetEndpoint(At(G), 5000));
        var view = new FrameView(Assert.Single(_rig.Link.TakeSent()), isEthernet: true);
        Assert.Equal((EthernetPort.GroupOf(At(G)), 7), (view.Ethernet.Destination, view.Ipv6.HopLimit));
        Assert.Equal((3, 0), (member.Available, stranger.Available));
        Assert.Equal(3, member.ReceiveMessageFrom(new byte[10], SocketFlags.None, out DatagramInfo info));
        Assert.Equal((new InetEndpoint(At(MldRig.Own), 6000, _rig.Device), At(G), _rig.Device), (info.Source, info.Destination, info.Device));
        sender.MulticastLoopback = false;
        sender.SendTo([4], new InetEndpoint(At(G), 5000));
        Assert.Equal(0, member.Available);
        Assert.Single(_rig.Link.TakeSent());
        sender.MulticastLoopback = true;
        sender.MulticastTimeToLive = 0;      // for this host alone
        sender.SendTo([5, 6], new InetEndpoint(At(G), 5000));
        Assert.Equal(2, member.Available);
        Assert.Empty(_rig.Link.TakeSent());
        member.BlockSource(new GroupRequest(At(G), _rig.Device), At(MldRig.Own));
        sender.SendTo([7], new InetEndpoint(At(G), 5000));
        Assert.Equal(2, member.Receive(new byte[10]));
        Assert.Equal(0, member.Available);
        _rig.Settle();
    }

    // RFC 4291 §2.7: scope 1 does not leave the host, and scope 0 reaches nobody.
    [Fact]
    public void Groups_of_this_host_alone_stay_on_it()
    {
        using NetworkSocket sender = Sender(), member = Bound("::");
        member.JoinGroup(At("ff01::5"), _rig.Device);
        member.JoinGroup(At("ff00::5"), _rig.Device);
        sender.SendTo([1], new InetEndpoint(At("ff01::5"), 5000, _rig.Device));
        Assert.Equal(1, member.Receive(new byte[10]));
        sender.SendTo([1], new InetEndpoint(At("ff00::5"), 5000));
        Assert.Equal(0, member.Available);
        sender.SendTo([1], new InetEndpoint(At("ff01::1"), 5000, _rig.Device));      // all nodes, joined by the host
        Assert.Equal(1, member.Receive(new byte[10]));
        Assert.Empty(_rig.Link.TakeSent());
        Assert.Equal(DropReason.Ip6MartianDestination, FromPeer("ff01::1"));
    }

    [Fact]
    public void A_datagram_from_the_link_is_given_to_whoever_hears_its_group()
    {
        using NetworkSocket wildcard = Bound("::"), exact = Bound(G), other = Bound("ff05::9"), unicast = Bound(MldRig.Own), picky = Bound("::");
        foreach (NetworkSocket socket in new[] { exact, other, unicast }) socket.JoinGroup(At(G), _rig.Device);
        picky.JoinGroup(At(G), _rig.Device, At("fe80::7"));
        NetworkSocket[] all = [wildcard, exact, other, unicast, picky];
        Assert.Equal(DropReason.None, FromPeer(G));
        Assert.Equal([1, 1, 0, 0, 0], all.Select(Take));
        Assert.Equal(DropReason.None, FromPeer(G, "fe80::7"));
        Assert.Equal([1, 1, 0, 0, 1], all.Select(Take));
        Assert.Equal([wildcard, exact], _rig.Stack.FindReceivers(new InetEndpoint(At(G), 5000), new InetEndpoint(At(Peer), 7, _rig.Device), _rig.Device));
        Assert.Equal(DropReason.UdpNoPort, FromPeer(G, port: 1234));
        foreach (NetworkSocket socket in all) socket.Dispose();
        Assert.Equal(DropReason.FrameGroupNotJoined, FromPeer(G));
        Assert.All(_rig.Said(), text => Assert.Contains($" {G} ", text, StringComparison.Ordinal));      // and no ICMPv6 error
    }

    [Fact]
    public void What_nobody_joined_ends_at_the_link_or_at_the_host()
    {
        using NetworkSocket socket = Bound("::");
        Assert.Equal(DropReason.FrameGroupNotJoined, FromPeer(G));
        socket.JoinGroup(At("ff0e::1:1"), _rig.Device);      // the same station address
        Assert.Equal(DropReason.Ip6GroupNotJoined, FromPeer(G));
        socket.JoinGroup(At("ff3e::8000:1"), _rig.Device, At("fe80::7"));
        Assert.Equal(DropReason.Ip6GroupNotJoined, FromPeer("ff3e::8000:1"));
        Assert.Equal(DropReason.None, FromPeer("ff3e::8000:1", "fe80::7"));
        socket.HearsAllGroups = false;
        Assert.Equal(DropReason.SocketFiltered, FromPeer("ff02::1"));
        _rig.Settle();
    }

    // Linux looks for a membership of the group on any interface, and takes the last one.
    [Fact]
    public void On_Linux_the_last_join_of_a_group_decides_wherever_it_was()
    {
        using var other = new TestLink();
        uint eth1 = _rig.Stack.Attach("eth1", other, new InterfaceOptions { Addresses = ["fe80::3/64"], DuplicateTransmits = 0 }).Index;
        using NetworkSocket socket = Bound("::"), first = Bound("::");
        first.JoinGroup(At(L), _rig.Device);
        socket.JoinGroup(At(L), _rig.Device, At("fe80::7"));
        Assert.Equal(DropReason.None, FromPeer(L));
        Assert.Equal((0, 1), (Take(socket), Take(first)));
        socket.JoinGroup(At(L), eth1);
        Assert.Equal(DropReason.None, FromPeer(L));
        Assert.Equal((1, 1), (Take(socket), Take(first)));
    }

    [Fact]
    public void A_socket_bound_to_a_group_of_a_link_hears_it_there()
    {
        using NetworkSocket socket = _rig.Socket();
        Assert.Equal(Errno.EINVAL, Refusal(() => socket.Bind(new InetEndpoint(At(L), 5000))));
        socket.Bind(new InetEndpoint(At(L), 5000, _rig.Device));
        socket.JoinGroup(At(L), _rig.Device);
        Assert.Equal(DropReason.None, FromPeer(L));
        Assert.Equal(1, socket.Available);
    }

    [Fact]
    public void A_datagram_for_three_sockets_allocates_nothing()
    {
        NetworkSocket[] sockets = [Bound("::"), Bound("::"), Bound(G)];
        foreach (NetworkSocket socket in sockets) socket.JoinGroup(At(G), _rig.Device);
        using NetworkSocket sender = Sender();
        sender.MulticastTimeToLive = 0;      // so that nothing is kept by the link
        byte[] payload = [1], buffer = new byte[10];
        int received = 0;
        var to = new InetEndpoint(At(G), 5000);
        Assert.Equal(0, Allocation.Of(() =>
        {
            for (int i = 0; i < 500; i++)
            {
                sender.TrySendTo(payload, to);
                foreach (NetworkSocket socket in sockets) received += socket.TryReceiveFrom(buffer, out _).Octets;
            }
        }));
        Assert.True(received > 0 && received % 1500 == 0);
        foreach (NetworkSocket socket in sockets) socket.Dispose();
        _rig.Settle();
    }

    private static InetAddress At(string address) => MldRig.At(address);

    private static Errno Refusal(Action call) => Assert.Throws<NetworkException>(call).Errno;

    /// <summary>How many datagrams waited.</summary>
    private static int Take(NetworkSocket socket)
    {
        int count = 0;
        for (; socket.Available > 0; count++) socket.Receive(new byte[10]);
        return count;
    }

    private NetworkSocket Bound(string address)
    {
        NetworkSocket socket = _rig.Socket();
        socket.ReuseAddress = true;
        InetAddress name = At(address);
        socket.Bind(new InetEndpoint(name, 5000, name.NeedsScope ? _rig.Device : 0));
        return socket;
    }

    private NetworkSocket Sender()
    {
        NetworkSocket sender = _rig.Socket();
        sender.Bind(new InetEndpoint(At(MldRig.Own), 6000, _rig.Device));
        sender.SetSocketOption(SocketOptionLevel.IPv6, SocketOptionName.MulticastInterface, (int)_rig.Device);
        return sender;
    }

    private DropReason FromPeer(string group, string from = Peer, ushort port = 5000) => _rig.Link.Receive(Frames.Make(buffer =>
    {
        buffer.Append(1)[0] = 9;
        new UdpHeader(7, port).PrependTo(buffer, new PseudoHeader(At(from), At(group), IpProtocol.Udp, 0));
        new Ipv6Header(At(from), At(group), IpProtocol.Udp, 1).PrependTo(buffer);
        new EthernetHeader(EthernetPort.GroupOf(At(group)), Frames.Peer, EtherType.Ipv6).PrependTo(buffer);
    }));
}
