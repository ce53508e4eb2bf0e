using System.Text.Json.Serialization;
using UserNet.Bench.Measuring;

namespace UserNet.Bench.Tcp;

/// <summary>One connection as fast as it goes: ns for 1,460 octets, which is a full segment at an MTU of 1,500.</summary>
internal sealed record BulkRow
{
    public const int Unit = 1460;

    public required string Path { get; init; }
    public IpFamily Family { get; init; }
    public required Sample Time { get; init; }
    /// <summary>Of the whole process, for as many octets, outside of the kernel and within, in ns.</summary>
    public required double User { get; init; }
    public required double Kernel { get; init; }
    /// <summary>Octets of heap for each segment or burst that was sent, acknowledgments included; null where it can't be told.</summary>
    public double? Bytes { get; init; }

    [JsonIgnore]
    public double Gigabits => GigabitsOf(Time.Nanoseconds);

    public static double GigabitsOf(double nanoseconds) => Unit * 8 / nanoseconds;

    public static BulkRow Of(StreamPath path, IReadOnlyList<BulkRun> runs) => new()
    {
        Path = path.Name,
        Family = path.Family,
        Time = Sample.Of([.. runs.Select(static run => run.Time)], 1),
        User = Sample.Of([.. runs.Select(static run => run.User)], 1).Nanoseconds,
        Kernel = Sample.Of([.. runs.Select(static run => run.Kernel)], 1).Nanoseconds,
    };
}

/// <summary>Connect, accept, close and close: ns for one.</summary>
internal sealed record ConnectRow
{
    public required string Path { get; init; }
    public IpFamily Family { get; init; }
    /// <summary>How many are under way at a time.</summary>
    public required int Threads { get; init; }
    public required Sample Time { get; init; }
    public required double User { get; init; }
    public required double Kernel { get; init; }
    /// <summary>Octets of heap for one, at both ends; null where it can't be told.</summary>
    public double? Bytes { get; init; }

    public static ConnectRow Of(StreamPath path, int threads, IReadOnlyList<ConnectRun> runs) => new()
    {
        Path = path.Name,
        Family = path.Family,
        Threads = threads,
        Time = Sample.Of([.. runs.Select(static run => run.Time)], 1),
        User = Sample.Of([.. runs.Select(static run => run.User)], 1).Nanoseconds,
        Kernel = Sample.Of([.. runs.Select(static run => run.Kernel)], 1).Nanoseconds,
    };
}

/// <summary>One octet there and back: of several runs the medians, in ns.</summary>
internal sealed record EchoRow
{
    public required string Path { get; init; }
    public IpFamily Family { get; init; }
    public required Sample Median { get; init; }
    public required Sample P99 { get; init; }
    /// <summary>Of the whole process for one.</summary>
    public required double Cpu { get; init; }

    public static EchoRow Of(StreamPath path, IReadOnlyList<EchoRun> runs) => new()
    {
        Path = path.Name,
        Family = path.Family,
        Median = Sample.Of([.. runs.Select(static run => run.Median)], 1),
        P99 = Sample.Of([.. runs.Select(static run => run.P99)], 1),
        Cpu = Sample.Of([.. runs.Select(static run => run.Cpu)], 1).Nanoseconds,
    };
}

/// <summary>What an open connection holds on to while nothing happens.</summary>
internal sealed record HeapRow
{
    public required string What { get; init; }
    public IpFamily Family { get; init; }
    public required int Connections { get; init; }
    /// <summary>Octets of heap that one end takes, its socket included.</summary>
    public required double Fresh { get; init; }
    /// <summary>The same once each has sent and received.</summary>
    public required double Used { get; init; }
}

/// <summary>All that a run measured.</summary>
internal sealed record TcpReport
{
    public required Machine Machine { get; init; }
    public required bool IsQuick { get; init; }
    public required IReadOnlyList<string> Notes { get; init; }
    public required IReadOnlyList<BulkRow> Bulk { get; init; }
    public required IReadOnlyList<ConnectRow> Connects { get; init; }
    public required IReadOnlyList<EchoRow> Echoes { get; init; }
    public required IReadOnlyList<HeapRow> Heap { get; init; }
}

/// <summary>One run, in ns for <see cref="BulkRow.Unit"/> octets.</summary>
internal sealed record BulkRun(double Time, double User, double Kernel)
{
    public static BulkRun Of(long octets, TimeSpan taken, CpuTime cpu)
    {
        if (octets == 0) throw new InvalidOperationException("Nothing arrived.");
        double units = octets / (double)BulkRow.Unit;
        return new BulkRun(taken.TotalNanoseconds / units, cpu.User.TotalNanoseconds / units, cpu.Kernel.TotalNanoseconds / units);
    }
}

/// <summary>One run, in ns for a connection.</summary>
internal sealed record ConnectRun(double Time, double User, double Kernel);

/// <summary>One run, in ns for an echo.</summary>
internal sealed record EchoRun(double Median, double P99, double Cpu);
