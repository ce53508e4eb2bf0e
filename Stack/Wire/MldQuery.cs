using UserNet.Addressing;
using UserNet.Buffers;
using static System.Buffers.Binary.BinaryPrimitives;

namespace UserNet.Wire;

/// <summary>A multicast listener query of either version. RFC 3810 §5.1, its version told by its length as §8.1 says.</summary>
/// <remarks>A query of 25 to 27 octets does not parse: it is to be ignored.</remarks>
public readonly ref struct MldQuery : IWireView<MldQuery>
{
    private readonly ReadOnlySpan<byte> _octets;

    private MldQuery(ReadOnlySpan<byte> octets) => _octets = octets;

    /// <inheritdoc/>
    public static bool TryParse(ReadOnlySpan<byte> octets, out MldQuery view)
    {
        view = default;
        if (octets.Length < MldHeader.Length || octets[0] != (byte)Icmpv6Type.ListenerQuery) return false;
        if (octets.Length > MldHeader.Length)
        {
            if (octets.Length < MldQueryHeader.Length) return false;
            int sources = ReadUInt16BigEndian(octets[26..]);
            if (octets.Length < MldQueryHeader.Length + (AddressLength * sources)) return false;
        }

        view = new MldQuery(octets);
        return true;
    }

    internal const int AddressLength = 16;

    /// <summary>All of the query.</summary>
    public ReadOnlySpan<byte> Octets => _octets;

    /// <summary>1 or 2.</summary>
    public int Version => _octets.Length > MldHeader.Length ? 2 : 1;

    /// <summary>Within what time to answer. Any number of milliseconds in version 1; version 2 has a code for long times.</summary>
    public TimeSpan MaxResponseDelay
    {
        get
        {
            ushort code = ReadUInt16BigEndian(_octets[4..]);
            return TimeSpan.FromMilliseconds(Version == 1 ? code : MldResponseCode.Decode(code));
        }
    }

    /// <summary>The group that is asked for; :: for all.</summary>
    public InetAddress Group => InetAddress.FromOctets(_octets[8..24]);

    /// <summary>True when all groups are asked for.</summary>
    public bool IsGeneral => Group == InetAddress.AnyV6;

    /// <summary>The S flag: routers that hear it shall not update their timers. False in version 1.</summary>
    public bool SuppressRouterProcessing => Version == 2 && (_octets[24] & 8) != 0;

    /// <summary>QRV: how many messages may be lost; 0 for more than 7, or in version 1.</summary>
    public int RobustnessVariable => Version == 2 ? _octets[24] & 7 : 0;

    /// <summary>From QQIC: the time between general queries; 0 in version 1.</summary>
    public TimeSpan QueryInterval => Version == 2 ? TimeSpan.FromSeconds(IgmpTimeCode.Decode(_octets[25])) : TimeSpan.Zero;

    /// <summary>How many sources are asked for; 0 for all, and in version 1.</summary>
    public int SourceCount => Version == 2 ? ReadUInt16BigEndian(_octets[26..]) : 0;

    /// <summary>The address of a source.</summary>
    /// <param name="index">From 0 to <see cref="SourceCount"/> - 1.</param>
    /// <exception cref="ArgumentOutOfRangeException">There is no such source.</exception>
    public InetAddress Source(int index)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual((uint)index, (uint)SourceCount);
        return InetAddress.FromOctets(_octets.Slice(MldQueryHeader.Length + (AddressLength * index), AddressLength));
    }
}

/// <summary>What a version 2 query says, apart from its octets; the only way to write one. RFC 3810 §5.1.</summary>
/// <param name="Group">The group; :: for all.</param>
/// <param name="MaxResponseDelay">Within what time to answer; written as the nearest code not above it.</param>
/// <param name="QueryInterval">The time between general queries; likewise.</param>
/// <param name="RobustnessVariable">QRV, 0 to 7.</param>
/// <param name="SuppressRouterProcessing">The S flag.</param>
public readonly record struct MldQueryHeader(
    InetAddress Group, TimeSpan MaxResponseDelay, TimeSpan QueryInterval,
    int RobustnessVariable = 2, bool SuppressRouterProcessing = false)
{
    /// <summary>Octets of a query without sources.</summary>
    public const int Length = 28;

    /// <summary>Writes the query into an empty buffer and seals it.</summary>
    /// <param name="packet">An empty buffer.</param>
    /// <param name="source">Where the packet that carries it says it is from.</param>
    /// <param name="destination">Where it is to.</param>
    /// <param name="sources">The sources that are asked for; none for all.</param>
    /// <exception cref="ArgumentException">The buffer is not empty.</exception>
    /// <exception cref="ArgumentOutOfRangeException">The buffer does not take so many sources.</exception>
    public void WriteTo(PacketBuffer packet, InetAddress source, InetAddress destination, ReadOnlySpan<InetAddress> sources = default)
    {
        ArgumentNullException.ThrowIfNull(packet);
        if (packet.Length != 0) throw new ArgumentException("A query is written into an empty buffer.", nameof(packet));
        Span<byte> octets = packet.Append(Length - Icmpv6Header.Length + (MldQuery.AddressLength * sources.Length));
        Group.WriteOctets(octets);
        octets[16] = (byte)((SuppressRouterProcessing ? 8 : 0) | (RobustnessVariable & 7));
        octets[17] = IgmpTimeCode.Encode(QueryInterval.Ticks / TimeSpan.TicksPerSecond);
        WriteUInt16BigEndian(octets[18..], (ushort)sources.Length);
        for (int i = 0; i < sources.Length; i++) sources[i].WriteOctets(octets[(20 + (MldQuery.AddressLength * i))..]);
        uint code = MldResponseCode.Encode(MaxResponseDelay.Ticks / TimeSpan.TicksPerMillisecond);
        new Icmpv6Header(Icmpv6Type.ListenerQuery, 0, code << 16).PrependTo(packet, source, destination);
    }
}
