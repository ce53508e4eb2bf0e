using UserNet.Drill;
using UserNet.Tests.Infrastructure;
using Xunit;

namespace UserNet.Tests.Drill.Duel;

/// <summary>What the kernel does in random scripts, ours does.</summary>
[Collection(nameof(WholeProcess))]      // time is real here
public sealed class TcpDuelTests
{
    private const int Seeds = 2, AtOnce = 16;

    /// <summary>Some of each theme. A rare difference is known to be left, and chance is the kernel's too: nearly all is asked for.</summary>
    [Fact]
    public void Nearly_all_random_scripts_end_as_on_the_kernel()
    {
        RequireKernel();
        Assert.SkipUnless(Environment.GetEnvironmentVariable("USERNET_DUEL") is null, "USERNET_DUEL asks for others");
        IReadOnlyList<DuelRound> rounds = TcpDuel.Play([.. DuelThemes.All.Keys.SelectMany(static theme => Enumerable.Range(1, Seeds).Select(seed => (theme, seed)))], AtOnce);
        DuelRound[] differ = Differing(rounds);
        Assert.InRange(rounds.Count, DuelThemes.All.Count * Seeds / 2, int.MaxValue);
        Assert.True(differ.Length <= rounds.Count / 10, string.Join('\n', differ.Select(Say)));
    }

    /// <summary>USERNET_DUEL=theme:first seed:count:at once:folder, which the differing ones are written into; with :all, all. replay:folder plays recorded ones.</summary>
    [Fact]
    public void Random_scripts_that_USERNET_DUEL_asks_for_end_as_on_the_kernel()
    {
        RequireKernel();
        string? asked = Environment.GetEnvironmentVariable("USERNET_DUEL");
        Assert.SkipWhen(asked is null, "USERNET_DUEL asks for none");
        string[] wanted = asked!.Split(':');
        bool isReplay = wanted[0] == "replay";
        IReadOnlyList<DuelRound> rounds = isReplay
            ? TcpDuel.Replay(wanted[1])
            : TcpDuel.Play(wanted[0], int.Parse(wanted[1]), int.Parse(wanted[2]), int.Parse(wanted[3]));
        DuelRound[] differ = Differing(rounds);
        foreach (DuelRound round in isReplay || wanted[4].Length == 0 ? [] : wanted[^1] == "all" ? rounds : differ) File.WriteAllText(Path.Combine(wanted[4], round.Name + ".pkt"), round.Text);
        Console.Error.WriteLine($"{wanted[0]}: {rounds.Count} that the kernel answered, {differ.Length} differ");
        foreach (DuelRound round in differ) Console.Error.WriteLine("  " + Say(round));
        Assert.True(differ.Length == 0, string.Join(", ", differ.Select(static round => round.Name)));
    }

    private static void RequireKernel() =>
        Assert.SkipUnless(OperatingSystem.IsLinux() && Environment.IsPrivilegedProcess && File.Exists("/dev/net/tun"), "needs root and /dev/net/tun");

    private static DuelRound[] Differing(IReadOnlyList<DuelRound> rounds) => [.. rounds.Where(static round => round.Ours.Outcome != DrillOutcome.Pass)];

    private static string Say(DuelRound round) =>
        $"{round.Name} line {round.Ours.At?.Line}: {round.Ours.Field}: the kernel {round.Ours.Expected}; here {round.Ours.Actual}";
}
