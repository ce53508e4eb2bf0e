using UserNet.Binding;
using UserNet.Samples.BindShell;
using Xunit;

namespace UserNet.Tests.Facades.Documents;

/// <summary>docs/bind.md says of codes and documented errors what is so.</summary>
public sealed class BindPageTests
{
    private const string Same = "=";

    [Fact]
    public void The_page_s_table_has_each_rule_with_each_face_s_code()
    {
        string[] rows = TableAfter("| rule | what asks for it |");
        Assert.Equal(Enum.GetNames<BindRule>()[1..], rows.Select(static row => Cells(row)[0]));
        Assert.All(rows, static row => Assert.True(Cells(row)[1].Length > 2, row));
        foreach (string row in rows)
        {
            string[] cells = Cells(row);
            BindRule rule = Enum.Parse<BindRule>(cells[0]);
            string onLinux = Personality.Linux.SocketErrorOf(rule).ToString(), onWindows = Personality.Windows.SocketErrorOf(rule).ToString();
            Assert.Equal(
                [Personality.Linux.CodeOf(rule), Personality.Windows.CodeOf(rule), Personality.WindowsKernel.CodeOf(rule), onLinux, onWindows],
                [cells[2], "WSA" + cells[3], "STATUS_" + cells[4], cells[5], cells[6] == Same ? onLinux : cells[6]]);
        }
    }

    [Fact]
    public void The_page_counts_the_documented_errors()
    {
        IEnumerable<string> counted = DocumentedError.All.GroupBy(static row => $"{row.Document} {row.Call}").Select(static page =>
            $"{page.Key} {page.Count()} {page.Count(static row => row.Comes)} {page.Count(static row => !row.Comes)}");
        Assert.Equal(counted, TableAfter("| page | errors | come | never |").Select(static row => Cells(row))
            .Select(static cells => $"{cells[0]} {cells[1]} {cells[2]} {(cells[3].Length == 0 ? "0" : cells[3])}"));
    }

    [Fact]
    public void The_page_says_why_the_others_never_come()
    {
        IEnumerable<string> reasons = DocumentedError.All.Where(static row => !row.Comes)
            .Select(static row => $"| {row.Document} {row.Call} | {row.Code} | {row.Condition} | {row.WhyNever} |");
        Assert.Equal(reasons, TableAfter("| page | error | when | why never |"));
    }

    [Fact]
    public void The_page_s_script_is_answered_as_the_page_says()
    {
        string page = Page();
        string script = page[(page.IndexOf("--faces -c \\\n", StringComparison.Ordinal) + "--faces -c \\\n".Length)..];
        script = script[..script.IndexOf("\n```", StringComparison.Ordinal)].Trim().Trim('"');
        var console = new StringWriter { NewLine = "\n" };
        Assert.Equal(CommandLine.Success, CommandLine.Run(["--faces", "-c", script], TextReader.Null, console, TextWriter.Null));
        Assert.Contains($"\n```text\n{console}```\n", page, StringComparison.Ordinal);
    }

    /// <summary>The rows of the one table whose head begins so.</summary>
    private static string[] TableAfter(string head)
    {
        string[] lines = Page().Split('\n');
        int first = Array.FindIndex(lines, line => line.StartsWith(head, StringComparison.Ordinal));
        Assert.True(first >= 0, head);
        return [.. lines.Skip(first + 2).TakeWhile(static line => line.StartsWith('|'))];
    }

    private static string Page()
    {
        string path = Path.Combine(RepositoryPaths.Root, "docs", "bind.md");
        Assert.SkipUnless(File.Exists(path), "Not run where it was built.");
        return File.ReadAllText(path).ReplaceLineEndings("\n");
    }

    private static string[] Cells(string row) => row.Split('|', StringSplitOptions.TrimEntries)[1..^1];
}
