using UserNet.Simulation;
using UserNet.Wire;
using Xunit;
using static UserNet.Tests.Wire.SamplePackets;

namespace UserNet.Tests.Simulation;

/// <summary>The usual questions, each asked of a packet of each kind.</summary>
public sealed class PacketsTests
{
    private static readonly (string Name, byte[] Frame)[] Samples =
    [
        ("syn", Frame(IpV4(Segment(TcpFlags.Syn, 1, 0), IpProtocol.Tcp))),
        ("ecn syn", Frame(IpV4(Segment(TcpFlags.Syn | TcpFlags.Ece | TcpFlags.Cwr, 1, 0), IpProtocol.Tcp))),
        ("syn ack", Frame(IpV4(Segment(TcpFlags.Syn | TcpFlags.Ack, 1, 2), IpProtocol.Tcp))),
        ("ack", Frame(IpV4(Segment(TcpFlags.Ack, 1, 2), IpProtocol.Tcp))),
        ("data", Frame(IpV4(Segment(TcpFlags.Ack | TcpFlags.Psh, 1, 2, length: 5), IpProtocol.Tcp))),
        ("fin", Frame(IpV4(Segment(TcpFlags.Ack | TcpFlags.Fin, 1, 2), IpProtocol.Tcp))),
        ("rst", Frame(IpV4(Segment(TcpFlags.Rst, 1, 0), IpProtocol.Tcp))),
        ("udp", Frame(IpV4(Datagram(5), IpProtocol.Udp))),
        ("udp6", Frame(IpV6(Datagram(5), 17), EtherType.Ipv6)),
        ("echo", Frame(IpV4(Icmp(8, 0, 1), IpProtocol.Icmp))),
        ("reply", Frame(IpV4(Icmp(0, 0, 1), IpProtocol.Icmp))),
        ("echo6", Frame(IpV6(Hex("8000000000010002"), 58), EtherType.Ipv6)),
        ("reply6", Frame(IpV6(Hex("8100000000010002"), 58), EtherType.Ipv6)),
        ("error", Frame(IpV4(Icmp(3, 3, 0, IpV4(Datagram(5), IpProtocol.Udp)), IpProtocol.Icmp))),
        ("error6", Frame(IpV6([1, 4, 0, 0, 0, 0, 0, 0, .. IpV6(Datagram(5), 17)], 58), EtherType.Ipv6)),
        ("who", Frame(IpV6(Icmpv6("87000000 00000000 fd000000000000000000000000000005"), 58), EtherType.Ipv6)),
        ("me", Frame(IpV6(Icmpv6("88000000 60000000 fd000000000000000000000000000005"), 58), EtherType.Ipv6)),
        ("rs", Frame(IpV6(Icmpv6("85000000 00000000"), 58), EtherType.Ipv6)),
        ("ra", Frame(IpV6(Icmpv6("86000000 40000708 00000000 00000000"), 58), EtherType.Ipv6)),
        ("better", Frame(IpV6(Icmpv6("89000000 00000000 fd000000000000000000000000000005 fd000000000000000000000000000006"), 58), EtherType.Ipv6)),
        ("arp", Arp(1, A, default, B)),
        ("arp reply", Arp(2, A, StationB, B)),
        ("noise", Frame(new byte[60], (EtherType)0x88B5)),
        ("short", [1, 2, 3]),
    ];

    public static TheoryData<string, string> Cases => new()
    {
        { nameof(Packets.Any), string.Join(", ", Samples.Select(static sample => sample.Name)) },
        { nameof(Packets.Tcp), "syn, ecn syn, syn ack, ack, data, fin, rst" },
        { nameof(Packets.TcpData), "data" },
        { nameof(Packets.Udp), "udp, udp6" },
        { nameof(Packets.IcmpEcho), "echo, echo6" },
        { nameof(Packets.IcmpEchoReply), "reply, reply6" },
        { nameof(Packets.IcmpError), "error, error6" },
        { nameof(Packets.Arp), "arp, arp reply" },
        { "Asked", "who" },
        { "AskedFor5", "who" },
        { "AskedFor6", "" },
        { "Probe5", "" },
        { "Told", "me" },
        { "Told5", "me" },
        { "Told6", "" },
        { nameof(Packets.RouterSolicitation), "rs" },
        { nameof(Packets.RouterAdvertisement), "ra" },
        { nameof(Packets.Redirect), "better" },
        { "Redirect6", "better" },
        { "Redirect5", "" },
        { "Syn", "syn, ecn syn" },
        { "SynEce", "ecn syn" },
        { "Ack", "ack, data" },
        { "AckPsh", "data" },
        { "None", "" },
        { "Port4000", "udp, udp6" },
        { "Port4001", "udp, udp6" },
        { "Port4002", "" },
        { "RequestB", "arp" },
        { "RequestA", "" },
        { "ReplyA", "arp reply" },
        { "ReplyB", "" },
        { "FromAddress", "syn, ecn syn, syn ack, ack, data, fin, rst, udp, echo, reply, error" },
        { "FromPort", "syn, ecn syn, syn ack, ack, data, fin, rst, udp" },
        { "From6", "udp6" },
        { "ToPort", "" },
        { "Zero", "" },
        { "And", "data" },
        { "Or", "data, arp, arp reply" },
        { "Not", "udp, udp6, echo, reply, echo6, reply6, error, error6, who, me, rs, ra, better, arp, arp reply, noise, short" },
    };

