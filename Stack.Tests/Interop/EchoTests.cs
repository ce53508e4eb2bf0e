using System.Net;
using System.Net.Sockets;
using System.Text;
using UserNet.Samples.TapHost;
using UserNet.Tests.Infrastructure;
using Xunit;
using static UserNet.Tests.Tap.OwnNamespace;

namespace UserNet.Tests.Interop;

/// <summary>Sockets of the kernel and the services of TapHost.</summary>
[Collection(nameof(WholeProcess))]
public class EchoTests
{
    private protected virtual IpFamily Family => IpFamily.V4;

    [Fact]
    public void Datagrams_of_every_size_come_back_as_they_were() => Run(Family, () =>
    {
        using HostOnDevice host = new("tap", records: false);
        IEnumerable<int> sizes = Enumerable.Range(0, Sizes.Largest + 1);
        if (!TestSettings.IsLong) sizes = sizes.Where(static size => size <= 3_100 || size % 257 == 0).Concat(Sizes.Edges);
        host.CheckEcho(sizes);
        host.CheckDrops();
    });

    [Theory]
    [InlineData("tap")]
    [InlineData("tun")]
    [InlineData("packet")]
    [InlineData("pcap")]
    public void Tshark_has_nothing_to_say_about_echoes_of_all_kinds_of_sizes(string kind) => Run(Family, () =>
    {
        PingTests.Need("tshark");
        using HostOnDevice host = new(kind);
        host.CheckEcho(Sizes.Spread(300));
        host.CheckDrops();
        host.CloseAndCheckCapture();
    });

    [Fact]
    public void Daytime_tells_the_time_chargen_sends_the_pattern_and_discard_says_nothing() => Run(Family, () =>
    {
        using HostOnDevice host = new("tap");
        using Socket socket = HostOnDevice.OpenKernelSocket();
        Assert.True(DateTime.TryParseExact(
            Encoding.ASCII.GetString(Ask(socket, SmallServers.DaytimePort)!), "dddd, MMMM d, yyyy HH:mm:ss'-UTC\r\n'",
            System.Globalization.CultureInfo.InvariantCulture, System.Globalization.DateTimeStyles.AssumeUniversal, out DateTime time));
        Assert.InRange(Math.Abs((DateTime.UtcNow - time.ToUniversalTime()).TotalSeconds), 0, 10);

        HashSet<int> lengths = [];
        for (int i = 0; i < 50; i++)
        {
            string text = Encoding.ASCII.GetString(Ask(socket, SmallServers.ChargenPort)!);
            Assert.InRange(text.Length, 0, 512);
            lengths.Add(text.Length);
            string[] lines = text.Split("\r\n");
            for (int n = 0; n < lines.Length; n++)
            {
                Assert.True(lines[n].Length == 72 || n == lines.Length - 1);
                for (int k = 1; k < lines[n].TrimEnd('\r').Length; k++)
                    Assert.True(lines[n][k] == lines[n][k - 1] + 1 || (lines[n][k - 1], lines[n][k]) == ('~', ' '), text);
                if (n > 0 && lines[n].Length > 0 && lines[n][0] != '\r') Assert.Equal(lines[n - 1][1], lines[n][0]);
            }
        }

        Assert.True(lengths.Count > 20);
        socket.ReceiveTimeout = 50;
        Assert.Null(Ask(socket, SmallServers.DiscardPort));
    });

    [Fact]
    public void A_datagram_that_might_set_two_services_off_against_each_other_is_not_answered() => Run(Family, () =>
    {
        using HostOnDevice host = new("tap");
        using (Socket service = HostOnDevice.OpenKernelSocket(19))
        {
            service.ReceiveTimeout = 50;
            Assert.Null(Ask(service, SmallServers.EchoPort));
            Assert.Null(Ask(service, SmallServers.DaytimePort));
            Assert.Null(Ask(service, SmallServers.ChargenPort));
        }

        // Nor is one that was sent to all, nor, where the answer is longer than the question, one from afar.
        string afar = Family.IsV6 ? "2001:db8:77::1" : "192.0.2.1";
        IpTool($"addr add {afar}/{(Family.IsV6 ? "128" : "32")} dev lo{(Family.IsV6 ? " nodad" : "")}");
        using Socket far = new(Family.Sockets, SocketType.Dgram, ProtocolType.Udp) { ReceiveTimeout = 50 };
        if (!Family.IsV6) far.EnableBroadcast = true;
        far.Bind(new IPEndPoint(IPAddress.Parse(afar), 0));
        host.Stack.Configure(stack => stack.Host.AddRoute(Family.Everything, HostOnDevice.Kernel));
        Assert.Null(Ask(far, SmallServers.ChargenPort));
        Assert.Null(Ask(far, SmallServers.EchoPort, Family.IsV6 ? $"ff02::1%{host.KernelInterface}" : "10.9.0.255"));
        far.ReceiveTimeout = 10_000;
        Assert.NotNull(Ask(far, SmallServers.EchoPort));
    });

