using System.ComponentModel;
using System.Diagnostics;
using UserNet.Tests.Infrastructure;

namespace UserNet.Tests.Capture;

/// <summary>A command of the machine, which leaves nothing behind when it is slow.</summary>
internal static class Tool
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(60);

    /// <summary>True when the command can be run here.</summary>
    public static bool IsThere(string name)
    {
        try
        {
            using Process process = Start(name, ["--version"]);
            process.WaitForExit(Limit);
            return true;
        }
        catch (Win32Exception)
        {
            return false;
        }
    }

    /// <summary>What it wrote to its standard output; the test fails when the command does.</summary>
    public static async Task<string> RunAsync(string name, params string[] arguments)
    {
        using Process process = Start(name, arguments);
        return await ProcessOutput.OfAsync(process, Limit, $"{name} {string.Join(' ', arguments)}");
    }

    /// <summary>Starts it; its output is for the caller to read.</summary>
    public static Process Start(string name, IEnumerable<string> arguments)
    {
        var start = new ProcessStartInfo(name, arguments) { RedirectStandardOutput = true, RedirectStandardError = true };
        start.Environment["TZ"] = "UTC";
        return Process.Start(start)!;
    }
}
