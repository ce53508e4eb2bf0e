using static System.Buffers.Binary.BinaryPrimitives;

namespace UserNet.Wire;

/// <summary>What the options of one segment say, read in one pass.</summary>
/// <remarks>
/// Where an option comes twice, the later one counts. An option of a length that its kind can't have is passed over, as
/// are unknown ones (RFC 9293 §3.1, MUST-6); one that reaches beyond the header, or is shorter than its own head, ends
/// the reading, and what came before it stands (MUST-7).
/// </remarks>
public ref struct TcpOptionValues
{
    /// <summary>The largest shift of a window; a larger one counts as this. RFC 7323 §2.3.</summary>
    public const byte MaxWindowScale = 14;

    /// <summary>The most blocks that a SACK option has room for.</summary>
    public const int MaxSackBlocks = 4;

    internal const uint AlignedTimestamps = 0x0101_080A;      // nop, nop, kind 8, length 10
    private const int AlignedTimestampsLength = 12;

    private ReadOnlySpan<byte> _sack;
    private ReadOnlySpan<byte> _accurateEcn;      // all of the option

    /// <summary>The largest segment that the sender takes, octets; null when it does not say, or says 0.</summary>
    public ushort? Mss { get; private set; }

    /// <summary>By how many bits the sender's windows are shifted, 14 at most; null when they are not to be.</summary>
    public byte? WindowScale { get; private set; }

    /// <summary>True when the sender understands selective acknowledgments.</summary>
    public bool SackPermitted { get; private set; }

    /// <summary>True when <see cref="TimestampValue"/> and <see cref="TimestampEcho"/> count.</summary>
    public bool HasTimestamps { get; private set; }

    /// <summary>The sender's time.</summary>
    public uint TimestampValue { get; private set; }

    /// <summary>Its echo of the receiver's.</summary>
    public uint TimestampEcho { get; private set; }

    /// <summary>How many blocks a SACK option has: 0 to 4.</summary>
    public readonly int SackCount => _sack.Length / 8;

    /// <summary>True when there is a Fast Open option, of either kind.</summary>
    public bool HasFastOpen { get; private set; }

    /// <summary>True when that is the experimental option.</summary>
    public bool FastOpenIsExperimental { get; private set; }

    /// <summary>The cookie of the Fast Open option, of any length that fits; empty where one is asked for.</summary>
    public ReadOnlySpan<byte> FastOpenCookie { get; private set; }

    /// <summary>The Accurate ECN option, of either order; the default where there is none.</summary>
    public readonly AccurateEcnOption AccurateEcn => _accurateEcn.IsEmpty ? default
        : AccurateEcnOption.Read(_accurateEcn[2..], _accurateEcn[0] == (byte)TcpOptionKind.AccurateEcn1);

    /// <summary>True when the segment is signed as in RFC 2385, which an endpoint without the key must not take.</summary>
    public bool HasMd5 { get; private set; }

    /// <summary>A block of the SACK option as it stands there, sensible or not.</summary>
    /// <param name="index">Which, below <see cref="SackCount"/>.</param>
    /// <param name="left">The first sequence number of the block.</param>
    /// <param name="right">The sequence number behind its last.</param>
    /// <exception cref="ArgumentOutOfRangeException">There are not so many.</exception>
    public readonly void SackBlock(int index, out uint left, out uint right)
    {
        ReadOnlySpan<byte> block = _sack.Slice(8 * index, 8);
        left = ReadUInt32BigEndian(block);
        right = ReadUInt32BigEndian(block[4..]);
    }

    /// <summary>Reads the options of a segment.</summary>
    /// <returns>False when a length lies; <paramref name="values"/> then has what came before.</returns>
    public static bool Read(ReadOnlySpan<byte> options, out TcpOptionValues values)
    {
        values = default;
        if (options.Length >= AlignedTimestampsLength && ReadUInt32BigEndian(options) == AlignedTimestamps)
        {
            values.TakeTimestamps(options[4..]);
            if (options.Length == AlignedTimestampsLength) return true;      // most segments
            options = options[AlignedTimestampsLength..];
        }

        var walk = new OptionWalk(options);
        while (walk.MoveNext())
            if (!walk.IsAtFiller) values.Take(walk.Current);
        return walk.FaultOffset < 0;
    }

    private void Take(ReadOnlySpan<byte> option)
    {
        ReadOnlySpan<byte> data = option[2..];
        switch ((TcpOptionKind)option[0], data.Length)
        {
            case (TcpOptionKind.MaximumSegmentSize, 2):
                if (ReadUInt16BigEndian(data) is not 0 and var mss) Mss = mss;
                break;
            case (TcpOptionKind.WindowScale, 1):
                WindowScale = Math.Min(data[0], MaxWindowScale);
                break;
            case (TcpOptionKind.SackPermitted, 0):
                SackPermitted = true;
                break;
            case (TcpOptionKind.Timestamps, 8):
                TakeTimestamps(data);
                break;
            case (TcpOptionKind.Sack, 8 or 16 or 24 or 32):
                _sack = data;
                break;
            case (TcpOptionKind.FastOpen, _):
                TakeFastOpen(data, isExperimental: false);
                break;
            case (TcpOptionKind.Experimental, >= 2) when ReadUInt16BigEndian(data) == TcpOptionWriter.FastOpenMagic:
                TakeFastOpen(data[2..], isExperimental: true);
                break;
            case (TcpOptionKind.AccurateEcn0 or TcpOptionKind.AccurateEcn1, _):
                _accurateEcn = option;
                break;
            case (TcpOptionKind.Md5Signature, 16):
                HasMd5 = true;
                break;
        }
    }

    private void TakeTimestamps(ReadOnlySpan<byte> data)
    {
        HasTimestamps = true;
        TimestampValue = ReadUInt32BigEndian(data);
        TimestampEcho = ReadUInt32BigEndian(data[4..]);
    }

    private void TakeFastOpen(ReadOnlySpan<byte> cookie, bool isExperimental)
    {
        HasFastOpen = true;
        FastOpenIsExperimental = isExperimental;
        FastOpenCookie = cookie;
    }
}
