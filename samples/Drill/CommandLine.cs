using System.CommandLine;
using System.CommandLine.Parsing;
using UserNet.Drill;

namespace UserNet.Samples.Drill;

/// <summary>Plays packetdrill scripts, and says of each how it ended.</summary>
public static class CommandLine
{
    /// <summary>None failed.</summary>
    public const int Success = 0;

    /// <summary>One failed, or can't be read.</summary>
    public const int Failure = 1;

    /// <summary>The command line can't be read, or a path of it.</summary>
    public const int Malformed = 2;

    private static readonly DrillIpVersion[] Versions = [DrillIpVersion.IPv4, DrillIpVersion.IPv4MappedIPv6, DrillIpVersion.IPv6];

    private static readonly Argument<string[]> Paths = new("PATH")
    { Description = "Scripts, and folders that are searched for *.pkt.", Arity = ArgumentArity.OneOrMore };

    private static readonly Option<DrillProfile?> Profile = new("--profile")
    {
        Description = "Whose manners the stack has, and whose dialect the scripts: linux or freebsd. Without it freebsd for scripts in a folder of that name, else linux.",
        HelpName = "linux|freebsd",
        CustomParser = static result => ProfileOf(result.Tokens[0].Value, result),
    };

    private static readonly Option<string[]> Defines = new("--define", "-D")
    { Description = "A name that #ifdef knows, or a word that stands for another; may be given more than once.", HelpName = "NAME[=VALUE]" };

    private static readonly Option<bool> NoPush = new("--no-psh") { Description = "PSH of segments with data is not compared." };

    private static readonly Option<bool> NoLeftOvers = new("--no-left-overs")
    { Description = "A packet that the stack sent and no line waited for fails the script; the language itself lets such packets pass." };

    private static readonly Option<bool> Strict = new("--strict")
    { Description = "Compares what the language leaves free, too: the number of the stack's SYN is 0, echoes of timestamps are as written, their values are milliseconds." };

    private static readonly Option<DrillIpVersion[]> IpVersion = new("--ip-version")
    {
        Description = "Over which version of IP: ipv4, ipv6, ipv4-mapped-ipv6, or all of them; may be given more than once. Without it what the script says, or ipv4. "
            + "Scripts that are for one version are played over that one alone.",
        HelpName = "VERSION",
        CustomParser = static result => [.. result.Tokens.SelectMany(token => VersionsOf(token.Value, result)).Distinct()],
    };

    private static readonly Option<bool> Verbose = new("--verbose") { Description = "Shows the packets before a failure, what scripts print, and how long each and all took." };

    private static readonly Option<bool> Trace = new("--trace") { Description = "Prints the packets as they pass, in the script's syntax and numbers." };

    private static readonly Option<string?> Pcap = new("--pcap") { Description = "Records each script's packets in a file of its own there, as pcapng.", HelpName = "DIR" };

    private static readonly Option<bool> Live = new("--live")
    { Description = "Plays on the Linux kernel, in real time, in a network namespace of its own; needs root and /dev/net/tun." };

    /// <summary>Runs the program.</summary>
    public static int Run(string[] arguments, TextWriter output, TextWriter errors)
    {
        ArgumentNullException.ThrowIfNull(output);
        ArgumentNullException.ThrowIfNull(errors);
        var root = new RootCommand("Plays packetdrill scripts in process, in virtual time: a line for each, and the totals as the last one.")
        { Paths, Profile, Defines, NoPush, NoLeftOvers, Strict, IpVersion, Verbose, Trace, Pcap, Live };
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
        IReadOnlyList<string> scripts;
        try
        {
            scripts = DrillSuite.Find(parsed.GetValue(Paths)!);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            errors.WriteLine(exception.Message);
            return Malformed;
        }

        if (scripts.Count == 0)
        {
            errors.WriteLine("There are no scripts (*.pkt) there.");
            return Malformed;
        }

        var report = new Report(output, parsed.GetValue(Verbose));
        ProgressLine.Show(errors, output, report, (completed, progress) => DrillSuite.Run(scripts, OptionsOf(parsed) with { Completed = completed, Progress = progress }));
        report.End();
        return report.HasFailed ? Failure : Success;
    }

    private static DrillSuiteOptions OptionsOf(ParseResult parsed)
    {
        bool isLive = parsed.GetValue(Live);
        return new DrillSuiteOptions
        {
            Play = new DrillOptions
            {
                Profile = parsed.GetValue(Profile) ?? DrillProfile.Linux, Defines = parsed.GetValue(Defines) ?? [], IgnoresPush = parsed.GetValue(NoPush),
                RefusesLeftOvers = parsed.GetValue(NoLeftOvers), IsStrict = parsed.GetValue(Strict), IsLive = isLive,
            },
            ProfileByFolder = parsed.GetValue(Profile) is null,
            IpVersions = parsed.GetValue(IpVersion) ?? [],
            Parallelism = isLive ? 1 : Environment.ProcessorCount,      // what is measured in real time is to have the machine for itself
            KeepsTrace = parsed.GetValue(Trace),
            RecordingFolder = parsed.GetValue(Pcap),
        };
    }

    private static DrillProfile ProfileOf(string text, ArgumentResult result)
    {
        if (text is "freebsd" or "FreeBSD") return DrillProfile.FreeBsd;
        if (text is not ("linux" or "Linux")) result.AddError($"--profile {text}: there are linux and freebsd.");
        return DrillProfile.Linux;
    }

    private static DrillIpVersion[] VersionsOf(string text, ArgumentResult result)
    {
        if (text == "all") return Versions;
        DrillIpVersion[] found = Array.FindAll(Versions, version => DrillSuite.NameOf(version) == text);
        if (found.Length == 0) result.AddError($"--ip-version {text}: there are ipv4, ipv6, ipv4-mapped-ipv6 and all.");
        return found;
    }
}
