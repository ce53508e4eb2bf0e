using System.Text;
using Xunit;

namespace UserNet.Tests.Parity.DotNet;

/// <summary>The stack's sockets answer as System.Net.Sockets does on Linux: every property and call in every state, and then at random.</summary>
public sealed class DotNetParityTests
{
    // Of some 2,500 probes of a kind: those of docs/faces/dotnet.md that are still to be looked into.
    private const int MostKnown = 250;

    private const int MostReported = 40, StepsOfScript = 14;

    [Theory]
    [InlineData("tcp4")]
    [InlineData("tcp6")]
    [InlineData("tcp dual")]
    [InlineData("udp4")]
    [InlineData("udp6")]
    [InlineData("udp dual")]
    public void Each_property_and_call_answers_in_each_state_as_NETs_own(string name) => DotNetDuel.Run(duel =>
    {
        DotNetKind kind = DotNetKind.All.Single(kind => kind.Name == name);
        var differences = new SortedDictionary<string, List<string>>(StringComparer.Ordinal);
        foreach (DotNetState state in DotNetState.All.Where(state => kind.IsStream ? state.OfStreams : state.OfDatagrams))
        {
            DotNetStep[] before = state.Steps(kind);
            foreach (DotNetStep probe in Probes(kind))
            {
                if (duel.Play([.. before, probe, .. DotNetProbes.Aftermath]) is not { } difference) continue;
                string key = (difference.Index > before.Length ? $"after {probe}, " : "") + difference.Kind;
                if (!differences.TryGetValue(key, out List<string>? where)) differences[key] = where = [];
                where.Add(state.Name);
            }
        }

        var report = new StringBuilder();
        foreach ((string what, List<string> where) in differences.Take(MostReported)) report.AppendLine($"{what} [{string.Join(", ", where)}]");
        Assert.True(differences.Count <= MostKnown, $"{differences.Count} differences\n{report}");
    });

    [Fact]
    public void Random_scripts_are_answered_as_by_NETs_own() => DotNetDuel.Run(static duel =>
    {
        Assert.SkipUnless(TestSettings.IsLong, "the differences that are still known would come up");
        Random random = TestSettings.Random(salt: 705);
        var reports = new List<string>();
        for (int i = TestSettings.Count(2_000, 100_000); i > 0 && reports.Count < 8; i--)
        {
            IReadOnlyList<DotNetStep> script = Script(random);
            if (duel.Play(script) is { } difference) reports.Add(duel.Shorten(script, difference).ToString());
        }

        Assert.True(reports.Count == 0, string.Join("\n\n", reports));
    });

    private static IEnumerable<DotNetStep> Probes(DotNetKind kind) =>
        DotNetProbes.Reads.Concat(DotNetProbes.Writes).Concat(DotNetProbes.Calls(kind));

    /// <summary>A state, and calls of whatever kind from there on.</summary>
    private static IReadOnlyList<DotNetStep> Script(Random random)
    {
        DotNetKind kind = DotNetKind.All[random.Next(DotNetKind.All.Count)];
        DotNetState[] states = [.. DotNetState.All.Where(state => kind.IsStream ? state.OfStreams : state.OfDatagrams)];
        // Without blocking, so that no call waits; a connect to this host has ended when the next call is made.
        List<DotNetStep> script = [.. states[random.Next(states.Length)].Steps(kind), DotNetStep.Call(w => w.S.Blocking = false)];
        IReadOnlyList<DotNetStep>[] choices = [DotNetProbes.Reads, [.. DotNetProbes.Writes.Skip(1)], DotNetProbes.Calls(kind), DotNetProbes.Calls(kind), DotNetProbes.Aftermath];
        for (int i = random.Next(StepsOfScript); i >= 0; i--)
        {
            IReadOnlyList<DotNetStep> choice = choices[random.Next(choices.Length)];
            script.Add(choice[random.Next(choice.Count)]);
        }

        return script;
    }
}
