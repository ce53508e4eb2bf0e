namespace UserNet.Tests.Parity.DotNet;

/// <summary>What the stack answers otherwise: a short table, whose every row has a line in docs/faces/dotnet.md.</summary>
internal static class DotNetDifferences
{
    private const string NotThere = "SocketException ProtocolOption (92)";

    /// <summary>The rows: a name, and which pairs of answers they are.</summary>
    public static IReadOnlyList<(string Name, Func<string, string, string, bool> Covers)> All { get; } =
    [
        // The kernel has options that the stack has not, and .NET has a code of its own for names that it does not know. One code says both here.
        ("an option that is not there", static (call, wanted, got) => call.Contains("SocketOption(", StringComparison.Ordinal) && got == NotThere),
        ("streams never fragment", static (call, wanted, got) => call.Contains("DontFragment = false", StringComparison.Ordinal) && got == NotThere),
        ("datagrams do not linger", static (call, wanted, got) => call.Contains("Linger", StringComparison.Ordinal) && got == NotThere),
        ("datagrams have no urgent octets", static (call, wanted, got) => call.Contains("OutOfBand", StringComparison.Ordinal)),
        ("a mark of a socket without urgent octets", static (call, wanted, got) => call.Contains("OobDataRead", StringComparison.Ordinal)),
        ("a null array for an option", static (call, wanted, got) => call.Contains("(byte[])null", StringComparison.Ordinal)),
        ("flags that nobody knows, before other faults", static (call, wanted, got) => call.Contains("0x1000000", StringComparison.Ordinal)),
    ];

    public static bool Explain(DotNetStep step, string wanted, string got) => All.Any(row => row.Covers(step.Text, wanted, got));
}
