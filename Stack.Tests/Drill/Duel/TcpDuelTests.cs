using UserNet.Drill;
using UserNet.Tests.Infrastructure;
using Xunit;

namespace UserNet.Tests.Drill.Duel;

/// <summary>What the kernel does in random scripts, ours does.</summary>
[Collection(nameof(WholeProcess))]      // time is real here
public sealed class TcpDuelTests
{
    /// <summary>USERNET_DUEL=theme:first seed:count:at once:folder plays others, and writes those that differ into the folder; with :all, all. replay:folder plays recorded ones.</summary>
    [Fact]
    public void Random_scripts_end_as_on_the_kernel()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux() && Environment.IsPrivilegedProcess && File.Exists("/dev/net/tun"), "needs root and /dev/net/tun");
        string[] wanted = (Environment.GetEnvironmentVariable("USERNET_DUEL") ?? "first:1:10:10:").Split(':');
        bool isReplay = wanted[0] == "replay";
        IReadOnlyList<DuelRound> rounds = isReplay
            ? TcpDuel.Replay(wanted[1])
            : TcpDuel.Play(wanted[0], int.Parse(wanted[1]), int.Parse(wanted[2]), int.Parse(wanted[3]));
        DuelRound[] differ = [.. rounds.Where(static round => round.Ours.Outcome != DrillOutcome.Pass)];
        foreach (DuelRound round in isReplay || wanted[4].Length == 0 ? [] : wanted[^1] == "all" ? rounds : differ) File.WriteAllText(Path.Combine(wanted[4], round.Name + ".pkt"), round.Text);
        Console.Error.WriteLine($"{wanted[0]}: {rounds.Count} that the kernel answered, {differ.Length} differ");
        foreach (DuelRound round in differ) Console.Error.WriteLine($"  {round.Name} line {round.Ours.At?.Line}: {round.Ours.Field}: the kernel {round.Ours.Expected}; here {round.Ours.Actual}");
        Assert.True(differ.Length == 0, string.Join(", ", differ.Select(static round => round.Name)));
    }
}