    [Fact]
    public void Who_goes_away_before_the_answer_comes_does_not_stop_the_service() => Run(Family, () =>
    {
        using HostOnDevice host = new("tap");
        for (int i = 0; i < 20; i++)
        {
            using Socket socket = HostOnDevice.OpenKernelSocket();
            socket.SendTo([1], new IPEndPoint(IPAddress.Parse(HostOnDevice.Here), SmallServers.EchoPort));
        }

        // An address of the network that nobody has: the answers wait for it in vain.
        IpTool($"addr add {HostOnDevice.AddressOf(66)}/{(Family.IsV6 ? "128" : "32")} dev lo{(Family.IsV6 ? " nodad" : "")}");
        using (Socket gone = new(Family.Sockets, SocketType.Dgram, ProtocolType.Udp))
        {
            File.WriteAllText("/proc/sys/net/ipv4/conf/all/arp_ignore", "8");
            gone.Bind(new IPEndPoint(IPAddress.Parse(HostOnDevice.AddressOf(66)), 0));
            for (int i = 0; i < 20; i++) gone.SendTo([1], new IPEndPoint(IPAddress.Parse(HostOnDevice.Here), SmallServers.EchoPort));
            File.WriteAllText("/proc/sys/net/ipv4/conf/all/arp_ignore", "0");
        }

        host.CheckEcho([1, 2, 3]);
        host.CloseAndCheckCapture();
    });

    [Theory]
    [InlineData("tap")]
    [InlineData("packet")]
    [InlineData("pcap")]
    public void Nmap_finds_what_is_open_and_what_is_closed(string kind) => Run(Family, () =>
    {
        PingTests.Need("nmap");
        using HostOnDevice host = new(kind);
        string output = Tool("nmap", $"{(Family.IsV6 ? "-6 " : "")}-n -Pn -sU -p 7,13,19,21,2000 {HostOnDevice.Here}");
        foreach (string line in (string[])["7/udp    open", "13/udp   open", "19/udp   open", "21/udp   closed", "2000/udp closed"])
            Assert.Contains(line + " ", output, StringComparison.Ordinal);
        host.CloseAndCheckCapture();
    });

    [Fact]
    public void The_kernel_s_end_sees_no_bad_packet_either() => Run(Family, () =>
    {
        PingTests.Need("tshark");
        PingTests.Need("tcpdump");
        using HostOnDevice host = new("tap", offload: false);
        string file = host.PathOf("kernel.pcap");
        using (System.Diagnostics.Process recording = Shark.Record(host.KernelInterface, file))
        {
            Tool("ping", $"-n -q -A -c 20 -s 3000 {HostOnDevice.Here}");
            host.CheckEcho(Sizes.Spread(60));
            Tool("traceroute", $"-n -q 1 -w 5 {HostOnDevice.Here}");
            Shark.Finish(recording);
        }

        Assert.NotEmpty(Shark.Fields(file, $"udp.port == 7 && udp.length == {Sizes.Largest + 8}", "frame.number"));
        Shark.FindNothingWrong(file);
        host.CloseAndCheckCapture();
    });

    private static byte[]? Ask(Socket socket, int port, string? host = null)
    {
        byte[] answer = new byte[2048];
        socket.SendTo([0x3F], new IPEndPoint(IPAddress.Parse(host ?? HostOnDevice.Here), port));
        try
        {
            return answer[..socket.Receive(answer)];
        }
        catch (SocketException e) when (e.SocketErrorCode == SocketError.TimedOut)
        {
            return null;
        }
    }
}

/// <summary>The same over IPv6.</summary>
[Collection(nameof(WholeProcess))]
public sealed class EchoV6Tests : EchoTests
{
    private protected override IpFamily Family => IpFamily.V6;
}
