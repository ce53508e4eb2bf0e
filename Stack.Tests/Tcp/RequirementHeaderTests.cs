using System.Net.NetworkInformation;
using UserNet.Addressing;
using UserNet.Doors;
using UserNet.Sockets;
using UserNet.Tcp;
using UserNet.Tests.Infrastructure;
using UserNet.Wire;
using Xunit;

namespace UserNet.Tests.Tcp;

/// <summary>RFC 9293 appendix B: header, options, checksum, initial numbers.</summary>
public sealed class RequirementHeaderTests
{
    private static readonly byte[] NoPayload = [];

    [Fact]
    public void MUST_1_the_window_is_unsigned()
    {
        using ConnectionRig rig = ConnectionRig.In(TcpState.Established);
        rig.Send(TcpFlags.Ack, rig.PeerNext, rig.SndNxt, window: 0x8000);
        Assert.Equal(32_768, rig.Tcb.Snd.Wnd);
        rig.Send(TcpFlags.Ack, rig.PeerNext, rig.SndNxt, window: 0xFFFF);
        Assert.Equal(65_535, rig.Tcb.Snd.Wnd);
    }

    [Fact]
    public void MUST_2_what_is_sent_has_a_right_checksum()
    {
        using ConnectionRig rig = ConnectionRig.In(TcpState.Established);
        rig.Do(tcb => tcb.Write("checked"u8));
        SeenSegment sent = rig.TakeOne();
        byte[] segment = Frames.Make(buffer =>
        {
            sent.Payload.CopyTo(buffer.Append(sent.Payload.Length));
            new TcpHeader(sent.From, sent.To, sent.Seq, sent.Ack, sent.Flags, sent.Window, 0)
                .PrependTo(buffer, sent.Options, new PseudoHeader(SegmentRig.Here, SegmentRig.Peer, IpProtocol.Tcp, 0));
        });
        Assert.True(TcpSegment.TryParse(segment, out TcpSegment parsed));
        Assert.Equal(parsed.Checksum, sent.Checksum);
    }

    [Fact]
    public void MUST_3_a_wrong_checksum_is_not_taken()
    {
        using ConnectionRig rig = ConnectionRig.In(TcpState.Established);
        DropReason reason = rig.Wire.Receive(
            rig.PeerPort, rig.Port, TcpFlags.Ack, rig.PeerNext, rig.SndNxt, length: 10, change: packet => packet[^1] ^= 1);
        Assert.Equal(DropReason.TcpBadChecksum, reason);
        Assert.Equal(0, rig.Tcb.Received.Count);
        Assert.Empty(rig.Take());
    }

    [Fact]
    public void MUST_4_end_of_list_no_operation_and_MSS_are_understood()
    {
        using var rig = new ConnectionRig { PeerOptions = [1, 1, 1, 1, 2, 4, 0x02, 0x58, 0, 99, 99, 99] };
        rig.Reach(TcpState.Established);
        Assert.Equal(600, rig.Tcb.Agreed.Mss);
    }

    [Fact]
    public void MUST_5_an_option_is_taken_in_any_segment()
    {
        using ConnectionRig rig = ConnectionRig.In(TcpState.Established);
        Assert.Equal(DropReason.None, rig.Send(TcpFlags.Ack, rig.PeerNext, rig.SndNxt, 5, options: [1, 1, 8, 10, 0, 0, 0, 1, 0, 0, 0, 0]));
        Assert.Equal(5, rig.Tcb.Received.Count);
    }

    [Fact]
    public void MUST_6_unknown_options_are_passed_over()
    {
        using var rig = new ConnectionRig { PeerOptions = [77, 4, 1, 2, 2, 4, 0x02, 0x58] };
        rig.Reach(TcpState.Established);
        Assert.Equal(600, rig.Tcb.Agreed.Mss);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(200)]
    public void MUST_7_an_illegal_length_of_an_option_does_no_harm(byte length)
    {
        using var rig = new ConnectionRig { PeerOptions = [2, 4, 0x02, 0x58, 77, length, 3, 3] };
        rig.Reach(TcpState.Established);
        Assert.Equal(600, rig.Tcb.Agreed.Mss);
        rig.Send(TcpFlags.Ack, rig.PeerNext, rig.SndNxt, 5, options: [8, length, 0, 0]);
        Assert.Equal(5, rig.Tcb.Received.Count);
    }

