namespace UserNet.Drill.Language;

/// <summary>A piece of Python: statements in the order in which they are done.</summary>
/// <param name="Statements">What it does.</param>
/// <param name="Text">As it was written.</param>
/// <param name="At">Where it stands.</param>
public sealed record CodeBlock(IReadOnlyList<CodeStatement> Statements, string Text, Position At);

/// <summary>A statement of Python.</summary>
public abstract record CodeStatement(Position At);

/// <summary>assert condition, message</summary>
public sealed record AssertStatement(CodeExpression Condition, CodeExpression? Message, Position At) : CodeStatement(At);

/// <summary>print(a, b)</summary>
public sealed record PrintStatement(IReadOnlyList<CodeExpression> Values, Position At) : CodeStatement(At);

/// <summary>name = value, name += value</summary>
public sealed record AssignStatement(string Name, bool IsAddition, CodeExpression Value, Position At) : CodeStatement(At);

/// <summary>An expression of Python: its values are numbers (long), texts (string), truths (bool) and tuples of these.</summary>
public abstract record CodeExpression(Position At);

/// <summary>A number, a text or a truth.</summary>
public sealed record CodeConstant(object Value, Position At) : CodeExpression(At);

/// <summary>A variable.</summary>
public sealed record CodeName(string Name, Position At) : CodeExpression(At);

/// <summary>(a, b)</summary>
public sealed record CodeTuple(IReadOnlyList<CodeExpression> Items, Position At) : CodeExpression(At);

/// <summary>-a, +a, ~a, not a</summary>
public sealed record CodeUnary(string Operator, CodeExpression Operand, Position At) : CodeExpression(At);

/// <summary>a op b: + - * / // % &amp; | ^ &lt;&lt; &gt;&gt; and or</summary>
public sealed record CodeBinary(string Operator, CodeExpression Left, CodeExpression Right, Position At) : CodeExpression(At);

/// <summary>a &lt; b &lt;= c: all must hold.</summary>
public sealed record CodeComparison(CodeExpression First, IReadOnlyList<(string Operator, CodeExpression Operand)> Rest, Position At) : CodeExpression(At);
