using Spectre.Console;

namespace UserNet.Samples.Quickstart;

/// <summary>What the tour is written on: tables, rules and colour on a terminal, plain text elsewhere.</summary>
internal sealed class Page
{
    private const int PlainWidth = 110;

    private readonly IAnsiConsole _console;
    private readonly TableBorder _tableBorder;
    private readonly BoxBorder _ruleBorder;

    private Page(IAnsiConsole console, TableBorder tableBorder, BoxBorder ruleBorder)
    {
        _console = console;
        _tableBorder = tableBorder;
        _ruleBorder = ruleBorder;
    }

    public static Page ForConsole() => Console.IsOutputRedirected
        ? Plain(Console.Out) : new Page(AnsiConsole.Console, TableBorder.Rounded, BoxBorder.Square);

    /// <summary>A page without colour, of one width, in ASCII: the same text everywhere.</summary>
    public static Page Plain(TextWriter writer)
    {
        IAnsiConsole console = AnsiConsole.Create(new AnsiConsoleSettings
        {
            Ansi = AnsiSupport.No,
            ColorSystem = ColorSystemSupport.NoColors,
            Interactive = InteractionSupport.No,
            Enrichment = new ProfileEnrichment { UseDefaultEnrichers = false },
            Out = new AnsiConsoleOutput(writer),
        });
        console.Profile.Width = PlainWidth;
        return new Page(console, TableBorder.Ascii, BoxBorder.Ascii);
    }

    public void Title(string text)
    {
        _console.WriteLine();
        _console.Write(new Rule(text) { Justification = Justify.Left, Style = "teal", Border = _ruleBorder });
    }

    public void Say(string text) => _console.WriteLine(text);

    /// <summary>The answer of one call.</summary>
    public void Answer(string text, bool isGranted) =>
        _console.WriteLine("> " + text, isGranted ? Color.Green : Color.Yellow);

    public void Table(string[] heads, IEnumerable<string[]> rows)
    {
        Table table = new Table().Border(_tableBorder);
        foreach (string head in heads) table.AddColumn(new TableColumn(new Text(head, "bold")));
        foreach (string[] row in rows) table.AddRow(row.Select(static cell => new Text(cell)));
        _console.Write(table);
    }
}
