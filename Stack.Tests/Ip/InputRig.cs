using UserNet.Addressing;
using UserNet.Binding;
using UserNet.Buffers;
using UserNet.Core;
using UserNet.Doors;
using UserNet.Ip;
using UserNet.Link;
using UserNet.Simulation;
using UserNet.Tests.Infrastructure;
using UserNet.Wire;

namespace UserNet.Tests.Ip;

/// <summary>
/// A host with two links that carry bare IP packets: left, 10.9.0.2/24, and right, 10.8.0.2/24; where it is asked for, with
/// 2001:db8:9::2/64 and fe80::9 on the left, 2001:db8:8::2/64 and fe80::8 on the right.
/// </summary>
internal sealed class InputRig : IDisposable
{
    public InputRig(HostModel model = HostModel.Weak, int rightMtu = 1500, bool speaksV6 = false)
    {
        Right = new TestLink(LinkMedium.Ip, rightMtu);
        Stack = new NetworkStack(new NetworkStackOptions
        {
            TimeProvider = Clock,
            Randomness = new Random(1).NextBytes,
            Routes = new HostAddressing(model),
        });
        Stack.Attach("left", Left, new InterfaceOptions { Addresses = ["10.9.0.2/24"] });
        Stack.Attach("right", Right, new InterfaceOptions { Addresses = ["10.8.0.2/24"] });
        if (!speaksV6) return;
        AddV6("left", "2001:db8:9::2", "fe80::9");
        AddV6("right", "2001:db8:8::2", "fe80::8");
    }

    public ManualClock Clock { get; } = new();

    public TestLink Left { get; } = new(LinkMedium.Ip);

    public TestLink Right { get; }

    public NetworkStack Stack { get; }

    public StackCore Core => Stack.Core;

    public FragmentReassembly Fragments => Core.Input!.Fragments;

    public IpInputSettings Settings => Stack.Host.InputSettings;

    public long Drops(DropReason reason) => Core.Context.Drops[reason];

    public long Count(Counter counter) => Core.Context.Counters[counter];

    public void Dispose()
    {
        Stack.Dispose();
        Left.Dispose();
        Right.Dispose();
    }

    /// <summary>Gives a packet of an IPv4 frame to the input alone, and says what became of it.</summary>
    public Received Receive(ReadOnlySpan<byte> packet, string on = "left", LinkCast cast = LinkCast.Unicast) =>
        Receive(packet, EtherType.Ipv4, on, cast);

    /// <summary>The same of a packet of an IPv6 frame.</summary>
    public Received ReceiveV6(ReadOnlySpan<byte> packet, string on = "left", LinkCast cast = LinkCast.Unicast) =>
        Receive(packet, EtherType.Ipv6, on, cast);

    private Received Receive(ReadOnlySpan<byte> packet, EtherType type, string on, LinkCast cast)
    {
        using (Core.Enter())
        {
            LinkPort port = Stack.Host.Interfaces.Find(on)!.Port!;
            var content = new FrameContent { Type = type, Cast = cast, Payload = packet };
            DropReason reason = type == EtherType.Ipv6
                ? Core.InputV6!.Receive(port, content, true, Core.Now, out IpArrival arrival, out bool isWhole)
                : Core.Input!.Receive(port, content, true, Core.Now, out arrival, out isWhole);
            if (!isWhole || reason != DropReason.None) return new Received(reason);
            var received = new Received(reason)
            {
                IsWhole = true,
                Packet = arrival.Octets.ToArray(),
                Payload = arrival.Payload.ToArray(),
                Options = arrival.Options.ToArray(),
                Role = arrival.Role,
                HasRouterAlert = arrival.HasRouterAlert,
                ChecksumIsGood = arrival.ChecksumIsGood,
            };
            arrival.Reassembled?.Return();
            return received;
        }
    }

    /// <summary>An IPv6 packet.</summary>
    public static byte[] V6(string from, string to, ReadOnlySpan<byte> payload, byte next = 200, byte hopLimit = 64, byte trafficClass = 0)
    {
        PacketBuffer buffer = new PacketPool().RentCopy(payload);
        new Ipv6Header(InetAddress.Parse(from), InetAddress.Parse(to), (IpProtocol)next, hopLimit, trafficClass).PrependTo(buffer);
        return buffer.Span.ToArray();
    }

