using UserNet.Addressing;
using UserNet.Drill;
using UserNet.Drill.Language;
using UserNet.Drill.Running;
using UserNet.Wire;
using Xunit;

namespace UserNet.Tests.Drill.Running;

public sealed class PacketBuilderTests
{
    private static readonly InetAddress Local = InetAddress.From(System.Net.IPAddress.Parse("192.168.0.1"));
    private static readonly InetAddress Remote = InetAddress.From(System.Net.IPAddress.Parse("192.0.2.1"));

    [Fact]
    public void A_segment_has_the_numbers_of_its_connection_and_right_checksums()
    {
        Assert.True(Ipv4Packet.TryParse(Build("< [ce] P. 1:11(10) ack 1 win 257 urg 3 <nop,nop,sack 2:3>"), out Ipv4Packet ip));
        Assert.True(TcpSegment.TryParse(ip.Payload, out TcpSegment segment));
        Assert.Equal((Remote, Local), (ip.Source, ip.Destination));
        Assert.Equal(3, ip.TrafficClass);
        Assert.True(ip.ChecksumIsRight);
        Assert.Equal(0, InternetChecksum.Of(ip.Payload, new PseudoHeader(Remote, Local, IpProtocol.Tcp, ip.Payload.Length)));
        Assert.Equal((49152, 8080), (segment.SourcePort, segment.DestinationPort));
        Assert.Equal((101u, 5001u, 257, 3), (segment.SequenceNumber, segment.AckNumber, segment.Window, segment.UrgentPointer));
        Assert.Equal(TcpFlags.Psh | TcpFlags.Ack, segment.Flags);
        Assert.Equal("0101050A0000138A0000138B", Convert.ToHexString(segment.Options));
        Assert.Equal(new byte[10], segment.Payload);
    }

    [Fact]
    public void Over_ipv6_the_header_is_its_own()
    {
        byte[] octets = Build("< (flowlabel 0x12345) . 1:1(0) ack 1 win 0", "--ip_version=ipv6");
        Assert.True(Ipv6Packet.TryParse(octets, out Ipv6Packet ip));
        Assert.Equal(0x12345u, ip.FlowLabel);
        Assert.Equal(0, InternetChecksum.Of(ip.Payload, new PseudoHeader(ip.Source, ip.Destination, IpProtocol.Tcp, ip.Payload.Length)));
    }

    [Fact]
    public void Ports_that_are_written_count()
    {
        Assert.Equal((7, 9), PortsOf(Build("< 7 > 9 . 1:1(0) ack 1 win 0")));
    }

    [Fact]
    public void Ports_that_the_script_gave_the_connection_are_those_that_it_has()
    {
        SocketUnderTest socket = Lines.Connection();
        socket.ScriptPorts = (9, 7);
        Assert.Equal((49152, 8080), PortsOf(Build("< 7 > 9 . 1:1(0) ack 1 win 0", socket: socket)));
    }

    [Fact]
    public void A_segment_can_ride_in_a_datagram()
    {
        Assert.True(Ipv4Packet.TryParse(Build("< . 1:1(0) ack 1 win 0/udp(9811 > 5000)"), out Ipv4Packet ip));
        Assert.True(UdpDatagram.TryParse(ip.Payload, out UdpDatagram datagram));
        Assert.Equal((9811, 5000), (datagram.SourcePort, datagram.DestinationPort));
        Assert.Equal(0, InternetChecksum.Of(ip.Payload, new PseudoHeader(Remote, Local, IpProtocol.Udp, ip.Payload.Length)));
        Assert.True(TcpSegment.TryParse(datagram.Payload, out TcpSegment segment));
        Assert.Equal(101u, segment.SequenceNumber);
    }

    [Theory]
    [InlineData("< . 1:1(0) ack 1 win 0 <nop,nop,TS val 5 ecr 100>", 5, 7000)]
    [InlineData("< S 1:1(0) win 0 <nop,nop,TS val 5 ecr 99>", 5, 99)]          // no ACK: as it is written
    public void Echoes_are_those_of_the_stacks_values(string line, uint value, uint echo)
    {
        SocketUnderTest socket = Lines.Connection();
        socket.Timestamps.Record(100, 7000);
        Assert.Equal($"0101080A{value:X8}{echo:X8}", OptionsOf(Build(line, socket: socket)));
    }

    [Fact]
    public void An_echo_of_a_value_that_nobody_saw_fails()
    {
        DrillFailure failure = Assert.Throws<DrillFailure>(() => Build("< . 1:1(0) ack 1 win 0 <nop,nop,TS val 5 ecr 101>"));
        Assert.Equal("ecr", failure.Field);
    }

