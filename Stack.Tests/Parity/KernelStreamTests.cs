using UserNet.Tests.Infrastructure;
using UserNet.Tests.Ip;
using Xunit;

namespace UserNet.Tests.Parity;

/// <summary>The running kernel as the judge of connections that a host has with itself, and of what the bind table holds meanwhile.</summary>
[Collection(nameof(WholeProcess))]
public sealed class KernelStreamTests
{
    [Fact]
    public void The_kernel_connects_the_same()
    {
        if (KernelNamespace.Obstacle() is { } obstacle) Assert.Skip(obstacle);
        var generator = new StreamScriptGenerator(TestSettings.Random(salt: 61));
        IReadOnlyList<string> reports = KernelComparison.Run(TestSettings.Count(200, 10_000), generator.Next);
        Assert.True(reports.Count == 0, string.Join("\n\n", reports));
    }
}
