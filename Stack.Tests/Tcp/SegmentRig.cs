using System.Net.Sockets;
using UserNet.Addressing;
using UserNet.Doors;
using UserNet.Link;
using UserNet.Simulation;
using UserNet.Sockets;
using UserNet.Tcp;
using UserNet.Tests.Infrastructure;
using UserNet.Wire;

namespace UserNet.Tests.Tcp;

/// <summary>One host whose wire the test holds: segments are handed in one by one, what is sent is read, and time stands still.</summary>
internal sealed class SegmentRig : IDisposable
{
    public static readonly InetAddress Here = InetAddress.Parse("10.0.0.1"), Peer = InetAddress.Parse("10.0.0.2");

    private readonly VirtualNetwork _lab = new(7);
    private readonly TestLink _link;
    private List<byte[]>? _batch;

    public SegmentRig(NetworkStackOptions? options = null, int mtu = 1500, LinkFeatures features = LinkFeatures.None, IpFamily? family = null)
    {
        Family = family ?? IpFamily.V4;
        _link = new TestLink(LinkMedium.Ip, mtu) { Features = features };
        Stack = new NetworkStack((options ?? new NetworkStackOptions()) with
        {
            TimeProvider = _lab.Clock,
            Scheduler = _lab.Scheduler,
            Randomness = _lab.Randomness("host"),
        });
        Stack.Attach("tun0", _link, new InterfaceOptions { Addresses = [Family.Prefix(1)] });
    }

    /// <summary>The host is its A, and the peer its B.</summary>
    public IpFamily Family { get; }

    public NetworkStack Stack { get; }

    public VirtualNetwork Lab => _lab;

    public void Dispose() => Stack.Dispose();

    /// <summary>A stream socket of the host.</summary>
    public NetworkSocket Socket() => Stack.CreateSocket(Family.Sockets, SocketType.Stream);

    /// <summary>A listener on a port.</summary>
    public ListenQueue Listen(ushort port, int backlog = 5, ConnectionOptions? options = null)
    {
        NetworkSocket socket = Socket();
        socket.Bind(new InetEndpoint(Family.Any, port));
        socket.Listen();
        using (Stack.Core.Enter())
        {
            var listener = new ListenQueue(Stack.Core.Tcp!, socket.Binding, options ?? ConnectionOptions.Default) { Backlog = backlog };
            socket.Binding.Owner = listener;
            return listener;
        }
    }

    /// <summary>Takes a connection from a listener, for a user who notes what he is told; null when there is none.</summary>
    public Tcb? Accept(ListenQueue listener)
    {
        using (Stack.Core.Enter())
        {
            Tcb? child = listener.TryAccept();
            child?.GiveTo(new NotingUser());
            return child;
        }
    }

    /// <summary>A segment from the peer, or whoever is named, arrives.</summary>
    public DropReason Receive(
        ushort from, ushort to, TcpFlags flags, uint seq, uint ack = 0, ushort window = 65_535, int length = 0, byte[]? options = null,
        InetAddress? source = null, byte ecn = 0, ushort urgent = 0, InetAddress? destination = null, byte[]? ipOptions = null,
        Action<byte[]>? change = null)
    {
        InetAddress peer = source ?? Family.B, here = destination ?? Family.A;
        byte[] packet = Frames.Make(buffer =>
        {
            buffer.Append(length).Clear();
            new TcpHeader(from, to, seq, ack, flags, window, urgent)
                .PrependTo(buffer, options, new PseudoHeader(peer, here, IpProtocol.Tcp, 0));
            if (ipOptions is not null) new Ipv4Header(peer, here, IpProtocol.Tcp) { TrafficClass = ecn }.PrependTo(buffer, ipOptions);
            else Family.PrependTo(buffer, peer, here, IpProtocol.Tcp, ecn);
        });
        change?.Invoke(packet);
        return Deliver(packet);
    }

    /// <summary>A router says that a segment of the host's was too big.</summary>
    public DropReason TooBig(SeenSegment segment, ushort mtu) =>
        ReceiveError(segment, Icmpv4Type.DestinationUnreachable, (byte)UnreachableCode.FragmentationNeeded, mtu);

