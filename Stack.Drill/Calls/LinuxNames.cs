namespace UserNet.Drill.Calls;

/// <summary>The names that Linux's headers have for numbers, with the values of x86-64.</summary>
internal static partial class LinuxNames
{
    /// <summary>All of them but errors.</summary>
    public static IEnumerable<(string Name, long Value)> All => [.. Sockets, .. SocketOptions, .. TcpOptions, .. IpOptions, .. Files];

    /// <summary>Those of errors, which are the same for every profile: machines answer with Linux's.</summary>
    public static IEnumerable<(string Name, long Value)> AllErrors => Errors;
}
