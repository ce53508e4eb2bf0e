using UserNet.Addressing;
using UserNet.Ip;
using Xunit;
using static UserNet.Tests.Ip.Asking;

namespace UserNet.Tests.Ip;

/// <summary>RFC 6724 §6, by the examples of §10.2 to §10.7 and more.</summary>
public sealed class DestinationSelectionTests
{
    // §10.2: "destination source" twice, in the order that is to come out; d marks a deprecated source.
    [Theory]
    [InlineData("2001:db8:1::1 2001:db8:1::2", "198.51.100.121 169.254.13.78")]                  // rule 2
    [InlineData("198.51.100.121 198.51.100.117", "2001:db8:1::1 fe80::1")]                       // rule 2
    [InlineData("2001:db8:1::1 2001:db8:1::2", "10.1.2.3 10.1.2.4")]                             // rule 6
    [InlineData("fe80::1 fe80::2", "2001:db8:1::1 2001:db8:1::2")]                               // rule 8
    [InlineData("2001:db8:1::1 2001:db8:1::2", "fe80::1 fe80::2 d")]                             // rule 3
    [InlineData("2001:db8:1::1 2001:db8:1::2", "2001:db8:3ffe::1 2001:db8:3f44::2")]             // rule 9
    [InlineData("2002:c633:6401::1 2002:c633:6401::2", "2001:db8:1::1 fe80::2")]                 // rule 2
    [InlineData("2001:db8:1::1 2001:db8:1::2", "2002:c633:6401::1 2002:c633:6401::2")]           // rule 6
    public void The_examples_of_the_RFC_hold_in_either_order(string first, string second)
    {
        foreach (PolicyTable policy in (PolicyTable[])[PolicyTable.Rfc6724, PolicyTable.Linux])
        {
            Assert.Equal([first, second], Sort(policy, first, second));
            Assert.Equal([first, second], Sort(policy, second, first));
        }
    }

    [Theory]
    [InlineData("10.1.2.3 10.1.2.4", "2001:db8:9::9")]                                           // rule 1: no source
    [InlineData("fd00:1::1 fd00:1::2", "2002:c633:6401::1 2001:db8:1::2")]                       // rule 5: the label of the source
    [InlineData("2001:db8:1::1 2001:db8:1::2", "fd00:1::1 fd00:1::2")]                           // rule 6: ULA
    public void A_rule_decides(string first, string second)
    {
        Assert.Equal([first, second], Sort(PolicyTable.Rfc6724, first, second));
        Assert.Equal([first, second], Sort(PolicyTable.Rfc6724, second, first));
    }

    [Fact]
    public void Equals_stay_in_their_order()
    {
        string[] both = ["203.0.113.1 198.51.100.1", "192.0.2.1 198.51.100.1", "203.0.113.9 198.51.100.1"];      // rule 9 is not for IPv4
        Assert.Equal(both, Sort(PolicyTable.Rfc6724, both));
    }

    [Fact]
    public void The_common_prefix_counts_no_further_than_the_source_s_subnet()
    {
        DestinationCandidate[] candidates = [Candidate("2001:db8:1::ff 2001:db8:1::1") with { SourcePrefixLength = 64 }, Candidate("2001:db8:1::2 2001:db8:1::3") with { SourcePrefixLength = 64 }];
        DestinationSelection.Sort(candidates, PolicyTable.Rfc6724);
        Assert.Equal(At("2001:db8:1::ff"), candidates[0].Destination.Address);
    }

    // §10.3: a site that prefers IPv4.
    [Fact]
    public void IPv4_is_preferred_where_the_policy_says_so()
    {
        PolicyTable policy = PolicyTable.Rfc6724.With(new PolicyRow(InetPrefix.Parse("::ffff:0:0/96"), 100, 4));
        Assert.Equal(["10.1.2.3 10.1.2.4", "2001:db8:1::1 2001:db8:1::2"], Sort(policy, "2001:db8:1::1 2001:db8:1::2", "10.1.2.3 10.1.2.4"));
        Assert.Equal(["2001:db8:1::1 2001:db8:1::2", "10.1.2.3 169.254.13.78"], Sort(policy, "10.1.2.3 169.254.13.78", "2001:db8:1::1 2001:db8:1::2"));
        Assert.Equal(["2001:db8:1::1 2001:db8:1::2", "198.51.100.121 169.254.13.78"], Sort(policy, "2001:db8:1::1 2001:db8:1::2", "198.51.100.121 169.254.13.78"));
    }

    // §10.4: global addresses before link-local ones.
    [Fact]
    public void Link_local_addresses_come_last_where_the_policy_says_so()
    {
        PolicyTable policy = PolicyTable.Rfc6724.With(new PolicyRow(InetPrefix.Parse("fe80::/10"), 33, 1));
        string near = "fe80::1 fe80::2", far = "2001:db8:1::1 2001:db8:1::2";
        Assert.Equal([far, near], Sort(policy, near, far));
        Assert.Equal([near, "2001:db8:1::1 fe80::2"], Sort(policy, "2001:db8:1::1 fe80::2", near));      // but not without a source for them
    }

    // §10.7: 6to4 between sites that have it, before IPv4.
    [Fact]
    public void Tunnels_between_sites_are_preferred_where_the_policy_says_so()
    {
        PolicyTable policy = PolicyTable.Rfc6724.With(new PolicyRow(InetPrefix.Parse("2002::/16"), 37, 2));
        string tunnel = "2002:c633:6401::1 2002:cb00:7102::2", plain = "198.51.100.121 198.51.100.117";
        Assert.Equal([tunnel, plain], Sort(policy, plain, tunnel));
        Assert.Equal([plain, tunnel], Sort(PolicyTable.Rfc6724, tunnel, plain));
    }

