using System.Text.Json.Serialization;
using UserNet.Bench.Measuring;

namespace UserNet.Bench.Wire;

/// <summary>Two sockets in memory, moved by one thread.</summary>
internal sealed record MemoryRow
{
    public required string Way { get; init; }
    public IpFamily Family { get; init; }
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

/// <summary>Echoes between sockets whose calls block: of several runs the medians.</summary>
internal sealed record EchoRow
{
    public required string Path { get; init; }
    public IpFamily Family { get; init; }
    public required int Octets { get; init; }
    /// <summary>Of the medians of the runs, in ns.</summary>
    public required Sample Median { get; init; }
    /// <summary>Of what 99 % of a run's echoes took at most, in ns.</summary>
    public required Sample P99 { get; init; }
    /// <summary>Of the whole process for one echo, the kernel's work for it included, in ns.</summary>
    public required double Cpu { get; init; }
    /// <summary>Of all runs.</summary>
    public required int Lost { get; init; }
}

/// <summary>One way as fast as it goes: of several runs the medians, in ns a datagram.</summary>
internal sealed record FloodRow
{
    public required string Path { get; init; }
    public IpFamily Family { get; init; }
    public required int Octets { get; init; }
    public required Sample Sent { get; init; }
    public required Sample Received { get; init; }
    /// <summary>Of the whole process for one that was received.</summary>
    public required double Cpu { get; init; }
}

/// <summary>All that a run measured.</summary>
internal sealed record WireReport
{
    public required Machine Machine { get; init; }
    public required bool IsQuick { get; init; }
    public required IReadOnlyList<string> Notes { get; init; }
    public required IReadOnlyList<MemoryRow> Memory { get; init; }
    public required IReadOnlyList<EchoRow> Echoes { get; init; }
    public required IReadOnlyList<FloodRow> Floods { get; init; }
}
