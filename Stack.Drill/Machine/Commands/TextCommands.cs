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
        bool isQuiet = false, counts = false, inverts = false, ignoresCase = false, isWord = false, isExtended = call.Name == "egrep", isFixed = false;
        string? pattern = null;
        var files = new List<string>();
        for (int i = 0; i < call.Arguments.Count; i++)
        {
            string word = call.Arguments[i];
            if (word is "-e" or "--regexp" && i + 1 < call.Arguments.Count)
            {
                pattern = call.Arguments[++i];
                continue;
            }

            if (!word.StartsWith('-') || word == "-")
            {
                if (pattern is null) pattern = word;
                else files.Add(word);
                continue;
            }

            foreach (char letter in word.AsSpan(1))
            {
                switch (letter)
                {
                    case 'q' or 's': isQuiet |= letter == 'q'; break;
                    case 'c': counts = true; break;
                    case 'v': inverts = true; break;
                    case 'i': ignoresCase = true; break;
                    case 'w': isWord = true; break;
                    case 'E' or 'P': isExtended = true; break;
                    case 'F': isFixed = true; break;
                    case 'h': break;
                    default: throw call.Unsupported();
                }
            }
        }

        if (pattern is null) return call.Fail("no pattern");
        string expression = isFixed ? Regex.Escape(pattern) : isExtended ? pattern : ExtendedOf(pattern);
        if (isWord) expression = $@"(?<!\w)(?:{expression})(?!\w)";
        Regex regex;
        try
        {
            regex = new Regex(expression, ignoresCase ? RegexOptions.IgnoreCase | RegexOptions.CultureInvariant : RegexOptions.CultureInvariant);
        }
        catch (ArgumentException)
        {
            throw call.Unsupported();
        }

        var text = new StringBuilder();
        foreach (string path in files) text.Append(call.Machine.Files.Read(path, call));
        string[] lines = Lines(files.Count > 0 ? text.ToString() : call.Input);
        string[] found = [.. lines.Where(line => regex.IsMatch(line) != inverts)];
        if (counts) call.Output.Append(CultureInfo.InvariantCulture, $"{found.Length}\n");
        else if (!isQuiet)
            foreach (string line in found) call.Output.Append(line).Append('\n');
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
        IEnumerable<string> words = call.Arguments;
        bool endsLine = call.Name == "echo", isEscaped = !endsLine;
        if (call.Name == "printf" && (call.Arguments.Count != 1 || call.Arguments[0].Contains('%', StringComparison.Ordinal))) throw call.Unsupported();
        while (endsLine && words.FirstOrDefault() is "-n" or "-e" or "-ne" or "-en")
        {
            if (words.First().Contains('e', StringComparison.Ordinal)) isEscaped = true;
            if (!words.First().Contains('n', StringComparison.Ordinal))
            {
                words = words.Skip(1);
                continue;
            }

            endsLine = false;
            words = words.Skip(1);
        }

        string text = string.Join(' ', words);
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
}
