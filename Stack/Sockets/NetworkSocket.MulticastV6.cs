using System.Net.Sockets;
using UserNet.Addressing;
using UserNet.Binding;
using UserNet.Multicast;
using static System.Buffers.Binary.BinaryPrimitives;

namespace UserNet.Sockets;

// The options of SOL_IPV6 that are about groups. RFC 3493 §5.2, RFC 3678 §5; which refusals come first, as in Linux.
public sealed partial class NetworkSocket
{
    private byte _multicastHops = 1;
    private bool _loopsMulticastV6 = true;
    private bool? _hearsAllGroupsV6;      // null for the usual

    private bool IsLinux => _core.Engine.Table.Personality.Sharing == SharingModel.Linux;

    private bool HearsAllV6 => _hearsAllGroupsV6 ?? _core.Engine.Table.Personality.HasLinuxOptions;

    private static int GroupOptionOfV6(SocketOptionName name) => name switch
    {
        SocketOptionName.AddMembership => RawOption.V6JoinGroup,
        SocketOptionName.DropMembership => RawOption.V6LeaveGroup,
        SocketOptionName.MulticastInterface => RawOption.V6MulticastInterface,
        SocketOptionName.MulticastTimeToLive => RawOption.V6MulticastHops,
        SocketOptionName.MulticastLoopback => RawOption.V6MulticastLoopback,
        _ => 0,
    };

    /// <summary>Sets an option of groups by its octets. Gate held.</summary>
    private BindRule SetGroupOptionV6(int name, ReadOnlySpan<byte> value)
    {
        GroupRequest request;
        BindRule rule;
        switch (name)
        {
            case RawOption.V6JoinGroup or RawOption.V6LeaveGroup:
                if (!GroupOptions.TryReadMembershipV6(value, out request)) return BindRule.InvalidOption;
                return _binding.IsStream ? BindRule.NotForStreams : Do(name, request, default);
            case RawOption.JoinGroup or RawOption.LeaveGroup:
                rule = GroupOptions.ReadGroupV6(value, out request);
                return rule == BindRule.Granted ? Do(name, request, default) : rule;
            case >= RawOption.BlockGroupSource and <= RawOption.LeaveSourceGroup:
                rule = GroupOptions.ReadGroupSource(value, isV6: true, out request, out InetAddress source);
                return rule == BindRule.Granted ? Do(name, request, source) : rule;
            case RawOption.GroupFilter:
                rule = GroupOptions.ReadGroupFilterV6(
                    value, Memberships.MaxSources(isV6: true), Memberships.MaxMemory, out request, out SourceFilter filter);
                return rule == BindRule.Granted ? Memberships.SetFilter(request, filter, _core.Now) : rule;
            case RawOption.V6MulticastHops when _binding.IsStream:
                return BindRule.UnknownOption;
            default:
                return value.Length < sizeof(int) ? BindRule.InvalidOption : SetGroupNumberV6(name, ReadInt32LittleEndian(value));
        }
    }

    private BindRule SetGroupNumberV6(int name, int number)
    {
        if (!_binding.IsV6) return BindRule.UnknownOption;
        switch (name)
        {
            case RawOption.V6MulticastHops:
                if (_binding.IsStream) return BindRule.UnknownOption;
                if (number is < -1 or > byte.MaxValue) return BindRule.InvalidOption;
                _multicastHops = number == -1 ? (byte)1 : (byte)number;
                return BindRule.Granted;
            case RawOption.V6MulticastLoopback:
                if (number is not (0 or 1)) return BindRule.InvalidOption;
                _loopsMulticastV6 = number != 0;
                return BindRule.Granted;
            case RawOption.V6MulticastAll:
                _hearsAllGroupsV6 = number != 0;
                return BindRule.Granted;
            case RawOption.V6MulticastInterface:
                return RawOptions.Set(_core.Engine, _binding, RawOptionLevel.IpV6, name, BitConverter.GetBytes(number), _caller);
            default:
                return BindRule.UnknownOption;
        }
    }

    private int? GroupNumberV6(int name) => name switch
    {
        RawOption.V6MulticastHops => _multicastHops,
        RawOption.V6MulticastLoopback => _loopsMulticastV6 ? 1 : 0,
        RawOption.V6MulticastAll => HearsAllV6 ? 1 : 0,
        RawOption.V6MulticastInterface => (int)_binding.V6MulticastDevice,
        _ => null,
    };

    /// <summary>Reads a number, or the filter of the group that the octets name. Gate held.</summary>
    private BindRule GetGroupOptionV6(int name, Span<byte> value, out int length)
    {
        length = 0;
        if (GroupNumberV6(name) is { } number)
        {
            length = RawOptions.Write(RawOptionLevel.IpV6, name, number, value);
            return BindRule.Granted;
        }

        if (name != RawOption.GroupFilter) return BindRule.UnknownOption;
        BindRule rule = GroupOptions.ReadFilterRequestV6(value, out GroupRequest request);
        if (rule != BindRule.Granted) return rule;
        if (!MulticastGroups.IsGroupV6(request.Group)) return BindRule.InvalidOption;
        if (_memberships?.FilterOf(request.Group, request.Device) is not { } filter) return BindRule.NotJoined;
        length = GroupOptions.WriteGroupFilterV6(filter, value);
        return BindRule.Granted;
    }
}
