using UserNet.Addressing;
using UserNet.Buffers;
using UserNet.Doors;
using UserNet.Link;
using UserNet.Tests.Infrastructure;
using UserNet.Time;
using UserNet.Wire;

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

    public bool Answers(InetAddress address, uint device) => Own.Contains(address) || address.IsLoopback;

    public InetAddress AskingAddress(InetAddress neighbor, uint device) => InetAddress.Parse("10.9.0.2");

    public void OnUnresolved(PacketBuffer packet, uint device, Timestamp now)
    {
        Unresolved.Add(packet.Span.ToArray());
        packet.Return();
    }

    public void OnAddressConflict(InetAddress address, MacAddress other, uint device, Timestamp now)
    {
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
