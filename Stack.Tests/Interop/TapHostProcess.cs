using System.Diagnostics;

namespace UserNet.Tests.Interop;

/// <summary>samples/TapHost as a process in this thread's namespace.</summary>
internal sealed class TapHostProcess : IDisposable
{
    private const int Patience = 60_000;
    private readonly Process _process;
    private readonly Task<string> _errors;

    public TapHostProcess(params string[] arguments)
    {
        var start = new ProcessStartInfo(Path.Combine(AppContext.BaseDirectory, "TapHost"), arguments)
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        if (Path.GetDirectoryName(Environment.GetEnvironmentVariable("DOTNET_HOST_PATH")) is { Length: > 0 } root)
            start.Environment["DOTNET_ROOT"] = root;
        _process = Process.Start(start)!;
        _errors = _process.StandardError.ReadToEndAsync();
    }

    /// <summary>The next line that it prints; null at the end.</summary>
    public string? ReadLine()
    {
        Task<string?> line = _process.StandardOutput.ReadLineAsync();
        return line.Wait(Patience) ? line.Result : throw new TimeoutException("TapHost prints nothing.");
    }

    public void Signal(int signal) => _ = Signals.Send(_process.Id, signal);

    /// <summary>Waits for its end: the exit code, and what else it printed.</summary>
    public (int Code, string Output, string Errors) WaitForEnd()
    {
        Task<string> output = _process.StandardOutput.ReadToEndAsync();
        if (!_process.WaitForExit(Patience)) throw new TimeoutException("TapHost does not end.");
        return (_process.ExitCode, output.Result, _errors.Result);
    }

    public void Dispose()
    {
        if (!_process.HasExited) _process.Kill(entireProcessTree: true);
        _process.Dispose();
    }
}
