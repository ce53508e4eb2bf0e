using System.Buffers.Binary;
using UserNet.Addressing;
using UserNet.Errors;
using UserNet.Sockets;
using UserNet.Udp;
using static UserNet.Facades.Posix.PosixConstants;

namespace UserNet.Facades.Posix;

// Control messages. ip(7), ipv6(7), RFC 3542; the order in which they come, and what each is refused for, as in Linux.
internal sealed partial class InetSocket
{
    private const int PacketInfoLength = 12, PacketInfoV6Length = 20, PathMtuLength = 32, ErrorLength = 16;      // in_pktinfo, in6_pktinfo, ip6_mtuinfo, sock_extended_err
    private const int OldPacketInfo = 2, OldHopLimit = 8;      // IPV6_2292PKTINFO, IPV6_2292HOPLIMIT
    private const int ReturnOptions = 7, MostIpOptions = 40;      // IP_RETOPTS
    private const int Mark = 36, Refused = -(int)Errno.EINVAL;

    /// <summary>Reads what a call says of the datagram that it sends.</summary>
    /// <returns>0; EINVAL (cut off, unknown, out of range), EPERM.</returns>
    private static int ReadControl(ReadOnlySpan<byte> control, bool isOfV6Socket, bool toV6, in SendRequest request, ref DatagramSendOptions said, bool isStream = false)
    {
        while (ControlMessage.TryRead(ref control, out int level, out int type, out ReadOnlySpan<byte> data))
        {
            int answer = level switch
            {
                SOL_SOCKET when isStream && type is SO_TIMESTAMPING or SO_TIMESTAMPING_NEW => RefuseStamps(data),
                SOL_SOCKET => OfSocket(type, request),
                _ when isStream => 0,
                IPPROTO_UDP => Refused,      // no segments are made here
                IPPROTO_IPV6 when toV6 => ReadV6(type, data, ref said),
                IPPROTO_IPV6 when isOfV6Socket && type == IPV6_PKTINFO => ReadMappedInfo(data, ref said),
                IPPROTO_IP when !toV6 => ReadV4(type, data, isOfV6Socket, request, ref said),
                _ => 0,
            };
            if (answer != 0) return answer;
        }

        return control.Length < ControlMessage.HeaderLength ? 0 : Refused;
    }

    private static int OfSocket(int type, in SendRequest request) => type switch
    {
        SCM_RIGHTS or SCM_CREDENTIALS => 0,      // which mean nothing between hosts
        Mark => request.Process.Credentials.MayAdministerNetwork ? 0 : -(int)Errno.EPERM,
        _ => Refused,
    };

    private static int ReadV4(int type, ReadOnlySpan<byte> data, bool isOfV6Socket, in SendRequest request, ref DatagramSendOptions said)
    {
        switch (type)
        {
            case IP_PKTINFO when data.Length == PacketInfoLength:
                InetAddress source = InetAddress.FromOctets(data.Slice(4, 4));
                said = said with { Device = Either(data, said.Device), Source = isOfV6Socket ? source.MapToV6() : source, HasSource = true };
                return 0;
            case ReturnOptions:
                byte[]? options = NetworkSocket.ReadIpOptions(data[..Math.Min(data.Length, MostIpOptions)], request.Process.Credentials);
                said = said with { IpOptions = options };
                return options is null ? Refused : 0;
            case IP_TTL when data.Length == sizeof(int):
                said = said with { HopLimit = BinaryPrimitives.ReadInt32LittleEndian(data) };
                return said.HopLimit is >= 1 and <= 255 ? 0 : Refused;
            case IP_TOS when data.Length is sizeof(int) or 1:
                said = said with { TrafficClass = data.Length == 1 ? data[0] : BinaryPrimitives.ReadInt32LittleEndian(data) };
                return said.TrafficClass is >= 0 and <= 255 ? 0 : Refused;
            default: return Refused;
        }
    }

