using System.Net.NetworkInformation;
using System.Net.Sockets;
using UserNet.Addressing;
using UserNet.Binding;
using UserNet.Buffers;
using UserNet.Doors;
using UserNet.Errors;
using UserNet.Ip;
using UserNet.Time;
using UserNet.Udp;
using UserNet.Wire;

namespace UserNet.Sockets;

// A datagram's way from its call to the IP layer, in the steps of Linux. Gate held.
public sealed partial class NetworkSocket
{
    private const SocketFlags SendFlags = SocketFlags.DontRoute | SocketFlags.OutOfBand;

    /// <summary>Sends a datagram, or says why not; never waits. Gate held.</summary>
    /// <param name="octets">What to send.</param>
    /// <param name="destination">Where to, or null for the peer.</param>
    /// <param name="flags">None, DontRoute.</param>
    /// <param name="said">What the call says of this datagram alone.</param>
    internal TransferResult Transmit(ReadOnlySpan<byte> octets, in InetEndpoint? destination, SocketFlags flags, in DatagramSendOptions said = default)
    {
        if (_core.Engine.AutoBind(_binding) is { IsGranted: false } unbound) return TransferResult.Refused(unbound.Rule);
        if (RefuseV6(destination) is { IsDone: false } early) return early;
        if (octets.Length > ushort.MaxValue && IsTooLongAtOnce(destination)) return TransferResult.Failed(Errno.EMSGSIZE);
        if (_binding.IsEcho && octets.Length < Icmpv4Header.Length) return TransferResult.Failed(Errno.EINVAL);
        if ((flags & (~SendFlags | SocketFlags.OutOfBand)) != 0) return TransferResult.Failed(Errno.EOPNOTSUPP);
        if (!MaySend(octets)) return TransferResult.Failed(Errno.EINVAL);
        if (FindWay(destination, flags, said, out InetEndpoint to, out RouteAnswer route) is { IsDone: false } refused)
            return refused;
        DatagramChannel channel = Channel;
        bool isV6 = to.Address.IsV6;
        if ((IsRawIcmp || IsRawIcmpV6) && !channel.IncludesHeader && octets.Length < 2) return TransferResult.Failed(Errno.EFAULT);
        if (octets.Length > MostOctets(channel, isV6, route, said)) return TooLong(channel, to, route);
        if (channel.IncludesHeader && octets.Length < (isV6 ? Ipv6Header.Length : Ipv4Header.Length)) return TransferResult.Failed(Errno.EINVAL);
        if (HeedsState(channel) && channel.Error != Errno.Success) return TransferResult.Failed(channel.TakeError());
        if (HeedsState(channel) && channel.IsSendShut) return TransferResult.Failed(Errno.EPIPE);
        if (isV6 && !FitsV6(channel, octets.Length, to, route, said)) return TooLong(channel, to, route, wantsPathMtu: DontFragments(channel, said));
        if (!channel.HasRoom) return TransferResult.Failed(Errno.EAGAIN);

        if (said.IsUnreadable) return TransferResult.Failed(Errno.EFAULT);
        PacketBuffer packet = _core.Context.Packets.Rent(octets.Length);
        octets.CopyTo(packet.Append(octets.Length));
        if (!Seal(packet, to, route))
        {
            packet.Return();
            return TransferResult.Failed(Errno.EINVAL);
        }

        channel.Charge(packet);
        Errno errno = Pass(packet, channel, to, route, said);
        if (errno == Errno.EMSGSIZE) return TooLong(channel, to, route);
        if (errno != Errno.Success) return TransferResult.Failed(errno);
        _wasNamed = true;
        CountSent(octets, channel);
        return new TransferResult(octets.Length);
    }

    private bool HasIpOptions(DatagramChannel channel, in DatagramSendOptions said) =>
        !_binding.IsV6 && (said.IpOptions is { } own ? own.Length > 0 : !channel.IpOptions.IsEmpty);

