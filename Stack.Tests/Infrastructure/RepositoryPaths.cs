using System.Runtime.CompilerServices;

namespace UserNet.Tests;

/// <summary>Where the sources lie that the tests were built from.</summary>
public static class RepositoryPaths
{
    /// <summary>The folder of UserNet.sln.</summary>
    public static string Root { get; } = Path.GetFullPath(Path.Combine(Here(), "..", ".."));

    private static string Here([CallerFilePath] string path = "") => Path.GetDirectoryName(path)!;
}
