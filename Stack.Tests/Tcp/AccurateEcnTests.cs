using UserNet.Tcp;
using UserNet.Wire;
using Xunit;

namespace UserNet.Tests.Tcp;

/// <summary>Accurate ECN in a connection. RFC 9768 §3.2.</summary>
public sealed class AccurateEcnTests
{
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void All_is_ECN_capable_retransmissions_and_acknowledgments_too(bool isServer)
    {
        using AccurateEcnRig rig = AccurateEcnRig.Established(isServer);
        rig.Write(1000);
        Assert.Equal(["[ect0] P5. 1:1001(1000) ECN 1 0 1"], rig.Sent());
        rig.Pass(1500);
        Assert.All(rig.Sent(), line => Assert.StartsWith("[ect0] P5. 1:1001(1000)", line, StringComparison.Ordinal));
        rig.Receive(TcpFlags.Ack, 5, 1001, 100);
        rig.Pass(300);
        Assert.All(rig.Sent(), line => Assert.StartsWith("[ect0] 5. 1001:1001(0)", line, StringComparison.Ordinal));
    }

    [Fact]
    public void Marks_are_counted_by_segments_and_octets()
    {
        using AccurateEcnRig rig = AccurateEcnRig.Established(isServer: true);
        (byte Ecn, int Length, string Answer)[] arrivals =
        [
            (2, 1000, "[ect0] 5. 1:1(0) ECN 1 0 1001"),
            (3, 1000, "[ect0] 6. 1:1(0) ECN 1 1000 1001"),
            (3, 500, "[ect0] 7. 1:1(0) ECN 1 1500 1001"),
            (1, 100, "[ect0] 7. 1:1(0) ECN 101 1500 1001"),
            (3, 100, "[ect0] . 1:1(0) ECN 101 1600 1001"),
            (0, 100, "[ect0] . 1:1(0) ECN 101 1600 1001"),
        ];
        foreach ((byte ecn, int length, string answer) in arrivals)
        {
            rig.Receive(TcpFlags.Ack, 5, 1, length, ecn: ecn);
            Assert.Equal([answer], rig.Sent());
        }

        Assert.Equal((3u, 1600u, 1001u - 1, 100u), (rig.Info.ReceivedCe, rig.Info.ReceivedCeBytes, rig.Info.ReceivedEct0Bytes, rig.Info.ReceivedEct1Bytes));
        Assert.True(rig.Info.Options.HasFlag(TcpInfoOptions.EcnSeen | TcpInfoOptions.Ecn));
    }

    // §3.2.2.5.1: a change is told of at once, however well acknowledgments are delayed.
    [Fact]
    public void A_change_of_marks_is_acknowledged_at_once()
    {
        using AccurateEcnRig rig = AccurateEcnRig.Established(isServer: true);
        rig.Receive(TcpFlags.Ack, 5, 1, 1000, ecn: 2);
        rig.Write(1);
        rig.Sent();
        for (int i = 0; i < 60; i++)
        {
            rig.Receive(TcpFlags.Ack, 5, 2, 1000, ecn: 2);
            rig.Pass(300);
        }

        rig.Write(1);
        rig.Sent();
        rig.Receive(TcpFlags.Ack, 5, 3, 10, ecn: 2);
        int waiting = rig.Sent().Length;
        rig.Receive(TcpFlags.Ack, 5, 3, 10, ecn: 3);
        Assert.Single(rig.Sent());
        Assert.InRange(waiting, 0, 1);
    }

    [Fact]
    public void Marks_on_bare_acknowledgments_are_counted_and_not_answered_by_themselves()
    {
        using AccurateEcnRig rig = AccurateEcnRig.Established(isServer: true);
        for (int i = 0; i < 4; i++) rig.Receive(TcpFlags.Ack, 5, 1, ecn: 3);
        Assert.Empty(rig.Sent());
        rig.Receive(TcpFlags.Ack, 5, 1, 10, ecn: 3);
        Assert.Equal(["[ect0] 2. 1:1(0) ECN 1 10 1"], rig.Sent());
    }

    [Fact]
    public void Told_marks_reduce_the_window_once_a_round_trip_and_nothing_says_CWR()
    {
        using AccurateEcnRig rig = AccurateEcnRig.Established(isServer: false);
        rig.Write(30_000);
        rig.Sent();
        rig.Pass(100);
        rig.Receive(TcpFlags.Ack, 6, 2897);
        Assert.Equal((1, 7), (rig.Info.DeliveredCe, rig.Info.SlowStartThreshold));
        Assert.Equal(CongestionState.Cwr, rig.Tcb.Recovery.State);
        rig.Receive(TcpFlags.Ack, 7, 5793);
        Assert.Equal((2, 7), (rig.Info.DeliveredCe, rig.Info.SlowStartThreshold));
        Assert.All(rig.Sent(), line => Assert.Contains("5. ", line, StringComparison.Ordinal));
    }

