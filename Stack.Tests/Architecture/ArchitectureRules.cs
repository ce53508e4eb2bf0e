namespace UserNet.Tests.Architecture;

/// <summary>The folders of the stack, who may use whom, and what none of them may touch.</summary>
/// <param name="root">The namespace that the folders lie in.</param>
internal sealed class ArchitectureRules(string root)
{
    private static readonly string[] Transport =
        ["Doors", "Addressing", "Binding", "Buffers", "Errors", "Time", "Wire"];
    private static readonly string[] UnderLink = ["Doors", "Addressing", "Time", "Errors", "Buffers", "Wire"];
    private static readonly string[] OverIp = [.. UnderLink, "Binding", "Link", "Ip"];
    private static readonly string[] UnderCore = [.. OverIp, "Multicast", "Discovery", "Udp", "Tcp"];
    private static readonly string[] UnderFacades = [.. UnderCore, "Core", "Sockets"];

    /// <summary>The root namespace, written as a folder.</summary>
    public const string Root = "";

    /// <summary>For each folder, lowest first, the others that it may use.</summary>
    /// <remarks>Root, with NetworkStack in it, stands above all but those who set up whole stacks.</remarks>
    public static readonly Dictionary<string, string[]> MayUse = new()
    {
        ["Doors"] = [],
        ["Addressing"] = [],
        ["Time"] = [],
        ["Errors"] = [],
        ["Buffers"] = [],
        ["Binding"] = ["Doors", "Addressing", "Errors", "Time"],
        ["Wire"] = ["Doors", "Addressing", "Buffers"],
        ["Link"] = UnderLink,
        ["Ip"] = [.. UnderLink, "Link", "Binding"],
        // Which groups are listened to (IGMP, MLD), and what hosts and routers of a link tell each other (ND).
        ["Multicast"] = OverIp,
        ["Discovery"] = OverIp,
        ["Udp"] = Transport,
        ["Tcp"] = Transport,
        ["Core"] = UnderCore,
        ["Sockets"] = [.. UnderCore, "Core"],
        // What a link's frames still lack, and its station address, are part of the link's contract.
        ["Capture"] = ["Doors", "Addressing", "Time", "Buffers", "Wire", "Link"],
        [Root] = [.. UnderFacades, "Capture"],
        // What wires, switches and translators do to frames, for any link. A translator's ports are a bind table's.
        ["Emulation"] = [.. UnderLink, "Link", "Binding", "Capture"],
        ["Replay"] = [.. UnderLink, "Link", "Capture"],
        ["Simulation"] = [.. UnderFacades, "Capture", "Emulation", Root],
        ["Facades"] = [.. UnderFacades, Root],
    };

    // Types, or single members of them, that let time, chance or threads in past the doors.
    private static readonly string[] Banned =
    [
        "System.DateTime.get_Now", "System.DateTime.get_UtcNow", "System.DateTime.get_Today",
        "System.DateTimeOffset.get_Now", "System.DateTimeOffset.get_UtcNow",
        "System.Environment.get_TickCount", "System.Environment.get_TickCount64",
        "System.Diagnostics.Stopwatch", "System.Random", "System.Guid.NewGuid", "System.Guid.CreateVersion7",
        "System.Threading.Thread", "System.Threading.ThreadPool", "System.Threading.Timer",
        "System.Threading.PeriodicTimer", "System.Timers.Timer", "System.Threading.CancellationTokenSource.CancelAfter",
        "System.Threading.Tasks.Task.Run", "System.Threading.Tasks.Task.Delay",
        "System.Threading.Tasks.TaskFactory", "System.Threading.Tasks.Parallel",
        "System.HashCode", "System.String.GetHashCode", "System.StringComparer.GetHashCode",
    ];

    // Allowed where the doors' defaults are chosen.
    private static readonly string[] Defaults =
        ["System.Security.Cryptography.RandomNumberGenerator", "System.TimeProvider.get_System"];

    /// <summary>The folder of a type, or null when it lies outside the root.</summary>
    public string? FolderOf(TypeName type)
    {
        if (type.Namespace == root) return Root;
        return type.Namespace.StartsWith(root + ".", StringComparison.Ordinal)
            ? type.Namespace[(root.Length + 1)..].Split('.')[0]
            : null;
    }

    /// <summary>References to folders that are not to be used from where they stand.</summary>
    public IEnumerable<string> WrongWays(AssemblyScan scan) =>
        from reference in scan.References
        let @from = FolderOf(reference.From)
        let to = FolderOf(reference.To)
        where @from is not null && to is not null && @from != to
        where !MayUse.TryGetValue(@from, out string[]? allowed) || !allowed.Contains(to)
        select reference.ToString();

    /// <summary>Folders that the table does not know.</summary>
    public IEnumerable<string> UnknownFolders(AssemblyScan scan) =>
        scan.References.Select(reference => FolderOf(reference.From)).OfType<string>().Distinct()
            .Where(folder => !MayUse.ContainsKey(folder));

    /// <summary>
    /// Uses of clocks, chance, threads, timers and of hash codes that differ from process to process.
    /// </summary>
    public IEnumerable<string> BannedUses(AssemblyScan scan) =>
        from reference in scan.References
        let folder = FolderOf(reference.From)
        where folder is not null
        where IsAmong(Banned, reference) || IsObjectHash(reference)
            || (folder is not (Root or "Doors") && IsAmong(Defaults, reference))
        where !IsAllowed(reference)
        select reference.ToString();

    /// <summary>State that two stacks in one process would share.</summary>
    public IEnumerable<string> MutableStatics(AssemblyScan scan) =>
        Within(scan.MutableStatics);

    /// <summary>P/Invokes, pointers, function pointers and pinned locals.</summary>
    public IEnumerable<string> UnsafeCode(AssemblyScan scan) =>
        Within(scan.PlatformInvokes.Concat(scan.Pointers)).Distinct();

    private IEnumerable<string> Within(IEnumerable<(TypeName Type, string Name)> members) =>
        from member in members
        where FolderOf(member.Type) is not null
        select $"{member.Type}.{member.Name}";

    // The gate of a stack waits by spinning: what is waited for is a call of another thread, never the clock.
    private static bool IsAllowed(Reference reference) =>
        reference.Member == "SpinWait" && reference.From.ToString() == "UserNet.Core.Gate";

    private static bool IsAmong(string[] names, Reference reference) =>
        names.Contains(reference.To.ToString()) || names.Contains($"{reference.To}.{reference.Member}");

    // What the compiler makes of text.GetHashCode(), or of that of any other object: never the same in two processes.
    private static bool IsObjectHash(Reference reference) =>
        reference.IsDispatched && reference.Member == "GetHashCode" && reference.To == new TypeName("System", "Object");
}
