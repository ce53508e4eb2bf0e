using System.Buffers.Binary;
using UserNet.Addressing;
using UserNet.Binding;
using UserNet.Buffers;
using UserNet.Doors;
using UserNet.Errors;
using UserNet.Ip;
using UserNet.Link;
using UserNet.Tests.Infrastructure;
using UserNet.Time;
using UserNet.Wire;
using Xunit;

namespace UserNet.Tests.Ip;

/// <summary>A host's way out without a core: 10.9.0.2/24 on eth0, a router at 10.9.0.1, and what leaves, to be looked at.</summary>
internal sealed class OutputRig : ILinkHost, IDisposable
{
    public static readonly InetAddress Here = InetAddress.Parse("10.9.0.2"), Peer = InetAddress.Parse("10.9.0.1");

    private readonly TestLink _link;

    public OutputRig(
        int mtu = 1500, int seed = 1, HostModel model = HostModel.Weak, LinkFeatures features = LinkFeatures.None, int largestBurst = ushort.MaxValue)
    {
        _link = new TestLink(LinkMedium.Ip, mtu) { Features = features, LargestBurst = largestBurst };
        Context = new LinkContext(
            this, new PacketPool(), new LinkOutbox(), new DeadlineQueue<IExpires>(), new RandomBuffer(new Random(seed).NextBytes), new DropCounters());
        Host = new HostAddressing(model).AddInterface("eth0").AddAddress("eth0", "10.9.0.2/24").AddRoute("0.0.0.0/0", "10.9.0.1");
        Port = new IpPort(_link, Host.Interfaces.Find("eth0")!.Index, Context);
        Host.Interfaces.Find("eth0")!.Port = Port;
        Loopback = new IpPort(new LoopbackLink(), HostAddressing.LoopbackIndex, Context);
        Host.Interfaces.Find("lo")!.Port = Loopback;
        Output = new Ipv4Output(Host, Context);
        Icmp = new Icmpv4(Host, Output, Context);
    }

    public HostAddressing Host { get; }

    public LinkContext Context { get; }

    public LinkPort Port { get; }

    public LinkPort Loopback { get; }

    public Ipv4Output Output { get; }

    public Icmpv4 Icmp { get; }

    public Timestamp Now { get; set; }

    public void Dispose() => _link.Dispose();

    public RouteAnswer RouteTo(string destination) => Host.FindRoute(new RouteQuery(InetAddress.Parse(destination), InetAddress.AnyV4));

    public Errno Send(byte[] payload, string destination = "10.9.0.1", PathMtuDiscovery discovery = PathMtuDiscovery.Want, byte[]? options = null, byte timeToLive = 64, bool loopsBack = true)
    {
        var send = new IpSendOptions
        {
            Protocol = IpProtocol.Udp,
            Discovery = discovery,
            Options = options,
            TimeToLive = timeToLive,
            LoopsBack = loopsBack,
        };
        return Output.Send(Context.Packets.RentCopy(payload), RouteTo(destination), InetAddress.Parse(destination), send, Now);
    }

    /// <summary>The packets that wait for the link.</summary>
    public byte[][] TakeSent() => TakeSent(Port);

    public static byte[][] TakeSent(LinkPort port)
    {
        var sent = new List<byte[]>();
        while (port.Queue.Count > 0)
        {
            PacketBuffer packet = port.Queue.Take();
            sent.Add(packet.Span.ToArray());
            packet.Return();
        }

        return [.. sent];
    }

    /// <summary>A packet as if it had arrived.</summary>
    public static byte[] Packet(string source, string destination, IpProtocol protocol, byte[] payload, byte trafficClass = 0, byte[]? options = null) =>
        Frames.Make(buffer =>
        {
            payload.CopyTo(buffer.Append(payload.Length));
            var header = new Ipv4Header(InetAddress.Parse(source), InetAddress.Parse(destination), protocol, TrafficClass: trafficClass);
            header.PrependTo(buffer, options);
        });

    public IpArrival Arrival(byte[] packet, LinkCast cast = LinkCast.Unicast, LinkPort? port = null)
    {
        port ??= Port;
        Assert.True(Ipv4Packet.TryParse(packet, out Ipv4Packet view));
        return new IpArrival { Packet = view, Port = port, Cast = cast, Role = Host.RoleOf(view.Destination, port.Index), Options = view.Options };
    }

    /// <summary>The sum of RFC 1071 as plainly as it can be written: 0 over a header with a right checksum.</summary>
    public static ushort PlainChecksum(ReadOnlySpan<byte> octets)
    {
        uint sum = 0;
        for (int i = 0; i < octets.Length; i += 2) sum += (uint)((octets[i] << 8) | (i + 1 < octets.Length ? octets[i + 1] : 0));
        while (sum >> 16 != 0) sum = (sum & 0xFFFF) + (sum >> 16);
        return (ushort)~sum;
    }

    /// <summary>Puts fragments together as RFC 791 says, from their octets alone, and checks that they do not overlap.</summary>
    public static byte[] Reassemble(IEnumerable<byte[]> fragments)
    {
        byte[] whole = new byte[65_536];
        bool[] isThere = new bool[65_536];
        int end = -1, octets = 0;
        foreach (byte[] fragment in fragments)
        {
            int headerLength = (fragment[0] & 15) * 4;
            Assert.Equal(fragment.Length, BinaryPrimitives.ReadUInt16BigEndian(fragment.AsSpan(2)));
            Assert.Equal(0, PlainChecksum(fragment.AsSpan(0, headerLength)));
            int flags = BinaryPrimitives.ReadUInt16BigEndian(fragment.AsSpan(6)), offset = (flags & 0x1FFF) * 8;
            bool more = (flags & 0x2000) != 0;
            byte[] data = fragment[headerLength..];
            if (more) Assert.Equal(0, data.Length % 8);
            else end = offset + data.Length;
            for (int i = 0; i < data.Length; i++)
            {
                Assert.False(isThere[offset + i]);
                isThere[offset + i] = true;
                whole[offset + i] = data[i];
            }

            octets += data.Length;
        }

        Assert.Equal(end, octets);
        return whole[..end];
    }

    bool ILinkHost.Answers(InetAddress address, uint device) => false;

    bool ILinkHost.IsBroadcast(InetAddress address, uint device) => false;

    InetAddress ILinkHost.AskingAddress(InetAddress neighbor, uint device) => Here;

    void ILinkHost.Solicit(EthernetPort port, InetAddress neighbor, MacAddress? station, InetAddress waiting)
    {
    }

    void ILinkHost.OnNeighborChanged(InetAddress neighbor, uint device, NeighborNews news, Timestamp now)
    {
    }

    void ILinkHost.OnUnresolved(PacketBuffer packet, uint device, Timestamp now) => packet.Return();

    bool ILinkHost.IsOwnStation(MacAddress station) => false;

    void ILinkHost.OnAddressConfirmed(InetAddress address, uint device, Timestamp now)
    {
    }

    void ILinkHost.OnAddressConflict(in AddressConflict conflict)
    {
    }
}
