using System.Text.Json;
using UserNet.Ip;
using UserNet.Tests.Infrastructure;
using Xunit;

namespace UserNet.Tests.Ip;

/// <summary>
/// The running kernel as the judge: the same changes to a namespace and to the tables, then the same questions to
/// both.
/// </summary>
/// <remarks>
/// Left out, by the questions that are generated: an IPv6 group without a device (the kernel takes the interface
/// whose carrier it noticed first), a link-local destination without one (refused by sockets before routes are
/// asked), IPv6 sources of answers to questions that give a source (the kernel then prints the one it would have
/// selected), and IPv6 questions that give both source and device (a bare question then only prefers the device,
/// while that of a socket bound to it insists).
/// </remarks>
[Collection(nameof(WholeProcess))]
public sealed class KernelRouteTests
{
    private const int Changes = 40, Questions = 300;

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    [InlineData(5)]
    [InlineData(6)]
    [InlineData(7)]
    [InlineData(36)]
    [InlineData(47)]
    [InlineData(57)]
    public void The_kernel_answers_the_same(int seed)
    {
        if (KernelNamespace.Obstacle() is { } obstacle) Assert.Skip(obstacle);
        using KernelNamespace kernel = new($"usernet-{Environment.ProcessId}-{seed}");
        HostAddressing host = new HostAddressing().AddInterface("v0").AddInterface("v1").AddInterface("v2");
        RouteGenerator generator = new(seed);

        List<string> commands = [.. GoldenTopology.HostACommands];
        for (int i = 0; i < Changes; i++) commands.Add(generator.Change());
        commands.Add("link set v2 down");
        string[] done = kernel.Batch(commands);
        kernel.WaitForAddresses();
        List<string> differences = [];
        for (int i = 0; i < commands.Count; i++)
        {
            bool accepted = TryRun(host, commands[i]);
            if (accepted == done[i].StartsWith('!')) differences.Add($"{commands[i]}: kernel '{done[i]}', here accepted: {accepted}");
        }

        var questions = new (string To, string? From, string? Device)[Questions];
        for (int i = 0; i < Questions; i++) questions[i] = generator.Question();
        string[] answers = kernel.Batch(Array.ConvertAll(questions, AsCommand));
        for (int i = 0; i < Questions; i++)
        {
            (string to, string? from, string? device) = questions[i];
            string expected = Read(answers[i], from), actual = host.Route(to, from, device);
            if (from is not null && to.Contains(':', StringComparison.Ordinal)) actual = WithoutSource(actual);
            if (expected != actual) differences.Add($"{AsCommand(questions[i])}: kernel {expected}, here {actual}");
        }

        Assert.True(differences.Count == 0, $"seed {seed}:\n{string.Join('\n', differences)}\nafter\n{string.Join('\n', commands)}");
    }

    private static string AsCommand((string To, string? From, string? Device) question) =>
        $"route get {question.To}{(question.From is null ? "" : $" from {question.From}")}"
        + (question.Device is null ? "" : $" oif {question.Device}");

    private static bool TryRun(HostAddressing host, string command)
    {
        try
        {
            IpCommand.Run(host, command);
            return true;
        }
        catch (ArgumentException)
        {
            return false;
        }
    }

    private static string Read(string answer, string? from) => answer switch
    {
        "!RTNETLINK answers: Network is unreachable" => "NoRoute",
        "!RTNETLINK answers: No route to host" => "HostUnreachable",
        "!RTNETLINK answers: Permission denied" => "RouteProhibited",
        "!RTNETLINK answers: Invalid argument" => "RouteInvalid",
        _ when answer.StartsWith('!') => answer,
        _ => ReadRoute(answer, from),
    };

    private static string ReadRoute(string json, string? from)
    {
        using JsonDocument document = JsonDocument.Parse(json);
        JsonElement route = document.RootElement[0];
        string to = route.GetProperty("dst").GetString()!;
        string type = route.TryGetProperty("type", out JsonElement t) ? t.GetString()! : "unicast";
        string role = type switch
        {
            "local" => "Local",
            "broadcast" => "Broadcast",
            _ => Asking.At(to).IsMulticast ? "Multicast" : "Foreign",      // the printed type may be that of the next hop's last packet
        };
        string source = route.TryGetProperty("prefsrc", out JsonElement s) ? s.GetString()! : from ?? "0.0.0.0";
        string answer = $"{source} {route.GetProperty("dev").GetString()} {role}";
        return from is not null && to.Contains(':', StringComparison.Ordinal) ? WithoutSource(answer) : answer;
    }

    private static string WithoutSource(string answer) => answer.Contains(' ', StringComparison.Ordinal) ? answer[answer.IndexOf(' ')..] : answer;
}
