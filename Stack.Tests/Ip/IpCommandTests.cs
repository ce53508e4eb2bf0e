using UserNet.Ip;
using Xunit;

namespace UserNet.Tests.Ip;

public sealed class IpCommandTests
{
    [Theory]
    [InlineData("ip neigh show", "neigh")]
    [InlineData("ip addr show", "show")]
    [InlineData("ip addr add 10.5.0.1/24 dev v0 fancy", "fancy")]
    [InlineData("ip addr add 10.5.0.1/24 dev v0 scope galaxy", "galaxy")]
    [InlineData("ip addr add 10.5.0.1/24 dev v0 preferred_lft 100", "100")]
    [InlineData("ip addr add 10.5.0.1/24", "dev")]
    [InlineData("ip addr add 10.5.0/24 dev v0", "10.5.0")]
    [InlineData("ip addr add 10.5.0.1/33 dev v0", "10.5.0.1/33")]
    [InlineData("ip link set v0 sideways", "sideways")]
    [InlineData("ip link set v0 up fast", "fast")]
    [InlineData("ip route add 203.0.113.0/24 through 10.1.0.9", "through")]
    [InlineData("ip route add 203.0.113.0/24 via 10.1.0.9 metric low", "low")]
    [InlineData("ip route add 203.0.113.1/24 via 10.1.0.9", "203.0.113.1/24")]
    [InlineData("ip route add", "a prefix")]
    [InlineData("", "an object")]
    public void A_word_that_is_not_understood_is_named(string command, string word)
    {
        FormatException error = Assert.Throws<FormatException>(() => IpCommand.Run(GoldenTopology.HostA(), command));
        Assert.Contains(word, error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("addr add 10.1.0.1/24 dev v0", "already")]
    [InlineData("addr add 2001:db8:1::1/48 dev v0", "already")]
    [InlineData("addr add 10.1.0.7/24 dev v0 scope host", "scope")]
    [InlineData("addr add 224.1.1.1/24 dev v0", "224.1.1.1")]
    [InlineData("addr add 10.5.0.1/24 dev v7", "v7")]
    [InlineData("addr del 10.1.0.1/25 dev v0", "10.1.0.1/25")]
    [InlineData("link set v7 up", "v7")]
    [InlineData("route add 10.1.0.0/24 dev v1", "already")]
    [InlineData("route add 203.0.113.0/24 via 10.7.0.9", "10.7.0.9")]
    [InlineData("route add 203.0.113.0/24 via 10.1.0.9 dev v1", "10.1.0.9")]
    [InlineData("route add 203.0.113.0/24 via 10.1.0.255", "10.1.0.255")]
    [InlineData("route add 2001:db8:5::/48 via 2001:db8:1::1", "2001:db8:1::1")]
    [InlineData("route add 203.0.113.0/24 via 10.1.0.9 src 10.9.9.9", "10.9.9.9")]
    [InlineData("route add 203.0.113.0/24 via 2001:db8:1::9", "family")]
    [InlineData("route add 2001:db8:5::/48 via fe80::9", "fe80::9")]
    [InlineData("route add 203.0.113.0/24", "gateway")]
    [InlineData("route del 203.0.113.0/24", "203.0.113.0/24")]
    public void What_the_tables_do_not_allow_is_refused_and_changes_nothing(string command, string word)
    {
        HostAddressing host = GoldenTopology.HostA();
        string before = Print(host);
        ArgumentException error = Assert.Throws<ArgumentException>(() => IpCommand.Run(host, command));
        Assert.Contains(word, error.Message, StringComparison.Ordinal);
        Assert.Equal(before, Print(host));
    }

    // Every pair of steps of the golden rows that changes something and undoes it.
    [Theory]
    [InlineData("ip -6 addr add fd00:5::1/64 dev v0 nodad", "ip -6 addr del fd00:5::1/64 dev v0")]
    [InlineData("ip -6 route add 2001:db8:5::/48 via 2001:db8:1::9 src 2001:db8:99::1", "ip -6 route del 2001:db8:5::/48")]
    [InlineData("ip -6 route add 2001:db8:5::/48 via fe80::2:9 dev v1", "ip -6 route del 2001:db8:5::/48")]
    [InlineData("ip -6 route add blackhole 2001:db8:5::/48", "ip -6 route del 2001:db8:5::/48")]
    [InlineData("ip -6 route add fd00:6::/64 via 2001:db8:1::9", "ip -6 route del fd00:6::/64")]
    [InlineData("ip -6 route add prohibit 2001:db8:5::/48", "ip -6 route del 2001:db8:5::/48")]
    [InlineData("ip addr add 10.1.0.50/24 dev v0", "ip addr del 10.1.0.50/24 dev v0")]
    [InlineData("ip addr add 10.5.0.1/24 dev v0", "ip addr del 10.5.0.1/24 dev v0")]
    [InlineData("ip addr add 10.5.0.1/32 dev v0 scope link", "ip addr del 10.5.0.1/32 dev v0")]
    [InlineData("ip addr add 10.5.0.2/32 dev v0 scope host", "ip addr del 10.5.0.2/32 dev v0")]
    [InlineData("ip addr add 2001:db8:1::77/64 dev v0", "ip addr del 2001:db8:1::77/64 dev v0")]
    [InlineData("ip addr add 2001:db8:1::78/64 dev v0 nodad preferred_lft 0", "ip addr del 2001:db8:1::78/64 dev v0")]
    [InlineData("ip addr add fe80::1:1/64 dev v1 nodad", "ip addr del fe80::1:1/64 dev v1")]
    [InlineData("ip addr add 10.7.0.1/24 brd + dev v0", "ip address delete 10.7.0.1/24 dev v0")]
    [InlineData("ip route add 203.0.113.0/24 via 10.1.0.9 metric 100", "ip route del 203.0.113.0/24 metric 100")]
    [InlineData("ip route add 203.0.113.0/24 via 10.1.0.9 src 10.99.0.1", "ip route del 203.0.113.0/24 via 10.1.0.9")]
    [InlineData("ip route add unreachable 203.0.113.0/24", "ip route del unreachable 203.0.113.0/24")]
    [InlineData("ip route add default via 10.1.0.9", "ip route del default")]
    [InlineData("ip -6 route add default via 2001:db8:1::9", "ip -6 route del default")]
    public void A_step_and_its_opposite_leave_no_trace(string command, string opposite)
    {
        HostAddressing host = GoldenTopology.HostA();
        string before = Print(host);
        IpCommand.Run(host, command);
        Assert.NotEqual(before, Print(host));
        IpCommand.Run(host, opposite);
        Assert.Equal(before, Print(host));
    }

    private static string Print(HostAddressing host) => string.Join('\n',
        host.Interfaces.Entries.Select(e => $"{e}: {string.Join(' ', e.V4Addresses)} {string.Join(' ', e.V6Addresses)}")
            .Concat(host.Routes.Routes.Select(r => r.ToString())));
}
