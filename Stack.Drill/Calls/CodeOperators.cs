using System.Numerics;
using UserNet.Drill.Language;

namespace UserNet.Drill.Calls;

/// <summary>The operators of Python 3 on its values.</summary>
/// <remarks>The Python Language Reference, section 6. A truth is a number, 0 or 1.</remarks>
internal static class CodeOperators
{
    private const int MostShift = 1 << 20, MostRepeated = 1 << 20;

    /// <summary>What counts as true: any number but 0, any text or tuple but an empty one.</summary>
    public static bool IsTrue(object value) => value switch
    {
        bool truth => truth,
        BigInteger number => !number.IsZero,
        double number => number != 0,
        string text => text.Length > 0,
        object[] tuple => tuple.Length > 0,
        _ => true,
    };

    /// <summary>The value of an operator and what stands behind it.</summary>
    /// <exception cref="CodeException">TypeError.</exception>
    public static object Apply(string name, object operand, Position at) => (name, Number(operand)) switch
    {
        ("not", _) => !IsTrue(operand),
        ("-", BigInteger number) => -number,
        ("-", double number) => -number,
        ("+", { } number) => number,
        ("~", BigInteger number) => -number - 1,
        _ => throw new CodeException("TypeError", $"bad operand type for unary {name}: '{PythonText.TypeOf(operand)}'", at),
    };

    /// <summary>The value of an operator between two values; "and" and "or" are not here, since they may leave one out.</summary>
    /// <exception cref="CodeException">TypeError, ZeroDivisionError, ValueError.</exception>
    public static object Apply(string name, object left, object right, Position at) => (name, Number(left) ?? left, Number(right) ?? right) switch
    {
        ("%", string format, var values) => PythonFormat.Apply(format, values as object[] ?? [right], at),
        ("+", string first, string second) => first + second,
        ("+", object[] first, object[] second) => (object[])[.. first, .. second],
        ("*", string text, BigInteger times) => Repeat(text, times, at),
        ("*", BigInteger times, string text) => Repeat(text, times, at),
        ("/", BigInteger first, BigInteger second) => (double)first / (double)Divisor(second, at),
        (_, BigInteger first, BigInteger second) => OfWhole(name, first, second, at),
        (_, double or BigInteger, double or BigInteger) => OfBroken(name, Broken(left), Broken(right), at),
        _ => throw Unfit(name, left, right, at),
    };

    /// <summary>Whether two values stand to each other as an operator says.</summary>
    /// <exception cref="CodeException">TypeError: they have no order.</exception>
    public static bool Holds(string name, object left, object right, Position at) => name switch
    {
        "==" => AreEqual(left, right),
        "!=" or "<>" => !AreEqual(left, right),
        "<" => Order(name, left, right, at) < 0,
        "<=" => Order(name, left, right, at) <= 0,
        ">" => Order(name, left, right, at) > 0,
        ">=" => Order(name, left, right, at) >= 0,
        "in" => IsIn(left, right, at),
        "not in" => !IsIn(left, right, at),
        "is" => AreEqual(left, right),
        "is not" => !AreEqual(left, right),
        _ => throw new UnsupportedException($"operator {name} of Python", at),
    };

    private static object? Number(object value) => value switch
    {
        bool truth => truth ? BigInteger.One : BigInteger.Zero,
        BigInteger or double => value,
        _ => null,
    };

    private static double Broken(object value) => Number(value) is BigInteger number ? (double)number : (double)value;

    private static BigInteger OfWhole(string name, BigInteger left, BigInteger right, Position at) => name switch
    {
        "+" => left + right,
        "-" => left - right,
        "*" => left * right,
        "//" => Floor(left, Divisor(right, at)),
        "%" => left - (Floor(left, Divisor(right, at)) * right),
        "&" => left & right,
        "|" => left | right,
        "^" => left ^ right,
        "<<" => left << Shift(right, at),
        ">>" => left >> Shift(right, at),
        _ => throw new UnsupportedException($"operator {name} of Python", at),
    };

    private static double OfBroken(string name, double left, double right, Position at) => name switch
    {
        "+" => left + right,
        "-" => left - right,
        "*" => left * right,
        "/" => left / Divisor(right, at),
        "//" => Math.Floor(left / Divisor(right, at)),
        "%" => left - (Math.Floor(left / Divisor(right, at)) * right),
        _ => throw Unfit(name, left, right, at),
    };

    private static BigInteger Floor(BigInteger left, BigInteger right)
    {
        BigInteger quotient = BigInteger.DivRem(left, right, out BigInteger rest);
        return !rest.IsZero && (rest.Sign < 0) != (right.Sign < 0) ? quotient - 1 : quotient;
    }

    private static BigInteger Divisor(BigInteger number, Position at) =>
        number.IsZero ? throw new CodeException("ZeroDivisionError", "division by zero", at) : number;

    private static double Divisor(double number, Position at) =>
        number == 0 ? throw new CodeException("ZeroDivisionError", "division by zero", at) : number;

    private static int Shift(BigInteger count, Position at) => count.Sign < 0
        ? throw new CodeException("ValueError", "negative shift count", at)
        : count > MostShift ? throw new UnsupportedException($"a shift by {count} in Python", at) : (int)count;

    private static string Repeat(string text, BigInteger times, Position at) => times.Sign <= 0
        ? ""
        : times * text.Length > MostRepeated ? throw new UnsupportedException($"a text {times} times in Python", at) : string.Concat(Enumerable.Repeat(text, (int)times));

    private static bool AreEqual(object left, object right) => (Number(left) ?? left, Number(right) ?? right) switch
    {
        (BigInteger first, BigInteger second) => first == second,
        (double or BigInteger, double or BigInteger) => Broken(left) == Broken(right),
        (string first, string second) => first == second,
        (object[] first, object[] second) => first.Length == second.Length && first.Zip(second).All(pair => AreEqual(pair.First, pair.Second)),
        _ => false,
    };

    private static int Order(string name, object left, object right, Position at)
    {
        switch (Number(left) ?? left, Number(right) ?? right)
        {
            case (BigInteger first, BigInteger second): return first.CompareTo(second);
            case (double or BigInteger, double or BigInteger): return Broken(left).CompareTo(Broken(right));
            case (string first, string second): return string.CompareOrdinal(first, second);
            case (object[] first, object[] second):
                for (int i = 0; i < Math.Min(first.Length, second.Length); i++)
                    if (!AreEqual(first[i], second[i])) return Order(name, first[i], second[i], at);
                return first.Length.CompareTo(second.Length);
            default:
                throw new CodeException(
                    "TypeError", $"'{name}' not supported between instances of '{PythonText.TypeOf(left)}' and '{PythonText.TypeOf(right)}'", at);
        }
    }

    private static bool IsIn(object item, object all, Position at) => all switch
    {
        object[] tuple => Array.Exists(tuple, other => AreEqual(item, other)),
        string text when item is string part => text.Contains(part, StringComparison.Ordinal),
        _ => throw new CodeException("TypeError", $"argument of type '{PythonText.TypeOf(all)}' is not iterable", at),
    };

    private static CodeException Unfit(string name, object left, object right, Position at) =>
        new("TypeError", $"unsupported operand type(s) for {name}: '{PythonText.TypeOf(left)}' and '{PythonText.TypeOf(right)}'", at);
}
