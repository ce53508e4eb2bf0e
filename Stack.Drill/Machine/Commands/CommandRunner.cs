using UserNet.Drill.Language;

namespace UserNet.Drill.Machine.Commands;

/// <summary>Does what a shell's text says, command by command.</summary>
internal static class CommandRunner
{
    /// <summary>Does all commands of a text, as far as those before let them.</summary>
    /// <returns>Null when the last one succeeded, as a shell tells; else what it failed with.</returns>
    /// <exception cref="UnsupportedException">A command, or something that it is told, is not known.</exception>
    public static string? Run(VirtualMachine machine, CommandText text)
    {
        string? failure = null;
        bool endsAtFailure = false;      // set -e
        foreach (ShellPipeline pipeline in ShellText.Read(text))
        {
            if (pipeline.Joint == ShellJoint.And && failure is not null) continue;
            if (pipeline.Joint == ShellJoint.Or && failure is null) continue;
            if (endsAtFailure && failure is not null && pipeline.Joint is not (ShellJoint.And or ShellJoint.Or)) return failure;
            failure = null;
            if (IsSetting(pipeline)) endsAtFailure |= pipeline.Commands[0].Words[1].Contains('e', StringComparison.Ordinal);
            else if (InnerText(pipeline) is { } inner) failure = Run(machine, new CommandText(inner, text.At));
            else if (!IsShowing(pipeline)) failure = Run(machine, pipeline, text.At);
        }

        return failure;
    }

    private static string? Run(VirtualMachine machine, ShellPipeline pipeline, Position at)
    {
        string passed = "";
        int code = 0;
        string? complaint = null;
        CounterCommands.CheckPatterns(pipeline, at);
        foreach (ShellCommand command in pipeline.Commands)
        {
            var call = new CommandCall(machine, WithoutWrapper(command, at), passed, at);
            code = CommandTable.Run(call);
            complaint = call.Complaint ?? $"\"{call.Text}\" ended with code {code}";
            passed = call.Output.ToString();
            if (command.OutputTo is { } path)
            {
                machine.Files.Write(path, passed, command.Appends, call);
                passed = "";
            }
        }

        bool hasFailed = code != 0 ^ pipeline.IsNegated;
        return !hasFailed ? null : pipeline.IsNegated ? $"\"{pipeline.Commands[^1].Words[0]}\" succeeded, which it was not to" : complaint;
    }

    // set -e, set -x...
    private static bool IsSetting(ShellPipeline pipeline) =>
        pipeline is { IsNegated: false, Commands: [{ Words: ["set", var flags] }] } && CommandCall.IsOptions(flags, "euxv");

    // bash -c "..."
    private static string? InnerText(ShellPipeline pipeline) =>
        pipeline is { IsNegated: false, Commands: [{ OutputTo: null, Input: null, Words: ["sh" or "bash" or "/bin/sh" or "/bin/bash", "-c", var text] }] } ? text : null;

    // What only shows something, which nobody reads, changes nothing.
    private static bool IsShowing(ShellPipeline pipeline) => pipeline is { IsNegated: false, Commands: [{ OutputTo: null or "/dev/null", Words: var words }] } && words switch
    {
        ["ss", ..] => !words.Contains("-K") && !words.Contains("--kill"),
        ["netstat" or "lsmod" or "uname" or "date" or "id" or "hostname", ..] => true,
        ["sysctl", "-a"] => true,
        ["ip", ..] => ShowsOnly([.. words.Skip(1).SkipWhile(static word => word.StartsWith('-'))]),
        _ => false,
    };

    // ip route, ip addr show...
    private static bool ShowsOnly(string[] words) =>
        words is ["route" or "r" or "addr" or "address" or "a" or "link" or "l" or "tcp_metrics" or "neigh" or "rule"]
            or ["route" or "r" or "addr" or "address" or "a" or "link" or "l" or "tcp_metrics" or "neigh" or "rule", "show" or "list" or "ls" or "get", ..];

    // sudo ip route ..., as root already; . ./defaults.sh, whose commands are the same here.
    private static ShellCommand WithoutWrapper(ShellCommand command, Position at)
    {
        if (command.Words is ["source" or ".", var file]) return command with { Words = [file] };
        if (command.Words[0] != "sudo") return command;
        return command.Words.Count > 1 && !command.Words[1].StartsWith('-')
            ? command with { Words = [.. command.Words.Skip(1)] }
            : throw new UnsupportedException($"command \"{string.Join(' ', command.Words)}\"", at);
    }
}
