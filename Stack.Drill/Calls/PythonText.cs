using System.Globalization;
using System.Numerics;
using System.Text;

namespace UserNet.Drill.Calls;

/// <summary>Values as Python writes them.</summary>
internal static class PythonText
{
    /// <summary>str(value)</summary>
    public static string Of(object value) => value as string ?? Quoted(value);

    /// <summary>repr(value)</summary>
    public static string Quoted(object value) => value switch
    {
        bool truth => truth ? "True" : "False",
        BigInteger number => number.ToString(CultureInfo.InvariantCulture),
        double number => OfBroken(number),
        string text => Quote(text),
        object[] tuple => $"({string.Join(", ", tuple.Select(Quoted))}{(tuple.Length == 1 ? "," : "")})",
        _ => throw new ArgumentException($"{value.GetType()} is no value of Python.", nameof(value)),
    };

    /// <summary>type(value).__name__</summary>
    public static string TypeOf(object value) => value switch
    {
        bool => "bool",
        BigInteger => "int",
        double => "float",
        string => "str",
        _ => "tuple",
    };

    private static string OfBroken(double number)
    {
        string text = number.ToString("R", CultureInfo.InvariantCulture);
        return text switch
        {
            "Infinity" => "inf",
            "-Infinity" => "-inf",
            "NaN" => "nan",
            _ when text.AsSpan().ContainsAny(".E") => text.Replace("E", "e", StringComparison.Ordinal),
            _ => text + ".0",
        };
    }

    private static string Quote(string text)
    {
        char mark = text.Contains('\'') && !text.Contains('"') ? '"' : '\'';
        StringBuilder quoted = new StringBuilder().Append(mark);
        foreach (char c in text)
        {
            string shown = c switch
            {
                '\\' => "\\\\",
                '\n' => "\\n",
                '\r' => "\\r",
                '\t' => "\\t",
                _ when c == mark => $"\\{c}",
                < ' ' or '\x7F' => $"\\x{(int)c:x2}",
                _ => c.ToString(),
            };
            quoted.Append(shown);
        }

        return quoted.Append(mark).ToString();
    }
}
