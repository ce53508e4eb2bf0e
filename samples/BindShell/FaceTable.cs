using Spectre.Console;
using UserNet.Binding;

namespace UserNet.Samples.BindShell;

/// <summary>One script through every face, each on hosts of its own: a column a face.</summary>
internal static class FaceTable
{
    private const string NotReached = "-";

    /// <summary>Runs a script and shows what each face answered.</summary>
    /// <param name="script">The steps.</param>
    /// <param name="personality">Whose rules hold; null for each face's own.</param>
    /// <param name="seed">Where chance begins, for each face anew.</param>
    /// <param name="console">Where the table goes.</param>
    /// <exception cref="ScriptException">The script can't be read, or a step makes no sense on any face.</exception>
    public static void Show(string script, Personality? personality, int seed, IAnsiConsole console)
    {
        IReadOnlyList<ScriptStep> steps = ScriptParser.Parse(script);
        List<string[]> columns = [.. Face.All.Select(face => AnswersOf(face, steps, personality ?? face.Personality, seed))];
        Table table = new Table().Border(TableBorder.Ascii2).AddColumn("step");
        foreach (Face face in Face.All) table.AddColumn(Markup.Escape(face.Title));
        for (int i = 0; i < steps.Count; i++)
            table.AddRow([Markup.Escape(steps[i].Text), .. columns.Select(answers => Markup.Escape(answers[i]))]);
        console.Write(table);
    }

    /// <summary>A socket that a face could not make is not there for the steps that follow; they are not reached.</summary>
    private static string[] AnswersOf(Face face, IReadOnlyList<ScriptStep> steps, Personality personality, int seed)
    {
        using var world = new StackWorld(personality, seed, face);
        var interpreter = new Interpreter(world, showsNumbers: true);
        HashSet<string> made = [], missing = [];
        return [.. steps.Select(step =>
        {
            if (Used(step).Any(missing.Contains)) return NotReached;
            string answer = interpreter.Run(step).Text;
            if (Made(step) is not { } name) return answer;
            if (answer == "ok") made.Add(name);
            if (made.Contains(name)) missing.Remove(name);
            else missing.Add(name);
            return answer;
        })];
    }

    /// <summary>The socket that a step makes, or null.</summary>
    private static string? Made(ScriptStep step) => step.Verb.Text switch
    {
        "=" => step.Subject,
        "accept" => step[1],
        _ => null,
    };

    /// <summary>The sockets that a step needs.</summary>
    private static IEnumerable<string> Used(ScriptStep step)
    {
        if (step.Subject is { } subject && step.Verb.Text != "=") yield return subject;
        if (step.Verb.Text == "explain") yield return step[0]!;
        foreach (Word word in step.Arguments)
            if (word.Text.StartsWith('=')) yield return word.Text[1..];
    }
}
