using System.Text;
using UserNet.Drill.Language;

namespace UserNet.Drill.Machine.Commands;

/// <summary>How the commands of a line follow each other.</summary>
internal enum ShellJoint : byte
{
    /// <summary>A new line or a semicolon: whatever became of the one before.</summary>
    Then,
    /// <summary>&amp;&amp;: when it succeeded.</summary>
    And,
    /// <summary>||: when it failed.</summary>
    Or,
}

/// <summary>One command: its name and arguments, and where its text goes.</summary>
/// <param name="Words">The name first; quotes are gone.</param>
/// <param name="OutputTo">The file that it is written to; null for where it goes anyway.</param>
/// <param name="Appends">&gt;&gt;: what the file has stays.</param>
/// <param name="Input">What a here-document has it read; null for none.</param>
internal sealed record ShellCommand(IReadOnlyList<string> Words, string? OutputTo, bool Appends, string? Input);

/// <summary>Commands, each of which reads what the one before it writes.</summary>
/// <param name="Joint">How it follows what stands before it.</param>
/// <param name="IsNegated">!: success counts as failure.</param>
/// <param name="Commands">In their order.</param>
internal sealed record ShellPipeline(ShellJoint Joint, bool IsNegated, IReadOnlyList<ShellCommand> Commands);

/// <summary>Reads a shell's text, as far as scripts use the shell's language.</summary>
/// <remarks>
/// Words with quotes and backslashes, pipes, lists, output to files, here-documents. Of what a shell puts in for a text, the
/// number of the process that started it alone, and as a word: <c>${PPID}</c>.
/// </remarks>
internal sealed class ShellText
{
    private const string Special = "|&;<>()\n";

    private readonly string _text;
    private readonly Position _at;
    private readonly List<ShellPipeline> _pipelines = [];
    private readonly List<(string Word, Action<string> Take)> _documents = [];      // that begin at the next line
    private List<ShellCommand> _commands = [];
    private List<string> _words = [];
    private string? _outputTo, _input;
    private bool _appends, _isNegated;
    private ShellJoint _joint;
    private int _place;

    private ShellText(string text, Position at) => (_text, _at) = (text, at);

    /// <summary>Reads a text.</summary>
    /// <exception cref="UnsupportedException">It uses more of the shell's language.</exception>
    public static IReadOnlyList<ShellPipeline> Read(CommandText command)
    {
        var reader = new ShellText(command.Text, command.At);
        reader.ReadAll();
        return reader._pipelines;
    }

    private void ReadAll()
    {
        while (_place < _text.Length)
        {
            char next = _text[_place];
            if (next is ' ' or '\t' or '\r') _place++;
            else if (next == '\\' && StartsWith("\\\r\n")) _place += 3;
            else if (next == '\\' && StartsWith("\\\n")) _place += 2;
            else if (next == '#') SkipComment();
            else if (next == '\n') EndLine();
            else if (Special.Contains(next, StringComparison.Ordinal) || StartsRedirection()) ReadOperator();
            else AddWord();
        }

        EndPipeline(ShellJoint.Then);
        if (_documents.Count > 0) throw Refused("a here-document without an end");
        if (_joint != ShellJoint.Then) throw Refused("a list without an end");
    }

    private void AddWord()
    {
        string word = ReadWord(out bool isQuoted);
        bool isFirst = _words.Count == 0;
        if (isFirst && !isQuoted && word == "!") _isNegated = true;
        else if (isFirst && !isQuoted && IsReserved(word)) throw Refused(word);
        else if (isFirst && !isQuoted && word.Contains('=', StringComparison.Ordinal)) throw Refused("a variable");
        else _words.Add(word);
    }

    private static bool IsReserved(string word) => word is "if" or "then" or "for" or "while" or "until" or "do" or "case" or "function" or "{" or "[[";

    private void ReadOperator()
    {
        if (Take("&&")) EndPipeline(ShellJoint.And);
        else if (Take("||")) EndPipeline(ShellJoint.Or);
        else if (Take("&>")) _outputTo = ReadTarget();
        else if (Take("2>&1") || Take("1>&2") || Take(">&2"))
        {
        }
        else if (Take("2>>") || Take("2>")) ReadTarget();      // what failed is told by the code
        else if (Take("1>>") || Take(">>")) (_outputTo, _appends) = (ReadTarget(), true);
        else if (Take("1>") || Take(">")) (_outputTo, _appends) = (ReadTarget(), false);
        else if (Take("<<-") || Take("<<")) NoteDocument();
        else if (Take(";")) EndPipeline(ShellJoint.Then);
        else if (Take("|")) EndCommand();
        else throw Refused($"{_text[_place]}");
    }

