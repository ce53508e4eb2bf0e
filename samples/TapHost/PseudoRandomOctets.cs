using System.Buffers.Binary;

namespace UserNet.Samples.TapHost;

/// <summary>Octets that look random and are the same for the same seed: each eight of them are a number of SplitMix64, little-endian.</summary>
public static class PseudoRandomOctets
{
    private const ulong Step = 0x9E3779B97F4A7C15, Mix1 = 0xBF58476D1CE4E5B9, Mix2 = 0x94D049BB133111EB;

    /// <summary>Writes the octets from a place in the stream on.</summary>
    /// <param name="seed">Which stream.</param>
    /// <param name="position">The place of the first octet; any that is not negative.</param>
    /// <param name="octets">Where to.</param>
    public static void Fill(ulong seed, long position, Span<byte> octets)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(position);
        ulong index = (ulong)position / sizeof(ulong);
        int skip = (int)((ulong)position % sizeof(ulong));
        Span<byte> eight = stackalloc byte[sizeof(ulong)];
        if (skip != 0)
        {
            BinaryPrimitives.WriteUInt64LittleEndian(eight, Number(seed, index++));
            int head = Math.Min(sizeof(ulong) - skip, octets.Length);
            eight.Slice(skip, head).CopyTo(octets);
            octets = octets[head..];
        }

        for (; octets.Length >= sizeof(ulong); octets = octets[sizeof(ulong)..]) BinaryPrimitives.WriteUInt64LittleEndian(octets, Number(seed, index++));
        if (octets.IsEmpty) return;
        BinaryPrimitives.WriteUInt64LittleEndian(eight, Number(seed, index));
        eight[..octets.Length].CopyTo(octets);
    }

    private static ulong Number(ulong seed, ulong index)
    {
        ulong z = seed + ((index + 1) * Step);
        z = (z ^ (z >> 30)) * Mix1;
        z = (z ^ (z >> 27)) * Mix2;
        return z ^ (z >> 31);
    }
}
