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

/// <summary>Segments that hping3 makes: of all kinds of flags, and in floods. It speaks IPv4 alone.</summary>
[Collection(nameof(WholeProcess))]
public sealed partial class ForgedSegmentTests
{
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
