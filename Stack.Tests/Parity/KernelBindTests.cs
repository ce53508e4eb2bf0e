using UserNet.Tests.Infrastructure;
using UserNet.Tests.Ip;
using Xunit;

namespace UserNet.Tests.Parity;

/// <summary>The running kernel as the judge of scripts that nobody has seen before.</summary>
[Collection(nameof(WholeProcess))]
public sealed class KernelBindTests
{
    [Fact]
    public void The_kernel_answers_the_same()
    {
        if (KernelNamespace.Obstacle() is { } obstacle) Assert.Skip(obstacle);
        var generator = new BindScriptGenerator(TestSettings.Random(salt: 31));
        IReadOnlyList<string> reports = KernelComparison.Run(TestSettings.Count(1500, 40_000), generator.Next);
        Assert.True(reports.Count == 0, string.Join("\n\n", reports));
    }
}
