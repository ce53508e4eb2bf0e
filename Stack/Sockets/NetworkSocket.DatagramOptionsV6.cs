using System.Net.NetworkInformation;
using UserNet.Addressing;
using UserNet.Binding;
using UserNet.Ip;

namespace UserNet.Sockets;

// The options of SOL_IPV6 that datagram sockets have. RFC 3493 §5.1, RFC 3542 §4, §6.
public sealed partial class NetworkSocket
{
    private static bool IsDatagramV6(int name) => name is
        RawOption.V6UnicastHops or RawOption.V6TrafficClass or RawOption.V6ReceiveErrors or RawOption.V6ReceivePacketInformation
            or RawOption.V6ReceiveHopLimit or RawOption.V6ReceiveTrafficClass;

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
            case RawOption.V6UnicastHops or RawOption.V6TrafficClass: return BindRule.InvalidOption;
            case RawOption.V6ReceiveErrors when _core.Engine.Table.Personality.HasLinuxOptions:
                Channel.SetReceivesErrorsV6(value != 0);
                break;
            case RawOption.V6ReceivePacketInformation: Channel.WantsPacketInformationV6 = value != 0; break;
            case RawOption.V6ReceiveHopLimit: Channel.WantsHopLimit = value != 0; break;
            case RawOption.V6ReceiveTrafficClass: Channel.WantsTrafficClassV6 = value != 0; break;
            default: return BindRule.UnknownOption;
        }

        return BindRule.Granted;
    }

    /// <summary>The value of an option; -1 when it is none of these, null when there is no path to ask about.</summary>
    private int? GetNumberV6(int name)
    {
        if (!_binding.IsV6) return -1;
        return name switch
        {
            RawOption.V6UnicastHops => _channel?.HopLimit ?? DatagramChannel.DefaultTimeToLive,
            RawOption.V6TrafficClass => _channel?.TrafficClassV6 ?? 0,
            RawOption.V6ReceiveErrors when _core.Engine.Table.Personality.HasLinuxOptions =>
                _channel is { ReceivesErrorsV6: true } ? 1 : 0,
            RawOption.V6ReceivePacketInformation => _channel is { WantsPacketInformationV6: true } ? 1 : 0,
            RawOption.V6ReceiveHopLimit => _channel is { WantsHopLimit: true } ? 1 : 0,
            RawOption.V6ReceiveTrafficClass => _channel is { WantsTrafficClassV6: true } ? 1 : 0,
            RawOption.V6Mtu => PathMtu(ofV6: true),
            _ => -1,
        };
    }

    /// <summary>What fits the path to the peer in one packet; null without a peer of the family.</summary>
    private int? PathMtu(bool ofV6)
    {
        if (_binding.State != TcpState.Established || _core.Output is null) return null;
        var peer = new InetEndpoint(_binding.RemoteAddress, _binding.RemotePort);
        BindRule rule = _core.Engine.Resolve(_binding, peer, out RouteAnswer route, out InetAddress to);
        return rule == BindRule.Granted && to.IsV6 == ofV6 ? _core.MtuOf(route, to, _core.Now) : null;
    }
}