    private bool StartsRedirection() => StartsWith("2>") || StartsWith("1>");

    private string ReadTarget()
    {
        while (_place < _text.Length && _text[_place] is ' ' or '\t') _place++;
        string word = ReadWord(out _);
        return word.Length > 0 ? word : throw Refused("output to nowhere");
    }

    private void NoteDocument()
    {
        string word = ReadTarget();
        _documents.Add((word, text => _input = text));
    }

    private void EndLine()
    {
        _place++;
        foreach ((string word, Action<string> take) in _documents) take(ReadDocument(word));
        _documents.Clear();
        if (_words.Count == 0 && _commands.Count == 0) return;      // a list goes on in the next line after && and ||
        EndPipeline(ShellJoint.Then);
    }

    private string ReadDocument(string word)
    {
        var lines = new StringBuilder();
        while (_place < _text.Length)
        {
            int end = _text.IndexOf('\n', _place);
            if (end < 0) end = _text.Length;
            string line = _text[_place..end];
            _place = Math.Min(end + 1, _text.Length);
            if (line.Trim() == word) return lines.ToString();
            lines.Append(line).Append('\n');
        }

        throw Refused("a here-document without an end");
    }

    private void EndCommand()
    {
        if (_words.Count == 0) throw Refused("a pipe without a command");
        _commands.Add(new ShellCommand(_words, _outputTo, _appends, _input));
        (_words, _outputTo, _appends, _input) = ([], null, false, null);
    }

    private void EndPipeline(ShellJoint next)
    {
        if (_words.Count == 0 && _commands.Count == 0)
        {
            if (next != ShellJoint.Then || _outputTo is not null) throw Refused("a list without a command");
            return;
        }

        EndCommand();
        _pipelines.Add(new ShellPipeline(_joint, _isNegated, _commands));
        (_commands, _isNegated, _joint) = ([], false, next);
    }

    private string ReadWord(out bool isQuoted)
    {
        var word = new StringBuilder();
        isQuoted = false;
        while (_place < _text.Length && !char.IsWhiteSpace(_text[_place]) && !Special.Contains(_text[_place], StringComparison.Ordinal))
        {
            char next = _text[_place++];
            switch (next)
            {
                case '\'':
                    isQuoted = true;
                    ReadLiteral(word);
                    break;
                case '"':
                    isQuoted = true;
                    ReadQuoted(word);
                    break;
                case '\\' when _place < _text.Length:
                    if (_text[_place] != '\n') word.Append(_text[_place]);
                    _place++;
                    break;
                case '$':
                    ReadVariable(word);
                    break;
                case '`':
                    throw Refused("a back-quote");
                default:
                    word.Append(next);
                    break;
            }
        }

        return word.ToString();
    }

    private void ReadLiteral(StringBuilder word)
    {
        int end = _text.IndexOf('\'', _place);
        if (end < 0) throw Refused("a quote without an end");
        word.Append(_text, _place, end - _place);
        _place = end + 1;
    }

    private void ReadQuoted(StringBuilder word)
    {
        while (_place < _text.Length)
        {
            char next = _text[_place++];
            if (next == '"') return;
            if (next == '$') ReadVariable(word);
            else if (next == '\\' && _place < _text.Length && _text[_place] is '"' or '\\' or '$' or '\n') AppendEscaped(word);
            else word.Append(next);
        }

        throw Refused("a quote without an end");
    }

    private void AppendEscaped(StringBuilder word)
    {
        char next = _text[_place++];
        if (next != '\n') word.Append(next);
    }

    private void ReadVariable(StringBuilder word)
    {
        // At the end of a word it is the character itself, as where a line ends in a pattern.
        if (_place == _text.Length || char.IsWhiteSpace(_text[_place]) || _text[_place] is '"' or '\'') word.Append('$');
        else if (Take("{PPID}") || Take("PPID")) word.Append("PPID");
        else throw Refused("a variable");
    }

    private void SkipComment()
    {
        while (_place < _text.Length && _text[_place] != '\n') _place++;
    }

    private bool Take(string text)
    {
        if (!StartsWith(text)) return false;
        _place += text.Length;
        return true;
    }

    private bool StartsWith(string text) => string.CompareOrdinal(_text, _place, text, 0, text.Length) == 0;

    private UnsupportedException Refused(string what) => new($"{what} in a shell command", _at);
}