    /// <summary>An ICMP error about a segment of the host's arrives.</summary>
    public DropReason ReceiveError(SeenSegment segment, Icmpv4Type type, byte code, ushort mtu = 0)
    {
        byte[] quoted = Frames.Make(buffer =>
        {
            new TcpHeader(segment.From, segment.To, segment.Seq, segment.Ack, segment.Flags, segment.Window, 0)
                .PrependTo(buffer, [], new PseudoHeader(Here, Peer, IpProtocol.Tcp, 0));
            new Ipv4Header(Here, Peer, IpProtocol.Tcp).PrependTo(buffer);
        });
        byte[] packet = Frames.Make(buffer =>
        {
            quoted.CopyTo(buffer.Append(quoted.Length));
            new Icmpv4Header(type, code, mtu).PrependTo(buffer);
            new Ipv4Header(Peer, Here, IpProtocol.Icmp).PrependTo(buffer);
        });
        return Deliver(packet);
    }

    /// <summary>What the peer sends meanwhile arrives as one batch.</summary>
    public void Together(Action what)
    {
        _batch = [];
        what();
        LinkFrame[] frames = [.. _batch.Select(packet => new LinkFrame(packet))];
        _batch = null;
        _link.ReceiveAll(frames);
        _lab.Run();
    }

    /// <summary>A packet arrives, whatever is in it.</summary>
    public DropReason ReceivePacket(byte[] packet) => Deliver(packet);

    /// <summary>Takes what the host has sent, as it was on the wire.</summary>
    public byte[][] TakePackets()
    {
        _lab.Run();
        return [.. _link.TakeSent()];
    }

    private DropReason Deliver(byte[] packet)
    {
        if (_batch is not null)
        {
            _batch.Add(packet);
            return DropReason.None;
        }

        DropReason reason = _link.Receive(packet);
        _lab.Run();
        return reason;
    }

    /// <summary>Takes what the host has sent, oldest first.</summary>
    public SeenSegment[] TakeSent()
    {
        _lab.Run();
        return [.. _link.TakeSent().Select(SeenSegment.Of)];
    }

    /// <summary>Lets time pass.</summary>
    public void Pass(TimeSpan time) => _lab.RunFor(time);
}

/// <summary>A segment as it was seen on the wire.</summary>
internal sealed record SeenSegment(
    ushort From, ushort To, TcpFlags Flags, uint Seq, uint Ack, ushort Window, byte[] Payload, byte[] Options, byte Ecn, int PacketLength)
{
    public byte TrafficClass { get; init; }

    public byte TimeToLive { get; init; }

    public ushort Checksum { get; init; }

    public ushort Urgent { get; init; }

    public static SeenSegment Of(byte[] octets)
    {
        byte trafficClass, timeToLive;
        if (Ipv4Packet.TryParse(octets, out Ipv4Packet packet) && packet.ChecksumIsRight) (trafficClass, timeToLive) = (packet.TrafficClass, packet.TimeToLive);
        else if (Ipv6Packet.TryParse(octets, out Ipv6Packet packet6)) (trafficClass, timeToLive) = (packet6.TrafficClass, packet6.HopLimit);
        else throw new InvalidDataException("No packet was sent.");
        IpFamily family = octets[0] >> 4 == 6 ? IpFamily.V6 : IpFamily.V4;
        if (!family.TryGetSegment(octets, out TcpSegment segment)) throw new InvalidDataException("No TCP segment was sent.");
        return new SeenSegment(
            segment.SourcePort, segment.DestinationPort, segment.Flags, segment.SequenceNumber, segment.AckNumber, segment.Window,
            segment.Payload.ToArray(), segment.Options.ToArray(), (byte)(trafficClass & 3), octets.Length)
        {
            TrafficClass = trafficClass,
            TimeToLive = timeToLive,
            Checksum = segment.Checksum,
            Urgent = segment.UrgentPointer,
        };
    }

    public override string ToString() => $"{Flags} {Seq}:{Seq + Payload.Length}({Payload.Length}) ack {Ack} win {Window}";
}

/// <summary>A user who notes what he is told.</summary>
internal sealed class NotingUser : ITcpUser
{
    public TcpNews News { get; private set; }

    public void OnNews(TcpNews news) => News |= news;
}
