using UserNet.Doors;

namespace UserNet.Emulation;

/// <summary>
/// A stream of chance with one number for each frame, found by the frame's place: it can be turned on at any frame.
/// </summary>
/// <remarks>The numbers of SplitMix64, by Vigna, each computed from its index. Any thread.</remarks>
internal readonly struct FrameChance
{
    private const ulong Golden = 0x9E37_79B9_7F4A_7C15;

    private readonly ulong _key;

    /// <summary>The numbers of a seed, a cause and an ordinal.</summary>
    public FrameChance(ulong seed, string name, int ordinal = 0) => _key = SeededRandom.Named(seed, name, ordinal).NextUInt64();

    /// <summary>The 64 bits of a frame.</summary>
    public ulong Of(long frame)
    {
        ulong state = _key + ((ulong)frame * Golden);
        return SeededRandom.SplitMix(ref state);
    }

    /// <summary>A number between 0 and 1, both excluded: of 52 bits, since with one more the last would round to 1.</summary>
    public static double Between0And1(ulong random) => ((random >> 12) + 0.5) * (1.0 / (1L << 52));

    /// <summary>The upper 32 bits decide; the lower ones are free for more.</summary>
    /// <param name="random">A number of the stream.</param>
    /// <param name="threshold">Of <see cref="Threshold"/>.</param>
    public static bool Happens(ulong random, ulong threshold) => random >> 32 < threshold;

    /// <summary>A chance between 0 and 1 as <see cref="Happens"/> wants it.</summary>
    public static ulong Threshold(double chance) => (ulong)(chance * (1L << 32));
}
