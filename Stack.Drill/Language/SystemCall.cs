namespace UserNet.Drill.Language;

/// <summary>A system call and the answer that it is to have.</summary>
/// <param name="Name">As in "sendmsg".</param>
/// <param name="Arguments">In their order.</param>
/// <param name="Result">What it is to answer; null when anything will do.</param>
/// <param name="Error">The errno's name, such as "EAGAIN", that goes with -1; null when none is given.</param>
/// <param name="At">Where it stands.</param>
public sealed record SystemCall(string Name, IReadOnlyList<Expression> Arguments, Expression? Result, string? Error, Position At);

/// <summary>A value in the arguments of a system call.</summary>
/// <param name="At">Where it stands.</param>
public abstract record Expression(Position At);

/// <summary><c>...</c>: whatever is usual, or whatever comes.</summary>
public sealed record EllipsisExpression(Position At) : Expression(At);

/// <summary>A number.</summary>
public sealed record NumberExpression(long Value, Position At) : Expression(At);

/// <summary>A name, as in <c>SOL_SOCKET</c> or NULL.</summary>
public sealed record NameExpression(string Name, Position At) : Expression(At);

/// <summary><c>htons(8080)</c>: a name with an argument.</summary>
public sealed record FunctionExpression(string Name, Expression Argument, Position At) : Expression(At);

/// <summary>A text; neighbouring ones are joined already.</summary>
public sealed record TextExpression(string Text, Position At) : Expression(At);

/// <summary><c>a | b | c</c>, in the order of the text.</summary>
public sealed record OrExpression(IReadOnlyList<Expression> Operands, Position At) : Expression(At);

/// <summary><c>[a, b]</c></summary>
public sealed record ListExpression(IReadOnlyList<Expression> Items, Position At) : Expression(At);

/// <summary><c>{a, name=b, name(...)=c}</c></summary>
public sealed record StructExpression(IReadOnlyList<FieldExpression> Fields, Position At) : Expression(At);

/// <summary>A part of a struct.</summary>
/// <param name="Name">Null for one without a name.</param>
/// <param name="Argument">What stands in parentheses behind the name, as in <c>msg_iov(1)=</c>; null for none.</param>
/// <param name="Value">Its value.</param>
public sealed record FieldExpression(string? Name, Expression? Argument, Expression Value);
