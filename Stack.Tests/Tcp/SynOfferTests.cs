using UserNet.Tcp;
using UserNet.Wire;
using Xunit;

namespace UserNet.Tests.Tcp;

public sealed class SynOfferTests
{
    private static readonly SynOffer Full = new() { Mss = 1460, WindowScale = 10, Sack = true, Timestamps = true };

    // What Linux 6.18 sent with all options, and with some of them switched off.
    [Theory]
    [InlineData("020405b40402080a93882b71000000000103030a", true, true, true)]
    [InlineData("020405b4010104020103030a", true, false, true)]
    [InlineData("020405b40103030a", false, false, true)]
    [InlineData("020405b4", false, false, false)]
    [InlineData("020405b40101080a93882b7100000000", false, true, false)]
    [InlineData("020405b40101080a93882b71000000000103030a", false, true, true)]
    [InlineData("020405b40402080a93882b7100000000", true, true, false)]
    [InlineData("020405b401010402", true, false, false)]
    public void As_Linux_does_each_option_ends_at_a_words_end(string hex, bool sack, bool timestamps, bool scale) =>
        Assert.Equal(hex, Write(TcpProfile.Linux, Part(sack, timestamps, scale), 0x93882b71, 0));

    [Theory]
    [InlineData("020405b40103030a0402080a93882b7100000000", true, true, true)]
    [InlineData("020405b4" + "0402" + "0000", true, false, false)]
    [InlineData("020405b4", false, false, false)]
    [InlineData("020405b40103030a", false, false, true)]
    [InlineData("020405b40103030a04020000", true, false, true)]
    [InlineData("020405b40402080a93882b7100000000", true, true, false)]
    public void As_FreeBSD_does_what_is_left_is_filled_at_the_end(string hex, bool sack, bool timestamps, bool scale) =>
        Assert.Equal(hex, Write(TcpProfile.FreeBsd, Part(sack, timestamps, scale), 0x93882b71, 0));

    // Of a SYN-ACK with Accurate ECN: the counters stand at 1, 0 and 1.
    [Theory]
    [InlineData("020405b4ae0b000001000000000001" + "01" + "01010402" + "0103030a", true, false, true)]
    [InlineData("020405b40402080a93882b7100000000ae0b000001000000000001" + "01" + "0103030a", true, true, true)]
    [InlineData("020405b4ae0b00000100000000000101", false, false, false)]
    [InlineData("020405b4ae0b000001000000000001" + "01" + "0103030a", false, false, true)]
    public void As_Linux_does_the_option_of_Accurate_ECN_stands_before_the_window_scale(string hex, bool sack, bool timestamps, bool scale) =>
        Assert.Equal(hex, Write(TcpProfile.Linux, Part(sack, timestamps, scale) with { HasEcnOption = true }, 0x93882b71, 0));

    // Fast Open's cookie goes before it: what room is left decides how many counters there are.
    [Theory]
    [InlineData("", "ae0b00000100000000000101", "22020101")]
    [InlineData("3021b9d889017eeb", "ae08000001000000", "220a3021b9d889017eeb0101")]
    [InlineData("000102030405060708090a0b", "ae05000001", "220e000102030405060708090a0b0101")]
    [InlineData("000102030405060708090a0b0c0d0e0f", "", "2212000102030405060708090a0b0c0d0e0f0101")]
    public void The_option_of_Accurate_ECN_takes_the_room_that_a_cookie_leaves(string cookie, string option, string fastOpen)
    {
        SynOffer offer = Full with { HasEcnOption = true, FastOpen = FastOpenKind.Standard, Cookie = Cookie(cookie) };
        string scale = option.Length == 10 ? "03030a" : "0103030a";      // the last octet of a short one stands where the no-operation does
        Assert.Equal("020405b40402080a0000000100000000" + option + scale + fastOpen, Write(TcpProfile.Linux, offer, 1, 0));
    }

