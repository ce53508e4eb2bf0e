using Xunit;

namespace UserNet.Tests.Facades.Posix.Unix;

/// <summary>
/// Scripts of calls whose answers Linux 6.18 gave, in namespaces of its own and as several users: each line is answered the same here.
/// </summary>
public sealed class UnixScriptTests
{
    private static readonly Dictionary<string, string[]> Scripts = Read();

    public static TheoryData<string> Titles() => [.. Scripts.Keys];

    [Theory]
    [MemberData(nameof(Titles))]
    public void Each_call_is_answered_as_the_kernel_answered_it(string title)
    {
        using var script = new UnixScript();
        foreach (string line in Scripts[title])
        {
            string call = line[..line.IndexOf(" -> ", StringComparison.Ordinal)];
            Assert.Equal(line, $"{call} -> {script.Run(call)}");
        }
    }

    [Fact]
    public void The_scripts_bring_about_every_error_of_bind_but_those_of_other_families()
    {
        // EIO is not among them: a disk's fault is injected, in FileTreeTests. EDESTADDRREQ is POSIX's alone. EADDRNOTAVAIL and
        // EAFNOSUPPORT are never of AF_UNIX on Linux, which says EINVAL to another family.
        string[] wanted =
        [
            "EACCES", "EADDRINUSE", "EBADF", "EINVAL", "ELOOP", "ENAMETOOLONG", "ENOENT", "ENOTDIR", "EROFS",
        ];
        HashSet<string> told = Scripts.Values.SelectMany(lines => lines).Where(line => line.StartsWith("bind ", StringComparison.Ordinal))
            .Select(line => line[(line.LastIndexOf(' ') + 1)..]).ToHashSet();
        Assert.Empty(wanted.Except(told));
    }

    private static Dictionary<string, string[]> Read()
    {
        using Stream stream = typeof(UnixScriptTests).Assembly.GetManifestResourceStream("unix-scripts.txt")!;
        using var reader = new StreamReader(stream);
        return reader.ReadToEnd().Split("\n\n", StringSplitOptions.RemoveEmptyEntries)
            .Select(block => block.Trim().Split('\n'))
            .ToDictionary(lines => lines[0].TrimStart('#', ' '), lines => lines[1..]);
    }
}
