using System.Globalization;
using System.Text;

namespace UserNet.Drill.Language;

internal enum CodeTokenKind : byte
{
    Name,
    Number,
    Text,
    Symbol,
    NewLine,
    End,
}

/// <summary>A part of Python's text.</summary>
/// <param name="Kind">What it is.</param>
/// <param name="Text">As it was written.</param>
/// <param name="Value">That of a number (long) or a text (string).</param>
/// <param name="At">Where it stands.</param>
internal readonly record struct CodeToken(CodeTokenKind Kind, string Text, object? Value, Position At);

/// <summary>Splits Python into its parts.</summary>
internal sealed class CodeScanner
{
    private static readonly string[] Symbols =
        ["==", "!=", "<=", ">=", "<<", ">>", "//", "+=", "-=", "(", ")", ",", "+", "-", "*", "/", "%", "&", "|", "^", "~", "<", ">", "=", ".", "[", "]", "{", "}", ":"];

    private readonly string _text;
    private readonly List<CodeToken> _tokens = [];
    private int _offset;
    private int _line;
    private int _column;
    private int _depth;      // of parentheses, inside which lines do not end

    private CodeScanner(string text, Position at) => (_text, _line, _column) = (text, at.Line, at.Column);

    private Position At => new(_line, _column);

    public static List<CodeToken> Split(string text, Position at)
    {
        var scanner = new CodeScanner(text, at);
        while (scanner._offset < text.Length) scanner.Step();
        scanner._tokens.Add(new CodeToken(CodeTokenKind.End, "the end", null, scanner.At));
        return scanner._tokens;
    }

    private void Step()
    {
        char next = _text[_offset];
        if (next == '\n') EndLine();
        else if (next == '\\' && IsLineEnd(_offset + 1)) Join();
        else if (char.IsWhiteSpace(next)) Move(1);
        else if (next == '#') while (_offset < _text.Length && _text[_offset] != '\n') Move(1);
        else if (next == ';') Add(CodeTokenKind.NewLine, 1, null);
        else if (char.IsAsciiDigit(next)) AddNumber();
        else if (Scanner.IsOfWord(next)) Add(CodeTokenKind.Name, LengthOfWord(), null);
        else if (next is '\'' or '"') AddText(next);
        else AddSymbol();
    }

    private bool IsLineEnd(int offset)
    {
        while (offset < _text.Length && _text[offset] is ' ' or '\t' or '\r') offset++;
        return offset >= _text.Length || _text[offset] == '\n';
    }

    private void Join()
    {
        while (_offset < _text.Length && _text[_offset] != '\n') _offset++;
        NextLine();
    }

    private void EndLine()
    {
        if (_depth == 0) _tokens.Add(new CodeToken(CodeTokenKind.NewLine, "the end of the line", null, At));
        NextLine();
    }

    private void NextLine()
    {
        _offset = Math.Min(_offset + 1, _text.Length);
        (_line, _column) = (_line + 1, 1);
    }

    private void Move(int length)
    {
        _offset += length;
        _column += length;
    }

    private int LengthOfWord()
    {
        int length = 0;
        while (_offset + length < _text.Length && Scanner.IsOfWord(_text[_offset + length])) length++;
        return length;
    }

    private void Add(CodeTokenKind kind, int length, object? value)
    {
        _tokens.Add(new CodeToken(kind, _text.Substring(_offset, length), value, At));
        Move(length);
    }

    private void AddNumber()
    {
        int length = LengthOfWord();
        ReadOnlySpan<char> digits = _text.AsSpan(_offset, length);
        bool isHex = digits.StartsWith("0x") || digits.StartsWith("0X");
        if (!long.TryParse(isHex ? digits[2..] : digits, isHex ? NumberStyles.AllowHexSpecifier : NumberStyles.None, CultureInfo.InvariantCulture, out long value))
            throw new ScriptException($"'{digits}' is no number", At);
        Add(CodeTokenKind.Number, length, value);
        if (_offset + 1 < _text.Length && _text[_offset] == '.' && char.IsAsciiDigit(_text[_offset + 1])) throw new UnsupportedException("Python: numbers with a fraction", At);
    }

    private void AddText(char quote)
    {
        Position at = At;
        var value = new StringBuilder();
        int end = _offset + 1;
        for (; end < _text.Length && _text[end] != quote && _text[end] != '\n'; end++)
        {
            if (_text[end] == '\\' && end + 1 < _text.Length) value.Append(_text[++end] == 'n' ? '\n' : _text[end]);
            else value.Append(_text[end]);
        }

        if (end >= _text.Length || _text[end] != quote) throw new ScriptException("a text of Python does not end", at);
        Add(CodeTokenKind.Text, end + 1 - _offset, value.ToString());
    }

    private void AddSymbol()
    {
        foreach (string symbol in Symbols)
        {
            if (string.CompareOrdinal(_text, _offset, symbol, 0, symbol.Length) != 0) continue;
            if (symbol == "(") _depth++;
            if (symbol == ")") _depth = Math.Max(0, _depth - 1);
            Add(CodeTokenKind.Symbol, symbol.Length, null);
            return;
        }

        throw new ScriptException($"'{_text[_offset]}' is not of Python", At);
    }
}
