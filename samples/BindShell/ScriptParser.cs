using System.Globalization;
using UserNet.Addressing;

namespace UserNet.Samples.BindShell;

/// <summary>Reads scripts: steps parted by semicolons or ends of line, with comments from # on.</summary>
public static class ScriptParser
{
    private static readonly string[] BindxKeys = ["fam", "addr", "port", "len"];

    /// <summary>The steps of a script.</summary>
    /// <param name="script">The text.</param>
    /// <param name="line">The line that it begins on.</param>
    /// <param name="column">The column in that line.</param>
    /// <exception cref="ScriptException">A step can't be read; the first such one.</exception>
    public static IReadOnlyList<ScriptStep> Parse(string script, int line = 1, int column = 1)
    {
        var steps = new List<ScriptStep>();
        string[] lines = script.ReplaceLineEndings("\n").Split('\n');
        for (int i = 0; i < lines.Length; i++)
        {
            string text = lines[i];
            int comment = text.IndexOf('#', StringComparison.Ordinal);
            if (comment >= 0) text = text[..comment];
            int start = 0;
            foreach (string part in text.Split(';'))
            {
                List<Word> words = WordsOf(part, line + i, start + (i == 0 ? column : 1));
                if (words.Count != 0) steps.Add(Read(part.Trim(), words));
                start += part.Length + 1;
            }
        }

        return steps;
    }

    /// <summary>
    /// True when a word can name a port that the shell chooses: a capital letter, then capitals and digits.
    /// </summary>
    public static bool IsSymbol(string word) =>
        word.Length != 0 && char.IsAsciiLetterUpper(word[0]) && word.All(static c => char.IsAsciiLetterUpper(c) || char.IsAsciiDigit(c));

    private static List<Word> WordsOf(string part, int line, int column)
    {
        var words = new List<Word>();
        for (int i = 0; i < part.Length; i++)
        {
            if (char.IsWhiteSpace(part[i])) continue;
            int start = i;
            while (i < part.Length && !char.IsWhiteSpace(part[i])) i++;
            words.Add(new Word(part[start..i], line, column + start));
        }

        return words;
    }

    private static ScriptStep Read(string text, List<Word> words)
    {
        if (Verbs.Find(Verbs.OfHost, words[0].Text) is { } ofHost) return Check(text, null, ofHost, words, 0);
        if (!IsName(words[0].Text))
            throw new ScriptException(words[0], $"{words[0]} is neither a verb nor a name for a socket.");
        if (words.Count == 1)
        {
            throw new ScriptException(
                words[0], Verbs.Find(Verbs.OfSocket, words[0].Text) is null
                    ? $"after {words[0]} a verb is missing." : $"{words[0]} needs the name of a socket before it.");
        }

        Verb verb = Verbs.Find(Verbs.OfSocket, words[1].Text)
            ?? throw new ScriptException(words[1], $"the verb {words[1]} is not known.");
        return Check(text, words[0].Text, verb, words, 1);
    }

    private static bool IsName(string word) =>
        char.IsAsciiLetter(word[0]) && word.All(static c => char.IsAsciiLetterOrDigit(c) || c == '_');

    private static ScriptStep Check(string text, string? subject, Verb verb, List<Word> words, int verbAt)
    {
        Word name = words[verbAt];
        List<Word> arguments = words[(verbAt + 1)..];
        int most = verb.Arguments.Length;
        if (arguments.Count < most - verb.Optional)
            throw new ScriptException(words[^1].Line, words[^1].Column + words[^1].Text.Length, $"'{verb.Name}' is followed by {verb.Form}; too little is.");
        if (arguments.Count > most && !verb.TakesRest)
            throw new ScriptException(arguments[most], $"{arguments[most]} is too much: '{verb.Name}' is followed by {(most == 0 ? "nothing" : verb.Form)}.");
        for (int i = 0; i < arguments.Count && i < most; i++) Check(arguments[i], verb.Arguments[i], verb);
        if (verb.Name == "bindx") CheckBindx(name, arguments);
        return new ScriptStep(text, subject, name, arguments);
    }

    private static void Check(in Word word, ArgumentKind kind, Verb verb)
    {
        string text = word.Text;
        switch (kind)
        {
            case ArgumentKind.Address when !IsAddress(text): throw new ScriptException(word, $"{word} is not an address.");
            case ArgumentKind.Port when !IsPort(text): throw new ScriptException(word, $"{word} is not a port.");
            case ArgumentKind.Number when !IsNumber(text): throw new ScriptException(word, $"{word} is not a number.");
            case ArgumentKind.Flag when text is not ("0" or "1"): throw new ScriptException(word, $"{word} is neither 0 nor 1.");
            case ArgumentKind.Choice when !verb.Choices.Contains(text):
                throw new ScriptException(word, $"{word} is none of {string.Join(", ", verb.Choices)}.");
            case ArgumentKind.Seconds when !double.TryParse(text, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out _):
                throw new ScriptException(word, $"{word} is not a number of seconds.");
            default: break;
        }
    }

    private static void CheckBindx(in Word verb, List<Word> arguments)
    {
        for (int i = 0; i < arguments.Count; i++)
        {
            Word word = arguments[i];
            int equals = word.Text.IndexOf('=', StringComparison.Ordinal);
            string key = equals < 0 ? "" : word.Text[..equals];
            if (i >= BindxKeys.Length || key != BindxKeys[i])
                throw new ScriptException(word, $"{word} stands where {(i < BindxKeys.Length ? BindxKeys[i] + "=" : "nothing")} belongs.");
            Word value = word with { Text = word.Text[(equals + 1)..], Column = word.Column + equals + 1 };
            bool isGood = key switch
            {
                "addr" => IsAddress(value.Text),
                "port" => value.Text is "low" or "inuse" || IsPort(value.Text),
                "fam" => ushort.TryParse(value.Text, NumberStyles.None, CultureInfo.InvariantCulture, out _),
                _ => IsNumber(value.Text),
            };
            if (!isGood) throw new ScriptException(value, $"{value} is no value for {key}.");
        }

        if (arguments.Count < BindxKeys.Length)
            throw new ScriptException(verb, $"bindx lacks {BindxKeys[arguments.Count]}=.");
    }

    private static bool IsAddress(string text)
    {
        int percent = text.IndexOf('%', StringComparison.Ordinal);
        return percent < 0 ? InetAddress.TryParse(text, out _)
            : percent < text.Length - 1 && InetAddress.TryParse(text.AsSpan(0, percent), out InetAddress address) && address.IsV6;
    }

    private static bool IsPort(string text) =>
        IsSymbol(text) || (text.Length > 1 && text[0] == '=' && IsName(text[1..])) ||
        ushort.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out _);

    private static bool IsNumber(string text) =>
        int.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out _);
}
