using System.Text.Json.Serialization;
using UserNet.Bench.Measuring;

namespace UserNet.Bench.Ports;

/// <summary>One scenario at one occupancy; at 100 % what is timed is the answer that no port is free.</summary>
internal sealed record PortRow
{
    /// <summary>Which table it belongs to: Main, Variants, Personalities, Algorithms or Adversaries.</summary>
    public required string Table { get; init; }
    public required string Protocol { get; init; }
    public required string Fill { get; init; }
    public required string Variant { get; init; }
    public required string Personality { get; init; }
    /// <summary>Empty where it is the personality's.</summary>
    public required string Algorithm { get; init; }
    public required double Occupancy { get; init; }
    public required int Held { get; init; }
    public required int Range { get; init; }

    /// <summary>BindEngine.Bind and Close on one socket made beforehand; at 100 % Bind alone.</summary>
    public required Sample Engine { get; init; }
    /// <summary>At 100 %, Bind alone when a holder has changed since the last answer.</summary>
    public Sample? AfterChange { get; init; }
    /// <summary>Octets of heap that one such operation allocated.</summary>
    public required double EngineBytes { get; init; }
    /// <summary>CreateSocket, TryBind and Close.</summary>
    public Sample? Whole { get; init; }
    public double WholeBytes { get; init; }
    /// <summary>socket, bind and close.</summary>
    public Sample? LinuxWhole { get; init; }
    /// <summary>The bind of these alone.</summary>
    public Sample? LinuxBind { get; init; }

    [JsonIgnore]
    public double? Ratio => LinuxWhole?.Nanoseconds / Whole?.Nanoseconds;

    [JsonIgnore]
    public bool IsExhausted => Occupancy >= 100;

    /// <summary>What sets it apart within its table.</summary>
    [JsonIgnore]
    public string Operation => string.Join(", ", new[]
    {
        $"{Protocol} {Fill.ToLowerInvariant()}", Variant == nameof(Ports.Variant.Wildcard) ? "" : Variant,
        Personality == "Linux" ? "" : Personality, Algorithm,
    }.Where(static part => part.Length != 0));
}

/// <summary>Operations a second of all threads together, on one stack.</summary>
internal sealed record ThroughputRow(string Operation, double Occupancy, int Threads, double Median, double Least, double Most, int Runs);

/// <summary>Octets of heap for each bound port: beside the socket object, and with it.</summary>
internal sealed record MemoryRow(string Protocol, string Variant, string Personality, int Ports, double Beside, double With);

/// <summary>All that a run measured.</summary>
internal sealed record PortsReport
{
    public required Machine Machine { get; init; }
    public required bool IsQuick { get; init; }
    public required IReadOnlyList<string> Notes { get; init; }
    public required IReadOnlyList<PortRow> Rows { get; init; }
    public required IReadOnlyList<ThroughputRow> Throughput { get; init; }
    public required IReadOnlyList<MemoryRow> Memory { get; init; }
}
