using System.Numerics;
using UserNet.Drill.Language;

namespace UserNet.Drill.Calls;

/// <summary>Values of Python's expressions: whole numbers of any size, broken ones, texts, truths, tuples.</summary>
internal sealed class CodeEvaluator(Dictionary<string, object> variables)
{
    /// <summary>The value of an expression.</summary>
    /// <exception cref="CodeException">Python would raise.</exception>
    public object Evaluate(CodeExpression expression) => expression switch
    {
        CodeConstant { Value: var value } => Constant(value, expression.At),
        CodeName name => Variable(name.Name, name.At),
        CodeTuple tuple => tuple.Items.Select(Evaluate).ToArray(),
        CodeUnary unary => CodeOperators.Apply(unary.Operator, Evaluate(unary.Operand), unary.At),
        CodeBinary { Operator: "and" } and => Evaluate(and.Left) is var left && CodeOperators.IsTrue(left) ? Evaluate(and.Right) : left,
        CodeBinary { Operator: "or" } or => Evaluate(or.Left) is var left && CodeOperators.IsTrue(left) ? left : Evaluate(or.Right),
        CodeBinary binary => CodeOperators.Apply(binary.Operator, Evaluate(binary.Left), Evaluate(binary.Right), binary.At),
        CodeComparison comparison => Compare(comparison),
        _ => throw new UnsupportedException("an expression of Python", expression.At),
    };

    /// <summary>The value of a variable.</summary>
    /// <exception cref="CodeException">There is none of that name.</exception>
    public object Variable(string name, Position at) => name switch
    {
        _ when variables.TryGetValue(name, out object? value) => value,
        "True" => true,
        "False" => false,
        _ => throw new CodeException("NameError", $"name '{name}' is not defined", at),
    };

    /// <summary>The variables of an expression, each once, in the order of the text; constants in capitals are left out.</summary>
    public IEnumerable<string> NamesIn(CodeExpression expression) =>
        AllNames(expression).Where(name => variables.ContainsKey(name) && (!name.StartsWith("TCP", StringComparison.Ordinal))).Distinct();

    /// <summary>An expression as Python writes it.</summary>
    public static string TextOf(CodeExpression expression) => expression switch
    {
        CodeConstant constant => PythonText.Quoted(Constant(constant.Value, constant.At)),
        CodeName name => name.Name,
        CodeTuple tuple => $"({string.Join(", ", tuple.Items.Select(TextOf))}{(tuple.Items.Count == 1 ? "," : "")})",
        CodeUnary unary => $"{unary.Operator}{(unary.Operator == "not" ? " " : "")}{Inner(unary.Operand)}",
        CodeBinary binary => $"{Inner(binary.Left)} {binary.Operator} {Inner(binary.Right)}",
        CodeComparison comparison => Inner(comparison.First) + string.Concat(comparison.Rest.Select(next => $" {next.Operator} {Inner(next.Operand)}")),
        _ => "?",
    };

    private static string Inner(CodeExpression expression) =>
        expression is CodeBinary or CodeComparison ? $"({TextOf(expression)})" : TextOf(expression);

    private static IEnumerable<string> AllNames(CodeExpression expression) => expression switch
    {
        CodeName name => [name.Name],
        CodeTuple tuple => tuple.Items.SelectMany(AllNames),
        CodeUnary unary => AllNames(unary.Operand),
        CodeBinary binary => [.. AllNames(binary.Left), .. AllNames(binary.Right)],
        CodeComparison comparison => [.. AllNames(comparison.First), .. comparison.Rest.SelectMany(next => AllNames(next.Operand))],
        _ => [],
    };

    private static object Constant(object value, Position at) => value switch
    {
        long number => (BigInteger)number,
        int number => (BigInteger)number,
        ulong number => (BigInteger)number,
        BigInteger or string or bool or double => value,
        _ => throw new UnsupportedException($"a constant of {value.GetType().Name} in Python", at),
    };

    private bool Compare(CodeComparison comparison)
    {
        object left = Evaluate(comparison.First);
        foreach ((string name, CodeExpression operand) in comparison.Rest)
        {
            object right = Evaluate(operand);
            if (!CodeOperators.Holds(name, left, right, operand.At)) return false;
            left = right;
        }

        return true;
    }
}
