using UserNet.Binding;
using UserNet.Samples.BindShell;
using Xunit;

namespace UserNet.Tests.Parity;

/// <summary>
/// Scripts on which kernel and stack once differed, cut down, with the kernel's results; they need no kernel.
/// </summary>
public sealed class KernelRulesTests
{
    [Theory]
    [InlineData("S = udp6 ; S bind fe80::1:1%v0 P ; S dev lo ; S name", "fe80::1:1%lo P")]
    [InlineData("S = tcp6 ; S bind fe80::2:1%v1 P ; S dev - ; S name", "fe80::2:1 P")]
    [InlineData("S = tcp6 ; S dev v0 ; S bind ::1 P", "EADDRNOTAVAIL")]
    [InlineData("S = tcp6 ; S dev lo ; S bind ::1 P", "ok")]
    [InlineData("S = tcp6 ; S bind fe80::1:1%99 P ; S bind ::ffff:127.0.0.1 P", "ENODEV")]
    [InlineData("S = tcp6 ; S bind fe80::1:1%99 P ; S getdev", "ENODEV")]
    [InlineData("S = udp6 ; S dev v1 ; S ucif v1", "EINVAL")]
    [InlineData("user 1001 ; S = tcp6 ; S chown 1001", "ok")]
    [InlineData("S = tcp6 ; user 1001 ; S chown 1001", "EPERM")]
    [InlineData("S = udp6 ; S bind ::ffff:0.0.0.0 Q ; S connect fe80::1:9 9", "EINVAL")]
    [InlineData("S = udp6 ; S bind ::ffff:10.1.0.1 P ; S connect 2001:db8:5::9 9", "ENETUNREACH")]
    [InlineData("S = udp6 ; S bind ::ffff:10.1.0.1 P ; S connect 2001:db8:1::9 9", "EAFNOSUPPORT")]
    [InlineData("S = udp6 ; S bind ::ffff:127.0.0.1 Q ; S ucif v0 ; S connect :: 9", "ok")]
    [InlineData("S = udp6 ; S bind 2001:db8:1::1 P ; S ucif lo ; S connect 2001:db8:1::9 9", "ok")]
    [InlineData("S = udp6 ; S bind ::ffff:224.1.1.1 P ; S connect ::ffff:10.1.0.9 9", "EINVAL")]
    [InlineData("S = tcp6 ; S bind :: 0 ; S unspec ; S v6o 0", "EINVAL")]
    [InlineData("S = udp4 ; S dev v0 ; S connect 0.0.0.0 9 ; S peer", "10.1.0.1 9")]
    [InlineData("S = udp4 ; S ucif v1 ; S connect 0.0.0.0 9 ; S peer", "10.2.0.1 9")]
    [InlineData("S = udp4 ; S bind 255.255.255.255 0 ; T = udp4 ; T bind 10.1.0.1 P ; S unspec ; S bind 10.1.0.1 P ; S name", "0.0.0.0 0")]
    [InlineData("S = tcp4 ; S rp 1 ; S bind 10.1.0.1 P ; S listen ; T = tcp6 ; T rp 1 ; T bind ::ffff:0.0.0.0 P ; T rp 0 ; S unspec ; S listen", "ok")]
    [InlineData("S = tcp6 ; S bind ::1 P ; S connect 2001:db8:1::2 9", "EINPROGRESS")]      // who refuses does not find the way back
    [InlineData("S = tcp6 ; S bind ::1 P ; S connect 2001:db8:99::1 9", "ECONNREFUSED")]
    [InlineData("L = tcp6 ; L bind :: Q ; L listen ; S = tcp6 ; S bind ::1 P ; S connect 2001:db8:1::2 Q", "ok")]
    [InlineData("S = tcp6 ; S shut rdwr ; S connect 2001:db8:1::77 Q ; S send 6", "EAGAIN")]
    [InlineData("L = tcp4 ; L bind 127.0.0.1 P ; L listen ; S = tcp4 ; S shut wr ; S connect 127.0.0.1 P ; S send 6", "EPIPE")]
    public void The_last_step_ends_as_in_the_kernel(string script, string expected) => Assert.Equal(expected, LastOf(script));

