using System.CommandLine;
using Spectre.Console;
using UserNet.Binding;

namespace UserNet.Samples.BindShell;

/// <summary>The program: reads what it is told to do, does it, and answers with an exit code.</summary>
public static class CommandLine
{
    /// <summary>All went well.</summary>
    public const int Success = 0;
    /// <summary>Rows of a table failed.</summary>
    public const int Failure = 1;
    /// <summary>Arguments, script or table can't be read.</summary>
    public const int Malformed = 2;

    private static readonly Argument<string?> File = new("FILE")
    { Description = "A script; without one and without -c, steps are read one line after the other.", DefaultValueFactory = static _ => null };

    private static readonly Option<string?> Command = new("-c", "--command")
    { Description = "A script in place of a file, its steps parted by semicolons.", HelpName = "SCRIPT" };

    private static readonly Option<bool> Explain = new("--explain") { Description = "Says of each refusal why, and what would have helped." };

    private static readonly Option<string?> Manners = new("--personality")
    { Description = "Whose rules hold: linux, posix, windows or windowskernel; the face's own without it." };

    private static readonly Option<string> Through = new("--face")
    { Description = $"What calls go through: {NamesOfFaces}; all shows them side by side.", DefaultValueFactory = static _ => Face.Posix.Name };

    private static readonly Option<bool> Faces = new("--faces") { Description = "The same as --face all." };

    private static readonly Option<int> Seed = new("--seed")
    { Description = "Where chance begins: the same seed chooses the same ports.", DefaultValueFactory = static _ => 1 };

    private static readonly Option<string?> Check = new("--check")
    { Description = "A table of rows id,group,steps,results to be run and compared.", HelpName = "FILE.csv" };

    private static readonly Option<string[]> Groups = new("--group")
    { Description = "Which groups of the table, parted by commas; all without it.", HelpName = "G,...", DefaultValueFactory = static _ => [] };

    private static readonly Option<bool> Skipped = new("--skipped") { Description = "With --check, names each row that was skipped, and says what it waits for." };

    private static string NamesOfFaces => string.Join(", ", Face.All.Select(static face => face.Name));

    /// <summary>Runs the program.</summary>
    /// <param name="arguments">The command line.</param>
    /// <param name="input">Where steps come from when neither a file nor -c is given.</param>
    /// <param name="output">Where results go.</param>
    /// <param name="errors">Where complaints go.</param>
    /// <param name="isInteractive">Whether a person types: there is a prompt then, and a mistake ends nothing.</param>
    public static int Run(
        string[] arguments, TextReader input, TextWriter output, TextWriter errors, bool isInteractive = false)
    {
        var root = new RootCommand("Runs bind, listen and connect, step by step, on a stack of UserNet.") 
        {
            File, Command, Through, Faces, Explain, Manners, Seed, Check, Groups, Skipped,
        };
        root.SetAction(parsed => Act(parsed, input, output, errors, isInteractive));
        ParseResult result = root.Parse(arguments);
        if (result.Errors.Count != 0)
        {
            foreach (System.CommandLine.Parsing.ParseError error in result.Errors) errors.WriteLine(error.Message);
            return Malformed;
        }

        return result.Invoke(new InvocationConfiguration { Output = output, Error = errors });
    }

    private static int Act(
        ParseResult parsed, TextReader input, TextWriter output, TextWriter errors, bool isInteractive)
    {
        if (ContradictionIn(parsed) is { } contradiction)
        {
            errors.WriteLine(contradiction);
            return Malformed;
        }

        Personality? personality = PersonalityOf(parsed);
        string? path = parsed.GetValue(Check) ?? parsed.GetValue(File);
        try
        {
            if (parsed.GetValue(Check) is not null) return CheckTable(parsed, personality ?? Face.Posix.Personality, output, errors);
            string? script = path is null ? parsed.GetValue(Command) : System.IO.File.ReadAllText(path);
            if (FaceOf(parsed) is not { } face)
            {
                FaceTable.Show(script ?? input.ReadToEnd(), personality, parsed.GetValue(Seed), ConsoleOn(output));
                return Success;
            }

            using var world = new StackWorld(personality ?? face.Personality, parsed.GetValue(Seed), face);
            var shell = new Shell(world, ConsoleOn(output), parsed.GetValue(Explain));
            if (script is null) return shell.Converse(input, errors, isInteractive);
            shell.RunScript(script);
            return Success;
        }
        catch (ScriptException wrong)
        {
            errors.WriteLine(path is null ? wrong.Message : $"{path}: {wrong.Message}");
        }
        catch (Exception unreadable) when (unreadable is IOException or UnauthorizedAccessException)
        {
            errors.WriteLine(unreadable.Message);
        }

        return Malformed;
    }

