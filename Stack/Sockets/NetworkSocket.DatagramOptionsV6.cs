using System.Buffers.Binary;
using System.Net.NetworkInformation;
using UserNet.Addressing;
using UserNet.Binding;
using UserNet.Ip;

namespace UserNet.Sockets;

// The options of SOL_IPV6 that datagram sockets have. RFC 3493 §5.1, RFC 3542 §4, §6, §11.
public sealed partial class NetworkSocket
{
    private const int LeastMtuV6 = 1280;                  // RFC 8200 §5
    private const int PacketInformationLength = 20;       // struct in6_pktinfo: an address, an interface
    private const int PathMtuLength = 32;                 // struct ip6_mtuinfo: a sockaddr_in6, a number

    private static bool IsDatagramV6(int name) => name is
        RawOption.V6UnicastHops or RawOption.V6TrafficClass or RawOption.V6ReceiveErrors or RawOption.V6ReceivePacketInformation
            or RawOption.V6ReceiveHopLimit or RawOption.V6ReceiveTrafficClass or RawOption.V6MtuDiscover or RawOption.V6Mtu
            or RawOption.V6FlowInformation or RawOption.V6ReceivePathMtu or RawOption.V6ReceiveOriginalDestination;

    /// <summary>True for an option that Linux reads 0 where there are less than four octets.</summary>
    private static bool TakesAnyLength(int name) => name is RawOption.V6DontFragment or RawOption.V6AutoFlowLabel;

    /// <returns>Granted, UnknownOption (or of an IPv4 socket), InvalidOption (the value).</returns>
    private BindRule SetNumberV6(int name, int value)
    {
        if (!_binding.IsV6) return BindRule.UnknownOption;
        switch (name)
        {
            case RawOption.V6UnicastHops when value is >= -1 and <= byte.MaxValue:
                Channel.HopLimit = value == -1 ? DatagramChannel.DefaultTimeToLive : (byte)value;
                break;
            case RawOption.V6TrafficClass when value is >= -1 and <= byte.MaxValue:
                Channel.TrafficClassV6 = value == -1 ? (byte)0 : (byte)value;
                break;
            case RawOption.V6MtuDiscover when value is >= 0 and <= (int)PathMtuDiscovery.Omit: Channel.DiscoveryV6 = (PathMtuDiscovery)value; break;
            case RawOption.V6Mtu when value is 0 or >= LeastMtuV6: Channel.LargestPacketV6 = value; break;
            case RawOption.V6UnicastHops or RawOption.V6TrafficClass or RawOption.V6MtuDiscover or RawOption.V6Mtu: return BindRule.InvalidOption;
            case RawOption.V6DontFragment: Channel.DontFragmentV6 = value != 0; break;
            case RawOption.V6AutoFlowLabel: Channel.SendsNoFlowLabel = value == 0; break;
            case RawOption.V6ReceiveErrors when _core.Engine.Table.Personality.HasLinuxOptions:
                Channel.SetReceivesErrorsV6(value != 0);
                break;
            case RawOption.V6HeaderIncluded when IsRaw: Channel.IncludesHeader = value != 0; break;
            case RawOption.V6Checksum: return SetChecksumOffset(value, isOfIpV6: true);
            default: return SetWishV6(name, value != 0);
        }

        return BindRule.Granted;
    }

    /// <summary>What a receive is asked to tell.</summary>
    private BindRule SetWishV6(int name, bool isOn)
    {
        switch (name)
        {
            case RawOption.V6ReceivePacketInformation: Channel.WantsPacketInformationV6 = isOn; break;
            case RawOption.V6ReceiveHopLimit: Channel.WantsHopLimit = isOn; break;
            case RawOption.V6ReceiveTrafficClass: Channel.WantsTrafficClassV6 = isOn; break;
            case RawOption.V6FlowInformation: Channel.WantsFlowInformation = isOn; break;
            case RawOption.V6ReceiveOriginalDestination: Channel.WantsOriginalDestination = isOn; break;
            case RawOption.V6ReceivePathMtu: Channel.WantsPathMtu = isOn; break;
            default: return BindRule.UnknownOption;
        }

        return BindRule.Granted;
    }

