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
    internal TransferResult Transmit(ReadOnlySpan<byte> octets, in InetEndpoint? destination, SocketFlags flags)
    {
        if (_core.Engine.AutoBind(_binding) is { IsGranted: false } unbound) return TransferResult.Refused(unbound.Rule);
        if (RefuseV6(destination) is { IsDone: false } early) return early;
        if (octets.Length > ushort.MaxValue) return TransferResult.Failed(Errno.EMSGSIZE);
        if (_binding.IsEcho && octets.Length < Icmpv4Header.Length) return TransferResult.Failed(Errno.EINVAL);
        if ((flags & (~SendFlags | SocketFlags.OutOfBand)) != 0) return TransferResult.Failed(Errno.EOPNOTSUPP);
        if (!MaySend(octets)) return TransferResult.Failed(Errno.EINVAL);
        if (FindWay(destination, flags, out InetEndpoint to, out RouteAnswer route) is { IsDone: false } refused)
            return refused;
        DatagramChannel channel = Channel;
        if (channel is { IncludesHeader: true, IpOptions.IsEmpty: false }) return TransferResult.Failed(Errno.EINVAL);
        if (octets.Length > MostOctets(channel, to.Address.IsV6)) return TooLong(channel, to, route);
        if (HeedsState(channel) && channel.Error != Errno.Success) return TransferResult.Failed(channel.TakeError());
        if (HeedsState(channel) && channel.IsSendShut) return TransferResult.Failed(Errno.EPIPE);
        if (!channel.HasRoom) return TransferResult.Failed(Errno.EAGAIN);

        PacketBuffer packet = _core.Context.Packets.Rent(octets.Length);
        octets.CopyTo(packet.Append(octets.Length));
        Seal(packet, to, route);
        channel.Charge(packet);
        Timestamp now = _core.Now;
        Errno errno = channel.IncludesHeader
            ? _core.Output!.SendWithHeader(packet, route, to.Address, _loopsMulticast, now)
            : _core.SendUnit(packet, route, to.Address, OptionsFor(channel, to.Address.IsV6, route, now), now);
        if (errno == Errno.EMSGSIZE) return TooLong(channel, to, route);
        if (errno != Errno.Success) return TransferResult.Failed(errno);
        _wasNamed = true;
        CountSent(octets, channel);
        return new TransferResult(octets.Length);
    }

    private TransferResult TooLong(DatagramChannel channel, in InetEndpoint to, in RouteAnswer route)
    {
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
        if (!_binding.IsV6) return default;
        if (LacksPeer(destination)) return TransferResult.Failed(Errno.EDESTADDRREQ);
        bool isV4 = (destination?.Address ?? _binding.RemoteAddress).IsV4OrMapped;
        return isV4 && _binding.V6Only && _core.Engine.Table.Personality.ConnectsToWildcard
            ? TransferResult.Refused(BindRule.NoRoute) : default;
    }

    /// <summary>Where a datagram goes, and how it gets there.</summary>
    /// <param name="destination">As the caller gave it.</param>
    /// <param name="flags">DontRoute refuses what a router would have to forward.</param>
    /// <param name="to">The destination as packets name it.</param>
    /// <param name="route">The way.</param>
    private TransferResult FindWay(in InetEndpoint? destination, SocketFlags flags, out InetEndpoint to, out RouteAnswer route)
    {
        route = default;
        to = destination ?? new InetEndpoint(_binding.RemoteAddress, _binding.RemotePort);
        if (LacksPeer(destination)) return TransferResult.Failed(Errno.EDESTADDRREQ);
        if (to.Address.IsV6 && !_binding.IsV6) return TransferResult.Refused(BindRule.BadFamily);
        // Of an IPv6 socket Linux looks at an IPv4 peer, too, as if the call had named it.
        bool namesPort = _binding.HasPorts && (destination is not null || (_binding.IsV6 && to.Address.IsV4OrMapped));
        if (to.Port == 0 && namesPort && _core.Engine.Table.Personality.ConnectsToWildcard)
            return TransferResult.Failed(Errno.EINVAL);
        BindRule rule = _core.Engine.ResolveToSend(_binding, to, out route, out InetAddress address);
        // A peer that connect allowed stays allowed, whatever SO_BROADCAST says later; but an IPv6 socket's is looked at anew.
        bool wasAllowed = destination is null && _binding is { PeerIsBroadcast: true, IsV6: false, HasPorts: true };
        if (rule == BindRule.BroadcastDenied && wasAllowed) rule = BindRule.Granted;
        if (rule != BindRule.Granted) return TransferResult.Refused(rule);
        // IPv6 is not spoken on wires; and routes of the user's own making lead to no interface.
        if (address.IsV6 && _core.OutputV6 is null) return TransferResult.Refused(BindRule.NoRoute);
        if (_core.Output is null) return TransferResult.Failed(Errno.ENETDOWN);
        if ((flags & SocketFlags.DontRoute) != 0 && !route.NextHop.IsWildcard)
            return TransferResult.Refused(BindRule.NoRoute);
        to = new InetEndpoint(address, to.Port);
        return default;
    }

    /// <summary>What the IP layer is to be told of a datagram.</summary>
    private IpSendOptions OptionsFor(DatagramChannel channel, bool isV6, in RouteAnswer route, Timestamp now) => isV6 ? new()
    {
        Protocol = (IpProtocol)_binding.Protocol,
        TimeToLive = channel.HopLimit,
        TrafficClass = channel.TrafficClassV6,
    } : new()
    {
        Protocol = (IpProtocol)_binding.Protocol,
        TimeToLive = route.Role == AddressRole.Multicast ? _multicastTimeToLive : channel.TimeToLive,
        TrafficClass = channel.TrafficClass,
        Discovery = channel.Discovery,
        // Of an IPv6 socket Linux asks IPV6_MULTICAST_LOOP, which can't be changed here.
        LoopsBack = _loopsMulticast || (_binding.IsV6 && _core.Engine.Table.Personality.Sharing == SharingModel.Linux),
        Options = channel.OptionsToSend(_core.Host!, route.Source, now),
    };

    /// <summary>Puts the protocol's header in front. What a raw socket sends is all there.</summary>
    private void Seal(PacketBuffer packet, in InetEndpoint to, in RouteAnswer route)
    {
        if (_binding.IsEcho) SealEcho(packet);
        if (!_binding.HasPorts) return;
        var header = new UdpHeader(_binding.Port, to.Port);
        if (Channel.SendsNoChecksum && !to.Address.IsV6) header.PrependUnsealed(packet);
        else header.PrependOpen(packet, new PseudoHeader(route.Source, to.Address, IpProtocol.Udp, 0));
    }
}
