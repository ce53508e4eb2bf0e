using UserNet.Addressing;
using UserNet.Binding;
using UserNet.Ip;
using Xunit;
using static UserNet.Tests.Ip.Asking;

namespace UserNet.Tests.Ip;

public sealed class SourceSelectionTests
{
    // RFC 6724 §10.1, all but the sixth, which is of home and care-of addresses; d marks a deprecated, t a temporary address. The result
    // that the RFC prints with the first, 2001:db8::1, is none of the candidates: it means 2001:db8:3::1.
    [Theory]
    [InlineData("2001:db8:1::1", "2001:db8:3::1", "fe80::1", "2001:db8:3::1")]
    [InlineData("ff05::1", "2001:db8:3::1", "fe80::1", "2001:db8:3::1")]
    [InlineData("2001:db8:1::1", "2001:db8:1::1 d", "2001:db8:2::1", "2001:db8:1::1")]
    [InlineData("fe80::1", "fe80::2 d", "2001:db8:1::1", "fe80::2")]
    [InlineData("2001:db8:1::1", "2001:db8:1::2", "2001:db8:3::2", "2001:db8:1::2")]
    [InlineData("2002:c633:6401::1", "2002:c633:6401::d5e3:7953:13eb:22e8 t", "2001:db8:1::2",
        "2002:c633:6401::d5e3:7953:13eb:22e8")]
    [InlineData("2001:db8:1::d5e3:0:0:1", "2001:db8:1::2", "2001:db8:1::d5e3:7953:13eb:22e8 t",
        "2001:db8:1::d5e3:7953:13eb:22e8")]
    public void The_examples_of_the_RFC_hold_in_either_order(string destination, string one, string other, string expected)
    {
        Assert.Equal(At(expected), Select(destination, prefersTemporary: true, one, other));
        Assert.Equal(At(expected), Select(destination, prefersTemporary: true, other, one));
    }

    [Theory]
    [InlineData("2001:db8:1::9", "2001:db8:1::1", "2001:db8:1::2 t", "2001:db8:1::1")]         // 7, Linux's default
    [InlineData("2001:db8:1::9", "2001:db8:1::1", "2001:db8:1::2 d", "2001:db8:1::1")]         // 3
    [InlineData("fec0::9", "fec0::1", "2001:db8:1::1", "fec0::1")]                             // 2
    [InlineData("2001:db8:1::9", "fd00::1", "2001:db8:2::1", "2001:db8:2::1")]                 // 6
    [InlineData("fd00:6::9", "fd00:5::1", "2001:db8:2::1", "fd00:5::1")]                       // 6
    [InlineData("2001:1::9", "2001:0:5::1", "2001:db8:2::1", "2001:db8:2::1")]                 // 6: 2001::/32
    [InlineData("3ffe::9", "3ffe:1::1", "2001:db8:2::1", "3ffe:1::1")]                         // 6
    [InlineData("2001:10::9", "2001:11::1", "2001:1::1", "2001:11::1")]                        // 6: 2001:10::/28
    public void A_rule_decides_before_age_does(string destination, string one, string other, string expected)
    {
        Assert.Equal(At(expected), Select(destination, prefersTemporary: false, one, other));
        Assert.Equal(At(expected), Select(destination, prefersTemporary: false, other, one));
    }

    [Fact]
    public void The_common_prefix_counts_no_further_than_the_prefix_length() =>
        Assert.Equal(At("2001:db8:1::100"), Select("2001:db8:1::1", prefersTemporary: false, "2001:db8:1::2", "2001:db8:1::100"));

    [Fact]
    public void The_outgoing_interface_comes_before_the_label()
    {
        HostAddressing host = new HostAddressing().AddInterface("v0").AddInterface("v1")
            .AddAddress("v0", "fd00:1::1/64").AddAddress("v1", "2001:db8:1::1/64");
        Assert.Equal(At("fd00:1::1"), SourceSelection.SelectV6(host.Interfaces, At("2001:db8:9::9"), host.Interfaces.Find("v0")));
        Assert.Equal(At("2001:db8:1::1"), SourceSelection.SelectV6(host.Interfaces, At("2001:db8:9::9"), null));
    }

    // As Linux's use_tempaddr and IPV6_ADDR_PREFERENCES: who asks decides, then the interface.
    [Theory]
    [InlineData(true, null, "2001:db8:1::2")]
    [InlineData(true, false, "2001:db8:1::1")]
    [InlineData(true, true, "2001:db8:1::2")]
    [InlineData(false, null, "2001:db8:1::1")]
    [InlineData(false, true, "2001:db8:1::2")]
    public void What_a_sender_prefers_comes_before_what_the_interface_prefers(bool interfacePrefers, bool? senderPrefers, string expected)
    {
        HostAddressing host = new HostAddressing().AddInterface("v0")
            .AddAddress("v0", "2001:db8:1::1/64").AddAddress("v0", "2001:db8:1::2/64", AddressTraits.Temporary);
        host.Interfaces.Find("v0")!.PrefersTemporaryAddresses = interfacePrefers;
        var query = new RouteQuery(At("2001:db8:1::9"), InetAddress.AnyV6, PrefersTemporary: senderPrefers);
        Assert.Equal(At(expected), host.FindRoute(query).Source);
    }

    [Fact]
    public void Loopback_is_a_candidate_of_last_resort()
    {
        HostAddressing host = new HostAddressing().AddInterface("v0");
        Assert.Equal(InetAddress.LoopbackV6, SourceSelection.SelectV6(host.Interfaces, At("2001:db8:9::9"), host.Interfaces.Find("v0")));
        Assert.Null(SourceSelection.SelectV6(host.Interfaces, At("fe80::9"), host.Interfaces.Find("v0")));
    }

    private static InetAddress? Select(string destination, bool prefersTemporary, params string[] candidates)
    {
        HostAddressing host = new HostAddressing().AddInterface("v0");
        foreach (string candidate in candidates)
        {
            AddressTraits traits = candidate.EndsWith(" d", StringComparison.Ordinal) ? AddressTraits.Deprecated
                : candidate.EndsWith(" t", StringComparison.Ordinal) ? AddressTraits.Temporary : AddressTraits.None;
            host.AddAddress("v0", candidate.Split(' ')[0] + "/64", traits);
        }

        return SourceSelection.SelectV6(host.Interfaces, At(destination), host.Interfaces.Find("v0"), prefersTemporary);
    }
}
