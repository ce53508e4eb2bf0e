using System.Diagnostics;
using System.Text.Json;
using UserNet.Tests.Infrastructure;
using Xunit;
using Count = UserNet.Doors.Counter;
using static UserNet.Tests.Tap.OwnNamespace;

namespace UserNet.Tests.Interop;

/// <summary>IPv6 packets that nobody sends by accident, made by scapy and by raw sockets at the kernel's end of a TAP.</summary>
[Collection(nameof(WholeProcess))]
public sealed class ForgedPacketV6Tests
{
    /// <summary>Where UserNet does what the kernel does not, and why.</summary>
    private static readonly Dictionary<string, string> Differences = new()
    {
        ["from nobody"] = "here silence, the kernel message 129 of 32",        // RFC 4291 §2.5.2: nobody can be answered
        ["mapped source"] = "here silence, the kernel message 129 of 32",      // such addresses are for sockets, not for wires
        ["jumbogram that is none"] = "here error 4 2 42, the kernel error 4 0 44",      // RFC 2675 is not known here: an unknown option
    };

    [Fact]
    public void Each_is_answered_as_a_host_of_the_kernel_answers_it() => Run(IpFamily.V6, () =>
    {
        Assert.SkipUnless(File.Exists("/usr/lib/python3/dist-packages/scapy/__init__.py"), "there is no scapy");
        using HostOnDevice host = new("tap");
        using FarHost far = new(mtu: 1500);
        host.Stack.Configure(static stack =>
            (stack.IcmpV6.ErrorBurst, stack.IcmpV6.ErrorsAtOnce, stack.IcmpV6.ErrorInterval) = (1000, 1000, TimeSpan.FromMilliseconds(1)));
        foreach (string address in (string[])[HostOnDevice.Here, FarHost.Address])
            Assert.Contains(" 0% packet loss", Tool("ping", $"-6 -n -c 1 -W 5 {address}"), StringComparison.Ordinal);
        string script = Path.Combine(AppContext.BaseDirectory, "Interop", "forged6.py");
        string output = Tool("/usr/bin/python3", $"{script} {host.KernelInterface} {host.Interface.Address} {HostOnDevice.Kernel} {HostOnDevice.Here}"
            + $" near {StationOf(FarHost.Address)} {FarHost.Gateway} {FarHost.Address}");
        TestContext.Current.TestOutputHelper?.WriteLine(output);
        string[][] rows = [.. output.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(static line => line.Split('|'))];
        Assert.True(rows.Length >= 55, output);
        List<string> differences = [];
        foreach (string[] row in rows)
        {
            string? difference = row[1] == row[2] ? null : $"here {row[1]}, the kernel {row[2]}";
            if (difference != Differences.GetValueOrDefault(row[0])) differences.Add($"{row[0]}: {difference ?? "as the kernel"}");
        }

        Assert.True(differences.Count == 0, string.Join('\n', differences));
        Assert.Contains(rows, static row => row is ["plain again", "message 129 of 32", "message 129 of 32"]);
        Assert.Equal(0, host.Stack.Statistics.PacketsOutstanding);
    });

    [Fact]
    public void In_a_flood_of_forged_SYNs_memory_stays_within_bounds_and_who_is_real_gets_its_page() => Run(IpFamily.V6, () =>
    {
        PingTests.Need("python3");
        PingTests.Need("curl");
        using HostOnDevice host = new("tap", records: false);
        host.Stack.Configure(static stack => stack.Host.AddRoute("::/0", HostOnDevice.Kernel));
        int count = TestSettings.Count(20_000, 500_000);
        string script = host.PathOf("flood.py");
        File.WriteAllText(script, Flood);
        using Process flood = Begin("python3", $"{script} {host.KernelInterface} {host.Interface.Address} {HostOnDevice.Here} {count}");
        try
        {
            int most = 0;
            Assert.True(Until(() => host.Stack.Statistics[Count.TcpSynCookiesSent] > 0, 20_000), host.Stack.Statistics.ToString());
            for (int i = 0; i < 10; i++)
            {
                Assert.Contains("A host of UserNet", HttpTests.Curl($"http://{HostOnDevice.HereInUrl}/"), StringComparison.Ordinal);
                most = Math.Max(most, host.Stack.Statistics.PacketsOutstanding);
            }

            Assert.InRange(most, 0, 5_000);
        }
        finally
        {
            if (!flood.HasExited) flood.Kill();
        }

        Assert.InRange(host.Stack.Snapshot().Rows.Count, 1, 4096 + 100);
        Assert.InRange(host.Interface.Neighbors.Count, 1, 1024);
        TestContext.Current.TestOutputHelper?.WriteLine(host.Stack.Statistics.ToString());
    });

    // A checksum over the parts that differ is all that is worked out for each: sources of a /64, ports and numbers by chance.
    private const string Flood = """
        import random, socket, struct, sys, time
        name, station, to, count = sys.argv[1:5]
        end = socket.socket(socket.AF_PACKET, socket.SOCK_RAW)
        end.bind((name, 0x86DD))
        target = socket.inet_pton(socket.AF_INET6, to)
        ethernet = bytes.fromhex(station.replace(":", "")) + end.getsockname()[4] + b"\x86\xdd"
        def total(octets):
            return sum(struct.unpack(f"!{len(octets) // 2}H", octets))
        fixed = total(target) + 20 + 6 + 80 + 0x5002 + 64000
        for i in range(int(count)):
            source = b"\x20\x01\x0d\xb8\x00\xff\x00\x00" + random.randbytes(8)
            port, sequence = random.randrange(1024, 65536), random.randbytes(4)
            checksum = fixed + total(source) + port + total(sequence)
            checksum = (checksum & 0xFFFF) + (checksum >> 16)
            checksum = ~((checksum & 0xFFFF) + (checksum >> 16)) & 0xFFFF
            header = b"\x60\0\0\0\0\x14\x06\x40" + source + target
            end.send(ethernet + header + struct.pack("!HH4sIHHHH", port, 80, sequence, 0, 0x5002, 64000, checksum, 0))
            if i % 100 == 0:
                time.sleep(0.001)
        """;

    private static string StationOf(string address)
    {
        using JsonDocument document = JsonDocument.Parse(IpTool($"-j -6 neigh show to {address}"));
        return document.RootElement[0].GetProperty("lladdr").GetString()!;
    }
}
