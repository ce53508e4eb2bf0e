using UserNet.Addressing;
using UserNet.Buffers;
using UserNet.Doors;
using UserNet.Link;
using UserNet.Tests.Infrastructure;
using UserNet.Time;
using UserNet.Wire;
using Xunit;

namespace UserNet.Tests.Link;

/// <summary>An Ethernet port alone, without a stack: the test is its host, its link, and says what time it is.</summary>
internal sealed class PortRig : ILinkHost
{
    public static readonly MacAddress Here = MacAddress.Parse("02:00:00:00:00:01");

    public PortRig(int mtu = 1500, int seed = 1)
    {
        Packets = new PacketPool();
        Context = new LinkContext(this, Packets, new LinkOutbox(), new DeadlineQueue<IExpires>(), new RandomBuffer(new Random(seed).NextBytes), new DropCounters());
        Port = new EthernetPort(new TestLink(mtu: mtu), 2, Here, Context);
    }

    public PacketPool Packets { get; }

    public LinkContext Context { get; }

    public EthernetPort Port { get; }

    public Timestamp Now { get; private set; } = Timestamp.FromStart(TimeSpan.FromSeconds(100));

    /// <summary>The host's addresses.</summary>
    public HashSet<InetAddress> Own { get; } = [InetAddress.Parse("10.9.0.2")];

    /// <summary>The IP packets that came back since nobody answered.</summary>
    public List<byte[]> Unresolved { get; } = [];

    public List<(InetAddress Neighbor, MacAddress? Station)> Solicited { get; } = [];

    public bool Answers(InetAddress address, uint device) => Own.Contains(address) || address.IsLoopback;

    public bool IsBroadcast(InetAddress address, uint device) => address == InetAddress.Parse("10.9.0.255");

    public InetAddress AskingAddress(InetAddress neighbor, uint device) => InetAddress.Parse("10.9.0.2");

    public void Solicit(EthernetPort port, InetAddress neighbor, MacAddress? station, InetAddress waiting) => Solicited.Add((neighbor, station));

    /// <summary>What the host was told of IPv6 neighbors.</summary>
    public List<(InetAddress Neighbor, NeighborNews News)> News { get; } = [];

    public void OnNeighborChanged(InetAddress neighbor, uint device, NeighborNews news, Timestamp now) => News.Add((neighbor, news));

    public void OnUnresolved(PacketBuffer packet, uint device, Timestamp now)
    {
        Unresolved.Add(packet.Span.ToArray());
        packet.Return();
    }

    /// <summary>Other interfaces of the host.</summary>
    public HashSet<MacAddress> OtherStations { get; } = [];

    public List<AddressConflict> Conflicts { get; } = [];

    public List<(InetAddress Address, Timestamp At)> Confirmed { get; } = [];

    public bool IsOwnStation(MacAddress station) => station == Here || OtherStations.Contains(station);

    public void OnAddressConfirmed(InetAddress address, uint device, Timestamp now)
    {
        Confirmed.Add((address, now));
        Own.Add(address);
    }

    public void OnAddressConflict(in AddressConflict conflict) => Conflicts.Add(conflict);

    /// <summary>Lets time pass; what is due on the way happens at its time.</summary>
    public void Advance(double seconds)
    {
        Timestamp until = Now + TimeSpan.FromSeconds(seconds);
        while (Context.Deadlines.Next <= until)
        {
            Now = Timestamp.Max(Now, Context.Deadlines.Next);
            Assert.True(Context.Deadlines.TryTake(Now, out IExpires? what));
            what.OnExpired(Now);
        }

        Now = until;
    }

    /// <summary>Sends a packet of one octet, which tells it from others.</summary>
    public void Send(string nextHop, byte octet = 0) => Send(InetAddress.Parse(nextHop), octet);

    public void Send(InetAddress nextHop, byte octet = 0) =>
        Port.Send(Packets.RentCopy([octet]), EtherType.Ipv4, nextHop, LinkCast.Unicast, Now);

    /// <summary>Has an ARP packet arrive, to this station or to all.</summary>
    public DropReason Arp(ArpOperation operation, string station, string sender, string target, bool toAll = false)
    {
        byte[] frame = Frames.Arp(operation, MacAddress.Parse(station), sender, Here, target, toAll ? MacAddress.Broadcast : Here);
        DropReason reason = Port.Receive(new LinkFrame(frame), out FrameContent content);
        return reason != DropReason.None ? reason : Port.Arp.Receive(content, Now);
    }

    /// <summary>What was sent, in words: "ask A of all", "ask A of STATION", "answer A to STATION", "packet N to STATION".</summary>
    public List<string> TakeSaid() => [.. TakeSent().Select(Say)];

    public NeighborState? StateOf(string address)
    {
        foreach (NeighborRow row in Port.Neighbors.Snapshot(Now))
            if (row.Address == InetAddress.Parse(address)) return row.State;
        return null;
    }

    private static string Say(byte[] octets)
    {
        Assert.True(EthernetFrame.TryParse(octets, out EthernetFrame frame));
        Assert.Equal(Here, frame.Source);
        string to = frame.Destination.IsBroadcast ? "all" : frame.Destination.ToString();
        if (frame.Type != EtherType.Arp) return $"packet {frame.Payload[0]} to {to}";
        Assert.True(ArpPacket.TryParse(frame.Payload, out ArpPacket arp));
        Assert.Equal(Here, arp.SenderHardware);
        if (arp.Operation == ArpOperation.Reply) return $"answer {arp.SenderProtocol} to {to} {arp.TargetHardware} {arp.TargetProtocol}";
        if (arp.SenderProtocol == arp.TargetProtocol) return $"announce {arp.SenderProtocol} to {to}";
        return arp.SenderProtocol.IsWildcard ? $"probe {arp.TargetProtocol} of {to}" : $"ask {arp.TargetProtocol} of {to} as {arp.SenderProtocol}";
    }

    /// <summary>What the port did with a frame: why it was dropped, and to whom it went else.</summary>
    public (DropReason Reason, LinkCast Cast, EtherType Type, int Octets) Receive(byte[] frame, PacketOffload offload = default)
    {
        DropReason reason = Port.Receive(new LinkFrame(frame, offload), out FrameContent content);
        return (reason, content.Cast, content.Type, content.Payload.Length);
    }

    /// <summary>Takes the frames that wait for the link.</summary>
    public List<byte[]> TakeSent()
    {
        var sent = new List<byte[]>();
        while (Port.Queue.Count > 0)
        {
            PacketBuffer frame = Port.Queue.Take();
            sent.Add(frame.Span.ToArray());
            frame.Return();
        }

        return sent;
    }
}
