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
        foreach (ShellPipeline pipeline in ShellText.Read(text))
        {
            if (pipeline.Joint == ShellJoint.And && failure is not null) continue;
            if (pipeline.Joint == ShellJoint.Or && failure is null) continue;
            failure = Run(machine, pipeline, text.At);
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

    // sudo ip route ..., as root already.
    private static ShellCommand WithoutWrapper(ShellCommand command, Position at)
    {
        if (command.Words[0] != "sudo") return command;
        return command.Words.Count > 1 && !command.Words[1].StartsWith('-')
            ? command with { Words = [.. command.Words.Skip(1)] }
            : throw new UnsupportedException($"command \"{string.Join(' ', command.Words)}\"", at);
    }
}
