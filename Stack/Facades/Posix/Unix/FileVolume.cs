namespace UserNet.Facades.Posix.Unix;

/// <summary>A file system within a tree: what is mounted at one directory.</summary>
internal sealed class FileVolume
{
    /// <summary>Whoever would change something is answered EROFS.</summary>
    public bool IsReadOnly { get; set; }
}
