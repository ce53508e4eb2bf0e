using System.CommandLine;
using UserNet.Bench.Measuring;

namespace UserNet.Bench.Tcp;

/// <summary><c>tcp</c>: streams, in memory and over devices, beside the kernel's own way.</summary>
internal static class TcpCommand
{
    public static Command Create() =>
        new ReportCommand<TcpReport>("tcp", "Throughput, connections a second, latency and memory of streams, beside Linux.")
        {
            Measure = static (isQuick, progress) => new TcpRun(new TcpPlan(isQuick), progress).Run(),
            Print = TcpTables.Print,
            Page = "benchmarks.md",
            UpdatePage = TcpMarkdown.Update,
        }.Create();
}
