using System.Text.RegularExpressions;
using UserNet.Addressing;
using Xunit;

namespace UserNet.Tests.Architecture;

public sealed partial class ArchitectureTests
{
    private static readonly AssemblyScan Stack = new(typeof(InetAddress).Assembly);
    private static readonly AssemblyScan Tests = new(typeof(ArchitectureTests).Assembly);
    private readonly ArchitectureRules _rules = new("UserNet");
    private readonly ArchitectureRules _fixture = new("UserNet.Tests.Architecture.Fixture");

    [Fact]
    public void A_folder_uses_only_the_folders_it_may()
    {
        Assert.Empty(_rules.UnknownFolders(Stack));
        Assert.Empty(_rules.WrongWays(Stack));
    }

    [Fact]
    public void Time_and_chance_come_in_by_the_doors_and_no_thread_starts() => Assert.Empty(_rules.BannedUses(Stack));

    [Fact]
    public void Stacks_share_no_state() => Assert.Empty(_rules.MutableStatics(Stack));

    [Fact]
    public void The_stack_is_managed_code_only()
    {
        Assert.Empty(_rules.UnsafeCode(Stack));
        Assert.False(Stack.IsUnverifiable);
    }

    [Fact]
    public void The_stack_references_the_base_class_library_only()
    {
        string framework = Path.GetDirectoryName(typeof(object).Assembly.Location)!;
        Assert.NotEmpty(Stack.AssemblyReferences);
        Assert.DoesNotContain(Stack.AssemblyReferences, name => !File.Exists(Path.Combine(framework, $"{name}.dll")));
    }

    [Fact]
    public void A_file_s_namespace_is_its_folder()
    {
        string folder = Path.Combine(RepositoryPaths.Root, "Stack");
        Assert.SkipUnless(Directory.Exists(folder), "Not run where it was built.");
        foreach (string file in Directory.EnumerateFiles(folder, "*.cs", SearchOption.AllDirectories))
        {
            string[] path = Path.GetRelativePath(folder, file).Split(Path.DirectorySeparatorChar);
            if (path[0] is "obj" or "bin") continue;
            string expected = string.Join('.', path[..^1].Prepend("UserNet"));
            Match declared = NamespaceLine().Match(File.ReadAllText(file));
            Assert.True(declared.Success && declared.Groups[1].Value == expected, $"{file}: not in {expected}");
        }
    }

    // The checks must be able to fail: a fixture breaks every rule, and every breach is found where it is.

    [Fact]
    public void The_check_sees_references_in_declarations_and_in_code()
    {
        string[] found = [.. _fixture.WrongWays(Tests).Select(Shorten)];
        string[] expected =
        [
            "Doors.ByBase -> Binding.Table", "Doors.ByInterface -> Binding.ITable",
            "Doors.ByField.Table -> Binding.Table",
            "Doors.ByTypeArgument.Tables -> Binding.Table", "Doors.ByConstraint`1 -> Binding.ITable",
            "Doors.ByAttribute -> Binding.TableAttribute", "Doors.BySignature.Take -> Binding.Table",
            "Doors.ByArray.Take -> Binding.Table", "Doors.ByNew.Make -> Binding.Table..ctor",
            "Doors.ByStaticCall.Call -> Binding.Table.Count", "Doors.ByStaticField.Read -> Binding.Table.Size",
            "Doors.ByTypeOf.Name -> Binding.Table", "Doors.ByGenericCall.Make -> Binding.Table",
            "Doors.ByCast.Is -> Binding.Table", "Doors.ByCatch.Try -> Binding.TableException",
            "Doors.ByLambda+<>c.<Make>b__0_0 -> Binding.Table..ctor",
            "Doors.ByAsync+<Make>d__0.MoveNext -> Binding.Table..ctor",
            "Doors.ByNested+Inner.Make -> Binding.Table..ctor", "Doors.ByNestedTarget.Read -> Binding.Table+Row.Width",
        ];
        Assert.All(expected, breach => Assert.Contains(breach, found));
        Assert.DoesNotContain(found, breach => breach.StartsWith("Binding", StringComparison.Ordinal));
        Assert.Equal(["Cellar"], _fixture.UnknownFolders(Tests));
    }

    [Fact]
    public void The_check_sees_clocks_chance_threads_and_random_hashes()
    {
        string[] found = [.. _fixture.BannedUses(Tests).Select(Shorten)];
        string[] members =
        [
            "Now", "UtcNow", "OffsetNow", "OffsetUtcNow", "Watch", "Ticks", "Ticks64", "Dice", "Fresh", "StartThread",
            "Queue", "RunTask", "DelayTask", "Tick", "Period", "Sleep", "TextHash", "Combined", "Secure", "SystemClock",
        ];
        Assert.All(members, member => Assert.Contains(
            found, breach => breach.StartsWith($"Tcp.Impure.{member} ->", StringComparison.Ordinal)));
        Assert.DoesNotContain(found, breach => breach.StartsWith("Doors", StringComparison.Ordinal));
        Assert.DoesNotContain(found, breach => breach.StartsWith("Tcp.Pure", StringComparison.Ordinal));
    }

    [Fact]
    public void The_check_sees_shared_state()
    {
        string[] found = [.. _fixture.MutableStatics(Tests).Select(Shorten)];
        Assert.Equal(
            ["Tcp.Shared.<Property>k__BackingField", "Tcp.Shared.Counter"], found.Order(StringComparer.Ordinal));
    }

    [Fact]
    public void The_check_sees_unsafe_code()
    {
        string[] found = [.. _fixture.UnsafeCode(Tests).Select(Shorten)];
        Assert.Equal(
            ["Tcp.Raw.Address", "Tcp.Raw.Call", "Tcp.Raw.Identify", "Tcp.Raw.Local", "Tcp.Raw.Pin", "Tcp.Raw.Take"],
            found.Order(StringComparer.Ordinal));
        Assert.True(Tests.IsUnverifiable);
    }

    private static string Shorten(string breach) =>
        breach.Replace("UserNet.Tests.Architecture.Fixture.", "", StringComparison.Ordinal);

    [GeneratedRegex(@"^namespace ([\w.]+)(?:;|\s*$)", RegexOptions.Multiline)]
    private static partial Regex NamespaceLine();
}
