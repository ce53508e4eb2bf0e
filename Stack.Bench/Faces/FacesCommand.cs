using System.CommandLine;
using UserNet.Bench.Measuring;

namespace UserNet.Bench.Faces;

/// <summary><c>faces</c>: what each face adds to the calls of the engine.</summary>
internal static class FacesCommand
{
    public static Command Create() =>
        new ReportCommand<FacesReport>("faces", "Calls through each face, beside the engine alone: ns and octets of heap.")
        {
            Measure = static (isQuick, progress) => new FacesRun(new FacesPlan(isQuick), progress).Run(),
            Print = FacesTables.Print,
            Page = "benchmarks.md",
            UpdatePage = FacesMarkdown.Update,
        }.Create();
}
