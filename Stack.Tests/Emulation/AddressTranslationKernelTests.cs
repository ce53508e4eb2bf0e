using System.Diagnostics;
using System.Globalization;
using UserNet.Addressing;
using UserNet.Emulation;
using UserNet.Simulation;
using UserNet.Tap;
using UserNet.Tests.Infrastructure;
using Xunit;
using static UserNet.Tests.Tap.OwnNamespace;

namespace UserNet.Tests.Emulation;

/// <summary>
/// Linux inside, 10.9.0.1, and Linux outside, 203.0.113.1, which does not know 10/8; between them a UserNet router that translates to
/// 203.0.113.2.
/// </summary>
[Collection(nameof(WholeProcess))]
public sealed class AddressTranslationKernelTests
{
    private const string Far = "203.0.113.1";

    [Fact]
    public void Linux_pings_and_traces_through_the_translation() => WithRouter(static (translation, _) =>
    {
        Assert.Contains(" 0% packet loss", Output("ping", $"-c 3 -i 0.2 {Far}"), StringComparison.Ordinal);
        Assert.Contains(" 0% packet loss", Output("ping", $"-c 3 -i 0.2 -s 4000 -M dont {Far}"), StringComparison.Ordinal);
        Assert.Contains("From 10.9.0.2", Output("ping", $"-c 1 -t 1 -W 1 {Far}"), StringComparison.Ordinal);
        AddressTranslationCounts counts = translation.Counts;
        Assert.True(counts.Outbound >= 12 && counts.Inbound >= 12, $"{counts}");
        Assert.SkipUnless(File.Exists("/usr/bin/traceroute") || File.Exists("/usr/sbin/traceroute"), "traceroute is not installed");
        string trace = Output("traceroute", $"-n -w 1 -q 1 -m 4 {Far}");
        Assert.Contains("10.9.0.2", trace, StringComparison.Ordinal);
        Assert.Contains($" 2  {Far}", trace, StringComparison.Ordinal);      // the port unreachable of the other Linux found back
    });

    [Fact]
    public void A_stream_of_linux_arrives_and_linux_outside_sees_the_outer_address() => WithRouter(static (translation, far) =>
    {
        Assert.SkipUnless(File.Exists("/usr/bin/socat"), "socat is not installed");
        const int octets = 5_000_000;
        using Process server = Begin("nsenter", $"-t {far.Id} -n socat TCP-LISTEN:9999,fork SYSTEM:\"echo $SOCAT_PEERADDR; wc -c; head -c {octets} /dev/zero\"");
        try
        {
            Assert.True(Until(() => Output("nsenter", $"-t {far.Id} -n ss -Hltn sport = :9999").Trim().Length > 0));
            string answer = Output("sh", $"-c \"head -c {octets} /dev/zero | timeout 30 socat -t 20 STDIO TCP:{Far}:9999 | (read a; read b; echo $a; echo $b; wc -c)\"");
            string[] lines = answer.Split('\n', StringSplitOptions.RemoveEmptyEntries);
            string all = octets.ToString(CultureInfo.InvariantCulture);
            Assert.Equal(["203.0.113.2", all, all], lines);
            TranslatedSession session = Assert.Single(translation.Mappings.Rows);
            Assert.Equal(("10.9.0.1", System.Net.NetworkInformation.TcpState.TimeWait), (session.Inside.Address.ToString(), session.State));
            Assert.True(translation.Counts.Inbound < octets / 1448, $"Nothing came as many in one: {translation.Counts}");
        }
        finally
        {
            server.Kill(entireProcessTree: true);
            server.WaitForExit();
        }
    });

    private static void WithRouter(Action<AddressTranslation, Process> test) => Run(() =>
    {
        using Process far = Begin("unshare", "-n sleep 120");      // whose namespace ends with it
        try
        {
            using NetworkStack stack = new();
            Device left = Device.Open("tap:t0", new DeviceOptions { BringUp = true });
            Device right = Device.Open("tap:t1", new DeviceOptions { BringUp = true });
            IpTool("addr add 10.9.0.1/24 dev t0");
            IpTool("route add default via 10.9.0.2");
            Assert.True(Until(() => new FileInfo($"/proc/{far.Id}/ns/net").LinkTarget != new FileInfo("/proc/thread-self/ns/net").LinkTarget));
            IpTool($"link set t1 netns {far.Id}");
            Tool("nsenter", $"-t {far.Id} -n sh -c \"ip link set lo up; ip addr add {Far}/24 dev t1; ip link set t1 up\"");
            stack.Configure(static one => one.Host.InputSettings.Forwards = true);
            stack.Attach("left", left, new InterfaceOptions { Addresses = ["10.9.0.2/24"] });
            AddressTranslationOptions options = new()
            {
                OuterAddress = InetAddress.Parse("203.0.113.2"),
                InsidePrefixes = [InetPrefix.Parse("10.0.0.0/8")],
            };
            AddressTranslation translation = new(right, options, TimeProvider.System, new Random(1).NextBytes);
            stack.Attach("right", translation, new InterfaceOptions { Addresses = ["203.0.113.2/24"] });
            test(translation, far);
        }
        finally
        {
            far.Kill();
            far.WaitForExit();
        }
    });

    private static string Output(string tool, string arguments)
    {
        using Process process = Begin(tool, arguments);
        string output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return output;
    }
}
