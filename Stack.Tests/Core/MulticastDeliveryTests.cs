using System.Net.Sockets;
using UserNet.Addressing;
using UserNet.Binding;
using UserNet.Core;
using UserNet.Doors;
using UserNet.Ip;
using UserNet.Link;
using UserNet.Multicast;
using UserNet.Sockets;
using UserNet.Tests.Infrastructure;
using UserNet.Tests.Multicast;
using UserNet.Time;
using UserNet.Wire;
using Xunit;

namespace UserNet.Tests.Core;

/// <summary>Whom a datagram for many is given to.</summary>
public sealed class MulticastDeliveryTests : IDisposable
{
    private const string G = "224.1.1.1", Peer = "10.9.0.1", Other = "10.9.0.7";

    private readonly IgmpRig _rig = new();

    private StackCore Core => _rig.Stack.Core;

    public void Dispose() => _rig.Dispose();

    [Fact]
    public void Each_socket_gets_a_copy_whose_membership_accepts_the_source()
    {
        Receiver wildcard = Open("0.0.0.0"), exact = Open(G), other = Open("224.1.1.2"), unicast = Open("10.9.0.2"), picky = Open("0.0.0.0");
        foreach (Receiver receiver in new[] { exact, other, unicast }) receiver.Join(G);
        picky.Join(G, Other);
        Assert.Equal(DropReason.None, Send(G));
        Assert.Equal([1, 1, 0, 0, 0], new[] { wildcard, exact, other, unicast, picky }.Select(receiver => receiver.Count));
        Assert.Equal(DropReason.None, Send(G, from: Other));
        Assert.Equal([2, 2, 0, 0, 1], new[] { wildcard, exact, other, unicast, picky }.Select(receiver => receiver.Count));
    }

    [Fact]
    public void A_socket_that_wants_only_what_it_joined_does_not_hear_what_others_did()
    {
        Receiver member = Open("0.0.0.0"), idle = Open("0.0.0.0");
        idle.HearsAll = false;
        member.Join(G);
        Assert.Equal(DropReason.None, Send(G));
        Assert.Equal((1, 0), (member.Count, idle.Count));
    }

    [Fact]
    public void What_nobody_joined_ends_at_the_link_or_at_the_host()
    {
        Receiver idle = Open("0.0.0.0");
        Assert.Equal(DropReason.FrameGroupNotJoined, Send(G));
        idle.Join("224.129.1.1");      // the same station address
        Assert.Equal(DropReason.IpGroupNotJoined, Send(G));
        idle.Join("232.1.1.1", Other);
        Assert.Equal(DropReason.IpGroupNotJoined, Send("232.1.1.1"));
        Assert.Equal(DropReason.None, Send("232.1.1.1", from: Other));
        Assert.Equal(1, idle.Count);
        idle.LeaveAll();
        Assert.Equal(DropReason.FrameGroupNotJoined, Send(G));
        Assert.Equal(DropReason.FrameGroupNotJoined, Send("232.1.1.1", from: Other));
    }

    [Fact]
    public void Why_nobody_took_it_is_said()
    {
        Receiver picky = Open("0.0.0.0"), all = Open("0.0.0.0", port: 9999);
        picky.Join(G, Other);
        all.Join(G);
        Assert.Equal(DropReason.SocketFiltered, Send(G));
        Assert.Equal(DropReason.UdpNoPort, Send(G, port: 1234));
        all.Answer = DropReason.SocketBufferFull;
        Assert.Equal(DropReason.SocketBufferFull, Send(G, port: 9999));
        Assert.All(_rig.Said(), text => Assert.Contains(" 224.1.1.1 ", text, StringComparison.Ordinal));      // and no ICMP error
    }

    [Fact]
    public void A_broadcast_is_given_to_all_without_asking()
    {
        Receiver first = Open("0.0.0.0"), second = Open("0.0.0.0"), third = Open("10.9.0.255");
        first.HearsAll = second.HearsAll = false;
        Assert.Equal(DropReason.None, Send("10.9.0.255"));
        Assert.Equal((1, 1, 1), (first.Count, second.Count, third.Count));
        Assert.Equal(DropReason.None, Send("255.255.255.255"));
        Assert.Equal((2, 2, 1), (first.Count, second.Count, third.Count));
    }

    [Fact]
    public void The_group_of_all_hosts_needs_no_join()
    {
        Receiver idle = Open("0.0.0.0");
        Assert.Equal(DropReason.None, Send("224.0.0.1"));
        Assert.Equal(1, idle.Count);
    }

    [Fact]
    public void A_datagram_for_three_sockets_allocates_nothing()
    {
        using var link = new BareLink();
        StackInterface eth1 = _rig.Stack.Attach("eth1", link, new InterfaceOptions { Addresses = ["10.8.0.2/24"] });
        Receiver[] receivers = [Open("0.0.0.0"), Open("0.0.0.0"), Open(G)];
        foreach (Receiver receiver in receivers) receiver.Join(G, device: eth1.Index);
        byte[] frame = Datagram("10.8.0.1", G, 5000);
        LinkFrame[] frames = [new LinkFrame(frame)];
        Assert.Equal(0, Allocation.Of(() =>
        {
            for (int i = 0; i < 1000; i++) link.Sink!.OnFrames(frames, default);
        }));
        Assert.All(receivers, receiver => Assert.True(receiver.Count >= 2000 && receiver.Count == receivers[0].Count));
    }

