using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using UserNet.Samples.TapHost;
using UserNet.Tests.Infrastructure;
using Xunit;
using static UserNet.Tests.Tap.OwnNamespace;

namespace UserNet.Tests.Interop;

/// <summary>The program itself with addresses of both families, and with those that a router has it make.</summary>
[Collection(nameof(WholeProcess))]
public sealed class TapHostV6Tests
{
    [Fact]
    public void Each_address_of_both_families_is_served() => Run(IpFamily.V6, () =>
    {
        foreach (string tool in (string[])["ping", "curl", "tshark"]) PingTests.Need(tool);
        using TemporaryFolder folder = new();
        string file = Path.Combine(folder.Name, "here.pcapng");
        MakeTap();
        string[] addresses = ["10.9.0.2", "10.9.1.2", "2001:db8:9::2", "fd09::2", "fe80::2"];
        using TapHostProcess host = new(
            "--tap", "t0", "--address", "10.9.0.2/24", "--address", "10.9.1.2/24", "--address", "2001:db8:9::2/64", "--address", "fd09::2/64",
            "--address", "fe80::2/64", "--gateway", "10.9.0.1", "--gateway", "fe80::1", "--pcap", file);
        string ready = host.ReadLine()!;
        Assert.StartsWith("ready: ", ready, StringComparison.Ordinal);
        foreach (string address in addresses)
        {
            bool isV6 = address.Contains(':', StringComparison.Ordinal), isNear = address.StartsWith("fe80", StringComparison.Ordinal);
            Assert.Contains($"{address}/{(isV6 ? 64 : 24)}", ready, StringComparison.Ordinal);
            string named = isNear ? $"{address}%t0" : address;
            Assert.Contains(" 0% packet loss", Tool("ping", $"{(isV6 ? "-6" : "-4")} -n -c 2 -i 0.2 -s 4000 -W 5 {named}"), StringComparison.Ordinal);
            string page = HttpTests.Curl(isV6 ? $"-6 http://[{named}]/" : $"-4 http://{named}/");
            Assert.Contains("A host of UserNet", page, StringComparison.Ordinal);
            CheckEcho(IPAddress.Parse(isNear ? $"{address}%{InterfaceNumber()}" : address));
        }

        // Beyond the link it is reached by the kernel, which is its router.
        IpTool("addr add 2001:db8:77::1/128 dev lo nodad");
        // The first answer asks for the router, whose address the kernel may have had for a moment only.
        Assert.DoesNotContain(" 0 received", Tool("ping", "-6 -n -c 5 -i 0.5 -W 5 -I 2001:db8:77::1 2001:db8:9::2"), StringComparison.Ordinal);
        host.Signal(Signals.Terminate);
        (int code, string output, string errors) = host.WaitForEnd();
        Assert.Equal((0, ""), (code, errors));
        Assert.Contains("11 in echo requests", output, StringComparison.Ordinal);
        Shark.FindNothingWrong(file);
    });

    [Fact]
    public void With_slaac_it_has_the_addresses_that_radvd_s_prefixes_make_and_answers_by_them() => Run(IpFamily.V6, () =>
    {
        foreach (string tool in (string[])["ping", "curl", "radvd", "tshark"]) PingTests.Need(tool);
        using TemporaryFolder folder = new();
        string configuration = Path.Combine(folder.Name, "radvd.conf"), file = Path.Combine(folder.Name, "here.pcapng");
        File.WriteAllText(configuration, """
            interface t0 { AdvSendAdvert on; MinRtrAdvInterval 3; MaxRtrAdvInterval 4;
              prefix 2001:db8:9::/64 { AdvOnLink on; AdvAutonomous on; };
              prefix 2001:db8:a::/64 { AdvOnLink off; AdvAutonomous on; };
            };
            """);
        MakeTap();
        File.WriteAllText("/proc/sys/net/ipv6/conf/all/forwarding", "1");
        IpTool("addr add 2001:db8:77::1/128 dev lo nodad");
        using Process radvd = Begin("radvd", $"-C {configuration} -n -p {Path.Combine(folder.Name, "pid")} -m stderr");
        try
        {
            using TapHostProcess host = new("--tap", "t0", "--slaac", "--address", "10.9.0.2/24", "--pcap", file);
            Assert.StartsWith("ready: 10.9.0.2/24", host.ReadLine(), StringComparison.Ordinal);
            Dictionary<string, string> made = [];      // by how it begins
            while (made.Count < 3)
            {
                string line = host.ReadLine()!;
                Assert.Matches("^address: [0-9a-f:]+/64$", line);
                string address = line["address: ".Length..^"/64".Length];
                made.Add(address[..(address.StartsWith("fe80", StringComparison.Ordinal) ? 5 : 11)], address);
            }

            Assert.Equal(["2001:db8:9:", "2001:db8:a:", "fe80:"], made.Keys.Order(StringComparer.Ordinal));
            foreach (string beginning in (string[])["2001:db8:9:", "2001:db8:a:"])
            {
                // The second prefix is not on the link: the kernel, as the router, has to be told where it is.
                if (beginning == "2001:db8:a:") IpTool("route add 2001:db8:a::/64 dev t0");
                string address = made[beginning];
                Assert.Contains(" 0% packet loss", Tool("ping", $"-6 -n -c 2 -i 0.2 -W 5 {address}"), StringComparison.Ordinal);
                Assert.Contains(" 0% packet loss", Tool("ping", $"-6 -n -c 1 -W 5 -I 2001:db8:77::1 {address}"), StringComparison.Ordinal);
                Assert.Contains("A host of UserNet", HttpTests.Curl($"-6 http://[{address}]/"), StringComparison.Ordinal);
                CheckEcho(IPAddress.Parse(address));
            }

            Assert.Contains("A host of UserNet", HttpTests.Curl("-4 http://10.9.0.2/"), StringComparison.Ordinal);
            host.Signal(Signals.Interrupt);
            (int code, string output, string errors) = host.WaitForEnd();
            Assert.Equal((0, ""), (code, errors));
            Assert.Contains("in router advertisements", output, StringComparison.Ordinal);
        }
        finally
        {
            if (!radvd.HasExited) radvd.Kill();
        }

        Shark.FindNothingWrong(file);
    });

