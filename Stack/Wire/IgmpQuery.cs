using UserNet.Addressing;
using UserNet.Buffers;
using static System.Buffers.Binary.BinaryPrimitives;

namespace UserNet.Wire;

/// <summary>A membership query of any version. RFC 3376 §4.1, its version told as §7.1 says.</summary>
/// <remarks>A query of 9 to 11 octets does not parse: it is to be ignored.</remarks>
public readonly ref struct IgmpQuery : IWireView<IgmpQuery>
{
    private readonly ReadOnlySpan<byte> _octets;

    private IgmpQuery(ReadOnlySpan<byte> octets) => _octets = octets;

    /// <inheritdoc/>
    public static bool TryParse(ReadOnlySpan<byte> octets, out IgmpQuery view)
    {
        view = default;
        if (octets.Length < IgmpHeader.Length || octets[0] != (byte)IgmpType.MembershipQuery) return false;
        if (octets.Length > IgmpHeader.Length)
        {
            if (octets.Length < IgmpQueryHeader.Length) return false;
            int sources = ReadUInt16BigEndian(octets[10..]);
            if (octets.Length < IgmpQueryHeader.Length + (4 * sources)) return false;
        }

        view = new IgmpQuery(octets);
        return true;
    }

    /// <summary>All of the query.</summary>
    public ReadOnlySpan<byte> Octets => _octets;

    /// <summary>1, 2 or 3.</summary>
    public int Version => _octets.Length > IgmpHeader.Length ? 3 : _octets[1] == 0 ? 1 : 2;

    /// <summary>Within what time to answer; 10 s where the router speaks version 1 (RFC 2236 §4).</summary>
    public TimeSpan MaxResponseTime => Version switch
    {
        1 => TimeSpan.FromSeconds(10),
        2 => Tenths(_octets[1]),
        _ => Tenths(IgmpTimeCode.Decode(_octets[1])),
    };

    /// <summary>The group that is asked for; 0.0.0.0 for all.</summary>
    public InetAddress Group => InetAddress.FromV4(ReadUInt32BigEndian(_octets[4..]));

    /// <summary>True when all groups are asked for.</summary>
    public bool IsGeneral => Group.IsWildcard;

    /// <summary>The S flag: routers that hear it shall not update their timers. False before version 3.</summary>
    public bool SuppressRouterProcessing => Version == 3 && (_octets[8] & 8) != 0;

    /// <summary>QRV: how many messages may be lost; 0 for more than 7, or before version 3.</summary>
    public int RobustnessVariable => Version == 3 ? _octets[8] & 7 : 0;

    /// <summary>From QQIC: the time between general queries; 0 before version 3.</summary>
    public TimeSpan QueryInterval =>
        Version == 3 ? TimeSpan.FromSeconds(IgmpTimeCode.Decode(_octets[9])) : TimeSpan.Zero;

    /// <summary>How many sources are asked for; 0 for all, and before version 3.</summary>
    public int SourceCount => Version == 3 ? ReadUInt16BigEndian(_octets[10..]) : 0;

    /// <summary>The address of a source.</summary>
    /// <param name="index">From 0 to <see cref="SourceCount"/> - 1.</param>
    /// <exception cref="ArgumentOutOfRangeException">There is no such source.</exception>
    public InetAddress Source(int index)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual((uint)index, (uint)SourceCount);
        return InetAddress.FromV4(ReadUInt32BigEndian(_octets[(IgmpQueryHeader.Length + (4 * index))..]));
    }

    private static TimeSpan Tenths(int tenths) => new(tenths * (TimeSpan.TicksPerSecond / 10));
}

/// <summary>What a version 3 query says, apart from its octets; the only way to write one. RFC 3376 §4.1.</summary>
/// <param name="Group">The group; 0.0.0.0 for all.</param>
/// <param name="MaxResponseTime">Within what time to answer; written as the nearest code not above it.</param>
/// <param name="QueryInterval">The time between general queries; likewise.</param>
/// <param name="RobustnessVariable">QRV, 0 to 7.</param>
/// <param name="SuppressRouterProcessing">The S flag.</param>
public readonly record struct IgmpQueryHeader(
    InetAddress Group, TimeSpan MaxResponseTime, TimeSpan QueryInterval,
    int RobustnessVariable = 2, bool SuppressRouterProcessing = false)
{
    /// <summary>Octets of a query without sources.</summary>
    public const int Length = 12;

    /// <summary>Puts the query in front of what the buffer holds (nothing, mostly) and seals both.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The headroom does not take so many sources.</exception>
    public void PrependTo(PacketBuffer packet, ReadOnlySpan<InetAddress> sources = default)
    {
        ArgumentNullException.ThrowIfNull(packet);
        Span<byte> octets = packet.Prepend(Length + (4 * sources.Length));
        octets[0] = (byte)IgmpType.MembershipQuery;
        octets[1] = IgmpTimeCode.Encode(MaxResponseTime.Ticks / (TimeSpan.TicksPerSecond / 10));
        WriteUInt16BigEndian(octets[2..], 0);
        WriteUInt32BigEndian(octets[4..], Group.V4Bits);
        octets[8] = (byte)((SuppressRouterProcessing ? 8 : 0) | (RobustnessVariable & 7));
        octets[9] = IgmpTimeCode.Encode(QueryInterval.Ticks / TimeSpan.TicksPerSecond);
        WriteUInt16BigEndian(octets[10..], (ushort)sources.Length);
        for (int i = 0; i < sources.Length; i++) WriteUInt32BigEndian(octets[(Length + (4 * i))..], sources[i].V4Bits);
        WriteUInt16BigEndian(octets[2..], InternetChecksum.Of(packet.Span));
    }
}
