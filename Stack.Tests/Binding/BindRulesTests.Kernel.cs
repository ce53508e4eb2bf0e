using UserNet.Binding;
using UserNet.Errors;
using UserNet.Sockets;
using Xunit;

namespace UserNet.Tests.Binding;

// Winsock Kernel: the table of "Sharing Transport Addresses". Here rows are the second bind, columns the first, as it is printed.
// I STATUS_ADDRESS_ALREADY_EXISTS, D STATUS_ACCESS_DENIED, S success, C the second's access to the first: S for the same user, else D.
public sealed partial class BindRulesTests
{
    private static readonly string[] Kinds = ["tcp4", "tcp6", "udp4", "udp6"];

    // K1 to K36, row by row; K37 to K41 are the five C cells once more, refused.
    internal const string Wsk =
        """
        second \ first  | Def W | Def S | RA W | RA S | EX W | EX S
        Def W           |   I   |   S   |  I   |  S   |  I   |  S
        Def S           |   C   |   I   |  C   |  D   |  D   |  I
        RA W            |   D   |   S   |  S   |  S   |  D   |  S
        RA S            |   C   |   D   |  S   |  S   |  D   |  D
        EX W            |   I   |   I   |  I   |  I   |  I   |  I
        EX S            |   C   |   I   |  C   |  I   |  D   |  I
        """;

    public static TheoryData<string, string, string, bool, string> WskCells()
    {
        var cells = new TheoryData<string, string, string, bool, string>();
        int number = 0;
        foreach ((string second, string first, string verdict) in CellsOf(Wsk))
            cells.Add($"K{++number}", first, second, true, verdict == "C" ? "S" : verdict);
        Assert.Equal(36, number);
        foreach ((string second, string first, string verdict) in CellsOf(Wsk))
            if (verdict == "C") cells.Add($"K{++number}", first, second, false, "D");
        Assert.Equal(41, number);
        return cells;
    }

    [Theory]
    [MemberData(nameof(WskCells))]
    public void Wsk_decides_as_its_documentation_says(string cell, string first, string second, bool sameUser, string verdict)
    {
        (BindRule rule, NtStatus status) = verdict switch
        {
            "S" => (BindRule.Granted, NtStatus.STATUS_SUCCESS),
            "I" => (BindRule.InUse, NtStatus.STATUS_ADDRESS_ALREADY_EXISTS),
            _ => (BindRule.SharingDenied, NtStatus.STATUS_ACCESS_DENIED),
        };
        foreach (string kind in Kinds)
        {
            BindRule answered = SecondOf(Personality.WindowsKernel, kind, first, second, sameUser);
            Assert.True(rule == answered, $"{cell} {kind}: {first} then {second}: {answered}, not {rule}");
            Assert.Equal(status, answered.ToNtStatus());
        }
    }

    [Fact]
    public void Other_cells_of_Wsk_do_not_ask_whose_the_sockets_are()
    {
        foreach ((string second, string first, string verdict) in CellsOf(Wsk))
        {
            if (verdict == "C") continue;
            foreach (string kind in Kinds)
                Assert.Equal(
                    SecondOf(Personality.WindowsKernel, kind, first, second, sameUser: true),
                    SecondOf(Personality.WindowsKernel, kind, first, second, sameUser: false));
        }
    }

    // "This is Winsock's table with C for 'same user?', plus one difference."
    [Fact]
    public void Wsk_differs_from_Winsock_in_one_cell()
    {
        var different = new List<string>();
        foreach ((string second, string first, _) in CellsOf(Wsk))
        {
            BindRule winsock = SecondOf(Personality.Windows, "tcp4", first, second, sameUser: true);
            if (winsock != SecondOf(Personality.WindowsKernel, "tcp4", first, second, sameUser: true))
                different.Add($"{first} then {second}");
        }

        Assert.Equal(["RA S then Def S"], different);
    }

    /// <summary>The cells of a table: row head, column head, verdict.</summary>
    private static IEnumerable<(string Row, string Column, string Verdict)> CellsOf(string table)
    {
        string[][] lines = [.. table.Split('\n').Select(line => line.Split('|', StringSplitOptions.TrimEntries))];
        foreach (string[] line in lines.Skip(1))
            for (int column = 1; column < line.Length; column++)
                yield return (line[0], lines[0][column], line[column]);
    }

    /// <summary>
    /// The verdict on the second of two sockets, each given as "RA W": its option, and a wildcard or a specific
    /// address.
    /// </summary>
    private static BindRule SecondOf(Personality personality, string kind, string first, string second, bool sameUser)
    {
        NetworkStack stack = BindRig.Stack(personality);
        stack.OpenBound(kind, EndpointOf(kind, first), SharingOf(first));
        return stack.Open(kind, SharingOf(second), sameUser ? 0u : 1001u).Bind(EndpointOf(kind, second));
    }

    private static Sharing SharingOf(string cell) => cell.Split(' ')[0] switch
    {
        "RA" => Sharing.ReuseAddress,
        "RP" => Sharing.ReusePort,
        "RA+RP" => Sharing.ReuseAddress | Sharing.ReusePort,
        "EX" => Sharing.Exclusive,
        _ => Sharing.None,
    };

    private static string EndpointOf(string kind, string cell) => (kind[3], cell.EndsWith(" W", StringComparison.Ordinal)) switch
    {
        ('4', true) => "0.0.0.0:5000",
        ('4', false) => "10.1.0.1:5000",
        ('6', true) => "[::]:5000",
        _ => "[2001:db8:1::1]:5000",
    };
}
