using UserNet.Addressing;
using UserNet.Link;
using UserNet.Sockets;
using UserNet.Tests.Infrastructure;
using Xunit;
using static UserNet.Tests.Tap.OwnNamespace;

namespace UserNet.Tests.Interop;

/// <summary>
/// What IPv4 hosts say of themselves: that an address is theirs (RFC 5227), and which groups they listen to (RFC 3376). Those of IPv6 are in
/// <see cref="TapHostV6Tests"/> and <see cref="BridgeGroupsTests"/>.
/// </summary>
[Collection(nameof(WholeProcess))]
public sealed class ClaimAndReportTests
{
    [Fact]
    public void An_address_of_the_kernel_is_found_to_be_taken() => Run(() =>
    {
        using HostOnDevice host = new("tap", options: new InterfaceOptions { ConflictDetection = ConflictDetection.Probe });
        IpTool($"addr add {HostOnDevice.Here}/24 dev {host.KernelInterface}");
        Assert.True(Until(() => host.Interface.Conflicts.Count > 0));
        AddressConflict conflict = host.Interface.Conflicts[0];
        Assert.Equal(
            (InetAddress.Parse(HostOnDevice.Here), host.Device.KernelAddress!.Value, ConflictOutcome.Refused),
            (conflict.Address, conflict.Other, conflict.Outcome));
        Assert.Contains("0 received", Flood(), StringComparison.Ordinal);
        host.CloseAndCheckCapture();

        // Taken by us, it would answer: the kernel does not ask the wire for its own.
        string Flood()
        {
            IpTool($"addr del {HostOnDevice.Here}/24 dev {host.KernelInterface}");
            using System.Diagnostics.Process ping = Begin("ping", $"-n -q -c 1 -W 1 {HostOnDevice.Here}");
            return ping.StandardOutput.ReadToEnd();
        }
    });

    [Theory]
    [InlineData("tap")]
    [InlineData("packet")]
    [InlineData("pcap")]
    public void Tshark_sees_a_group_being_joined_and_left_as_IGMPv3_has_it(string kind) => Run(() =>
    {
        PingTests.Need("tshark");
        PingTests.Need("tcpdump");
        using HostOnDevice host = new(kind);
        string file = host.PathOf("igmp.pcap");
        using (System.Diagnostics.Process recording = Shark.Record(host.KernelInterface, file, "igmp", count: 4))
        {
            using NetworkSocket socket = host.OpenSocket();
            socket.JoinGroup(InetAddress.Parse("239.1.2.3"), host.Interface.Index);
            socket.JoinGroup(InetAddress.Parse("232.1.1.1"), host.Interface.Index, InetAddress.Parse(HostOnDevice.Kernel));
            Thread.Sleep(50);
            socket.LeaveGroup(InetAddress.Parse("239.1.2.3"), host.Interface.Index);
            socket.LeaveGroup(InetAddress.Parse("232.1.1.1"), host.Interface.Index, InetAddress.Parse(HostOnDevice.Kernel));
            Assert.True(recording.WaitForExit(10_000), "Fewer than four reports came.");
        }

        string[][] reports = Shark.Fields(
            file, "igmp.type == 0x22", "igmp.version", "ip.dst", "ip.ttl", "igmp.record_type", "igmp.maddr", "igmp.saddr", "ip.opt.type");
        Assert.True(reports.Length >= 4);
        Assert.All(reports, static report => Assert.Equal(("3", "224.0.0.22", "1"), (report[0], report[1], report[2])));
        Assert.Contains(reports, static report => report[3].Split(',').Contains("4") && report[4].Contains("239.1.2.3", StringComparison.Ordinal));
        Assert.Contains(reports, static report => report[3].Split(',').Contains("5") && report[5].Contains(HostOnDevice.Kernel, StringComparison.Ordinal));
        Assert.Contains(reports, static report => report[3].Split(',').Contains("3") && report[4].Contains("239.1.2.3", StringComparison.Ordinal));
        Shark.FindNothingWrong(file);
        host.CloseAndCheckCapture();
    });
}
