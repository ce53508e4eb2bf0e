using UserNet.Binding;
using UserNet.Buffers;
using UserNet.Doors;
using UserNet.Time;
using UserNet.Wire;

namespace UserNet.Ip;

// What stands between an IPv6 header and the transport. RFC 8200 §4.
public sealed partial class Ipv6Input
{
    private const int OptionsOffset = 2, TypeOffset = 2, SegmentsLeftOffset = 3, RouterAlertLength = 2;

    /// <summary>
    /// Goes through the extension headers in their order, puts fragments together, and has the arrival say what is behind them. Of a
    /// packet on its way through the hop-by-hop options alone are looked at.
    /// </summary>
    private DropReason ReadExtensions(scoped ref IpArrival arrival, Timestamp now, out bool isWhole)
    {
        isWhole = true;
        bool isOurs = arrival.Role != AddressRole.Foreign;
        var walk = new Ipv6Extensions(arrival.PacketV6);
        int field = walk.NextHeaderOffset;
        for (int count = 0; walk.MoveNext(); field = walk.NextHeaderOffset)
        {
            if (!isOurs && walk.Current != IpProtocol.HopByHop) break;
            if (count++ == _host.InputSettings.MaxExtensionHeaders) return DropReason.Ip6TooManyHeaders;
            DropReason reason = walk.Current == IpProtocol.Fragment
                ? ReadFragment(ref arrival, walk, field, now, out PacketBuffer? whole, out isWhole)
                : ReadHeader(ref arrival, walk, field, now, out whole);
            if (reason != DropReason.None || !isWhole) return reason;
            if (whole is not null) return ReadExtensions(ref arrival, now, out isWhole);
        }

        // A router does not mind: the rest is a matter of the destination.
        if (!walk.MoveToEnd()) return isOurs ? DropReason.Ip6BadExtension : DropReason.None;
        if (!isOurs && walk.IsFragment) return DropReason.None;
        arrival = arrival with
        {
            UpperProtocol = walk.Next,
            UpperOffset = walk.Offset,
            NextHeaderOffset = walk.NextHeaderOffset,
        };
        return DropReason.None;
    }

    private DropReason ReadHeader(scoped ref IpArrival arrival, in Ipv6Extensions header, int field, Timestamp now, out PacketBuffer? whole)
    {
        whole = null;
        switch (header.Current)
        {
            case IpProtocol.HopByHop when header.Offset != Ipv6Header.Length:      // RFC 8200 §4: directly behind the header alone
                return Refuse(arrival, Icmpv6ParameterCode.NextHeader, field, DropReason.Ip6BadExtension, now);
            case IpProtocol.HopByHop or IpProtocol.DestinationOptions:
                return ReadOptions(ref arrival, header, now);
            // RFC 8200 §4.4: no type is known; one that has come to its end may be passed over. RFC 5095 for type 0.
            case IpProtocol.Routing when header.Octets[SegmentsLeftOffset] != 0:
                return Refuse(arrival, Icmpv6ParameterCode.Field, header.Offset + TypeOffset, DropReason.Ip6SourceRoute, now);
            default:
                return DropReason.None;
        }
    }

    /// <summary>
    /// No option is known but padding and a router alert. What can't be read, or is too much, is dropped without a word, as in Linux.
    /// </summary>
    private DropReason ReadOptions(scoped ref IpArrival arrival, in Ipv6Extensions header, Timestamp now)
    {
        int offset = header.Offset + OptionsOffset, count = 0;
        bool isHopByHop = header.Current == IpProtocol.HopByHop;
        Ipv6Options.Enumerator options = Ipv6Options.Walk(header.Options);
        while (options.MoveNext())
        {
            if (!options.PaddingIsRight) return DropReason.Ip6BadOption;
            if (count++ == _host.InputSettings.MaxExtensionOptions) return DropReason.Ip6TooManyHeaders;
            Ipv6Option option = options.Current;
            if (option.Type == RouterAlert && isHopByHop)
            {
                if (option.Data.Length != RouterAlertLength) return DropReason.Ip6BadOption;
                arrival = arrival with { HasRouterAlert = true };
                continue;
            }

            if (option.Action == Ipv6OptionAction.Skip) continue;
            if (option.Action == Ipv6OptionAction.Drop) return DropReason.Ip6BadOption;
            if (option.Action == Ipv6OptionAction.ReportUnlessToMany && arrival.IsToMany) return DropReason.Ip6BadOption;
            return Refuse(arrival, Icmpv6ParameterCode.Option, offset + option.Offset, DropReason.Ip6BadOption, now);
        }

        return options.FaultOffset < 0 && options.PaddingIsRight ? DropReason.None : DropReason.Ip6BadOption;
    }

    private DropReason Refuse(in IpArrival arrival, Icmpv6ParameterCode code, int pointer, DropReason reason, Timestamp now)
    {
        _icmp.SendError(arrival, Icmpv6Type.ParameterProblem, (byte)code, (uint)pointer, now);
        return reason;
    }

    private const byte RouterAlert = 5;      // RFC 2711
}
