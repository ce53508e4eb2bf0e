using System.Diagnostics;
using Xunit;

namespace UserNet.Tests.Infrastructure;

/// <summary>What a process says, and that it leaves nothing behind when it is slow.</summary>
internal static class ProcessOutput
{
    /// <summary>All of its standard output; the test fails when the process does, or takes longer than the limit.</summary>
    /// <param name="process">Both of its outputs are redirected.</param>
    /// <param name="limit">How long it may take.</param>
    /// <param name="what">The command, for the message of a failure.</param>
    public static async Task<string> OfAsync(Process process, TimeSpan limit, string what)
    {
        using var source = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        source.CancelAfter(limit);
        try
        {
            Task<string> output = process.StandardOutput.ReadToEndAsync(source.Token);
            Task<string> errors = process.StandardError.ReadToEndAsync(source.Token);
            await process.WaitForExitAsync(source.Token);
            string text = await output;
            Assert.True(process.ExitCode == 0, $"{what}:\n{text}{await errors}");
            return text;
        }
        finally
        {
            if (!process.HasExited) process.Kill(entireProcessTree: true);
        }
    }
}
