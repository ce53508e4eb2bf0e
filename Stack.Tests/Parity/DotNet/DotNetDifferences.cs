namespace UserNet.Tests.Parity.DotNet;

/// <summary>What the stack answers otherwise on purpose: a short table, whose every row has a test of its own and a line in docs/faces/dotnet.md.</summary>
internal static class DotNetDifferences
{
    private const string NotThere = "SocketException ProtocolOption (92)";

    /// <summary>The rows: a name, and which pairs of answers they are.</summary>
    public static IReadOnlyList<(string Name, Func<string, string, string, bool> Covers)> All { get; } =
    [
        // The kernel has options that the stack has not, and .NET has a code of its own for names that it does not know. One code says both here.
        ("an option that is not there", static (call, wanted, got) => call.Contains("SocketOption(", StringComparison.Ordinal) && got == NotThere),
        // A stream's packets are never fragmented.
        ("streams never fragment", static (call, wanted, got) => call == "S.DontFragment = false" && got == NotThere),
    ];

    public static bool Explain(DotNetStep step, string wanted, string got) => All.Any(row => row.Covers(step.Text, wanted, got));
}