    [Fact]
    public void An_IPv6_address_that_the_kernel_has_is_refused() => Run(IpFamily.V6, () =>
    {
        MakeTap();
        using TapHostProcess host = new("--tap", "t0", "--address", "10.9.0.2/24", "--address", "2001:db8:9::1/64");
        (int code, string output, string errors) = host.WaitForEnd();
        Assert.Equal(1, code);
        Assert.DoesNotContain("ready", output, StringComparison.Ordinal);
        Assert.StartsWith("2001:db8:9::1 is in use by ", Assert.Single(errors.TrimEnd().Split('\n')), StringComparison.Ordinal);
    });

    [Fact]
    public void A_session_over_IPv6_is_replayed_with_the_same_answers_to_its_peer() => Run(IpFamily.V6, () =>
    {
        PingTests.Need("ping");
        using TemporaryFolder folder = new();
        string file = Path.Combine(folder.Name, "here.pcapng");
        string[] options = ["--address", "10.9.0.2/24", "--address", "2001:db8:9::2/64", "--seed", "7"];
        MakeTap();
        using (TapHostProcess host = new(["--tap", "t0", "--pcap", file, .. options]))
        {
            Assert.StartsWith("ready: ", host.ReadLine(), StringComparison.Ordinal);
            Tool("ping", "-6 -n -c 2 -i 0.2 -s 4000 -W 5 2001:db8:9::2");
            CheckEcho(IPAddress.Parse("2001:db8:9::2"));
            host.Signal(Signals.Terminate);
            Assert.Equal(0, host.WaitForEnd().Code);
        }

        using TapHostProcess again = new(["--replay", file, .. options]);
        (_, string output, string errors) = again.WaitForEnd();
        // Nonces, and an address of the host's own making, come of chance that is drawn in the order in which frames arrived.
        string[] differing = [.. output.Split('\n').Where(static line => line.TrimStart() is [>= '1' and <= '9', ..] && line.Contains("2001:db8:9::1", StringComparison.Ordinal))];
        Assert.True(errors.Length == 0 && differing.Length == 0, output + errors);
        Assert.Contains(" matched", output, StringComparison.Ordinal);
    });

    private static void MakeTap()
    {
        IpTool("tuntap add dev t0 mode tap");
        foreach (string address in (string[])["10.9.0.1/24", "10.9.1.1/24", "2001:db8:9::1/64 nodad", "fd09::1/64 nodad", "fe80::1/64 nodad"])
            IpTool($"addr add {address} dev t0");
        IpTool("link set t0 up");
    }

    private static int InterfaceNumber() => int.Parse(IpTool("-o link show dev t0").Split(':')[0], System.Globalization.CultureInfo.InvariantCulture);

    private static void CheckEcho(IPAddress to)
    {
        using Socket socket = new(to.AddressFamily, SocketType.Dgram, ProtocolType.Udp) { ReceiveTimeout = 10_000 };
        socket.Connect(new IPEndPoint(to, SmallServers.EchoPort));
        byte[] question = new byte[3000], answer = new byte[4000];
        TestSettings.Random(5).NextBytes(question);
        socket.Send(question);
        Assert.Equal(question, answer[..socket.Receive(answer)]);
    }
}
