using System.Buffers.Binary;
using UserNet.Buffers;
using UserNet.Capture;
using UserNet.Doors;
using UserNet.Link;
using UserNet.Replay;
using UserNet.Simulation;
using UserNet.Tests.Infrastructure;
using Xunit;

namespace UserNet.Tests.Replay;

/// <summary>Reading sessions, and files that are none.</summary>
public sealed class RecordedSessionTests
{
    private const long Time = 1_700_000_000_000_000_000;

    [Fact]
    public void Frames_come_in_order_with_their_times_directions_verdicts_and_bursts()
    {
        byte[] file = Write(static (writer, at) =>
        {
            int eth0 = writer.AddInterface("eth0", LinkMedium.Ip);
            writer.Write(eth0, at, [0x45], PacketDirection.Outbound);
            writer.Write(eth0, at + 500, [1, 2], PacketDirection.Inbound, "dropped: IpBadChecksum; TcpV4, stands for segments of 1448 octets");
            writer.Write(eth0, at - 1, [3], PacketDirection.Inbound, "dropped: by nobody\nwhatever");
        });
        RecordedSession session = Read(file);
        Assert.Equal(("eth0", LinkMedium.Ip, 1, 1), (session.Name, session.Medium, session.OutboundCount, session.BentTimes));
        Assert.Equal(DateTimeOffset.UnixEpoch.AddTicks(Time / 100), session.Start);
        Assert.Equal(
            [(1, Time, PacketDirection.Outbound, DropReason.None), (2, Time + 500, PacketDirection.Inbound, DropReason.IpBadChecksum), (3, Time + 500, PacketDirection.Inbound, DropReason.None)],
            session.Frames.Select(static one => (one.Number, one.Nanoseconds, one.Direction, one.Verdict)));
        Assert.Equal(new PacketOffload { SegmentKind = SegmentKind.TcpV4, SegmentSize = 1448 }, session.Frames[1].Offload);
        Assert.Equal([1, 2], session.Frames[1].Octets.ToArray());
    }

    [Fact]
    public void What_a_capturing_link_says_of_bursts_and_drops_is_understood()
    {
        byte[] file = Write(static (writer, _) =>
        {
            TestLink inner = new();
            ManualClock clock = new();
            using CapturingLink link = new(inner, writer, "t0", clock);
            link.Start(new Dropping());
            var offload = new PacketOffload { SegmentKind = SegmentKind.TcpV4, SegmentSize = 1000 };
            link.Send([new LinkFrame(new byte[60], offload)]);
            inner.ReceiveAll([new LinkFrame(new byte[70], offload)]);
        });
        RecordedSession session = Read(file);
        Assert.True(session.TakesBursts);
        Assert.Equal([DropReason.None, DropReason.FrameBadOffload], session.Frames.Select(static one => one.Verdict));
        Assert.All(session.Frames, static one => Assert.Equal(1000, one.Offload.SegmentSize));
    }

    [Fact]
    public void One_of_several_interfaces_is_chosen_by_its_name()
    {
        byte[] file = Write(static (writer, at) =>
        {
            writer.Write(writer.AddInterface("a", LinkMedium.Ethernet), at, [1], PacketDirection.Inbound);
            int wire = writer.AddInterface("b", LinkMedium.Ip);
            writer.Write(wire, at, [2], PacketDirection.Outbound);
            writer.Write(writer.AddInterface("wire", LinkMedium.Ip), at, [3]);
        });
        Assert.Equal([2], Assert.Single(Read(file, "b").Frames).Octets.ToArray());
        Assert.Equal("The recording has 3 interfaces, a, b, wire: say which.", Refusal(file));
        Assert.Equal("The recording has no interface c; it has a, b, wire.", Refusal(file, "c"));
        Assert.Equal("Packet 3 has no direction: whether the host sent it is not known.", Refusal(file, "wire"));
    }

    [Fact]
    public void What_cannot_be_replayed_is_refused_with_the_reason()
    {
        byte[] one = Write(static (writer, at) => writer.Write(writer.AddInterface("eth0", LinkMedium.Ip), at, [1, 2, 3, 4], PacketDirection.Inbound));
        int description = BinaryPrimitives.ReadInt32LittleEndian(one.AsSpan(4));
        int packet = description + BinaryPrimitives.ReadInt32LittleEndian(one.AsSpan(description + 4));
        byte[] other = [.. one], cut = [.. one];
        other[description + 8] = 113;
        cut[packet + 24] = 5;
        Assert.Equal("eth0 is of link type 113; Ethernet (1) and IP (101) can be replayed.", Refusal(other));
        Assert.Equal("Packet 1 was cut off: 4 of its 5 octets are there.", Refusal(cut));

        byte[] simple = [.. one[..packet], 3, 0, 0, 0, 16 + 4, 0, 0, 0, 4, 0, 0, 0, 1, 2, 3, 4, 20, 0, 0, 0];
        Assert.Equal("Packet 1 has no direction: whether the host sent it is not known.", Refusal(simple));
        Assert.Equal("The recording has no frames of eth0.", Refusal(one[..packet]));
        Assert.Equal("The recording has no interfaces.", Refusal(one[..description]));
        Assert.Equal("The recording has no interfaces.", Refusal([]));

        byte[] late = Write(static (writer, at) =>
        {
            int eth0 = writer.AddInterface("eth0", LinkMedium.Ip);
            writer.Write(eth0, 0, [1], PacketDirection.Inbound);
            writer.Write(eth0, at, [2], PacketDirection.Inbound);
        });
        Assert.Equal("The first and the last frame are 19676 days apart; 366 can be replayed.", Refusal(late));
    }

    [Fact]
    public void A_file_that_is_cut_anywhere_is_refused_or_shorter()
    {
        byte[] whole = ReplayRig.RecordFile(42)[..4000];
        int refused = 0;
        for (int length = 0; length < whole.Length; length++)
        {
            try
            {
                Assert.NotEmpty(Read(whole[..length]).Frames);
            }
            catch (Exception e) when (e is PcapngException or RecordingException)
            {
                refused++;
            }
        }

        Assert.True(refused > 3000, $"{refused} were refused.");
    }

    [Fact]
    public void Octets_at_random_are_refused_or_read_but_never_more()
    {
        byte[] whole = ReplayRig.RecordFile(42);
        Random random = TestSettings.Random(21);
        for (int i = 0; i < TestSettings.Count(200, 20_000); i++)
        {
            byte[] file = whole[..random.Next(1, 20_000)];
            for (int flips = random.Next(1, 30); flips > 0; flips--) file[random.Next(file.Length)] = (byte)random.Next(256);
            try
            {
                Assert.NotEmpty(Read(file).Frames);
            }
            catch (Exception e) when (e is PcapngException or RecordingException)
            {
                Assert.NotEmpty(e.Message);
            }
        }
    }

    private static byte[] Write(Action<PcapngWriter, long> write)
    {
        using MemoryStream file = new();
        using (PcapngWriter writer = new(file, leaveOpen: true)) write(writer, Time);
        return file.ToArray();
    }

    private static RecordedSession Read(byte[] file, string? name = null) => RecordedSession.Read(new MemoryStream(file), name);

    private static string Refusal(byte[] file, string? name = null) => Assert.Throws<RecordingException>(() => Read(file, name)).Message;

    private sealed class Dropping : IFrameSink
    {
        public void OnFrames(ReadOnlySpan<LinkFrame> frames, Span<DropReason> verdicts) => verdicts.Fill(DropReason.FrameBadOffload);

        public void OnWritable()
        {
        }

        public void OnClosed(Exception? failure)
        {
        }
    }
}