    // §10.6: ULAs within a site have a label and a precedence of their own.
    [Fact]
    public void The_prefix_of_a_site_is_preferred_within_it()
    {
        PolicyTable policy = PolicyTable.Rfc6724.With(new PolicyRow(InetPrefix.Parse("fd11:1111:1111::/48"), 45, 14));
        string inside = "fd11:1111:1111::1 fd11:1111:1111::2", global = "2001:db8:1::1 2001:db8:1::2";
        Assert.Equal([inside, global], Sort(policy, global, inside));
        Assert.Equal([global, inside], Sort(PolicyTable.Rfc6724, inside, global));
        Assert.Equal([global, "fd22:2222:2222::1 fd11:1111:1111::2"], Sort(policy, "fd22:2222:2222::1 fd11:1111:1111::2", global));
    }

    // §10.5: two prefixes of a multihomed site, of which one is to be used for what has the same, and for nothing else.
    [Fact]
    public void A_multihomed_site_keeps_a_prefix_for_its_like()
    {
        PolicyTable policy = PolicyTable.Rfc6724
            .With(new PolicyRow(InetPrefix.Parse("2001:db8:1aaa::/48"), 43, 6))
            .With(new PolicyRow(InetPrefix.Parse("2001:db8:70aa::/48"), 43, 6))
            .With(new PolicyRow(InetPrefix.Parse("2001:db8:1bbb::/48"), 44, 7))
            .With(new PolicyRow(InetPrefix.Parse("2001:db8:70bb::/48"), 44, 7));
        HostAddressing host = new HostAddressing().AddInterface("v0").AddAddress("v0", "2001:db8:1aaa::a/64").AddAddress("v0", "2001:db8:1bbb::a/64")
            .AddAddress("v0", "2001:db8:cccc::a/64").AddRoute("::/0", via: "2001:db8:1aaa::1");
        host.Policy = policy;
        Assert.Equal("2001:db8:1aaa::a v0 Foreign", host.Route("2001:db8:70aa::b"));
        Assert.Equal("2001:db8:1bbb::a v0 Foreign", host.Route("2001:db8:70bb::b"));
        InetEndpoint[] destinations = [Endpoint("2001:db8:cccc::b"), Endpoint("2001:db8:70aa::b"), Endpoint("2001:db8:70bb::b")];
        DestinationSelection.Sort(host, destinations);
        Assert.Equal(["2001:db8:70bb::b", "2001:db8:70aa::b", "2001:db8:cccc::b"], destinations.Select(d => d.Address.ToString()));
    }

    [Fact]
    public void A_host_sorts_by_its_own_routes_and_addresses()
    {
        HostAddressing host = new HostAddressing().AddInterface("v0").AddAddress("v0", "10.9.0.2/24").AddAddress("v0", "fe80::1/64")
            .AddRoute("0.0.0.0/0", via: "10.9.0.1");
        InetEndpoint[] destinations = [Endpoint("2001:db8::9"), Endpoint("203.0.113.9"), new InetEndpoint(At("fe80::9"), 80, 2), Endpoint("::ffff:203.0.113.8")];
        DestinationSelection.Sort(host, destinations);
        Assert.Equal(["fe80::9", "203.0.113.9", "::ffff:203.0.113.8", "2001:db8::9"], destinations.Select(d => d.Address.ToString()));
        host.AddAddress("v0", "2001:db8:1::1/64").AddRoute("::/0", via: "fe80::ff", device: "v0");
        DestinationSelection.Sort(host, destinations);
        Assert.Equal(["fe80::9", "2001:db8::9", "203.0.113.9", "::ffff:203.0.113.8"], destinations.Select(d => d.Address.ToString()));
    }

    [Fact]
    public void Linux_and_the_RFC_tell_the_same_addresses_apart()
    {
        string[] addresses = ["::1", "::5", "::ffff:1.2.3.4", "2002::1", "2001:0:5::1", "fd00::1", "fc00::1", "fec0::1", "3ffe::1", "2001:db8::1"];
        foreach (string a in addresses)
        {
            foreach (string b in addresses)
            {
                bool same = PolicyTable.Rfc6724.LabelOf(At(a)) == PolicyTable.Rfc6724.LabelOf(At(b));
                Assert.Equal(same, PolicyTable.Linux.LabelOf(At(a)) == PolicyTable.Linux.LabelOf(At(b)));
            }

            Assert.Equal(PolicyTable.Rfc6724.PrecedenceOf(At(a)), PolicyTable.Linux.PrecedenceOf(At(a)));
        }

        Assert.Equal((35, 4), (PolicyTable.Rfc6724.PrecedenceOf(At("192.0.2.1")), PolicyTable.Rfc6724.LabelOf(At("192.0.2.1"))));
    }

    private static InetEndpoint Endpoint(string address) => new(At(address), 80);

    private static string[] Sort(PolicyTable policy, params string[] pairs)
    {
        DestinationCandidate[] candidates = Array.ConvertAll(pairs, Candidate);
        DestinationSelection.Sort(candidates, policy);
        return Array.ConvertAll(candidates, c => pairs.Single(pair => At(pair.Split(' ')[0]) == c.Destination.Address));
    }

    private static DestinationCandidate Candidate(string pair)
    {
        string[] words = pair.Split(' ');
        return new DestinationCandidate(Endpoint(words[0]), words.Length > 1 ? At(words[1]) : null, words.Length > 2);
    }
}
