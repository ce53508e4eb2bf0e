using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;

namespace UserNet.Drill.Machine.Commands;

/// <summary>The commands that read and write texts.</summary>
internal static class TextCommands
{
    /// <summary>grep [-q] [-c] [-v] [-i] [-w] [-E|-F] [-e] pattern [file...]</summary>
    public static int Grep(CommandCall call)
    {
        var options = new GrepOptions { IsExtended = call.Name == "egrep" };
        for (int i = 0; i < call.Arguments.Count; i++)
        {
            string word = call.Arguments[i];
            if (word is "-e" or "--regexp" && i + 1 < call.Arguments.Count) options.Pattern = call.Arguments[++i];
            else if (word.StartsWith('-') && word.Length > 1) options.Take(word.AsSpan(1), call);
            else if (options.Pattern is null) options.Pattern = word;
            else options.Files.Add(word);
        }

        if (options.Pattern is null) return call.Fail("no pattern");
        Regex regex = options.RegexFor(call);
        string text = options.Files.Count == 0 ? call.Input : string.Concat(options.Files.Select(path => call.Machine.Files.Read(path, call)));
        string[] found = [.. Lines(text).Where(line => regex.IsMatch(line) != options.Inverts)];
        if (options.Counts) call.Output.Append(CultureInfo.InvariantCulture, $"{found.Length}\n");
        else if (!options.IsQuiet) call.Output.AppendJoin("", found.Select(static line => line + "\n"));
        return found.Length > 0 ? 0 : 1;
    }

    /// <summary>cat [file...]</summary>
    public static int Cat(CommandCall call)
    {
        if (call.Arguments.Count == 0) call.Output.Append(call.Input);
        foreach (string path in call.Arguments)
        {
            if (path == "-") call.Output.Append(call.Input);
            else if (path.StartsWith('-')) throw call.Unsupported();
            else call.Output.Append(call.Machine.Files.Read(path, call));
        }

        return 0;
    }

    /// <summary>echo [-n] [-e] words, printf text</summary>
    public static int Echo(CommandCall call)
    {
        bool isPrintf = call.Name == "printf";
        if (isPrintf && (call.Arguments.Count != 1 || call.Arguments[0].Contains('%', StringComparison.Ordinal))) throw call.Unsupported();
        string[] options = isPrintf ? [] : [.. call.Arguments.TakeWhile(static word => word is "-n" or "-e" or "-ne" or "-en")];
        bool isEscaped = isPrintf || options.Any(static word => word.Contains('e', StringComparison.Ordinal));
        bool endsLine = !isPrintf && !options.Any(static word => word.Contains('n', StringComparison.Ordinal));
        string text = string.Join(' ', call.Arguments.Skip(options.Length));
        call.Output.Append(isEscaped ? text.Replace("\\n", "\n", StringComparison.Ordinal).Replace("\\t", "\t", StringComparison.Ordinal) : text);
        if (endsLine) call.Output.Append('\n');
        return 0;
    }

    /// <summary>wc -l</summary>
    public static int Count(CommandCall call)
    {
        if (call.Arguments is not ["-l"]) throw call.Unsupported();
        call.Output.Append(CultureInfo.InvariantCulture, $"{Lines(call.Input).Length}\n");
        return 0;
    }

    /// <summary>sleep seconds: time passes, as it would for the script.</summary>
    public static int Sleep(CommandCall call)
    {
        if (call.Arguments.Count != 1 || !double.TryParse(call.Arguments[0], NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out double seconds))
            throw call.Unsupported();
        call.Machine.WaitUntil(call.Machine.Now + (long)(seconds * 1_000_000), static () => false);
        return 0;
    }

    /// <summary>The lines of a text, without their ends.</summary>
    public static string[] Lines(string text)
    {
        string[] lines = text.Split('\n');
        return lines[^1].Length == 0 ? lines[..^1] : lines;
    }

    /// <summary>A basic regular expression as an extended one: what has a backslash there has none here, and the other way around.</summary>
    public static string ExtendedOf(string basic)
    {
        var extended = new StringBuilder();
        for (int i = 0; i < basic.Length; i++)
        {
            char next = basic[i];
            bool isEscaped = next == '\\' && i + 1 < basic.Length;
            if (isEscaped) next = basic[++i];
            if (isEscaped && "+?|(){}".Contains(next, StringComparison.Ordinal)) extended.Append(next);
            else if (isEscaped) extended.Append('\\').Append(next);
            else if ("+?|(){}".Contains(next, StringComparison.Ordinal)) extended.Append('\\').Append(next);
            else extended.Append(next);
        }

        return extended.ToString();
    }

    private sealed class GrepOptions
    {
        private bool _ignoresCase, _isWord, _isFixed;

        public bool IsExtended { get; set; }

        public bool IsQuiet { get; private set; }

        public bool Counts { get; private set; }

        public bool Inverts { get; private set; }

        public string? Pattern { get; set; }

        public List<string> Files { get; } = [];

        public void Take(ReadOnlySpan<char> letters, CommandCall call)
        {
            foreach (char letter in letters)
            {
                switch (letter)
                {
                    case 'q': IsQuiet = true; break;
                    case 'c': Counts = true; break;
                    case 'v': Inverts = true; break;
                    case 'i': _ignoresCase = true; break;
                    case 'w': _isWord = true; break;
                    case 'E' or 'P': IsExtended = true; break;
                    case 'F': _isFixed = true; break;
                    case 'h' or 's': break;      // names of files, and complaints of them, are not told anyway
                    default: throw call.Unsupported();
                }
            }
        }

        public Regex RegexFor(CommandCall call)
        {
            string expression = _isFixed ? Regex.Escape(Pattern!) : IsExtended ? Pattern! : ExtendedOf(Pattern!);
            if (_isWord) expression = $@"(?<!\w)(?:{expression})(?!\w)";
            try
            {
                return new Regex(expression, RegexOptions.CultureInvariant | (_ignoresCase ? RegexOptions.IgnoreCase : RegexOptions.None));
            }
            catch (ArgumentException)
            {
                throw call.Unsupported();
            }
        }
    }
}
