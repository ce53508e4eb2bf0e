using UserNet.Addressing;
using UserNet.Doors;
using UserNet.Ip;
using UserNet.Wire;
using Xunit;
using static UserNet.Doors.DropReason;

namespace UserNet.Tests.Ip;

public sealed class Ipv4OptionProcessingTests : IDisposable
{
    private const string About = "about 10.9.0.1>10.9.0.2";
    private readonly InputRig _rig = new();

    public void Dispose() => _rig.Dispose();

    [Theory]
    [InlineData("01010101", None, null)]
    [InlineData("94040000", None, null)]
    [InlineData("99040000", None, null)]                                     // not known: ignored
    [InlineData("000000ff", None, null)]                                     // what follows the end of the list is nothing
    [InlineData("88040001", None, null)]                                     // a stream identifier is
    [InlineData("070704000000000000000000", None, null)]
    [InlineData("940500000000", IpBadOption, "12/0 15000000")]
    [InlineData("99", IpBadOption, "12/0 14000000")]                         // padded: its length is 0
    [InlineData("01019900", IpBadOption, "12/0 16000000")]
    [InlineData("010199ff", IpBadOption, "12/0 16000000")]
    [InlineData("0702", IpBadOption, "12/0 15000000")]
    [InlineData("07070300000000", IpBadOption, "12/0 16000000")]             // a pointer into the header
    [InlineData("07070600000000", IpBadOption, "12/0 16000000")]             // room, but not for an address
    [InlineData("0707040000000001" + "0707040000000001", IpBadOption, "12/0 1c000000")]      // twice
    [InlineData("440c04000000000000000000", IpBadOption, "12/0 16000000")]
    [InlineData("440c05020000000000000000", IpBadOption, "12/0 17000000")]   // no such kind
    [InlineData("440c0df00000000000000000", IpBadOption, "12/0 17000000")]   // the sixteenth who finds no room
    [InlineData("440c0de00000000000000000", None, null)]
    [InlineData("4403" + "05", IpBadOption, "12/0 15000000")]
    [InlineData("8307040a00000100", IpSourceRoute, "3/5 0")]
    [InlineData("8907040a00000100", IpSourceRoute, "3/5 0")]
    [InlineData("8307080a00000100", IpSourceRoute, null)]                    // it has passed by all
    [InlineData("83", IpBadOption, "12/0 14000000")]
    [InlineData("8302", IpSourceRoute, null)]
    public void Options_are_read_to_the_end(string options, DropReason expected, string? error)
    {
        byte[] packet = InputRig.V4("10.9.0.1", "10.9.0.2", [1, 2, 3, 4, 5, 6, 7, 8], options: options);
        Received received = _rig.Receive(packet);
        Assert.Equal(expected, received.Reason);
        string? sent = InputRig.ErrorBy(_rig.Left);
        Assert.Equal(error is null ? null : $"10.9.0.2>10.9.0.1 {error} {About}", sent);
        Assert.Equal(error is null, sent is null);
    }

    [Theory]
    [InlineData("10.9.0.255")]
    [InlineData("224.0.0.1")]
    public void No_error_is_sent_about_what_came_to_many(string to)
    {
        Assert.Equal(IpBadOption, _rig.Receive(InputRig.V4("10.9.0.1", to, [1], options: "9900")).Reason);
        Assert.Equal(IpSourceRoute, _rig.Receive(InputRig.V4("10.9.0.1", to, [1], options: "8307040a00000100")).Reason);
        Assert.Null(InputRig.ErrorBy(_rig.Left));
    }

    [Fact]
    public void Bad_options_of_a_martian_are_none_of_our_business()
    {
        Assert.Equal(IpMartianSource, _rig.Receive(InputRig.V4("127.0.0.1", "10.9.0.2", [1], options: "9900")).Reason);
        Assert.Equal(IpNotForUs, _rig.Receive(InputRig.V4("10.9.0.1", "10.9.0.7", [1], options: "9900")).Reason);
        Assert.Null(InputRig.ErrorBy(_rig.Left));
    }

    [Fact]
    public void A_router_alert_is_noted()
    {
        Assert.True(_rig.Receive(InputRig.V4("10.9.0.1", "224.0.0.1", [1], options: "94040000")).HasRouterAlert);
        Assert.False(_rig.Receive(InputRig.V4("10.9.0.1", "224.0.0.1", [1], options: "01010101")).HasRouterAlert);
    }

