using UserNet.Drill;

namespace UserNet.Tests.Drill;

/// <summary>A script of ours.</summary>
/// <param name="Path">Where it lies.</param>
/// <param name="Name">Its path below the folder of the scripts, with slashes.</param>
/// <param name="Profile">Whose manners it is about.</param>
internal sealed record OurScript(string Path, string Name, DrillProfile Profile)
{
    /// <summary>Its topic: the folder that it lies in, <c>freebsd/</c> included.</summary>
    public string Topic => string.Join('/', Name.Split('/')[..(Profile == DrillProfile.FreeBsd ? 2 : 1)]);
}

/// <summary>Where our scripts lie, and which there are.</summary>
internal static class OurScripts
{
    private const string FreeBsd = "freebsd/";

    /// <summary>The folder of them all.</summary>
    public static string Folder { get; } = Path.Combine(RepositoryPaths.Root, "Stack.Tests", "Drill", "Scripts");

    /// <summary>All of them by name.</summary>
    public static IReadOnlyList<OurScript> All { get; } = [.. DrillSuite.Find([Folder]).Select(Of)];

    private static OurScript Of(string path)
    {
        string name = Path.GetRelativePath(Folder, path).Replace('\\', '/');
        return new OurScript(path, name, name.StartsWith(FreeBsd, StringComparison.Ordinal) ? DrillProfile.FreeBsd : DrillProfile.Linux);
    }
}
