using System.Diagnostics;
using System.Globalization;
using System.Runtime.InteropServices;

namespace UserNet.Bench.Measuring;

/// <summary>On what was measured, of what and when.</summary>
internal sealed record Machine(string Processor, int Cores, string Kernel, string Runtime, string Commit, string Date)
{
    public static Machine Describe() => new(
        ProcessorName(), Environment.ProcessorCount, KernelName(), RuntimeInformation.FrameworkDescription,
        CommitName(), DateTime.UtcNow.ToString("yyyy-MM-dd HH:mm 'UTC'", CultureInfo.InvariantCulture));

    public override string ToString() => $"{Processor}, {Cores} cores; {Kernel}; {Runtime}; commit {Commit}; {Date}";

    private static string ProcessorName()
    {
        if (!File.Exists("/proc/cpuinfo")) return RuntimeInformation.ProcessArchitecture.ToString();
        foreach (string line in File.ReadLines("/proc/cpuinfo"))
            if (line.StartsWith("model name", StringComparison.Ordinal))
                return line[(line.IndexOf(':', StringComparison.Ordinal) + 1)..].Trim();
        return RuntimeInformation.ProcessArchitecture.ToString();
    }

    private static string KernelName()
    {
        const string Release = "/proc/sys/kernel/osrelease";
        return File.Exists(Release)
            ? "Linux " + File.ReadAllText(Release).Trim()
            : RuntimeInformation.OSDescription.Trim();
    }

    /// <summary>
    /// The commit as git names it, with a plus where the sources differ from it; "unknown" outside of a repository.
    /// </summary>
    private static string CommitName()
    {
        try
        {
            string commit = Git("rev-parse --short=10 HEAD");
            if (commit.Length == 0) return "unknown";
            return Git("status --porcelain -- *.cs *.csproj *.props").Length == 0 ? commit : commit + "+";
        }
        catch (System.ComponentModel.Win32Exception)
        {
            return "unknown";      // no git here
        }
    }

    private static string Git(string arguments)
    {
        using Process git = Process.Start(new ProcessStartInfo("git", arguments)
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        })!;
        string output = git.StandardOutput.ReadToEnd();
        git.WaitForExit();
        return git.ExitCode == 0 ? output.Trim() : "";
    }
}
