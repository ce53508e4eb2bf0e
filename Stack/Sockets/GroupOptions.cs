using UserNet.Addressing;
using UserNet.Binding;
using UserNet.Ip;
using UserNet.Multicast;
using static System.Buffers.Binary.BinaryPrimitives;

namespace UserNet.Sockets;

/// <summary>The octets in which Linux's options of multicast groups are written: ip_mreq, group_req and their like.</summary>
/// <remarks>Numbers are in the machine's byte order, little-endian here; addresses in network byte order.</remarks>
internal static partial class GroupOptions
{
    private const int Storage = 128;      // sockaddr_storage
    private const int RequestLength = 8 + Storage;      // group_req: an index, padding, the group
    private const int SourceRequestLength = RequestLength + Storage;
    private const int FilterHeader = 16;      // ip_msfilter without its sources
    private const int GroupFilterHeader = RequestLength + 8;
    private const int InterNetwork = 2, InterNetworkV6 = 10;

    /// <summary>True for the options that are handled here.</summary>
    public static bool IsKnown(int name) => name is >= RawOption.MulticastTimeToLive and <= RawOption.MulticastAll;

    /// <summary>True for those that are a number, and can be read.</summary>
    public static bool IsNumber(int name) =>
        name is RawOption.MulticastTimeToLive or RawOption.MulticastLoopback or RawOption.MulticastAll;

    /// <summary>A number as an int or as one octet.</summary>
    public static bool TryReadNumber(ReadOnlySpan<byte> value, out int number)
    {
        number = value.Length >= sizeof(int) ? ReadInt32LittleEndian(value) : value.Length > 0 ? value[0] : 0;
        return value.Length > 0;
    }

    /// <summary>Writes a number from 0 to 255: as one octet where there is no room for four.</summary>
    public static BindRule Write(int number, Span<byte> value, out int length)
    {
        length = Math.Min(value.Length, sizeof(int));
        if (length == sizeof(int)) WriteInt32LittleEndian(value, number);
        else if (length > 0) value[0] = (byte)number;
        length = length is 2 or 3 ? 1 : length;
        return BindRule.Granted;
    }

    /// <summary>ip_mreq or ip_mreqn.</summary>
    public static bool TryReadMembership(ReadOnlySpan<byte> value, out GroupRequest request)
    {
        request = default;
        if (value.Length < 8) return false;
        uint device = value.Length >= 12 ? ReadUInt32LittleEndian(value[8..]) : 0;
        request = new GroupRequest(Address(value), device, Address(value[4..]));
        return true;
    }

    /// <summary>ip_mreq_source.</summary>
    public static bool TryReadSource(ReadOnlySpan<byte> value, out GroupRequest request, out InetAddress source)
    {
        (request, source) = (default, default);
        if (value.Length != 12) return false;
        request = new GroupRequest(Address(value), 0, Address(value[4..]));
        source = Address(value[8..]);
        return true;
    }

    /// <summary>group_req.</summary>
    public static bool TryReadGroup(ReadOnlySpan<byte> value, out GroupRequest request)
    {
        request = default;
        return value.Length >= RequestLength && TryReadSocketAddress(value[8..], isV6: false, out InetAddress group)
            && (request = new GroupRequest(group, ReadUInt32LittleEndian(value))) is var _;
    }

    /// <summary>group_source_req.</summary>
    /// <returns>Granted, InvalidOption (too short), NotJoined (of another family).</returns>
    public static BindRule ReadGroupSource(ReadOnlySpan<byte> value, bool isV6, out GroupRequest request, out InetAddress source)
    {
        (request, source) = (default, default);
        if (value.Length < SourceRequestLength) return BindRule.InvalidOption;
        bool isOfFamily = TryReadSocketAddress(value[8..], isV6, out InetAddress group)
            & TryReadSocketAddress(value[RequestLength..], isV6, out source);
        if (!isOfFamily) return BindRule.NotJoined;
        request = new GroupRequest(group, ReadUInt32LittleEndian(value));
        return BindRule.Granted;
    }