    /// <summary>Gives what was sealed to the IP layer.</summary>
    private Errno Pass(PacketBuffer packet, DatagramChannel channel, in InetEndpoint to, in RouteAnswer route, in DatagramSendOptions said)
    {
        Timestamp now = _core.Now;
        if (!channel.IncludesHeader)
            return _core.SendUnit(packet, route, to.Address, to.Address.IsV6 ? OptionsForV6(channel, to, route, said) : OptionsFor(channel, route, said, now), now);
        return to.Address.IsV6
            ? _core.SendWithHeaderV6(packet, route, to.Address, now)
            : _core.Output!.SendWithHeader(packet, route, to.Address, _loopsMulticast, now);
    }

    private TransferResult TooLong(DatagramChannel channel, in InetEndpoint to, in RouteAnswer route, bool wantsPathMtu = false)
    {
        if (wantsPathMtu && channel.WantsPathMtu) channel.TellPathMtu(to with { Address = Shown(to.Address) }, LargestV6(channel, to, route));
        AddTooLong(channel, to, route);
        return TransferResult.Failed(Errno.EMSGSIZE);
    }

    /// <summary>On Linux a raw socket sends on, whatever it was told or shut down, unless it writes its own headers.</summary>
    private bool HeedsState(DatagramChannel channel) =>
        !IsRaw || channel.IncludesHeader || _core.Engine.Table.Personality.Sharing != SharingModel.Linux;

    private bool LacksPeer(in InetEndpoint? destination) => destination is null && _binding.State != TcpState.Established;

    /// <summary>What an IPv6 socket is refused before its datagram is looked at: no destination, or IPv4 where it speaks IPv6 alone.</summary>
    private TransferResult RefuseV6(in InetEndpoint? destination)
    {
        if (!_binding.IsV6 || !_binding.HasPorts) return default;
        if (LacksPeer(destination)) return TransferResult.Failed(Errno.EDESTADDRREQ);
        bool isV4 = (destination?.Address ?? _binding.RemoteAddress).IsV4OrMapped;
        return isV4 && _binding.V6Only && _core.Engine.Table.Personality.ConnectsToWildcard
            ? TransferResult.Refused(BindRule.NoRoute) : default;
    }

    /// <summary>Where a datagram goes, and how it gets there.</summary>
    /// <param name="destination">As the caller gave it.</param>
    /// <param name="flags">DontRoute refuses what a router would have to forward.</param>
    /// <param name="said">What the call says of this datagram alone.</param>
    /// <param name="to">The destination as packets name it.</param>
    /// <param name="route">The way.</param>
    private TransferResult FindWay(
        in InetEndpoint? destination, SocketFlags flags, in DatagramSendOptions said, out InetEndpoint to, out RouteAnswer route)
    {
        route = default;
        if (RefusePeer(destination, out to) is { IsDone: false } early) return early;
        if (!IsRight(said)) return TransferResult.Failed(Errno.EINVAL);
        if (_channel is { IncludesHeader: true } own && HasIpOptions(own, said)) return TransferResult.Failed(Errno.EINVAL);
        if (_binding is { IsV6: true, HasPorts: false } && LacksRouteV6(to)) return TransferResult.Refused(BindRule.NoRoute);
        var from = new SendFrom(said.Source, said.Device, _binding.IsV6 && !to.Address.IsV4OrMapped ? _channel?.DeviceV6 ?? 0 : 0, said.HasSource);
        InetAddress address;
        bool isToPeer = IsLinux && destination is null && from == default && _binding is { IsV6: false, HasPorts: true };
        BindRule rule = isToPeer
            ? _core.Engine.ResolveToPeer(_binding, to, out route, out address) : _core.Engine.ResolveToSend(_binding, to, from, out route, out address);
        // A peer that connect allowed stays allowed, whatever SO_BROADCAST says later; but an IPv6 socket's is looked at anew.
        bool wasAllowed = destination is null && _binding is { PeerIsBroadcast: true, IsV6: false, HasPorts: true };
        if (rule == BindRule.BroadcastDenied && wasAllowed) rule = BindRule.Granted;
        if (rule != BindRule.Granted) return TransferResult.Refused(rule);
        // Routes of the user's own making lead to no interface.
        if (address.IsV6 && _core.OutputV6 is null) return TransferResult.Refused(BindRule.NoRoute);
        if (_core.Output is null) return TransferResult.Failed(Errno.ENETDOWN);
        if ((flags & SocketFlags.DontRoute) != 0 && !route.NextHop.IsWildcard)
            return TransferResult.Refused(BindRule.NoRoute);
        to = new InetEndpoint(address, to.Port);
        return default;
    }

