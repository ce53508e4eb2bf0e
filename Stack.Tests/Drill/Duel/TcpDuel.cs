using System.Globalization;
using UserNet.Drill;
using UserNet.Drill.Live;
using UserNet.Drill.Running;

namespace UserNet.Tests.Drill.Duel;

/// <summary>How a random script ended here that the kernel's record made whole.</summary>
/// <param name="Name">Theme and seed.</param>
/// <param name="Text">The script with all that the kernel did.</param>
/// <param name="Ours">How it ended here.</param>
internal sealed record DuelRound(string Name, string Text, DrillVerdict Ours);

/// <summary>Random scripts are played on the kernel, and what it did is what ours is to do.</summary>
internal static class TcpDuel
{
    private const int Attempts = 6;
    private const long Tick = 4_000, Round = 256_000;      // of the kernel's timers, microseconds; those of some seconds are rounded to 256 ms

    /// <summary>Plays scripts of a theme.</summary>
    /// <param name="theme">Its name.</param>
    /// <param name="first">The first seed.</param>
    /// <param name="count">How many.</param>
    /// <param name="atOnce">How many kernels at once.</param>
    /// <returns>In the order of seeds; those that the kernel does not answer twice in the same way, or only late, are left out.</returns>
    public static IReadOnlyList<DuelRound> Play(string theme, int first, int count, int atOnce) =>
        Play([.. Enumerable.Range(first, count).Select(seed => (theme, seed))], atOnce);

    /// <summary>Plays scripts of several themes.</summary>
    /// <inheritdoc cref="Play(string, int, int, int)"/>
    public static IReadOnlyList<DuelRound> Play((string Theme, int Seed)[] scripts, int atOnce)
    {
        var rounds = new DuelRound?[scripts.Length];
        int last = -1;
        var threads = new Thread[atOnce];
        for (int i = 0; i < threads.Length; i++)
        {
            threads[i] = new Thread(() =>
            {
                while (Interlocked.Increment(ref last) is int next && next < scripts.Length) rounds[next] = Play(scripts[next].Theme, scripts[next].Seed);
            }) { IsBackground = true };
            threads[i].Start();
        }

        foreach (Thread thread in threads) thread.Join();
        return [.. rounds.OfType<DuelRound>()];
    }

    /// <summary>Plays what was recorded before.</summary>
    /// <param name="folder">Where the scripts are.</param>
    /// <returns>In the order of names.</returns>
    public static IReadOnlyList<DuelRound> Replay(string folder)
    {
        string[] paths = Directory.GetFiles(folder, "*.pkt");
        Array.Sort(paths, StringComparer.Ordinal);
        return [.. paths.AsParallel().AsOrdered().WithDegreeOfParallelism(2).Select(static path => Judged(Path.GetFileNameWithoutExtension(path), File.ReadAllText(path)))];
    }

    private static DuelRound Judged(string name, string text) => new(name, text, Judge(text, name));

    private static DuelRound? Play(string theme, int seed)
    {
        string name = $"{theme}-{seed}";
        var script = new DuelScript(seed);
        DuelThemes.All[theme](script);
        if (Record(script, name) is not { } text || (script.HasRoundTrips && AcknowledgesAtOnce(text))) return null;
        DrillVerdict ours = Judge(text, name);
        if (ours.Outcome == DrillOutcome.Pass) return new DuelRound(name, text, ours);
        // What the kernel does another time in another way is no answer.
        for (int again = 0; again < 2; again++)
        {
            if (Record(script, name) is not { } second) return null;
            DrillVerdict other = Judge(second, name);
            if (other.Outcome == DrillOutcome.Pass) return new DuelRound(name, second, other);
            if (Timeless(second) != Timeless(text)) return null;
        }

        return new DuelRound(name, text, ours);
    }

    // Where a packet and a timer come at nearly the same time, which is first is chance: with one of the kernel's possible ticks it is as there.
    private static DrillVerdict Judge(string text, string name)
    {
        DrillVerdict exact = Judge(text, name, null);
        if (exact.Outcome != DrillOutcome.Fail) return exact;
        foreach (long tick in TicksOf(text))
        {
            for (long phase = Tick - (tick % Tick); phase < Round; phase += Tick)
            {
                if (Judge(text, name, phase) is { Outcome: DrillOutcome.Pass } other) return other;
                if (Judge(text, name, phase, isCoarse: true) is { Outcome: DrillOutcome.Pass } coarse) return coarse;
            }
        }

        return exact;
    }

    // What left without a packet or a call left on a tick, and was seen a little later.
    private static long[] TicksOf(string text)
    {
        long last = long.MinValue;
        foreach (string line in text.Split('\n'))
        {
            if (!double.TryParse(line.Split(' ')[0], CultureInfo.InvariantCulture, out double seconds)) continue;
            long time = (long)Math.Round(seconds * 1_000_000);
            if (time - last > Tick / 2 && line.Contains(" > ", StringComparison.Ordinal) && last != long.MinValue) return [time - 250, time - 500, time - 100, time - 800];
            last = Math.Max(last, time);
        }

        return [0, 1_000, 2_000, 3_000];
    }

    private static DrillVerdict Judge(string text, string name, long? phase, bool isCoarse = false) =>
        UserNet.Drill.Drill.PlayText(text, name, new DrillOptions { RefusesLeftOvers = true, IsStrict = true, TickPhase = phase, TicksAreCoarse = isCoarse });

    private static string? Record(DuelScript script, string name)
    {
        for (int attempt = 0; attempt < Attempts; attempt++)
        {
            (DrillVerdict verdict, ScriptRecord record) = UserNet.Drill.Drill.Record(script.Stimuli(), name, new DrillOptions { IsLive = true }, script.Tail);
            if (verdict.Outcome != DrillOutcome.Pass)
            {
                Console.Error.WriteLine($"  not recorded: {name}: {verdict.Outcome}, {verdict.At}: {verdict.Field}, {verdict.Expected}, {verdict.Actual}");
                return null;
            }
            if (record.Lateness <= LivePlay.MostLateness) return script.Whole(record);
        }

        return null;
    }

    // What left only just can't have come to a peer: how long that took is chance, and all times are drawn from it.
    private static bool AcknowledgesAtOnce(string text)
    {
        const long Least = 3_000;
        List<(long Time, long End)> sent = [];
        foreach (string line in text.Split('\n'))
        {
            string[] words = line.Split(' ', ':', '(', ')', '<', '>', ',');
            if (!double.TryParse(words[0], CultureInfo.InvariantCulture, out double seconds)) continue;
            long time = (long)Math.Round(seconds * 1_000_000);
            if (line.Contains(" > ", StringComparison.Ordinal))
            {
                if (Array.FindIndex(words, static word => word.All(char.IsAsciiDigit) && word.Length > 0) is > 0 and var at && long.TryParse(words[at + 1], out long end)) sent.Add((time, end));
            }
            else if (line.Contains(" < ", StringComparison.Ordinal))
            {
                long most = 0;
                for (int i = Math.Max(1, Array.IndexOf(words, "ack")); i < words.Length; i++)
                    if (words[i - 1] is not ("win" or "val" or "ecr") && long.TryParse(words[i], out long number)) most = Math.Max(most, number);
                if (sent.Exists(one => one.End <= most && time - one.Time < Least)) return true;
            }
        }

        return false;
    }

    private static string Timeless(string text) => string.Join('\n', text.Split('\n').Select(static line => line[(line.IndexOf(' ', StringComparison.Ordinal) + 1)..]));
}
