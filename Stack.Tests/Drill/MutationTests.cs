using System.Diagnostics;
using System.Globalization;
using System.Text;
using UserNet.Drill;
using UserNet.Drill.Language;
using UserNet.Drill.Running;
using Xunit;

namespace UserNet.Tests.Drill;

/// <summary>Our scripts notice what is wrong: each with one thing in it changed is a script that fails.</summary>
public sealed class MutationTests
{
    private const double Least = 0.98;
    private const int Sample = 3000;

    [Fact]
    public void A_script_with_one_thing_in_it_changed_fails()
    {
        Assert.SkipUnless(Directory.Exists(OurScripts.Folder), "Not run where it was built.");
        var watch = Stopwatch.StartNew();
        IReadOnlyList<PlayedMutant> played = Play(TestSettings.IsLong ? null : Sample);
        string table = Table(played);
        foreach (string line in table.Split('\n')) TestContext.Current.TestOutputHelper?.WriteLine(line);
        PlayedMutant[] alive = [.. played.Where(static mutant => !mutant.IsCaught)];
        foreach (PlayedMutant mutant in alive) TestContext.Current.TestOutputHelper?.WriteLine($"{mutant}");
        TestSettings.Announce(string.Create(CultureInfo.InvariantCulture,
            $"mutants of our scripts: {played.Count} played in {watch.Elapsed.TotalSeconds:0} s, {played.Count - alive.Length} caught"));
        if (Environment.GetEnvironmentVariable("USERNET_MUTANTS") is { Length: > 0 } path) File.WriteAllText(path, table + string.Join('\n', alive.Select(static mutant => mutant.ToString())) + "\n");
        Assert.True(played.Count - alive.Length >= Least * played.Count, table + string.Join('\n', alive.Take(50)));
    }

    /// <summary>Plays mutants of all our scripts: as many, or all.</summary>
    private static List<PlayedMutant> Play(int? sample)
    {
        List<(OurScript Script, Script Read, DrillOptions Options, Mutant Mutant)> mutants = [];
        foreach (OurScript script in OurScripts.All)
        {
            var options = new DrillOptions { Profile = script.Profile, RefusesLeftOvers = true, IsStrict = true };
            Script read = ScriptDefines.Read(File.ReadAllText(script.Path), script.Path, options);
            // One that fails as it is says nothing; there is another test for that.
            if (UserNet.Drill.Drill.Play(read, options).Outcome != DrillOutcome.Pass) continue;
            foreach (Mutant mutant in Mutants.Of(read, options)) mutants.Add((script, read, options, mutant));
        }

        if (sample is { } count && count < mutants.Count)
        {
            (OurScript, Script, DrillOptions, Mutant)[] chosen = [.. mutants];
            TestSettings.Random(41).Shuffle(chosen);
            mutants = [.. chosen.Take(count)];
        }

        var played = new PlayedMutant[mutants.Count];
        Parallel.For(0, mutants.Count, new ParallelOptions { MaxDegreeOfParallelism = Environment.ProcessorCount }, i =>
        {
            (OurScript script, Script read, DrillOptions options, Mutant mutant) = mutants[i];
            played[i] = new PlayedMutant(script.Name, mutant, UserNet.Drill.Drill.Play(mutant.Of(read), options));
        });
        return [.. played];
    }

    private static string Table(IReadOnlyList<PlayedMutant> played)
    {
        var table = new StringBuilder("| changed | mutants | caught | alive |\n|-|-|-|-|\n");
        foreach (IGrouping<string, PlayedMutant> kind in played.GroupBy(static mutant => mutant.Mutant.Kind.Split(' ')[0] == "flag" ? "flags" : mutant.Mutant.Kind).OrderBy(static kind => kind.Key, StringComparer.Ordinal))
            table.Append(Row(kind.Key, [.. kind]));
        return table.Append(Row("**all**", played)).ToString();
    }

    private static string Row(string name, IReadOnlyList<PlayedMutant> played)
    {
        int caught = played.Count(static mutant => mutant.IsCaught);
        return string.Create(CultureInfo.InvariantCulture, $"| {name} | {played.Count} | {caught} | {played.Count - caught} |\n");
    }

    private sealed record PlayedMutant(string Script, Mutant Mutant, DrillVerdict Verdict)
    {
        // What is not supported is not noticed: the script with that in it would have said so to its author.
        public bool IsCaught => Verdict.Outcome == DrillOutcome.Fail;

        public override string ToString() => $"{Script}:{Mutant.At}: {Mutant.Kind}: {Verdict.Outcome}{(Verdict.Field.Length == 0 ? "" : $" {Verdict.Field}")}: {Mutant.What}";
    }
}
