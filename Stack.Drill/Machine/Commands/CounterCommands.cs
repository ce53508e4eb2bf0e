using System.Globalization;
using System.Text.RegularExpressions;
using UserNet.Doors;
using UserNet.Drill.Language;

namespace UserNet.Drill.Machine.Commands;

/// <summary>nstat: what the kernel's counters have counted since the last look.</summary>
internal static partial class CounterCommands
{
    private static readonly (string Name, Func<StackStatistics, long> Read)[] Counters =
    [
        ("TcpActiveOpens", static s => s[Counter.TcpActiveOpens]),
        ("TcpEstabResets", static s => s[Counter.TcpEstabResets]),
        ("TcpInSegs", static s => s[Counter.TcpInSegs]),
        ("TcpOutRsts", static s => s[Counter.TcpOutRsts]),
        ("TcpOutSegs", static s => s[Counter.TcpOutSegs]),
        ("TcpPassiveOpens", static s => s[Counter.TcpPassiveOpens]),
        ("TcpRetransSegs", static s => s[Counter.TcpRetransSegs]),
        ("TcpExtSyncookiesSent", static s => s[Counter.TcpSynCookiesSent]),
        ("TcpExtSyncookiesRecv", static s => s[Counter.TcpSynCookiesReceived]),
        ("TcpExtTCPFastOpenPassive", static s => s[Counter.TcpFastOpenPassive]),
        ("TcpExtBeyondWindow", static s => s[Counter.TcpBeyondWindow]),
        ("TcpExtTCPRcvQDrop", static s => s[Counter.TcpReceiveQueueDrop]),
        ("TcpExtTCPZeroWindowDrop", static s => s[Counter.TcpZeroWindowDrop]),
        ("TcpExtTCPOFODrop", static s => s[Counter.TcpOutOfOrderDrop]),
        ("TcpExtOutOfWindowIcmps", static s => s[Counter.TcpOutOfWindowIcmps]),
        ("TcpExtTCPMD5NotFound", static s => s[DropReason.TcpUnsigned]),
        ("TcpExtTCPMD5Unexpected", static s => s[DropReason.TcpSigned]),
        ("TcpExtTCPMD5Failure", static s => s[DropReason.TcpWrongSignature]),
        ("TcpExtListenOverflows", static s => s[DropReason.TcpAcceptQueueFull]),
    ];

    /// <summary>nstat [-n] [-s] [-a] [-z] [pattern...]</summary>
    public static int Nstat(CommandCall call)
    {
        bool isSilent = false, keeps = false, isAbsolute = false, withZeros = false;
        var patterns = new List<string>();
        foreach (string word in call.Arguments)
        {
            if (!word.StartsWith('-'))
            {
                CheckName(word.Trim('*'), call.At);
                patterns.Add(word);
                continue;
            }

            if (!CommandCall.IsOptions(word, "nsazrq")) throw call.Unsupported();
            isSilent |= word.Contains('n', StringComparison.Ordinal);
            keeps |= word.Contains('s', StringComparison.Ordinal);
            isAbsolute |= word.Contains('a', StringComparison.Ordinal);
            withZeros |= word.Contains('z', StringComparison.Ordinal);
            if (word.Contains('r', StringComparison.Ordinal)) call.Machine.CountersBefore.Clear();
        }

        StackStatistics now = call.Machine.Stack.Statistics;
        if (!isSilent) Print(call, now, patterns, isAbsolute, withZeros);
        if (keeps) return 0;
        foreach ((string name, Func<StackStatistics, long> read) in Counters) call.Machine.CountersBefore[name] = read(now);
        return 0;
    }

    /// <summary>Refuses a search of nstat's text for a counter that is not there: it would find nothing, which might be what is hoped for.</summary>
    /// <exception cref="UnsupportedException">There is no such counter.</exception>
    public static void CheckPatterns(ShellPipeline pipeline, Position at)
    {
        if (!pipeline.Commands.Any(static command => command.Words[0] == "nstat")) return;
        foreach (ShellCommand command in pipeline.Commands)
        {
            if (command.Words[0] is not ("grep" or "egrep")) continue;
            foreach (string word in command.Words.Skip(1))
                if (!word.StartsWith('-') && NameIn().Match(word) is { Success: true, Value: var name }) CheckName(name, at);
        }
    }

    private static void Print(CommandCall call, StackStatistics now, List<string> patterns, bool isAbsolute, bool withZeros)
    {
        call.Output.Append("#kernel\n");
        foreach ((string name, Func<StackStatistics, long> read) in Counters)
        {
            long value = read(now) - (isAbsolute ? 0 : call.Machine.CountersBefore.GetValueOrDefault(name));
            bool isAsked = patterns.Count == 0 || patterns.Exists(pattern => Matches(pattern, name));
            if (isAsked && (value != 0 || withZeros)) call.Output.Append(CultureInfo.InvariantCulture, $"{name,-32}{value,-16}   0.0\n");
        }
    }

    private static bool Matches(string pattern, string name) =>
        Regex.IsMatch(name, "^" + Regex.Escape(pattern).Replace("\\*", ".*", StringComparison.Ordinal) + "$", RegexOptions.CultureInvariant);

    private static void CheckName(string name, Position at)
    {
        if (!Counters.Any(counter => counter.Name.Contains(name, StringComparison.Ordinal))) throw new UnsupportedException($"counter {name}", at);
    }

    [GeneratedRegex("[A-Z][A-Za-z0-9]+", RegexOptions.CultureInvariant)]
    private static partial Regex NameIn();
}
