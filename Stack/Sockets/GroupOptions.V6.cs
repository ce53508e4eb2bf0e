using UserNet.Addressing;
using UserNet.Binding;
using UserNet.Multicast;
using static System.Buffers.Binary.BinaryPrimitives;

namespace UserNet.Sockets;

// Of SOL_IPV6: ipv6_mreq, and the options that both levels have. RFC 3493 §5.2, RFC 3678 §5.
internal static partial class GroupOptions
{
    private const int MembershipLengthV6 = 20;      // ipv6_mreq: a group, an index

    /// <summary>True for the options of SOL_IPV6 that are handled here.</summary>
    public static bool IsKnownV6(int name) => IsNumberV6(name)
        || name is RawOption.V6JoinGroup or RawOption.V6LeaveGroup or (>= RawOption.JoinGroup and <= RawOption.GroupFilter);

    /// <summary>True for those that are a number, and can be read.</summary>
    public static bool IsNumberV6(int name) =>
        name is RawOption.V6MulticastHops or RawOption.V6MulticastLoopback or RawOption.V6MulticastAll;

    /// <summary>ipv6_mreq.</summary>
    public static bool TryReadMembershipV6(ReadOnlySpan<byte> value, out GroupRequest request)
    {
        request = default;
        if (value.Length < MembershipLengthV6) return false;
        request = new GroupRequest(InetAddress.FromOctets(value[..16]), ReadUInt32LittleEndian(value[16..]));
        return true;
    }

    /// <summary>group_req with an IPv6 group.</summary>
    /// <returns>Granted, InvalidOption (too short), NotJoined (of another family).</returns>
    public static BindRule ReadGroupV6(ReadOnlySpan<byte> value, out GroupRequest request)
    {
        request = default;
        if (value.Length < RequestLength) return BindRule.InvalidOption;
        if (!TryReadSocketAddress(value[8..], isV6: true, out InetAddress group)) return BindRule.NotJoined;
        request = new GroupRequest(group, ReadUInt32LittleEndian(value));
        return BindRule.Granted;
    }

    /// <summary>group_filter with an IPv6 group. Of what family its addresses say they are is not looked at, as in Linux.</summary>
    /// <returns>
    /// Granted, InvalidOption (too short for its sources, no group, no such mode), TooManyGroups (more sources than <paramref name="maxSources"/>,
    /// or octets than <paramref name="maxOctets"/>).
    /// </returns>
    public static BindRule ReadGroupFilterV6(
        ReadOnlySpan<byte> value, int maxSources, int maxOctets, out GroupRequest request, out SourceFilter filter)
    {
        (request, filter) = (default, SourceFilter.Nobody);
        if (value.Length < GroupFilterHeader) return BindRule.InvalidOption;
        if (value.Length > maxOctets) return BindRule.TooManyGroups;
        uint mode = ReadUInt32LittleEndian(value[RequestLength..]), count = ReadUInt32LittleEndian(value[(RequestLength + 4)..]);
        if (count > maxSources) return BindRule.TooManyGroups;
        if (value.Length < GroupFilterHeader + (Storage * count)) return BindRule.InvalidOption;
        _ = TryReadSocketAddress(value[8..], isV6: true, out InetAddress group);
        if (mode > (uint)FilterMode.Include) return BindRule.InvalidOption;
        var sources = new InetAddress[count];
        for (int i = 0; i < sources.Length; i++)
            _ = TryReadSocketAddress(value[(GroupFilterHeader + (Storage * i))..], isV6: true, out sources[i]);
        request = new GroupRequest(group, ReadUInt32LittleEndian(value));
        filter = new SourceFilter((FilterMode)mode, sources);
        return BindRule.Granted;
    }

    /// <summary>The group whose filter is asked for, in a group_filter that is to be filled.</summary>
    /// <returns>Granted, InvalidOption (too short), NotJoined (of another family).</returns>
    public static BindRule ReadFilterRequestV6(ReadOnlySpan<byte> value, out GroupRequest request)
    {
        request = default;
        return value.Length < GroupFilterHeader ? BindRule.InvalidOption : ReadGroupV6(value, out request);
    }

    /// <summary>Writes a filter behind the group that it was asked for: mode, number of sources, and as many of these as were asked for and fit.</summary>
    /// <returns>How many octets there are.</returns>
    public static int WriteGroupFilterV6(SourceFilter filter, Span<byte> value)
    {
        uint asked = ReadUInt32LittleEndian(value[(RequestLength + 4)..]);
        WriteUInt32LittleEndian(value[RequestLength..], (uint)filter.Mode);
        WriteUInt32LittleEndian(value[(RequestLength + 4)..], (uint)filter.Sources.Length);
        int count = (int)Math.Min(asked, (uint)filter.Sources.Length), fits = Math.Min(count, (value.Length - GroupFilterHeader) / Storage);
        for (int i = 0; i < fits; i++)
        {
            Span<byte> source = value.Slice(GroupFilterHeader + (Storage * i), Storage);
            source.Clear();
            WriteUInt16LittleEndian(source, InterNetworkV6);
            filter.Sources[i].WriteOctets(source[8..]);
        }

        return GroupFilterHeader + (Storage * fits);
    }

    /// <summary>What setting an option is answered whose octets can't be read: those that a number would have are read first.</summary>
    public static BindRule RefuseUnreadableV6(bool isStream, int name, int length)
    {
        const int Membership = 20;      // struct ipv6_mreq
        if (name is RawOption.V6JoinGroup or RawOption.V6LeaveGroup)
            return length < Membership ? BindRule.InvalidOption : isStream ? BindRule.NotForStreams : BindRule.BadPointer;
        if (length >= sizeof(int)) return BindRule.BadPointer;
        return isStream && name == RawOption.V6MulticastHops ? BindRule.UnknownOption : BindRule.InvalidOption;
    }
}
