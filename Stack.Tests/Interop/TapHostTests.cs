using UserNet.Tests.Infrastructure;
using Xunit;
using static UserNet.Tests.Tap.OwnNamespace;

namespace UserNet.Tests.Interop;

/// <summary>The program itself: what it prints, when and how it ends.</summary>
[Collection(nameof(WholeProcess))]
public sealed class TapHostTests
{
    [Fact]
    public void It_answers_once_it_is_ready_and_ends_with_its_figures_and_a_whole_capture_when_it_is_told_to() => Run(() =>
    {
        PingTests.Need("tshark");
        PingTests.Need("ping");
        using TemporaryFolder folder = new();
        List<string> lines = [];
        MakeTap();
        foreach (int signal in (int[])[Signals.Terminate, Signals.Interrupt])
        {
            string file = Path.Combine(folder.Name, $"{signal}.pcapng");
            using TapHostProcess host = new("--tap", "t0", "--address", "10.9.0.2/24", "--gateway", "10.9.0.1", "--pcap", file, "--seed", "7");
            lines.Add(host.ReadLine()!);
            Assert.StartsWith("ready: 10.9.0.2/24 on tap:t0, station ", lines[^1], StringComparison.Ordinal);
            Tool("ping", "-n -q -c 1 -W 5 10.9.0.2");
            host.Signal(signal);
            (int code, string output, string errors) = host.WaitForEnd();
            Assert.Equal((0, ""), (code, errors));
            Assert.Contains("1 in echo requests", output, StringComparison.Ordinal);
            Assert.Contains("eth0: in ", output, StringComparison.Ordinal);
            Assert.Equal(1, Count(file, icmpType: 8));
            Assert.Equal(1, Count(file, icmpType: 0));
            Shark.FindNothingWrong(file);
        }

        Assert.Equal(lines[0], lines[1]);      // the seed makes the same station
    });

    [Fact]
    public void A_device_that_is_lost_ends_it_with_the_reason() => Run(() =>
    {
        MakeTap();
        using TapHostProcess host = new("--device", "tap:t0", "--address", "10.9.0.2/24");
        Assert.StartsWith("ready", host.ReadLine(), StringComparison.Ordinal);
        IpTool("link del t0");
        (int code, string output, string errors) = host.WaitForEnd();
        Assert.Equal(1, code);
        Assert.Contains("Interfaces:", output, StringComparison.Ordinal);
        Assert.Equal("tap:t0 is lost: the interface was deleted, or moved to another network namespace.", errors.Trim());
    });

    [Theory]
    [InlineData("--tap t0", 2, "Give an --address A/N, or --slaac.")]
    [InlineData("--tap t0 --address 2001:db8::2/129", 2, "--address 2001:db8::2/129: not an address with its prefix length")]
    [InlineData("--tap t0 --address 10.9.0.2/24 --gateway 10.9.0.1 --gateway 10.9.0.3", 2, "--gateway: one of each family.")]
    [InlineData("--address 10.9.0.2/24", 2, "--tap NAME or --device KIND:NAME")]
    [InlineData("--tap t0 --device tap:t0 --address 10.9.0.2/24", 2, "--tap NAME or --device KIND:NAME")]
    [InlineData("--tap t0 --address 10.9.0.2", 2, "--address 10.9.0.2: not an address with its prefix length; as in 10.9.0.2/24 or 2001:db8::2/64.")]
    [InlineData("--tap t0 --address 10.9.0.2/24 --gateway here", 2, "--gateway here: not an address; as in 10.9.0.1 or fe80::1.")]
    [InlineData("--tap t0 --address 10.9.0.2/24 --mac 01:00:00:00:00:01", 2, "--mac 01:00:00:00:00:01: not the address of one station")]
    [InlineData("--tap t0 --address 10.9.0.2/24 --conflicts maybe", 2, "--conflicts maybe: announce, probe or none.")]
    [InlineData("--tap t0 --address 10.9.0.2/24 --seed x", 2, "--seed x: not a number from -2147483648 to 2147483647.")]
    [InlineData("--tap t0 --address 10.9.0.2/24 --gateway 10.10.0.1", 2, "10.10.0.1 is not on a link of this host.")]
    [InlineData("--tap t0 --address 224.0.0.1/24", 2, "224.0.0.1 is not an address that an interface can have.")]
    [InlineData("--device tap --address 10.9.0.2/24", 2, "tap")]
    [InlineData("--device packet:nope --address 10.9.0.2/24", 1, "packet:nope can't be opened: there is no interface nope in this network namespace.")]
    [InlineData("--device pcap:nope --address 10.9.0.2/24", 1, "nope")]
    [InlineData("--device tap:lo --address 10.9.0.2/24", 1, "tap:lo: can't get the interface lo: Invalid argument")]
    [InlineData("--tap t0 --address 10.9.0.2/24 --pcap /nowhere/a.pcapng", 1, "/nowhere/a.pcapng")]
    public void What_cannot_be_is_said_in_a_line(string arguments, int code, string message) => Run(() =>
    {
        MakeTap();
        using TapHostProcess host = new(arguments.Split(' '));
        (int ended, _, string errors) = host.WaitForEnd();
        Assert.Equal(code, ended);
        Assert.Contains(message, errors, StringComparison.Ordinal);
        Assert.Single(errors.TrimEnd().Split('\n'));
        Assert.DoesNotContain("Exception", errors, StringComparison.Ordinal);
        Assert.DoesNotContain("Parameter", errors, StringComparison.Ordinal);
        Assert.DoesNotContain("System.", errors, StringComparison.Ordinal);
    });

    [Fact]
    public void A_device_that_somebody_has_is_busy() => Run(() =>
    {
        MakeTap();
        using TapHostProcess first = new("--tap", "t0", "--address", "10.9.0.2/24");
        Assert.StartsWith("ready", first.ReadLine(), StringComparison.Ordinal);
        using TapHostProcess second = new("--tap", "t0", "--address", "10.9.0.3/24");
        (int code, _, string errors) = second.WaitForEnd();
        Assert.Equal(1, code);
        Assert.Contains("t0", Assert.Single(errors.TrimEnd().Split('\n')), StringComparison.Ordinal);
    });

    [Fact]
    public void An_address_that_the_kernel_has_is_refused_when_it_is_asked_for_first() => Run(() =>
    {
        MakeTap();
        using TapHostProcess host = new("--tap", "t0", "--address", "10.9.0.1/24", "--conflicts", "probe");
        (int code, string output, string errors) = host.WaitForEnd();
        Assert.Equal(1, code);
        Assert.DoesNotContain("ready", output, StringComparison.Ordinal);
        Assert.StartsWith("10.9.0.1 is in use by station ", errors, StringComparison.Ordinal);
    });

    private static void MakeTap()
    {
        IpTool("tuntap add dev t0 mode tap");
        IpTool("addr add 10.9.0.1/24 dev t0");
        IpTool("link set t0 up");
    }

    private static int Count(string file, int icmpType) => Shark.Fields(file, $"icmp.type == {icmpType}", "icmp.seq").Length;
}
