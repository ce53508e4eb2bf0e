namespace UserNet.Tests;

/// <summary>A folder of its own for one test, gone when the test is over, however it ends.</summary>
public sealed class TemporaryFolder : IDisposable
{
    /// <summary>Its full name.</summary>
    public string Name { get; } = Directory.CreateTempSubdirectory("usernet-").FullName;

    /// <summary>Writes a file in it, with the folders that lead there.</summary>
    public void Write(string path, string text)
    {
        string file = Path.Combine(Name, path);
        Directory.CreateDirectory(Path.GetDirectoryName(file)!);
        File.WriteAllText(file, text);
    }

    /// <inheritdoc/>
    public void Dispose() => Directory.Delete(Name, recursive: true);
}
