using System.Globalization;
using System.Numerics;
using System.Text;
using UserNet.Drill.Language;

namespace UserNet.Drill.Calls;

/// <summary>'format' % values: %d %i %u %x %X %o %c %s %r %f %e %g %%, with flags, width and precision.</summary>
/// <remarks>The Python Standard Library, "printf-style String Formatting".</remarks>
internal sealed class PythonFormat
{
    private const int MostWidth = 10_000;

    private readonly string _format;
    private readonly object[] _values;
    private readonly Position _at;
    private int _next;      // of the format
    private int _taken;     // of the values

    private PythonFormat(string format, object[] values, Position at) => (_format, _values, _at) = (format, values, at);

    /// <summary>The text that a format makes of values.</summary>
    /// <param name="format">The format.</param>
    /// <param name="values">What stands behind %.</param>
    /// <param name="at">Where it stands.</param>
    /// <exception cref="CodeException">TypeError (too many or too few values, or of another type), ValueError (an incomplete format).</exception>
    public static string Apply(string format, object[] values, Position at)
    {
        var state = new PythonFormat(format, values, at);
        string text = state.Run();
        if (state._taken < values.Length) throw new CodeException("TypeError", "not all arguments converted during string formatting", at);
        return text;
    }

    private string Run()
    {
        var text = new StringBuilder();
        while (_next < _format.Length)
        {
            char c = _format[_next++];
            if (c == '%') text.Append(Convert());
            else text.Append(c);
        }

        return text.ToString();
    }

    private string Convert()
    {
        var flags = new StringBuilder();
        while (_next < _format.Length && "#0- +".Contains(_format[_next])) flags.Append(_format[_next++]);
        int width = ReadCount() ?? 0;
        int? precision = null;
        if (_next < _format.Length && _format[_next] == '.')
        {
            _next++;
            precision = ReadCount() ?? 0;
        }

        while (_next < _format.Length && "hlL".Contains(_format[_next])) _next++;      // which mean nothing
        if (_next == _format.Length) throw new CodeException("ValueError", "incomplete format", _at);
        char kind = _format[_next++];
        if (kind == '%') return "%";
        return Pad(kind, flags.ToString(), width, precision);
    }

    private int? ReadCount()
    {
        if (_next < _format.Length && _format[_next] == '*')
        {
            _next++;
            return (int)BigInteger.Min(Whole(Take(), '*'), MostWidth);
        }

        int start = _next;
        while (_next < _format.Length && char.IsAsciiDigit(_format[_next])) _next++;
        if (start == _next) return null;
        return int.TryParse(_format.AsSpan(start, _next - start), NumberStyles.None, CultureInfo.InvariantCulture, out int count) && count <= MostWidth
            ? count
            : throw new CodeException("ValueError", "width too big", _at);
    }

    private string Pad(char kind, string flags, int width, int? precision)
    {
        bool isLeft = flags.Contains('-', StringComparison.Ordinal);
        object value = Take();
        if (kind is 's' or 'r' or 'a' or 'c')
        {
            string text = kind switch { 's' => PythonText.Of(value), 'c' => Character(value), _ => PythonText.Quoted(value) };
            if (precision is { } most && kind != 'c' && text.Length > most) text = text[..most];
            return isLeft ? text.PadRight(width) : text.PadLeft(width);
        }

        (string sign, string prefix, string digits) = Digits(kind, flags, precision, value);
        if (!isLeft && flags.Contains('0', StringComparison.Ordinal)) digits = digits.PadLeft(Math.Max(width - sign.Length - prefix.Length, 0), '0');
        string number = sign + prefix + digits;
        return isLeft ? number.PadRight(width) : number.PadLeft(width);
    }

    private (string Sign, string Prefix, string Digits) Digits(char kind, string flags, int? precision, object value)
    {
        bool isNegative;
        string digits, prefix = "";
        if (kind is 'f' or 'F' or 'e' or 'E' or 'g' or 'G')
        {
            double number = value switch { double broken => broken, _ => (double)Whole(value, kind) };
            isNegative = number < 0;
            digits = BrokenDigits(kind, Math.Abs(number), precision ?? 6);
        }
        else
        {
            BigInteger number = value is double broken && (kind is 'd' or 'i' or 'u') ? new BigInteger(Math.Truncate(broken)) : Whole(value, kind);
            isNegative = number.Sign < 0;
            digits = WholeDigits(kind, BigInteger.Abs(number)).PadLeft(precision ?? 0, '0');
            if (flags.Contains('#', StringComparison.Ordinal)) prefix = kind switch { 'x' => "0x", 'X' => "0X", 'o' => "0o", _ => "" };
        }

        string sign = isNegative ? "-" : flags.Contains('+', StringComparison.Ordinal) ? "+" : flags.Contains(' ', StringComparison.Ordinal) ? " " : "";
        return (sign, prefix, digits);
    }

    private string WholeDigits(char kind, BigInteger number)
    {
        switch (kind)
        {
            case 'd' or 'i' or 'u': return number.ToString(CultureInfo.InvariantCulture);
            case 'x' or 'X':
                string text = number.ToString(kind == 'x' ? "x" : "X", CultureInfo.InvariantCulture).TrimStart('0');
                return text.Length == 0 ? "0" : text;
            case 'o':
                var octal = new StringBuilder();
                for (BigInteger left = number; !left.IsZero; left >>= 3) octal.Insert(0, (char)('0' + (int)(left & 7)));
                return octal.Length == 0 ? "0" : octal.ToString();
            default: throw new CodeException("ValueError", $"unsupported format character '{kind}'", _at);
        }
    }

    private string BrokenDigits(char kind, double number, int precision)
    {
        if (kind is 'f' or 'F') return number.ToString($"F{precision}", CultureInfo.InvariantCulture);
        if (kind is 'e' or 'E') return number.ToString(precision == 0 ? $"0{kind}+00" : $"0.{new string('0', precision)}{kind}+00", CultureInfo.InvariantCulture);
        throw new UnsupportedException($"%{kind} in Python", _at);
    }

    private string Character(object value) => value switch
    {
        string { Length: 1 } text => text,
        BigInteger number when number >= 0 && number <= char.MaxValue => ((char)(int)number).ToString(),
        _ => throw new CodeException("TypeError", "%c requires int or char", _at),
    };

    private BigInteger Whole(object value, char kind) => value switch
    {
        bool truth => truth ? 1 : 0,
        BigInteger number => number,
        _ => throw new CodeException("TypeError", $"%{kind} format: a number is required, not {PythonText.TypeOf(value)}", _at),
    };

    private object Take() => _taken < _values.Length
        ? _values[_taken++]
        : throw new CodeException("TypeError", "not enough arguments for format string", _at);
}
