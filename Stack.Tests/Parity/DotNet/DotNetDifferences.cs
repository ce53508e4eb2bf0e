namespace UserNet.Tests.Parity.DotNet;

/// <summary>A kind of difference that is known and explained.</summary>
/// <param name="Reason">Why it is there, as docs/faces/dotnet.md says.</param>
/// <param name="Covers">Whether a call and the two answers, .NET's and the stack's, are of the kind.</param>
/// <param name="IsLast">The sockets are in different states from there on, so nothing more can be compared.</param>
internal sealed record DotNetKnown(string Reason, Func<string, string, string, bool> Covers, bool IsLast);

/// <summary>What the stack answers otherwise: every row has a test of its own and a line in docs/faces/dotnet.md.</summary>
internal static class DotNetDifferences
{
    // Linux answers EPROTO, for which .NET has no name.
    private const string NoName = "SocketException SocketError (-131074)", NotSupported = "SocketException OperationNotSupported (95)";

    private static readonly string[] MembershipsOfStreams = ["AddMembership, new", "DropMembership, new"];

    public static DotNetKnown Membership { get; } = new(
        "a stream's membership is OperationNotSupported, not SocketError",
        static (call, wanted, got) => (wanted, got) == (NoName, NotSupported) && MembershipsOfStreams.Any(name => call.Contains(name, StringComparison.Ordinal)),
        IsLast: false);

    public static DotNetKnown BlocksAnew { get; } = new(
        "what .NET opens after a connect that failed blocks, be Blocking false",
        static (call, wanted, got) => call.Contains("S.Connect(", StringComparison.Ordinal)
            && wanted is "SocketException ConnectionRefused (111)" or "ok" && got == "SocketException WouldBlock (11)",
        IsLast: true);

    public static IReadOnlyList<DotNetKnown> All { get; } = [Membership, BlocksAnew];

    public static DotNetKnown? Find(DotNetStep step, string wanted, string got) => All.FirstOrDefault(row => row.Covers(step.Text, wanted, got));
}