    // The rows of groups that were measured on Linux, as far as they are about IPv4.
    [Fact]
    public void Receivers_are_found_as_Linux_finds_them()
    {
        InetEndpoint group = InetEndpoint.Parse($"{G}:5000"), from = InetEndpoint.Parse($"{Peer}:7");
        using NetworkSocket s = Bound("0.0.0.0"), t = Bound(G), u = Bound("10.9.0.2"), v = Bound("0.0.0.0"), x = Bound("224.1.1.2");
        Assert.Empty(_rig.Stack.FindReceivers(group, from, _rig.Device));
        foreach (NetworkSocket member in new[] { s, t, u }) member.JoinGroup(IgmpRig.At(G), _rig.Device);
        Assert.Equal([s, t, v], _rig.Stack.FindReceivers(group, from, _rig.Device));
        Assert.Empty(_rig.Stack.FindReceivers(group, from, HostAddressing.LoopbackIndex));
        v.HearsAllGroups = false;
        Assert.Equal([s, t], _rig.Stack.FindReceivers(group, from, _rig.Device));
        t.BlockSource(new GroupRequest(IgmpRig.At(G), _rig.Device), IgmpRig.At(Peer));
        Assert.Equal([s], _rig.Stack.FindReceivers(group, from, _rig.Device));
        s.Dispose();
        u.Dispose();
        Assert.Empty(_rig.Stack.FindReceivers(group, from, _rig.Device));
    }

    private NetworkSocket Bound(string address)
    {
        NetworkSocket socket = _rig.Socket();
        socket.ReuseAddress = true;
        socket.Bind(new InetEndpoint(IgmpRig.At(address), 5000));
        return socket;
    }

    private DropReason Send(string to, string from = Peer, ushort port = 5000) => _rig.Link.Receive(Datagram(from, to, port));

    private static byte[] Datagram(string from, string to, ushort port)
    {
        var header = new Ipv4Header(IgmpRig.At(from), IgmpRig.At(to), IpProtocol.Udp);
        MacAddress station = IgmpRig.At(to).IsMulticast ? EthernetPort.GroupOf(IgmpRig.At(to)) : MacAddress.Broadcast;
        return Frames.Ipv4(station, header, Frames.Udp(from, 7, to, port, [1, 2, 3]));
    }

    private Receiver Open(string address, ushort port = 5000)
    {
        using (Core.Enter())
        {
            var receiver = new Receiver(Core, _rig.Device);
            SocketBinding binding = Core.Engine.Open(Core.Engine.Table.Udp, AddressFamily.InterNetwork, Caller.Root, receiver);
            Core.Engine.SetSharing(binding, Sharing.ReuseAddress, true);
            Assert.True(Core.Engine.Bind(binding, new InetEndpoint(IgmpRig.At(address), port), Caller.Root).IsGranted);
            return receiver;
        }
    }

    /// <summary>A socket that counts.</summary>
    private sealed class Receiver(StackCore core, uint usualDevice) : IDatagramReceiver, IGroupMember
    {
        private SocketMemberships Memberships { get; } = new(core.Engine.Routes, core.Groups);

        public bool HearsAll { get; set; } = true;

        public DropReason Answer { get; set; }

        public int Count { get; private set; }

        public void Join(string group, string? source = null, uint? device = null)
        {
            var request = new GroupRequest(IgmpRig.At(group), device ?? usualDevice);
            using (core.Enter())
            {
                Assert.Equal(BindRule.Granted, source is null
                    ? Memberships.Join(request, core.Now) : Memberships.JoinSource(request, IgmpRig.At(source), core.Now));
            }
        }

        public void LeaveAll()
        {
            using (core.Enter()) Memberships.LeaveAll(core.Now);
        }

        public DropReason OnDatagram(in IpArrival arrival, ushort sourcePort, ReadOnlySpan<byte> payload, Timestamp now)
        {
            Assert.True(sourcePort == 7 && payload.Length == 3);
            if (Answer == DropReason.None) Count++;
            return Answer;
        }

        public void OnError(in IcmpError error, uint device, Timestamp now)
        {
        }

        public bool Accepts(InetAddress group, InetAddress source, uint device) => Memberships.Accepts(group, source, device, HearsAll);
    }

    /// <summary>A link that swallows what is sent, and whose sink the test calls.</summary>
    private sealed class BareLink : ILink
    {
        public IFrameSink? Sink { get; private set; }

        public LinkMedium Medium => LinkMedium.Ethernet;

        public int Mtu => 1500;

        public LinkFeatures Features => LinkFeatures.None;

        public MacAddress? Address => null;

        public void Start(IFrameSink sink) => Sink = sink;

        public int Send(ReadOnlySpan<LinkFrame> frames) => frames.Length;

        public void Dispose()
        {
        }
    }
}
