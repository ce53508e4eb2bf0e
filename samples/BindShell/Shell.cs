using System.Globalization;
using Spectre.Console;

namespace UserNet.Samples.BindShell;

/// <summary>
/// Shows people what steps do: one line each with its result beside it, and a conversation where they type them.
/// </summary>
internal sealed class Shell(IScriptWorld world, IAnsiConsole console, bool explains)
{
    private const int StepWidth = 44;

    private readonly Interpreter _interpreter = new(world, explains, showsNumbers: true);
    private readonly List<string> _history = [];

    /// <summary>Runs a whole script, which is read before its first step is done.</summary>
    /// <exception cref="ScriptException">The script can't be read, or a step makes no sense.</exception>
    public void RunScript(string script, int line = 1)
    {
        foreach (ScriptStep step in ScriptParser.Parse(script, line)) Show(step, _interpreter.Run(step));
    }

    /// <summary>Reads lines until there are no more, or until one says exit.</summary>
    /// <returns>The exit code: a mistake counts only where no person is there to mend it.</returns>
    public int Converse(TextReader input, TextWriter errors, bool isInteractive)
    {
        int code = CommandLine.Success;
        if (isInteractive)
            console.MarkupLine("Steps, as in [bold]S = tcp4 ; S bind 0.0.0.0 80[/]; [bold]help[/] lists them, [bold]exit[/] ends.");
        while (true)
        {
            if (isInteractive) console.Markup("[blue]bind>[/] ");
            if (input.ReadLine() is not { } line || line.Trim() is "exit" or "quit") return code;
            try
            {
                Take(line);
            }
            catch (ScriptException wrong)
            {
                errors.WriteLine(wrong.Message);
                if (!isInteractive) code = CommandLine.Malformed;
            }
        }
    }

    private void Take(string line)
    {
        line = line.Trim();
        if (line.StartsWith('!')) line = Recall(line);
        if (line.Length == 0) return;
        _history.Add(line);
        if (line == "help") ShowHelp();
        else if (line == "history") ShowHistory();
        else RunScript(line, _history.Count);
    }

    private string Recall(string line) =>
        int.TryParse(line[1..], NumberStyles.None, CultureInfo.InvariantCulture, out int number) && number >= 1 && number <= _history.Count
            ? _history[number - 1] : throw new ScriptException(_history.Count + 1, 2, $"'{line[1..]}' is no line of the history.");

    private void Show(ScriptStep step, StepResult result)
    {
        if (result.Text.Contains('\n', StringComparison.Ordinal) || step.Verb.Text is "explain" or "ss")
        {
            console.WriteLine(step.Text);
            console.WriteLine(result.Text);
        }
        else
        {
            string colour = result.IsSkipped ? "yellow" : result.IsRefused ? "red" : "green";
            console.MarkupLineInterpolated(CultureInfo.InvariantCulture, $"{step.Text.PadRight(StepWidth)} [{colour}]{result.Text}[/]");
        }

        if (result.Explanation is { } why) console.WriteLine("    " + why, new Style(decoration: Decoration.Dim));
    }

    private void ShowHistory()
    {
        for (int i = 0; i < _history.Count; i++)
            console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{i + 1,4}  {_history[i]}"));
    }

    private void ShowHelp()
    {
        console.Write(TableOf("S VERB ...", Verbs.OfSocket));
        console.Write(TableOf("VERB ...", Verbs.OfHost));
        console.WriteLine("help, history, !N (line N again), exit. Ports: P, Q, ... are the shell's choice, 0 the stack's, =S that of S.");
    }

    private static Table TableOf(string head, IReadOnlyList<Verb> verbs)
    {
        Table table = new Table().Border(TableBorder.Minimal).AddColumns(head, "does");
        foreach (Verb verb in verbs)
            table.AddRow(Markup.Escape($"{verb.Name} {verb.Form}"), Markup.Escape(verb.Help));
        return table;
    }
}
