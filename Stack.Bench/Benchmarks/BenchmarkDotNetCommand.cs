using System.CommandLine;
using BenchmarkDotNet.Columns;
using BenchmarkDotNet.Configs;
using BenchmarkDotNet.Jobs;
using BenchmarkDotNet.Loggers;
using BenchmarkDotNet.Reports;
using BenchmarkDotNet.Running;
using BenchmarkDotNet.Toolchains.InProcess.Emit;

namespace UserNet.Bench.Benchmarks;

/// <summary><c>bdn</c>: single calls under BenchmarkDotNet, whose arguments follow.</summary>
internal static class BenchmarkDotNetCommand
{
    private static readonly Option<bool> Quick = new("--quick")
    {
        Description = "Run every benchmark once, in this process, to see that it works; its times mean nothing.",
    };

    public static Command Create()
    {
        var command = new Command("bdn", "Single calls under BenchmarkDotNet, e.g.: bdn --filter '*Find*'") { Quick };
        command.TreatUnmatchedTokensAsErrors = false;
        command.SetAction(static options => Run(options.GetValue(Quick), [.. options.UnmatchedTokens]));
        return command;
    }

    private static int Run(bool isQuick, string[] arguments)
    {
        if (arguments.Length == 0 && (isQuick || Console.IsInputRedirected)) arguments = ["--filter", "*"];
        string scratch = Path.Combine(Path.GetTempPath(), $"usernet-bench-{Environment.ProcessId}");
        IConfig config = isQuick ? Once().WithArtifactsPath(scratch) : DefaultConfig.Instance;
        Summary[] summaries = [.. BenchmarkSwitcher.FromAssembly(typeof(BenchmarkDotNetCommand).Assembly).Run(arguments, config)];
        if (Directory.Exists(scratch)) Directory.Delete(scratch, recursive: true);
        bool isGood = summaries.Length > 0 && summaries.All(
            static summary => !summary.HasCriticalValidationErrors && summary.Reports.All(static report => report.Success));
        Console.WriteLine($"{summaries.Sum(static summary => summary.Reports.Length)} benchmarks{(isGood ? "" : ", not all of which ran")}.");
        return isGood ? 0 : 1;
    }

    private static ManualConfig Once() => ManualConfig.CreateEmpty()
        .AddJob(Job.Dry.WithToolchain(InProcessEmitToolchain.Instance))
        .AddColumnProvider(DefaultColumnProviders.Instance)
        .AddLogger(new ErrorLogger());

    /// <summary>Says what went wrong and nothing else.</summary>
    private sealed class ErrorLogger : ILogger
    {
        public string Id => nameof(ErrorLogger);

        public int Priority => 0;

        public void Write(LogKind logKind, string text)
        {
            if (logKind == LogKind.Error) Console.Error.Write(text);
        }

        public void WriteLine()
        {
            // a line of its own is no error
        }

        public void WriteLine(LogKind logKind, string text) => Write(logKind, text + Environment.NewLine);

        public void Flush()
        {
            // nothing is kept back
        }
    }
}
