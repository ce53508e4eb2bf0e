using System.CommandLine;
using System.CommandLine.Parsing;
using System.Diagnostics;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using UserNet.Emulation;
using UserNet.Lab;
using UserNet.Simulation;

namespace UserNet.Samples.Lab;

/// <summary>Reads the command line, runs the transfers, and answers with an exit code.</summary>
public static class CommandLine
{
    /// <summary>All octets arrived, in each run.</summary>
    public const int Success = 0;
    /// <summary>In some run they did not; or a file can't be written.</summary>
    public const int Failure = 1;
    /// <summary>Arguments can't be read.</summary>
    public const int Malformed = 2;

    private delegate bool TryRead<T>(string text, out T value);

    private static readonly Option<ulong> Seed = new("--seed")
    { Description = "Where all chance comes from; the first one with --runs.", HelpName = "N", DefaultValueFactory = static _ => 7 };

    private static readonly Option<double> Loss = Share("--loss", "The share of frames that each wire loses, each way, as in 5%.");
    private static readonly Option<double> Reorder = Share("--reorder", "The share of frames that are held back by 5 ms, so that others overtake them.");
    private static readonly Option<double> Duplicate = Share("--duplicate", "The share of frames that arrive twice.");
    private static readonly Option<double> Corrupt = Share("--corrupt", "The share of frames in which a bit is turned round.");
    private static readonly Option<TimeSpan> Delay = Quantity<TimeSpan>("--delay", "TIME", "How long each wire takes, one way, as in 20ms. Without it 10ms.", Units.TryTime);
    private static readonly Option<TimeSpan> Jitter = Quantity<TimeSpan>("--jitter", "TIME", "How much longer it may take, as in 2ms.", Units.TryTime);
    private static readonly Option<long> Rate = Quantity<long>("--rate", "RATE", "How fast each wire is, as in 10Mbit. Without it 100Mbit. Its queue has 256 KiB.", Units.TryRate);
    private static readonly Option<long> Bytes = Quantity<long>("--bytes", "SIZE", "How many octets are sent, as in 64KiB. Without it 10MB.", Units.TrySize);

    private static readonly Option<Fault[]> Partition = new("--partition")
    {
        Description = "When the client and the server can't reach each other, as in 3s..5s; may be given more than once.",
        HelpName = "FROM..TO",
        CustomParser = static result =>
        {
            var faults = new List<Fault>();
            foreach (Token token in result.Tokens)
            {
                if (Units.TrySpan(token.Value, out TimeSpan from, out TimeSpan to)) faults.Add(Fault.Partition(["client"], ["server"]).During(from, to));
                else result.AddError($"--partition {token.Value}: not a time to another, later one; as in 3s..5s.");
            }

            return [.. faults];
        },
    };

    private static readonly Option<FaultSchedule?> Faults = new("--faults")
    {
        Description = "What else goes wrong, as in \"1s..2s pause router; 4s..5s loss client-router 30%\"; docs/faults.md has the words.",
        HelpName = "SCHEDULE",
        CustomParser = static result =>
        {
            if (FaultSchedule.TryParse(result.Tokens[0].Value, out FaultSchedule schedule, out string? error)) return schedule;
            result.AddError($"--faults: {error}");
            return null;
        },
    };

    private static readonly Option<string?> Pcap = new("--pcap")
    { Description = "Records all that passes, and how each lost frame was lost, as pcapng.", HelpName = "FILE" };

