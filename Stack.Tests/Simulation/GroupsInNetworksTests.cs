using System.Net.Sockets;
using UserNet.Addressing;
using UserNet.Doors;
using UserNet.Emulation;
using UserNet.Link;
using UserNet.Multicast;
using UserNet.Simulation;
using UserNet.Sockets;
using UserNet.Tests.Infrastructure;
using UserNet.Wire;
using Xunit;

namespace UserNet.Tests.Simulation;

/// <summary>IPv6 groups in virtual time: who is a member hears, and two runs of a seed are the same, reports and all.</summary>
public sealed class GroupsInNetworksTests
{
    private const string G = "ff05::1:1", S = "ff3e::8000:1";

    [Fact]
    public void Members_hear_what_is_sent_to_their_group_and_two_runs_are_the_same()
    {
        List<string> heard = [];
        string digest = Repeat.Twice(11, network => heard = Run(network));
        // b joined the group, c one source of another, d both; a sends to both, b to the second alone.
        Assert.Equal(["b a1", "c a2", "d a1", "d a2", "d b2"], heard);
        Assert.NotEqual(digest, Repeat.Twice(12, network => heard = Run(network)));
        Assert.Equal(["b a1", "c a2", "d a1", "d a2", "d b2"], heard);
    }

    // Decided so: groups are reported where IPv6 is spoken, and nowhere else.
    [Fact]
    public void Hosts_with_IPv4_alone_say_nothing_of_IPv6_groups()
    {
        var network = new VirtualNetwork(seed: 3);
        VirtualHost a = network.AddHost("a"), b = network.AddHost("b");
        network.Connect(a, "10.0.0.1/24", b, "10.0.0.2/24");
        using PacketWatch watch = network.Watch();
        watch.ExpectNone((in FrameView frame) => frame.IsIpv6, TimeSpan.FromMinutes(5));
        network.Dispose();
    }

    private static List<string> Run(VirtualNetwork network)
    {
        LinkSwitch hub = network.AddSwitch("s");
        VirtualHost[] hosts = [.. "abcd".Select((name, i) =>
        {
            VirtualHost host = network.AddHost(name.ToString());
            network.Connect(host, $"2001:db8::{i + 1}/64", hub, new VirtualLinkOptions { There = new LinkConditions { Delay = TimeSpan.FromMilliseconds(1 + i) } });
            return host;
        })];
        var router = new QuerierPort(hub);
        network.RunFor(TimeSpan.FromSeconds(3));
        NetworkSocket[] sockets = [.. hosts.Select(Open)];
        foreach (int member in (int[])[1, 3]) sockets[member].JoinGroup(InetAddress.Parse(G), 2);
        sockets[2].JoinGroup(InetAddress.Parse(S), 2, InetAddress.Parse("2001:db8::1"));
        sockets[3].JoinGroup(InetAddress.Parse(S), 2);
        // A query of version 2, then of version 1, whose answers come at random times.
        router.Query(buffer => new MldQueryHeader(InetAddress.AnyV6, TimeSpan.FromSeconds(5), TimeSpan.FromSeconds(20)).WriteTo(buffer, QuerierPort.Address, MulticastGroups.AllNodes));
        network.RunFor(TimeSpan.FromSeconds(10));
        router.Query(buffer => new MldHeader(Icmpv6Type.ListenerQuery, InetAddress.AnyV6, 5000).PrependTo(buffer, QuerierPort.Address, MulticastGroups.AllNodes));
        network.RunFor(TimeSpan.FromSeconds(10));
        sockets[0].SendTo("a1"u8, new InetEndpoint(InetAddress.Parse(G), 5000));
        sockets[0].SendTo("a2"u8, new InetEndpoint(InetAddress.Parse(S), 5000));
        sockets[1].SendTo("b2"u8, new InetEndpoint(InetAddress.Parse(S), 5000));
        network.RunFor(TimeSpan.FromSeconds(1));
        List<string> heard = [];
        byte[] buffer = new byte[10];
        for (int i = 0; i < sockets.Length; i++)
        {
            while (sockets[i].Available > 0) heard.Add($"{hosts[i].Name} {System.Text.Encoding.ASCII.GetString(buffer, 0, sockets[i].Receive(buffer))}");
            sockets[i].Dispose();
        }

        network.RunFor(TimeSpan.FromMinutes(2));
        Assert.True(router.Reports > 20);
        return [.. heard.Order(StringComparer.Ordinal)];
    }

    private static NetworkSocket Open(VirtualHost host)
    {
        NetworkSocket socket = host.Stack.CreateSocket(AddressFamily.InterNetworkV6, SocketType.Dgram);
        socket.HearsAllGroups = false;
        socket.SetSocketOption(SocketOptionLevel.IPv6, SocketOptionName.MulticastInterface, 2);
        socket.Bind(new InetEndpoint(InetAddress.AnyV6, 5000));
        return socket;
    }

    /// <summary>A router at a port of the switch, that asks and counts what it is told.</summary>
    private sealed class QuerierPort : IFrameSink
    {
        public static readonly InetAddress Address = InetAddress.Parse("fe80::99");

        private readonly ILink _port;

        public QuerierPort(LinkSwitch hub)
        {
            _port = hub.AddPort();
            _port.Start(this);
        }

        public int Reports { get; private set; }

        public void Query(Action<UserNet.Buffers.PacketBuffer> write)
        {
            byte[] frame = Frames.Make(buffer =>
            {
                write(buffer);
                Ipv6RouterAlert.PrependTo(buffer, IpProtocol.Icmpv6);
                new Ipv6Header(Address, MulticastGroups.AllNodes, IpProtocol.HopByHop, 1).PrependTo(buffer);
                new EthernetHeader(EthernetPort.GroupOf(MulticastGroups.AllNodes), Frames.Peer, EtherType.Ipv6).PrependTo(buffer);
            });
            Assert.Equal(1, _port.Send([new LinkFrame(frame)]));
        }

        public void OnFrames(ReadOnlySpan<LinkFrame> frames, Span<DropReason> verdicts)
        {
            foreach (LinkFrame frame in frames)
            {
                var view = new FrameView(frame.Octets.Span, isEthernet: true);
                if (view.IsIcmpv6 && view.Icmpv6.Type is Icmpv6Type.ListenerReport or Icmpv6Type.ListenerReportV2) Reports++;
            }
        }

        public void OnWritable()
        {
        }

        public void OnClosed(Exception? failure)
        {
        }
    }
}