    [Theory]
    [InlineData("mss 1460", "020405B4")]
    [InlineData("nop,wscale 7", "01030307")]
    [InlineData("sackOK,eol,eol", "04020000")]
    [InlineData("FO abcd1234,nop,nop", "2206ABCD12340101")]
    [InlineData("FO,nop,nop", "22020101")]
    [InlineData("FOEXP abcd,nop,nop", "FE06F989ABCD0101")]
    [InlineData("md5 00112233445566778899aabbccddeeff,nop,nop", "131200112233445566778899AABBCCDDEEFF0101")]
    [InlineData("ECN e1b 1 ceb 2 e0b 3,nop", "AE0B00000100000200000301")]
    [InlineData("ECN e0b 65536,nop,nop,nop", "AC05010000010101")]
    public void Options_stand_as_they_are_written(string options, string octets) =>
        Assert.Equal(octets, OptionsOf(Build($"< . 1:1(0) ack 1 win 0 <{options}>")));

    [Theory]
    [InlineData("wscale 7")]
    [InlineData("nop,nop,nop")]
    public void Options_without_their_padding_can_not_be_read(string options) =>
        Assert.Throws<ScriptException>(() => Build($"< . 1:1(0) ack 1 win 0 <{options}>"));

    [Fact]
    public void An_error_quotes_the_stacks_own_packet()
    {
        Assert.True(Ipv4Packet.TryParse(Build("< icmp unreachable frag_needed mtu 1200 [1:1001(1000)]"), out Ipv4Packet ip));
        Assert.True(Icmpv4Message.TryParse(ip.Payload, out Icmpv4Message message));
        Assert.Equal((Icmpv4Type.DestinationUnreachable, (byte)UnreachableCode.FragmentationNeeded), (message.Type, message.Code));
        Assert.Equal(1200, message.NextHopMtu);
        Assert.True(message.ChecksumIsRight);
        Assert.True(Ipv4Packet.TryParseQuoted(message.Payload, out Ipv4Packet quoted));
        Assert.True(quoted.ChecksumIsRight);
        Assert.Equal((Local, Remote, 1040), (quoted.Source, quoted.Destination, quoted.TotalLength));
        Assert.Equal("1F90C00000001389", Convert.ToHexString(quoted.Payload));
    }

    [Fact]
    public void Over_ipv6_too()
    {
        Assert.True(Ipv6Packet.TryParse(Build("< icmp packet_too_big mtu 1280 [1:1(0)]", "--ip_version=ipv6"), out Ipv6Packet ip));
        Assert.Equal(0, InternetChecksum.Of(ip.Payload, new PseudoHeader(ip.Source, ip.Destination, IpProtocol.Icmpv6, ip.Payload.Length)));
        Assert.True(Icmpv6Message.TryParse(ip.Payload, out Icmpv6Message message));
        Assert.Equal((Icmpv6Type.PacketTooBig, 1280u), (message.Type, message.Rest));
        Assert.True(Ipv6Packet.TryParseQuoted(message.Payload, out Ipv6Packet quoted));
        Assert.Equal((20, 8), (quoted.PayloadLength, quoted.Payload.Length));
    }

    [Fact]
    public void A_message_whose_name_is_not_known_is_not_supported()
    {
        Assert.Throws<UnsupportedException>(() => IcmpNames.NumbersOf(new IcmpSpec("unreachable", "by_foot", default), isV6: false));
        Assert.Throws<UnsupportedException>(() => IcmpNames.NumbersOf(new IcmpSpec("packet_too_big", null, default), isV6: false));
    }

    [Fact]
    public void The_largest_packet_can_be_made_and_no_larger_one()
    {
        Assert.Equal(65_535, Build("< . 1:65496(65495) ack 1 win 0").Length);
        Assert.Throws<UnsupportedException>(() => Build("< . 1:65497(65496) ack 1 win 0"));
    }

    private static byte[] Build(string line, string options = "", SocketUnderTest? socket = null) =>
        new PacketBuilder(Lines.Settings(options)).Build(Lines.Packet(line), socket ?? Lines.Connection());

    private static (int, int) PortsOf(byte[] octets)
    {
        Assert.True(Ipv4Packet.TryParse(octets, out Ipv4Packet ip));
        Assert.True(TcpSegment.TryParse(ip.Payload, out TcpSegment segment));
        return (segment.SourcePort, segment.DestinationPort);
    }

    private static string OptionsOf(byte[] octets)
    {
        Assert.True(Ipv4Packet.TryParse(octets, out Ipv4Packet ip));
        Assert.True(TcpSegment.TryParse(ip.Payload, out TcpSegment segment));
        return Convert.ToHexString(segment.Options);
    }
}
