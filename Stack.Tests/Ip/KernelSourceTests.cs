using System.Text.Json;
using UserNet.Addressing;
using UserNet.Ip;
using UserNet.Tests.Infrastructure;
using Xunit;

namespace UserNet.Tests.Ip;

/// <summary>
/// The source of IPv6 packets as the running kernel chooses it: deprecated, temporary and tentative addresses, several interfaces, all
/// labels, groups and link-local destinations.
/// </summary>
/// <remarks>
/// The kernel makes temporary addresses itself, of a flag; so the host of UserNet gets the addresses that the kernel shows.
/// </remarks>
[Collection(nameof(WholeProcess))]
public sealed class KernelSourceTests
{
    private static readonly string[] Prefixes =
        ["2001:db8:", "2001:db8:f", "fd00:", "fd01:", "2002:c633:", "2001:0:", "3ffe:", "fec0:", "2001:10:", "2620:"];

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    [InlineData(5)]
    public void The_kernel_chooses_the_same_source(int seed)
    {
        if (KernelNamespace.Obstacle() is { } obstacle) Assert.Skip(obstacle);
        using KernelNamespace kernel = new($"usernet-source-{Environment.ProcessId}-{seed}");
        foreach ((string device, int temporary) in new[] { ("v0", 2), ("v1", 1), ("v2", 0) })
        {
            kernel.Set($"net.ipv6.conf.{device}.use_tempaddr", temporary);
            kernel.Set($"net.ipv6.conf.{device}.accept_dad", 0);
        }

        var random = new Random(seed);
        List<string> commands =
        [
            "addr add fe80::1/64 dev v0 nodad", "addr add fe80::2/64 dev v0 nodad preferred_lft 0", "addr add fe80::1:1/64 dev v1 nodad",
            "addr add fe80::2:1/64 dev v2 nodad",
        ];
        for (int i = 0; i < 20; i++)
        {
            string traits = Pick(random, "/64 nodad mngtmpaddr", "/64 nodad mngtmpaddr", "/64 nodad", "/48 nodad", "/128 nodad", "/64 nodad preferred_lft 0");
            // A subnet is on one link only: which of two routes came first is not asked here.
            int subnet = random.Next(1, 4);
            commands.Add($"addr add {Pick(random, Prefixes)}{subnet}::{random.Next(1, 9)}{traits} dev v{subnet - 1}");
        }

        commands.AddRange(["route add ::/0 via fe80::fe dev v0 metric 10", "route add 2620::/16 via fe80::fe dev v1", "route add fd00::/15 via fe80::fe dev v2"]);
        string[] done = kernel.Batch(commands);
        Assert.DoesNotContain(done, answer => answer.StartsWith('!') && !answer.Contains("exists", StringComparison.Ordinal) && !answer.Contains("already", StringComparison.Ordinal));
        kernel.WaitForAddresses();
        HostAddressing host = Mirror(kernel.Batch(["addr show"])[0], out int temporaries);
        Assert.True(temporaries > 0);
        foreach (string command in commands.Where(command => command.StartsWith("route", StringComparison.Ordinal))) IpCommand.Run(host, command);

        var questions = new (string To, string? Device)[200];
        for (int i = 0; i < questions.Length; i++) questions[i] = Question(random);
        string[] answers = kernel.Batch(Array.ConvertAll(questions, q => $"route get {q.To}{(q.Device is null ? "" : $" oif {q.Device}")}"));
        List<string> differences = [];
        for (int i = 0; i < questions.Length; i++)
        {
            string expected = Read(answers[i]), actual = host.Route(questions[i].To, device: questions[i].Device);
            if (actual.Contains(' ', StringComparison.Ordinal)) actual = actual[..actual.LastIndexOf(' ')];
            if (expected != actual) differences.Add($"{questions[i]}: kernel {expected}, here {actual}");
        }

        Assert.True(differences.Count == 0, $"seed {seed}:\n{string.Join('\n', differences)}\nafter\n{string.Join('\n', commands)}");
    }

    /// <summary>The kernel's addrlabel rows are those of the table.</summary>
    [Fact]
    public void The_kernel_has_the_same_labels()
    {
        if (KernelNamespace.Obstacle() is { } obstacle) Assert.Skip(obstacle);
        using KernelNamespace kernel = new($"usernet-labels-{Environment.ProcessId}");
        using JsonDocument document = JsonDocument.Parse(kernel.Batch(["addrlabel list"])[0]);
        var expected = new SortedSet<string>(StringComparer.Ordinal);
        foreach (JsonElement row in document.RootElement.EnumerateArray())
        {
            string prefix = row.GetProperty("address").GetString()!;
            int length = row.TryGetProperty("prefixlen", out JsonElement l) ? l.GetInt32() : 128;
            expected.Add($"{new InetPrefix(Asking.At(prefix == "any" ? "::" : prefix), length)} {row.GetProperty("label")}");
        }

        Assert.Equal(expected, new SortedSet<string>(PolicyTable.Linux.Rows.Select(row => $"{row.Prefix} {row.Label}"), StringComparer.Ordinal));
    }

    /// <summary>A host with the addresses that the kernel made, in its order: the newest last.</summary>
    private static HostAddressing Mirror(string json, out int temporaries)
    {
        HostAddressing host = new HostAddressing().AddInterface("v0").AddInterface("v1").AddInterface("v2");
        temporaries = 0;
        using JsonDocument document = JsonDocument.Parse(json);
        foreach (JsonElement link in document.RootElement.EnumerateArray())
        {
            string name = link.GetProperty("ifname").GetString()!;
            if (host.IndexOf(name) == 0 || name == "lo") continue;
            foreach (JsonElement address in link.GetProperty("addr_info").EnumerateArray().Reverse())
            {
                AddressTraits traits = (Has(address, "temporary") ? AddressTraits.Temporary : 0) | (Has(address, "deprecated") ? AddressTraits.Deprecated : 0);
                if (traits.HasFlag(AddressTraits.Temporary)) temporaries++;
                host.AddAddress(name, $"{address.GetProperty("local").GetString()}/{address.GetProperty("prefixlen").GetInt32()}", traits);
            }
        }

        host.Interfaces.Find("v0")!.PrefersTemporaryAddresses = true;
        return host;
    }

    private static bool Has(JsonElement address, string flag) => address.TryGetProperty(flag, out JsonElement value) && value.ValueKind == JsonValueKind.True;

    private static (string To, string? Device) Question(Random random) => random.Next(10) switch
    {
        0 => ($"fe80::{random.Next(1, 3)}:{random.Next(2, 9)}", Pick(random, "v0", "v1", "v2")),
        1 => ($"{Pick(random, "ff02::", "ff05::", "ff0e::", "ff08::")}{random.Next(1, 9)}", Pick(random, "v0", "v1", "v2")),
        2 => (Address(random), Pick(random, "v0", "v1", "v2")),
        _ => (Address(random), null),
    };

    private static string Address(Random random) => $"{Pick(random, Prefixes)}{random.Next(1, 4)}::{random.Next(1, 9)}";

    private static string Read(string answer)
    {
        if (answer == "!RTNETLINK answers: Network is unreachable") return "NoRoute";
        if (answer.StartsWith('!')) return answer;
        using JsonDocument document = JsonDocument.Parse(answer);
        JsonElement route = document.RootElement[0];
        return $"{route.GetProperty("prefsrc").GetString()} {route.GetProperty("dev").GetString()}";
    }

    private static string Pick(Random random, params string[] choices) => choices[random.Next(choices.Length)];
}
