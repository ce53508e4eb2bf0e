using System.Globalization;

namespace UserNet.Bench.Linux;

/// <summary>
/// The running kernel as the thing to compare with: where its sockets are opened, and with which range.
/// </summary>
/// <param name="First">The first ephemeral port.</param>
/// <param name="Last">The last one.</param>
/// <param name="SocketsPerTable">
/// How many sockets a table of open files holds, besides what else the process has open.
/// </param>
/// <param name="Note">Where and how it was measured, or why not.</param>
/// <param name="IsThere">True when there is something to compare with.</param>
internal sealed record LinuxHost(int First, int Last, int SocketsPerTable, string Note, bool IsThere)
{
    private const int OtherFiles = 500;

    public int Range => Last - First + 1;

    /// <summary>A host that is not measured.</summary>
    public static LinuxHost Absent(string reason) => new(0, 0, 0, $"Linux not measured: {reason}.", false);

    /// <summary>Prepares the calling thread; all Linux sockets must be opened on it.</summary>
    public static LinuxHost Enter()
    {
        if (!OperatingSystem.IsLinux()) return Absent("this is another system");
        string where = "in the current network namespace (not root, so other programs' sockets count too)";
        if (Environment.IsPrivilegedProcess)
        {
            LibC.EnterNewNamespace();
            where = "in a network namespace of its own";
        }

        string[] bounds = File.ReadAllText("/proc/sys/net/ipv4/ip_local_port_range")
            .Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries);
        int first = int.Parse(bounds[0], CultureInfo.InvariantCulture), last = int.Parse(bounds[1], CultureInfo.InvariantCulture);
        int files = LibC.RaiseFiles(last - first + 1 + OtherFiles);
        if (files < 2 * OtherFiles) return Absent($"only {files} files may be open (RLIMIT_NOFILE)");
        return new LinuxHost(first, last, files - OtherFiles, $"Linux measured {where}, ports {first} to {last}.", true);
    }
}