    private static int ReadV6(int type, ReadOnlySpan<byte> data, ref DatagramSendOptions said)
    {
        switch (type)
        {
            case IPV6_PKTINFO or OldPacketInfo when data.Length >= PacketInfoV6Length:
                said = said with
                {
                    Source = InetAddress.FromOctets(data[..16]),
                    Device = Either(data[16..], said.Device),
                };
                return 0;
            case IPV6_HOPLIMIT or OldHopLimit when data.Length == sizeof(int):
                said = said with { HopLimit = BinaryPrimitives.ReadInt32LittleEndian(data) };
                return said.HopLimit is >= -1 and <= 255 ? 0 : Refused;
            case IPV6_TCLASS when data.Length == sizeof(int):
                said = said with { TrafficClass = BinaryPrimitives.ReadInt32LittleEndian(data) };
                if (said.TrafficClass is < -1 or > 255) return Refused;
                if (said.TrafficClass == -1) said = said with { TrafficClass = 255 };      // which RFC 3542 has for the usual one, but Linux sends
                return 0;
            case IPV6_DONTFRAG when data.Length == sizeof(int) && BinaryPrimitives.ReadInt32LittleEndian(data) is 0 or 1:
                said = said with { DontFragment = data[0] != 0 };
                return 0;
            case IPV6_FLOWINFO when data.Length >= sizeof(int):
                said = said with { FlowLabel = BinaryPrimitives.ReadUInt32BigEndian(data) & 0xF_FFFF };
                return 0;
            default: return Refused;
        }
    }

    /// <summary>The interface that a message names; or the one that an earlier message did.</summary>
    private static uint Either(ReadOnlySpan<byte> device, uint earlier) =>
        BinaryPrimitives.ReadUInt32LittleEndian(device) is not 0 and var named ? named : earlier;

    /// <summary>IPV6_PKTINFO of an IPv6 socket that sends to an IPv4 address: its source is a mapped one.</summary>
    private static int ReadMappedInfo(ReadOnlySpan<byte> data, ref DatagramSendOptions said)
    {
        if (data.Length < PacketInfoV6Length) return Refused;
        InetAddress source = InetAddress.FromOctets(data[..16]);
        if (!source.IsV4OrMapped) return Refused;
        said = said with { Source = source, HasSource = true, Device = Either(data[16..], said.Device) };
        return 0;
    }

    /// <summary>Tells what is known of a datagram, as far as options ask for it.</summary>
    private void PutControl(ref ReceiveRequest request, in DatagramInfo info)
    {
        if (info.PathMtu > 0)
        {
            PutPathMtu(ref request, info);
            return;
        }

        AncillaryWishes wishes = socket.AncillaryWishes;
        if (wishes == default) return;
        bool isV4 = info.Destination.IsV4OrMapped;
        if (IsV6 && wishes.PacketInformationV6) PutInfoV6(ref request, info);
        if (isV4) PutV4(ref request, info, wishes);
        else PutV6(ref request, info, wishes);
    }

    private void PutV4(ref ReceiveRequest request, in DatagramInfo info, in AncillaryWishes wishes)
    {
        if (wishes.PacketInformation)
        {
            Span<byte> data = stackalloc byte[PacketInfoLength];
            data.Clear();
            bool isNoted = info.IsPrepared || !CopiesLinux;
            if (isNoted || IsEcho) BinaryPrimitives.WriteUInt32LittleEndian(data, info.Device);
            if (isNoted && !IsEcho) socket.ReplyAddress(info).Unmap().WriteOctets(data.Slice(4, 4));      // of which Linux says nothing of an echo
            info.Destination.Unmap().WriteOctets(data[8..]);
            ControlMessage.Put(ref request, IPPROTO_IP, IP_PKTINFO, data);
        }

        if (wishes.TimeToLive) ControlMessage.Put(ref request, IPPROTO_IP, IP_TTL, (int)info.TimeToLive);
        if (wishes.TrafficClass) ControlMessage.Put(ref request, IPPROTO_IP, IP_TOS, [info.TrafficClass]);
    }

    private void PutV6(ref ReceiveRequest request, in DatagramInfo info, in AncillaryWishes wishes)
    {
        if (wishes.HopLimit) ControlMessage.Put(ref request, IPPROTO_IPV6, IPV6_HOPLIMIT, (int)info.TimeToLive);
        if (wishes.TrafficClassV6) ControlMessage.Put(ref request, IPPROTO_IPV6, IPV6_TCLASS, (int)info.TrafficClass);
        uint flow = (uint)info.TrafficClass << 20 | info.FlowLabel;
        if (wishes.FlowInformation && flow != 0) ControlMessage.Put(ref request, IPPROTO_IPV6, IPV6_FLOWINFO, BinaryPrimitives.ReverseEndianness((int)flow));
        if (wishes.OriginalDestination) PutDestination(ref request, info);
    }

