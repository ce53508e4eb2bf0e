using System.CommandLine;
using System.CommandLine.Parsing;
using UserNet.Lab;
using UserNet.Simulation;

namespace UserNet.Samples.BugHunt;

/// <summary>Reads the command line, hunts, or runs one seed.</summary>
public static class CommandLine
{
    /// <summary>No seed failed.</summary>
    public const int Success = 0;
    /// <summary>Some did.</summary>
    public const int Failure = 1;
    /// <summary>Arguments can't be read.</summary>
    public const int Malformed = 2;

    private static readonly Option<SeedRange> Seeds = new("--seeds")
    {
        Description = "The seeds to run, as in 1..1000; each draws its own faults.",
        HelpName = "FIRST..LAST",
        DefaultValueFactory = static _ => new SeedRange(1, 1000),
        CustomParser = static result => Parse(result, SeedRange.Parse),
    };

    private static readonly Option<ulong?> Seed = new("--seed") { Description = "Runs one seed, and says what came of it.", HelpName = "N" };

    private static readonly Option<FaultSchedule?> Faults = new("--faults")
    {
        Description = "What goes wrong in the run of --seed, instead of what the seed draws; docs/faults.md has the words.",
        HelpName = "SCHEDULE",
        CustomParser = static result => Parse(result, FaultSchedule.Parse),
    };

    private static readonly Option<FileInfo?> Pcap = new("--pcap") { Description = "Records the run of --seed as pcapng.", HelpName = "FILE" };

    private static readonly Option<bool> Fixed = new("--fixed") { Description = "With the server that has no bug." };

    /// <summary>Runs the program.</summary>
    public static int Run(string[] arguments, TextWriter output, TextWriter errors)
    {
        int code = Success;
        var root = new RootCommand("Looks for the faults under which a small ledger books a deposit twice.") { Seeds, Seed, Faults, Pcap, Fixed };
        root.SetAction(parsed =>
        {
            bool isFixed = parsed.GetValue(Fixed);
            code = parsed.GetValue(Seed) is { } seed
                ? RunOne(seed, parsed.GetValue(Faults), isFixed, parsed.GetValue(Pcap), output)
                : Hunt(parsed.GetValue(Seeds)!, isFixed, output, errors);
        });
        ParseResult result = root.Parse(arguments);
        foreach (ParseError error in result.Errors) errors.WriteLine(error.Message);
        if (result.Errors.Count > 0) return Malformed;
        int answer = result.Invoke(new InvocationConfiguration { Output = output, Error = errors });
        return code != Success ? code : answer;
    }

    private static int Hunt(SeedRange seeds, bool isFixed, TextWriter output, TextWriter errors)
    {
        var hunt = new FaultHunt(LedgerRun.Build, network => LedgerRun.Run(network, isFixed));
        SweepReport report = ProgressBar.Show(errors, progress => hunt.Sweep(seeds, new SweepOptions { Progress = progress }));
        output.WriteLine(report);
        if (report.FirstFailure is not { } first) return Success;
        FaultSchedule drawn = hunt.ScheduleOf(first.Seed);
        ShrinkResult shrunk = hunt.Shrink(first.Seed);
        output.WriteLine();
        output.WriteLine($"Of the {drawn.Count} faults of seed {first.Seed} {shrunk.Schedule.Count} suffice, found in {shrunk.Runs} runs:");
        output.WriteLine(shrunk.HowToRepeat(first.Seed));
        return Failure;
    }

    private static int RunOne(ulong seed, FaultSchedule? faults, bool isFixed, FileInfo? pcap, TextWriter output)
    {
        using var network = new VirtualNetwork(seed);
        LedgerRun.Build(network);
        if (pcap is not null) network.Capture(pcap.Create());
        faults ??= FaultSchedule.Draw(seed, network);
        faults.ApplyTo(network);
        output.WriteLine($"seed {seed}, faults: {(faults.Count == 0 ? "none" : faults)}");
        try
        {
            LedgerRun.Run(network, isFixed);
            output.WriteLine($"The books agree at {network.Clock.Now} s.");
            return Success;
        }
        catch (WrongBooksException e)
        {
            output.WriteLine($"At {network.Clock.Now} s: {e.Message}.");
            return Failure;
        }
    }

    private static T? Parse<T>(ArgumentResult result, Func<string, T> parse)
    {
        try
        {
            return parse(result.Tokens[0].Value);
        }
        catch (FormatException e)
        {
            result.AddError(e.Message);
            return default;
        }
    }
}