    [Fact]
    public void MUST_8_initial_numbers_follow_a_clock()
    {
        using var rig = new ConnectionRig();
        IsnGenerator isns = rig.Wire.Stack.Core.Tcp!.Isns;
        InetEndpoint here = new(SegmentRig.Here, 1), there = new(SegmentRig.Peer, 2);
        SequenceNumber first = isns.Next(here, there, rig.Now);
        rig.Wire.Pass(TimeSpan.FromMilliseconds(4));
        Assert.Equal(1000, isns.Next(here, there, rig.Now) - first);      // one every 4 µs
    }

    [Fact]
    public void MUST_9_initial_numbers_can_not_be_told_from_outside()
    {
        using ConnectionRig one = new(), other = new();
        InetEndpoint here = new(SegmentRig.Here, 1);
        IsnGenerator isns = one.Wire.Stack.Core.Tcp!.Isns;
        var differences = new HashSet<int>();
        for (ushort port = 1; port <= 100; port++)
            differences.Add(isns.Next(here, new InetEndpoint(SegmentRig.Peer, (ushort)(port + 1)), one.Now) - isns.Next(here, new InetEndpoint(SegmentRig.Peer, port), one.Now));
        Assert.Equal(100, differences.Count);      // the ends decide, by a key
    }

    [Fact]
    public void MUST_14_and_67_MSS_is_sent_by_what_can_be_received_and_taken()
    {
        using var wire = new SegmentRig(mtu: 900);
        var rig = new ConnectionRig(wire) { PeerOptions = [2, 4, 0x02, 0x58] };
        TcpOptionValues.Read(rig.Connect().Options, out TcpOptionValues syn);
        Assert.Equal((ushort)860, syn.Mss);
        rig.Establish();
        rig.Take();
        rig.Do(tcb => tcb.Write(new byte[2000]));
        Assert.All(rig.Take(), segment => Assert.True(segment.Payload.Length <= 600));
    }

    [Fact]
    public void MUST_15_without_MSS_536_is_meant()
    {
        using var rig = new ConnectionRig { PeerOptions = NoPayload };
        rig.Reach(TcpState.Established);
        Assert.Equal(536, rig.Tcb.Mss);
        Assert.Equal(1220, AgreedOptions.Of(new SynOffer(), new SynOffer(), AgreedOptions.DefaultMssV6).Mss);
    }

    [Fact]
    public void MUST_16_the_effective_segment_has_room_for_the_options()
    {
        using var rig = new ConnectionRig { PeerOptions = [2, 4, 0x05, 0xB4, 4, 2, 8, 10, 0, 0, 0, 77, 0, 0, 0, 0] };
        rig.Reach(TcpState.Established);
        rig.Do(tcb => tcb.Write(new byte[5000]));
        SeenSegment[] sent = rig.Take();
        Assert.Equal(1448, sent[0].Payload.Length);
        Assert.True(sent[0].PacketLength <= 1500);
    }

    [Fact]
    public void MUST_64_options_need_no_alignment()
    {
        using var rig = new ConnectionRig { PeerOptions = [1, 2, 4, 0x02, 0x58, 1, 1, 1] };
        rig.Reach(TcpState.Established);
        Assert.Equal(600, rig.Tcb.Agreed.Mss);
    }

    [Fact]
    public void MUST_65_MSS_stands_in_SYNs_alone()
    {
        using ConnectionRig rig = ConnectionRig.In(TcpState.Established);
        rig.Do(tcb => tcb.Write(new byte[3000]));
        rig.SendData(10);
        rig.Do(tcb => tcb.ShutdownSend());
        Assert.All(rig.Take(), segment =>
        {
            TcpOptionValues.Read(segment.Options, out TcpOptionValues options);
            Assert.Null(options.Mss);
        });
    }

    [Fact]
    public void MUST_68_and_69_options_have_lengths_and_zero_padding()
    {
        foreach (TcpProfile profile in new[] { TcpProfile.Linux, TcpProfile.FreeBsd })
        {
            using var rig = new ConnectionRig(profile);
            byte[] options = rig.Connect().Options;
            Assert.Equal(0, options.Length % 4);
            int at = 0;
            while (at < options.Length && options[at] != 0) at += options[at] == 1 ? 1 : Math.Max((int)options[at + 1], 2);
            Assert.All(options[Math.Min(at, options.Length)..], octet => Assert.Equal(0, octet));
        }
    }
}
