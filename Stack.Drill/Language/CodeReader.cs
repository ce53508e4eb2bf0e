namespace UserNet.Drill.Language;

/// <summary>Reads what scripts use of Python: assertions, prints, assignments.</summary>
internal sealed class CodeReader
{
    private const int Deepest = 64;

    // From those that bind least to those that bind most; comparisons stand between the third and the fourth.
    private static readonly string[][] Levels = [["|"], ["^"], ["&"], ["<<", ">>"], ["+", "-"], ["*", "//", "/", "%"]];
    private static readonly string[] Comparisons = ["==", "!=", "<=", ">=", "<", ">"];
    private static readonly string[] Statements =
        ["if", "for", "while", "def", "import", "from", "class", "return", "try", "with", "global", "del", "pass", "lambda", "raise"];

    private readonly List<CodeToken> _tokens;
    private int _next;
    private int _depth;

    private CodeReader(string text, Position at) => _tokens = CodeScanner.Split(text, at);

    private CodeToken Next => _tokens[_next];

    public static CodeBlock Read(string text, Position at)
    {
        var reader = new CodeReader(text, at);
        List<CodeStatement> statements = [];
        while (reader.Next.Kind != CodeTokenKind.End)
        {
            if (reader.TakeKind(CodeTokenKind.NewLine)) continue;
            statements.Add(reader.ReadStatement());
            if (reader.Next.Kind != CodeTokenKind.End && !reader.TakeKind(CodeTokenKind.NewLine))
                throw new ScriptException($"the end of a statement of Python is missing before '{reader.Next.Text}'", reader.Next.At);
        }

        return new CodeBlock(statements, text, at);
    }

    private CodeStatement ReadStatement()
    {
        CodeToken first = Next;
        if (first.Kind != CodeTokenKind.Name) throw new ScriptException($"'{first.Text}' begins no statement of Python", first.At);
        if (Statements.Contains(first.Text)) throw new UnsupportedException($"Python: {first.Text}", first.At);
        _next++;
        if (first.Text == "assert")
        {
            CodeExpression condition = ReadExpression();
            return new AssertStatement(condition, Take(",") ? ReadExpression() : null, first.At);
        }

        if (first.Text == "print" && Take("("))
        {
            List<CodeExpression> values = [];
            if (Take(")")) return new PrintStatement(values, first.At);
            do values.Add(ReadExpression());
            while (Take(","));
            Expect(")");
            return new PrintStatement(values, first.At);
        }

        if (Take("=")) return new AssignStatement(first.Text, IsAddition: false, ReadExpression(), first.At);
        if (Take("+=")) return new AssignStatement(first.Text, IsAddition: true, ReadExpression(), first.At);
        if (Take("-=")) return new AssignStatement(first.Text, IsAddition: true, new CodeUnary("-", ReadExpression(), first.At), first.At);
        throw new UnsupportedException($"Python: {first.Text} {Next.Text}", first.At);
    }

    private CodeExpression ReadExpression()
    {
        if (++_depth > Deepest) throw new ScriptException("expressions of Python are nested too deep", Next.At);
        CodeExpression left = ReadAnd();
        while (Next is { Kind: CodeTokenKind.Name, Text: "or" } token)
        {
            _next++;
            left = new CodeBinary("or", left, ReadAnd(), token.At);
        }

        _depth--;
        return left;
    }

    private CodeExpression ReadAnd()
    {
        CodeExpression left = ReadNot();
        while (Next is { Kind: CodeTokenKind.Name, Text: "and" } token)
        {
            _next++;
            left = new CodeBinary("and", left, ReadNot(), token.At);
        }

        return left;
    }

    private CodeExpression ReadNot()
    {
        if (Next is not { Kind: CodeTokenKind.Name, Text: "not" } token) return ReadComparison();
        if (++_depth > Deepest) throw new ScriptException("expressions of Python are nested too deep", token.At);
        _next++;
        var negated = new CodeUnary("not", ReadNot(), token.At);
        _depth--;
        return negated;
    }

    private CodeExpression ReadComparison()
    {
        CodeExpression first = ReadLevel(0);
        List<(string, CodeExpression)> rest = [];
        while (Next.Kind == CodeTokenKind.Symbol && Comparisons.Contains(Next.Text))
        {
            string comparison = _tokens[_next++].Text;
            rest.Add((comparison, ReadLevel(0)));
        }

        return rest.Count == 0 ? first : new CodeComparison(first, rest, first.At);
    }

    private CodeExpression ReadLevel(int level)
    {
        if (level == Levels.Length) return ReadUnary();
        CodeExpression left = ReadLevel(level + 1);
        while (Next.Kind == CodeTokenKind.Symbol && Levels[level].Contains(Next.Text))
        {
            CodeToken token = _tokens[_next++];
            left = new CodeBinary(token.Text, left, ReadLevel(level + 1), token.At);
        }

        return left;
    }

    private CodeExpression ReadUnary()
    {
        CodeToken token = Next;
        if (token.Kind != CodeTokenKind.Symbol || token.Text is not ("-" or "+" or "~")) return ReadPrimary();
        if (++_depth > Deepest) throw new ScriptException("expressions of Python are nested too deep", token.At);
        _next++;
        var unary = new CodeUnary(token.Text, ReadUnary(), token.At);
        _depth--;
        return unary;
    }

    private CodeExpression ReadPrimary()
    {
        CodeToken token = _tokens[_next++];
        switch (token.Kind)
        {
            case CodeTokenKind.Number or CodeTokenKind.Text:
                return new CodeConstant(token.Value!, token.At);
            case CodeTokenKind.Name when Next is { Kind: CodeTokenKind.Symbol, Text: "(" or "." or "[" }:
                throw new UnsupportedException($"Python: {token.Text}{Next.Text}", token.At);
            case CodeTokenKind.Name:
                return token.Text switch
                {
                    "True" => new CodeConstant(true, token.At),
                    "False" => new CodeConstant(false, token.At),
                    _ => new CodeName(token.Text, token.At),
                };
            case CodeTokenKind.Symbol when token.Text == "(":
                return ReadTuple(token.At);
            default:
                _next--;
                throw new ScriptException($"a value of Python is missing before '{token.Text}'", token.At);
        }
    }

    private CodeExpression ReadTuple(Position at)
    {
        if (Take(")")) return new CodeTuple([], at);
        List<CodeExpression> items = [ReadExpression()];
        bool isTuple = false;
        while (Take(","))
        {
            isTuple = true;
            if (Next.Text != ")") items.Add(ReadExpression());
        }

        Expect(")");
        return isTuple ? new CodeTuple(items, at) : items[0];
    }

    private bool Take(string symbol)
    {
        if (Next.Kind != CodeTokenKind.Symbol || Next.Text != symbol) return false;
        _next++;
        return true;
    }

    private bool TakeKind(CodeTokenKind kind)
    {
        if (Next.Kind != kind) return false;
        _next++;
        return true;
    }

    private void Expect(string symbol)
    {
        if (!Take(symbol)) throw new ScriptException($"'{symbol}' is missing before '{Next.Text}'", Next.At);
    }
}
