using System.Globalization;

namespace UserNet.Drill.Language;

/// <summary>Walks through the text of a script, char by char; what is blank is passed over before each part.</summary>
/// <param name="text">What is walked through.</param>
/// <param name="line">The line that it begins in.</param>
internal sealed class Scanner(string text, int line = 1)
{
    private int _offset;
    private int _line = line;
    private int _lineStart;

    /// <summary>Where the next part begins.</summary>
    public Position At
    {
        get
        {
            SkipBlank();
            return new Position(_line, _offset - _lineStart + 1);
        }
    }

    /// <summary>True when nothing follows.</summary>
    public bool IsAtEnd
    {
        get
        {
            SkipBlank();
            return _offset >= text.Length;
        }
    }

    /// <summary>What follows here, blanks included.</summary>
    public string Rest => text[_offset..];

    /// <summary>The char that comes next, behind blanks; \0 at the end.</summary>
    public char Next
    {
        get
        {
            SkipBlank();
            return Char(0);
        }
    }

    /// <summary>The char after as many others, blanks included; \0 behind the end.</summary>
    public char Char(int ahead) => _offset + ahead < text.Length ? text[_offset + ahead] : '\0';

    public ScriptException Error(string message) => new(message, At);

    /// <summary>Passes over what is next if it is this.</summary>
    public bool Take(string what)
    {
        SkipBlank();
        if (string.CompareOrdinal(text, _offset, what, 0, what.Length) != 0) return false;
        // A word does not begin a longer one.
        if (IsOfWord(what[^1]) && IsOfWord(Char(what.Length))) return false;
        _offset += what.Length;
        return true;
    }

    public void Expect(string what)
    {
        if (!Take(what)) throw Error($"'{what}' is missing before {Describe()}");
    }

    /// <summary>True when a word is next; it stays there.</summary>
    public bool IsWord(string word)
    {
        int offset = _offset;
        (int line, int start) = (_line, _lineStart);
        bool isThere = Take(word);
        (_offset, _line, _lineStart) = (offset, line, start);
        return isThere;
    }

    /// <summary>Letters, digits and underscores.</summary>
    public string Word(string what)
    {
        SkipBlank();
        int start = _offset;
        while (IsOfWord(Char(0))) _offset++;
        return _offset > start ? text[start.._offset] : throw Error($"{what} is missing before {Describe()}");
    }

    /// <summary>All up to the next blank, or up to one of some chars.</summary>
    public string Run(string what, string ends = "")
    {
        SkipBlank();
        int start = _offset;
        while (_offset < text.Length && !char.IsWhiteSpace(text[_offset]) && !ends.Contains(text[_offset])) _offset++;
        return _offset > start ? text[start.._offset] : throw Error($"{what} is missing before {Describe()}");
    }

    /// <summary>True when a number is next, one with a sign too.</summary>
    public bool IsNumber => char.IsAsciiDigit(Next) || (Next == '-' && char.IsAsciiDigit(Char(1)));

    /// <summary>A whole number, decimal or hexadecimal.</summary>
    public long Number(string what)
    {
        SkipBlank();
        Position at = At;
        bool isNegative = Char(0) == '-';
        if (isNegative) _offset++;
        string digits = Word(what);
        bool isHex = digits.StartsWith("0x", StringComparison.OrdinalIgnoreCase);
        NumberStyles style = isHex ? NumberStyles.AllowHexSpecifier : NumberStyles.None;
        if (!ulong.TryParse(isHex ? digits.AsSpan(2) : digits, style, CultureInfo.InvariantCulture, out ulong value))
            throw new ScriptException($"{what}: '{digits}' is no number", at);
        return isNegative ? -(long)value : (long)value;
    }

    /// <summary>A whole number within bounds.</summary>
    public long Number(string what, long least, long most)
    {
        Position at = At;
        long value = Number(what);
        return value >= least && value <= most ? value : throw new ScriptException($"{what} is {value}, and not from {least} to {most}", at);
    }

    public uint Unsigned(string what) => (uint)Number(what, int.MinValue, uint.MaxValue);

    public ushort Short(string what) => (ushort)Number(what, 0, ushort.MaxValue);

    /// <summary>A number of seconds, as microseconds; what is smaller is cut off.</summary>
    public long Seconds()
    {
        SkipBlank();
        int start = _offset;
        while (char.IsAsciiDigit(Char(0))) _offset++;
        if (Char(0) == '.' && char.IsAsciiDigit(Char(1)))
        {
            _offset++;
            while (char.IsAsciiDigit(Char(0))) _offset++;
        }

        if (_offset == start) throw Error($"a time is missing before {Describe()}");
        if (IsOfWord(Char(0))) throw Error("a time is followed by a letter");
        if (!decimal.TryParse(text.AsSpan(start, _offset - start), NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out decimal seconds)
            || seconds > 1_000_000_000) throw Error("a time is too long");
        return (long)(seconds * 1_000_000);
    }

    /// <summary>A text in double quotes, or back-quotes, which may go over lines.</summary>
    public string Quoted(char quote)
    {
        Position at = At;
        _offset++;
        var content = new System.Text.StringBuilder();
        while (true)
        {
            if (_offset >= text.Length) throw new ScriptException($"a text begins here that no {quote} ends", at);
            char next = text[_offset];
            Step();
            if (next == quote) return content.ToString();
            content.Append(next == '\\' && quote == '"' ? Escaped() : next);
        }
    }

    /// <summary>All up to an end, which is passed over.</summary>
    public string Until(string end)
    {
        Position at = At;
        int start = _offset, found = text.IndexOf(end, _offset, StringComparison.Ordinal);
        if (found < 0) throw new ScriptException($"no {end} ends what begins here", at);
        while (_offset < found + end.Length) Step();
        return text[start..found];
    }

    /// <summary>What is next, for a message.</summary>
    public string Describe()
    {
        SkipBlank();
        if (_offset >= text.Length) return "the end of the script";
        int length = 1;
        while (IsOfWord(Char(0)) && IsOfWord(Char(length)) && length < 24) length++;
        return $"'{text.Substring(_offset, length)}'";
    }

    internal static bool IsOfWord(char c) => char.IsAsciiLetterOrDigit(c) || c == '_';

    private char Escaped()
    {
        char next = Char(0);
        if (next == '\0') return '\\';
        Step();
        return next switch { 'n' => '\n', 't' => '\t', 'r' => '\r', '0' => '\0', _ => next };
    }

    private void SkipBlank()
    {
        while (_offset < text.Length)
        {
            if (char.IsWhiteSpace(text[_offset])) Step();
            else if (Char(0) == '/' && Char(1) == '/') while (_offset < text.Length && text[_offset] != '\n') _offset++;
            else if (Char(0) == '/' && Char(1) == '*') SkipComment();
            else return;
        }
    }

    private void SkipComment()
    {
        var at = new Position(_line, _offset - _lineStart + 1);
        int end = text.IndexOf("*/", _offset + 2, StringComparison.Ordinal);
        if (end < 0) throw new ScriptException("no */ ends the comment that begins here", at);
        while (_offset < end + 2) Step();
    }

    private void Step()
    {
        if (text[_offset++] != '\n') return;
        _line++;
        _lineStart = _offset;
    }
}
