using System.Collections;
using System.Diagnostics;
using UserNet.Tests.Infrastructure;

namespace UserNet.Tests;

/// <summary>Runs the SDK's command line in a process of its own and leaves none behind.</summary>
public static class DotnetCommand
{
    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(2);

    /// <summary>What the command wrote to its standard output; the test fails when the command does.</summary>
    public static Task<string> RunAsync(string folder, params string[] arguments) => RunAsync(folder, Limit, arguments);

    /// <summary>The same for a command that takes long.</summary>
    public static async Task<string> RunAsync(string folder, TimeSpan limit, params string[] arguments)
    {
        string dotnet = Environment.GetEnvironmentVariable("DOTNET_HOST_PATH") ?? "dotnet";
        var start = new ProcessStartInfo(dotnet, arguments)
        {
            WorkingDirectory = folder,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        Isolate(start);
        using Process process = Process.Start(start)!;
        return await ProcessOutput.OfAsync(process, limit, $"dotnet {string.Join(' ', arguments)}");
    }

    // Nothing of the build or the runner that the tests run under, and no server that would outlive the command.
    private static void Isolate(ProcessStartInfo start)
    {
        foreach (DictionaryEntry variable in Environment.GetEnvironmentVariables())
        {
            string name = (string)variable.Key;
            if (name.StartsWith("MSBUILD", StringComparison.OrdinalIgnoreCase)
                || name.StartsWith("TESTINGPLATFORM", StringComparison.OrdinalIgnoreCase))
            {
                start.Environment.Remove(name);
            }
        }

        start.Environment["MSBUILDDISABLENODEREUSE"] = "1";
        start.Environment["DOTNET_CLI_USE_MSBUILD_SERVER"] = "0";
        start.Environment["UseSharedCompilation"] = "false";
        start.Environment["DOTNET_CLI_TELEMETRY_OPTOUT"] = "1";
        start.Environment["DOTNET_NOLOGO"] = "1";
    }
}