    // mss, sackOK, TS, nop, wscale, FO, nop, nop: the cookie comes last.
    [Theory]
    [InlineData(1, "", "22020101")]
    [InlineData(1, "abcd1234", "2206abcd12340101")]
    [InlineData(1, "3021b9d889017eeb", "220a3021b9d889017eeb0101")]
    [InlineData(2, "", "fe04f989")]
    [InlineData(2, "3021b9d889017eeb", "fe0cf9893021b9d889017eeb")]
    [InlineData(2, "000102030405060708090a0b0c0d0e0f", "fe14f989000102030405060708090a0b0c0d0e0f")]
    public void A_Fast_Open_cookie_comes_last(int kind, string cookie, string expected)
    {
        SynOffer offer = Full with { FastOpen = (FastOpenKind)kind, Cookie = Cookie(cookie) };
        Assert.Equal("020405b40402080a00000001000000000103030a" + expected, Write(TcpProfile.Linux, offer, 1, 0));
    }

    [Theory]
    [InlineData("", "22020000")]
    [InlineData("abcd1234", "2206abcd12340000")]
    [InlineData("000102030405060708090a0b0c0d0e0f", "2212000102030405060708090a0b0c0d0e0f0000")]
    public void A_Fast_Open_cookie_of_FreeBSD_is_filled_up_with_ends(string cookie, string expected)
    {
        SynOffer offer = Full with { FastOpen = FastOpenKind.Standard, Cookie = Cookie(cookie) };
        Assert.Equal("020405b40103030a0402080a0000000100000000" + expected, Write(TcpProfile.FreeBsd, offer, 1, 0));
    }

    [Fact]
    public void Nothing_to_say_takes_no_room()
    {
        Assert.Equal("", Write(TcpProfile.Linux, default, 1, 2));
        Assert.Equal("", Write(TcpProfile.FreeBsd, default, 1, 2));      // TCP_NOOPT
    }

    [Fact]
    public void An_answer_has_only_what_was_offered()
    {
        SynOffer own = Full with { Ecn = true };
        for (int bits = 0; bits < 16; bits++)
        {
            SynOffer peer = Part((bits & 1) != 0, (bits & 2) != 0, (bits & 4) != 0) with
            {
                Mss = 536,
                Ecn = (bits & 8) != 0,
                FastOpen = FastOpenKind.Standard,
                Cookie = Cookie("abcd1234"),
            };
            SynOffer answer = own.AnswerTo(peer);
            Assert.Equal(new SynOffer
            {
                Mss = 1460,
                Sack = peer.Sack,
                Timestamps = peer.Timestamps,
                WindowScale = peer.WindowScale is null ? null : 10,
                Ecn = peer.Ecn,
            }, answer);
            Assert.Equal(AgreedOptions.Of(own, peer), AgreedOptions.Of(answer, peer));
        }

        Assert.Equal("020405b404020000", Write(TcpProfile.FreeBsd, own.AnswerTo(new SynOffer { Mss = 1460, Sack = true }), 1, 2));
        Assert.Equal("020405b4", Write(TcpProfile.Linux, own.AnswerTo(default), 1, 2));
    }

    [Fact]
    public void What_is_written_is_read_again()
    {
        foreach (TcpProfile profile in (TcpProfile[])[TcpProfile.Linux, TcpProfile.FreeBsd])
        {
            for (int bits = 0; bits < 8; bits++)
            {
                foreach (string cookie in (string[])["", "abcd1234", "000102030405060708090a0b0c0d0e0f"])
                {
                    SynOffer offer = Part((bits & 1) != 0, (bits & 2) != 0, (bits & 4) != 0) with
                    {
                        Mss = 1440,
                        FastOpen = FastOpenKind.Standard,
                        Cookie = Cookie(cookie),
                    };
                    byte[] octets = new byte[40];
                    int length = offer.Write(octets, profile, 5, 6);
                    Assert.Equal(0, length % 4);
                    Assert.True(TcpOptionValues.Read(octets.AsSpan(0, length), out TcpOptionValues values));
                    Assert.Equal(offer, SynOffer.From(values, TcpFlags.Syn));
                }
            }
        }
    }