    /// <summary>A part of an IPv6 packet; the headers before the fragment header are given as octets, the first of which next names.</summary>
    public static byte[] V6Fragment(
        string from, string to, ReadOnlySpan<byte> payload, uint id, int offset, bool more, byte next = 200, byte trafficClass = 0,
        byte first = 44, string headers = "")
    {
        PacketBuffer buffer = new PacketPool().RentCopy(Convert.FromHexString(headers.Replace(" ", "", StringComparison.Ordinal)));
        new Ipv6FragmentHeader((IpProtocol)next, offset, more, id).AppendTo(buffer);
        return V6(from, to, [.. buffer.Span, .. payload], first, trafficClass: trafficClass);
    }

    /// <summary>"type/code rest" of the ICMPv6 errors that were sent by a link; null when none was.</summary>
    public static string? ErrorsByV6(TestLink link)
    {
        List<string> errors = [];
        foreach (byte[] sent in link.TakeSent())
        {
            if (!Ipv6Packet.TryParse(sent, out Ipv6Packet packet) || packet.NextHeader != IpProtocol.Icmpv6) continue;
            var pseudo = new PseudoHeader(packet.Source, packet.Destination, IpProtocol.Icmpv6, packet.Payload.Length);
            if (InternetChecksum.Of(packet.Payload, pseudo) != 0) errors.Add("bad checksum");
            else if (Icmpv6Message.TryParse(packet.Payload, out Icmpv6Message message) && message.IsError)
                errors.Add($"{(int)message.Type}/{message.Code} {message.Rest} to {packet.Destination}");
        }

        return errors.Count == 0 ? null : string.Join(", ", errors);
    }

    private void AddV6(string name, params string[] addresses)
    {
        foreach (string address in addresses)
            Stack.Host.AddAddress(name, new NewAddress(InetAddress.Parse(address), 64) { SkipsDetection = true });
    }

    /// <summary>An IPv4 packet.</summary>
    public static byte[] V4(
        string from, string to, ReadOnlySpan<byte> payload, IpProtocol protocol = IpProtocol.Udp, byte ttl = 64, ushort id = 0,
        int offset = 0, bool more = false, bool df = false, byte tos = 0, string options = "")
    {
        PacketBuffer buffer = new PacketPool().RentCopy(payload);
        new Ipv4Header(InetAddress.Parse(from), InetAddress.Parse(to), protocol, ttl, tos, id, df, more, offset)
            .PrependTo(buffer, Convert.FromHexString(options));
        return buffer.Span.ToArray();
    }

    /// <summary>"type/code rest" of the ICMP error that was sent by a link, and what it is about; null when none was.</summary>
    public static string? ErrorBy(TestLink link)
    {
        byte[][] sent = link.TakeSent();
        if (sent.Length == 0) return null;
        if (sent.Length > 1) return $"{sent.Length} packets";
        if (!Ipv4Packet.TryParse(sent[0], out Ipv4Packet packet) || !packet.ChecksumIsRight) return "no packet";
        if (packet.Protocol != IpProtocol.Icmp || !Icmpv4Message.TryParse(packet.Payload, out Icmpv4Message message)) return "no message";
        if (!message.ChecksumIsRight || !Ipv4Packet.TryParseQuoted(message.Payload, out Ipv4Packet about)) return "no error";
        return $"{packet.Source}>{packet.Destination} {(int)message.Type}/{message.Code} {message.Rest:x} about {about.Source}>{about.Destination}";
    }
}

/// <summary>What became of a packet.</summary>
internal sealed record Received(DropReason Reason)
{
    public bool IsWhole { get; init; }
    public byte[] Packet { get; init; } = [];
    public byte[] Payload { get; init; } = [];
    public byte[] Options { get; init; } = [];
    public AddressRole Role { get; init; }
    public bool HasRouterAlert { get; init; }
    public bool ChecksumIsGood { get; init; }
}
