using System.Net.Sockets;
using UserNet.Addressing;
using UserNet.Binding;
using UserNet.Errors;
using UserNet.Ip;
using UserNet.Udp;
using UserNet.Wire;

namespace UserNet.Sockets;

// What is different of IPv6 datagrams on their way out, and what a call may say of one. Gate held.
public sealed partial class NetworkSocket
{
    private const int MostLabel = 0xF_FFFF;

    /// <summary>Sends a datagram, and says more of it than where it goes: sendmsg with ancillary data. Never waits, never throws, allocates nothing.</summary>
    /// <param name="buffer">The datagram.</param>
    /// <param name="remote">Where to; null for the peer.</param>
    /// <param name="options">What is said of this datagram alone.</param>
    /// <param name="socketFlags">None, DontRoute.</param>
    /// <returns>
    /// As <see cref="TrySendTo(ReadOnlySpan{byte}, in InetEndpoint, SocketFlags)"/>; EINVAL: a number is out of range, the source is not one of
    /// the host's or not the interface's, another interface than the socket is bound to; ENODEV: no such interface; EOPNOTSUPP: a stream.
    /// </returns>
    /// <remarks>Any thread.</remarks>
    public TransferResult TrySendMessageTo(
        ReadOnlySpan<byte> buffer, in InetEndpoint? remote, in DatagramSendOptions options, SocketFlags socketFlags = SocketFlags.None)
    {
        using (_core.Enter())
        {
            if (_isClosed) return TransferResult.Failed(Errno.EBADF);
            if (_binding.IsStream) return TransferResult.Failed(Errno.EOPNOTSUPP);
            if (_channel is { HasSenders: true }) return TransferResult.Failed(Errno.EAGAIN);
            return Transmit(buffer, remote, socketFlags, options);
        }
    }

    /// <summary>False where a number is out of its range.</summary>
    private bool IsRight(in DatagramSendOptions said)
    {
        int least = _binding.IsV6 ? -1 : 0;
        bool isHopLimit = said.HopLimit is not { } hops || (hops <= byte.MaxValue && hops >= (_binding.IsV6 ? -1 : 1));
        bool isClass = said.TrafficClass is not { } traffic || (traffic >= least && traffic <= byte.MaxValue);
        return isHopLimit && isClass && said.FlowLabel is null or <= MostLabel;
    }

    /// <summary>What a raw socket or one of echoes does not send to.</summary>
    private TransferResult RefusePeerV6(bool isNamed, in InetEndpoint to)
    {
        if (isNamed && !to.Address.IsV6) return TransferResult.Refused(BindRule.BadFamily);
        // On Linux the port of a raw socket's destination is a protocol, and has to be the socket's.
        bool isProtocol = to.Port == 0 || to.Port == (ushort)_binding.Protocol
            || (_binding.Protocol == ProtocolType.Raw && to.Port <= byte.MaxValue);
        if (IsRaw && isNamed && !isProtocol) return TransferResult.Failed(Errno.EINVAL);
        if (!_binding.IsEcho || (to.Address.IsWildcard && !to.Address.IsV4Mapped)) return default;
        if (to.Address.IsV4OrMapped) return TransferResult.Failed(Errno.EINVAL);
        bool lacksScope = to.Address.NeedsScope && to.ScopeId == 0 && _binding.Device == 0 && Channel.DeviceV6 == 0;
        return lacksScope ? TransferResult.Failed(Errno.EINVAL) : default;
    }

    /// <summary>True for a destination to which a raw socket or one of echoes finds no way.</summary>
    private bool LacksRouteV6(in InetEndpoint to) => _binding.IsEcho ? to.Address.IsWildcard : to.Address.IsV4OrMapped;

    private static bool DontFragments(DatagramChannel channel, in DatagramSendOptions said) => said.DontFragment ?? channel.DontFragmentV6;

    /// <summary>
    /// False for what is to be refused rather than cut: IPV6_DONTFRAG, or IPV6_MTU_DISCOVER. The former does not concern raw sockets of most
    /// protocols, as in Linux.
    /// </summary>
    private bool FitsV6(DatagramChannel channel, int octets, in InetEndpoint to, in RouteAnswer route, in DatagramSendOptions said)
    {
        if (channel.IncludesHeader) return true;
        bool isWhole = channel.DiscoveryV6 is >= PathMtuDiscovery.Do and not PathMtuDiscovery.Omit;
        bool isRefused = DontFragments(channel, said) && (!IsRaw || IsRawIcmpV6 || _binding.Protocol == ProtocolType.Raw);
        if (!isWhole && !isRefused) return true;
        int headers = Ipv6Header.Length + (_binding.HasPorts ? UdpHeader.Length : 0);
        return octets + headers <= LargestV6(channel, to, route);
    }

    /// <summary>The largest packet that the socket sends to a destination.</summary>
    private int LargestV6(DatagramChannel channel, in InetEndpoint to, in RouteAnswer route)
    {
        int mtu = channel.DiscoveryV6 >= PathMtuDiscovery.Probe ? LinkMtuOf(route) : _core.MtuOf(route, to.Address, _core.Now);
        return channel.LargestPacketV6 > 0 ? Math.Min(channel.LargestPacketV6, mtu) : mtu;
    }

    private int LinkMtuOf(in RouteAnswer route) => _core.Host?.Interfaces.Find(route.Device)?.Port?.Mtu ?? 0;

    /// <summary>What the IP layer is to be told of an IPv6 datagram.</summary>
    private IpSendOptions OptionsForV6(DatagramChannel channel, in InetEndpoint to, in RouteAnswer route, in DatagramSendOptions said)
    {
        return new IpSendOptions
        {
            Protocol = (IpProtocol)_binding.Protocol,
            TimeToLive = (byte)(said.HopLimit is >= 0 and var hops ? hops : UsualHopLimit(channel, route)),
            TrafficClass = (byte)(said.TrafficClass is >= 0 and var traffic ? traffic : channel.TrafficClassV6),
            FlowLabel = said.FlowLabel ?? (channel.SendsNoFlowLabel ? 0 : null),
            LargestPacket = channel.LargestPacketV6,
            Discovery = channel.DiscoveryV6,
            LoopsBack = _loopsMulticastV6,
        };
    }

    private byte UsualHopLimit(DatagramChannel channel, in RouteAnswer route) =>
        route.Role == AddressRole.Multicast ? _multicastHops : channel.HopLimit;
}
