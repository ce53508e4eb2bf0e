using System.Net.Sockets;
using System.Text.Json;
using UserNet.Addressing;
using UserNet.Binding;
using UserNet.Ip;
using UserNet.Link;
using UserNet.Sockets;
using UserNet.Tests.Infrastructure;
using UserNet.Tests.Ip;
using UserNet.Wire;
using Xunit;

namespace UserNet.Tests.Interop;

/// <summary>
/// Datagrams that really leave: by the interface, and with the source, that the kernel names for the same addresses and routes.
/// </summary>
[Collection(nameof(WholeProcess))]
public sealed class RouteTests
{
    private const int Changes = 40, Datagrams = 200;

    [Theory]
    [InlineData(101, false)]
    [InlineData(102, false)]
    [InlineData(104, false)]
    [InlineData(104, true)]
    [InlineData(102, true)]
    [InlineData(103, true)]
    public void Datagrams_leave_by_the_interface_and_with_the_source_that_the_kernel_chooses(int seed, bool isV6)
    {
        if (KernelNamespace.Obstacle() is { } obstacle) Assert.Skip(obstacle);
        using KernelNamespace kernel = new($"usernet-{Environment.ProcessId}-send-{seed}-{isV6}");
        HostAddressing host = new HostAddressing().AddInterface("v0").AddInterface("v1").AddInterface("v2");
        using NetworkStack stack = new(new NetworkStackOptions { Routes = host, Randomness = new Random(seed).NextBytes });
        TestLink[] links = [new(LinkMedium.Ip), new(LinkMedium.Ip), new(LinkMedium.Ip)];
        for (int i = 0; i < links.Length; i++) stack.Attach($"v{i}", links[i]);

        RouteGenerator generator = new(seed);
        List<string> commands = [.. GoldenTopology.HostACommands];
        for (int i = 0; i < Changes; i++) commands.Add(generator.Change());
        commands.Add("link set v2 down");
        string[] done = kernel.Batch(commands);
        kernel.WaitForAddresses();
        for (int i = 0; i < commands.Count; i++)
        {
            string command = commands[i];
            Assert.Equal(!done[i].StartsWith('!'), Accepts(stack, host, command));
        }

        List<string> destinations = [];
        while (destinations.Count < Datagrams)
            if (generator.Question() is { From: null, Device: null } question && question.To.Contains(':', StringComparison.Ordinal) == isV6)
                destinations.Add(question.To);
        string[] answers = kernel.Batch([.. destinations.Select(static to => $"route get {to}")]);
        List<string> differences = [];
        HashSet<string> ways = [];
        for (int i = 0; i < Datagrams; i++)
        {
            string expected = Read(answers[i]), actual = Send(stack, links, destinations[i], (ushort)(20_000 + i));
            ways.Add(expected);
            if (expected != actual) differences.Add($"{destinations[i]}: kernel {expected}, here {actual}");
        }

        Assert.True(differences.Count == 0, $"{string.Join('\n', differences)}\nafter\n{string.Join('\n', commands)}");
        Assert.Contains(ways, static way => way.EndsWith(" v0", StringComparison.Ordinal));
        Assert.Contains(ways, static way => way.EndsWith(" v1", StringComparison.Ordinal));
        Assert.True(ways.Count >= 5, string.Join('\n', ways));
    }

    private static bool Accepts(NetworkStack stack, HostAddressing host, string command)
    {
        try
        {
            stack.Configure(_ => IpCommand.Run(host, command));
            return true;
        }
        catch (ArgumentException)
        {
            return false;
        }
    }

    /// <summary>"10.1.0.1 v0" as it is on the wire, "lo" when nothing left the host, or the errno.</summary>
    private static string Send(NetworkStack stack, TestLink[] links, string to, ushort port)
    {
        foreach (TestLink link in links) link.TakeSent();
        using NetworkSocket socket = stack.CreateSocket(to.Contains(':', StringComparison.Ordinal) ? AddressFamily.InterNetworkV6 : AddressFamily.InterNetwork, SocketType.Dgram);
        if (socket.AddressFamily == AddressFamily.InterNetwork) socket.EnableBroadcast = true;
        TransferResult result = socket.TrySendTo([1, 2, 3], new InetEndpoint(InetAddress.Parse(to), port));
        if (!result.IsDone) return result.Errno.ToString();
        List<string> ways = [];
        for (int i = 0; i < links.Length; i++)
        {
            foreach (byte[] sent in links[i].TakeSent())
            {
                var view = new FrameView(sent, isEthernet: false);
                if (!view.IsUdp) continue;
                Assert.Equal(new InetEndpoint(InetAddress.Parse(to), port), view.Destination);
                if (view.IsIpv4) Assert.True(view.Ipv4.ChecksumIsRight);
                ways.Add($"{view.Source.Address} v{i}");
            }
        }

        return ways.Count == 0 ? "lo" : string.Join(" and ", ways);
    }

    private static string Read(string answer)
    {
        switch (answer)
        {
            case "!RTNETLINK answers: Network is unreachable": return "ENETUNREACH";
            case "!RTNETLINK answers: No route to host": return "EHOSTUNREACH";
            case "!RTNETLINK answers: Permission denied": return "EACCES";
            case "!RTNETLINK answers: Invalid argument": return "EINVAL";
        }

        if (answer.StartsWith('!')) return answer;
        using JsonDocument document = JsonDocument.Parse(answer);
        JsonElement route = document.RootElement[0];
        string device = route.GetProperty("dev").GetString()!;
        return device == "lo" ? "lo" : $"{(route.TryGetProperty("prefsrc", out JsonElement source) ? source.GetString() : "0.0.0.0")} {device}";
    }
}