    /// <summary>What a destination is refused for before it is known where it leads.</summary>
    private TransferResult RefusePeer(in InetEndpoint? destination, out InetEndpoint to)
    {
        to = destination ?? new InetEndpoint(_binding.RemoteAddress, _binding.RemotePort);
        if (LacksPeer(destination)) return TransferResult.Failed(Errno.EDESTADDRREQ);
        if (to.Address.IsV6 && !_binding.IsV6) return TransferResult.Refused(BindRule.BadFamily);
        // Of an IPv6 socket Linux looks at an IPv4 peer, too, as if the call had named it.
        bool namesPort = _binding.HasPorts && (destination is not null || (_binding.IsV6 && to.Address.IsV4OrMapped));
        if (to.Port == 0 && namesPort && _core.Engine.Table.Personality.ConnectsToWildcard)
            return TransferResult.Failed(Errno.EINVAL);
        return _binding is { IsV6: true, HasPorts: false } ? RefusePeerV6(destination is not null, to) : default;
    }

    /// <summary>True for what is too long for any packet of IPv4, or of echoes, which Linux says before all else; of IPv6 it asks the route first.</summary>
    private bool IsTooLongAtOnce(in InetEndpoint? destination) =>
        !_binding.IsV6 || _binding.IsEcho || (!IsRaw && (destination?.Address ?? _binding.RemoteAddress).IsV4OrMapped);

    /// <summary>What the IP layer is to be told of a datagram.</summary>
    private IpSendOptions OptionsFor(DatagramChannel channel, in RouteAnswer route, in DatagramSendOptions said, Timestamp now) => new()
    {
        Protocol = (IpProtocol)_binding.Protocol,
        TimeToLive = (byte)(said.HopLimit ?? (route.Role == AddressRole.Multicast ? _multicastTimeToLive : channel.TimeToLive)),
        TrafficClass = (byte)(said.TrafficClass ?? channel.TrafficClass),
        Discovery = channel.Discovery,
        // Of an IPv6 socket Linux asks IPV6_MULTICAST_LOOP, whatever the packet.
        LoopsBack = _binding.IsV6 && IsLinux ? _loopsMulticastV6 : _loopsMulticast,
        Options = channel.OptionsToSend(said.IpOptions, _core.Host!, route.Source, now),
    };

    /// <summary>Puts the protocol's header in front. What a raw socket sends is all there.</summary>
    /// <returns>False when there is no room for the checksum that a raw socket asked for.</returns>
    private bool Seal(PacketBuffer packet, in InetEndpoint to, in RouteAnswer route)
    {
        if (_binding.IsEcho) SealEcho(packet, route.Source, to.Address);
        if (IsRaw && to.Address.IsV6 && !Channel.IncludesHeader) return TrySealRaw(packet, route.Source, to.Address);
        if (!_binding.HasPorts) return true;
        var header = new UdpHeader(_binding.Port, to.Port);
        if (Channel.SendsNoChecksum && !to.Address.IsV6) header.PrependUnsealed(packet);
        else header.PrependOpen(packet, new PseudoHeader(route.Source, to.Address, IpProtocol.Udp, 0));
        return true;
    }
}
