namespace UserNet.Capture;

/// <summary>An interface that a capture was made on.</summary>
public sealed class CapturedInterface
{
    internal CapturedInterface(int number, int linkType, uint snapLength)
    {
        Number = number;
        LinkType = linkType;
        SnapLength = snapLength;
    }

    /// <summary>Its place among the interfaces of its section, from 0.</summary>
    public int Number { get; }

    /// <summary>Its name; null when the file does not say.</summary>
    public string? Name { get; internal set; }

    /// <summary>What its packets begin with: 1 for Ethernet, 101 for IP, or another LINKTYPE number.</summary>
    public int LinkType { get; }

    /// <summary>How many octets of a packet were kept at most; 0 for all.</summary>
    public uint SnapLength { get; }

    // if_tsresol: a power of ten, or of two where the highest bit is set; microseconds when not said.
    internal byte Resolution { get; set; } = 6;

    // if_tsoffset, seconds.
    internal long Offset { get; set; }

    /// <summary>From the units of the file to nanoseconds since 1970; null when they do not fit.</summary>
    internal long? ToNanoseconds(ulong units)
    {
        const int nano = 9;
        int power = Resolution & 0x7F;
        UInt128 nanoseconds = units;
        if ((Resolution & 0x80) != 0) nanoseconds = (nanoseconds * 1_000_000_000) >> power;
        else if (power <= nano) for (; power < nano; power++) nanoseconds *= 10;
        else for (; power > nano; power--) nanoseconds /= 10;
        Int128 total = (Int128)nanoseconds + ((Int128)Offset * 1_000_000_000);
        return total >= long.MinValue && total <= long.MaxValue ? (long)total : null;
    }
}

/// <summary>A packet out of a capture file.</summary>
/// <param name="Interface">Where it was seen.</param>
/// <param name="Nanoseconds">When, since 1970; null when the file does not say.</param>
/// <param name="Octets">What was kept of it.</param>
/// <param name="OriginalLength">How many octets it had.</param>
/// <param name="Direction">Which way it went.</param>
/// <param name="Comment">What else is said; several comments stand on a line each. Null when there is none.</param>
public readonly record struct CapturedPacket(
    CapturedInterface Interface, long? Nanoseconds, ReadOnlyMemory<byte> Octets, long OriginalLength,
    PacketDirection Direction, string? Comment);

/// <summary>A capture file that can't be read any further.</summary>
public sealed class PcapngException : IOException
{
    internal PcapngException(string message, long offset)
        : base($"{message} (the block at octet {offset})") => Offset = offset;

    /// <summary>Where the block begins that is at fault, octets from the beginning of the file.</summary>
    public long Offset { get; }
}
