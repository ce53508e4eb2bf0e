using UserNet.Tests.Infrastructure;
using UserNet.Tests.Ip;
using Xunit;

namespace UserNet.Tests.Parity;

/// <summary>The running kernel as the judge of datagrams that a host sends to itself: who gets which, from where, and what else is answered.</summary>
[Collection(nameof(WholeProcess))]
public sealed class KernelDatagramTests
{
    [Fact]
    public void The_kernel_delivers_the_same()
    {
        if (KernelNamespace.Obstacle() is { } obstacle) Assert.Skip(obstacle);
        var generator = new DatagramScriptGenerator(TestSettings.Random(salt: 32));
        IReadOnlyList<string> reports = KernelComparison.Run(TestSettings.Count(300, 10_000), generator.Next);
        Assert.True(reports.Count == 0, string.Join("\n\n", reports));
    }

    [Fact]
    public void The_kernel_delivers_the_same_over_ipv6()
    {
        if (KernelNamespace.Obstacle() is { } obstacle) Assert.Skip(obstacle);
        var generator = new V6DatagramScriptGenerator(TestSettings.Random(salt: 46));
        IReadOnlyList<string> reports = KernelComparison.Run(TestSettings.Count(300, 10_000), generator.Next);
        Assert.True(reports.Count == 0, string.Join("\n\n", reports));
    }
}
