using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text.RegularExpressions;
using UserNet.Addressing;
using UserNet.Emulation;
using UserNet.Ip;
using UserNet.Samples.TapHost;
using UserNet.Simulation;
using UserNet.Sockets;
using UserNet.Tests.Infrastructure;
using Xunit;
using Count = UserNet.Doors.Counter;
using static UserNet.Tests.Tap.OwnNamespace;

namespace UserNet.Tests.Interop;

/// <summary>Streams between UserNet and the kernel where the wire, the path or somebody on it is no friend.</summary>
[Collection(nameof(WholeProcess))]
public sealed partial class HardWireTests
{
    private static readonly IPEndPoint Echo = new(IPAddress.Parse(HostOnDevice.Here), SmallServers.EchoPort);

    [Theory]
    [InlineData(0.01, 0.0, 0.0, 0.0)]
    [InlineData(0.05, 0.0, 0.0, 0.0)]
    [InlineData(0.0, 0.05, 0.0, 0.0)]
    [InlineData(0.0, 0.0, 0.05, 0.0)]
    [InlineData(0.0, 0.0, 0.0, 0.02)]
    [InlineData(0.01, 0.01, 0.01, 0.01)]
    public void Every_octet_arrives_over_a_wire_that_loses_doubles_reorders_and_corrupts(double loss, double twice, double late, double wrong) => Run(() =>
    {
        LinkConditions conditions = new()
        {
            Loss = loss,
            Duplication = twice,
            Reordering = late,
            Corruption = wrong,
            Delay = TimeSpan.FromMilliseconds(2),
            ReorderDelay = TimeSpan.FromMilliseconds(3),
        };
        using HostOnDevice host = new("tap", records: false, around: link => new ImpairedLink(
            link, TimeProvider.System, TestSettings.Random(11).NextBytes, conditions, conditions));
        byte[] octets = new byte[2_000_000], answer = new byte[octets.Length];
        PseudoRandomOctets.Fill(6, 0, octets);
        using (Socket socket = HostOnDevice.OpenKernelStream())
        {
            (socket.ReceiveTimeout, socket.SendTimeout) = (30_000, 30_000);
            socket.Connect(Echo);
            Task sending = Task.Run(() =>
            {
                for (int sent = 0; sent < octets.Length;) sent += socket.Send(octets, sent, octets.Length - sent, SocketFlags.None);
            });
            for (int got = 0; got < octets.Length;) got += socket.Receive(answer, got, answer.Length - got, SocketFlags.None);
            sending.Wait();
        }

        Assert.Equal(octets, answer);
        if (loss > 0) Assert.NotEqual(0, host.Stack.Statistics[Count.TcpRetransSegs]);
        TestContext.Current.TestOutputHelper?.WriteLine(host.Stack.Statistics.ToString());
        host.CheckConnectionsAreGone();
    });

    [Theory]
    [InlineData("tap", true)]
    [InlineData("tap", false)]
    [InlineData("tun", true)]
    public void A_router_of_the_kernel_s_with_a_smaller_MTU_is_heard_and_the_transfer_goes_on(string kind, bool offload) => Run(() =>
    {
        using HostOnDevice host = new(kind, offload);
        using FarHost far = new(mtu: 1500);
        IpTool("route change 10.8.0.0/24 dev near mtu lock 1300");      // the far host believes in 1,500
        host.Stack.Configure(static stack => stack.Host.AddRoute("10.8.0.0/24", HostOnDevice.Kernel));
        byte[] octets = new byte[1_000_000], answer = new byte[octets.Length];
        PseudoRandomOctets.Fill(4, 0, octets);
        using (NetworkSocket socket = host.OpenStream())
        {
            socket.Connect(InetEndpoint.Parse($"{FarHost.Address}:{FarHost.EchoPort}"));
            Assert.Equal(1448, socket.Info.SendMss);
            Task sending = Task.Run(() => socket.Send(octets));
            for (int got = 0; got < octets.Length;) got += socket.Receive(answer.AsSpan(got));
            sending.Wait();
            Assert.Equal(octets, answer);
            Assert.Equal((1300, 1248), (socket.Info.PathMtu, socket.Info.SendMss));
        }

        host.CloseAndCheckCapture();
        Assert.NotEmpty(Shark.Fields(host.CaptureFile, "icmp.type == 3 && icmp.code == 4 && icmp.mtu == 1300", "frame.number"));
    });