    [Theory]
    [MemberData(nameof(Cases))]
    public void A_question_is_answered_with_yes_for_these_alone(string question, string those)
    {
        FramePredicate asked = Question(question);
        Assert.Equal(those, string.Join(", ", Samples.Where(sample => asked(new FrameView(sample.Frame, isEthernet: true))).Select(static s => s.Name)));
    }

    [Fact]
    public void A_text_that_is_no_address_is_refused_at_once()
    {
        Assert.Throws<FormatException>(() => Packets.From("nowhere"));
        Assert.Throws<FormatException>(() => Packets.To("10.0.0.1:"));
        Assert.Throws<FormatException>(() => Packets.ArpRequest("10.0.0.1:5"));
        Assert.Throws<ArgumentNullException>(() => Packets.Any.And(null!));
    }

    private static FramePredicate Question(string name) => name switch
    {
        nameof(Packets.Any) => Packets.Any,
        nameof(Packets.Tcp) => Packets.Tcp(),
        nameof(Packets.TcpData) => Packets.TcpData(),
        nameof(Packets.Udp) => Packets.Udp(),
        nameof(Packets.IcmpEcho) => Packets.IcmpEcho(),
        nameof(Packets.IcmpEchoReply) => Packets.IcmpEchoReply(),
        nameof(Packets.IcmpError) => Packets.IcmpError(),
        nameof(Packets.Arp) => Packets.Arp(),
        "Asked" => Packets.NeighborSolicitation(),
        "AskedFor5" => Packets.NeighborSolicitation("fd00::5"),
        "AskedFor6" => Packets.NeighborSolicitation("fd00::6"),
        "Probe5" => Packets.DuplicateAddressProbe("fd00::5"),
        "Told" => Packets.NeighborAdvertisement(),
        "Told5" => Packets.NeighborAdvertisement("fd00::5"),
        "Told6" => Packets.NeighborAdvertisement("fd00::6"),
        nameof(Packets.RouterSolicitation) => Packets.RouterSolicitation(),
        nameof(Packets.RouterAdvertisement) => Packets.RouterAdvertisement(),
        nameof(Packets.Redirect) => Packets.Redirect(),
        "Redirect6" => Packets.Redirect("fd00::6"),
        "Redirect5" => Packets.Redirect("fd00::5"),
        "Syn" => Packets.Tcp(TcpFlags.Syn),
        "SynEce" => Packets.Tcp(TcpFlags.Syn | TcpFlags.Ece),
        "Ack" => Packets.Tcp(TcpFlags.Ack),
        "AckPsh" => Packets.Tcp(TcpFlags.Ack | TcpFlags.Psh),
        "None" => Packets.Tcp(TcpFlags.None),
        "Port4000" => Packets.Udp(4000),
        "Port4001" => Packets.Udp(4001),
        "Port4002" => Packets.Udp(4002),
        "RequestB" => Packets.ArpRequest("10.0.0.2"),
        "RequestA" => Packets.ArpRequest("10.0.0.1"),
        "ReplyA" => Packets.ArpReply("10.0.0.1"),
        "ReplyB" => Packets.ArpReply("10.0.0.2"),
        "FromAddress" => Packets.From("10.0.0.1"),
        "FromPort" => Packets.From("10.0.0.1:4000"),
        "From6" => Packets.From("[fd00::1]:4000"),
        "ToPort" => Packets.To("10.0.0.2:4000"),
        "Zero" => Packets.From("0.0.0.0"),
        "And" => Packets.TcpData().And(static (in FrameView frame) => frame.Tcp.Payload[0] == 'a'),
        "Or" => Packets.TcpData().Or(Packets.Arp()),
        _ => Packets.Not(Packets.Tcp()),
    };
}