    [Theory]
    [InlineData("070b040000000000000000" + "00", "070b080a09000200000000" + "00")]           // a route of two
    [InlineData("070b0c0a0000010a000002" + "00", "070b0c0a0000010a000002" + "00")]           // full
    [InlineData("440c0501" + "0000000000000000", "440c0d01" + "0a090002800003e8")]           // address and time
    [InlineData("44080500" + "00000000", "44080900" + "800003e8")]                           // time alone
    [InlineData("44080900" + "00000000", "44080910" + "00000000")]                           // full: counted
    [InlineData("440c0503" + "0a080002" + "00000000", "440c0d03" + "0a080002" + "800003e8")] // asked of another address of ours
    [InlineData("440c0503" + "0a080003" + "00000000", "440c0503" + "0a080003" + "00000000")] // asked of somebody else
    [InlineData("94040000" + "0707040000000000", "94040000" + "0707080a09000200")]
    public void On_arrival_the_host_is_written_into_what_records_the_way(string came, string expected)
    {
        _rig.Clock.Advance(TimeSpan.FromSeconds(1));
        byte[] packet = InputRig.V4("10.9.0.1", "10.9.0.2", [1, 2, 3], options: came);
        byte[] before = [.. packet];
        Received received = _rig.Receive(packet);
        Assert.Equal(expected, Convert.ToHexStringLower(received.Options));
        Assert.Equal(before, packet);      // which is lent
    }

    [Fact]
    public void A_packet_for_many_records_the_address_of_the_interface()
    {
        Received received = _rig.Receive(InputRig.V4("10.9.0.1", "224.0.0.1", [1], options: "07070400000000"));
        Assert.Equal("0707080a09000200", Convert.ToHexStringLower(received.Options));
    }

    [Fact]
    public void The_options_of_a_fragmented_packet_are_those_of_its_first_fragment()
    {
        _rig.Receive(InputRig.V4("10.9.0.1", "10.9.0.2", new byte[8], id: 5, offset: 8, options: "94040000"));
        Received whole = _rig.Receive(InputRig.V4("10.9.0.1", "10.9.0.2", new byte[8], id: 5, more: true, options: "07070400000000"));
        Assert.True(whole.IsWhole);
        Assert.False(whole.HasRouterAlert);
        Assert.Equal("0707080a09000200", Convert.ToHexStringLower(whole.Options));
    }

    [Theory]
    [InlineData("", "")]
    [InlineData("94040000", "")]
    [InlineData("94040000" + "0707080a090002" + "00", "0707080a09000200")]
    [InlineData("01" + "0707080a090002" + "44080900800003e8", "0707080a09000244080900800003e800")]
    public void An_echo_reply_carries_what_records_the_way(string arrived, string expected)
    {
        byte[] copy = new byte[Ipv4Options.MaxLength];
        copy.AsSpan().Fill(0xEE);
        int length = Ipv4OptionProcessing.CopyForEcho(Convert.FromHexString(arrived), copy);
        Assert.Equal(expected, Convert.ToHexStringLower(copy[..length]));
    }

    [Fact]
    public void No_options_whatever_they_are_make_it_stumble()
    {
        Random random = TestSettings.Random(711);
        byte[] options = new byte[40], copy = new byte[40];
        byte[] favoured = [0, 1, 7, 68, 131, 137, 148];
        for (int i = 0; i < TestSettings.Count(50_000, 1_000_000); i++)
        {
            Span<byte> some = options.AsSpan(0, random.Next(11) * 4);
            random.NextBytes(some);
            for (int at = 0; at < some.Length; at += 1 + random.Next(12))
            {
                some[at] = favoured[random.Next(favoured.Length)];
                if (at + 2 < some.Length) (some[at + 1], some[at + 2]) = ((byte)random.Next(16), (byte)random.Next(16));
            }

            DropReason reason = Ipv4OptionProcessing.Check(some, out Ipv4OptionFacts facts);
            if (reason == IpBadOption) Assert.InRange(facts.FaultAt, Ipv4Header.Length, Ipv4Header.Length + some.Length);
            Ipv4OptionProcessing.Record(some, _rig.Stack.Host, InetAddress.Parse("10.9.0.2"), _rig.Core.Now);
            if (reason == None) Assert.Equal(-1, Ipv4Options.FaultIn(some));
            Assert.InRange(Ipv4OptionProcessing.CopyForEcho(some, copy), 0, some.Length);
        }
    }
}
