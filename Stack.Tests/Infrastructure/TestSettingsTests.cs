using System.Reflection;
using Xunit;

namespace UserNet.Tests;

public sealed class TestSettingsTests
{
    [Theory]
    [InlineData(null, null, 1u)]
    [InlineData(null, "0.1.0", 1u)]
    [InlineData(null, "0.1.0+local", 1u)]
    [InlineData(null, "0.1.0+0badcafe11223344", 0x0BADCAFEu)]
    [InlineData("", "0.1.0+0badcafe11223344", 0x0BADCAFEu)]
    [InlineData("7", "0.1.0+0badcafe11223344", 7u)]
    [InlineData("0x1f", null, 0x1Fu)]
    public void The_seed_is_the_one_asked_for_or_the_commit_s(string? asked, string? version, uint expected) =>
        Assert.Equal(expected, TestSettings.ChooseSeed(asked, version));

    [Theory]
    [InlineData("seven")]
    [InlineData("-1")]
    [InlineData("4294967296")]
    public void A_seed_that_is_no_number_is_not_ignored(string asked) =>
        Assert.ThrowsAny<SystemException>(() => TestSettings.ChooseSeed(asked, null));

    [Fact]
    public void The_same_salt_gives_the_same_numbers_and_another_salt_others()
    {
        Assert.Equal(TestSettings.Random(3).NextInt64(), TestSettings.Random(3).NextInt64());
        Assert.NotEqual(TestSettings.Random(3).NextInt64(), TestSettings.Random(4).NextInt64());
    }

    [Fact]
    public void A_long_run_takes_the_second_count() =>
        Assert.Equal(
            Environment.GetEnvironmentVariable("USERNET_TESTS") == "long" ? 1000 : 10, TestSettings.Count(10, 1000));

    [Fact]
    public void A_build_in_a_repository_knows_its_commit()
    {
        string root = RepositoryPaths.Root;
        Assert.SkipUnless(Path.Exists(Path.Combine(root, ".git")), "Not built from a repository.");
        string version = typeof(TestSettings).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()!
            .InformationalVersion;
        Assert.Matches(@"\+[0-9a-f]{40}$", version);
    }
}
