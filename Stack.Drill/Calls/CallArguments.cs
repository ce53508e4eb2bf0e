using System.Buffers.Binary;
using UserNet.Drill.Language;

namespace UserNet.Drill.Calls;

/// <summary>The arguments of a call, read one at a time: what can't be understood is not supported, and nothing is passed over.</summary>
internal readonly struct CallArguments(SystemCall call, ConstantTable constants)
{
    /// <summary>The call.</summary>
    public SystemCall Call => call;

    /// <summary>Who is told the parts of the answer; null for nobody.</summary>
    public Action<string, string>? Observed { get; init; }

    /// <summary>What names stand for.</summary>
    public ConstantTable Constants => constants;

    /// <summary>How many there are.</summary>
    public int Count => call.Arguments.Count;

    /// <summary>An argument as it was written.</summary>
    public Expression this[int index] => call.Arguments[index];

    /// <summary>What the call is to answer; null when anything will do.</summary>
    public long? Expected => call.Result is null or EllipsisExpression ? null : NumberOf(call.Result);

    /// <summary>The number of the error that is to come; null when none is told.</summary>
    public int? ExpectedError => call.Error is { } name ? ConstantTable.Error(name, call.At) : null;

    /// <summary>Says that there must be so many.</summary>
    public void Require(int least, int most)
    {
        if (Count < least || Count > most) throw Unsupported($"with {Count} arguments", call.At);
    }

    /// <inheritdoc cref="Require(int, int)"/>
    public void Require(int count) => Require(count, count);

    /// <summary>An argument that is a number: a number, names, or several joined by |.</summary>
    public long Number(int index) => NumberOf(this[index]);

    /// <inheritdoc cref="Number"/>
    public int Int(int index) => IntOf(this[index]);

    /// <summary>A number; one that can be written in 32 bits with or without a sign.</summary>
    public int IntOf(Expression expression)
    {
        long number = NumberOf(expression);
        return number is >= int.MinValue and <= uint.MaxValue ? unchecked((int)number) : throw Unsupported($"number {number}", expression.At);
    }

    /// <summary>The value of an expression that is a number.</summary>
    /// <exception cref="UnsupportedException">It is not, or has a name that is not known.</exception>
    public long NumberOf(Expression expression)
    {
        switch (expression)
        {
            case NumberExpression number: return number.Value;
            case NameExpression { Name: "NULL" }: return 0;
            case NameExpression name: return constants.Find(name.Name, name.At);
            case OrExpression or:
                long value = 0;
                foreach (Expression operand in or.Operands) value |= NumberOf(operand);
                return value;
            case FunctionExpression { Name: "htons" or "ntohs" } swap: return BinaryPrimitives.ReverseEndianness((ushort)NumberOf(swap.Argument));
            case FunctionExpression { Name: "htonl" or "ntohl" } swap: return BinaryPrimitives.ReverseEndianness((uint)NumberOf(swap.Argument));
            default: throw Unsupported($"{FormOf(expression)} where a number belongs", expression.At);
        }
    }

    /// <summary>The number in brackets: <c>[x]</c>.</summary>
    public int Referred(int index) =>
        this[index] is ListExpression { Items: [var item] } ? IntOf(item) : throw Unsupported($"{FormOf(this[index])} where [number] belongs", this[index].At);

    /// <summary>True for <c>NULL</c> and 0.</summary>
    public static bool IsNull(Expression expression) => expression is NameExpression { Name: "NULL" } or NumberExpression { Value: 0 };

    /// <summary>Says that an argument must be <c>...</c>, or a null pointer.</summary>
    public void RequireUsual(int index)
    {
        if (this[index] is not EllipsisExpression && !IsNull(this[index])) throw Unsupported(FormOf(this[index]), this[index].At);
    }

    /// <summary>Says that something about the call is not supported.</summary>
    public UnsupportedException Unsupported(string what, Position at) => new($"{call.Name}: {what}", at);

    /// <summary>What an expression is, in a word.</summary>
    public static string FormOf(Expression expression) => expression switch
    {
        EllipsisExpression => "...",
        NumberExpression number => $"number {number.Value}",
        NameExpression name => name.Name,
        TextExpression => "a text",
        ListExpression => "a list",
        StructExpression => "a struct",
        _ => "an expression",
    };
}