    /// <summary>The value of an option; null when there is no path to ask about, or it is none of these.</summary>
    private BindRule GetNumberV6(int name, out int value)
    {
        value = 0;
        if (!_binding.IsV6) return BindRule.UnknownOption;
        if (name == RawOption.V6Mtu) return PathMtu(ofV6: true) is { } mtu && (value = mtu) > 0 ? BindRule.Granted : BindRule.NotConnected;
        int? number = name switch
        {
            RawOption.V6UnicastHops => _channel?.HopLimit ?? DatagramChannel.DefaultTimeToLive,
            RawOption.V6TrafficClass => _channel?.TrafficClassV6 ?? 0,
            RawOption.V6MtuDiscover => (int)(_channel?.DiscoveryV6 ?? PathMtuDiscovery.Want),
            RawOption.V6DontFragment => _channel is { DontFragmentV6: true } ? 1 : 0,
            RawOption.V6AutoFlowLabel => _channel is { SendsNoFlowLabel: true } ? 0 : 1,
            RawOption.V6ReceiveErrors when _core.Engine.Table.Personality.HasLinuxOptions =>
                _channel is { ReceivesErrorsV6: true } ? 1 : 0,
            RawOption.V6HeaderIncluded when IsRaw => _channel is { IncludesHeader: true } ? 1 : 0,
            RawOption.V6Checksum when IsRaw => _channel?.ChecksumOffset ?? -1,
            RawOption.V6ReceivePacketInformation => _channel is { WantsPacketInformationV6: true } ? 1 : 0,
            RawOption.V6ReceiveHopLimit => _channel is { WantsHopLimit: true } ? 1 : 0,
            RawOption.V6ReceiveTrafficClass => _channel is { WantsTrafficClassV6: true } ? 1 : 0,
            RawOption.V6FlowInformation => _channel is { WantsFlowInformation: true } ? 1 : 0,
            RawOption.V6ReceiveOriginalDestination => _channel is { WantsOriginalDestination: true } ? 1 : 0,
            RawOption.V6ReceivePathMtu => _channel is { WantsPathMtu: true } ? 1 : 0,
            _ => null,
        };
        value = number ?? 0;
        return number is null ? BindRule.UnknownOption : BindRule.Granted;
    }

    /// <summary>Sets IPV6_PKTINFO: where packets leave whose destination does not say. An address would have no effect in Linux either.</summary>
    private BindRule SetPacketInformation(ReadOnlySpan<byte> value)
    {
        if (!_binding.IsV6) return BindRule.UnknownOption;
        if (value.Length < PacketInformationLength || !InetAddress.FromOctets(value[..16]).IsWildcard) return BindRule.InvalidOption;
        uint device = BinaryPrimitives.ReadUInt32LittleEndian(value[16..]);
        if (device != 0 && _binding.Device != 0 && device != _binding.Device) return BindRule.InvalidOption;
        Channel.DeviceV6 = device;
        return BindRule.Granted;
    }

    /// <summary>Reads IPV6_PATHMTU, whose address Linux leaves empty.</summary>
    private BindRule GetPathMtu(Span<byte> value, out int length)
    {
        length = 0;
        if (!_binding.IsV6) return BindRule.UnknownOption;
        if (value.Length < PathMtuLength) return BindRule.InvalidOption;
        if (PathMtu(ofV6: true) is not (> 0 and var mtu)) return BindRule.NotConnected;
        length = WritePathMtu(value, mtu);
        return BindRule.Granted;
    }

    private static int WritePathMtu(Span<byte> value, int mtu)
    {
        value[..PathMtuLength].Clear();
        BinaryPrimitives.WriteInt32LittleEndian(value[(PathMtuLength - sizeof(int))..], mtu);
        return PathMtuLength;
    }

    /// <summary>What fits the path to the peer in one packet; null without a peer of the family, which Linux does not ask for.</summary>
    private int? PathMtu(bool ofV6)
    {
        if (_binding.State != TcpState.Established || (IsLinux && !_binding.HasPeerRoute) || _core.Output is null) return null;
        var peer = new InetEndpoint(_binding.RemoteAddress, _binding.RemotePort);
        BindRule rule = _core.Engine.Resolve(_binding, peer, out RouteAnswer route, out InetAddress to);
        return rule == BindRule.Granted && (IsLinux || to.IsV6 == ofV6) ? _core.MtuOf(route, to, _core.Now) : null;
    }
}
