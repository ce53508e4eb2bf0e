namespace UserNet.Emulation;

/// <summary>Functions of <see cref="Math"/> that give the same bits on every machine.</summary>
/// <remarks>
/// Those of the runtime come from the machine's C library, and differ in the last bit. These use + - * / and
/// <see cref="Math.Sqrt"/> alone, which IEEE 754 rounds to the bit; they are good to about 1e-15. Any thread.
/// </remarks>
internal static class PortableMath
{
    // ln 2 as a sum: the first part times any whole number up to 2,000 is exact.
    private const double Log2High = 0.693147180369123816490, Log2Low = 1.90821492927058770002e-10;
    private const int MantissaBits = 52, Bias = 1023;

    /// <summary>The natural logarithm of a normal number above 0.</summary>
    public static double Log(double value)
    {
        long bits = BitConverter.DoubleToInt64Bits(value);
        int exponent = (int)(bits >> MantissaBits) - Bias;
        double mantissa = BitConverter.Int64BitsToDouble((bits & ((1L << MantissaBits) - 1)) | ((long)Bias << MantissaBits));
        if (mantissa > 1.4142135623730951)
        {
            mantissa /= 2;
            exponent++;
        }

        // ln((1 + f) / (1 - f)) = 2 (f + f³/3 + f⁵/5 ...), with f at most 0.172.
        double f = (mantissa - 1) / (mantissa + 1), square = f * f, sum = 0;
        for (int power = 23; power >= 3; power -= 2) sum = (sum + (1.0 / power)) * square;
        return (exponent * Log2High) + ((2 * (f + (f * sum))) + (exponent * Log2Low));
    }

    /// <summary>e to a power; 0 for one that is too low to be told from it, and infinity for one above 709.</summary>
    public static double Exp(double power)
    {
        if (power < -708) return 0;
        if (power > 709) return double.PositiveInfinity;
        double whole = Math.Floor((power / 0.6931471805599453) + 0.5);
        double rest = power - (whole * Log2High) - (whole * Log2Low), sum = 1;
        for (int i = 14; i > 0; i--) sum = 1 + (rest * sum / i);
        return sum * BitConverter.Int64BitsToDouble((long)(whole + Bias) << MantissaBits);
    }

    /// <summary>
    /// The number below which a standard normal variable lies with a probability between 0 and 1, both excluded.
    /// </summary>
    /// <remarks>Rational functions in three ranges: Wichura, algorithm AS 241 (PPND16), Applied Statistics 37, 1988.</remarks>
    public static double NormalQuantile(double probability)
    {
        double q = probability - 0.5;
        if (q is >= -0.425 and <= 0.425)
        {
            double s = 0.180625 - (q * q);
            return q * Of(s, Middle) / Of(s, UnderMiddle);
        }

        double r = Math.Sqrt(-Log(q < 0 ? probability : 1 - probability));
        double result = r <= 5 ? Of(r - 1.6, Outer) / Of(r - 1.6, UnderOuter) : Of(r - 5, Tail) / Of(r - 5, UnderTail);
        return q < 0 ? -result : result;
    }

    private static double Of(double x, ReadOnlySpan<double> polynomial)
    {
        double sum = 0;
        for (int i = polynomial.Length - 1; i >= 0; i--) sum = (sum * x) + polynomial[i];
        return sum;
    }

    private static ReadOnlySpan<double> Middle =>
    [
        3.3871328727963666080, 1.3314166789178437745e2, 1.9715909503065514427e3, 1.3731693765509461125e4,
        4.5921953931549871457e4, 6.7265770927008700853e4, 3.3430575583588128105e4, 2.5090809287301226727e3,
    ];

    private static ReadOnlySpan<double> UnderMiddle =>
    [
        1, 4.2313330701600911252e1, 6.8718700749205790830e2, 5.3941960214247511077e3,
        2.1213794301586595867e4, 3.9307895800092710610e4, 2.8729085735721942674e4, 5.2264952788528545610e3,
    ];

    private static ReadOnlySpan<double> Outer =>
    [
        1.42343711074968357734, 4.63033784615654529590, 5.76949722146069140550, 3.64784832476320460504,
        1.27045825245236838258, 2.41780725177450611770e-1, 2.27238449892691845833e-2, 7.74545014278341407640e-4,
    ];

    private static ReadOnlySpan<double> UnderOuter =>
    [
        1, 2.05319162663775882187, 1.67638483018380384940, 6.89767334985100004550e-1,
        1.48103976427480074590e-1, 1.51986665636164571966e-2, 5.47593808499534494600e-4, 1.05075007164441684324e-9,
    ];

    private static ReadOnlySpan<double> Tail =>
    [
        6.65790464350110377720, 5.46378491116411436990, 1.78482653991729133580, 2.96560571828504891230e-1,
        2.65321895265761230930e-2, 1.24266094738807843860e-3, 2.71155556874348757815e-5, 2.01033439929228813265e-7,
    ];

    private static ReadOnlySpan<double> UnderTail =>
    [
        1, 5.99832206555887937690e-1, 1.36929880922735805310e-1, 1.48753612908506148525e-2,
        7.86869131145613259100e-4, 1.84631831751005468180e-5, 1.42151175831644588870e-7, 2.04426310338993978564e-15,
    ];
}
