using System.Text.Json.Serialization;
using UserNet.Bench.Measuring;

namespace UserNet.Bench.Wire;

/// <summary>Two sockets in memory, moved by one thread.</summary>
internal sealed record MemoryRow
{
    public required string Way { get; init; }
    /// <summary>That a datagram carries.</summary>
    public required int Octets { get; init; }
    /// <summary>Other sockets of the server's host that have a port.</summary>
    public required int Beside { get; init; }
    /// <summary>There and back, one datagram at a time.</summary>
    public required Sample Echo { get; init; }
    /// <summary>Octets of heap that a packet of an echo allocated.</summary>
    public required double EchoBytes { get; init; }
    /// <summary>One packet of a flood.</summary>
    public required Sample Flood { get; init; }
    public required double FloodBytes { get; init; }

    /// <summary>From the sender's socket to the receiver's, in ns.</summary>
    [JsonIgnore]
    public double EchoPacket => Echo.Nanoseconds / 2;
}

/// <summary>All that a run measured.</summary>
internal sealed record WireReport
{
    public required Machine Machine { get; init; }
    public required bool IsQuick { get; init; }
    public required IReadOnlyList<string> Notes { get; init; }
    public required IReadOnlyList<MemoryRow> Memory { get; init; }
}
