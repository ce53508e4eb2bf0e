using System.Net;
using System.Net.Sockets;
using UserNet.Addressing;
using UserNet.Binding;
using UserNet.Doors;
using UserNet.Errors;
using UserNet.Ip;
using UserNet.Link;
using UserNet.Multicast;
using UserNet.Sockets;
using UserNet.Tests.Binding;
using UserNet.Tests.Infrastructure;
using UserNet.Tests.Multicast;
using UserNet.Wire;
using Xunit;

namespace UserNet.Tests.Sockets;

/// <summary>Multicast groups by the names and shapes of .NET's sockets.</summary>
public sealed class MulticastSocketTests : IDisposable
{
    private const string G = "224.1.1.1";

    private readonly IgmpRig _rig = new();

    public void Dispose() => _rig.Dispose();

    [Fact]
    public void A_group_is_joined_and_left_as_NET_does_it()
    {
        using NetworkSocket socket = _rig.Socket();
        socket.SetSocketOption(SocketOptionLevel.IP, SocketOptionName.AddMembership, new MulticastOption(IPAddress.Parse(G), IPAddress.Parse("10.9.0.2")));
        Assert.Equal([$"TO_EX {G} {{}}"], _rig.Said());
        Assert.Equal(SourceFilter.Everyone, socket.GetGroupFilter(new GroupRequest(IgmpRig.At(G), _rig.Device)));
        NetworkException twice = Assert.Throws<NetworkException>(() => socket.SetSocketOption(
            SocketOptionLevel.IP, SocketOptionName.AddMembership, new MulticastOption(IPAddress.Parse(G), (int)_rig.Device)));
        Assert.Equal(SocketError.AddressAlreadyInUse, twice.SocketErrorCode);
        socket.SetSocketOption(SocketOptionLevel.IP, SocketOptionName.DropMembership, new MulticastOption(IPAddress.Parse(G), (int)_rig.Device));
        Assert.Equal([$"TO_IN {G} {{}}"], _rig.Said());
        Assert.Throws<ArgumentException>(() => socket.SetSocketOption(SocketOptionLevel.IP, SocketOptionName.AddMembership, "224.1.1.1"));
    }

    [Fact]
    public void A_source_is_joined_and_left_by_octets()
    {
        using NetworkSocket socket = _rig.Socket();
        byte[] request = [224, 1, 1, 1, 10, 9, 0, 2, 192, 0, 2, 7];
        socket.SetSocketOption(SocketOptionLevel.IP, SocketOptionName.AddSourceMembership, request);
        Assert.Equal([$"ALLOW {G} {{192.0.2.7}}"], _rig.Said());
        Assert.Throws<NetworkException>(() => socket.SetSocketOption(SocketOptionLevel.IP, SocketOptionName.BlockSource, request));
        socket.SetSocketOption(SocketOptionLevel.IP, SocketOptionName.DropSourceMembership, request);
        Assert.Equal([$"BLOCK {G} {{192.0.2.7}}"], _rig.Said());
        Assert.Null(socket.GetGroupFilter(new GroupRequest(IgmpRig.At(G), _rig.Device)));
    }

    [Fact]
    public void Refusals_say_which_and_why()
    {
        using NetworkSocket socket = _rig.Socket();
        using NetworkSocket stream = _rig.Stack.CreateSocket(AddressFamily.InterNetwork, SocketType.Stream);
        Assert.Equal(Errno.EINVAL, Refusal(() => socket.JoinGroup(IgmpRig.At("10.1.1.1"), _rig.Device)));
        Assert.Equal(Errno.ENODEV, Refusal(() => socket.JoinGroup(IgmpRig.At(G), 77)));
        Assert.Equal(Errno.ENODEV, Refusal(() => socket.JoinGroup(IgmpRig.At(G))));      // no route
        Assert.Equal(Errno.ENODEV, Refusal(() => socket.JoinGroup(new GroupRequest(IgmpRig.At(G), LocalAddress: IgmpRig.At("9.9.9.9")))));
        Assert.Equal(Errno.EADDRNOTAVAIL, Refusal(() => socket.LeaveGroup(IgmpRig.At(G), _rig.Device)));
        Assert.Equal(Errno.ENOPROTOOPT, Refusal(() => socket.JoinGroup(IgmpRig.At("ff05::77"), _rig.Device)));
        Assert.Equal(Errno.EPROTO, Refusal(() => stream.JoinGroup(IgmpRig.At(G), _rig.Device)));
        for (int i = 0; i < 20; i++) socket.JoinGroup(IgmpRig.At($"224.1.1.{i}"), _rig.Device);
        Assert.Equal(Errno.ENOBUFS, Refusal(() => socket.JoinGroup(IgmpRig.At("224.1.1.20"), _rig.Device)));
        _rig.Stack.Configure(stack => stack.Groups.MaxMembershipsPerSocket = 21);
        socket.JoinGroup(IgmpRig.At("224.1.1.20"), _rig.Device);
        Assert.Equal(BindRule.AlreadyJoined, socket.TryJoinGroup(new GroupRequest(IgmpRig.At("224.1.1.20"), _rig.Device)));
        _rig.Said();
        socket.Close();
        Assert.Equal(21, _rig.Said().Length);
        Assert.Throws<ObjectDisposedException>(() => socket.JoinGroup(IgmpRig.At(G), _rig.Device));
    }

