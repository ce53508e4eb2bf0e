using System.Net.Sockets;
using UserNet.Addressing;
using UserNet.Binding;
using UserNet.Multicast;
using static System.Buffers.Binary.BinaryPrimitives;

namespace UserNet.Sockets;

// The options of SOL_IP that are about groups, by their numbers and octets. RFC 3678 §4, §5.
public sealed partial class NetworkSocket
{
    private static int GroupOptionOf(SocketOptionLevel level, SocketOptionName name) => (level, name) switch
    {
        (SocketOptionLevel.IP, SocketOptionName.IPOptions) => RawOption.IpOptions,
        (SocketOptionLevel.IP, SocketOptionName.AddMembership) => RawOption.AddMembership,
        (SocketOptionLevel.IP, SocketOptionName.DropMembership) => RawOption.DropMembership,
        (SocketOptionLevel.IP, SocketOptionName.AddSourceMembership) => RawOption.AddSourceMembership,
        (SocketOptionLevel.IP, SocketOptionName.DropSourceMembership) => RawOption.DropSourceMembership,
        (SocketOptionLevel.IP, SocketOptionName.BlockSource) => RawOption.BlockSource,
        (SocketOptionLevel.IP, SocketOptionName.UnblockSource) => RawOption.UnblockSource,
        (SocketOptionLevel.IP, SocketOptionName.MulticastInterface) => RawOption.MulticastInterface,
        (SocketOptionLevel.IP, SocketOptionName.MulticastTimeToLive) => RawOption.MulticastTimeToLive,
        (SocketOptionLevel.IP, SocketOptionName.MulticastLoopback) => RawOption.MulticastLoopback,
        _ => 0,
    };

    /// <summary>Sets an option of groups by its octets. Gate held.</summary>
    private BindRule SetGroupOption(int name, ReadOnlySpan<byte> value)
    {
        GroupRequest request;
        InetAddress source;
        SourceFilter filter;
        BindRule rule;
        switch (name)
        {
            case RawOption.AddMembership or RawOption.DropMembership:
                if (_binding.IsStream) return BindRule.NotForStreams;
                return GroupOptions.TryReadMembership(value, out request) ? Do(name, request, default) : BindRule.InvalidOption;
            case >= RawOption.UnblockSource and <= RawOption.DropSourceMembership:
                return GroupOptions.TryReadSource(value, out request, out source) ? Do(name, request, source) : BindRule.InvalidOption;
            case RawOption.JoinGroup or RawOption.LeaveGroup:
                return GroupOptions.TryReadGroup(value, out request) ? Do(name, request, default) : BindRule.InvalidOption;
            case >= RawOption.BlockGroupSource and <= RawOption.LeaveSourceGroup:
                rule = GroupOptions.ReadGroupSource(value, isV6: false, out request, out source);
                return rule == BindRule.Granted ? Do(name, request, source) : rule;
            case RawOption.SourceFilter:
                rule = GroupOptions.ReadFilter(value, Memberships.MaxSources(isV6: false), out request, out filter);
                return rule == BindRule.Granted ? Memberships.SetFilter(request, filter, _core.Now) : rule;
            case RawOption.GroupFilter:
                rule = GroupOptions.ReadGroupFilter(value, Memberships.MaxSources(isV6: false), out request, out filter);
                return rule == BindRule.Granted ? Memberships.SetFilter(request, filter, _core.Now) : rule;
            default:
                return GroupOptions.TryReadNumber(value, out int number) ? SetGroupNumber(name, number) : BindRule.InvalidOption;
        }
    }

    private BindRule SetGroupNumber(int name, int number)
    {
        switch (name)
        {
            case RawOption.MulticastTimeToLive:
                if (_binding.IsStream || number is < -1 or > 255) return BindRule.InvalidOption;
                _multicastTimeToLive = number == -1 ? (byte)1 : (byte)number;
                return BindRule.Granted;
            case RawOption.MulticastLoopback:
                _loopsMulticast = number != 0;
                return BindRule.Granted;
            default:
                if (number is not (0 or 1)) return BindRule.InvalidOption;
                _hearsAllGroups = number == 1;
                return BindRule.Granted;
        }
    }

    private int GroupNumber(int name) => name switch
    {
        RawOption.MulticastTimeToLive => _multicastTimeToLive,
        RawOption.MulticastLoopback => _loopsMulticast ? 1 : 0,
        _ => HearsAll ? 1 : 0,
    };

    private int? GroupNumber(SocketOptionName name) => name switch
    {
        SocketOptionName.MulticastTimeToLive => _multicastTimeToLive,
        SocketOptionName.MulticastLoopback => _loopsMulticast ? 1 : 0,
        SocketOptionName.MulticastInterface when _binding.MulticastSource.IsWildcard =>
            ReverseEndianness((int)_binding.MulticastDevice),
        SocketOptionName.MulticastInterface => ReverseEndianness((int)_binding.MulticastSource.V4Bits),
        _ => null,
    };

    /// <summary>The octets of .NET's number are an address, or 0 and an interface's index. Gate held.</summary>
    private BindRule SetMulticastInterface(uint octets)
    {
        Span<byte> value = stackalloc byte[12];      // ip_mreqn
        value.Clear();
        uint number = ReverseEndianness(octets);
        if (number >> 24 == 0) WriteUInt32LittleEndian(value[8..], number);
        else WriteUInt32BigEndian(value[4..], number);
        return RawOptions.Set(_core.Engine, _binding, RawOptionLevel.Ip, RawOption.MulticastInterface, value, _caller);
    }
}
