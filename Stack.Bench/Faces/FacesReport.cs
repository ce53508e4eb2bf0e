using System.Text.Json.Serialization;
using UserNet.Bench.Measuring;

namespace UserNet.Bench.Faces;

/// <summary>One call through one face, and what it comes to in the engine.</summary>
internal sealed record FaceRow
{
    public required string Face { get; init; }
    public required string Call { get; init; }
    /// <summary>The engine alone: of several turns the median, in ns a call.</summary>
    public required Sample Engine { get; init; }
    /// <summary>The same through the face.</summary>
    public required Sample Through { get; init; }
    /// <summary>What the face took more, turn by turn.</summary>
    public required Sample More { get; init; }
    /// <summary>Octets of heap that a call took in the engine.</summary>
    public required double EngineBytes { get; init; }
    /// <summary>And through the face.</summary>
    public required double ThroughBytes { get; init; }

    [JsonIgnore]
    public double MoreBytes => ThroughBytes - EngineBytes;
}

/// <summary>All that a run measured.</summary>
internal sealed record FacesReport
{
    public required Machine Machine { get; init; }
    public required bool IsQuick { get; init; }
    public required IReadOnlyList<string> Notes { get; init; }
    public required IReadOnlyList<FaceRow> Rows { get; init; }
}