    [Fact]
    public void Nmap_finds_what_listens_by_half_a_handshake_and_by_a_whole_one() => Run(() =>
    {
        PingTests.Need("nmap");
        using HostOnDevice host = new("tap");
        foreach (string how in (string[])["-sS", "-sT"])
        {
            string output = Tool("nmap", $"-n -Pn {how} -p 7,9,13,19,21,80,2000 {HostOnDevice.Here}");
            foreach (int port in (int[])[7, 9, 13, 19, 80]) Assert.Matches($"(?m)^{port}/tcp +open ", output);
            foreach (int port in (int[])[21, 2000]) Assert.Matches($"(?m)^{port}/tcp +closed ", output);
        }

        host.CheckConnectionsAreGone();
        host.CloseAndCheckCapture();
    });

    [Theory]
    [InlineData("-S", "SA", "RA")]
    [InlineData("-A", "R", "R")]
    [InlineData("-S -A", "R", "R")]
    [InlineData("-F", "", "RA")]
    [InlineData("-F -P -U", "", "RA")]
    [InlineData("-S -F", "", "RA")]
    [InlineData("", "", "RA")]
    [InlineData("-R", "", "")]
    [InlineData("-S -R", "", "")]
    [InlineData("-A -R", "", "")]
    [InlineData("-F -A", "R", "R")]
    public void Flags_of_all_kinds_are_answered_as_RFC_9293_says(string flags, string open, string closed) => Run(() =>
    {
        PingTests.Need("hping3");
        using HostOnDevice host = new("tap");
        Assert.Equal(open, Scan(SmallServers.EchoPort));
        Assert.Equal(closed, Scan(21));
        host.CloseAndCheckCapture();

        string Scan(int port)
        {
            using Process scan = Begin("sh", $"-c \"timeout 1 hping3 -n -c 1 {flags} -p {port} {HostOnDevice.Here} 2>&1\"");
            Match match = Flags().Match(scan.StandardOutput.ReadToEnd());
            scan.WaitForExit();
            return match.Groups[1].Value;
        }
    });

    [Fact]
    public void In_a_flood_of_forged_SYNs_memory_stays_within_bounds_and_who_is_real_gets_its_page() => Run(() =>
    {
        PingTests.Need("hping3");
        PingTests.Need("curl");
        using HostOnDevice host = new("tap", records: false);
        host.Stack.Configure(static stack => stack.Host.AddRoute("0.0.0.0/0", HostOnDevice.Kernel));
        int count = TestSettings.Count(20_000, 1_000_000);
        using Process flood = Begin("hping3", $"-q -n -c {count} -i u10 -S -p 80 --rand-source {HostOnDevice.Here}");
        try
        {
            int most = 0;
            Assert.True(Until(() => host.Stack.Statistics[Count.TcpSynCookiesSent] > 0), host.Stack.Statistics.ToString());
            for (int i = 0; i < 10; i++)
            {
                Assert.Contains("A host of UserNet", HttpTests.Curl($"http://{HostOnDevice.Here}/"), StringComparison.Ordinal);
                most = Math.Max(most, host.Stack.Statistics.PacketsOutstanding);
            }

            Assert.False(flood.HasExited && count > 20_000);
            Assert.InRange(most, 0, 5_000);
        }
        finally
        {
            if (!flood.HasExited) flood.Kill();
        }

        Assert.InRange(host.Stack.Snapshot().Rows.Count, 1, 4096 + 100);
        TestContext.Current.TestOutputHelper?.WriteLine(host.Stack.Statistics.ToString());
    });

    [GeneratedRegex("flags=([A-Z]*) ")]
    private static partial Regex Flags();
}
