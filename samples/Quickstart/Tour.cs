using UserNet.Samples.Quickstart.Parts;

namespace UserNet.Samples.Quickstart;

/// <summary>The whole tour. Each part stands alone: copy the one that you need.</summary>
internal static class Tour
{
    public static void Run(Page page, int seed, string? captureFile = null)
    {
        Conflicts.Show(page, seed);
        EphemeralPorts.Show(page, seed);
        Wildcards.Show(page, seed);
        TwoFamilies.Show(page, seed);
        Receivers.Show(page, seed);
        Personalities.Show(page, seed);
        TwoHosts.Show(page, seed, captureFile);
        DualStack.Show(page, seed);
        Streams.Show(page, seed);
    }
}
