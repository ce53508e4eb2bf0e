using UserNet.Addressing;
using UserNet.Ip;
using Xunit;
using static UserNet.Tests.Ip.Asking;

namespace UserNet.Tests.Ip;

/// <summary>RFC 6724 §6, rule by rule; the examples of §10 are in <see cref="SelectionExampleTests"/>.</summary>
public sealed class DestinationSelectionTests
{
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
