using System.Globalization;
using System.Text;

namespace UserNet.Simulation;

/// <summary>How faults are written: exactly, so that what is read back is equal.</summary>
internal static class FaultText
{
    private static readonly string[] Words =
    [
        "down", "flap", "loss", "corrupt", "duplicate", "reorder", "delay", "jitter", "rate", "mtu", "partition", "pause", "crash",
        "skew", "step",
    ];

    public static IReadOnlyList<string> AllWords => Words;

    public static string WordOf(FaultKind kind) => Words[(int)kind];

    public static FaultKind? KindOf(string word) => Array.IndexOf(Words, word) is var index and >= 0 ? (FaultKind)index : null;

    /// <summary>The whole of it, as in "4s..4.5s loss server-router 30%".</summary>
    public static string Write(Fault fault) =>
        $"{Write(fault.Begin)}{(fault.End is { } end ? $"..{Write(end)}" : "")} {WriteWhat(fault)}";

    /// <summary>Without its time.</summary>
    public static string WriteWhat(Fault fault)
    {
        string target = fault.Kind == FaultKind.Partition ? fault.Target : WriteName(fault.Target);
        string direction = fault.Direction switch
        {
            LinkDirection.There => " there",
            LinkDirection.Back => " back",
            _ => "",
        };
        return $"{WordOf(fault.Kind)} {target}{direction}{Value(fault)}";
    }

    public static string Write(IReadOnlyList<IReadOnlyList<string>> groups) =>
        string.Join(" | ", groups.Select(static group => string.Join(',', group.Select(WriteName))));

    public static IReadOnlyList<IReadOnlyList<string>> ReadGroups(string text) => new FaultReader(text).ReadGroups();

    /// <summary>A time in the largest of s, ms, us and ns of which it is one or more.</summary>
    public static string Write(TimeSpan time)
    {
        (long ticks, string unit) = Math.Abs(time.Ticks) switch
        {
            0 or >= TimeSpan.TicksPerSecond => (TimeSpan.TicksPerSecond, "s"),
            >= TimeSpan.TicksPerMillisecond => (TimeSpan.TicksPerMillisecond, "ms"),
            >= TimeSpan.TicksPerMicrosecond => (TimeSpan.TicksPerMicrosecond, "us"),
            _ => (0, "ns"),
        };
        return ticks == 0 ? $"{Number(time.Ticks * 100)}{unit}" : $"{Number(time.Ticks / (decimal)ticks)}{unit}";
    }

    /// <summary>A name as it is, or in quotes where it would not be read as one.</summary>
    public static string WriteName(string name)
    {
        foreach (char character in name)
        {
            if (!FaultReader.IsOfName(character)) return $"'{name.Replace("'", "''", StringComparison.Ordinal)}'";
        }

        return name;
    }

    /// <summary>A string of C#.</summary>
    public static string WriteLiteral(string text)
    {
        var literal = new StringBuilder("\"");
        foreach (char character in text)
        {
            if (character is '"' or '\\') literal.Append('\\').Append(character);
            else if (character is >= ' ' and <= '~') literal.Append(character);
            else literal.Append(CultureInfo.InvariantCulture, $"\\u{(int)character:x4}");
        }

        return literal.Append('"').ToString();
    }

    /// <summary>An argument in double quotes, as a POSIX shell reads it.</summary>
    public static string WriteArgument(string text)
    {
        var argument = new StringBuilder("\"");
        foreach (char character in text)
        {
            if (character is '"' or '\\' or '$' or '`') argument.Append('\\');
            argument.Append(character);
        }

        return argument.Append('"').ToString();
    }

    private static string Value(Fault fault) => fault.Kind switch
    {
        FaultKind.Flap => $" {Write(fault.Time)} {Percent(fault.Parts)}",
        FaultKind.Loss or FaultKind.Corruption or FaultKind.Duplication => $" {Percent(fault.Parts)}",
        FaultKind.Reordering => $" {Percent(fault.Parts)}{(fault.Time > TimeSpan.Zero ? $" {Write(fault.Time)}" : "")}",
        FaultKind.Delay or FaultKind.Jitter or FaultKind.Step => $" {Write(fault.Time)}",
        FaultKind.Rate => $" {Rate(fault.Amount)}",
        FaultKind.LargestPacket => $" {Number(fault.Amount)}",
        FaultKind.Skew => $" {Number(fault.Amount / 1000m)}ppm",
        _ => "",
    };

    private static string Percent(long parts) => $"{Number(parts / 10_000_000m)}%";

    private static string Rate(long bits) => bits switch
    {
        >= 1_000_000_000 => $"{Number(bits / 1_000_000_000m)}Gbit",
        >= 1_000_000 => $"{Number(bits / 1_000_000m)}Mbit",
        >= 1000 => $"{Number(bits / 1000m)}kbit",
        _ => $"{Number(bits)}bit",
    };

    private static string Number(decimal number) => number.ToString("0.#########", CultureInfo.InvariantCulture);
}
