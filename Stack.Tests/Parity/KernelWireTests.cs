using UserNet.Tests.Infrastructure;
using UserNet.Tests.Ip;
using Xunit;

namespace UserNet.Tests.Parity;

/// <summary>Two kernels as the judge of what two hosts exchange over wires.</summary>
[Collection(nameof(WholeProcess))]
public sealed class KernelWireTests
{
    [Fact]
    public void Two_kernels_exchange_the_same_datagrams() => Compare(ofStreams: false, salt: 71);

    [Fact]
    public void Two_kernels_connect_the_same() => Compare(ofStreams: true, salt: 72);

    private static void Compare(bool ofStreams, int salt)
    {
        if (KernelNamespace.Obstacle() is { } obstacle) Assert.Skip(obstacle);
        var generator = new WireScriptGenerator(TestSettings.Random(salt), ofStreams);
        IReadOnlyList<string> reports = KernelComparison.Run(TestSettings.Count(ofStreams ? 60 : 150, 5_000), generator.Next);
        Assert.True(reports.Count == 0, string.Join("\n\n", reports));
    }
}