    /// <summary>Where the packet was to go; its port is read where UDP has it, whatever the protocol.</summary>
    private void PutDestination(ref ReceiveRequest request, in DatagramInfo info)
    {
        const int portOffset = 2, least = 4;
        if (!IsUdp && (info.Length < least || request.Octets.Length < least)) return;
        ushort port = IsUdp ? socket.LocalName.Port : BinaryPrimitives.ReadUInt16BigEndian(request.Octets[portOffset..]);
        Span<byte> data = stackalloc byte[SocketAddress.V6Length];
        SocketAddress.Write(new InetEndpoint(info.Destination, port, info.Destination.NeedsScope ? info.Device : 0), data);
        ControlMessage.Put(ref request, IPPROTO_IPV6, RawOption.V6ReceiveOriginalDestination, data);
    }

    private void PutInfoV6(ref ReceiveRequest request, in DatagramInfo info)
    {
        Span<byte> data = stackalloc byte[PacketInfoV6Length];
        info.Destination.MapToV6().WriteOctets(data);
        bool isNoted = info.IsPrepared || !info.Destination.IsV4OrMapped || !CopiesLinux;
        BinaryPrimitives.WriteUInt32LittleEndian(data[16..], isNoted ? info.Device : 0);
        ControlMessage.Put(ref request, IPPROTO_IPV6, IPV6_PKTINFO, data);
    }

    private static void PutPathMtu(ref ReceiveRequest request, in DatagramInfo info)
    {
        Span<byte> data = stackalloc byte[PathMtuLength];
        SocketAddress.Write(info.Source, data);
        BinaryPrimitives.WriteInt32LittleEndian(data[SocketAddress.V6Length..], info.PathMtu);
        ControlMessage.Put(ref request, IPPROTO_IPV6, IPV6_PATHMTU, data);
    }

    /// <summary>MSG_ERRQUEUE: what came back of a datagram, where it was to go, and why it did not arrive.</summary>
    private int ReceiveError(ref ReceiveRequest request)
    {
        TransferResult result = socket.TryReceiveError(request.Octets, out SocketErrorInfo error);
        if (!result.IsDone) return Code(result);
        request.MessageFlags |= MSG_ERRQUEUE | (error.IsTruncated ? MSG_TRUNC : 0);
        bool isError = error.Origin is not (SocketErrorOrigin.Timestamping or SocketErrorOrigin.ZeroCopy);
        if (!request.Address.IsEmpty && isError) request.AddressLength = SocketAddress.Write(Shown(error.Destination), request.Address);
        if (!request.IsMessage) return result.Octets;
        if (error.Origin == SocketErrorOrigin.Timestamping) PutStamps(ref request, socket.StreamFacts with { Stamp = socket.CalendarAt(error.Arrived) });
        if (error.IsRemote && CopiesLinux) PutPacketOfError(ref request, error);
        Span<byte> data = stackalloc byte[ErrorLength + (IsV6 ? SocketAddress.V6Length : SocketAddress.V4Length)];
        data.Clear();
        BinaryPrimitives.WriteInt32LittleEndian(data, (int)error.Errno);
        (data[4], data[5], data[6]) = ((byte)error.Origin, error.Type, error.Code);
        BinaryPrimitives.WriteUInt32LittleEndian(data[8..], error.Info);
        BinaryPrimitives.WriteUInt32LittleEndian(data[12..], error.Data);
        if (error.IsRemote) SocketAddress.Write(Shown(new InetEndpoint(error.Offender, 0)), data[ErrorLength..]);
        ControlMessage.Put(ref request, IsV6 ? IPPROTO_IPV6 : IPPROTO_IP, IsV6 ? IPV6_RECVERR : IP_RECVERR, data);
        return result.Octets;
    }

    /// <summary>What options ask for of packets is told of the one that brought the error, too.</summary>
    private void PutPacketOfError(ref ReceiveRequest request, in SocketErrorInfo error)
    {
        AncillaryWishes wishes = socket.AncillaryWishes;
        bool isV4 = error.Origin == SocketErrorOrigin.Icmp;
        if (isV4 && wishes.TimeToLive) ControlMessage.Put(ref request, IPPROTO_IP, IP_TTL, (int)error.HopLimit);
        if (isV4 && wishes.TrafficClass) ControlMessage.Put(ref request, IPPROTO_IP, IP_TOS, [error.TrafficClass]);
        if (!isV4 && wishes.HopLimit) ControlMessage.Put(ref request, IPPROTO_IPV6, IPV6_HOPLIMIT, (int)error.HopLimit);
        if (!isV4 && wishes.TrafficClassV6) ControlMessage.Put(ref request, IPPROTO_IPV6, IPV6_TCLASS, (int)error.TrafficClass);
    }

    private InetEndpoint Shown(in InetEndpoint endpoint) => IsV6 ? endpoint with { Address = endpoint.Address.MapToV6() } : endpoint;
}