    /// <summary>The personality that was asked for, or null.</summary>
    private static Personality? PersonalityOf(ParseResult parsed) =>
        Personality.All.FirstOrDefault(known => known.Name.Equals(parsed.GetValue(Manners), StringComparison.OrdinalIgnoreCase));

    /// <summary>The face that was asked for; null for all of them.</summary>
    private static Face? FaceOf(ParseResult parsed) => parsed.GetValue(Faces) ? null : Face.Find(parsed.GetValue(Through)!);

    private static bool AsksForAll(ParseResult parsed) => parsed.GetValue(Faces) || parsed.GetValue(Through) == "all";

    private static string[] GroupsOf(ParseResult parsed) =>
        [.. parsed.GetValue(Groups)!.SelectMany(static list => list.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries))];

    /// <summary>What is wrong with arguments that are well formed one by one, or null.</summary>
    private static string? ContradictionIn(ParseResult parsed)
    {
        string?[] sources = [parsed.GetValue(File), parsed.GetValue(Command), parsed.GetValue(Check)];
        if (sources.Count(static source => source is not null) > 1) return "FILE, -c and --check exclude each other.";
        if (parsed.GetValue(File) == "" || parsed.GetValue(Check) == "") return "The name of a file is empty.";
        if (parsed.GetValue(Manners) is { } manners && PersonalityOf(parsed) is null)
            return $"--personality: '{manners}' is none of {string.Join(", ", Personality.All.Select(static known => known.Name.ToLowerInvariant()))}.";
        if (!AsksForAll(parsed) && FaceOf(parsed) is null) return $"--face: '{parsed.GetValue(Through)}' is none of {NamesOfFaces}, all.";
        if (AsksForAll(parsed) && parsed.GetValue(Explain)) return "--explain explains one face's answers.";
        if (parsed.GetValue(Check) is not null) return FaceOf(parsed) == Face.Posix ? null : "--check compares with what Linux answered: through posix alone.";
        if (GroupsOf(parsed).Length != 0) return "--group chooses rows for --check, which is missing.";
        return parsed.GetValue(Skipped) ? "--skipped names rows of --check, which is missing." : null;
    }

    /// <summary>A group without rows is worth a word; a check of no rows at all has not passed.</summary>
    private static int CheckTable(ParseResult parsed, Personality personality, TextWriter output, TextWriter errors)
    {
        List<CheckedRow> rows = [.. RowChecker.Read(System.IO.File.ReadAllText(parsed.GetValue(Check)!))];
        string[] groups = GroupsOf(parsed);
        foreach (string group in groups)
            if (!rows.Exists(row => row.IsOf(group))) errors.WriteLine($"--group: no row is of '{group}'.");
        if (groups.Length != 0) rows.RemoveAll(row => !groups.Any(row.IsOf));
        if (rows.Count == 0) throw new ScriptException(1, 1, "there is no row to check.");
        Tally tally = RowChecker.CheckAll(rows, static _ => true, personality, parsed.GetValue(Seed), output.WriteLine,
            parsed.GetValue(Skipped) ? (id, waitsFor) => output.WriteLine($"{id} {waitsFor}") : null);
        output.WriteLine(tally);
        return tally.Failed == 0 ? Success : Failure;
    }

    /// <summary>Colours where the output is a terminal; elsewhere plain lines, as long as they need to be.</summary>
    private static IAnsiConsole ConsoleOn(TextWriter output)
    {
        if (output == Console.Out && !Console.IsOutputRedirected) return AnsiConsole.Console;
        IAnsiConsole console = AnsiConsole.Create(new AnsiConsoleSettings
        {
            Ansi = AnsiSupport.No,
            ColorSystem = ColorSystemSupport.NoColors,
            Out = new AnsiConsoleOutput(output),
        });
        console.Profile.Width = short.MaxValue;
        return console;
    }
}
