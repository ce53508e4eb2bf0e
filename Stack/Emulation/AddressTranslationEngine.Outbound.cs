using UserNet.Doors;
using UserNet.Time;
using UserNet.Wire;

namespace UserNet.Emulation;

// From inside, or from the router itself, to the world.
internal sealed partial class AddressTranslationEngine
{
    private TranslationWay Outbound(in AddressTranslationPacket packet, Timestamp now)
    {
        bool isInside = IsInside(packet.Source);
        if (packet.IsLaterFragment) return isInside ? LaterFragmentOut(packet, now) : TranslationWay.Untouched;
        bool hasPorts = packet.HasPorts && (packet.Protocol != IpProtocol.Tcp || packet.Unit.Length >= TcpSegment.MinHeaderLength);
        if (hasPorts && packet.Protocol == IpProtocol.Icmp && IsError(packet.IcmpType)) return ErrorOut(packet, isInside);
        if (!isInside && packet.Source != _outer) return TranslationWay.Untouched;
        if (!hasPorts) return isInside ? Drop(WhyWithoutPorts(packet)) : TranslationWay.Untouched;
        if (packet.Protocol == IpProtocol.Icmp && !IsQuery(packet.IcmpType))
            return isInside ? Drop(DropReason.TranslationNoMapping) : TranslationWay.Untouched;
        // What the router sends from a port of the range holds that port, so that no mapping gets it.
        if (!isInside && !_options.Ports.Contains(packet.SourcePort)) return TranslationWay.Untouched;
        if (Leave(packet, keepsPort: !isInside, now) is not { } mapping) return TranslationWay.Dropped;
        if (packet.IsFragment && isInside) _fragments.Add(packet, _outer, isUntouched: false, now);
        packet.RewriteSource(_outer, mapping.Port);
        return TranslationWay.Translated;
    }

    private TranslationWay LaterFragmentOut(in AddressTranslationPacket packet, Timestamp now)
    {
        if (!_fragments.TryFind(packet, now, out TranslatedFragments first)) return Drop(DropReason.TranslationFragment);
        packet.RewriteSource(first.Address);
        return TranslationWay.Translated;
    }

    /// <summary>
    /// The mapping of a packet from inside, and a session with who it is for, made if need be; null when it is to be
    /// dropped.
    /// </summary>
    private AddressTranslationMapping? Leave(in AddressTranslationPacket packet, bool keepsPort, Timestamp now)
    {
        IpProtocol protocol = packet.Protocol;
        bool isTcp = protocol == IpProtocol.Tcp;
        ushort peerPort = protocol == IpProtocol.Icmp ? (ushort)0 : packet.DestinationPort;
        AddressTranslationMapping? mapping = Table.FindInside(protocol, packet.Source, packet.SourcePort);
        AddressTranslationSession? session = mapping is null ? null : Table.FindSession(mapping, packet.Destination, peerPort);
        if (session is null)
        {
            _reason = DropReason.TranslationNoSession;
            if (isTcp && (packet.TcpFlags & TcpFlags.Rst) != 0) return null;
            mapping ??= Table.Add(protocol, packet.Source, packet.SourcePort, keepsPort, out _reason);
            if (mapping is null) return null;
            _reason = DropReason.TranslationTableFull;
            session = Table.AddSession(mapping, packet.Destination, peerPort);
            if (session is null) return null;
            if (isTcp && (packet.TcpFlags & TcpFlags.Syn) == 0) session.Seen = AddressTranslationTracking.PickedUp;
        }

        Table.Call(session);
        if (isTcp) session.Seen = AddressTranslationTracking.After(session.Seen, packet.TcpFlags, isOutbound: true);
        Table.Touch(session, TimeoutOf(session), now);
        return mapping;
    }

    /// <summary>RFC 5508 REQ-5: an error about a packet that came in through a mapping.</summary>
    /// <remarks>The router's own are among them: about a packet that it could not send on inwards.</remarks>
    private TranslationWay ErrorOut(in AddressTranslationPacket packet, bool isInside)
    {
        DropReason reason = ReadQuoted(packet, out AddressTranslationPacket quoted);
        bool isAboutInside = reason == DropReason.None && IsInside(quoted.Destination);
        if (!isInside && !isAboutInside) return TranslationWay.Untouched;
        if (reason != DropReason.None) return Drop(reason);
        bool hasPorts = isAboutInside && quoted.HasPorts && (quoted.Protocol != IpProtocol.Icmp || IsReply(quoted.IcmpType));
        AddressTranslationMapping? mapping = hasPorts ? Table.FindInside(quoted.Protocol, quoted.Destination, quoted.DestinationPort) : null;
        if (mapping is null) return Drop(DropReason.TranslationNoMapping);
        quoted.RewriteDestination(_outer, mapping.Port);
        packet.SealIcmp();
        if (isInside) packet.RewriteSource(_outer);
        return TranslationWay.Translated;
    }

    /// <summary>RFC 5508 REQ-3: the packet that an error is about, once both checksums are known to be right.</summary>
    private static DropReason ReadQuoted(in AddressTranslationPacket error, out AddressTranslationPacket quoted)
    {
        quoted = default;
        if (error.IsFragment) return DropReason.TranslationFragment;
        if (InternetChecksum.Of(error.Unit) != 0) return DropReason.IcmpBadChecksum;
        return AddressTranslationPacket.TryParseQuoted(error.Unit[Icmpv4Header.Length..], out quoted)
            ? DropReason.None
            : DropReason.IcmpMalformed;
    }

    private static DropReason WhyWithoutPorts(in AddressTranslationPacket packet) => packet.Protocol switch
    {
        IpProtocol.Tcp when packet.IsFragment => DropReason.FragmentMalformed,      // RFC 1858
        IpProtocol.Tcp => DropReason.TcpMalformed,
        IpProtocol.Udp => DropReason.UdpMalformed,
        IpProtocol.Icmp => DropReason.IcmpMalformed,
        _ => DropReason.TranslationProtocol,
    };
}
