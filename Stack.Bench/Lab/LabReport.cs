using System.Text.Json.Serialization;
using UserNet.Bench.Measuring;

namespace UserNet.Bench.Lab;

/// <summary>A virtual network that ran; times in seconds.</summary>
internal sealed record LabRow
{
    public required string What { get; init; }
    public required double Virtual { get; init; }
    public required double Built { get; init; }
    /// <summary>With what it took to build it.</summary>
    public required double Real { get; init; }
    public required long Events { get; init; }
    public required long Pings { get; init; }
    public required long Echoes { get; init; }
    public required long Requests { get; init; }
    public required long Answers { get; init; }

    [JsonIgnore]
    public double EventsPerSecond => Events / (Real - Built);
}

/// <summary>All that a run measured.</summary>
internal sealed record LabReport
{
    public required Machine Machine { get; init; }
    public required bool IsQuick { get; init; }
    public required IReadOnlyList<LabRow> Rows { get; init; }
}
