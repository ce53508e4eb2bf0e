using System.Globalization;
using System.Reflection;
using Xunit;

namespace UserNet.Tests;

/// <summary>What all tests share: the seed that every random one starts from, and how long they may take.</summary>
/// <remarks>
/// The seed is USERNET_SEED, decimal or 0x and hexadecimal; else the first 8 digits of the commit that was built, so
/// that every
/// commit tries other cases and a failure can be had again by checking it out.
/// </remarks>
public static class TestSettings
{
    /// <summary>The seed of the run. A test adds a number of its own, by <see cref="Random"/>.</summary>
    public static uint Seed { get; } = ChooseSeed(
        Environment.GetEnvironmentVariable("USERNET_SEED"),
        typeof(TestSettings).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?
            .InformationalVersion);

    /// <summary>True when USERNET_SEED gives the seed.</summary>
    public static bool IsSeedAsked { get; } = !string.IsNullOrEmpty(Environment.GetEnvironmentVariable("USERNET_SEED"));

    /// <summary>Says a line in the test's output, and in the run's own, which a test that passes has too.</summary>
    public static void Announce(string line)
    {
        TestContext.Current.TestOutputHelper?.WriteLine(line);
        Console.Error.WriteLine(line);
    }

    /// <summary>True when USERNET_TESTS=long asks for every case.</summary>
    public static bool IsLong { get; } = Environment.GetEnvironmentVariable("USERNET_TESTS") == "long";

    /// <summary>How many cases to try: the first number, or the second in a long run.</summary>
    public static int Count(int shortRun, int longRun) => IsLong ? longRun : shortRun;

    /// <summary>
    /// Numbers that depend on the run's seed and the given number alone; says in the test's output how to have them
    /// again.
    /// </summary>
    public static Random Random(int salt = 0)
    {
        TestContext.Current.TestOutputHelper?.WriteLine($"USERNET_SEED=0x{Seed:x8}, salt {salt}");
        return new Random((int)Seed ^ (salt * 0x2545F491));
    }

    internal static uint ChooseSeed(string? asked, string? informationalVersion)
    {
        if (!string.IsNullOrEmpty(asked))
        {
            return asked.StartsWith("0x", StringComparison.OrdinalIgnoreCase)
                ? uint.Parse(asked.AsSpan(2), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture)
                : uint.Parse(asked, NumberStyles.None, CultureInfo.InvariantCulture);
        }

        int plus = informationalVersion?.IndexOf('+') ?? -1;
        ReadOnlySpan<char> commit = plus < 0 ? default : informationalVersion.AsSpan(plus + 1);
        return commit.Length >= 8 && uint.TryParse(
            commit[..8], NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out uint seed) ? seed : 1;
    }
}
