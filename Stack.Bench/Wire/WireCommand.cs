using System.CommandLine;
using UserNet.Bench.Measuring;

namespace UserNet.Bench.Wire;

/// <summary><c>wire</c>: what a packet costs, in memory, and over devices beside the kernel's own way.</summary>
internal static class WireCommand
{
    public static Command Create() =>
        new ReportCommand<WireReport>("wire", "Packets a second and echoes, in memory and over devices, beside Linux.")
        {
            Measure = static (isQuick, progress) => new WireRun(new WirePlan(isQuick), progress).Run(),
            Print = WireTables.Print,
            Page = "README.md",
            UpdatePage = WireMarkdown.Update,
        }.Create();
}