    // A connect that chose an IPv6 address for a dual-stack socket leaves it 127.0.0.6, in the eyes of IPv4 sockets alone.
    [Theory]
    [InlineData("T = udp4 ; T bind 0.0.0.0 P", "EADDRINUSE")]
    [InlineData("T = udp4 ; T bind 127.0.0.6 P", "EADDRINUSE")]
    [InlineData("T = udp4 ; T bind 127.0.0.1 P", "ok")]
    [InlineData("T = udp6 ; T bind ::ffff:0.0.0.0 P", "ok")]
    [InlineData("T = udp6 ; T bind ::ffff:127.0.0.6 P", "ok")]
    [InlineData("T = udp6 ; T bind :: P", "EADDRINUSE")]
    [InlineData("sysctl net.ipv4.ip_local_port_range 20001 20001 ; T = udp4 ; T bind 0.0.0.0 0", "EADDRINUSE")]
    [InlineData("sysctl net.ipv4.ip_local_port_range 20001 20001 ; T = udp4 ; T bind 127.0.0.1 0", "ok")]
    [InlineData("S unspec ; S connect 2001:db8:1::9 0 ; T = udp4 ; T bind 0.0.0.0 P", "EADDRINUSE")]
    public void A_connected_dual_stack_socket_keeps_a_rest_of_IPv4(string script, string expected) =>
        Assert.Equal(expected, LastOf("S = udp6 ; S bind :: P ; S connect 2001:db8:1::9 9 ; " + script));

    [Fact]
    public void The_rest_is_not_left_to_a_socket_of_IPv6_only() =>
        Assert.Equal("ok", LastOf("S = udp6 ; S v6o 1 ; S bind :: P ; S connect 2001:db8:1::9 9 ; T = udp4 ; T bind 0.0.0.0 P"));

    // The first connect of a socket with an IPv6 source to an IPv4 address chooses an IPv4 source, which stays beside the other.
    [Theory]
    [InlineData("S connect ::ffff:127.0.0.1 9 ; S connect ::ffff:10.1.0.9 9", "EINVAL")]
    [InlineData("S connect 127.0.0.1 9 ; S connect 10.1.0.9 9", "EINVAL")]
    [InlineData("S connect ::ffff:0.0.0.0 9 ; S connect ::ffff:10.1.0.9 9", "EINVAL")]
    [InlineData("S connect ::ffff:127.0.0.1 9 ; S connect ::ffff:10.1.0.9 9 ; S peer", "::ffff:127.0.0.1 9")]
    [InlineData("S connect ::ffff:127.0.0.1 9 ; S connect ::1 9 ; S connect ::ffff:10.1.0.9 9", "EINVAL")]
    [InlineData("S connect ::ffff:127.0.0.1 9 ; S sendto ::ffff:10.1.0.9 9", "EINVAL")]
    [InlineData("S connect ::ffff:127.0.0.1 9 ; S name", "::1 EPH")]
    [InlineData("S connect ::ffff:127.0.0.1 9 ; S unspec ; S connect ::ffff:10.1.0.9 9 ; S name", "::ffff:10.1.0.1 EPH")]
    [InlineData("S connect ::ffff:127.0.0.1 9 ; S unspec ; S connect ::1 9 ; S connect ::ffff:10.1.0.9 9", "ok")]
    [InlineData("S connect ::ffff:10.1.0.9 9 ; S connect ::ffff:127.0.0.1 9", "ok")]
    [InlineData("S connect ::ffff:203.0.113.9 9 ; S connect ::ffff:10.1.0.255 9 ; S connect ::ffff:10.1.0.9 9", "ok")]
    [InlineData("S sendto ::ffff:127.0.0.1 9 ; S connect ::ffff:10.1.0.9 9", "ok")]
    [InlineData("S connect ::ffff:127.0.0.1 9 ; R = udp4 ; R bind 0.0.0.0 R ; S sendto ::ffff:10.1.0.1 R ; R from", "127.0.0.1 EPH")]
    [InlineData("S connect ::ffff:10.1.0.2 9 ; R = udp4 ; R bind 0.0.0.0 R ; S sendto ::ffff:127.0.0.1 R ; R from", "10.1.0.1 EPH")]
    [InlineData("S connect ::ffff:10.1.0.9 0 ; R = udp4 ; R bind 0.0.0.0 R ; S sendto ::ffff:10.2.0.1 R ; R from", "10.1.0.1 EPH")]
    public void A_connected_IPv6_socket_keeps_an_IPv4_source_beside_its_own(string script, string expected) =>
        Assert.Equal(expected, LastOf("S = udp6 ; S connect ::1 9 ; " + script));

