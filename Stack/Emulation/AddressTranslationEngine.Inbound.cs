using UserNet.Doors;
using UserNet.Time;
using UserNet.Wire;

namespace UserNet.Emulation;

// From the world to a mapping, or to the router itself.
internal sealed partial class AddressTranslationEngine
{
    private TranslationWay Inbound(in AddressTranslationPacket packet, Timestamp now)
    {
        if (packet.IsLaterFragment) return LaterFragmentIn(packet, now);
        IpProtocol protocol = packet.Protocol;
        bool hasPorts = packet.HasPorts && (protocol != IpProtocol.Tcp || packet.Unit.Length >= TcpSegment.MinHeaderLength);
        if (!hasPorts) return ToRouter(packet, now);
        if (protocol == IpProtocol.Icmp)
        {
            if (IsError(packet.IcmpType)) return ErrorIn(packet, now);
            if (!IsReply(packet.IcmpType)) return ToRouter(packet, now);
        }

        AddressTranslationMapping? mapping = Table.FindOuter(protocol, packet.DestinationPort);
        if (mapping is null) return WithoutMapping(packet, packet.DestinationPort, now);
        DropReason reason = Arrive(packet, mapping, now);
        if (reason != DropReason.None) return Drop(reason);
        if (packet.IsFragment) _fragments.Add(packet, mapping.InsideAddress, isUntouched: false, now);
        packet.RewriteDestination(mapping.InsideAddress, mapping.InsidePort);
        return TranslationWay.Translated;
    }

    private TranslationWay LaterFragmentIn(in AddressTranslationPacket packet, Timestamp now)
    {
        if (!_fragments.TryFind(packet, now, out TranslatedFragments first)) return Drop(DropReason.TranslationFragment);
        if (first.IsUntouched) return TranslationWay.Untouched;
        packet.RewriteDestination(first.Address);
        return TranslationWay.Translated;
    }

    // Nothing is said about it, not even after six seconds: RFC 5382 REQ-4 (a).
    private TranslationWay WithoutMapping(in AddressTranslationPacket packet, ushort port, Timestamp now) =>
        _options.Ports.Contains(port) ? Drop(DropReason.TranslationNoMapping) : ToRouter(packet, now);

    private TranslationWay ToRouter(in AddressTranslationPacket packet, Timestamp now)
    {
        if (!_options.OuterAddressIsRouters) return Drop(DropReason.TranslationNoMapping);
        if (packet.IsFragment) _fragments.Add(packet, _outer, isUntouched: true, now);
        return TranslationWay.Untouched;
    }

    /// <summary>Whether a mapping hears the packet, and what its session learns from it.</summary>
    private DropReason Arrive(in AddressTranslationPacket packet, AddressTranslationMapping mapping, Timestamp now)
    {
        bool isTcp = mapping.Protocol == IpProtocol.Tcp;
        ushort peerPort = mapping.Protocol == IpProtocol.Icmp ? (ushort)0 : packet.SourcePort;
        AddressTranslationSession? session = Table.FindSession(mapping, packet.Source, peerPort);
        bool isHeard = _options.Filtering switch
        {
            TranslationFiltering.EndpointIndependent => true,
            TranslationFiltering.AddressDependent => Table.WasCalled(mapping, packet.Source),
            _ => session is { IsCalled: true },
        };
        if (!isHeard) return DropReason.TranslationFiltered;
        if (session is null)
        {
            const TcpFlags control = TcpFlags.Syn | TcpFlags.Ack | TcpFlags.Rst | TcpFlags.Fin;
            if (isTcp && (packet.TcpFlags & control) != TcpFlags.Syn) return DropReason.TranslationNoSession;
            if (!isTcp && !_options.InboundRefreshes) return DropReason.None;
            session = Table.AddSession(mapping, packet.Source, peerPort);
            if (session is null) return DropReason.TranslationTableFull;
        }

        session.IsAnswered = true;
        if (isTcp) session.Seen = AddressTranslationTracking.After(session.Seen, packet.TcpFlags, isOutbound: false);
        if (isTcp || _options.InboundRefreshes) Table.Touch(session, TimeoutOf(session), now);
        return DropReason.None;
    }

    /// <summary>
    /// RFC 5508 REQ-4: an error about a packet that went out through a mapping. It changes nothing of it: REQ-6, RFC
    /// 5382 REQ-10.
    /// </summary>
    private TranslationWay ErrorIn(in AddressTranslationPacket packet, Timestamp now)
    {
        DropReason reason = ReadQuoted(packet, out AddressTranslationPacket quoted);
        if (reason != DropReason.None) return Drop(reason);
        bool hasPorts = quoted.Source == _outer && quoted.HasPorts && (quoted.Protocol != IpProtocol.Icmp || IsQuery(quoted.IcmpType));
        if (!hasPorts) return ToRouter(packet, now);
        AddressTranslationMapping? mapping = Table.FindOuter(quoted.Protocol, quoted.SourcePort);
        if (mapping is null) return WithoutMapping(packet, quoted.SourcePort, now);
        quoted.RewriteSource(mapping.InsideAddress, mapping.InsidePort);
        packet.SealIcmp();
        packet.RewriteDestination(mapping.InsideAddress);
        return TranslationWay.Translated;
    }
}
