using System.Text;
using UserNet.Drill.Language;

namespace UserNet.Drill.Machine.Commands;

/// <summary>A command that is being done: what it is told, and what it writes.</summary>
internal sealed class CommandCall(VirtualMachine machine, ShellCommand command, string input, Position at)
{
    /// <summary>What it is done to.</summary>
    public VirtualMachine Machine => machine;

    /// <summary>Its name without the folder, as in "sysctl".</summary>
    public string Name { get; } = command.Words[0][(command.Words[0].LastIndexOf('/') + 1)..];

    /// <summary>Its name as it was written.</summary>
    public string Path => command.Words[0];

    /// <summary>Its arguments.</summary>
    public IReadOnlyList<string> Arguments { get; } = [.. command.Words.Skip(1)];

    /// <summary>What it reads.</summary>
    public string Input { get; } = command.Input ?? input;

    /// <summary>What it writes.</summary>
    public StringBuilder Output { get; } = new();

    /// <summary>Where the commands stand in the script.</summary>
    public Position At => at;

    /// <summary>Why it failed, where it says so.</summary>
    public string? Complaint { get; private set; }

    /// <summary>The whole command, for reports.</summary>
    public string Text => string.Join(' ', command.Words);

    /// <summary>It failed, and says why.</summary>
    /// <returns>1, the code of what failed.</returns>
    public int Fail(string why)
    {
        Complaint = $"{Name}: {why}";
        return 1;
    }

    /// <summary>True for a word of options that are among the letters, as in -qc.</summary>
    public static bool IsOptions(string word, string letters) =>
        word.Length > 1 && word[0] == '-' && word.Skip(1).All(letter => letters.Contains(letter, StringComparison.Ordinal));

    /// <summary>It is not known, or something that it is told.</summary>
    /// <param name="what">Null for all of it.</param>
    public UnsupportedException Unsupported(string? what = null) => new(what ?? $"command \"{Text}\"", at);
}
