using System.Diagnostics;
using System.Globalization;
using System.Text.RegularExpressions;
using Count = UserNet.Doors.Counter;
using UserNet.Tests.Infrastructure;
using Xunit;
using static UserNet.Tests.Tap.OwnNamespace;

namespace UserNet.Tests.Interop;

/// <summary>What asks by ARP, against a host of UserNet.</summary>
[Collection(nameof(WholeProcess))]
public sealed class ArpingTests
{
    [Theory]
    [InlineData("tap")]
    [InlineData("packet")]
    [InlineData("pcap")]
    public void Arping_is_answered_by_the_station_and_one_who_wants_the_address_learns_that_it_is_taken(string kind) => Run(() =>
    {
        PingTests.Need("arping");
        using HostOnDevice host = new(kind);
        string output = Tool("arping", $"-c 2 -w 5 -I {host.KernelInterface} {HostOnDevice.Here}");
        Assert.Contains("Received 2 response(s)", output, StringComparison.Ordinal);
        Assert.Contains($"[{host.Interface.Address}]", output, StringComparison.OrdinalIgnoreCase);

        // Asked as RFC 5227 §2.1.1 does, without an address of the asker's own: fails when there is an answer.
        using Process probe = Begin("arping", $"-D -c 1 -w 5 -I {host.KernelInterface} {HostOnDevice.Here}");
        output = probe.StandardOutput.ReadToEnd();
        Assert.True(probe.WaitForExit(10_000));
        Assert.Equal(1, probe.ExitCode);
        Assert.Contains($"[{host.Interface.Address}]", output, StringComparison.OrdinalIgnoreCase);
        // Two questions and the probe; to the one for the address that nobody has, there is no answer.
        StackStatistics statistics = host.Stack.Statistics;
        Assert.Equal((3, 3), (statistics[Count.ArpInRequests], statistics[Count.ArpOutReplies]));
        Assert.Contains("Received 0", Tool("arping", $"-D -c 1 -w 1 -I {host.KernelInterface} 10.9.0.77"), StringComparison.Ordinal);
        host.CloseAndCheckCapture();
    });
}