    // What bind was told once counts as told for ever, so a disconnect leaves the IPv4 source, but another bind does not.
    [Theory]
    [InlineData("", "EINVAL")]
    [InlineData("S unspec ; S bind :: P ; ", "ok")]
    public void An_IPv4_source_stays_as_long_as_the_other(string between, string expected) => Assert.Equal(expected, LastOf(
        "S = udp6 ; S bind ::ffff:127.0.0.1 0 ; S unspec ; S bind :: 0 ; S connect ::1 9 ; S connect ::ffff:127.0.0.1 9 ; S unspec ; " +
        between + "S connect ::ffff:10.1.0.9 9"));

    // A stands in the way of a second connection from Q to P.
    [Theory]
    [InlineData("S = tcp6 ; S rp 1 ; S bind ::ffff:0.0.0.0 Q ; S connect ::ffff:127.0.0.1 P", "EADDRNOTAVAIL")]
    [InlineData("S = tcp6 ; S rp 1 ; S bind ::ffff:0.0.0.0 Q ; S connect ::ffff:127.0.0.1 P ; S name", "::ffff:127.0.0.1 Q")]
    [InlineData("S = tcp6 ; S rp 1 ; S bind ::ffff:0.0.0.0 Q ; S connect ::ffff:127.0.0.1 P ; S unspec ; S name", "::ffff:127.0.0.1 Q")]
    [InlineData("S = tcp6 ; S rp 1 ; S bind ::ffff:0.0.0.0 Q ; S connect ::ffff:127.0.0.1 P ; S connect ::ffff:10.1.0.9 9", "EINVAL")]
    [InlineData("S = tcp6 ; S rp 1 ; S bind ::ffff:0.0.0.0 Q ; S connect ::ffff:127.0.0.1 P ; T = tcp4 ; T bind 127.0.0.2 Q", "ok")]
    [InlineData("S = tcp6 ; S rp 1 ; S bind ::ffff:0.0.0.0 Q ; S connect ::ffff:203.0.113.9 P ; S name", "::ffff:0.0.0.0 Q")]
    [InlineData("S = tcp4 ; S rp 1 ; S bind 224.1.1.1 Q ; S connect 127.0.0.1 P ; S name", "127.0.0.1 Q")]
    [InlineData("S = tcp4 ; S rp 1 ; S bind 224.1.1.1 Q ; S connect 127.0.0.1 P ; T = tcp4 ; T bind 224.1.1.1 Q", "ok")]
    [InlineData("S = tcp4 ; S rp 1 ; S bind 255.255.255.255 Q ; S connect 127.0.0.1 P ; S connect 10.1.0.1 P ; S name", "127.0.0.1 Q")]
    [InlineData("S = tcp4 ; S rp 1 ; S bind 0.0.0.0 Q ; S connect 127.0.0.1 P ; S name", "0.0.0.0 Q")]
    [InlineData("S = tcp6 ; S rp 1 ; S bind :: Q ; S connect ::ffff:127.0.0.1 P ; S name", ":: Q")]
    public void A_refused_connect_leaves_its_address_to_a_stream_that_bind_told_another(string script, string expected) => Assert.Equal(expected, LastOf(
        "L = tcp4 ; L bind 0.0.0.0 P ; L listen ; A = tcp4 ; A rp 1 ; A bind 127.0.0.1 Q ; A connect 127.0.0.1 P ; " + script));

    [Fact]
    public void Each_of_five_ports_is_handed_out_to_streams_sooner_or_later()
    {
        var handedOut = new SortedSet<int>();
        for (int seed = 0; seed < 200; seed++)
        {
            using var host = new StackHost(GoldenTopology.HostA(), Personality.Linux, seed);
            host.Sysctl("net.ipv4.ip_local_port_range", "40000 40004");
            for (int i = 0; i < 4; i++)
            {
                int descriptor = host.Socket(2, 1);
                Assert.Equal(0, host.Listen(descriptor, 1));
                handedOut.Add(host.SocketOf(descriptor)!.LocalName.Port);
            }
        }

        Assert.Equal([40000, 40001, 40002, 40003, 40004], handedOut);
    }

    private static string LastOf(string script)
    {
        using var world = new StackWorld(Personality.Linux, seed: 1);
        var interpreter = new Interpreter(world);
        string last = "";
        foreach (ScriptStep step in ScriptParser.Parse(script)) last = interpreter.Run(step).Text;
        return last;
    }
}
