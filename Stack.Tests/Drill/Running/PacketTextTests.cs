using UserNet.Drill.Running;
using UserNet.Wire;
using Xunit;

namespace UserNet.Tests.Drill.Running;

public sealed class PacketTextTests
{
    [Theory]
    [InlineData("> S 0:0(0) win 65535 <mss 1460,sackOK,TS val 1 ecr 0,nop,wscale 8>")]
    [InlineData("> P. 1:1001(1000) ack 1")]
    [InlineData("> SEWA 0:0(0) <...>")]
    [InlineData("< [ect0] P5. 1:11(10) ack 1 win 257 <nop,nop,sack 21:31 41:51>")]
    [InlineData("> F. 1:1(0) ack 1 <FO 0011223344556677,nop,nop>")]
    [InlineData("> . 1:1(0) ack 1 <ECN e1b 1 ceb 2 e0b 3,nop>")]
    [InlineData("< - 1:1(0) win 0")]
    [InlineData("> R 1:1(0)!")]
    [InlineData("< icmp unreachable host_unreachable [0:0(0)]")]
    public void A_line_is_written_as_it_was_read(string line) =>
        Assert.Equal(line, PacketText.Of(Lines.Packet(PacketText.Of(Lines.Packet(line)))));

    [Theory]
    [InlineData("> P. 1:11(10) ack 1 win 1000 <nop,nop,TS val 7 ecr 9>", "0101080A0000000700000009")]
    [InlineData("> P. 1:11(10) ack 1 win 1000 <mss 1460,nop,wscale 8>", "020405B401030308")]
    [InlineData("> P. 1:11(10) ack 1 win 1000 <sackOK,eol,eol>", "04020000")]
    [InlineData("> P. 1:11(10) ack 1 win 1000 <nop,nop,sack 2001:3001>", "0101050A0000083500000C1D")]
    [InlineData("> P. 1:11(10) ack 1 win 1000 <FO abcd1234,nop,nop>", "2206ABCD12340101")]
    [InlineData("> P. 1:11(10) ack 1 win 1000 <ECN e0b 1 ceb 2,nop,nop,nop,nop>", "AC0800000100000201010101")]
    public void A_packet_of_the_stack_is_written_as_a_script_would(string text, string options)
    {
        SeenPacket seen = new Live { Flags = TcpFlags.Psh | TcpFlags.Ack, Payload = new byte[10], Options = options }.Seen();
        Assert.Equal(text, PacketText.Of(seen, Lines.Connection()));
        Assert.Equal(text, PacketText.Of(Lines.Packet(text)));
    }

    [Fact]
    public void The_count_of_accurate_ecn_is_written_as_the_line_has_it()
    {
        SeenPacket seen = new Live { Flags = TcpFlags.Ack | TcpFlags.Ae | TcpFlags.Ece, Window = 9 }.Seen();
        Assert.Equal("> EA. 1:1(0) ack 1 win 9", PacketText.Of(seen, Lines.Connection()));
        Assert.Equal("> 5. 1:1(0) ack 1 win 9", PacketText.Of(seen, Lines.Connection(), Lines.Packet("> .4 1:1(0) ack 1")));
    }
}
