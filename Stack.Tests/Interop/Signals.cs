using System.Runtime.InteropServices;

namespace UserNet.Tests.Interop;

/// <summary>Signals to processes that a test has started, and the number of a thread.</summary>
internal static partial class Signals
{
    public const int Interrupt = 2, Terminate = 15;      // SIGINT, SIGTERM

    [LibraryImport("libc", EntryPoint = "kill", SetLastError = true)]
    public static partial int Send(int process, int signal);

    /// <summary>The number by which the kernel knows this thread, as <c>ip link set ... netns</c> takes it.</summary>
    [LibraryImport("libc", EntryPoint = "gettid")]
    public static partial int ThreadNumber();
}
