using UserNet.Addressing;
using UserNet.Ip;
using Xunit;
using static UserNet.Tests.Ip.Asking;

namespace UserNet.Tests.Ip;

/// <summary>
/// RFC 6724 §10.2 to §10.7: a host has the candidates, by its own rules it finds a source for each destination, and sorts them. Those with
/// home and care-of addresses are left out (§10.2, the fifth). §10.1 is in <see cref="SourceSelectionTests"/>.
/// </summary>
public sealed class SelectionExampleTests
{
    // Candidates; destinations; the result, "destination source" each; d marks a deprecated candidate.
    [Theory]
    [InlineData("2001:db8:1::2, fe80::1, 169.254.13.78", "2001:db8:1::1 2001:db8:1::2, 198.51.100.121 169.254.13.78")]      // 1: matching scope
    [InlineData("fe80::1, 198.51.100.117", "198.51.100.121 198.51.100.117, 2001:db8:1::1 fe80::1")]                         // 2: matching scope
    [InlineData("2001:db8:1::2, fe80::1, 10.1.2.4", "2001:db8:1::1 2001:db8:1::2, 10.1.2.3 10.1.2.4")]                      // 3: precedence
    [InlineData("2001:db8:1::2, fe80::2", "fe80::1 fe80::2, 2001:db8:1::1 2001:db8:1::2")]                                  // 4: smaller scope
    [InlineData("2001:db8:1::2, fe80::2 d", "2001:db8:1::1 2001:db8:1::2, fe80::1 fe80::2")]                                // 6: deprecated
    [InlineData("2001:db8:1::2, 2001:db8:3f44::2, fe80::2", "2001:db8:1::1 2001:db8:1::2, 2001:db8:3ffe::1 2001:db8:3f44::2")]      // 7: longest prefix
    [InlineData("2002:c633:6401::2, fe80::2", "2002:c633:6401::1 2002:c633:6401::2, 2001:db8:1::1 2002:c633:6401::2")]      // 8: matching label
    [InlineData("2002:c633:6401::2, 2001:db8:1::2, fe80::2", "2001:db8:1::1 2001:db8:1::2, 2002:c633:6401::1 2002:c633:6401::2")]   // 9: precedence
    public void Section_10_2_the_default_policy(string candidates, string result)
    {
        Check(PolicyTable.Rfc6724, candidates, result);
        Check(PolicyTable.Linux, candidates, result);
    }

    [Theory]
    [InlineData("2001:db8::2, fe80::1, 169.254.13.78", "2001:db8::1 2001:db8::2, 198.51.100.121 169.254.13.78")]      // as before
    [InlineData("fe80::1, 198.51.100.117", "198.51.100.121 198.51.100.117, 2001:db8::1 fe80::1")]                     // as before
    [InlineData("2001:db8::2, fe80::1, 10.1.2.4", "10.1.2.3 10.1.2.4, 2001:db8::1 2001:db8::2")]                      // new
    public void Section_10_3_IPv4_is_preferred(string candidates, string result) =>
        Check(With("::ffff:0:0/96", 100, 4), candidates, result);

    [Theory]
    [InlineData("2001:db8::2, fe80::2", "2001:db8::1 2001:db8::2, fe80::1 fe80::2")]            // new: precedence
    [InlineData("2001:db8::2 d, fe80::2", "fe80::1 fe80::2, 2001:db8::1 2001:db8::2")]          // as before: deprecated
    public void Section_10_4_link_local_addresses_come_last(string candidates, string result) =>
        Check(With("fe80::/10", 33, 1), candidates, result);

