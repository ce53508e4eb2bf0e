namespace UserNet.Drill.Language;

/// <summary>Reads a packetdrill script, of Google's dialect or nplab's. The whole of it is read before anything is played.</summary>
public static class ScriptReader
{
    /// <summary>Reads a script.</summary>
    /// <param name="text">The script.</param>
    /// <param name="path">Where it comes from, for reports.</param>
    /// <param name="defines">Names that #ifdef knows: NAME; and words that stand for others: NAME=VALUE.</param>
    /// <exception cref="ArgumentNullException">An argument is null.</exception>
    /// <exception cref="ScriptException">It can't be read; says what stands in the way, and where.</exception>
    /// <exception cref="UnsupportedException">It has something that is known and not there, such as a tunnel.</exception>
    public static Script Read(string text, string path, IReadOnlyList<string> defines)
    {
        ArgumentNullException.ThrowIfNull(text);
        ArgumentNullException.ThrowIfNull(path);
        ArgumentNullException.ThrowIfNull(defines);
        var words = new Dictionary<string, string>();
        var names = new HashSet<string>();
        foreach (string define in defines) Define(define, names, words);
        text = ScriptText.Choose(text.Replace("\r\n", "\n", StringComparison.Ordinal), names.Contains);
        var head = new Scanner(text);
        List<ScriptOption> options = ReadOptions(head);
        foreach (ScriptOption option in options.Where(static option => option.Name is "define" or "D" && option.Value is not null))
            Define(option.Value!, names, words);
        var scanner = new Scanner(ScriptText.Replace(head.Rest, words), head.At.Line);
        CommandText? init = ReadCommand(scanner);
        List<ScriptEvent> events = [];
        while (!scanner.IsAtEnd && scanner.Next != '`') events.Add(ReadEvent(scanner, events.Count == 0));
        CommandText? cleanUp = events.Count > 0 ? ReadCommand(scanner) : null;
        if (events.Count == 0) throw scanner.Error("a script without events");
        return scanner.IsAtEnd ? new Script(path, options, init, events, cleanUp) : throw scanner.Error("a command without a time is not the last thing");
    }

    private static void Define(string define, HashSet<string> names, Dictionary<string, string> words)
    {
        int equals = define.IndexOf('=', StringComparison.Ordinal);
        names.Add(equals < 0 ? define : define[..equals]);
        if (equals > 0) words[define[..equals]] = define[(equals + 1)..];
    }

    private static List<ScriptOption> ReadOptions(Scanner scanner)
    {
        List<ScriptOption> options = [];
        while (scanner.Next == '-')
        {
            Position at = scanner.At;
            if (scanner.Take("-D"))
            {
                options.Add(new ScriptOption("define", ReadValue(scanner), at));
                continue;
            }

            scanner.Expect("--");
            string name = scanner.Word("the name of an option");
            options.Add(new ScriptOption(name, scanner.Char(0) == '=' && scanner.Take("=") ? ReadValue(scanner) : null, at));
        }

        return options;
    }

    // What stands behind an equals sign; a word that is defined has another one behind it.
    private static string ReadValue(Scanner scanner)
    {
        if (scanner.Next == '"') return scanner.Quoted('"');
        string value = scanner.Run("the value of an option", "\"`");
        return scanner.Char(0) switch
        {
            '"' => $"{value}\"{scanner.Quoted('"')}\"",
            '`' => $"{value}`{scanner.Quoted('`')}`",
            _ => value,
        };
    }

    private static CommandText? ReadCommand(Scanner scanner)
    {
        if (scanner.Next != '`') return null;
        Position at = scanner.At;
        return new CommandText(scanner.Quoted('`'), at);
    }

    private static ScriptEvent ReadEvent(Scanner scanner, bool isFirst)
    {
        Position at = scanner.At;
        EventTime time = ReadTime(scanner);
        if (isFirst && time is not { Start: 0, Kind: TimeKind.Absolute or TimeKind.Relative })
            throw new ScriptException("the first event is not at time 0", at);
        EventTime? end = scanner.Take("...") ? ReadEnd(scanner, time) : null;
        char next = scanner.Next;
        bool isPacketOut = next == '>';
        if (end is not null && !Scanner.IsOfWord(next)) throw scanner.Error("only a system call has a time at which it returns");
        if (!isPacketOut && time.Kind is not (TimeKind.Absolute or TimeKind.Relative))
            throw new ScriptException("only an expected packet may come at any time, or within a range", at);
        switch (next)
        {
            case '<' or '>':
                return new PacketEvent(time, at, PacketReader.Read(scanner));
            case '`':
                return new CommandEvent(time, at, ReadCommand(scanner)!);
            case '%' when scanner.Char(1) == '{':
                scanner.Expect("%{");
                Position code = scanner.At;
                return new CodeEvent(time, at, CodeReader.Read(scanner.Until("}%"), code));
            default:
                return new CallEvent(time, at, CallReader.Read(scanner), end);
        }
    }

    private static EventTime ReadTime(Scanner scanner)
    {
        if (scanner.Take("*")) return new EventTime(TimeKind.Any, 0, 0);
        bool isRelative = scanner.Take("+");
        long start = scanner.Seconds();
        if (!scanner.Take("~")) return new EventTime(isRelative ? TimeKind.Relative : TimeKind.Absolute, start, start);
        if (scanner.Take("+") != isRelative) throw scanner.Error("a range of which one end is relative, and the other is not");
        long end = scanner.Seconds();
        if (end < start) throw scanner.Error("a range that ends before it begins");
        return new EventTime(isRelative ? TimeKind.RelativeRange : TimeKind.AbsoluteRange, start, end);
    }

    private static EventTime ReadEnd(Scanner scanner, EventTime time)
    {
        scanner.Take("+");
        long end = scanner.Seconds();
        return end >= time.Start ? time with { Start = end, End = end } : throw scanner.Error("a call that returns before it begins");
    }
}