    [Theory]
    [InlineData(TcpFlags.Syn, false)]
    [InlineData(TcpFlags.Syn | TcpFlags.Ece, false)]
    [InlineData(TcpFlags.Syn | TcpFlags.Cwr, false)]
    [InlineData(TcpFlags.Syn | TcpFlags.Ece | TcpFlags.Cwr, true)]
    [InlineData(TcpFlags.Syn | TcpFlags.Ack, false)]
    [InlineData(TcpFlags.Syn | TcpFlags.Ack | TcpFlags.Ece, true)]
    [InlineData(TcpFlags.Syn | TcpFlags.Ack | TcpFlags.Cwr, false)]
    [InlineData(TcpFlags.Syn | TcpFlags.Ack | TcpFlags.Ece | TcpFlags.Cwr, false)]      // RFC 3168 §6.1.1: an echo of all bits is none
    public void ECN_is_offered_by_two_flags_and_taken_by_one(TcpFlags flags, bool ecn)
    {
        TcpOptionValues.Read(default, out TcpOptionValues values);
        SynOffer offer = SynOffer.From(values, flags);
        Assert.Equal(ecn, offer.Ecn);
        if (ecn) Assert.Equal(flags & (TcpFlags.Ece | TcpFlags.Cwr), offer.EcnFlags(flags.HasFlag(TcpFlags.Ack)));
    }

    [Theory]
    [InlineData("2203ab")]
    [InlineData("2204abcd")]
    [InlineData("2207abcdefabcd")]
    [InlineData("22140102030405060708090a0b0c0d0e0f101112")]
    public void A_cookie_of_a_length_that_cant_be_is_none(string hex)
    {
        Assert.True(TcpOptionValues.Read(Convert.FromHexString(hex), out TcpOptionValues values));
        SynOffer offer = SynOffer.From(values, TcpFlags.Syn);
        Assert.True(offer.HasBadCookie && offer.Cookie.IsEmpty);
        Assert.Equal(FastOpenKind.Standard, offer.FastOpen);
    }

    [Fact]
    public void Both_must_scale_and_a_silent_peer_takes_536_octets_or_1220()
    {
        AgreedOptions agreed = AgreedOptions.Of(Full, new SynOffer { WindowScale = 0, Sack = true });
        Assert.Equal(new AgreedOptions { Mss = 536, Scaling = true, SendScale = 0, ReceiveScale = 10, Sack = true }, agreed);
        Assert.Equal(1220, AgreedOptions.Of(Full, default, AgreedOptions.DefaultMssV6).Mss);
        Assert.Equal(new AgreedOptions { Mss = 9000 }, AgreedOptions.Of(Full, new SynOffer { Mss = 9000 }));
        Assert.Equal(new AgreedOptions { Mss = 1460 }, AgreedOptions.Of(default, Full));
    }

    private static SynOffer Part(bool sack, bool timestamps, bool scale) =>
        new() { Mss = 1460, Sack = sack, Timestamps = timestamps, WindowScale = scale ? 10 : null };

    private static FastOpenCookie Cookie(string hex)
    {
        Assert.True(FastOpenCookie.TryFrom(Convert.FromHexString(hex), out FastOpenCookie cookie));
        Assert.Equal(hex, cookie.ToString());
        return cookie;
    }

    private static string Write(TcpProfile profile, in SynOffer offer, uint timestamp, uint echo)
    {
        byte[] octets = new byte[40];
        int length = offer.Write(octets, profile, timestamp, echo);
        return Convert.ToHexStringLower(octets.AsSpan(0, length));
    }
}
