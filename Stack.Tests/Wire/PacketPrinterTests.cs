using System.Text;
using UserNet.Wire;
using Xunit;
using static UserNet.Tests.Wire.SamplePackets;

namespace UserNet.Tests.Wire;

public sealed class PacketPrinterTests
{
    private const string Stations = "02:00:00:00:00:01 > 02:00:00:00:00:02, ";

    [Fact]
    public void A_datagram_is_one_line() =>
        Assert.Equal("IP 10.0.0.1.4000 > 10.0.0.2.4001: UDP, length 5", PacketPrinter.PrintEthernet(Frame(IpV4(Datagram(5), IpProtocol.Udp))));

    [Fact]
    public void A_packet_without_a_frame_is_the_same_line() =>
        Assert.Equal("IP 10.0.0.1.4000 > 10.0.0.2.4001: UDP, length 5", PacketPrinter.PrintIp(IpV4(Datagram(5), IpProtocol.Udp)));

    [Theory]
    [InlineData("", "ethertype IPv4 (0x0800), length 47: ")]
    [InlineData("8100a005", "ethertype 802.1Q (0x8100), length 51: vlan 5, p 5, ethertype IPv4 (0x0800), ")]
    [InlineData("88a830068100a005", "ethertype 802.1Q-QinQ (0x88a8), length 55: vlan 6, p 1, DEI, "
        + "ethertype 802.1Q (0x8100), vlan 5, p 5, ethertype IPv4 (0x0800), ")]
    public void The_frame_is_shown_when_asked_for(string tags, string expected) => Assert.Equal(
        $"{Stations}{expected}10.0.0.1.4000 > 10.0.0.2.4001: UDP, length 5",
        PacketPrinter.PrintEthernet(Frame(IpV4(Datagram(5), IpProtocol.Udp), tags: tags), PrintDetails.LinkHeader));

    [Fact]
    public void A_question_and_its_answer_by_ARP()
    {
        Assert.Equal("ARP, Request who-has 10.0.0.2 tell 10.0.0.1, length 28", PacketPrinter.PrintEthernet(Arp(1, A, default, B)));
        Assert.Equal("ARP, Request who-has 10.0.0.2 tell 0.0.0.0, length 28", PacketPrinter.PrintEthernet(Arp(1, default, default, B)));
        Assert.Equal("ARP, Request who-has 10.0.0.1 tell 10.0.0.1, length 28", PacketPrinter.PrintEthernet(Arp(1, A, default, A)));
        Assert.Equal(
            "ARP, Reply 10.0.0.1 is-at 02:00:00:00:00:01, length 46", PacketPrinter.PrintEthernet(Arp(2, A, StationB, B, padding: 18)));
    }

    [Fact]
    public void An_error_quotes_its_packet_when_verbose()
    {
        byte[] error = IpV4(Icmp(3, 3, 0, IpV4(Datagram(5), IpProtocol.Udp)), IpProtocol.Icmp, change: h => h with { TimeToLive = 9 });
        Assert.Equal("IP 10.0.0.1 > 10.0.0.2: ICMP 10.0.0.2 udp port 4001 unreachable, length 41", PacketPrinter.PrintIp(error));
        Assert.Equal(
            "IP (tos 0x0, ttl 9, id 1, offset 0, flags [none], proto ICMP (1), length 61) 10.0.0.1 > 10.0.0.2: "
            + "ICMP 10.0.0.2 udp port 4001 unreachable, length 41 "
            + "IP (tos 0x0, ttl 64, id 1, offset 0, flags [none], proto UDP (17), length 33) 10.0.0.1.4000 > 10.0.0.2.4001: UDP, length 5",
            PacketPrinter.PrintIp(error, PrintDetails.Verbose));
    }

    [Fact]
    public void A_membership_report_lists_its_records_when_verbose()
    {
        byte[] report = IpV4(Igmp("22000000 00000001 05000001 ef010203 0a000002"), IpProtocol.Igmp, "94040000", Group);
        Assert.Equal("IP 10.0.0.1 > 239.1.2.3: igmp v3 report, 1 group record(s)", PacketPrinter.PrintIp(report));
        Assert.EndsWith(
            "length 44, options (RA)) 10.0.0.1 > 239.1.2.3: igmp v3 report, 1 group record(s) [gaddr 239.1.2.3 allow, 1 source(s)]",
            PacketPrinter.PrintIp(report, PrintDetails.Verbose), StringComparison.Ordinal);
    }

    [Fact]
    public void A_segment_with_its_options()
    {
        byte[] segment = Segment(TcpFlags.Syn, 1000, 0, 64_240, "020405b40402080a000000050000000001030307");
        Assert.Equal(
            "IP 10.0.0.1.4000 > 10.0.0.2.4001: Flags [S], seq 1000, win 64240, "
            + "options [mss 1460,sackOK,TS val 5 ecr 0,nop,wscale 7], length 0",
            PacketPrinter.PrintIp(IpV4(segment, IpProtocol.Tcp)));
    }

    [Fact]
    public void A_wrong_checksum_is_shown_with_the_right_one_when_verbose()
    {
        byte[] datagram = Datagram(5);
        string right = $"{datagram[6]:x2}{datagram[7]:x2}";
        datagram[6] ^= 1;
        Assert.EndsWith(
            $"[bad udp cksum 0x{datagram[6]:x2}{datagram[7]:x2} -> 0x{right}!] UDP, length 5",
            PacketPrinter.PrintIp(IpV4(datagram, IpProtocol.Udp), PrintDetails.Verbose), StringComparison.Ordinal);
    }

    [Fact]
    public void What_is_cut_off_says_so()
    {
        byte[] frame = Frame(IpV4(Datagram(20), IpProtocol.Udp));
        Assert.Equal("[|ether]", PacketPrinter.PrintEthernet(frame.AsSpan(0, 13)));
        Assert.Equal("IP  [|ip]", PacketPrinter.PrintEthernet(frame.AsSpan(0, 30)));
        Assert.Equal("IP truncated-ip - 26 bytes missing! 10.0.0.1 > 10.0.0.2:  [|udp]", PacketPrinter.PrintEthernet(frame.AsSpan(0, 36)));
    }

    [Fact]
    public void Builders_and_writers_get_what_the_string_has()
    {
        byte[] frame = Arp(1, A, default, B);
        string line = PacketPrinter.PrintEthernet(frame);
        var builder = new StringBuilder("> ");
        PacketPrinter.PrintEthernet(frame, builder);
        Assert.Equal($"> {line}", builder.ToString());
        var writer = new StringWriter { NewLine = "\n" };
        PacketPrinter.PrintEthernet(frame, writer);
        PacketPrinter.PrintIp(frame.AsSpan(14), writer);
        Assert.Equal($"{line}\nunknown ip 0\n", writer.ToString());
    }
}
