using System.Text;

namespace UserNet.Drill.Language;

/// <summary>What is done to a script's text before it is read: parts that no name asks for go, words that stand for others are replaced.</summary>
internal static class ScriptText
{
    /// <summary>Leaves out what stands between #ifdef and #endif where the name is not defined; lines keep their numbers.</summary>
    public static string Choose(string text, Func<string, bool> isDefined)
    {
        if (!text.Contains("#ifdef", StringComparison.Ordinal)) return text;
        var chosen = new StringBuilder(text.Length);
        int number = 0, opened = 0;
        bool isLeftOut = false;
        foreach (ReadOnlySpan<char> line in text.AsSpan().EnumerateLines())
        {
            number++;
            ReadOnlySpan<char> start = line.Trim();
            if (start.StartsWith("#ifdef"))
            {
                if (opened > 0) throw new ScriptException("#ifdef inside another one", new Position(number, 1));
                opened = number;
                isLeftOut = !isDefined(NameOf(start[6..]));
            }
            else if (start.StartsWith("#endif"))
            {
                if (opened == 0) throw new ScriptException("#endif without #ifdef", new Position(number, 1));
                (opened, isLeftOut) = (0, false);
            }
            else if (!isLeftOut)
            {
                chosen.Append(line);
            }

            chosen.Append('\n');
        }

        return opened == 0 ? chosen.ToString() : throw new ScriptException("no #endif ends this #ifdef", new Position(opened, 1));
    }

    /// <summary>Replaces words; not in texts, commands, comments and Python.</summary>
    public static string Replace(string text, IReadOnlyDictionary<string, string> words)
    {
        if (words.Count == 0) return text;
        var replaced = new StringBuilder(text.Length);
        int offset = 0;
        while (offset < text.Length)
        {
            int length = Math.Min(PartAt(text, offset), text.Length - offset);
            string part = text.Substring(offset, length);
            replaced.Append(words.TryGetValue(part, out string? other) ? other : part);
            offset += length;
        }

        return replaced.ToString();
    }

    private static string NameOf(ReadOnlySpan<char> rest)
    {
        rest = rest.Trim();
        int length = 0;
        while (length < rest.Length && Scanner.IsOfWord(rest[length])) length++;
        return rest[..length].ToString();
    }

    // How long the part is that begins here: a word, something in which no word is looked for, or a char.
    private static int PartAt(string text, int offset)
    {
        char first = text[offset];
        if (Scanner.IsOfWord(first))
        {
            int end = offset;
            while (end < text.Length && Scanner.IsOfWord(text[end])) end++;
            return end - offset;
        }

        char second = offset + 1 < text.Length ? text[offset + 1] : '\0';
        return (first, second) switch
        {
            ('"', _) => LengthTo(text, offset, 1, "\""),
            ('`', _) => LengthTo(text, offset, 1, "`"),
            ('/', '/') => LengthTo(text, offset, 2, "\n"),
            ('/', '*') => LengthTo(text, offset, 2, "*/"),
            ('%', '{') => LengthTo(text, offset, 2, "}%"),
            _ => 1,
        };
    }

    private static int LengthTo(string text, int offset, int skipped, string end)
    {
        int found = offset + skipped <= text.Length ? text.IndexOf(end, offset + skipped, StringComparison.Ordinal) : -1;
        return found < 0 ? text.Length - offset : found + end.Length - offset;
    }
}
