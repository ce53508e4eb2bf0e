namespace UserNet.Drill.Language;

/// <summary>Reads a system call and its answer.</summary>
internal static class CallReader
{
    private const int Deepest = 32;

    public static SystemCall Read(Scanner scanner)
    {
        Position at = scanner.At;
        if (!char.IsAsciiLetter(scanner.Next) && scanner.Next != '_') throw scanner.Error($"a packet, a call, a command or Python is missing before {scanner.Describe()}");
        string name = scanner.Word("the name of a call");
        scanner.Expect("(");
        List<Expression> arguments = ReadList(scanner, ")", 0);
        scanner.Expect("=");
        Expression? result = scanner.Take("?") ? null : ReadExpression(scanner, 0);
        string? error = char.IsAsciiLetter(scanner.Next) ? scanner.Word("an errno") : null;
        while (scanner.Take("(")) SkipNote(scanner);
        return new SystemCall(name, arguments, result is EllipsisExpression ? null : result, error, at);
    }

    // Text for people, up to its parenthesis.
    private static void SkipNote(Scanner scanner)
    {
        int depth = 1;
        while (depth > 0)
        {
            if (scanner.IsAtEnd) throw scanner.Error("no ) ends the text behind an errno");
            if (scanner.Take("(")) depth++;
            else if (scanner.Take(")")) depth--;
            else scanner.Run("text", "()");
        }
    }

    private static List<Expression> ReadList(Scanner scanner, string end, int depth)
    {
        List<Expression> items = [];
        if (scanner.Take(end)) return items;
        do items.Add(ReadExpression(scanner, depth));
        while (scanner.Take(","));
        scanner.Expect(end);
        return items;
    }

    private static Expression ReadExpression(Scanner scanner, int depth)
    {
        Position at = scanner.At;
        if (depth > Deepest) throw new ScriptException("expressions are nested too deep", at);
        Expression first = ReadOperand(scanner, depth + 1);
        if (scanner.Next != '|') return first;
        List<Expression> operands = [first];
        while (scanner.Take("|")) operands.Add(ReadOperand(scanner, depth + 1));
        return new OrExpression(operands, at);
    }

    private static Expression ReadOperand(Scanner scanner, int depth)
    {
        Position at = scanner.At;
        if (scanner.Take("...")) return new EllipsisExpression(at);
        if (scanner.Take("[")) return new ListExpression(ReadList(scanner, "]", depth), at);
        if (scanner.Take("{")) return new StructExpression(ReadFields(scanner, depth), at);
        if (scanner.Take("(")) return ReadParenthesized(scanner, depth);
        if (scanner.Next == '"') return ReadText(scanner, at);
        if (scanner.IsNumber) return new NumberExpression(scanner.Number("a number"), at);
        string name = scanner.Word("an argument");
        if (!scanner.Take("(")) return new NameExpression(name, at);
        Expression argument = ReadExpression(scanner, depth);
        scanner.Expect(")");
        return new FunctionExpression(name, argument, at);
    }

    private static Expression ReadParenthesized(Scanner scanner, int depth)
    {
        Expression inner = ReadExpression(scanner, depth);
        scanner.Expect(")");
        return inner;
    }

    private static TextExpression ReadText(Scanner scanner, Position at)
    {
        string text = "";
        while (scanner.Next == '"') text += scanner.Quoted('"');
        return new TextExpression(text, at);
    }

    private static List<FieldExpression> ReadFields(Scanner scanner, int depth)
    {
        List<FieldExpression> fields = [];
        if (scanner.Take("}")) return fields;
        do
        {
            if (scanner.Next == '.' && scanner.Char(1) != '.') scanner.Take(".");      // as in { .l_onoff = 1 }
            Expression value = ReadExpression(scanner, depth);
            if (!scanner.Take("=")) fields.Add(new FieldExpression(null, null, value));
            else if (value is NameExpression named) fields.Add(new FieldExpression(named.Name, null, ReadExpression(scanner, depth)));
            else if (value is FunctionExpression call) fields.Add(new FieldExpression(call.Name, call.Argument, ReadExpression(scanner, depth)));
            else throw new ScriptException("a part of a struct has no name", value.At);
        }
        while (scanner.Take(",") && scanner.Next != '}');
        scanner.Expect("}");
        return fields;
    }
}
