using System.Runtime.InteropServices;

namespace UserNet.Drill.Live;

/// <summary>The kernel did not let a machine be made, or work.</summary>
internal sealed class LiveException : Exception
{
    /// <summary>Something failed.</summary>
    /// <param name="what">What was to be done, as in "make a namespace".</param>
    /// <param name="errno">Why not.</param>
    public LiveException(string what, int errno) : base($"Can't {what}: {Marshal.GetPInvokeErrorMessage(errno)}.") => Number = errno;

    /// <summary>The errno.</summary>
    public int Number { get; }
}