    [Fact]
    public void What_the_peer_tells_of_octets_is_kept()
    {
        using AccurateEcnRig rig = AccurateEcnRig.Established(isServer: false);
        rig.Write(2000);
        rig.Sent();
        rig.Receive(TcpFlags.Ack, 6, 2001, options: "ae0b0000010003e80003e901");
        Assert.Equal((1000u, 1000u, 0u), (rig.Info.DeliveredCeBytes, rig.Info.DeliveredEct0Bytes, rig.Info.DeliveredEct1Bytes));
        rig.Write(2000);
        rig.Sent();
        rig.Receive(TcpFlags.Ack, 6, 4001, options: "ac050003e9010101");      // order 0, one counter
        Assert.Equal((1000u, 1000u), (rig.Info.DeliveredCeBytes, rig.Info.DeliveredEct0Bytes));
        byte[] raw = new byte[TcpInfo.Length];
        rig.Info.Write(raw);
        Assert.Equal("e8030000" + "e8030000", Convert.ToHexStringLower(raw.AsSpan(256, 8)));
        Assert.Equal(2 | (2 << 2), raw[276]);
    }

    [Fact]
    public void A_first_ACK_of_data_that_says_zero_ends_ECT()
    {
        using AccurateEcnRig rig = AccurateEcnRig.Established(isServer: false);
        rig.Write(1000);
        rig.Sent();
        rig.Receive(TcpFlags.Ack, 0, 1001);
        rig.Write(10);
        Assert.Equal(["P5. 1001:1011(10) ECN 1 0 1"], rig.Sent());
        Assert.Equal((0, 2 | 8), (rig.Info.DeliveredCe, rig.Info.EcnFailures));
    }

    [Fact]
    public void Segments_leave_room_for_the_option()
    {
        using AccurateEcnRig rig = AccurateEcnRig.Established(isServer: false);
        rig.Write(3000);
        Assert.Equal(["[ect0] 5. 1:1449(1448) ECN 1 0 1", "[ect0] P5. 1449:2897(1448) ECN 1 0 1"], rig.Sent()[..2]);
        Assert.All(rig.Take(), s => Assert.True(s.PacketLength <= 1500));
    }

    [Fact]
    public void Bursts_of_segments_all_have_the_counter()
    {
        using AccurateEcnRig rig = AccurateEcnRig.Established(isServer: false);
        rig.Receive(TcpFlags.Ack, 5, 1, 100, ecn: 3);      // 6: CWR is one of its bits
        rig.Sent();
        rig.Write(8000);
        Assert.All(rig.Sent(), line => Assert.Contains("6. ", line, StringComparison.Ordinal));
    }

    [Fact]
    public void Holes_go_before_the_option_which_shrinks()
    {
        using AccurateEcnRig rig = AccurateEcnRig.Established(isServer: true);
        for (uint i = 0; i < 4; i++) rig.Receive(TcpFlags.Ack, 5, 1, 100, ecn: 2, seq: 1001 + (200 * i));
        string[] sent = rig.Sent();
        Assert.Equal(
            [
                "[ect0] 5. 1:1(0) ECN 1 0 101 sack1", "[ect0] 5. 1:1(0) ECN 1 0 201 sack2",
                "[ect0] 5. 1:1(0) ECN 1 0 301 sack3", "[ect0] 5. 1:1(0) ECN 1 0 401 sack3",      // a fourth block has no room
            ],
            sent);
    }

    [Fact]
    public void Sparing_use_leaves_the_option_out_while_nothing_changes()
    {
        using AccurateEcnRig rig = AccurateEcnRig.Established(isServer: true, configure: s => (s.EcnOption, s.EcnOptionBeacon) = (TcpEcnOptionUse.Sparingly, 0));
        string[] expected = ["ECN 1 0 101", "ECN 1 0 201", "", "", "ECN 1 100 401", "ECN 1 200 401", "ECN 1 200 501", "ECN 1 200 601", ""];
        byte[] marks = [2, 2, 2, 2, 3, 3, 2, 2, 2];
        for (int i = 0; i < marks.Length; i++)
        {
            rig.Receive(TcpFlags.Ack, 5, 1, 100, ecn: marks[i]);
            string line = Assert.Single(rig.Sent());
            Assert.Equal(expected[i], line.Contains("ECN", StringComparison.Ordinal) ? line[line.IndexOf("ECN", StringComparison.Ordinal)..] : "");
        }
    }

    [Fact]
    public void The_option_is_given_up_when_what_it_went_with_comes_again_and_again()
    {
        using AccurateEcnRig rig = AccurateEcnRig.Established(isServer: true);
        rig.Receive(TcpFlags.Ack, 5, 1, 100, ecn: 2);
        for (int i = 0; i < 2; i++) rig.Receive(TcpFlags.Ack, 5, 1, 100, ecn: 2, seq: 1);
        Assert.All(rig.Sent()[..2], line => Assert.Contains("ECN", line, StringComparison.Ordinal));
        rig.Receive(TcpFlags.Ack, 5, 1, 100, ecn: 2);
        Assert.DoesNotContain("ECN", Assert.Single(rig.Sent()), StringComparison.Ordinal);
        Assert.Equal(4, rig.Info.EcnFailures);
    }
}