    [Fact]
    public void With_a_route_no_interface_need_be_named()
    {
        _rig.Stack.Configure(stack => stack.Host.AddRoute("224.0.0.0/4", device: "eth0"));
        using NetworkSocket socket = _rig.Socket();
        socket.JoinGroup(IgmpRig.At(G));
        Assert.True(_rig.Stack.Groups.IsJoined(IgmpRig.At(G), _rig.Device));
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
        int index = IPAddress.HostToNetworkOrder((int)_rig.Device);
        socket.SetSocketOption(SocketOptionLevel.IP, SocketOptionName.MulticastInterface, index);
        Assert.Equal(_rig.Device, socket.Binding.MulticastDevice);
        Assert.Equal(index, socket.GetSocketOption(SocketOptionLevel.IP, SocketOptionName.MulticastInterface));
        int address = BitConverter.ToInt32(IPAddress.Parse("10.9.0.2").GetAddressBytes());
        socket.SetSocketOption(SocketOptionLevel.IP, SocketOptionName.MulticastInterface, address);
        Assert.Equal(address, socket.GetSocketOption(SocketOptionLevel.IP, SocketOptionName.MulticastInterface));
        Assert.Equal(_rig.Device, socket.Binding.MulticastDevice);
        using NetworkSocket windows = BindRig.Stack(Personality.Windows).Open("udp4");
        Assert.False(windows.HearsAllGroups);
    }

    [Fact]
    public void What_is_sent_to_a_group_goes_out_and_comes_back_to_members()
    {
        using NetworkSocket sender = _rig.Socket(), member = _rig.Socket(), stranger = _rig.Socket();
        member.ReuseAddress = stranger.ReuseAddress = true;
        stranger.HearsAllGroups = false;
        member.Bind(InetEndpoint.Parse("0.0.0.0:5000"));
        stranger.Bind(InetEndpoint.Parse("0.0.0.0:5000"));
        member.JoinGroup(IgmpRig.At(G), _rig.Device);
        _rig.Settle();
        sender.Bind(InetEndpoint.Parse("10.9.0.2:6000"));
        sender.MulticastTimeToLive = 7;
        sender.SendTo([1, 2, 3], InetEndpoint.Parse($"{G}:5000"));
        byte[] frame = Assert.Single(_rig.Link.TakeSent());
        Assert.True(EthernetFrame.TryParse(frame, out EthernetFrame ethernet));
        Assert.True(Ipv4Packet.TryParse(ethernet.Payload, out Ipv4Packet packet));
        Assert.Equal((EthernetPort.GroupOf(IgmpRig.At(G)), 7), (ethernet.Destination, packet.TimeToLive));
        Assert.Equal((3, 0), (member.Available, stranger.Available));
        sender.MulticastLoopback = false;
        sender.SendTo([4, 5], InetEndpoint.Parse($"{G}:5000"));
        Assert.Equal(3, member.Available);
        Assert.Single(_rig.Link.TakeSent());
        sender.MulticastLoopback = true;
        member.BlockSource(new GroupRequest(IgmpRig.At(G), _rig.Device), IgmpRig.At("10.9.0.2"));
        sender.SendTo([4, 5], InetEndpoint.Parse($"{G}:5000"));
        Assert.Equal(3, member.Available);
        Assert.Equal(3, member.Receive(new byte[100]));
        _rig.Link.Sent.Clear();
    }

    [Fact]
    public void A_datagram_from_the_link_reaches_the_member_and_not_after_it_left()
    {
        using NetworkSocket member = _rig.Socket();
        member.Bind(InetEndpoint.Parse("0.0.0.0:5000"));
        member.JoinGroup(IgmpRig.At(G), _rig.Device);
        var header = new Ipv4Header(IgmpRig.At("10.9.0.1"), IgmpRig.At(G), IpProtocol.Udp);
        byte[] frame = Frames.Ipv4(EthernetPort.GroupOf(IgmpRig.At(G)), header, Frames.Udp("10.9.0.1", 7, G, 5000, [9]));
        Assert.Equal(DropReason.None, _rig.Link.Receive(frame));
        Assert.Equal(1, member.Available);
        member.LeaveGroup(IgmpRig.At(G), _rig.Device);
        Assert.Equal(DropReason.FrameGroupNotJoined, _rig.Link.Receive(frame));
        Assert.Equal(1, member.Available);
    }

    private static Errno Refusal(Action call) => Assert.Throws<NetworkException>(call).Errno;
}
