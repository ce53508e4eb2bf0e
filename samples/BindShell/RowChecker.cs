using UserNet.Binding;

namespace UserNet.Samples.BindShell;

/// <summary>A row of a table of measured results: a script, and what each step was answered.</summary>
public sealed record CheckedRow(
    string Id, string Group, IReadOnlyList<ScriptStep> Steps, IReadOnlyList<string> Expected)
{
    /// <summary>True when the row is of that group; a name with a colon belongs to the group before it, too.</summary>
    public bool IsOf(string group) => Group == group || Group.Split(':')[0] == group;
}

/// <summary>A step that went otherwise than the row says.</summary>
public sealed record Mismatch(string Id, int Step, string Text, string Expected, string Actual)
{
    /// <summary>As in case-00001, step 2 (S bind 127.0.0.1 P): expected ok, got EADDRINUSE.</summary>
    public override string ToString() => $"{Id}, step {Step} ({Text}): expected {Expected}, got {Actual}";
}

/// <summary>How many rows went as they should.</summary>
public sealed record Tally(int Passed, int Failed, int Skipped)
{
    /// <summary>As in 3 passed, 0 failed, 1 skipped.</summary>
    public override string ToString() => $"{Passed} passed, {Failed} failed, {Skipped} skipped";
}

/// <summary>Runs the rows of a table, each on a fresh world, and compares.</summary>
public static class RowChecker
{
    private static readonly string[] Columns = ["id", "group", "steps", "results"];

    /// <summary>
    /// Reads a table whose first columns are id, group, steps and results; the last two joined by " ; ".
    /// </summary>
    /// <exception cref="ScriptException">The table or a script in it can't be read.</exception>
    public static IEnumerable<CheckedRow> Read(string csv)
    {
        bool isHead = true;
        foreach (CsvRecord record in CsvTable.Read(csv))
        {
            if (isHead)
            {
                for (int i = 0; i < Columns.Length; i++)
                    if (i >= record.Fields.Count || record.Fields[i].Text != Columns[i])
                        throw new ScriptException(i < record.Fields.Count ? record.Fields[i] : new Word("", record.Line, 1), $"the column '{Columns[i]}' is missing.");
                isHead = false;
                continue;
            }

            yield return ReadRow(record);
        }

        if (isHead) throw new ScriptException(1, 1, $"the column '{Columns[0]}' is missing.");
    }

    /// <summary>
    /// Runs a row: what it waits for, when it needs what is not built; else the first step that differs, or neither.
    /// </summary>
    public static (string? WaitsFor, Mismatch? Mismatch) Check(CheckedRow row, IScriptWorld world)
    {
        var interpreter = new Interpreter(world);
        Mismatch? first = null;
        for (int i = 0; i < row.Steps.Count; i++)
        {
            StepResult result;
            try
            {
                result = interpreter.Run(row.Steps[i]);
            }
            catch (ScriptException wrong)
            {
                return (null, first ?? new Mismatch(row.Id, i + 1, row.Steps[i].Text, row.Expected[i], wrong.Message));
            }

            if (result.IsSkipped) return (first is null ? result.Text : null, first);
            if (first is null && !result.Agrees(row.Expected[i]))
                first = new Mismatch(row.Id, i + 1, row.Steps[i].Text, row.Expected[i], result.Text);
        }

        return (null, first);
    }

    /// <summary>Runs the rows of some groups, each on the two hosts of <see cref="GoldenTopology"/>.</summary>
    /// <param name="rows">The rows.</param>
    /// <param name="isWanted">Which groups; a name with a colon belongs to the group before it, too.</param>
    /// <param name="personality">Whose rules hold.</param>
    /// <param name="seed">Where chance begins, for each row anew.</param>
    /// <param name="report">Is given each mismatch.</param>
    /// <param name="reportSkipped">Is given the name of each row that was skipped, and what it waits for.</param>
    public static Tally CheckAll(
        IEnumerable<CheckedRow> rows, Func<string, bool> isWanted, Personality personality, int seed, Action<Mismatch> report,
        Action<string, string>? reportSkipped = null)
    {
        int passed = 0, failed = 0, skipped = 0;
        foreach (CheckedRow row in rows)
        {
            if (!isWanted(row.Group)) continue;
            using var world = new StackWorld(personality, seed);
            (string? waitsFor, Mismatch? mismatch) = Check(row, world);
            if (waitsFor is not null)
            {
                skipped++;
                reportSkipped?.Invoke(row.Id, waitsFor);
            }
            else if (mismatch is null)
            {
                passed++;
            }
            else
            {
                failed++;
                report(mismatch);
            }
        }

        return new Tally(passed, failed, skipped);
    }

    private static CheckedRow ReadRow(CsvRecord record)
    {
        if (record.Fields.Count < Columns.Length)
            throw new ScriptException(record.Fields[^1], $"{record.Fields.Count} fields; a row has at least {Columns.Length}.");
        Word steps = record.Fields[2], results = record.Fields[3];
        IReadOnlyList<ScriptStep> parsed = ScriptParser.Parse(steps.Text, steps.Line, steps.Column);
        string[] expected = results.Text.Split(';', StringSplitOptions.TrimEntries);
        if (expected.Length != parsed.Count)
            throw new ScriptException(results, $"{expected.Length} results for {parsed.Count} steps.");
        return new CheckedRow(record.Fields[0].Text, record.Fields[1].Text, parsed, expected);
    }
}