    /// <summary>ip_msfilter.</summary>
    /// <returns>Granted, InvalidOption (too short for its sources, no such mode), TooManyGroups (more than <paramref name="maxSources"/>).</returns>
    public static BindRule ReadFilter(ReadOnlySpan<byte> value, int maxSources, out GroupRequest request, out SourceFilter filter)
    {
        (request, filter) = (default, SourceFilter.Nobody);
        if (value.Length < FilterHeader) return BindRule.InvalidOption;
        uint mode = ReadUInt32LittleEndian(value[8..]), count = ReadUInt32LittleEndian(value[12..]);
        if (count > maxSources) return BindRule.TooManyGroups;
        if (value.Length < FilterHeader + (4 * count) || mode > (uint)FilterMode.Include) return BindRule.InvalidOption;
        var sources = new InetAddress[count];
        for (int i = 0; i < sources.Length; i++) sources[i] = Address(value[(FilterHeader + (4 * i))..]);
        request = new GroupRequest(Address(value), 0, Address(value[4..]));
        filter = new SourceFilter((FilterMode)mode, sources);
        return BindRule.Granted;
    }

    /// <summary>group_filter.</summary>
    /// <returns>As <see cref="ReadFilter"/>, and NotJoined (of another family).</returns>
    public static BindRule ReadGroupFilter(ReadOnlySpan<byte> value, int maxSources, out GroupRequest request, out SourceFilter filter)
    {
        (request, filter) = (default, SourceFilter.Nobody);
        if (value.Length < GroupFilterHeader) return BindRule.InvalidOption;
        uint mode = ReadUInt32LittleEndian(value[RequestLength..]), count = ReadUInt32LittleEndian(value[(RequestLength + 4)..]);
        if (count > maxSources) return BindRule.TooManyGroups;
        if (value.Length < GroupFilterHeader + (Storage * count)) return BindRule.InvalidOption;
        if (!TryReadSocketAddress(value[8..], isV6: false, out InetAddress group)) return BindRule.NotJoined;
        var sources = new InetAddress[count];
        for (int i = 0; i < sources.Length; i++)
            if (!TryReadSocketAddress(value[(GroupFilterHeader + (Storage * i))..], isV6: false, out sources[i])) return BindRule.NotJoined;
        if (mode > (uint)FilterMode.Include) return BindRule.InvalidOption;
        request = new GroupRequest(group, ReadUInt32LittleEndian(value));
        filter = new SourceFilter((FilterMode)mode, sources);
        return BindRule.Granted;
    }

    /// <summary>What setting an option is answered whose octets can't be read: their length counts first.</summary>
    public static BindRule RefuseUnreadable(bool isStream, int name, int length)
    {
        if (isStream && name is RawOption.AddMembership or RawOption.DropMembership) return BindRule.NotForStreams;
        int shortest = name switch
        {
            RawOption.AddMembership or RawOption.DropMembership => 8,
            >= RawOption.UnblockSource and <= RawOption.DropSourceMembership => 12,
            RawOption.SourceFilter => FilterHeader,
            RawOption.JoinGroup or RawOption.LeaveGroup => RequestLength,
            RawOption.GroupFilter => GroupFilterHeader,
            >= RawOption.BlockGroupSource and <= RawOption.LeaveSourceGroup => SourceRequestLength,
            _ => 1,
        };
        return length < shortest ? BindRule.InvalidOption : BindRule.BadPointer;
    }

    private static InetAddress Address(ReadOnlySpan<byte> octets) => InetAddress.FromOctets(octets[..4]);

    private static bool TryReadSocketAddress(ReadOnlySpan<byte> octets, bool isV6, out InetAddress address)
    {
        address = isV6 ? InetAddress.FromOctets(octets.Slice(8, 16)) : Address(octets[4..]);
        return ReadUInt16LittleEndian(octets) == (isV6 ? InterNetworkV6 : InterNetwork);
    }
}
