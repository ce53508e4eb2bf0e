using System.Globalization;

namespace UserNet.Samples.Lab;

/// <summary>Quantities as people type them: 5%, 20ms, 10MB, 10Mbit, 3s..5s.</summary>
public static class Units
{
    private static readonly (string Unit, double Ticks)[] Times =
        [("us", 10), ("ms", TimeSpan.TicksPerMillisecond), ("s", TimeSpan.TicksPerSecond), ("m", TimeSpan.TicksPerMinute), ("h", TimeSpan.TicksPerHour)];

    private static readonly (string Unit, double Octets)[] Sizes =
        [("GB", 1e9), ("MB", 1e6), ("kB", 1e3), ("GiB", 1L << 30), ("MiB", 1L << 20), ("KiB", 1L << 10), ("B", 1), ("", 1)];

    private static readonly (string Unit, double Bits)[] Rates = [("Gbit", 1e9), ("Mbit", 1e6), ("kbit", 1e3), ("bit", 1)];

    /// <summary>A share, as in 5% or 0.05.</summary>
    public static bool TryShare(string text, out double share)
    {
        bool isPercent = text.EndsWith('%');
        bool isNumber = TryNumber(isPercent ? text[..^1] : text, out share);
        if (isPercent) share /= 100;
        return isNumber && share is >= 0 and <= 1;
    }

    /// <summary>A time, as in 20ms or 1.5s; at most a day.</summary>
    public static bool TryTime(string text, out TimeSpan time)
    {
        bool isTime = TryQuantity(text, Times, out double ticks) && ticks <= TimeSpan.TicksPerDay;
        time = isTime ? TimeSpan.FromTicks((long)ticks) : default;
        return isTime;
    }

    /// <summary>A number of octets, as in 10MB, 64KiB or 1000; less than a million million.</summary>
    public static bool TrySize(string text, out long octets)
    {
        bool isSize = TryQuantity(text, Sizes, out double size) && size < 1e12;
        octets = isSize ? (long)size : 0;
        return isSize;
    }

    /// <summary>Bits a second, as in 10Mbit.</summary>
    public static bool TryRate(string text, out long bits)
    {
        bool isRate = TryQuantity(text, Rates, out double rate) && rate is >= 1 and < 1e13;
        bits = isRate ? (long)rate : 0;
        return isRate;
    }

    /// <summary>From one time to another, as in 3s..5s.</summary>
    public static bool TrySpan(string text, out TimeSpan from, out TimeSpan to)
    {
        string[] ends = text.Split("..");
        (from, to) = (default, default);
        return ends.Length == 2 && TryTime(ends[0], out from) && TryTime(ends[1], out to) && from < to;
    }

    // The longest unit that fits is the one that is meant: 5ms is not 5m followed by an s.
    private static bool TryQuantity(string text, (string Unit, double Value)[] units, out double quantity)
    {
        quantity = 0;
        foreach ((string unit, double value) in units.OrderByDescending(static unit => unit.Unit.Length))
        {
            if (!text.EndsWith(unit, StringComparison.Ordinal)) continue;
            if (!TryNumber(text[..^unit.Length], out double number)) return false;
            quantity = number * value;
            return true;
        }

        return false;
    }

    private static bool TryNumber(string text, out double number) =>
        double.TryParse(text, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out number) && double.IsFinite(number);
}