    // Two sites with two prefixes each, of which one is that of a fast provider, to be used between them alone.
    [Fact]
    public void Section_10_5_a_multi_homed_site()
    {
        const string candidates = "2001:db8:1aaa::a, 2001:db8:70aa::a, fe80::a";
        Check(PolicyTable.Rfc6724, candidates, "2001:db8:70bb::b 2001:db8:70aa::a, 2001:db8:1bbb::b 2001:db8:1aaa::a");
        Check(PolicyTable.Rfc6724, candidates, "2001:db8:1ccc::c 2001:db8:1aaa::a, 2001:db8:6ccc::c 2001:db8:70aa::a");
        PolicyTable policy = With("2001:db8:1aaa::/48", 43, 6).With(new PolicyRow(InetPrefix.Parse("2001:db8:1bbb::/48"), 43, 6));
        Check(policy, candidates, "2001:db8:1bbb::b 2001:db8:1aaa::a, 2001:db8:70bb::b 2001:db8:70aa::a");
        Check(policy, candidates, "2001:db8:6ccc::c 2001:db8:70aa::a, 2001:db8:1ccc::c 2001:db8:70aa::a");
    }

    [Fact]
    public void Section_10_6_unique_local_addresses_of_the_site_are_preferred()
    {
        const string candidates = "2001:db8:1::1, fd11:1111:1111:1::1";
        const string foreign = "2001:db8:2::2 2001:db8:1::1, fd22:2222:2222:2::2 fd11:1111:1111:1::1";
        Check(PolicyTable.Rfc6724, candidates, foreign);
        PolicyTable policy = With("fd11:1111:1111::/48", 45, 14);
        Check(policy, candidates, foreign);
        Check(policy, candidates, "fd11:1111:1111:2::2 fd11:1111:1111:1::1, 2001:db8:2::2 2001:db8:1::1");
        Check(PolicyTable.Rfc6724, candidates, "2001:db8:2::2 2001:db8:1::1, fd11:1111:1111:2::2 fd11:1111:1111:1::1");
    }

    [Fact]
    public void Section_10_7_a_6to4_prefix_of_the_site_is_preferred()
    {
        Check(PolicyTable.Rfc6724, "2002:c633:6401::1, 10.1.2.3", "203.0.113.1 10.1.2.3, 2001:db8:1::1 2002:c633:6401::1");
        PolicyTable policy = With("2002:c633:6401::/48", 45, 14);
        const string candidates = "2002:c633:6401:1::1, 10.1.2.3";
        Check(policy, candidates, "2002:c633:6401:2::1 2002:c633:6401:1::1, 203.0.113.1 10.1.2.3");
        Check(policy, candidates, "203.0.113.1 10.1.2.3, 2002:cb00:7102:2::1 2002:c633:6401:1::1");
        Check(PolicyTable.Rfc6724, candidates, "203.0.113.1 10.1.2.3, 2002:c633:6401:2::1 2002:c633:6401:1::1");
    }

    private static PolicyTable With(string prefix, int precedence, int label) =>
        PolicyTable.Rfc6724.With(new PolicyRow(InetPrefix.Parse(prefix), precedence, label));

    private static void Check(PolicyTable policy, string candidates, string result)
    {
        HostAddressing host = new HostAddressing().AddInterface("v0");
        host.Policy = policy;
        foreach (string candidate in candidates.Split(", "))
        {
            bool isDeprecated = candidate.EndsWith(" d", StringComparison.Ordinal);
            string address = candidate.Split(' ')[0];
            host.AddAddress("v0", $"{address}/{(address.Contains(':', StringComparison.Ordinal) ? 64 : 24)}", isDeprecated ? AddressTraits.Deprecated : AddressTraits.None);
        }

        host.AddRoute("0.0.0.0/0", device: "v0").AddRoute("::/0", device: "v0");
        string[] pairs = result.Split(", ");
        InetEndpoint[] expected = Array.ConvertAll(pairs, pair => Endpoint(host, pair.Split(' ')[0]));
        foreach (string pair in pairs)
        {
            bool isNear = pair.StartsWith("fe80", StringComparison.Ordinal);
            Assert.StartsWith($"{pair.Split(' ')[1]} v0 ", host.Route(pair.Split(' ')[0], device: isNear ? "v0" : null), StringComparison.Ordinal);
        }

        foreach (InetEndpoint[] order in (InetEndpoint[][])[[.. expected], [.. expected.Reverse()]])
        {
            DestinationSelection.Sort(host, order);
            Assert.Equal(expected, order);
        }
    }

    private static InetEndpoint Endpoint(HostAddressing host, string address) =>
        new(At(address), 80, At(address).NeedsScope ? host.IndexOf("v0") : 0);
}