    private static readonly Option<int> Runs = new("--runs")
    {
        Description = "Runs so many seeds, on all cores, and names those that fail.",
        HelpName = "N",
        DefaultValueFactory = static _ => 1,
        CustomParser = static result =>
        {
            string text = result.Tokens[0].Value;
            if (int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out int runs) && runs > 0) return runs;
            result.AddError($"--runs {text}: not a number of runs; as in 1000.");
            return 1;
        },
    };

    /// <summary>Runs the program.</summary>
    public static int Run(string[] arguments, TextWriter output, TextWriter errors)
    {
        var root = new RootCommand("Sends octets between two hosts through a router, in virtual time. The same seed gives the same run, to the octet.")
        { Seed, Loss, Delay, Jitter, Reorder, Duplicate, Corrupt, Rate, Partition, Faults, Bytes, Runs, Pcap };
        int code = Success;
        root.SetAction(parsed => code = Act(parsed, output, errors));
        ParseResult result = root.Parse(arguments);
        if (result.Errors.Count == 0)
        {
            int answer = result.Invoke(new InvocationConfiguration { Output = output, Error = errors });
            return code != Success ? code : answer;
        }

        foreach (ParseError error in result.Errors) errors.WriteLine(error.Message);
        return Malformed;
    }

    private static int Act(ParseResult parsed, TextWriter output, TextWriter errors)
    {
        try
        {
            TransferPlan plan = Plan(parsed);
            int runs = parsed.GetValue(Runs);
            if (runs == 1) return RunOnce(plan, parsed.GetValue(Pcap), output);
            if (plan.Seed <= ulong.MaxValue - (ulong)(runs - 1) && parsed.GetValue(Pcap) is null) return Sweep(plan, runs, Repeated(parsed), output, errors);
            errors.WriteLine(parsed.GetValue(Pcap) is null ? $"--runs {runs}: there are not so many seeds from {plan.Seed} on." : "--pcap records one run: leave out --runs, and say which with --seed.");
            return Malformed;
        }
        catch (KeyNotFoundException e)
        {
            errors.WriteLine($"--faults: {e.Message} There are the hosts client, router and server, and the links client-router and router-server.");
            return Malformed;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            errors.WriteLine(e.Message);
            return Failure;
        }
    }

    private static TransferPlan Plan(ParseResult parsed)
    {
        return new()
        {
            Seed = parsed.GetValue(Seed),
            Octets = Given(Bytes, 10_000_000),
            Faults = new FaultSchedule([.. parsed.GetValue(Partition) ?? [], .. parsed.GetValue(Faults) ?? FaultSchedule.Empty]),
            Wire = new LinkConditions
            {
                Loss = parsed.GetValue(Loss),
                Delay = Given(Delay, TimeSpan.FromMilliseconds(10)),
                Jitter = parsed.GetValue(Jitter),
                Reordering = parsed.GetValue(Reorder),
                ReorderDelay = TimeSpan.FromMilliseconds(5),
                Duplication = parsed.GetValue(Duplicate),
                Corruption = parsed.GetValue(Corrupt),
                BitsPerSecond = Given(Rate, 100_000_000),
            },
        };

        T Given<T>(Option<T> option, T usual) => parsed.GetResult(option) is null ? usual : parsed.GetValue(option)!;
    }

    private static int RunOnce(TransferPlan plan, string? pcap, TextWriter output)
    {
        long begin = Stopwatch.GetTimestamp();
        using var transfer = new Transfer(plan);
        if (pcap is not null) transfer.Network.Capture(File.Create(pcap));
        TransferOutcome outcome = transfer.Run();
        TimeSpan real = Stopwatch.GetElapsedTime(begin);
        Print(plan, outcome, output);
        output.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"real time         {real.TotalSeconds:0.000} s, {outcome.Events / real.TotalSeconds:#,0} events a second"));
        return outcome.Failure is null ? Success : Failure;
    }

    // All options but those that say which seeds, as they were given.
    private static string Repeated(ParseResult parsed)
    {
        var text = new StringBuilder();
        foreach (OptionResult option in parsed.RootCommandResult.Children.OfType<OptionResult>())
        {
            if (option.Implicit || option.Option == Seed || option.Option == Runs) continue;
            foreach (Token token in option.Tokens)
                text.Append(' ').Append(option.Option.Name).Append(' ').Append(token.Value.Contains(' ') ? $"\"{token.Value}\"" : token.Value);
        }

        return text.ToString();
    }

    private static int Sweep(TransferPlan plan, int runs, string options, TextWriter output, TextWriter errors)
    {
        TransferOutcome[] outcomes = new TransferOutcome[runs];
        SweepReport report = ProgressBar.Show(errors, progress => SeedSweep.Run(
            new SeedRange(plan.Seed, plan.Seed + (ulong)runs - 1),
            seed =>
            {
                using var transfer = new Transfer(plan with { Seed = seed });
                TransferOutcome outcome = outcomes[seed - plan.Seed] = transfer.Run();
                return outcome.Failure is null ? outcome.Digest : throw new InvalidOperationException(outcome.Failure);
            },
            new SweepOptions { Progress = progress, HowToRepeat = seed => $"--seed {seed}{options}" }));
        output.WriteLine(report);
        double[] times = [.. outcomes.Where(static outcome => outcome.Failure is null).Select(static outcome => outcome.Time.TotalSeconds).Order()];
        if (times.Length > 0)
        {
            output.WriteLine(string.Create(CultureInfo.InvariantCulture,
                $"virtual time      {times[0]:0.000} to {times[^1]:0.000} s, half of them within {times[times.Length / 2]:0.000} s"));
        }

        output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"sent again        {outcomes.Sum(static outcome => outcome.Retransmissions):#,0} segments"));
        output.WriteLine($"digest            {Convert.ToHexStringLower(SHA256.HashData(Encoding.ASCII.GetBytes(string.Concat(outcomes.Select(static outcome => outcome.Digest)))))}");
        output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"real time         {report.Elapsed.TotalSeconds:0.000} s, {report.Rate:0.0} seeds a second"));
        return report.IsClean ? Success : Failure;
    }

    private static void Print(TransferPlan plan, TransferOutcome outcome, TextWriter output)
    {
        output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"client - router - server, seed {plan.Seed}"));
        Line("sent", $"{plan.Octets:#,0} octets, {outcome.Segments:#,0} segments");
        Line("received", $"{outcome.Received:#,0} octets, each the right one");
        Line("sent again", $"{outcome.Retransmissions:#,0} segments");
        Line("lost on wires", $"{outcome.Lost:#,0} frames by chance or cut, {outcome.Overflowed:#,0} by full queues");
        Line("changed by wires", $"{outcome.Corrupted:#,0} frames corrupted, {outcome.Duplicated:#,0} doubled, {outcome.Reordered:#,0} held back");
        Line("virtual time", $"{outcome.Time.TotalSeconds:0.000000} s");
        Line("goodput", $"{outcome.Goodput / 1e6:#,0.00} Mbit/s");
        Line("events", $"{outcome.Events:#,0}");
        Line("digest", $"{outcome.Digest}");
        if (outcome.Failure is not null) Line("failed", $"{outcome.Failure}");

        void Line(string name, FormattableString value) => output.WriteLine($"{name,-18}{value.ToString(CultureInfo.InvariantCulture)}");
    }

    private static Option<double> Share(string name, string description) => Quantity<double>(name, "SHARE", description, Units.TryShare);

    private static Option<T> Quantity<T>(string name, string unit, string description, TryRead<T> read) => new(name)
    {
        Description = description,
        HelpName = unit,
        CustomParser = result =>
        {
            string text = result.Tokens[0].Value;
            if (!read(text, out T value)) result.AddError($"{name} {text}: can't be read. {description}");
            return value;
        },
    };
}
