using UserNet.Addressing;
using UserNet.Buffers;
using UserNet.Tap;
using Xunit;

namespace UserNet.Tests.Tap;

public sealed class OffloadGuessTests
{
    private const int Ethernet = TestFrames.EthernetLength;

    [Fact]
    public void An_open_checksum_is_seen_by_its_value_and_a_complete_one_is_left()
    {
        byte[] frame = Framed(TestFrames.Udp4("10.0.0.1", "10.0.0.2", 9, [1, 2, 3]));
        Assert.Equal(default, OffloadGuess.Of(frame, 1500));    // no checksum at all

        // The pseudo-header's words: 0a00 + 0001 + 0a00 + 0002 + 0011 (UDP) + 000b (length).
        frame[Ethernet + 26] = 0x14;
        frame[Ethernet + 27] = 0x1F;
        PacketOffload facts = OffloadGuess.Of(frame, 1500);
        Assert.Equal((true, true, 34, 6), (facts.NeedsChecksum, facts.ChecksumIsGood, facts.ChecksumStart, facts.ChecksumOffset));
        byte[] tagged = [.. frame[..12], 0x81, 0x00, 0x00, 0x05, .. frame[12..]];
        Assert.Equal(38, OffloadGuess.Of(tagged, 1500).ChecksumStart);

        frame[Ethernet + 27] ^= 1;
        Assert.Equal(default, OffloadGuess.Of(frame, 1500));
    }

    [Fact]
    public void No_frame_whatever_it_says_is_an_error()
    {
        Random random = TestSettings.Random(11);
        byte[] good = Framed(TestFrames.Udp4("10.0.0.1", "10.0.0.2", 9, new byte[40]));
        for (int i = 0; i < TestSettings.Count(100_000, 5_000_000); i++)
        {
            byte[] frame = good[..random.Next(good.Length + 1)];
            for (int changes = random.Next(6); changes > 0 && frame.Length > 0; changes--) frame[random.Next(frame.Length)] = (byte)random.Next(256);
            if (frame.Length > Ethernet && random.Next(3) == 0) (frame[12], frame[13], frame[14]) = (0x86, 0xDD, 0x60);
            if (frame.Length > 23 && random.Next(3) == 0) frame[23] = 6;
            PacketOffload facts = OffloadGuess.Of(frame, random.Next(68, 9000));
            if (facts.NeedsChecksum) Assert.InRange(facts.ChecksumStart + facts.ChecksumOffset + 2, 0, frame.Length);
        }
    }

    private static byte[] Framed(byte[] packet)
    {
        byte[] frame = TestFrames.Ethernet(MacAddress.Broadcast, MacAddress.FromBits(0x020000000001), 0x0800, Ethernet + packet.Length);
        packet.CopyTo(frame, Ethernet);
        return frame;
    }
}
